"""Where words go: results to stdout, everything else to stderr."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.console import Console

__all__ = [
    "complain",
    "console",
    "has_color",
    "hush_closed_pipe",
    "is_terminal",
    "note",
    "styled",
    "width",
]

_CODES = {"bold": "1", "dim": "2", "red": "1;31", "cyan": "36", "yellow": "33"}


def is_terminal(stream: TextIO) -> bool:
    """Whether a person looks at this stream."""
    return hasattr(stream, "isatty") and not stream.closed and stream.isatty()


def has_color(stream: TextIO) -> bool:
    """Whether to use color: on a terminal that has it, unless ``NO_COLOR`` is set."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return is_terminal(stream) and os.environ.get("TERM") not in ("dumb", "unknown")


def styled(text: str, style: str, stream: TextIO) -> str:
    """Text in a style where the stream has color."""
    return f"\x1b[{_CODES[style]}m{text}\x1b[0m" if text and has_color(stream) else text


def width(limit: int = 100) -> int:
    """Columns to use for running text."""
    return max(40, min(shutil.get_terminal_size((80, 24)).columns, limit))


def note(text: str) -> None:
    """Something worth knowing that is no result."""
    _say(text, "note", "cyan")


def complain(text: str, label: str = "error") -> None:
    """What went wrong."""
    _say(text, label, "red")


def _say(text: str, label: str, style: str) -> None:
    stream = sys.stderr
    mark = styled(f"{label}:", style, stream) + " " if label else ""
    try:
        stream.write(f"{mark}{text}\n")
        stream.flush()
    except BrokenPipeError:
        hush_closed_pipe()
    except UnicodeEncodeError:
        encoding = stream.encoding or "ascii"
        stream.write(f"{mark}{text}\n".encode(encoding, "replace").decode(encoding))


def hush_closed_pipe() -> None:
    """Let Python's own flush at the end go nowhere, where the reader has gone."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (BrokenPipeError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)
        except OSError:
            continue


def console(stream: TextIO | None = None) -> Console:
    """A console for tables. In a pipe it has no color, and as many columns as a table needs."""
    from rich.console import Console

    class QuietConsole(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError from None

    out = sys.stdout if stream is None else stream
    free = not is_terminal(out) and not os.environ.get("COLUMNS")
    return QuietConsole(
        file=out,
        width=1000 if free else None,
        force_terminal=True if has_color(out) else None,
        color_system="auto" if has_color(out) else None,
        highlight=False,
        soft_wrap=False,
    )
