"""The program: its commands, and what runs them."""

from __future__ import annotations

import sys
from typing import Annotated, NoReturn

import typer

import matinee
from matinee.cli import (
    bias,
    data,
    doctor,
    evaluate,
    explore,
    export,
    import_,
    keeping,
    learned,
    models,
    people,
    person,
    predict,
    recommend,
    reproduce,
    serve,
    similar,
    train,
    tune,
)
from matinee.cli import (
    map as map_films,
)
from matinee.cli.console import complain
from matinee.cli.failure import INTERRUPTED
from matinee.cli.help import Command, Group, Program
from matinee.cli.output import print_lines

__all__ = ["app", "main"]

_HELP = """What should I watch tonight? Matinee learns from the ratings that people gave films.

\b
  matinee recommend "Toy Story=4.5" "Se7en=5" --why
  matinee similar "Spider-Man (2002)"
  matinee train ease --data ml-1m.zip --out my-model
"""

_EPILOG = """
Exit codes: 0 done; 1 an error, told in a line or two; 2 the command line was not understood;
130 interrupted. MATINEE_DEBUG=1 shows the traceback of an error.
"""

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


_TONIGHT, _MODELS, _MEASURE, _REST = "Tonight", "Models", "Measuring", "Data and installation"

for _command, _panel in (
    (recommend.recommend, _TONIGHT),
    (similar.similar, _TONIGHT),
    (predict.predict, _TONIGHT),
    (serve.serve, _TONIGHT),
    (person.taste, _TONIGHT),
    (train.train, _MODELS),
    (models.models, _MODELS),
    (bias.bias, _MODELS),
    (learned.learned, _MODELS),
    (keeping.retrain, _MODELS),
    (keeping.rollback, _MODELS),
    (evaluate.evaluate, _MEASURE),
    (evaluate.compare, _MEASURE),
    (tune.tune, _MEASURE),
    (reproduce.reproduce, _MEASURE),
    (explore.explore, _REST),
    (export.export, _REST),
    (keeping.backup, _REST),
    (keeping.restore, _REST),
    (doctor.doctor, _REST),
):
    app.command(cls=Command, rich_help_panel=_panel)(_command)
app.command("map", cls=Command, rich_help_panel=_MODELS)(map_films.map_)
app.command("import", cls=Command, rich_help_panel=_TONIGHT)(import_.import_)
app.add_typer(data.app, cls=Group, rich_help_panel=_REST)
app.add_typer(people.app, cls=Group, rich_help_panel=_REST)


def main() -> NoReturn:
    """Run the program with the arguments of the process, and exit with its code."""
    try:
        app(prog_name="matinee")
    except KeyboardInterrupt:
        complain("interrupted", label="")
        sys.exit(INTERRUPTED)
    sys.exit(0)
