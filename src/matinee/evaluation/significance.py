"""How sure a figure is, whether two models differ, and what a test could have seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matinee.errors import ParameterError
from matinee.evaluation.metrics import UserValues

__all__ = ["Comparison", "bootstrap_intervals", "compare_pair", "holm", "wilson"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two models on the same people.

    Attributes
    ----------
    difference : float
        First minus second, in the metric's unit.
    low, high : float
        Confidence interval of the difference.
    p : float
        Two-sided p value of a paired t test over people.
    p_holm : float
        The same, corrected for the number of comparisons made together.
    smallest_visible : float
        The smallest true difference that this test finds with 80 % probability: what is smaller
        cannot be told apart with this many people.
    n : int
        Number of people.
    """

    difference: float
    low: float
    high: float
    p: float
    p_holm: float
    smallest_visible: float
    n: int

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "difference": self.difference,
            "interval": [self.low, self.high],
            "p": self.p,
            "p_holm": self.p_holm,
            "smallest_visible": self.smallest_visible,
            "people": self.n,
        }

    def corrected(self, p: float) -> Comparison:
        """The same with a p value that is corrected for several tests."""
        return replace(self, p_holm=p)


def bootstrap_intervals(
    values: Sequence[UserValues],
    *,
    resamples: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
) -> NDArray[np.float64]:
    """Percentile bootstrap over people, with the same resamples for all values.

    Parameters
    ----------
    values : sequence of UserValues
        All over the same people.
    resamples : int
    confidence : float
    seed : int

    Returns
    -------
    ndarray, shape (len(values), 2)
        Lower and upper bounds; NaN where nobody is measured.

    References
    ----------
    B. Efron, R. J. Tibshirani: An Introduction to the Bootstrap. Chapman & Hall 1993.

    Examples
    --------
    >>> people = UserValues(np.array([0.0, 1.0] * 50))
    >>> bootstrap_intervals([people], seed=1).round(2)
    array([[0.4, 0.6]])
    """
    if resamples < 1:
        raise ParameterError(f"resamples must be at least 1, got {resamples}")
    if not 0 < confidence < 1:
        raise ParameterError(f"confidence must lie above 0 and below 1, got {confidence}")
    if not values:
        return np.empty((0, 2))
    n = values[0].means.size
    # People and metrics in one matrix each, so that a block of resamples is one product.
    sums = np.column_stack([value.sums for value in values])
    weights = np.column_stack([value.weight for value in values])
    found = np.empty((resamples, len(values)))
    done = 0
    for counts in _resamples(n, resamples, seed):
        with np.errstate(invalid="ignore", divide="ignore"):
            found[done : done + len(counts)] = (counts @ sums) / (counts @ weights)
        done += len(counts)
    roots = np.array([value.root for value in values])
    found[:, roots] = np.sqrt(found[:, roots])
    tail = (1 - confidence) / 2
    bounds = np.full((len(values), 2), np.nan)
    usable = weights.sum(axis=0) > 0
    if bool(usable.any()):
        # A resample without a single measured person says nothing.
        bounds[usable] = np.nanquantile(found[:, usable], [tail, 1 - tail], axis=0).T
    return bounds


