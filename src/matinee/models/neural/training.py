"""The training loop that all networks share: PyTorch, minibatches by slicing, nothing per row."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from matinee.errors import ArtifactError, ParameterError
from matinee.models.neural.checkpoints import Checkpoint, CheckpointFolder
from matinee.models.neural.settings import TrainingSettings, one_cycle
from matinee.progress import Progress, report

__all__ = ["Network", "Trained", "pick_device", "seeded", "train"]

Columns: TypeAlias = Mapping[str, NDArray[Any]]
Slices: TypeAlias = Mapping[str, Tensor]

# From here on a step is long enough for several threads to gain more than they cost to start.
# Below, one thread is several times faster, and on a busy machine many times.
_BATCH_FOR_THREADS = 8192
_MEASURE_AT_ONCE = 65_536


class Network(Protocol):
    """What the loop needs to know of a network."""

    def parameters(self) -> dict[str, Tensor]:
        """The weights by name, each with a gradient tensor of its own in ``grad``."""

    def step(self, rows: Slices, stars: Tensor, random: torch.Generator) -> Tensor:
        """Leave the gradient of the mean squared error in ``grad``; return the sum of squares."""

    def predict(self, rows: Slices) -> Tensor:
        """Stars of rows, without dropout."""

    def decay(self, rate: float) -> None:
        """Decoupled weight decay: weights lose ``rate`` times their decay of themselves."""


@dataclass(frozen=True)
class Trained:
    """The outcome of :func:`train`.

    Parameters
    ----------
    weights : dict of str to ndarray
        By the names of :meth:`Network.parameters`, on the CPU.
    history : list of dict
        ``{"epoch", "train_loss", "valid_loss"}`` for each epoch, the losses as mean squared errors
        in squared stars; ``valid_loss`` only if there is a validation part.
    best_epoch : int
        The epoch that the weights are of.
    """

    weights: dict[str, NDArray[np.float32]]
    history: list[dict[str, float]]
    best_epoch: int


def train(
    network: Network,
    columns: Columns,
    stars: NDArray[np.float32],
    validation: tuple[Columns, NDArray[np.float32]] | None,
    settings: TrainingSettings,
    device: torch.device,
    *,
    checkpoints: CheckpointFolder | None = None,
    progress: Progress | None = None,
) -> Trained:
    """Train a network on columns of ratings.

    In each epoch the columns are permuted once and then cut into slices. All chance comes from
    ``random_state`` and the number of the epoch, so that a training that goes on from a checkpoint
    ends where an uninterrupted one does.

    Parameters
    ----------
    network : Network
        With its first weights, on ``device``.
    columns : mapping of str to ndarray, each of length n
        What :meth:`Network.step` is given slices of.
    stars : ndarray, shape (n,), dtype float32
    validation : (columns, stars), optional
    settings : TrainingSettings
    device : torch.device
    checkpoints : CheckpointFolder, optional
    progress : callable, optional

    Raises
    ------
    ParameterError
        If the loss is no longer a number.
    """
    batch = settings.batch_of(len(stars))
    state = _State(network, settings, device)
    checkpoint = checkpoints.latest() if checkpoints is not None else None
    if checkpoint is not None and checkpoints is not None:
        state.restore(checkpoint, checkpoints.path)
    given = {name: torch.tensor(column, device=device) for name, column in columns.items()}
    target = torch.tensor(stars, device=device)
    held_out = None
    if validation is not None:
        held_out = (
            {name: torch.tensor(column, device=device) for name, column in validation[0].items()},
            torch.tensor(validation[1], device=device),
        )
    with torch.no_grad(), _threads(batch):
        while not state.finished:
            loss = _epoch(state, given, target, batch, progress)
            state.record(loss, None if held_out is None else _loss(network, *held_out))
            if checkpoints is not None:
                checkpoints.write(state.checkpoint())
            losses = {name: value for name, value in state.history[-1].items() if name != "epoch"}
            report(
                progress, "train", state.epoch, settings.epochs, unit="epochs", note="", **losses
            )
    return Trained(state.weights(), state.history, state.best_epoch or state.epoch)


def seeded(seed: int, epoch: int, device: torch.device | str = "cpu") -> torch.Generator:
    """A generator for one epoch, whatever was drawn before it."""
    state = np.random.SeedSequence([seed, epoch]).generate_state(2)
    return torch.Generator(device).manual_seed(int(state[0]) << 31 | int(state[1]) >> 1)


def pick_device(name: str) -> torch.device:
    """The device of a name; ``"auto"`` is a CUDA or an Apple device if there is one, else the CPU.

    Raises
    ------
    ParameterError
        If PyTorch has no such device here.
    """
    there = ["cpu"]
    if torch.backends.mps.is_available():
        there.insert(0, "mps")
    if torch.cuda.is_available():
        there.insert(0, "cuda")
    if name == "auto":
        return torch.device(there[0])
    if name not in there:
        raise ParameterError(
            f"device={name!r}, but PyTorch finds only {', '.join(there)} here: "
            "pass device='auto', or install a PyTorch that has it"
        )
    return torch.device(name)


@contextmanager
def _threads(batch: int) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(before if batch > _BATCH_FOR_THREADS else 1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _epoch(
    state: _State, columns: Slices, stars: Tensor, batch: int, progress: Progress | None
) -> float:
    """One pass over the ratings in a new order; the mean squared error met on the way."""
    n, epoch = len(stars), state.epoch + 1
    seed, device = state.settings.random_state, stars.device
    order = torch.randperm(n, generator=seeded(seed, 2 * epoch)).to(device)
    random = seeded(seed, 2 * epoch + 1, device)
    mixed = {name: column[order] for name, column in columns.items()}
    target = stars[order]
    steps = math.ceil(n / batch)
    often = max(steps // 20, 1)
    total = torch.zeros((), device=device)
    for step in range(steps):
        rows = slice(step * batch, (step + 1) * batch)
        part = {name: column[rows] for name, column in mixed.items()}
        total += state.network.step(part, target[rows], random)
        state.update((epoch - 1) * steps + step, state.settings.epochs * steps)
        if step % often == often - 1:
            report(progress, f"epoch {epoch}", step + 1, steps, unit="batches")
    loss = float(total) / n
    if not math.isfinite(loss):
        raise ParameterError(
            f"the training went astray in epoch {epoch} (its loss is {loss}): "
            f"learning_rate={state.settings.learning_rate:g} is too high, try a tenth of it"
        )
    return loss


def _loss(network: Network, columns: Slices, stars: Tensor) -> float:
    total = 0.0
    for start in range(0, len(stars), _MEASURE_AT_ONCE):
        rows = slice(start, start + _MEASURE_AT_ONCE)
        predicted = network.predict({name: column[rows] for name, column in columns.items()})
        total += float(((predicted - stars[rows]) ** 2).sum())
    return total / len(stars)


class _State:
    """All that changes from step to step: weights, optimiser, losses, the best weights so far."""

    def __init__(self, network: Network, settings: TrainingSettings, device: torch.device) -> None:
        self.network, self.settings = network, settings
        self.parameters = network.parameters()
        self.optimizer = _optimizer(list(self.parameters.values()), settings, device)
        self.epoch = self.best_epoch = 0
        self.history: list[dict[str, float]] = []
        self.best: dict[str, Tensor] = {}

    @property
    def finished(self) -> bool:
        patience = self.settings.patience
        waited = patience is not None and self.epoch - self.best_epoch >= patience
        return self.epoch >= self.settings.epochs or (waited and self.epoch > 0)

    def update(self, step: int, total: int) -> None:
        """Take one step along the gradient."""
        rate = self.settings.learning_rate
        if self.settings.schedule == "one-cycle":
            rate, momentum = one_cycle(step, total, rate)
            for group in self.optimizer.param_groups:
                group["lr"] = rate
                group["betas"] = (momentum, group["betas"][1])
        self.network.decay(rate)
        self.optimizer.step()

    def record(self, train_loss: float, valid_loss: float | None) -> None:
        """Note the losses of an epoch, and keep its weights if they are the best."""
        self.epoch += 1
        entry: dict[str, float] = {"epoch": self.epoch, "train_loss": train_loss}
        if valid_loss is not None:
            entry["valid_loss"] = valid_loss
            if self.settings.patience is not None:
                earlier = [past["valid_loss"] for past in self.history]
                if not earlier or valid_loss < min(earlier):
                    self.best_epoch = self.epoch
                    self.best = {n: weight.clone() for n, weight in self.parameters.items()}
        self.history.append(entry)

    def weights(self) -> dict[str, NDArray[np.float32]]:
        return {
            name: np.array(weight.detach().cpu().numpy())
            for name, weight in (self.best or self.parameters).items()
        }

    def checkpoint(self) -> Checkpoint:
        arrays = {f"weight.{name}": _array(weight) for name, weight in self.parameters.items()}
        arrays |= {f"best.{name}": _array(weight) for name, weight in self.best.items()}
        for name, weight in self.parameters.items():
            for key, value in self.optimizer.state[weight].items():
                arrays[f"optimizer.{name}.{key}"] = _array(value)
        return Checkpoint(self.epoch, arrays, self.history, self.best_epoch)

    def restore(self, checkpoint: Checkpoint, path: Path) -> None:
        """Go on from a checkpoint.

        Raises
        ------
        ArtifactError
            If its arrays are not those of this network.
        """
        try:
            for name, weight in self.parameters.items():
                stored = torch.tensor(checkpoint.arrays[f"weight.{name}"])
                if stored.shape != weight.shape:
                    raise ValueError(f"{name} has the shape {tuple(stored.shape)}")
                weight.detach().copy_(stored)
                prefix = f"optimizer.{name}."
                self.optimizer.state[weight] = {
                    key.removeprefix(prefix): torch.tensor(array, device=weight.device)
                    for key, array in checkpoint.arrays.items()
                    if key.startswith(prefix)
                }
                if checkpoint.best_epoch:
                    best = torch.tensor(checkpoint.arrays[f"best.{name}"])
                    self.best[name] = best.to(weight.device)
        except (KeyError, ValueError, RuntimeError) as error:
            raise ArtifactError(
                path, f"the checkpoint does not fit this network ({error}); remove it to start anew"
            ) from error
        self.epoch, self.best_epoch = checkpoint.epoch, checkpoint.best_epoch
        self.history = list(checkpoint.history)


def _array(tensor: Tensor) -> NDArray[Any]:
    return np.asarray(tensor.detach().cpu().numpy())


def _optimizer(
    parameters: Sequence[Tensor], settings: TrainingSettings, device: torch.device
) -> torch.optim.Optimizer:
    """The optimiser without weight decay, which is the network's own; see ``Network.decay``."""
    rate = settings.learning_rate
    if settings.optimizer == "adamax":
        return torch.optim.Adamax(parameters, lr=rate)
    # One pass over all weights in place of ten; not on every device.
    fused = device.type in ("cpu", "cuda")
    if settings.optimizer == "adam":
        return torch.optim.Adam(parameters, lr=rate, fused=fused)
    # A second moment that forgets sooner than the usual 0.999 suits a few hundred steps, and an
    # epsilon keeps rows with tiny gradients from taking full steps. Both are fastai's values.
    return torch.optim.Adam(parameters, lr=rate, betas=(0.9, 0.99), eps=1e-5, fused=fused)
