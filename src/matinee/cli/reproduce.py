"""``matinee reproduce``: the five articles repeated, their figures beside ours."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from matinee.cli.console import note, width
from matinee.cli.options import OutputOptions, Seed, expand
from matinee.cli.output import check_place, print_csv, print_json, print_lines, print_rows
from matinee.cli.progress import show_progress

if TYPE_CHECKING:
    from matinee.articles.results import Article, Reproduction

__all__ = ["reproduce"]

_COLUMNS = ("article", "data", "what", "model", "theirs", "ours", "unit", "comparable", "note")


@expand
def reproduce(
    article: Annotated[
        list[int] | None,
        typer.Option(
            "--article", "-a", metavar="N", help="Only this article, 1 to 5.", show_default="all"
        ),
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(
            "--data",
            "-d",
            metavar="DIR",
            help="The folder that holds ml-1m.zip, ml-100k.zip and ml-latest-small.zip; or sample.",
            show_default="what was downloaded with matinee data get",
        ),
    ] = None,
    quick: Annotated[
        bool,
        typer.Option(
            "--quick", help="A trial: few people, folds and epochs. Its figures mean nothing."
        ),
    ] = False,
    seed: Seed = 0,
    markdown: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.md",
            help="Also write a page of Markdown to this file.",
            rich_help_panel="Output",
        ),
    ] = None,
    out: OutputOptions = OutputOptions(),
) -> None:
    """Repeat the five articles that Matinee grew out of: their figures beside ours.

    Each runs from its data to its lists of films, with what differs from the article in words.
    All five take some minutes. What is missing is skipped; with no data set at all the bundled
    sample stands in.

    \b
      matinee reproduce --data movielens
      matinee reproduce --article 4 --data movielens --json
      matinee reproduce --data sample --quick
    """
    check_place("--markdown", markdown)
    from matinee.articles import reproduce as repeat

    with show_progress() as progress:
        found = repeat(article or None, data, quick=quick, seed=seed, progress=progress)
    if out.json:
        print_json(found.to_dict())
    elif out.csv:
        print_csv(_COLUMNS, _rows(found))
    else:
        _print(found)
    if markdown is not None:
        from matinee.articles.results import to_markdown

        markdown.write_text(to_markdown(found), encoding="utf-8")
        note(f"page written to {markdown}")


def _rows(found: Reproduction) -> list[list[object]]:
    rows: list[list[object]] = []
    for one in found.articles:
        for figure in one.figures:
            values = figure.to_dict()
            rows.append([one.about.number, one.data, *(values[name] for name in _COLUMNS[2:])])
    return rows


def _print(found: Reproduction) -> None:
    for one in found.articles:
        _print_article(one)
    for skipped in found.skipped:
        _print_text(f"{skipped.about.number}. {skipped.about.title}: skipped. {skipped.reason}.")
    if found.quick:
        _print_text("A quick trial with few people, folds and epochs: its figures mean nothing.")


def _print_article(one: Article) -> None:
    _print_text(one.about.summary, f"{one.about.number}. {one.about.title}")
    title = f"On {one.data}: {one.ratings:,} ratings, {one.users:,} people, {one.films:,} films"
    if one.on_sample:
        title += " (the bundled sample: not comparable with theirs)"
    rows = [figure.row() for figure in one.figures]
    print_rows(["What", "Model", ">Theirs", ">Ours", ">Unit"], rows, title)
    print_lines([""])
    for figure in one.figures:
        if figure.note:
            _print_text(f"{figure.what}, {figure.model}: {figure.note}", indent="  ")
    print_lines(["What differs from the article:", ""])
    for difference in one.about.differences:
        _print_text(difference, indent="  ")
    for remark in one.remarks:
        lead, blank, rest = remark.partition("\n\n")
        _print_text(lead)
        if blank:
            print_lines([rest, ""])
    for lists in one.lists:
        heads = [">", *(column.label for column in lists.columns)]
        print_rows(heads, lists.rows(), lists.title)
        print_lines([""])
        if lists.note:
            _print_text(lists.note, indent="  ")


def _print_text(text: str, title: str = "", indent: str = "") -> None:
    """Running text, wrapped, with an empty line behind it."""
    lines = textwrap.wrap(text, width(), initial_indent=indent, subsequent_indent=indent)
    print_lines([*([title, ""] if title else []), *lines, ""])
