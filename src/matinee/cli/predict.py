"""``matinee predict``: the stars that somebody would give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from matinee.cli.finding import find_films
from matinee.cli.options import OutputOptions, SourceOptions, expand
from matinee.cli.output import plain_table, print_csv, print_json, print_table
from matinee.cli.progress import show_progress
from matinee.cli.recommend import RatingsOption, SkipBadRows, Taste, User, build_profile
from matinee.cli.sources import open_model, training_data
from matinee.cli.taste import parse_rating

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matinee.catalog import Movie

__all__ = ["predict"]


@expand
def predict(
    films: Annotated[
        list[str],
        typer.Option("--for", "-f", metavar="FILM", help="A film whose stars you want to know."),
    ],
    taste: Taste = None,
    user: User = None,
    ratings: RatingsOption = None,
    skip_bad_rows: SkipBadRows = False,
    source: SourceOptions = SourceOptions(),
    out: OutputOptions = OutputOptions(),
) -> None:
    """The stars that you would give to films.

    \b
      matinee predict "Alien=5" "Notting Hill=2" --for Heat --for "Blade Runner"
      matinee predict --user 42 --for Heat
    """
    for text in taste or ():
        parse_rating(text)  # before any work is done
    with show_progress() as progress:
        model = open_model("predict", source, progress)
        data = training_data(model, source.data, progress) if user is not None else None
    ids = find_films(films, model.catalog)
    profile = build_profile(
        model, taste or [], data, user, ratings, [], skip_bad_rows=skip_bad_rows
    )
    stars = model.predict(profile, ids).tolist()
    movies = [model.catalog[movie_id] for movie_id in ids]
    if out.json:
        items = [
            {
                "movie_id": movie.movie_id,
                "title": movie.title,
                "year": movie.year,
                "genres": list(movie.genres),
                "score": None,
                "stars": value,
                "reasons": [],
            }
            for movie, value in zip(movies, stars, strict=True)
        ]
        print_json({"model": model.name, "items": items})
    elif out.csv:
        rows = [(m.movie_id, m.title, m.year, s) for m, s in zip(movies, stars, strict=True)]
        print_csv(("movie_id", "title", "year", "stars"), rows)
    else:
        _print_stars(movies, stars, f"Stars on the scale {model.scale}, from {model.name}")


def _print_stars(movies: Sequence[Movie], stars: Sequence[float], title: str) -> None:
    from rich.text import Text

    table = plain_table()
    table.add_column("Film", style="bold")
    table.add_column("Year", justify="right")
    table.add_column("Stars", justify="right", style="yellow")
    for movie, value in zip(movies, stars, strict=True):
        table.add_row(Text(movie.title), str(movie.year or ""), f"{value:.1f}")
    print_table(table, title)
