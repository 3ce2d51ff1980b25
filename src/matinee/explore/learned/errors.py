"""How right a model is about ratings that it has not seen, and for which films and people."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from matinee.dataset import Dataset
from matinee.datasets.splits import random
from matinee.evaluation.ranking import answer
from matinee.explore.chart import Chart, share
from matinee.models.base import Recommender
from matinee.models.bias import Bias
from matinee.progress import Progress

__all__ = ["HeldOut", "error_charts", "hold_out"]

_COLUMNS = 36  # bins of predicted stars
_CALIBRATION = 12
_FEWEST = 20  # held-out ratings in a bin or bucket
_SMALLEST_SHARE = 0.005  # of the held-out ratings in a bucket


@dataclass(frozen=True, eq=False)
class HeldOut:
    """Ratings that a model did not see, and what it made of them.

    Attributes
    ----------
    model : str
        Short name.
    stars, predicted, plain : ndarray, shape (n,), dtype float64
        What people gave, what the model predicts, and what damped biases alone predict.
    users : ndarray, shape (n,), dtype int32
    film_counts, user_counts : ndarray, shape (n,), dtype int64
        Ratings of the film, and of the person, in the part that the model learned from.
    levels : ndarray, dtype float64
        The stars that people can give; 10 bins' middles where the scale has no steps.
    minimum, maximum : float
        Ends of the scale.
    """

    model: str
    stars: NDArray[np.float64]
    predicted: NDArray[np.float64]
    plain: NDArray[np.float64]
    users: NDArray[np.int32]
    film_counts: NDArray[np.int64]
    user_counts: NDArray[np.int64]
    levels: NDArray[np.float64]
    minimum: float
    maximum: float


def hold_out(
    model: Recommender,
    dataset: Dataset,
    *,
    test_size: float = 0.1,
    seed: int = 0,
    progress: Progress | None = None,
) -> HeldOut:
    """Fit a copy of a model on a part of the ratings and let it predict the others.

    Parameters
    ----------
    model : Recommender
        Of which a copy with the same hyper-parameters is fitted; it must predict stars.
    dataset : Dataset
    test_size : float
        Share of the ratings that is held out, drawn at random.
    seed : int
    progress : callable, optional

    Raises
    ------
    ParameterError
        If the share is not between 0 and 1.
    EvaluationError
        If one of the parts would be empty.
    NotEnoughMemoryError
        If the fit would need more memory than there is.
    """
    split = random(dataset, test_size=test_size, seed=seed)
    copy = type(model)(**model.params).fit(split.train, progress=progress)
    answers = answer(copy, split, depth=0, progress=progress)
    plain = answer(Bias().fit(split.train), split, depth=0)
    assert answers.stars is not None
    assert plain.stars is not None
    train, test = split.train.ratings, split.test
    scale = train.scale
    width = scale.maximum - scale.minimum
    n_levels = round(width / scale.step) + 1 if scale.step else 0
    levels: NDArray[np.float64]
    if 2 <= n_levels <= 21:
        levels = np.linspace(scale.minimum, scale.maximum, n_levels)
    else:
        levels = np.asarray(scale.minimum + width / 10 * (np.arange(10) + 0.5))
    return HeldOut(
        model.name,
        test.stars.astype(np.float64),
        answers.stars.astype(np.float64),
        plain.stars.astype(np.float64),
        test.users,
        train.movie_stats.counts[test.movies].astype(np.int64),
        train.user_counts[test.users].astype(np.int64),
        levels,
        scale.minimum,
        scale.maximum,
    )


def error_charts(held: HeldOut) -> list[Chart]:
    """Predicted against actual stars, calibration, errors by popularity and by activity."""
    return [
        _predicted(held),
        _calibration(held),
        _by(held, "film"),
        _by(held, "person"),
    ]


def _predicted(held: HeldOut) -> Chart:
    error = held.predicted - held.stars
    rmse, mae = float(np.sqrt((error**2).mean())), float(np.abs(error).mean())
    plain = float(np.sqrt(((held.plain - held.stars) ** 2).mean()))
    levels = held.levels
    edges = np.linspace(held.minimum, held.maximum, _COLUMNS + 1)
    column = np.clip(np.searchsorted(edges, held.predicted, "right") - 1, 0, _COLUMNS - 1)
    row = np.abs(held.stars[:, None] - levels[None, :]).argmin(axis=1)
    counts = np.bincount(row * _COLUMNS + column, minlength=levels.size * _COLUMNS)
    middles = [
        float(np.median(held.predicted[row == level])) if (row == level).any() else None
        for level in range(levels.size)
    ]
    told = "; ".join(
        f"{level:g} stars {middle:.2f}"
        for level, middle in zip(levels, middles, strict=True)
        if middle is not None
    )
    return Chart(
        "predicted",
        "Predicted and actual stars",
        f"On {error.size:,} ratings that it had not seen, {held.model} is {mae:.2f} stars off on "
        f"average (RMSE {rmse:.3f}; biases alone {plain:.3f})",
        f"Grid of held-out ratings by actual stars (rows) and predicted stars (columns), each row "
        f"shaded by its own ratings, with the middle prediction of each row. Middle predictions: "
        f"{told}.",
        pl.DataFrame(
            {
                "stars": np.repeat(levels, _COLUMNS),
                "from_predicted": np.tile(edges[:-1], levels.size),
                "to_predicted": np.tile(edges[1:], levels.size),
                "ratings": counts,
            }
        ),
        {
            "ratings": error.size,
            "rmse": rmse,
            "mae": mae,
            "rmse_of_biases": plain,
            "middle_predictions": middles,
        },
    )


def _calibration(held: HeldOut) -> Chart:
    """What people gave where the model predicted so much."""
    n = held.predicted.size
    bins = max(1, min(_CALIBRATION, n // _FEWEST))
    values = np.unique(held.predicted)
    # Where a model gives few different predictions, each of them is a group.
    few = values.size <= bins
    edges = values if few else np.unique(np.quantile(held.predicted, np.linspace(0, 1, bins + 1)))
    place = np.searchsorted(edges, held.predicted, "right") - 1
    last = edges.size - 1 if few else edges.size - 2
    place = np.clip(place, 0, last)
    size = np.bincount(place)
    kept = np.flatnonzero(size)
    predicted = np.bincount(place, held.predicted)[kept] / size[kept]
    actual = np.bincount(place, held.stars)[kept] / size[kept]
    errors = np.array([_clustered(held.stars[place == k], held.users[place == k]) for k in kept])
    gap = float(np.average(np.abs(actual - predicted), weights=size[kept]))
    spread = float(held.predicted.std())
    slope = 1.0
    if spread > 0:
        slope = float(np.cov(held.predicted, held.stars, bias=True)[0, 1]) / spread**2
    if abs(slope - 1) < 0.1:
        finding = "Predictions are as bold as they should be"
    elif slope > 1:
        finding = "Predictions are too timid"
    else:
        finding = "Predictions are too bold"
    told = "; ".join(
        f"{p:.2f} predicted, {a:.2f} given" for p, a in zip(predicted, actual, strict=True)
    )
    return Chart(
        "calibration",
        "Calibration",
        f"{finding}: one star more predicted is {slope:.2f} stars more given; the mean is off by "
        f"{gap:.2f} stars",
        f"Dots with bars of two standard errors: held-out ratings in groups by predicted stars, "
        f"the mean that people gave against the mean predicted; a line shows where both are equal. "
        f"{told}.",
        pl.DataFrame(
            {
                "from_predicted": edges[kept],
                "to_predicted": edges[kept if few else kept + 1],
                "predicted": predicted,
                "stars": actual,
                "standard_error": errors,
                "ratings": size[kept],
            }
        ),
        {"slope": slope, "mean_gap": gap},
    )


def _by(held: HeldOut, what: str) -> Chart:
    """RMSE by ratings of the film, or of the person."""
    counts = held.film_counts if what == "film" else held.user_counts
    edges = [0, 1, 3, 10, 30, 100, 300, 1000, 3000, 10_000, 30_000, 100_000, 2**40]
    place = np.searchsorted(edges, counts, "right") - 1
    squared, plain = (held.predicted - held.stars) ** 2, (held.plain - held.stars) ** 2
    rows = []
    found = _buckets(place)
    for bucket in found:
        inside = (place >= bucket[0]) & (place <= bucket[1])
        mse = float(squared[inside].mean())
        first, last = edges[bucket[0]], edges[bucket[1] + 1] - 1
        if bucket is found[-1]:
            last = int(counts[inside].max())
        rows.append(
            {
                "from_ratings": first,
                "to_ratings": last,
                "held_out": int(inside.sum()),
                "share": float(inside.mean()),
                "rmse": mse**0.5,
                # By the delta method, from the error of the mean of squares.
                "standard_error": _clustered(squared[inside], held.users[inside])
                / (2 * max(mse, 1e-12) ** 0.5),
                "rmse_of_biases": float(plain[inside].mean()) ** 0.5,
            }
        )
    table = pl.DataFrame(rows)
    worst = table.row(int(np.argmax(table["rmse"].to_numpy())), named=True)
    best = table.row(int(np.argmin(table["rmse"].to_numpy())), named=True)
    many, of = ("Films", "film") if what == "film" else ("People", "person")
    clear = 2 * float(np.hypot(worst["standard_error"], best["standard_error"]))
    if table.height == 1:
        title = f"All {'films' if what == 'film' else 'people'} here are alike in number of ratings"
    elif worst["rmse"] - best["rmse"] <= clear:
        title = f"{many} are predicted about as well however many ratings they have"
    else:
        title = (
            f"{many} with {_range(worst)} ratings are predicted worst, RMSE {worst['rmse']:.2f}; "
            f"those with {_range(best)} best, {best['rmse']:.2f}"
        )
    told = "; ".join(
        f"{_range(row)} ratings: RMSE {row['rmse']:.3f}, biases alone {row['rmse_of_biases']:.3f}, "
        f"{share(row['share'])} of the held-out ratings"
        for row in table.iter_rows(named=True)
    )
    topic = (
        "Error by popularity of the film" if what == "film" else "Error by activity of the person"
    )
    return Chart(
        f"error-by-{what}",
        topic,
        title,
        f"Dots with bars of two standard errors: RMSE of held-out ratings by how many ratings of "
        f"the {of} the model had seen, beside damped biases alone. {told}.",
        table,
        {"held_out": held.stars.size, "of": of},
    )


def _buckets(place: NDArray[np.int64]) -> list[tuple[int, int]]:
    """First and last step of each bucket; neighbours are joined until each has enough ratings."""
    sizes = np.bincount(place)
    found: list[tuple[int, int]] = []
    first, n = None, 0
    for step in np.flatnonzero(sizes).tolist():
        first = step if first is None else first
        n += int(sizes[step])
        if n >= max(_FEWEST, _SMALLEST_SHARE * place.size):
            found.append((first, step))
            first, n = None, 0
    if first is not None:
        last = int(np.flatnonzero(sizes)[-1])
        found = [*found[:-1], (found[-1][0], last)] if found else [(first, last)]
    return found


def _range(row: dict[str, float]) -> str:
    low, high = int(row["from_ratings"]), int(row["to_ratings"])
    return f"{low:,}" if low == high else f"{low:,}–{high:,}"


def _clustered(values: NDArray[np.float64], users: NDArray[np.int32]) -> float:
    """Standard error of a mean of ratings, of which those of one person are alike.

    References
    ----------
    Cameron, Miller: A Practitioner's Guide to Cluster-Robust Inference. Journal of Human Resources
    50(2), 2015.
    """
    _, people = np.unique(users, return_inverse=True)
    sums = np.bincount(people, values - values.mean())
    g = sums.size
    if g < 2:
        return float(values.std() / np.sqrt(values.size))
    return float(np.sqrt((sums**2).sum() * g / (g - 1)) / values.size)
