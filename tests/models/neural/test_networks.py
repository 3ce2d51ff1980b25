"""Gradients written by hand, against those of autograd."""

from __future__ import annotations

from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="needs the extra 'neural'")

from matinee.models.neural.networks import DotNetwork, MLPNetwork  # noqa: E402
from matinee.models.neural.training import seeded  # noqa: E402

CPU = torch.device("cpu")
USERS, MOVIES, ROWS = 5, 7, 40


def batch(offset: int) -> tuple[dict[str, Any], Any]:
    random = torch.Generator().manual_seed(1)
    users = torch.randint(0, USERS, (ROWS,), generator=random)
    movies = torch.randint(0, MOVIES, (ROWS,), generator=random) + offset
    stars = torch.rand(ROWS, generator=random) * 5
    times = torch.rand(ROWS, generator=random)
    return {"pairs": torch.stack((users, movies), 1).int(), "times": times}, stars


def check_gradients(network: Any, rows: dict[str, Any], stars: Any) -> None:
    """Compare ``step`` with the gradient of ``predict``; both computed in double precision."""
    weights = network.parameters()
    with torch.no_grad():
        total = network.step(rows, stars, seeded(0, 1))
    by_hand = {name: weight.grad.clone() for name, weight in weights.items()}
    for weight in weights.values():
        weight.grad = None
        weight.requires_grad_()
    error = network.predict(rows) - stars
    assert float(total) == pytest.approx(float((error**2).sum().detach()))
    (error**2).mean().backward()
    for name, weight in weights.items():
        assert torch.allclose(weight.grad, by_hand[name], atol=1e-6), name
        assert float(weight.grad.abs().max()) > 0, name


@pytest.fixture(autouse=True)
def double_precision() -> Any:
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


@pytest.mark.parametrize("stars_range", [(0.0, 5.5), (0.5, 5.0), None])
def test_the_gradient_of_dot(stars_range: tuple[float, float] | None) -> None:
    network = DotNetwork(
        USERS,
        MOVIES,
        3,
        stars_range=stars_range,
        offset=0.3,
        decays=(0.0, 0.0),
        random=seeded(0, 0),
        device=CPU,
    )
    network.table.mul_(50)
    check_gradients(network, *batch(USERS))


def mlp(**changes: Any) -> MLPNetwork:
    settings: dict[str, Any] = {
        "genres": torch.rand(MOVIES, 4, generator=seeded(9, 0)),
        "has_time": True,
        "dropout": 0.0,
        "embedding_dropout": 0.0,
        "decay": 0.0,
        "stars_range": (0.0, 5.5),
        "sigmoid": True,
        "start": 0.4,
        "random": seeded(0, 0),
        "device": CPU,
    }
    return MLPNetwork(USERS, MOVIES, (3, 2), [6, 5], **{**settings, **changes})


@pytest.mark.parametrize(
    "changes",
    [{}, {"sigmoid": False, "stars_range": (1.0, 5.0)}, {"genres": None, "has_time": False}],
    ids=["all inputs", "linear", "embeddings only"],
)
def test_the_gradient_of_mlp(changes: dict[str, Any]) -> None:
    network = mlp(**changes)
    network.parameters()["users"].mul_(50)
    network.parameters()["movies"].mul_(50)
    check_gradients(network, *batch(0))


def test_dropout_keeps_the_expected_prediction_and_follows_the_generator() -> None:
    rows, stars = batch(0)
    wet = mlp(dropout=0.5, embedding_dropout=0.3)
    with torch.no_grad():
        sums = [float(wet.step(rows, stars, seeded(7, epoch))) for epoch in (1, 1, 2)]
        assert sums[0] == sums[1]
        assert sums[0] != sums[2]
        # No noise is left in predictions.
        assert torch.equal(wet.predict(rows), mlp().predict(rows))
    mask = MLPNetwork._mask(torch.ones(200, 500), 0.3, seeded(0, 1))
    assert mask is not None
    assert float((mask == 0).double().mean()) == pytest.approx(0.3, abs=0.01)
    assert float(mask.mean()) == pytest.approx(1.0, abs=0.01)


def test_the_gradient_under_dropout() -> None:
    """The same masks for autograd: the generator starts alike."""
    network, (rows, stars) = mlp(dropout=0.4, embedding_dropout=0.2), batch(0)
    weights = network.parameters()
    with torch.no_grad():
        network.step(rows, stars, seeded(3, 1))
    by_hand = {name: weight.grad.clone() for name, weight in weights.items()}
    for weight in weights.values():
        weight.grad = None
        weight.requires_grad_()
    random = seeded(3, 1)
    units = network._inputs(rows)
    units = units * MLPNetwork._mask(units, 0.2, random)
    for layer in range(2):
        units = network._dense(units, layer).relu()
        units = units * MLPNetwork._mask(units, 0.4, random)
    stars_found = 5.5 * network._dense(units, 2).squeeze(1).sigmoid()
    ((stars_found - stars) ** 2).mean().backward()
    for name, weight in weights.items():
        assert torch.allclose(weight.grad, by_hand[name], atol=1e-7), name


def test_weight_decay_is_decoupled() -> None:
    network = DotNetwork(
        2,
        2,
        3,
        stars_range=None,
        offset=0.0,
        decays=(0.5, 0.1),
        random=seeded(0, 0),
        device=CPU,
    )
    before = network.table.clone()
    network.decay(0.2)
    assert torch.allclose(network.table[:, :3], before[:, :3] * (1 - 0.2 * 0.5))
    assert torch.allclose(network.table[:, 3], before[:, 3] * (1 - 0.2 * 0.1))
    layered = mlp(decay=0.5)
    weight = layered.parameters()["weight_0"].clone()
    layered.decay(0.2)
    assert torch.allclose(layered.parameters()["weight_0"], weight * 0.9)
