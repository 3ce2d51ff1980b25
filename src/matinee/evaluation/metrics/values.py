"""A metric's value for each person, and how they make up the value for all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matinee.errors import ParameterError

__all__ = ["UserValues", "divide"]


def divide(values: Any, by: Any) -> NDArray[np.float64]:
    """``values / by``, NaN where ``by`` is not above 0."""
    above, below = np.broadcast_arrays(np.asarray(values, np.float64), np.asarray(by, np.float64))
    out: NDArray[np.float64] = np.full(above.shape, np.nan)
    np.divide(above, below, out=out, where=below > 0)
    return out


@dataclass(frozen=True, eq=False)
class UserValues:
    """One number a person.

    The value for all is the weighted mean, under a square root if ``root``. For ranking metrics
    each person weighs the same; for errors in stars each rating does.

    Parameters
    ----------
    means : ndarray, shape (n_users,), dtype float64
        NaN for people whom the metric does not measure.
    weights : ndarray, shape (n_users,), dtype float64, optional
        1 for each measured person if not given.
    root : bool
        Whether the square root of the mean is reported (root mean squared error).

    Examples
    --------
    >>> found = UserValues(np.array([0.5, np.nan, 1.0]))
    >>> found.value, found.n_measured
    (0.75, 2)
    """

    means: NDArray[np.float64]
    weights: NDArray[np.float64] | None = None
    root: bool = False

    def __post_init__(self) -> None:
        means = np.asarray(self.means, dtype=np.float64)
        measured = ~np.isnan(means)
        weights = np.ones(means.size) if self.weights is None else np.asarray(self.weights)
        if weights.shape != means.shape or means.ndim != 1:
            raise ParameterError(f"{means.shape} values of people, but {weights.shape} weights")
        object.__setattr__(self, "means", means)
        object.__setattr__(self, "weights", np.where(measured, weights, 0.0))

    @property
    def weight(self) -> NDArray[np.float64]:
        """What each person weighs, shape (n_users,); 0 for those not measured."""
        assert self.weights is not None
        return self.weights

    @property
    def sums(self) -> NDArray[np.float64]:
        """Weight times mean, shape (n_users,); 0 for people not measured."""
        return np.where(self.weight > 0, np.nan_to_num(self.means) * self.weight, 0.0)

    @property
    def n_measured(self) -> int:
        """Number of people who are measured."""
        return int(np.count_nonzero(self.weight))

    @property
    def value(self) -> float:
        """The metric over all people; NaN if nobody is measured."""
        total = float(self.weight.sum())
        if total == 0:
            return float("nan")
        mean = float(self.sums.sum()) / total
        return float(np.sqrt(mean)) if self.root else mean

    @property
    def per_user(self) -> NDArray[np.float64]:
        """The metric of each person, shape (n_users,), NaN where not measured."""
        return np.sqrt(self.means) if self.root else self.means

    @classmethod
    def pooled(cls, parts: Sequence[UserValues], people: Sequence[NDArray[np.int64]]) -> UserValues:
        """One value a person from several splits.

        Parameters
        ----------
        parts : sequence of UserValues
            One for each split.
        people : sequence of ndarray of int64
            For each split, which person each of its values belongs to, as positions ``0 … n - 1``.
        """
        n = 1 + max((int(rows.max()) for rows in people if rows.size), default=-1)
        sums, weights = np.zeros(n), np.zeros(n)
        for part, rows in zip(parts, people, strict=True):
            np.add.at(sums, rows, part.sums)
            np.add.at(weights, rows, part.weight)
        return cls(divide(sums, weights), weights, parts[0].root if parts else False)
