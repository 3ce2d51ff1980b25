"""The help of a command: short lines, grouped, readable at 80 columns and in a pipe."""

from __future__ import annotations

import inspect
import re
import sys
import textwrap
from collections.abc import Iterator
from typing import Any

from typer.core import TyperCommand, TyperGroup

from matinee.cli.console import styled, width

__all__ = ["Command", "Group"]

_LEFT = 30
# Typer's mark of lines that stay as they are; in a raw docstring it is a backslash and a letter.
_KEPT = re.compile(r"^(?:\x08|\\b)\n")


class Command(TyperCommand):
    """A command whose help is laid out here."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help into Typer's formatter."""
        formatter.write("\n".join(_pages(self, ctx)))


class Group(TyperGroup):
    """A group of commands whose help is laid out here."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help into Typer's formatter."""
        formatter.write("\n".join(_pages(self, ctx)))


def _pages(command: Any, ctx: Any) -> Iterator[str]:
    columns = width()
    yield from _paragraphs(command.help or "", columns)
    yield f"{_heading('Usage:')} {ctx.command_path} {_usage(command)}"
    yield ""
    sections = _sections(command, ctx)
    left = min(max((len(name) for _, rows in sections for name, _ in rows), default=0), _LEFT)
    for title, rows in sections:
        yield _heading(f"{title}:")
        yield from _rows(rows, left, columns)
        yield ""
    if command.epilog:
        yield from _paragraphs(command.epilog, columns)


def _sections(command: Any, ctx: Any) -> list[tuple[str, list[tuple[str, str]]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for name in command.list_commands(ctx) if hasattr(command, "commands") else ():
        child = command.get_command(ctx, name)
        if not child.hidden:
            title = child.rich_help_panel or "Commands"
            found.setdefault(title, []).append((name, child.get_short_help_str(200)))
    options: dict[str, list[tuple[str, str]]] = {"Arguments": [], "Options": []}
    for parameter in command.get_params(ctx):
        if getattr(parameter, "hidden", False):
            continue
        is_argument = parameter.param_type_name == "argument"
        title = getattr(parameter, "rich_help_panel", None)
        title = title or ("Arguments" if is_argument else "Options")
        left = _argument(parameter) if is_argument else _names(parameter)
        options.setdefault(title, []).append((left, _meaning(parameter)))
    return [*found.items(), *((title, rows) for title, rows in options.items() if rows)]


def _usage(command: Any) -> str:
    pieces = ["[OPTIONS]"]
    if hasattr(command, "commands"):
        return " ".join([*pieces, "COMMAND …"])
    for parameter in command.params:
        if parameter.param_type_name == "argument":
            name = _argument(parameter) + (" …" if parameter.nargs == -1 else "")
            pieces.append(name if parameter.required else f"[{name}]")
        elif parameter.required:
            pieces.append(f"{parameter.opts[0]} {parameter.metavar}")
    return " ".join(pieces)


def _argument(parameter: Any) -> str:
    return str(parameter.metavar or parameter.name.upper()).rstrip("… ")


def _names(option: Any) -> str:
    short = [name for name in option.opts if not name.startswith("--")]
    long = [name for name in option.opts if name.startswith("--")]
    names = ", ".join(short + long)
    # Long names stand below each other, whether there is a short one or not.
    names = names if short else f"    {names}"
    if option.secondary_opts:
        names += " / " + ", ".join(option.secondary_opts)
    if not option.is_flag:
        names += f" {option.metavar or option.name.upper()}"
    return names


def _meaning(parameter: Any) -> str:
    text = " ".join((parameter.help or "").split())
    extra = []
    default, show = parameter.default, parameter.show_default
    if isinstance(show, str):
        extra.append(f"default: {show}")
    elif show and default not in (None, (), [], "", False, True) and not callable(default):
        extra.append(f"default: {default}")
    if getattr(parameter, "multiple", False):
        extra.append("repeatable")
    if getattr(parameter, "envvar", None):
        extra.append(f"env: {parameter.envvar}")
    return f"{text} [{'; '.join(extra)}]" if extra else text


def _heading(text: str) -> str:
    return styled(text, "bold", sys.stdout)


def _rows(rows: list[tuple[str, str]], left: int, columns: int) -> Iterator[str]:
    for name, text in rows:
        lines = textwrap.wrap(text, columns - left - 4, break_on_hyphens=False) or [""]
        shown = styled(name, "cyan", sys.stdout) + " " * max(left - len(name), 0)
        if len(name) > left:
            yield f"  {shown}"
            shown = " " * left
        yield f"  {shown}  {lines[0]}".rstrip()
        yield from (f"  {'':{left}}  {line}" for line in lines[1:])


def _paragraphs(text: str, columns: int) -> Iterator[str]:
    """Running text is wrapped; lines that begin with blanks (examples) stay as they are."""
    for paragraph in inspect.cleandoc(text).split("\n\n"):
        kept = _KEPT.sub("", paragraph)
        if kept.startswith(" "):
            yield kept
        else:
            yield from textwrap.wrap(" ".join(kept.split()), columns)
        yield ""
