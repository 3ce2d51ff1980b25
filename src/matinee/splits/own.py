"""The divisions that came with a data set: ``u1`` to ``u5``, ``ua`` and ``ub`` of ML-100K."""

from __future__ import annotations

from collections.abc import Iterator

from matinee.dataset import Dataset
from matinee.errors import EvaluationError, ParameterError
from matinee.splits.by_rating import own_fold
from matinee.splits.split import Split

__all__ = ["own_folds"]

_CROSS_VALIDATION = ("u1", "u2", "u3", "u4", "u5")


def own_folds(
    dataset: Dataset, *, fold: str | None = None, seed: int = 0, validation: bool = False
) -> Iterator[Split]:
    """The data set's own folds, as its authors divided it.

    Parameters
    ----------
    dataset : Dataset
        Read from a folder or zip that has them.
    fold : str, optional
        One fold (``"u1"``, ``"ua"``) instead of the five of cross-validation, ``u1`` to ``u5``.
    seed : int
        For the validation part.
    validation : bool
        Also draw a tenth of each training part at random.

    Yields
    ------
    Split

    Raises
    ------
    FormatError
        If the data set came without folds.
    ParameterError
        If there is no fold of this name.
    EvaluationError
        If the data set was not read from a file or folder.
    """
    from matinee.datasets import load_folds

    if not dataset.source:
        raise EvaluationError(
            f"{dataset.name!r} was not read from files, so it has no folds of its own: choose "
            "another protocol, such as k-fold"
        )
    found = {one.name: one for one in load_folds(dataset.source, dataset)}
    if fold is not None and fold not in found:
        raise ParameterError(f"no fold {fold!r}; {dataset.name!r} has: {', '.join(found)}")
    for name, one in found.items():
        if name == fold or (fold is None and name in _CROSS_VALIDATION):
            yield own_fold(
                dataset, one.train, one.test, fold=name, seed=seed, validation=validation
            )
