"""The program: its commands, what runs them, and how a command ends."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Sequence
from functools import partial
from typing import Annotated, Any, NoReturn

import typer

import matinee
from matinee.cli import data, evaluate, explore, films, models, people, store, taste, train
from matinee.cli.console import complain, hush_closed_pipe
from matinee.cli.doctor import doctor
from matinee.cli.help import Command, Group
from matinee.cli.output import print_lines
from matinee.cli.reproduce import reproduce
from matinee.cli.serve import serve
from matinee.errors import MatineeError

__all__ = ["DEBUG_VARIABLE", "FAILED", "INTERRUPTED", "MISUSED", "Program", "app", "main", "run"]

FAILED, MISUSED, INTERRUPTED = 1, 2, 130
DEBUG_VARIABLE = "MATINEE_DEBUG"

_HELP = """What should I watch tonight? Matinee learns from the ratings that people gave films.

\b
  matinee recommend "Toy Story=4.5" "Se7en=5" --why
  matinee similar "Spider-Man (2002)"
  matinee import letterboxd-me.zip
"""

_EPILOG = """
Exit codes: 0 done; 1 an error, told in a line or two; 2 the command line was not understood;
130 interrupted. MATINEE_DEBUG=1 shows the traceback of an error.
"""


class _Interrupted(Exception):  # noqa: N818
    """Ctrl-C, told apart from the way in which Typer ends a command."""


class _ReaderLeft(Exception):  # noqa: N818
    """Whoever read the output has closed the pipe; Typer would make a failure of it."""


class Program(Group):
    """The program itself: it turns whatever ends a command into an exit code."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command; what Typer would end in its own way is told apart."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise _Interrupted from None
        except BrokenPipeError:
            raise _ReaderLeft from None

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Run with the arguments of the process, then exit."""
        command = partial(
            super().main, args, prog_name, complete_var, False, windows_expand_args, **extra
        )
        return sys.exit(run(command)) if standalone_mode else command()


def run(command: Callable[[], Any]) -> int:
    """Run a command and return its exit code; what goes wrong is said on stderr."""
    try:
        result = command()
        sys.stdout.flush()
    except (_Interrupted, KeyboardInterrupt, typer.Abort):
        complain("interrupted; what was there before is unchanged", label="")
        return INTERRUPTED
    except (_ReaderLeft, BrokenPipeError):
        # Whoever read has read enough (`matinee … | head`): that is no failure.
        hush_closed_pipe()
        return 0
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else FAILED
    except Exception as error:
        return _explain(error)
    return result if isinstance(result, int) else 0


def _explain(error: Exception) -> int:
    # Typer has no public name for the base of its usage errors in all versions that are allowed.
    if hasattr(error, "format_message") and hasattr(error, "exit_code"):
        line = " ".join(error.format_message().split()).rstrip(".")
        complain(line[:1].lower() + line[1:])
        context = getattr(error, "ctx", None)
        if context is not None:
            complain(f"{context.command_path} --help shows how it is used", label="")
        return MISUSED
    if os.environ.get(DEBUG_VARIABLE, "") not in ("", "0"):
        traceback.print_exception(error)
    if isinstance(error, MatineeError):
        complain(str(error))
    elif isinstance(error, MemoryError):
        complain("not enough memory; `matinee doctor` shows how much there is")
    elif isinstance(error, OSError) and error.strerror:
        complain(f"{error.filename}: {error.strerror}" if error.filename else error.strerror)
    else:
        text = " ".join(str(error).split())
        complain(
            f"this should not happen: {type(error).__name__}: "
            f"{text if len(text) <= 200 else text[:199] + '…'}\n"
            f"Please report it with the traceback ({DEBUG_VARIABLE}=1 shows it) and the output of "
            "`matinee doctor`"
        )
    return FAILED


app = typer.Typer(
    name="matinee",
    cls=Program,
    help=_HELP,
    epilog=_EPILOG,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        print_lines([f"matinee {matinee.__version__}"])
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _program(
    context: typer.Context,
    version: Annotated[  # noqa: ARG001 - its callback does the work
        bool,
        typer.Option(
            "--version", "-V", help="Print the version.", is_eager=True, callback=_show_version
        ),
    ] = False,
) -> None:
    if context.invoked_subcommand is None:
        print_lines([context.get_help()])


_TONIGHT, _YOURS, _MODELS, _MEASURE, _REST = (
    *("Tonight", "Your films", "Models", "Measuring", "Data and installation"),
)

for _name, _command, _panel in (
    ("recommend", films.recommend, _TONIGHT),
    ("together", films.together, _TONIGHT),
    ("similar", films.similar, _TONIGHT),
    ("predict", films.predict, _TONIGHT),
    ("serve", serve, _TONIGHT),
    ("import", store.import_, _YOURS),
    ("taste", taste.taste, _YOURS),
    ("export", store.export, _YOURS),
    ("backup", store.backup, _YOURS),
    ("restore", store.restore, _YOURS),
    ("train", train.train, _MODELS),
    ("models", models.models, _MODELS),
    ("retrain", train.retrain, _MODELS),
    ("rollback", train.rollback, _MODELS),
    ("bias", explore.bias, _MODELS),
    ("learned", explore.learned, _MODELS),
    ("map", explore.map_, _MODELS),
    ("evaluate", evaluate.evaluate, _MEASURE),
    ("compare", evaluate.compare, _MEASURE),
    ("tune", evaluate.tune, _MEASURE),
    ("reproduce", reproduce, _MEASURE),
    ("explore", explore.explore, _REST),
    ("doctor", doctor, _REST),
):
    app.command(_name, cls=Command, rich_help_panel=_panel)(_command)
app.add_typer(data.app, cls=Group, rich_help_panel=_REST)
app.add_typer(people.app, cls=Group, rich_help_panel=_YOURS)


def main() -> NoReturn:
    """Run the program with the arguments of the process, and exit with its code."""
    try:
        app(prog_name="matinee")
    except KeyboardInterrupt:
        complain("interrupted", label="")
        sys.exit(INTERRUPTED)
    sys.exit(0)
