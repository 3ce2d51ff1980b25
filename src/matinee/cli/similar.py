"""``matinee similar``: films like a film."""

from __future__ import annotations

from typing import Annotated

import typer

from matinee.cli.finding import find_films
from matinee.cli.options import FilterOptions, OutputOptions, SourceOptions, expand
from matinee.cli.output import print_films
from matinee.cli.progress import show_progress
from matinee.cli.sources import open_model

__all__ = ["similar"]


@expand
def similar(
    titles: Annotated[
        list[str], typer.Argument(metavar="TITLE", help="One film, or several taken together.")
    ],
    number: Annotated[
        int, typer.Option("-n", "--number", metavar="N", min=1, help="How many films.")
    ] = 10,
    source: SourceOptions = SourceOptions(),
    where: FilterOptions = FilterOptions(),
    out: OutputOptions = OutputOptions(),
) -> None:
    """Films like a film, or like several taken together.

    \b
      matinee similar "Spider-Man (2002)"
      matinee similar Alien "Blade Runner" --from-year 1990 --min-ratings 20
    """
    with show_progress() as progress:
        model = open_model("similar", source, progress)
    ids = find_films(titles, model.catalog)
    filters = where.to_filter(model.catalog)
    films = model.similar(ids, n=number, where=filters)
    named = [model.catalog[movie_id] for movie_id in ids]
    print_films(
        films,
        out,
        title=f"Films like {' and '.join(map(str, named))}, from {model.name}",
        filtered=not filters.is_empty,
        about={"query": [{"movie_id": film.movie_id, "title": film.title} for film in named]},
    )
