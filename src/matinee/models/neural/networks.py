"""The networks themselves: forward and backward on minibatches, in PyTorch."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

__all__ = ["DotNetwork", "MLPNetwork"]


class DotNetwork:
    """Embeddings and biases of users and movies, their dot product, and a curve into stars.

    Users and movies are rows of one table, the users first; its last column holds the biases. A
    step is then one gather, a few products and one scatter, and the optimiser has a single tensor
    to go over. The gradient is written by hand: the graph that autograd would build for each batch
    of 64 costs more than the arithmetic.

    Parameters
    ----------
    n_users, n_movies, factors : int
    stars_range : (float, float) or None
        Ends of the sigmoid; None: no sigmoid, the score is the stars.
    offset : float
        Added to each score.
    decays : (float, float)
        Weight decay of factors and of biases.
    random : torch.Generator
    device : torch.device
    """

    def __init__(
        self,
        n_users: int,
        n_movies: int,
        factors: int,
        *,
        stars_range: tuple[float, float] | None,
        offset: float,
        decays: tuple[float, float],
        random: torch.Generator,
        device: torch.device,
    ) -> None:
        table = torch.empty(n_users + n_movies, factors + 1)
        self.table = table.normal_(0.0, 0.01, generator=random).to(device)
        self.table.grad = torch.zeros_like(self.table)
        self.factors = factors
        self.stars_range = stars_range
        self.offset = offset
        self._decays = torch.full((factors + 1,), decays[0], device=device)
        self._decays[factors] = decays[1]
        self._has_decay = any(decays)

    def parameters(self) -> dict[str, Tensor]:
        """The table."""
        return {"table": self.table}

    def decay(self, rate: float) -> None:
        """Shrink factors and biases, each at its own pace."""
        if self._has_decay:
            self.table.addcmul_(self.table, self._decays, value=-rate)

    def step(self, rows: Mapping[str, Tensor], stars: Tensor, random: torch.Generator) -> Tensor:
        """Gradient of the mean squared error; see :class:`~.training.Network`."""
        n = len(stars)
        codes = rows["pairs"].view(-1)
        pairs = self.table.index_select(0, codes).view(n, 2, self.factors + 1)
        biases = pairs[:, :, self.factors].sum(1)
        # With 1 in the place of the bias, a row is what the other row's gradient is made of.
        pairs[:, :, self.factors] = 1.0
        scores = (pairs[:, 0] * pairs[:, 1]).sum(1).add_(biases).add_(self.offset - 1.0)
        if self.stars_range is None:
            error = scores.sub_(stars)
            slope = error * (2.0 / n)
        else:
            low, high = self.stars_range
            share = scores.sigmoid_()
            error = share.mul(high - low).add_(low).sub_(stars)
            slope = (share - share * share).mul_(error).mul_(2.0 * (high - low) / n)
        gradient = pairs.flip(1).mul_(slope[:, None, None])
        assert self.table.grad is not None
        self.table.grad.zero_().index_add_(0, codes, gradient.view(2 * n, self.factors + 1))
        return error.dot(error)

    def predict(self, rows: Mapping[str, Tensor]) -> Tensor:
        """Stars of rows."""
        pairs = self.table[rows["pairs"]]
        factors = pairs[:, :, : self.factors]
        scores = (factors[:, 0] * factors[:, 1]).sum(1) + pairs[:, :, self.factors].sum(1)
        return _stars(scores + self.offset, self.stars_range)


class MLPNetwork:
    """Embeddings of user and movie side by side, other inputs, dense layers with ReLU between.

    Parameters
    ----------
    n_users, n_movies : int
    sizes : (int, int)
        Width of the embeddings of users and movies.
    layers : sequence of int
        Widths of the hidden layers.
    genres : Tensor, shape (n_movies, n_genres), optional
        Further inputs that belong to the film.
    has_time : bool
        Whether rows have a column ``times``, an input of its own.
    dropout, embedding_dropout : float
        Share of the units of each hidden layer, and of the embeddings, left out in a step.
    decay : float
        Weight decay.
    stars_range : (float, float)
        What the last unit is stretched to.
    sigmoid : bool
        Whether it goes through a sigmoid before.
    start : float
        The last unit's first bias.
    random : torch.Generator
    device : torch.device
    """

    def __init__(
        self,
        n_users: int,
        n_movies: int,
        sizes: tuple[int, int],
        layers: Sequence[int],
        *,
        genres: Tensor | None,
        has_time: bool,
        dropout: float,
        embedding_dropout: float,
        decay: float,
        stars_range: tuple[float, float],
        sigmoid: bool,
        start: float,
        random: torch.Generator,
        device: torch.device,
    ) -> None:
        self.genres = None if genres is None else genres.to(device)
        self.has_time = has_time
        self.dropout, self.embedding_dropout = dropout, embedding_dropout
        self._decay = decay
        self.stars_range, self.sigmoid = stars_range, sigmoid
        extra = (0 if genres is None else genres.shape[1]) + int(has_time)
        widths = [sum(sizes) + extra, *layers, 1]
        weights = {
            "users": torch.empty(n_users, sizes[0]).normal_(0.0, 0.01, generator=random),
            "movies": torch.empty(n_movies, sizes[1]).normal_(0.0, 0.01, generator=random),
        }
        for layer, (into, out) in enumerate(itertools.pairwise(widths)):
            # He's initialisation, for layers with ReLU.
            weight = torch.empty(into, out).normal_(0.0, (2.0 / into) ** 0.5, generator=random)
            weights[f"weight_{layer}"], weights[f"bias_{layer}"] = weight, torch.zeros(out)
        self.depth = len(layers) + 1
        weights[f"bias_{self.depth - 1}"] += start
        self._weights = {name: weight.to(device) for name, weight in weights.items()}
        for weight in self._weights.values():
            weight.grad = torch.zeros_like(weight)

    def parameters(self) -> dict[str, Tensor]:
        """Embeddings ``users`` and ``movies``; ``weight_i`` (into × out) and ``bias_i``."""
        return self._weights

    def decay(self, rate: float) -> None:
        """Shrink embeddings and layers alike."""
        if self._decay:
            for weight in self._weights.values():
                weight.mul_(1.0 - rate * self._decay)

    def step(self, rows: Mapping[str, Tensor], stars: Tensor, random: torch.Generator) -> Tensor:
        """Gradient of the mean squared error; see :class:`~.training.Network`."""
        n, weights = len(stars), self._weights
        units = self._inputs(rows)
        mask = self._mask(units, self.embedding_dropout, random)
        inputs = [units if mask is None else units.mul_(mask)]
        for layer in range(self.depth - 1):
            hidden = self._dense(inputs[-1], layer).relu_()
            mask_hidden = self._mask(hidden, self.dropout, random)
            inputs.append(hidden if mask_hidden is None else hidden.mul_(mask_hidden))
        scores = self._dense(inputs[-1], self.depth - 1).squeeze(1)
        low, high = self.stars_range
        share = scores.sigmoid_() if self.sigmoid else scores
        error = share.mul(high - low).add_(low).sub_(stars)
        slope = error * (2.0 * (high - low) / n)
        if self.sigmoid:
            slope *= share - share * share
        delta = slope[:, None]
        for layer in range(self.depth - 1, -1, -1):
            torch.mm(inputs[layer].T, delta, out=weights[f"weight_{layer}"].grad)
            torch.sum(delta, 0, out=weights[f"bias_{layer}"].grad)
            delta = delta @ weights[f"weight_{layer}"].T
            if layer:
                # A unit that is 0, by ReLU or by dropout, passes nothing back.
                delta *= inputs[layer] > 0
                if self.dropout:
                    delta /= 1.0 - self.dropout
        if mask is not None:
            delta *= mask
        at = 0
        for column, name in enumerate(("users", "movies")):
            table = weights[name]
            assert table.grad is not None
            part = delta[:, at : at + table.shape[1]]
            table.grad.zero_().index_add_(0, rows["pairs"][:, column], part)
            at += table.shape[1]
        return error.dot(error)

    def predict(self, rows: Mapping[str, Tensor]) -> Tensor:
        """Stars of rows, without dropout."""
        units = self._inputs(rows)
        for layer in range(self.depth - 1):
            units = self._dense(units, layer).relu_()
        scores = self._dense(units, self.depth - 1).squeeze(1)
        low, high = self.stars_range
        return low + (high - low) * (scores.sigmoid() if self.sigmoid else scores)

    def _inputs(self, rows: Mapping[str, Tensor]) -> Tensor:
        users, movies = rows["pairs"].unbind(1)
        parts = [
            self._weights["users"].index_select(0, users),
            self._weights["movies"].index_select(0, movies),
        ]
        if self.genres is not None:
            parts.append(self.genres.index_select(0, movies))
        if self.has_time:
            parts.append(rows["times"][:, None])
        return torch.cat(parts, 1)

    def _dense(self, units: Tensor, layer: int) -> Tensor:
        return torch.addmm(self._weights[f"bias_{layer}"], units, self._weights[f"weight_{layer}"])

    @staticmethod
    def _mask(units: Tensor, share: float, random: torch.Generator) -> Tensor | None:
        """0 for the units that are left out; the others are scaled up to keep the sum."""
        if share == 0:
            return None
        return torch.empty_like(units).bernoulli_(1 - share, generator=random).div_(1 - share)


def _stars(scores: Tensor, stars_range: tuple[float, float] | None) -> Tensor:
    if stars_range is None:
        return scores
    low, high = stars_range
    return low + (high - low) * scores.sigmoid()
