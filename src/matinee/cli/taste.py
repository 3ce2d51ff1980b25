"""``matinee taste``: what a person is like, by their ratings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from matinee.cli.console import note
from matinee.cli.options import Json, Open, PersonOptions, SourceOptions, expand
from matinee.cli.output import open_file, print_json, print_lines, print_rows
from matinee.cli.profiles import Films, check_typed, who_asks
from matinee.cli.progress import show_progress
from matinee.cli.sources import SAMPLE, open_model, training_data
from matinee.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matinee.dataset import Dataset
    from matinee.explore.neighbors import Neighbors
    from matinee.explore.taste import PersonReport, Surprise, Taste
    from matinee.models.base import Recommender
    from matinee.profile import Profile

__all__ = ["taste"]

_ROWS = 10


@expand
def taste(
    films: Films = None,
    number: Annotated[
        int, typer.Option("-n", "--number", metavar="N", min=1, help="How many films of a kind.")
    ] = 5,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            metavar="DIR",
            help="Also draw it: a folder for index.html, and pictures and numbers beside it.",
        ),
    ] = None,
    open_it: Open = False,
    record: Annotated[
        bool,
        typer.Option(
            "--track-record",
            help="In place of all this: what was promised of each film before it was rated, and "
            "what it got. For ratings with dates.",
        ),
    ] = False,
    json: Json = False,
    who: PersonOptions = PersonOptions(),
    source: SourceOptions = SourceOptions(),
) -> None:
    """What a person is like: genres, decades, generosity, surprises, and people alike.

    Everything is measured against what everybody else gives to the same films. People are compared
    where their ratings are at hand: with --data, or where the sample answers. Nobody is named.

    \b
      matinee taste
      matinee taste "Heat=5" "Fargo=4.5" "Titanic=2"
      matinee taste --ratings letterboxd.zip --out taste --open
      matinee taste --track-record
    """
    check_typed(films)
    if open_it and out is None:
        raise typer.BadParameter("there is no page without --out DIR", param_hint="--open")
    with show_progress() as progress:
        model = open_model(source, progress, "predicts_stars")
        profile = who_asks(model, films, who, source, progress)
        if not profile.ratings:
            raise ParameterError(
                "nothing is rated here yet: name films with your stars, as in "
                'matinee taste "Heat=4.5"; or use --ratings, --person or --user'
            )
        if record:
            _print_record(model, profile, json=json)
            return
        dataset: Dataset | None = None
        if source.data is not None or who.user or model.trained_on["dataset"] == SAMPLE:
            dataset = training_data(model, source, progress)
    from matinee.explore.taste import describe

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


def _print_record(model: Recommender, profile: Profile, *, json: bool) -> None:
    from matinee.evaluation import track_record

    found = track_record(model, profile)
    if json:
        print_json(found.to_dict())
    else:
        print_lines([str(found)])
    if profile.user_id is not None or str(model.trained_on["dataset"]).endswith("+people"):
        note(f"{model.name} may have learned from these very ratings, which flatters the record")


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


def _print_tastes(title: str, kind: str, tastes: Sequence[Taste]) -> None:
    if not tastes:
        return
    rows = [
        (
            *(one.name, f"{one.films:,}", f"{one.share:.0%}", f"{one.share_of_everybody:.0%}"),
            *(f"{one.mean:.1f}", f"{one.everybody:.1f}"),
            f"{one.taste:+.2f} ± {2 * one.error:.2f}",
        )
        for one in tastes
    ]
    print_lines([""])
    print_rows([kind, ">Films", ">Share", ">All", ">You give", ">Others", ">Taste"], rows, title)


def _print_surprises(title: str, films: Sequence[Surprise]) -> None:
    if not films:
        return
    rows = [
        (
            *(film.title, film.year, f"{film.stars:g}", f"{film.everybody:.1f}"),
            *("" if film.predicted is None else f"{film.predicted:.1f}", f"{film.ratings:,}"),
        )
        for film in films
    ]
    print_lines([""])
    print_rows(["Film", ">Year", ">You", ">Others", ">Predicted", ">Ratings"], rows, title)


def _print_alike(near: Neighbors) -> None:
    if not near.films:
        return
    rows = [
        (film.title, film.year, f"{film.liked_by:,}", f"{film.rated_by:,}") for film in near.films
    ]
    print_lines([""])
    people = len(near.similarities)
    title = f"What the {people:,} people most like you liked, and you have not seen"
    print_rows(["Film", ">Year", ">Liked by", ">Rated by"], rows, title)
