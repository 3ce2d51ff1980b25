"""How a command ends: its exit code, and the one or two lines that say what was wrong."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from typing import Any

from matinee.cli.console import complain, hush_closed_pipe
from matinee.errors import MatineeError

__all__ = ["DEBUG_VARIABLE", "FAILED", "INTERRUPTED", "MISUSED", "Interrupted", "ReaderLeft", "run"]

FAILED, MISUSED, INTERRUPTED = 1, 2, 130
DEBUG_VARIABLE = "MATINEE_DEBUG"


class Interrupted(Exception):  # noqa: N818
    """Ctrl-C, told apart from the way in which Typer ends a command."""


class ReaderLeft(Exception):  # noqa: N818
    """Whoever read the output has closed the pipe; Typer would make a failure of it."""


def run(command: Callable[[], Any]) -> int:
    """Run a command and return its exit code; what goes wrong is said on stderr."""
    try:
        result = command()
        sys.stdout.flush()
    except (Interrupted, KeyboardInterrupt):
        complain("interrupted; what was there before is unchanged", label="")
        return INTERRUPTED
    except (ReaderLeft, BrokenPipeError):
        # Whoever read has read enough (`matinee … | head`): that is no failure.
        hush_closed_pipe()
        return 0
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else FAILED
    except Exception as error:
        return _explain(error)
    return result if isinstance(result, int) else 0


def _explain(error: Exception) -> int:
    debug = os.environ.get(DEBUG_VARIABLE, "") not in ("", "0")
    if debug and not _is_usage(error):
        traceback.print_exception(error)
    if _is_usage(error):
        complain(_sentence(error.format_message()))  # type: ignore[attr-defined]
        context = getattr(error, "ctx", None)
        if context is not None:
            complain(f"{context.command_path} --help shows how it is used", label="")
        return MISUSED
    if isinstance(error, MatineeError):
        complain(str(error))
    elif isinstance(error, MemoryError):
        complain("not enough memory; `matinee doctor` shows how much there is")
    elif isinstance(error, OSError) and error.strerror:
        complain(f"{error.filename}: {error.strerror}" if error.filename else error.strerror)
    else:
        complain(
            f"this should not happen: {type(error).__name__}: {_one_line(error)}\n"
            f"Please report it with the traceback ({DEBUG_VARIABLE}=1 shows it) and the output of "
            "`matinee doctor`"
        )
    return FAILED


def _is_usage(error: Exception) -> bool:
    # Typer has no public name for the base of its usage errors in all versions that are allowed.
    return hasattr(error, "format_message") and hasattr(error, "exit_code")


def _sentence(text: str) -> str:
    """Typer's message as one line without a full stop, in the form of all other errors."""
    line = " ".join(text.split()).rstrip(".")
    return line[:1].lower() + line[1:]


def _one_line(error: Exception) -> str:
    text = " ".join(str(error).split())
    return text if len(text) <= 200 else text[:199] + "…"
