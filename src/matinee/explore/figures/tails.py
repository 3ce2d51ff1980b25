"""How unequal films and people are: counts on logarithmic scales, and the power law of their tail.

References
----------
A. Clauset, C. R. Shalizi, M. E. J. Newman: Power-Law Distributions in Empirical Data. SIAM
Review 51(4), 2009.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from matinee.explore.chart import Chart, share
from matinee.explore.totals import Totals

__all__ = ["PowerLaw", "fit_power_law", "per_film", "per_person"]

_CANDIDATES = 60
_SHORTEST_TAIL = 50


@dataclass(frozen=True, slots=True)
class PowerLaw:
    """A tail in which counts of ``x`` or more have the share ``(x / start) ** (1 - exponent)``.

    Parameters
    ----------
    exponent : float
    start : int
        Count at which the tail begins.
    size : int
        How many films or people are in the tail.
    distance : float
        Largest difference between the law's and the data's share (Kolmogorov and Smirnov's).
    """

    exponent: float
    start: int
    size: int
    distance: float


def fit_power_law(counts: NDArray[np.int64]) -> PowerLaw | None:
    """The power law of the tail, with the start at which it fits best.

    Parameters
    ----------
    counts : ndarray, dtype int64
        Positive counts in any order.

    Returns
    -------
    PowerLaw or None
        None where there are fewer than 50 counts, or all are the same.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> law = fit_power_law(np.floor(10 * rng.pareto(1.5, 20_000) + 10).astype(np.int64))
    >>> round(law.exponent, 1)
    2.5
    """
    ordered = np.sort(counts[counts > 0])
    n = ordered.size
    if n < _SHORTEST_TAIL or ordered[0] == ordered[-1]:
        return None
    values = np.unique(ordered[: n - _SHORTEST_TAIL + 1])
    places = np.unique(np.linspace(0, values.size - 1, _CANDIDATES).astype(int))
    best: PowerLaw | None = None
    logs = np.log(ordered)
    sums = np.cumsum(logs[::-1])[::-1]
    for start in values[places]:
        first = int(np.searchsorted(ordered, start))
        size = n - first
        # For whole numbers, the tail begins half a unit below its smallest count.
        spread = sums[first] - size * np.log(start - 0.5)
        exponent = 1 + size / spread
        points, at = np.unique(ordered[first:], return_index=True)
        law = ((points - 0.5) / (start - 0.5)) ** (1 - exponent)
        distance = float(np.abs(law - (size - at) / size).max())
        if best is None or distance < best.distance:
            best = PowerLaw(float(exponent), int(start), size, distance)
    return best


def per_film(totals: Totals) -> Chart:
    """Share of films with at least so many ratings."""
    return _tail("per-film", "Ratings per film", totals.film_counts, "film", "films")


def per_person(totals: Totals) -> Chart:
    """Share of people with at least so many ratings."""
    return _tail("per-person", "Ratings per person", totals.user_counts, "person", "people")


def _tail(name: str, topic: str, all_counts: NDArray[np.int64], one: str, many: str) -> Chart:
    counts = np.sort(all_counts[all_counts > 0])
    values, at = np.unique(counts, return_index=True)
    shares = (counts.size - at) / counts.size
    tenth = max(counts.size // 10, 1)
    top = float(counts[-tenth:].sum() / counts.sum())
    median = int(np.median(counts))
    law = fit_power_law(counts)
    verb = "has" if many == "films" else "gave"
    facts = {
        many: counts.size,
        "median": median,
        "maximum": int(counts[-1]),
        "minimum": int(counts[0]),
        "top_tenth_share": top,
        "power_law": None
        if law is None
        else {
            "exponent": law.exponent,
            "start": law.start,
            "size": law.size,
            "distance": law.distance,
        },
    }
    told = (
        ""
        if law is None
        else (
            f" From {law.start:,} ratings on, the tail is nearest to a power law with exponent "
            f"{law.exponent:.2f} ({law.size:,} {many}, largest difference {law.distance:.3f})."
        )
    )
    return Chart(
        name,
        topic,
        f"The top tenth of the {many} {verb} {share(top)} of the ratings; "
        f"the middle {one} {verb} {median:,}",
        f"Falling curve on two logarithmic axes: share of {many} with at least so many ratings, "
        f"from {counts[0]:,} to {counts[-1]:,}.{told}",
        pl.DataFrame({"ratings": values, "share_at_least": shares}),
        facts,
    )
