"""How a network is trained: the settings that all networks share, and their schedule."""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["OPTIMIZERS", "SCHEDULES", "TrainingSettings", "one_cycle"]

OPTIMIZERS = ("adamw", "adam", "adamax")
SCHEDULES = ("one-cycle", "constant")
DEVICES = ("auto", "cpu", "cuda", "mps")

# With about this many steps in an epoch, whatever the size of the data, one learning rate and one
# weight decay suit all sizes, and the dense update of the embedding tables is a small part of the
# work: its cost grows with the number of steps, not with that of the ratings.
STEPS_PER_EPOCH = 440
SMALLEST_BATCH, LARGEST_BATCH = 64, 65_536


@dataclass(frozen=True)
class TrainingSettings:
    """Checked settings of one training.

    Parameters
    ----------
    epochs : int
        Passes over the ratings; with a patience, at most so many.
    batch_size : int or None
        Ratings a step; None: see :meth:`batch_of`.
    learning_rate : float
        The highest of the schedule.
    weight_decay : float
        In each step the weights lose this times the learning rate of themselves: "decoupled"
        decay, whatever the optimiser.
    optimizer : {"adamw", "adam", "adamax"}
        "adam" and "adamw" differ in their constants: Adam's own, and those of fastai.
    schedule : {"one-cycle", "constant"}
    validation_share : float
        Share of the ratings, drawn at random, that is kept out of the training to measure it.
    patience : int or None
        The training stops after so many epochs without a better validation loss, and takes the
        weights of the best epoch. None: all epochs, and the last weights.
    device : str
    random_state : int

    Raises
    ------
    ParameterError
        If a value is outside its range, or a patience has no validation part to look at.

    Examples
    --------
    >>> TrainingSettings(5, None, 0.01, 0.1, "adamw", "one-cycle", 0.0, None, "cpu", 0).batch_of(
    ...     1_000_000
    ... )
    2272
    """

    epochs: int
    batch_size: int | None
    learning_rate: float
    weight_decay: float
    optimizer: str
    schedule: str
    validation_share: float
    patience: int | None
    device: str
    random_state: int

    def batch_of(self, n_ratings: int) -> int:
        """The batch size for so many ratings: a 440th part of them, unless one is set."""
        if self.batch_size is not None:
            return self.batch_size
        return min(max(n_ratings // STEPS_PER_EPOCH, SMALLEST_BATCH), LARGEST_BATCH)


def one_cycle(step: int, total: int, peak: float) -> tuple[float, float]:
    """Learning rate and momentum of a step in one cycle of cosines.

    The rate climbs to its peak in the first quarter and falls to almost nothing; the momentum
    (Adam's first coefficient) goes from 0.95 to 0.85 and back.

    Parameters
    ----------
    step : int
        From 0 to ``total - 1``.
    total : int
        Steps of the whole training.
    peak : float

    Returns
    -------
    rate, momentum : float

    References
    ----------
    Smith, "A disciplined approach to neural network hyper-parameters" (2018).
    Howard and Gugger, "fastai: A Layered API for Deep Learning" (2020).

    Examples
    --------
    >>> [round(one_cycle(step, 9, 1.0)[0], 3) for step in range(9)]
    [0.04, 0.52, 1.0, 0.933, 0.75, 0.5, 0.25, 0.067, 0.0]
    """
    last = max(total - 1, 1)
    climb = 0.25 * last
    if step < climb:
        part = step / climb
        return _cosine(peak / 25, peak, part), _cosine(0.95, 0.85, part)
    part = (step - climb) / (last - climb)
    return _cosine(peak, peak / 1e5, part), _cosine(0.85, 0.95, part)


def _cosine(start: float, end: float, part: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * part)) / 2
