"""``matinee import``, ``export``, ``backup`` and ``restore``: what people said of films."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from matinee.cli.console import is_terminal, note
from matinee.cli.options import DataOptions, Json, StoreOption, expand, parse_columns
from matinee.cli.output import print_json, print_lines
from matinee.errors import ParameterError, StoreError, UnknownPersonError

if TYPE_CHECKING:
    from matinee.catalog import Catalog
    from matinee.importers import Candidate, Matcher, Open, Report, Skipped
    from matinee.store import Added, Store

__all__ = ["backup", "export", "import_", "restore", "review", "to_document"]

_SHOWN = 5
_HOW_TO_ANSWER = (
    "Answer with a number; - for none of them, also next time; a title to search for; nothing to "
    "leave it for later; q to stop."
)

_Person = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Whose films they are: a name, login or number.",
        show_default="the only person in the store",
    ),
]
_File = Annotated[Path, typer.Argument(metavar="FILE", help="The backup.", show_default=False)]


def _person_of(people: Store, name: str | None) -> int:
    """The number of the person who is meant."""
    if name is not None:
        return people.person(name).person_id
    only = people.only_person()
    if only is None:
        raise UnknownPersonError(
            "several people are in the store: say whose films they are with --person NAME "
            "(`matinee people list` shows all)"
        )
    return only.person_id


# -- import ---------------------------------------------------------------------------------------


@expand
def import_(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="The export of Letterboxd, IMDb, Trakt, TMDB, Simkl, Netflix, Movary, Criticker "
            "or Matinee, or a table with titles or ids.",
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
    person: _Person = None,
    store: StoreOption = None,
    source: DataOptions = DataOptions(),
    json: Json = False,
) -> None:
    """Import ratings, watched films and watchlists from another service's export.

    Files are told apart by what is in them. All of a file is written at once; importing it again
    changes nothing. Films that are not sure are left out until you say which they are (--review).
    From then on `matinee recommend` is for you.

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

    found = read(file, scale=source.rating_scale, columns=parse_columns(source.columns))
    matcher = Matcher(_catalog(source))
    added: Added | None = None
    with Store(store) as people:
        whose = _person_of(people, person)
        known, decisions = known_to(people, whose, matcher.catalog), people.decisions(whose)
        report = matcher.match(found, decisions, known)
        if review_ and report.uncertain:
            answers = review(report.uncertain, matcher)
            report = matcher.match(found, {**decisions, **answers}, known)
            if not dry_run:
                people.decide(whose, answers)
        if not dry_run:
            added = apply(report, people, whose, matcher.catalog)
    if json:
        print_json(to_document(report, added))
    else:
        print_lines(_told(report, added, str(file)))


def _catalog(source: DataOptions) -> Catalog:
    """The films of ``--data``, of the model that answers, or of the sample."""
    from matinee.models.publishing import default_model_path

    standing = default_model_path() if source.data is None else None
    if standing is not None:
        from matinee.models.directory import load_model

        return load_model(standing).catalog
    from matinee.datasets import load_catalog

    return load_catalog(source.data or "sample")


def review(entries: list[Open], matcher: Matcher) -> dict[str, str | None]:
    """Ask about each entry on the terminal; the answers by the entry's key."""
    answers: dict[str, str | None] = {}
    note(_HOW_TO_ANSWER)
    for position, entry in enumerate(entries, start=1):
        films = list(entry.candidates)
        typer.echo(f"\n{position}/{len(entries)}  {entry.rows[0].label}", err=True)
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

    def film(one: Candidate) -> dict[str, Any]:
        return {
            "movie_id": one.movie_id,
            "film": one.label,
            "confidence": one.confidence,
            "how": one.how,
        }

    def entry(one: Open) -> dict[str, Any]:
        row = one.rows[0]
        return {
            "key": one.key,
            "title": row.title,
            "year": row.year,
            "lines": [row.line for row in one.rows],
            "candidates": [film(each) for each in one.candidates],
        }

    facts = ("file", "line", "title", "year", "kind", "stars")
    counts = ("batch", "added", "older", "unchanged")
    return {
        "kind": report.kind,
        "counts": report.counts,
        "added": None if added is None else {name: getattr(added, name) for name in counts},
        "matched": [
            {name: getattr(one.row, name) for name in facts} | film(one.film)
            for one in report.matched
        ],
        "uncertain": [entry(one) for one in report.uncertain],
        "unknown": [entry(one) for one in report.unknown],
        "skipped": [one._asdict() for one in report.skipped],
        "ignored": report.ignored,
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


# -- export ---------------------------------------------------------------------------------------


def export(
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="FILE",
            help="The file to write; without it, or with -, standard output.",
            show_default=False,
        ),
    ] = None,
    person: _Person = None,
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
    store: StoreOption = None,
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
    from matinee.files import replace_file
    from matinee.store import Store

    with Store(store) as people:
        whose = _person_of(people, person)
        text = people.export_csv(whose) if as_csv else people.export_json(whose)
        state = people.state(whose)
    if target is None:
        sys.stdout.write(text)
        return
    try:
        with replace_file(target, private=True) as stream:
            stream.write(text.encode())
    except OSError as error:
        raise StoreError(f"{target} cannot be written: {error.strerror or error}") from None
    marks = len(state.seen) + len(state.watchlist) + len(state.not_interested)
    print_lines([f"ratings: {len(state.ratings):,}, other marks: {marks:,}, in {target}"])


# -- backup ---------------------------------------------------------------------------------------


def backup(
    file: _File,
    store: StoreOption = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite what is there.")] = False,
) -> None:
    """Write everything in the store to one file.

    People, what they said with its history, accounts and API tokens; sessions are not in it. The
    server may go on meanwhile. The file is the same for SQLite and PostgreSQL, so it also moves
    people from one to the other. It holds password hashes: keep it as safe as the store.

    \b
      matinee backup people.backup
    """
    from matinee.store import Store

    with Store(store) as people:
        count = people.backup(file, force=force)
    print_lines([f"{count:,} rows are in {file}."])


def restore(
    file: _File,
    store: StoreOption = None,
    force: Annotated[bool, typer.Option("--force", help="Replace what is in the store.")] = False,
) -> None:
    """Bring back what a backup holds.

    All of it or, if the backup is damaged, nothing. A store with something in it is only replaced
    with --force. Everybody has to log in again.

    \b
      matinee restore people.backup
      matinee restore people.backup --store postgresql://matinee@db/matinee
    """
    from matinee.store import Store

    with Store(store) as people:
        count = people.restore(file, force=force)
        print_lines([f"{count:,} rows are back in {people.database}."])
