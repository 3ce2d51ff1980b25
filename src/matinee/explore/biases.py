"""Films that people appreciate most and least, and films whose mean misleads."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from numpy.typing import NDArray

from matinee.dataset import Dataset
from matinee.explore.charts import (
    BLUE,
    GRAY,
    LIGHT,
    ORANGE,
    Chart,
    Missing,
    bars,
    name_rows,
    shortened,
    signed,
)
from matinee.explore.films import films_of
from matinee.models.base import Recommender
from matinee.models.bias import fit_biases

__all__ = ["bias_charts", "movie_biases"]

_SHOWN = 10
_LEAST, _FEWEST_FILMS = 30, 4
_DAMPING = 5.0  # ratings, as in the model `bias`


def movie_biases(model: Recommender) -> NDArray[np.float32] | None:
    """What a model adds to the stars of each film whoever rates it; None where it has no such."""
    biases = getattr(model, "movie_biases", None)
    return None if biases is None else np.asarray(biases(), dtype=np.float32)


def bias_charts(model: Recommender, dataset: Dataset | None = None) -> list[Chart | Missing]:
    """Most and least appreciated films, and those whose bias and mean disagree.

    Parameters
    ----------
    model : Recommender
        Fitted.
    dataset : Dataset, optional
        What it learned from: tells how generous the raters of a film are.
    """
    topics = ("Appreciated most and least", "Where the mean misleads")
    biases = movie_biases(model)
    if biases is None:
        reason = f"{model.name} has no bias for each film; `matinee bias` shows those of the data"
        return [(topic, reason) for topic in topics]
    counts = model.stats.counts.astype(np.int64)
    rated = counts[counts > 0]
    least = max(_LEAST, int(np.median(rated))) if rated.size else _LEAST
    least = min(least, int(counts.max(initial=1)))
    codes = np.flatnonzero((counts >= least) & (counts > 0) & np.isfinite(biases))
    if codes.size < _FEWEST_FILMS:
        reason = f"fewer than {_FEWEST_FILMS} films have {least:,} ratings"
        return [(topic, reason) for topic in topics]
    every = _films(model, biases, codes)
    return [
        _appreciated(every, least, topics[0]),
        _misleading(every, least, dataset, topics[1]),
    ]


def _films(
    model: Recommender, biases: NDArray[np.float32], codes: NDArray[np.int64]
) -> pl.DataFrame:
    """Films with their bias, and bias and mean in stars beside the average film."""
    stats = model.stats
    counts, every = stats.counts[codes].astype(np.float64), stats.counts.astype(np.float64)
    mean = float(np.average(stats.means, weights=every))
    # A bias is drawn to 0 while a film has few ratings; the mean is drawn alike, so that what
    # separates them is who rated the film.
    means = (stats.means[codes] - mean) * counts / (counts + _DAMPING)
    bias = biases[codes].astype(np.float64)
    return films_of(
        model.catalog,
        codes,
        code=codes,
        bias=bias,
        by_mean=means - np.average(means, weights=counts),
        by_bias=bias - np.average(bias, weights=counts),
        mean=stats.means[codes].astype(np.float64),
        ratings=counts.astype(np.int64),
    ).with_columns(gap=pl.col("by_mean") - pl.col("by_bias"))


def _both_ends(films: pl.DataFrame, by: str, names: tuple[str, str]) -> pl.DataFrame:
    """The films with the highest values, then those with the lowest, the farthest out first."""
    ordered = films.sort(by, "code", descending=[True, False])
    n = min(_SHOWN, films.height // 2)
    top, bottom = ordered.head(n), ordered.reverse().head(n)
    return pl.concat(
        [
            part.with_columns(end=pl.lit(name))
            for part, name in zip((top, bottom), names, strict=True)
        ]
    )


def _appreciated(every: pl.DataFrame, least: int, topic: str) -> Chart:
    ends = ("most", "least")
    table = _both_ends(every, "bias", ends).select(
        "movie_id", "film", "end", "bias", "mean", "ratings"
    )
    n = table.height // 2
    best, worst = table.row(0, named=True), table.row(n, named=True)

    def draw(*panels: Axes) -> None:
        for axes, end, color, sign in zip(panels, ends, (BLUE, ORANGE), (1, -1), strict=True):
            part = table.filter(pl.col("end") == end)
            names = [
                f"{shortened(film, 27)}  {mean:.1f}"
                for film, mean in part.select("film", "mean").iter_rows()
            ]
            told = [f"{value:+.2f}" for value in part["bias"]]
            bars(axes, names, (sign * part["bias"]).to_list(), color=color, labels=told)
            axes.xaxis.set_major_formatter(signed if sign > 0 else _negative)
            axes.set_title(f"appreciated {end}", loc="left", fontsize=9, fontweight="bold")
            axes.set_xlabel("bias (stars)")
        panels[0].figure.supxlabel("Beside each film stands its mean.", fontsize=8, color=GRAY)

    return Chart(
        "biases",
        topic,
        f"{best['film']} gets {best['bias']:+.2f} stars whoever rates it, {worst['film']} "
        f"{worst['bias']:+.2f}",
        f"Bars of what films add to the stars beyond how generous their raters are, the {n} "
        f"highest and the {n} lowest among films with at least {least:,} ratings.",
        table,
        draw,
        {"least_ratings": least, "films": every.height},
        height=4.0,
        panels={"ncols": 2},
    )


def _negative(value: float, _: object = None) -> str:
    return signed(-value)


def _misleading(every: pl.DataFrame, least: int, dataset: Dataset | None, topic: str) -> Chart:
    table = _both_ends(every, "gap", ("flattered", "underrated"))
    raters = None if dataset is None else _raters(dataset, table["code"].to_numpy())
    generosity = pl.lit(None) if raters is None else pl.Series(raters)
    table = table.with_columns(generosity=generosity.cast(pl.Float64))
    table = table.with_columns(liking=pl.col("gap") - pl.col("generosity")).drop("code", "bias")
    half = table.height // 2
    first, last = table.row(0, named=True), table.row(half, named=True)
    why = ""
    if raters is not None:
        words = (
            "those who rated {film} give {generosity:+.2f} stars whatever they rate, and "
            "{liking:+.2f} more to films of its kind"
        )
        why = f" Why: {words.format(**first)}; {words.format(**last)}."

    def draw(*panels: Axes) -> None:
        titles = ("looks better than it is", "is better than it looks")
        for axes, part, title in zip(panels, (table[:half], table[half:]), titles, strict=True):
            rows = range(part.height)
            between = axes.hlines(rows, part["by_mean"], part["by_bias"], color=LIGHT, linewidth=2)
            if raters is not None:
                between.set_label("raters who like films of its kind, or do not")
                generous, label = part["by_bias"] + part["generosity"], "generous or strict raters"
                axes.hlines(rows, part["by_bias"], generous, color=ORANGE, linewidth=4, label=label)
            mark: Any = {"color": "white", "markeredgecolor": GRAY}
            axes.plot(part["by_mean"], rows, "o", label="by its mean", **mark)
            axes.plot(part["by_bias"], rows, "o", color=BLUE, label="by its bias")
            name_rows(axes, part["film"], limit=27, grid=True)
            axes.margins(x=0.1)
            axes.xaxis.set_major_formatter(signed)
            axes.set_title(title, loc="left", fontsize=9, fontweight="bold")
            axes.set_xlabel("stars beside the average film")
        handles, labels = panels[0].get_legend_handles_labels()
        panels[0].figure.legend(handles, labels, loc="outside lower center", ncols=4, frameon=False)

    return Chart(
        "bias-and-mean",
        topic,
        f"{first['film']} owes {first['gap']:.2f} stars of its mean to who rated it; "
        f"{last['film']} is worth {-last['gap']:.2f} more than its mean",
        f"Pairs of dots, films among those with at least {least:,} ratings whose mean stars and "
        f"bias disagree most, both as stars above or below the average film.{why}",
        table,
        draw,
        {"least_ratings": least, "films": every.height},
        height=4.2,
        panels={"ncols": 2},
    )


def _raters(dataset: Dataset, codes: NDArray[np.int64]) -> NDArray[np.float64]:
    """How generous the raters of each film are beside those of all films, on average, in stars."""
    ratings = dataset.ratings
    people = fit_biases(ratings).users
    people = people - np.float32(np.average(people, weights=ratings.user_counts))
    sums = np.bincount(ratings.movies, people[ratings.users], ratings.n_movies)
    return np.asarray(sums[codes] / np.maximum(ratings.movie_stats.counts[codes], 1))
