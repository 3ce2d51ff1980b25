"""Answers as a table for people, as one JSON document, or as CSV."""

from __future__ import annotations

import csv
import io
import json
import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matinee.cli.console import console, is_terminal, note

if TYPE_CHECKING:
    from rich.table import Table

    from matinee.cli.options import OutputOptions
    from matinee.results import Recommendation, Recommendations

__all__ = [
    "plain_table",
    "print_csv",
    "print_films",
    "print_json",
    "print_lines",
    "print_table",
]

_REASONS = 3  # as many as a line of the table holds
# What reasons have in common is said once for all of them.
_SHARED = ("because you gave ", "although you gave ", "you like the genre ")
_FILM_COLUMNS = (
    *("rank", "movie_id", "title", "year", "genres"),
    *("fit", "stars", "low", "high", "like", "reasons"),
)


def print_films(
    films: Recommendations,
    out: OutputOptions,
    *,
    title: str,
    why: bool = False,
    filtered: bool = False,
    about: Mapping[str, Any] | None = None,
) -> None:
    """Print a list of films.

    Parameters
    ----------
    films : Recommendations
    out : OutputOptions
    title : str
        Stands above the table.
    why : bool
        Whether to print reasons.
    filtered : bool
        Whether filters kept films back, which a short list is then said to be due to.
    about : mapping, optional
        Further entries of the JSON document, beside ``model`` and ``items``.
    """
    if out.json:
        print_json(
            {"model": films.model, **(about or {}), "items": [film.to_dict() for film in films]}
        )
    elif out.csv:
        print_csv(_FILM_COLUMNS, (_film_row(rank, f) for rank, f in enumerate(films, start=1)))
    elif len(films):
        print_table(_film_table(films, why=why), title)
    for text in films.notes:
        note(text)
    if not films.complete:
        found = f"only {len(films):,} of {films.asked:,} films" if len(films) else "no film"
        note(f"{found} can be shown" + ("; looser filters let more through" * filtered))


def _film_row(rank: int, film: Recommendation) -> list[Any]:
    return [
        rank,
        film.movie_id,
        film.title,
        film.year,
        "|".join(film.genres),
        film.fit,
        film.stars,
        film.low,
        film.high,
        film.like,
        "; ".join(map(str, film.reasons)),
    ]


def _film_table(films: Recommendations, *, why: bool) -> Table:
    from rich.text import Text

    with_stars = any(film.stars is not None for film in films)
    table = plain_table()
    table.add_column("", justify="right", style="dim")
    table.add_column("Film", style="bold", ratio=None, min_width=16)
    table.add_column("Year", justify="right")
    table.add_column("Fit", justify="right", style="bold green")
    if with_stars:
        table.add_column("Stars", justify="right", style="yellow", no_wrap=True)
    table.add_column("Why" if why else "Genres", style="" if why else "cyan")
    for rank, film in enumerate(films, start=1):
        cells = [str(rank), film.title, str(film.year or ""), f"{film.fit:.0f}"]
        if with_stars:
            spread = "" if film.low is None else f" ({film.low:.1f}–{film.high:.1f})"
            cells.append("" if film.stars is None else f"{film.stars:.1f}{spread}")
        cells.append(_reasons(film) if why else ", ".join(film.genres))
        table.add_row(*(Text(cell) for cell in cells))
    return table


def _reasons(film: Recommendation) -> str:
    """The strongest reasons in a line: what they share is said once.

    Examples
    --------
    >>> from matinee.results import Reason, Recommendation
    >>> why = [("Alien", 20.0, 5.0, True), ("Brazil", 9.0, 4.0, True), ("Antz", -8.0, 1.0, False)]
    >>> reasons = tuple(Reason("movie", name, *rest[:1], 1, *rest[1:]) for name, *rest in why)
    >>> _reasons(Recommendation(6, "Heat", 1995, (), 40.0, reasons=reasons))
    'because you gave Alien 5, Brazil 4; although you gave Antz 1'
    """
    said: dict[str, list[str]] = {}
    for text in map(str, film.reasons[:_REASONS]):
        shared = next((each for each in _SHARED if text.startswith(each)), "")
        said.setdefault(shared or text, []).append(text.removeprefix(shared))
    return "; ".join(
        f"{shared if shared in _SHARED else ''}{', '.join(rest)}" for shared, rest in said.items()
    )


def plain_table() -> Table:
    """A table with a line below its head and no other, so that it can be copied and grepped."""
    from rich import box
    from rich.table import Table

    return Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False, show_edge=False)


def print_table(table: Table, title: str = "") -> None:
    """Print a table to stdout, with its title above it."""
    from rich.text import Text

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
    return value


def print_lines(lines: Iterable[str]) -> None:
    """Print text to stdout as it is; letters that it cannot show become question marks."""
    text = "\n".join(lines) + "\n"
    try:
        sys.stdout.write(text)
    except UnicodeEncodeError:
        encoding = sys.stdout.encoding or "ascii"
        sys.stdout.write(text.encode(encoding, "replace").decode(encoding))
    sys.stdout.flush()


def open_file(path: Path, otherwise: str = "no browser was found") -> None:
    """Show a file that was written with the program that it is for, or say that there is none."""
    import webbrowser

    if not webbrowser.open(path.resolve().as_uri()):
        note(f"{otherwise}; open the file above")
