"""A directive that writes the command-line reference from the program itself.

``.. command-line:: matinee.cli:app`` walks the Typer application and makes a section for each
command: its help, its usage, its arguments and its options with their defaults.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from typer.main import get_command


def walk(command: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Each command with its full name, groups before their commands, hidden ones left out."""
    yield path, command
    for name, child in getattr(command, "commands", {}).items():
        if not child.hidden:
            yield from walk(child, (*path, name))


def load(target: str) -> tuple[str, Any]:
    """``"package.module:app"`` as the program's name and its root command."""
    module, _, attribute = target.partition(":")
    app = getattr(importlib.import_module(module), attribute)
    return module.split(".")[0], get_command(app)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _default(parameter: Any) -> str:
    default = parameter.default
    if parameter.required or default in (None, (), [], False) or callable(default):
        return ""
    if parameter.show_default is False:
        return ""
    if isinstance(parameter.show_default, str):
        return parameter.show_default
    if default is True:
        return f"`{parameter.opts[0]}`"
    return f"`{getattr(default, 'value', default)}`"


def _names(parameter: Any) -> str:
    names = ", ".join(f"`{name}`" for name in parameter.opts)
    if parameter.secondary_opts:
        names += " / " + ", ".join(f"`{name}`" for name in parameter.secondary_opts)
    if not getattr(parameter, "is_flag", False):
        metavar = parameter.metavar or parameter.type.name.upper()
        names += f" {metavar}"
    return names


def _table(head: str, parameters: list[Any]) -> list[str]:
    if not parameters:
        return []
    lines = [f"| {head} | meaning | default |", "| --- | --- | --- |"]
    for parameter in parameters:
        meaning = _cell(parameter.help or "")
        if getattr(parameter, "multiple", False):
            meaning += " May be given several times."
        if getattr(parameter, "envvar", None):
            meaning += f" Environment variable: `{parameter.envvar}`."
        name = (
            f"`{parameter.metavar or parameter.name.upper()}`"
            if parameter.param_type_name == "argument"
            else _names(parameter)
        )
        lines.append(f"| {name} | {meaning} | {_default(parameter)} |")
    return [*lines, ""]


def describe(path: tuple[str, ...], command: Any) -> list[str]:
    """The lines of one command's section, in Markdown."""
    name = " ".join(path)
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    options = [
        p for p in command.params if p.param_type_name == "option" and not p.hidden and p.opts
    ]
    lines = [f"## {name}" if len(path) <= 2 else f"### {name}", ""]
    help_text = (command.help or "").split("\f")[0].replace("\b\n", "")
    lines += [*help_text.strip().splitlines(), ""]
    pieces = [p.metavar or p.name.upper() for p in arguments]
    pieces = [
        f"[{piece}]{'…' if p.nargs == -1 else ''}" if not p.required else piece
        for p, piece in zip(arguments, pieces, strict=True)
    ]
    rest = "COMMAND …" if getattr(command, "commands", None) else " ".join(pieces)
    lines += ["```text", f"{name} [OPTIONS] {rest}".rstrip(), "```", ""]
    lines += _table("argument", arguments)
    lines += _table("option", options)
    children = getattr(command, "commands", {})
    if children:
        lines += ["| command | what it does |", "| --- | --- |"]
        for child_name, child in children.items():
            if not child.hidden:
                lines.append(f"| `{name} {child_name}` | {_cell(child.get_short_help_str(200))} |")
        lines.append("")
    return lines


class CommandLine(SphinxDirective):
    """``command-line``: the whole reference of one program."""

    required_arguments = 1

    def run(self) -> list[Any]:
        name, root = load(self.arguments[0])
        lines: list[str] = []
        for path, command in walk(root, (name,)):
            lines += describe(path, command)
        return self.parse_text_to_nodes("\n".join(lines), allow_section_headings=True)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("command-line", CommandLine)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
