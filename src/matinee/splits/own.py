"""The divisions that came with a data set: ``u1`` to ``u5``, ``ua`` and ``ub`` of ML-100K."""

from __future__ import annotations

from collections.abc import Iterator

from matinee.dataset import Dataset
from matinee.splits.by_rating import own_fold
from matinee.splits.split import Split

__all__ = ["own_folds"]


def own_folds(
    dataset: Dataset, *, fold: str | None = None, seed: int = 0, validation: bool = False
) -> Iterator[Split]:
    """The data set's own folds, as its authors divided it.

    Parameters
    ----------
    dataset : Dataset
        Read from a folder or zip that has them.
    fold : str, optional
        One fold (``"u1"``, ``"ua"``) instead of the five of cross-validation.
    seed : int
        For the validation part.
    validation : bool
        Also draw a tenth of each training part at random.

    Yields
    ------
    Split

    Raises
    ------
    EvaluationError
        If the data set came without folds.
    """
    from matinee.datasets.folds import read_folds

    for name, train, test in read_folds(dataset, fold):
        yield own_fold(dataset, train, test, fold=name, seed=seed, validation=validation)
