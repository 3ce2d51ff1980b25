"""Answers as a table for people, as one JSON document, or as CSV."""

from __future__ import annotations

import csv
import io
import json
import math
import sys
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matinee.cli.console import console, is_terminal, note, width
from matinee.errors import ParameterError

if TYPE_CHECKING:
    from rich.console import JustifyMethod
    from rich.table import Table

    from matinee.cli.options import OutputOptions
    from matinee.results import GroupRecommendations, Recommendations

__all__ = [
    "check_place",
    "open_file",
    "print_csv",
    "print_films",
    "print_group",
    "print_json",
    "print_lines",
    "print_rows",
    "print_table",
    "print_text",
]


def print_films(
    films: Recommendations,
    out: OutputOptions,
    *,
    title: str,
    filtered: bool = False,
    about: Mapping[str, Any] | None = None,
) -> None:
    """Print a list of films, and on stderr what has to be known of it.

    Parameters
    ----------
    films : Recommendations
        Their reasons are printed where there are any.
    out : OutputOptions
    title : str
        Stands above the table.
    filtered : bool
        Whether filters kept films back, which a short list is then said to be due to.
    about : mapping, optional
        Further entries of the JSON document, beside ``model`` and ``items``.
    """
    if out.json:
        document = {"model": films.model, **(about or {}), "items": films.to_dicts()}
        print_json(document | {"notes": list(films.notes), "price": films.price})
    elif out.csv:
        frame = films.to_polars()
        print_csv(frame.columns, frame.rows())
    elif len(films):
        print_table(films.to_table(why=any(film.reasons for film in films)), title)
    _say_notes(films, filtered=filtered)


def print_group(
    found: GroupRecommendations,
    names: Sequence[str],
    out: OutputOptions,
    *,
    title: str,
    filtered: bool = False,
) -> None:
    """Print a list for a group: the fit of each film for each of its members."""
    films = found.films
    if out.json:
        about = {"model": films.model, "strategy": found.strategy, "members": names}
        print_json({**about, "items": found.to_dicts(), "notes": films.notes, "price": films.price})
    elif out.csv:
        columns = ["rank", "movie_id", "title", "year", "genres", "fit", *names, "gives_way"]
        rows = zip(films, found.members, found.gives_way, strict=True)
        print_csv(
            columns,
            (
                [rank, film.movie_id, film.title, film.year, film.genres, film.fit]
                + [member.fit for member in members]
                + [way]
                for rank, (film, members, way) in enumerate(rows, start=1)
            ),
        )
    elif len(films):
        print_table(found.to_table(), title)
    _say_notes(films, filtered=filtered)


def _say_notes(films: Recommendations, *, filtered: bool) -> None:
    """Say on stderr what has to be known of a list."""
    for text in films.notes:
        note(text)
    if films.price > 0:
        note(f"the dials cost {films.price:.0f} points of fit a film, beside the plain list")
    if not films.complete:
        found = f"only {len(films):,} of {films.asked:,} films" if len(films) else "no film"
        note(f"{found} can be shown" + ("; looser filters let more through" * filtered))


def print_rows(heads: Sequence[str], rows: Iterable[Sequence[Any]], title: str = "") -> None:
    """Print a table of rows to stdout.

    Parameters
    ----------
    heads : sequence of str
        Names of the columns. ``<``, ``>`` or ``^`` before a name puts the column to the left, the
        right or the middle, and its cells are never broken. The first column that is not figures
        is bold. Without any name the table has no head.
    rows : iterable of sequence
    title : str
        Stands above the table.
    """
    from rich.table import Table
    from rich.text import Text

    table = Table(header_style="bold", show_header=any(heads))
    justify: dict[str, JustifyMethod] = {"<": "left", ">": "right", "^": "center"}
    bold = next((head for head in heads if head[:1] not in (">", "^")), None)
    for head in heads:
        name = head.lstrip("<>^")
        table.add_column(
            Text(name),
            justify=justify.get(head[:1], "left"),
            no_wrap=name != head,
            style="bold" if head == bold else "",
        )
        bold = None if head == bold else bold
    for row in rows:
        table.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    print_table(table, title)


def print_table(table: Table, title: str = "") -> None:
    """Print a table with a line below its head and no other, so that it can be copied."""
    from rich import box
    from rich.text import Text

    table.box, table.pad_edge, table.show_edge = box.SIMPLE_HEAD, False, False
    screen = console()
    if title:
        screen.print(Text(title, style="bold"), soft_wrap=True)
        screen.print()
    if is_terminal(sys.stdout):
        screen.print(table)
        return
    # Cells are filled up with blanks to the right; in a pipe nobody wants them.
    with screen.capture() as captured:
        screen.print(table)
    print_lines(line.rstrip() for line in captured.get().splitlines())


def print_json(document: Mapping[str, Any]) -> None:
    """Print one JSON document; numbers that are not finite become null."""
    encoding = (getattr(sys.stdout, "encoding", None) or "ascii").lower()
    text = json.dumps(
        _finite(document), indent=2, allow_nan=False, ensure_ascii=not encoding.startswith("utf")
    )
    print_lines([text])


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): _finite(part) for key, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_finite(part) for part in value]
    if isinstance(value, str | int | bool) or value is None:
        return value
    # NumPy's numbers, without importing NumPy.
    return _finite(value.item()) if hasattr(value, "item") else str(value)


def print_csv(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print CSV with a row of names; what is unknown is empty."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(names)
    for row in rows:
        writer.writerow([_cell(value) for value in row])
    print_lines([buffer.getvalue().removesuffix("\n")])


def _cell(value: Any) -> Any:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    return "|".join(map(str, value)) if isinstance(value, list | tuple) else value


def print_text(lines: Iterable[str], indent: str = "") -> None:
    """Print running text, wrapped."""
    for line in lines:
        wrapped = textwrap.wrap(line, width(), initial_indent=indent, subsequent_indent=indent)
        print_lines(wrapped or [""])


def print_lines(lines: Iterable[str]) -> None:
    """Print text to stdout as it is; letters that it cannot show become question marks."""
    text = "\n".join(lines) + "\n"
    try:
        sys.stdout.write(text)
    except UnicodeEncodeError:
        encoding = sys.stdout.encoding or "ascii"
        sys.stdout.write(text.encode(encoding, "replace").decode(encoding))
    sys.stdout.flush()


def check_place(option: str, path: Path | None) -> None:
    """Find out, before the work, that a file which it writes would have no place."""
    if path is not None and (path.is_dir() or not path.absolute().parent.is_dir()):
        raise ParameterError(f"{option} {path}: its folder does not exist, or it is a folder")


def open_file(path: Path, otherwise: str = "no browser was found") -> None:
    """Show a file that was written with the program that it is for, or say that there is none."""
    import webbrowser

    if not webbrowser.open(path.resolve().as_uri()):
        note(f"{otherwise}; open the file above")
