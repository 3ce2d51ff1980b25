"""``matinee taste``: what a person is like, by their ratings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from matinee.cli.console import note
from matinee.cli.keeping import store_option
from matinee.cli.options import SourceOptions, expand
from matinee.cli.output import open_file, plain_table, print_json, print_lines, print_table
from matinee.cli.progress import show_progress
from matinee.cli.recommend import RatingsOption, SkipBadRows, Taste, User, build_profile
from matinee.cli.sources import SAMPLE, open_model, training_data
from matinee.cli.taste import parse_rating
from matinee.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matinee.dataset import Dataset
    from matinee.explore.neighbors import Neighbors
    from matinee.explore.taste import PersonReport, Surprise
    from matinee.explore.taste import Taste as OneTaste
    from matinee.models.base import Recommender
    from matinee.profile import Profile

__all__ = ["taste"]

_ROWS = 10
_LONGEST_LOGIN = 100


@expand
def taste(
    ratings_typed: Taste = None,
    number: Annotated[
        int, typer.Option("-n", "--number", metavar="N", min=1, help="How many films of a kind.")
    ] = 5,
    ratings: RatingsOption = None,
    person: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="A person of the store, by name, login or number."),
    ] = None,
    user: User = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            metavar="DIR",
            help="Also draw it: a folder for index.html, and pictures and numbers beside it.",
        ),
    ] = None,
    open_it: Annotated[
        bool, typer.Option("--open", help="Open the page of --out in the browser.")
    ] = False,
    json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document and nothing else.")
    ] = False,
    skip_bad_rows: SkipBadRows = False,
    store: Annotated[str | None, store_option()] = None,
    source: SourceOptions = SourceOptions(),
) -> None:
    """What a person is like: genres, decades, generosity, surprises, and people alike.

    Everything is measured against what everybody else gives to the same films. People are compared
    where their ratings are at hand: with --data, or where the sample answers. Nobody is named.

    \b
      matinee taste "Heat=5" "Fargo=4.5" "Titanic=2"
      matinee taste --ratings letterboxd.csv --out taste --open
      matinee taste --person ann
    """
    for text in ratings_typed or ():
        parse_rating(text)  # before any work is done
    if not (ratings_typed or ratings or person or user):
        raise typer.BadParameter(
            'name films with your stars, as in "Heat=4.5"; or use --ratings, --person or --user',
            param_hint="TITLE=STARS",
        )
    if open_it and out is None:
        raise typer.BadParameter("there is no page without --out DIR", param_hint="--open")
    from matinee.explore.taste import describe
    from matinee.profile import Profile

    with show_progress() as progress:
        model = open_model("taste", source, progress)
        dataset: Dataset | None = None
        if source.data is not None or user is not None or model.trained_on["dataset"] == SAMPLE:
            dataset = training_data(model, source.data, progress)
    known = Profile() if person is None else _of_store(store, person, model)
    given = build_profile(
        model, ratings_typed or [], dataset, user, ratings, [], skip_bad_rows=skip_bad_rows
    )
    profile = Profile(
        {**known.ratings, **given.ratings},
        given.user_id,
        known.seen,
        {**known.timestamps, **given.timestamps},
    )
    report = describe(profile, model if dataset is None else dataset, model=model, most=number)
    if not report.films:
        raise ParameterError(f"no rated film is known to {report.source}: there is nothing to say")
    if json:
        print_json(report.to_dict())
    else:
        _print(report)
        if dataset is None:
            note("name the ratings of other people with --data to be compared with them")
    if out is not None:
        from matinee.explore.taste_report import draw_person

        with show_progress() as progress:
            page = draw_person(report, out, progress=progress)
        (note if json else lambda text: print_lines([text]))(str(page.path))
        if open_it:
            open_file(page.path)


def _of_store(store: str | None, person: str, model: Recommender) -> Profile:
    from matinee.store import Store

    with Store(store) as opened:
        profile = opened.profile(person, model.catalog, model.scale)
    if not profile.ratings:
        note(f"{person} has rated no film that {model.name} knows")
    return profile


def _print(report: PersonReport) -> None:
    films = "1 film" if report.films == 1 else f"{report.films:,} films"
    print_lines([f"{films}, beside everybody in {report.source}", ""])
    print_lines([f"- {finding}" for finding in report.findings])
    genres = sorted(report.genres[:_ROWS], key=lambda each: (-each.taste, each.name))
    _print_tastes("Genres, the liked ones first", "Genre", genres)
    _print_tastes("Decades of release", "Decade", report.decades)
    _print_surprises("Likes that surprise", report.likes)
    _print_surprises("Dislikes that surprise", report.dislikes)
    if report.nearest is not None:
        _print_alike(report.nearest)
    if report.unknown:
        films = "1 film is" if report.unknown == 1 else f"{report.unknown:,} films are"
        note(f"{films} unknown to {report.source} and left out")


def _print_tastes(title: str, kind: str, tastes: Sequence[OneTaste]) -> None:
    if not tastes:
        return
    table = plain_table()
    table.add_column(kind, style="bold")
    for name in ("Films", "Share", "All", "You give", "Others", "Taste"):
        table.add_column(name, justify="right", no_wrap=True)
    for each in tastes:
        table.add_row(
            each.name,
            f"{each.films:,}",
            f"{each.share:.0%}",
            f"{each.share_of_everybody:.0%}",
            f"{each.mean:.1f}",
            f"{each.everybody:.1f}",
            f"{each.taste:+.2f} ± {2 * each.error:.2f}",
        )
    print_lines([""])
    print_table(table, title)


def _print_surprises(title: str, films: Sequence[Surprise]) -> None:
    from rich.text import Text

    if not films:
        return
    predicted = any(film.predicted is not None for film in films)
    table = plain_table()
    table.add_column("Film", style="bold")
    for name in ("Year", "You", "Others", *(["Predicted"] if predicted else []), "Ratings"):
        table.add_column(name, justify="right", no_wrap=True)
    for film in films:
        cells = [film.title, str(film.year or ""), f"{film.stars:g}", f"{film.everybody:.1f}"]
        if predicted:
            cells.append("" if film.predicted is None else f"{film.predicted:.1f}")
        table.add_row(*(Text(cell) for cell in (*cells, f"{film.ratings:,}")))
    print_lines([""])
    print_table(table, title)


def _print_alike(near: Neighbors) -> None:
    from rich.text import Text

    if not near.films:
        return
    table = plain_table()
    table.add_column("Film", style="bold")
    for name in ("Year", "Liked by", "Rated by"):
        table.add_column(name, justify="right", no_wrap=True)
    for film in near.films:
        cells = (film.title, str(film.year or ""), f"{film.liked_by:,}", f"{film.rated_by:,}")
        table.add_row(*(Text(cell) for cell in cells))
    print_lines([""])
    people = len(near.similarities)
    print_table(table, f"What the {people:,} people most like you liked, and you have not seen")
