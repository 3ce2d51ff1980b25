"""``matinee import``: a life of films from another service."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from matinee.cli.console import is_terminal, note
from matinee.cli.keeping import store_option
from matinee.cli.options import data_option
from matinee.cli.output import print_json, print_lines
from matinee.cli.sources import SAMPLE
from matinee.errors import ParameterError

if TYPE_CHECKING:
    from matinee.catalog import Catalog
    from matinee.importers import Candidate, Matcher, Open, Report, Skipped
    from matinee.store import Added

__all__ = ["import_", "review"]

_SHOWN = 5
_HOW_TO_ANSWER = (
    "Answer with a number; - for none of them, also next time; a title to search for; nothing to "
    "leave it for later; q to stop."
)


def import_(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="The export of Letterboxd, IMDb, Trakt, TMDB, Simkl, Netflix, Movary or "
            "Criticker, or of Matinee, or a table with titles or ids.",
            show_default=False,
        ),
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be imported, and change nothing.")
    ] = False,
    review_: Annotated[
        bool,
        typer.Option("--review", help="Ask about each film that is not sure, and remember it."),
    ] = False,
    data: Annotated[str | None, data_option()] = None,
    person: Annotated[
        int, typer.Option(metavar="N", min=1, help="Whose films they are, by number.")
    ] = 1,
    store: Annotated[str | None, store_option()] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document and nothing else.")
    ] = False,
) -> None:
    """Import ratings, watched films and watchlists from another service's export.

    Files are told apart by what is in them. All of a file is written at once; importing it again
    changes nothing. Films that are not sure are left out until you say which they are (--review).

    \b
      matinee import letterboxd-me-2024-05-01.zip --dry-run
      matinee import ratings.csv --review
    """
    if review_ and not (is_terminal(sys.stdin) and is_terminal(sys.stderr)):
        raise ParameterError(
            "--review asks questions, and there is no terminal to ask in; import without it, and "
            "again with it in a terminal"
        )
    from matinee.importers import Matcher, read
    from matinee.store import Store
    from matinee.store.importing import apply, known_to

    found = read(file)
    matcher = Matcher(_catalog(data))
    added: Added | None = None
    with Store(store) as people:
        known = known_to(people, person, matcher.catalog)
        decisions = people.decisions(person)
        report = matcher.match(found, decisions, known)
        if review_ and report.uncertain:
            answers = review(report.uncertain, matcher)
            report = matcher.match(found, {**decisions, **answers}, known)
            if not dry_run:
                people.decide(person, answers)
        if not dry_run:
            added = apply(report, people, person, matcher.catalog)
    if as_json:
        print_json(to_document(report, added))
    else:
        print_lines(_told(report, added, str(file)))


def _catalog(data: str | None) -> Catalog:
    """The films of ``--data``, of the model that answers, or of the sample."""
    from matinee.models.publishing import default_model_path

    standing = default_model_path() if data is None else None
    if standing is not None:
        from matinee.models.directory import load_model

        return load_model(standing).catalog
    from matinee.datasets import load_catalog

    return load_catalog(data or SAMPLE)


def review(entries: list[Open], matcher: Matcher) -> dict[str, str | None]:
    """Ask about each entry on the terminal; the answers by the entry's key."""
    answers: dict[str, str | None] = {}
    note(_HOW_TO_ANSWER)
    for position, entry in enumerate(entries, start=1):
        row, films = entry.rows[0], list(entry.candidates)
        typer.echo(f"\n{position}/{len(entries)}  {row.label}", err=True)
        while True:
            for number, film in enumerate(films, start=1):
                typer.echo(f"  {number}  {film.label}  {film.confidence:.0%}, {film.how}", err=True)
            said = typer.prompt("  Which", default="", show_default=False, err=True).strip()
            if said.isdecimal() and 1 <= int(said) <= len(films):
                answers[entry.key] = str(films[int(said) - 1].movie_id)
            elif said == "-":
                answers[entry.key] = None
            elif said == "q":
                return answers
            elif said:
                films = _searched(said, matcher) or films
                continue
            break
    return answers


def _searched(text: str, matcher: Matcher) -> list[Candidate]:
    found = matcher.catalog.search(text[:200], _SHOWN)
    films = [matcher.candidate(match.movie_id, match.confidence, match.how) for match in found]
    if not films:
        typer.echo(f"  no film is called {text!r}", err=True)
    return [film for film in films if film is not None]


def to_document(report: Report, added: Added | None) -> dict[str, Any]:
    """A report as JSON; ``added`` is null where nothing was to be changed."""
    return {
        "kind": report.kind,
        "counts": report.counts,
        "added": None
        if added is None
        else {
            "batch": added.batch,
            "added": added.added,
            "older": added.older,
            "unchanged": added.unchanged,
        },
        "matched": [
            {
                "file": one.row.file,
                "line": one.row.line,
                "title": one.row.title,
                "year": one.row.year,
                "kind": one.row.kind,
                "stars": one.row.stars,
                "movie_id": one.film.movie_id,
                "film": one.film.label,
                "confidence": one.film.confidence,
                "how": one.film.how,
            }
            for one in report.matched
        ],
        "uncertain": [_entry(entry) for entry in report.uncertain],
        "unknown": [_entry(entry) for entry in report.unknown],
        "skipped": [one._asdict() for one in report.skipped],
        "ignored": report.ignored,
    }


def _entry(entry: Open) -> dict[str, Any]:
    row = entry.rows[0]
    return {
        "key": entry.key,
        "title": row.title,
        "year": row.year,
        "lines": [one.line for one in entry.rows],
        "candidates": [
            {
                "movie_id": film.movie_id,
                "film": film.label,
                "confidence": film.confidence,
                "how": film.how,
            }
            for film in entry.candidates
        ],
    }


def _told(report: Report, added: Added | None, name: str) -> list[str]:
    lines = [f"{name}: an export of {report.kind}", ""]
    words = {
        "matched": "would be imported" if added is None else "imported",
        "uncertain": "not sure; `--review` asks which films they are",
        "unknown": "not among the films of this data set, kept for one that has them",
        "skipped": "skipped",
        "already": "there already",
    }
    lines += [f"{count:>7,}  {words[state]}" for state, count in report.counts.items()]
    if added is not None and added.older:
        lines.append(f"{added.older:>7,}  of the imported are older than what you said since")
    for title, entries in (
        ("Not sure", [_question(entry) for entry in report.uncertain]),
        ("Not here", [entry.rows[0].label for entry in report.unknown]),
        ("Skipped", [_reason(one) for one in report.skipped]),
    ):
        if entries:
            lines += ["", f"{title}:", *(f"  {text}" for text in entries[:_SHOWN])]
            if len(entries) > _SHOWN:
                lines.append(f"  and {len(entries) - _SHOWN:,} more (--json lists all)")
    return lines


def _question(entry: Open) -> str:
    best = entry.candidates[0]
    return f"{entry.rows[0].label}: {best.label}? ({best.confidence:.0%}, {best.how})"


def _reason(skipped: Skipped) -> str:
    film = f" {_printable(skipped.title)}:" if skipped.title else ""
    return f"{_printable(skipped.file)}, line {skipped.line}:{film} {skipped.reason}"


def _printable(text: str) -> str:
    """Text of a file without what a terminal would obey."""
    return "".join(sign if sign.isprintable() else " " for sign in text)
