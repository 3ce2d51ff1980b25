"""``matinee bias``: films that people appreciate most and least, once the rest is accounted for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from matinee.cli.console import note
from matinee.cli.options import FilterOptions, OutputOptions, SourceOptions, expand
from matinee.cli.output import plain_table, print_csv, print_json, print_lines, print_table
from matinee.cli.progress import show_progress
from matinee.cli.sources import open_model
from matinee.errors import MissingExtraError, NotSupportedError

if TYPE_CHECKING:
    from rich.table import Table

    from matinee.models.base import Recommender

__all__ = ["bias"]

_COLUMNS = ("list", "rank", "movie_id", "title", "year", "bias", "mean", "ratings")


@expand
def bias(
    top: Annotated[
        int, typer.Option(metavar="N", min=0, help="How many of the most appreciated films.")
    ] = 10,
    bottom: Annotated[
        int, typer.Option(metavar="N", min=0, help="How many of the least appreciated films.")
    ] = 10,
    source: SourceOptions = SourceOptions(),
    where: FilterOptions = FilterOptions(),
    out: OutputOptions = OutputOptions(),
) -> None:
    """Films that people appreciate most and least, once the rest is accounted for.

    A film's bias is what it gets above or below what its raters give anyway, in stars. A film
    that only generous people have seen has a high mean and an ordinary bias.

    \b
      matinee bias --top 10 --bottom 10
      matinee bias --data ml-1m.zip --genre Horror --min-ratings 50
    """
    with show_progress() as progress:
        model = open_model("bias", source, progress)
    best, worst = _extremes(model, where, top, bottom)
    if out.json:
        print_json({"model": model.name, "unit": "stars", "top": best, "bottom": worst})
    elif out.csv:
        rows = [
            (name, rank, *(film[key] for key in _COLUMNS[2:]))
            for name, films in (("top", best), ("bottom", worst))
            for rank, film in enumerate(films, start=1)
        ]
        print_csv(_COLUMNS, rows)
    else:
        _print_biases(best, worst, model.name)
        if not best and not worst and (top or bottom):
            note("no film passes the filters")


def _extremes(
    model: Recommender, where: FilterOptions, top: int, bottom: int
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The films with the highest and the lowest bias; none stands in both lists."""
    import numpy as np

    biases = getattr(model, "movie_biases", None)
    if biases is None:
        raise NotSupportedError(
            f"{model.name} has no bias for each film; these have one: {', '.join(_with_biases())}"
        )
    values = np.asarray(biases(), dtype=np.float64)
    passes = where.to_filter(model.catalog).mask(model.catalog, model.stats)
    codes = np.flatnonzero(passes & (model.stats.counts > 0) & np.isfinite(values))
    # Among equal biases the film that more people rated comes first, in both lists.
    counts = -model.stats.counts[codes].astype(np.int64)
    best = codes[np.lexsort((codes, counts, -values[codes]))][:top]
    rest = ~np.isin(codes, best)
    worst = codes[rest][np.lexsort((codes[rest], counts[rest], values[codes[rest]]))][:bottom]

    def describe(code: int) -> dict[str, Any]:
        movie = model.catalog.movie(code, tags=0)
        return {
            "movie_id": movie.movie_id,
            "title": movie.title,
            "year": movie.year,
            "genres": list(movie.genres),
            "bias": float(values[code]),
            "mean": float(model.stats.means[code]),
            "ratings": int(model.stats.counts[code]),
        }

    return [describe(code) for code in best.tolist()], [describe(code) for code in worst.tolist()]


def _with_biases() -> list[str]:
    from matinee.models import MODELS, model_class

    able = []
    for name in MODELS:
        try:
            if hasattr(model_class(name), "movie_biases"):
                able.append(name)
        except MissingExtraError:
            continue
    return able


def _print_biases(best: list[dict[str, Any]], worst: list[dict[str, Any]], model: str) -> None:
    if best:
        print_table(_bias_table(best), f"Appreciated most, from {model}")
    if best and worst:
        print_lines([""])
    if worst:
        print_table(_bias_table(worst), f"Appreciated least, from {model}")


def _bias_table(films: list[dict[str, Any]]) -> Table:
    from rich.text import Text

    table = plain_table()
    table.add_column("", justify="right", style="dim")
    table.add_column("Film", style="bold")
    table.add_column("Year", justify="right")
    table.add_column("Bias", justify="right", style="yellow", no_wrap=True)
    table.add_column("Mean", justify="right")
    table.add_column("Ratings", justify="right", style="dim")
    for rank, film in enumerate(films, start=1):
        table.add_row(
            str(rank),
            Text(film["title"]),
            str(film["year"] or ""),
            f"{film['bias']:+.2f}",
            f"{film['mean']:.2f}",
            f"{film['ratings']:,}",
        )
    return table