def _resamples(n: int, resamples: int, seed: int) -> Iterator[NDArray[np.float64]]:
    """How often each person is drawn, in blocks of at most 32 MB."""
    rng = np.random.default_rng(seed)
    size = max(1, min(256, 4_000_000 // max(n, 1)))
    for start in range(0, resamples, size):
        rows = min(size, resamples - start)
        counts = np.empty((rows, n))
        for row in range(rows):
            counts[row] = np.bincount(rng.integers(0, n, n), minlength=n)
        yield counts


def compare_pair(
    first: UserValues,
    second: UserValues,
    *,
    confidence: float = 0.95,
    comparisons: int = 1,
    power: float = 0.8,
) -> Comparison:
    """A paired t test over people.

    Errors in stars are ratios of sums (each rating counts once), and are compared by their
    linearisation; for a root mean squared error the mean squared errors are tested and the
    difference is then told in stars.

    Parameters
    ----------
    first, second : UserValues
        Over the same people.
    confidence : float
        Of the interval; ``1 - confidence`` is the level of the test.
    comparisons : int
        How many are made together. ``smallest_visible`` holds for Holm's strictest step,
        ``(1 - confidence) / comparisons``.
    power : float
        Probability with which a difference of ``smallest_visible`` is found.

    Returns
    -------
    Comparison
        With ``p_holm`` equal to ``p``; :func:`holm` corrects several.

    References
    ----------
    J. Urbano, H. Lima, A. Hanjalic: Statistical Significance Testing in Information Retrieval: An
    Empirical Analysis of Type I, Type II and Type III Errors. SIGIR 2019.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> a = rng.normal(0.5, 0.1, 400)
    >>> found = compare_pair(UserValues(a + 0.02), UserValues(a + rng.normal(0, 0.1, 400)))
    >>> found.p < 0.01, round(found.smallest_visible, 3)
    (True, 0.014)
    """
    from scipy.stats import t as student

    both = (first.weight > 0) & (second.weight > 0)
    n = int(both.sum())
    if n < 2:
        missing = float("nan")
        return Comparison(missing, missing, missing, missing, missing, missing, n)
    means, parts = [], []
    for one in (first, second):
        sums, weight = one.sums[both], one.weight[both]
        mean = float(sums.sum() / weight.sum())
        means.append(mean)
        parts.append((sums - weight * mean) / weight.mean())
    spread = float(np.std(parts[0] - parts[1], ddof=1)) / float(np.sqrt(n))
    difference = means[0] - means[1]
    if spread > 0:
        p = float(2 * student.sf(abs(difference) / spread, n - 1))
    else:
        p = 1.0 if difference == 0 else 0.0
    if first.root:
        # √a - √b = (a - b) / (√a + √b)
        scale = float(np.sqrt(means[0]) + np.sqrt(means[1]))
        scale = 1 / scale if scale > 0 else 1.0
        difference, spread = difference * scale, spread * scale
    level = 1 - confidence
    margin = float(student.isf(level / 2, n - 1)) * spread
    strict = float(student.isf(level / max(comparisons, 1) / 2, n - 1))
    visible = (strict + float(student.ppf(power, n - 1))) * spread
    return Comparison(difference, difference - margin, difference + margin, p, p, visible, n)


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's correction for several tests made together; NaN stays out of the count.

    References
    ----------
    S. Holm: A Simple Sequentially Rejective Multiple Test Procedure. Scandinavian Journal of
    Statistics 1979.

    Examples
    --------
    >>> [round(p, 3) for p in holm([0.01, 0.04, 0.03])]
    [0.03, 0.06, 0.06]
    """
    p = np.asarray(p_values, dtype=np.float64)
    corrected = np.full(p.size, np.nan)
    known = np.flatnonzero(~np.isnan(p))
    order = known[np.argsort(p[known], kind="stable")]
    steps = p[order] * np.arange(order.size, 0, -1)
    corrected[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return [float(value) for value in corrected]


def wilson(hits: int, of: int, *, confidence: float = 0.95) -> tuple[float, float]:
    """Wilson's score interval of a probability, honest for few trials; 0 to 1 for none.

    References
    ----------
    E. B. Wilson: Probable Inference, the Law of Succession, and Statistical Inference. JASA 1927.

    Examples
    --------
    >>> [round(bound, 3) for bound in wilson(7, 10)]
    [0.397, 0.892]
    """
    from scipy.stats import norm

    if not of:
        return 0.0, 1.0
    z = float(norm.isf((1 - confidence) / 2))
    share, scale = hits / of, 1 + z * z / of
    middle = (share + z * z / (2 * of)) / scale
    margin = z * float(np.sqrt(share * (1 - share) / of + z * z / (4 * of * of))) / scale
    return max(0.0, middle - margin), min(1.0, middle + margin)
