"""A directive that writes the command-line reference from the program itself.

``.. command-line:: matinee.cli:app`` walks the Typer application and makes a section for each
command: its help, its usage, its arguments and its options with their defaults.
"""

from __future__ import annotations

import importlib
import inspect
import textwrap
from collections.abc import Iterator
from typing import Any

from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from typer.main import get_command


def walk(command: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Each command with its full name, groups before their commands, hidden ones left out."""
    yield path, command
    for name, child in children(command):
        yield from walk(child, (*path, name))


def children(command: Any) -> list[tuple[str, Any]]:
    """The commands of a group that are shown, in the order of its help."""
    if not hasattr(command, "commands"):
        return []
    context = command.context_class(command)
    found = [(name, command.get_command(context, name)) for name in command.list_commands(context)]
    return [(name, child) for name, child in found if not child.hidden]


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
        metavar = parameter.metavar or parameter.name.upper()
        names += f" {metavar}"
    return names


def _table(head: str, parameters: list[Any]) -> list[str]:
    if not parameters:
        return []
    lines = [f"| {head} | | Default |", "| --- | --- | --- |"]
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


def _prose(text: str) -> list[str]:
    """A help text as Markdown: paragraphs that begin with blanks are examples."""
    lines = []
    for paragraph in inspect.cleandoc(text).split("\n\n"):
        kept = paragraph.removeprefix("\b\n")
        if kept.startswith(" "):
            lines += ["```text", *textwrap.dedent(kept).splitlines(), "```", ""]
        else:
            lines += [*kept.splitlines(), ""]
    return lines


def describe(path: tuple[str, ...], command: Any) -> list[str]:
    """The lines of one command's section, in Markdown."""
    name = " ".join(path)
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    options: dict[str, list[Any]] = {}
    for parameter in command.params:
        if parameter.param_type_name == "option" and not parameter.hidden:
            panel = getattr(parameter, "rich_help_panel", None) or "Options"
            options.setdefault(panel, []).append(parameter)
    usage = command.collect_usage_pieces(command.context_class(command, info_name=name))
    lines = [f"## {name}" if len(path) <= 2 else f"### {name}", ""]
    lines += _prose(command.help or "")
    lines += ["```text", " ".join([name, *usage]), "```", ""]
    lines += _table("Argument", arguments)
    for panel, parameters in options.items():
        lines += _table(panel, parameters)
    below = children(command)
    if below:
        lines += ["| Command | |", "| --- | --- |"]
        for child_name, child in below:
            lines.append(f"| `{name} {child_name}` | {_cell(child.get_short_help_str(200))} |")
        lines.append("")
    if command.epilog:
        lines += _prose(command.epilog)
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
