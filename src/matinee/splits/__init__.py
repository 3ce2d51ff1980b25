"""Splits: ways to divide ratings into what a model learns from and what it is measured on.

Each function returns a :class:`Split` (``k_fold`` yields several). All of them repeat exactly with
the same seed and data, whatever the platform.
"""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Iterator
from typing import Any

from matinee.dataset import Dataset
from matinee.errors import ParameterError
from matinee.splits.by_person import strong_generalization
from matinee.splits.by_rating import k_fold, leave_last_out, own_fold, random, time
from matinee.splits.own import own_folds
from matinee.splits.split import Split

__all__ = [
    "PROTOCOLS",
    "Split",
    "k_fold",
    "leave_last_out",
    "make_splits",
    "own_fold",
    "own_folds",
    "random",
    "strong_generalization",
    "time",
]

PROTOCOLS: dict[str, Callable[..., Split | Iterator[Split]]] = {
    "random": random,
    "k-fold": k_fold,
    "own-folds": own_folds,
    "time": time,
    "leave-last-out": leave_last_out,
    "strong-generalization": strong_generalization,
}
"""Name of a protocol → the function that divides."""


def make_splits(
    protocol: str, dataset: Dataset, *, seed: int = 0, validation: bool = False, **options: Any
) -> Iterator[Split]:
    """The splits of a protocol by its name; most have one.

    Parameters
    ----------
    protocol : str
        A key of :data:`PROTOCOLS`.
    dataset : Dataset
    seed : int
        Ignored by protocols that draw nothing.
    validation : bool
        Whether each split also carries a validation part.
    **options
        Passed on; see the functions.

    Raises
    ------
    ParameterError
        If there is no such protocol, or it has no such option.

    Examples
    --------
    >>> from matinee import Dataset, Ratings
    >>> data = Dataset.of(Ratings.from_columns([1] * 9, range(9), [3.0] * 9))
    >>> [split] = make_splits("random", data, test_size=1 / 3)
    >>> len(split.test)
    3
    """
    function = PROTOCOLS.get(protocol)
    if function is None:
        near = difflib.get_close_matches(protocol, list(PROTOCOLS), n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise ParameterError(f"no protocol {protocol!r}.{hint} There are: {', '.join(PROTOCOLS)}")
    known = inspect.signature(function).parameters
    for option in options:
        if option not in known:
            own = [name for name in known if name not in ("dataset", "seed", "validation")]
            raise ParameterError(
                f"{protocol} has no option {option!r}; it has: {', '.join(own) or 'none'}"
            )
    if "seed" in known:
        options["seed"] = seed
    found = function(dataset, validation=validation, **options)
    return iter((found,)) if isinstance(found, Split) else found
