"""How right a model is about ratings that it has not seen, and for which films and people."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from matinee.dataset import Dataset
from matinee.datasets.splits import random
from matinee.evaluation.ranking import answer
from matinee.explore.charts import (
    BLUE,
    GRAY,
    ORANGE,
    SKY,
    Chart,
    compact,
    percent,
    share,
)
from matinee.models.base import Recommender
from matinee.models.bias import Bias
from matinee.progress import Progress
from matinee.scale import RatingScale

__all__ = ["ERROR_TOPICS", "charts_of", "error_charts"]

ERROR_TOPICS = (
    "Predicted and actual stars",
    "Calibration",
    "Error by popularity of the film",
    "Error by activity of the person",
)
_COLUMNS, _GROUPS = 36, 12  # bins of predicted stars
_FEWEST = 20  # held-out ratings in a group or bucket
_SMALLEST_SHARE = 0.005  # of the held-out ratings in a bucket
_BUCKETS = [0, 1, 3, 10, 30, 100, 300, 1000, 3000, 10_000, 30_000, 100_000, 2**40]


def error_charts(
    model: Recommender,
    dataset: Dataset,
    *,
    test_size: float = 0.1,
    seed: int = 0,
    progress: Progress | None = None,
) -> list[Chart]:
    """Predicted and actual stars, calibration, errors by popularity and by activity.

    A copy of the model with the same hyper-parameters is fitted on a part of the ratings, and asked
    for the others, drawn at random. It must predict stars.

    Raises
    ------
    ParameterError
        If ``test_size`` is not between 0 and 1.
    EvaluationError
        If one of the parts would be empty.
    NotEnoughMemoryError
        If the fit would need more memory than there is.
    """
    split = random(dataset, test_size=test_size, seed=seed)
    copy = type(model)(**model.params).fit(split.train, progress=progress, spread=False)
    answers = answer(copy, split, depth=0, progress=progress)
    plain = answer(Bias().fit(split.train, spread=False), split, depth=0)
    train, test = split.train.ratings, split.test
    held = pl.DataFrame(
        {
            "user": test.users,
            "stars": test.stars.astype(np.float64),
            "predicted": np.asarray(answers.stars, dtype=np.float64),
            "plain": np.asarray(plain.stars, dtype=np.float64),  # by damped biases alone
            "film_ratings": train.movie_stats.counts[test.movies].astype(np.int64),
            "user_ratings": train.user_counts[test.users].astype(np.int64),
        }
    )
    return charts_of(held, train.scale, model.name)


def charts_of(held: pl.DataFrame, scale: RatingScale, model: str) -> list[Chart]:
    """The charts of held-out ratings: a row for each, with the columns of :func:`error_charts`."""
    return [
        _predicted(held, scale, model),
        _calibration(held),
        _by(held, "film", "films"),
        _by(held, "person", "people"),
    ]


def _predicted(held: pl.DataFrame, scale: RatingScale, model: str) -> Chart:
    columns = ("stars", "predicted", "plain")
    stars, predicted, plain = (held[name].to_numpy() for name in columns)
    error = predicted - stars
    rmse, mae = float(np.sqrt((error**2).mean())), float(np.abs(error).mean())
    rmse_of_biases = float(np.sqrt(((plain - stars) ** 2).mean()))
    width = scale.maximum - scale.minimum
    n_levels = round(width / scale.step) + 1 if scale.step else 0
    # The stars that people can give; ten bins where the scale has no steps.
    levels: NDArray[np.floating[Any]] = np.linspace(scale.minimum, scale.maximum, n_levels)
    if not 2 <= n_levels <= 21:
        levels = scale.minimum + width / 10 * (np.arange(10) + 0.5)
    row = np.abs(stars[:, None] - levels[None, :]).argmin(axis=1)
    edges = np.linspace(scale.minimum, scale.maximum, _COLUMNS + 1)
    rows = np.arange(levels.size + 1) - 0.5
    grid = np.histogram2d(row, predicted.clip(edges[0], edges[-1]), (rows, edges))[0]
    sizes = grid.sum(axis=1)
    middles = [
        float(np.median(predicted[row == level])) if sizes[level] else None
        for level in range(levels.size)
    ]
    known = [level for level, middle in enumerate(middles) if middle is not None]
    told = "; ".join(f"{levels[level]:g} stars {middles[level]:.2f}" for level in known)

    def draw(axes: Axes) -> None:
        shares = np.ma.masked_equal(grid / np.maximum(sizes, 1)[:, None], 0)
        mesh = axes.pcolormesh(edges, rows, shares, cmap="cividis_r", vmin=0, rasterized=True)
        line: Any = {"color": ORANGE, "linewidth": 2, "markeredgecolor": "white"}
        middle = [middles[level] or 0.0 for level in known]
        axes.plot(middle, known, "o-", label="middle prediction", **line)
        axes.plot(levels, range(levels.size), ":", color=GRAY, linewidth=1.5, label="always right")
        names = [
            f"{level:g}  ({compact(float(f'{n:.2g}'))})"
            for level, n in zip(levels, sizes, strict=True)
        ]
        axes.set_yticks(range(levels.size), names)
        axes.set_xlim(edges[0], edges[-1])
        axes.set(xlabel="predicted stars", ylabel="stars given (held-out ratings)")
        axes.legend(frameon=True, facecolor="white", edgecolor="none", loc="upper left")
        axes.figure.colorbar(mesh, ax=axes, label="share of the row", pad=0.01, format=percent)

    return Chart(
        "predicted",
        ERROR_TOPICS[0],
        f"On {error.size:,} ratings that it had not seen, {model} is {mae:.2f} stars off on "
        f"average (RMSE {rmse:.3f}; biases alone {rmse_of_biases:.3f})",
        "Grid of held-out ratings by actual stars (rows) and predicted stars (columns), each row "
        "shaded by its own ratings, with the middle prediction of each row. Middle predictions: "
        f"{told}.",
        pl.DataFrame(
            {
                "stars": np.repeat(levels, _COLUMNS),
                "from_predicted": np.tile(edges[:-1], levels.size),
                "to_predicted": np.tile(edges[1:], levels.size),
                "ratings": grid.ravel().astype(np.int64),
            }
        ),
        draw,
        {"rmse": rmse, "mae": mae, "rmse_of_biases": rmse_of_biases},
    )


def _calibration(held: pl.DataFrame) -> Chart:
    """What people gave where the model predicted so much."""
    predicted, stars = held["predicted"].to_numpy(), held["stars"].to_numpy()
    groups = max(1, min(_GROUPS, held.height // _FEWEST))
    edges = np.unique(predicted)
    # Where a model gives few different predictions, each of them is a group.
    if edges.size > groups:
        edges = np.unique(np.quantile(predicted, np.linspace(0, 1, groups + 1)))[:-1]
    place = np.maximum(np.searchsorted(edges, predicted, "right") - 1, 0)
    table = (
        held.with_columns(group=pl.Series(place))
        .group_by("group")
        .agg(
            from_predicted=pl.col("predicted").min(),
            to_predicted=pl.col("predicted").max(),
            predicted=pl.col("predicted").mean(),
            stars=pl.col("stars").mean(),
            ratings=pl.len().cast(pl.Int64),
        )
        .sort("group")
    )
    errors = [_clustered(held.filter(place == group), "stars") for group in table["group"]]
    table = table.with_columns(standard_error=pl.Series(errors)).drop("group")
    off = np.abs(table["stars"].to_numpy() - table["predicted"].to_numpy())
    gap = float(np.average(off, weights=table["ratings"].to_numpy()))
    variance = float(predicted.var())
    slope = 1.0
    if variance > 0:
        slope = float(np.cov(predicted, stars, bias=True)[0, 1]) / variance
    finding = "Predictions are as bold as they should be"
    if abs(slope - 1) >= 0.1:
        finding = f"Predictions are too {'timid' if slope > 1 else 'bold'}"

    def draw(axes: Axes) -> None:
        both = table.select("predicted", "stars").to_numpy()
        ends = [both.min(), both.max()]
        axes.plot(ends, ends, ":", color=GRAY, linewidth=1.5, label="always right")
        axes.errorbar(
            table["predicted"],
            table["stars"],
            yerr=2 * table["standard_error"].to_numpy(),
            fmt="o",
            color=BLUE,
            capsize=3,
            label="mean of a group, ± 2 standard errors",
        )
        axes.set(xlabel="mean stars predicted", ylabel="mean stars given")
        axes.grid(visible=True)
        axes.legend(frameon=False, loc="upper left")

    return Chart(
        "calibration",
        ERROR_TOPICS[1],
        f"{finding}: one star more predicted is {slope:.2f} stars more given; the mean is off by "
        f"{gap:.2f} stars",
        "Dots with bars of two standard errors: held-out ratings in groups by predicted stars, the "
        "mean that people gave against the mean predicted; a line shows where both are equal.",
        table,
        draw,
        {"slope": slope, "mean_gap": gap},
        height=4.2,
    )


def _by(held: pl.DataFrame, one: str, many: str) -> Chart:
    """RMSE by ratings of the film, or of the person."""
    counts = held["film_ratings" if one == "film" else "user_ratings"].to_numpy()
    squares = held.select(
        "user",
        squared=(pl.col("predicted") - pl.col("stars")) ** 2,
        plain=(pl.col("plain") - pl.col("stars")) ** 2,
    )
    rows = []
    found = _buckets(np.searchsorted(_BUCKETS, counts, "right") - 1)
    for first, last in found:
        low, high = _BUCKETS[first], _BUCKETS[last + 1] - 1
        inside = squares.filter((counts >= low) & (counts <= high))
        rmse, plain = inside.select(pl.col("squared", "plain").mean().sqrt()).row(0)
        high = min(high, int(counts.max()))
        rows.append(
            {
                "from_ratings": low,
                "to_ratings": high,
                "range": f"{low:,}" if low == high else f"{low:,}–{high:,}",
                "held_out": inside.height,
                "share": inside.height / held.height,
                "rmse": rmse,
                # By the delta method, from the error of the mean of squares.
                "standard_error": _clustered(inside, "squared") / (2 * max(rmse, 1e-6)),
                "rmse_of_biases": plain,
            }
        )
    table = pl.DataFrame(rows)
    worst, best = max(rows, key=lambda row: row["rmse"]), min(rows, key=lambda row: row["rmse"])
    clear = 2 * float(np.hypot(worst["standard_error"], best["standard_error"]))
    title = (
        f"{many.capitalize()} with {worst['range']} ratings are predicted worst, RMSE "
        f"{worst['rmse']:.2f}; those with {best['range']} best, {best['rmse']:.2f}"
    )
    if table.height == 1:
        title = f"All {many} here are alike in number of ratings"
    elif worst["rmse"] - best["rmse"] <= clear:
        title = f"{many.capitalize()} are predicted about as well however many ratings they have"

    def draw(top: Axes, low: Axes) -> None:
        places = range(table.height)
        hollow: Any = {"color": GRAY, "markerfacecolor": "white"}
        top.plot(places, table["rmse_of_biases"], "s--", label="biases alone", **hollow)
        top.errorbar(
            places,
            table["rmse"],
            yerr=2 * table["standard_error"].to_numpy(),
            fmt="o-",
            color=BLUE,
            capsize=3,
            label="the model, ± 2 standard errors",
        )
        top.set_ylabel("RMSE (stars)")
        top.grid(visible=True, axis="y")
        top.legend(frameon=False)
        drawn = low.bar(places, table["held_out"], color=SKY, width=0.7)
        low.bar_label(drawn, [share(part) for part in table["share"]], padding=2, color=GRAY)
        low.margins(y=0.35)
        low.yaxis.set_major_formatter(compact)
        low.yaxis.set_major_locator(MaxNLocator(3, integer=True))
        low.set_ylabel("held-out\nratings")
        low.set_xticks(places, table["range"])
        low.set_xlabel(f"ratings of the {one} that the model has learned from")

    return Chart(
        f"error-by-{one}",
        ERROR_TOPICS[2 if one == "film" else 3],
        title,
        "Dots with bars of two standard errors: RMSE of held-out ratings by how many ratings of "
        f"the {one} the model had seen, beside damped biases alone.",
        table,
        draw,
        height=4.8,
        panels={"nrows": 2, "sharex": True, "height_ratios": (3, 1)},
    )


def _buckets(place: NDArray[np.int64]) -> list[tuple[int, int]]:
    """First and last step of each bucket; neighbors are joined until each has enough ratings."""
    sizes = np.bincount(place)
    found: list[tuple[int, int]] = []
    first, n = int(place.min()), 0
    for step in np.flatnonzero(sizes).tolist():
        first, n = step if n == 0 else first, n + int(sizes[step])
        if n >= max(_FEWEST, _SMALLEST_SHARE * place.size):
            found.append((first, step))
            n = 0
    if n:
        first = found.pop()[0] if found else first
        found.append((first, int(place.max())))
    return found


def _clustered(held: pl.DataFrame, name: str) -> float:
    """Standard error of a mean of ratings, of which those of one person are alike.

    References
    ----------
    Cameron, Miller: A Practitioner's Guide to Cluster-Robust Inference. Journal of Human Resources
    50(2), 2015.
    """
    rest = pl.col(name) - pl.col(name).mean()
    sums = held.select("user", rest=rest).group_by("user").agg(pl.col("rest").sum())["rest"]
    g = sums.len()
    if g < 2:
        return float(held[name].to_numpy().std()) / float(np.sqrt(held.height))
    return float(np.sqrt((sums.to_numpy() ** 2).sum() * g / (g - 1))) / held.height
