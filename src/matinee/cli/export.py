"""``matinee export``: everything of a person, to take away."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Annotated, Literal

import typer

from matinee.cli.keeping import store_option
from matinee.cli.output import print_lines
from matinee.errors import StoreError

__all__ = ["export"]


def export(
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="FILE",
            help="The file to write; without it, or with -, standard output.",
            show_default=False,
        ),
    ] = None,
    person: Annotated[
        int, typer.Option(metavar="N", min=1, help="Whose films they are, by number.")
    ] = 1,
    format_: Annotated[
        Literal["json", "csv"] | None,
        typer.Option(
            "--format",
            metavar="json|csv",
            help="json has everything: history and decisions about imports too. csv has what "
            "stands, for a spreadsheet.",
            show_default="what FILE ends with, else json",
        ),
    ] = None,
    store: Annotated[str | None, store_option()] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite what is there.")] = False,
) -> None:
    """Write everything that somebody said of films to a file.

    `matinee import` reads both forms again, here or elsewhere; a film goes by its ids, title and
    year. Accounts and passwords are not in it; see `matinee backup` for those.

    \b
      matinee export my-films.json
      matinee export --format csv > my-films.csv
    """
    target = None if file is None or str(file) == "-" else file
    if target is not None and target.exists() and not force:
        raise StoreError(f"{target} exists; choose another name, or overwrite it with --force")
    named_csv = target is not None and target.suffix.lower() == ".csv"
    as_csv = format_ == "csv" or (format_ is None and named_csv)
    from matinee.store import Store

    with Store(store) as people:
        text = people.export_csv(person) if as_csv else people.export_json(person)
        state = people.state(person)
    if target is None:
        sys.stdout.write(text)
        return
    _write(target, text)
    marks = len(state.seen) + len(state.watchlist) + len(state.not_interested)
    print_lines([f"ratings: {len(state.ratings):,}, other marks: {marks:,}, in {target}"])


def _write(target: Path, text: str) -> None:
    """Write a file that is whole or not there at all; only its owner may read it."""
    temporary: Path | None = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        temporary = Path(name)
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
            stream.write(text)
        temporary.replace(target)
    except OSError as error:
        raise StoreError(f"{target} cannot be written: {error.strerror or error}") from None
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
