"""The training loop: epochs, early stopping, checkpoints, devices."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the extra 'neural'")

from matinee.dataset import Dataset  # noqa: E402
from matinee.errors import (  # noqa: E402
    ArtifactError,
    MissingExtraError,
    NotSupportedError,
    ParameterError,
)
from matinee.models import create_model  # noqa: E402
from matinee.models.neural.networks import DotNetwork  # noqa: E402
from matinee.models.neural.training import pick_device, seeded  # noqa: E402
from matinee.progress import ProgressEvent  # noqa: E402

SMALL: dict[str, dict[str, Any]] = {
    "dot": {"factors": 4, "epochs": 5},
    "mlp": {"factors": 4, "layers": [8], "epochs": 5, "dropout": 0.2, "embedding_dropout": 0.1},
}


class Interrupted(Exception):
    """What the tests stop a training with."""


def stop_after(epochs: int) -> Any:
    def callback(event: ProgressEvent) -> None:
        if event.stage == "train" and event.done == epochs:
            raise Interrupted

    return callback


def arrays_of(model: Any) -> dict[str, np.ndarray]:
    return {name: np.array(array) for name, array in model._arrays().items()}


def assert_same(one: Any, other: Any) -> None:
    first, second = arrays_of(one), arrays_of(other)
    assert first.keys() == second.keys()
    for name, array in first.items():
        assert np.array_equal(array, second[name]), name
    assert one.history == other.history


@pytest.mark.parametrize("optimizer", ["adamw", "adam", "adamax"])
@pytest.mark.parametrize("name", ["dot", "mlp"])
def test_a_resumed_training_ends_like_an_uninterrupted_one(
    name: str, optimizer: str, world: Dataset, tmp_path: Path
) -> None:
    params = {**SMALL[name], "optimizer": optimizer, "validation_share": 0.2, "patience": 4}
    whole = create_model(name, **params).fit(world)
    with pytest.raises(Interrupted):
        create_model(name, **params).fit(
            world, checkpoint=tmp_path / "state", progress=stop_after(2)
        )
    seen: list[int] = []
    resumed = create_model(name, **params).fit(
        world,
        checkpoint=tmp_path / "state",
        progress=lambda event: seen.append(event.done) if event.stage == "train" else None,
    )
    assert seen == [3, 4, 5]
    assert_same(resumed, whole)
    # Once more, from a training that is done: nothing is left to do.
    assert_same(create_model(name, **params).fit(world, checkpoint=tmp_path / "state"), whole)


def test_a_checkpoint_of_other_data_or_settings_is_refused(
    world: Dataset, other_world: Dataset, tmp_path: Path
) -> None:
    create_model("dot", **SMALL["dot"]).fit(world, checkpoint=tmp_path / "state")
    with pytest.raises(ArtifactError, match="another training: its ratings is"):
        create_model("dot", **SMALL["dot"]).fit(other_world, checkpoint=tmp_path / "state")
    with pytest.raises(ArtifactError, match="another training: its factors is 4, here it is 5"):
        create_model("dot", **{**SMALL["dot"], "factors": 5}).fit(
            world, checkpoint=tmp_path / "state"
        )
    with pytest.raises(ArtifactError, match="another training"):
        create_model("mlp", **SMALL["mlp"]).fit(world, checkpoint=tmp_path / "state")


def test_a_checkpoint_with_other_shapes_is_refused(world: Dataset, tmp_path: Path) -> None:
    create_model("dot", **SMALL["dot"]).fit(world, checkpoint=tmp_path / "state")
    (file,) = (tmp_path / "state").glob("epoch-*/weight.table.npy")
    np.save(file, np.zeros((3, 3), np.float32))
    with pytest.raises(ArtifactError, match=r"does not fit this network \(table has the shape"):
        create_model("dot", **SMALL["dot"]).fit(world, checkpoint=tmp_path / "state")


def test_other_models_keep_no_checkpoints(world: Dataset, tmp_path: Path) -> None:
    with pytest.raises(NotSupportedError, match=r"cannot keep checkpoints; these can: .*dot"):
        create_model("popular").fit(world, checkpoint=tmp_path)


def test_history_has_a_training_and_a_validation_loss(world: Dataset) -> None:
    model = create_model("dot", **SMALL["dot"]).fit(world)
    assert [entry["epoch"] for entry in model.history] == [1, 2, 3, 4, 5]
    assert all(entry.keys() == {"epoch", "train_loss", "valid_loss"} for entry in model.history)
    assert model.history[-1]["train_loss"] < model.history[0]["train_loss"]
    bare = create_model("dot", **SMALL["dot"], validation_share=0.0).fit(world)
    assert all(entry.keys() == {"epoch", "train_loss"} for entry in bare.history)


@pytest.mark.parametrize("name", ["dot", "mlp"])
def test_early_stopping_keeps_the_best_weights(name: str, world: Dataset) -> None:
    params = {
        "factors": 16,
        "learning_rate": 0.02,
        "weight_decay": 0.0,
        "schedule": "constant",
        "validation_share": 0.3,
    }
    stopped = create_model(name, epochs=60, patience=3, **params).fit(world)
    losses = [entry["valid_loss"] for entry in stopped.history]
    best = int(np.argmin(losses)) + 1
    assert len(losses) == best + 3 < 60
    until_best = create_model(name, epochs=best, **params).fit(world)
    for array, other in zip(
        arrays_of(stopped).values(), arrays_of(until_best).values(), strict=True
    ):
        assert np.array_equal(array, other)


def test_the_seed_decides(world: Dataset) -> None:
    models = [
        create_model("dot", **SMALL["dot"], random_state=seed).fit(world) for seed in (1, 1, 2)
    ]
    assert_same(models[0], models[1])
    assert models[0].history != models[2].history


def test_global_random_state_and_threads_are_left_alone(world: Dataset) -> None:
    torch.manual_seed(5)
    state, threads = torch.get_rng_state(), torch.get_num_threads()
    create_model("mlp", **SMALL["mlp"]).fit(world)
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.get_num_threads() == threads


def test_an_epoch_has_a_stream_of_its_own() -> None:
    draws = [torch.rand(4, generator=seeded(seed, epoch)) for seed in (0, 1) for epoch in (0, 1)]
    assert len({tuple(draw.tolist()) for draw in draws}) == 4
    assert torch.equal(draws[0], torch.rand(4, generator=seeded(0, 0)))


def test_a_diverging_training_says_what_to_change(world: Dataset) -> None:
    model = create_model(
        "dot", factors=4, output="linear", learning_rate=1e30, schedule="constant", epochs=3
    )
    with pytest.raises(ParameterError, match=r"went astray in epoch \d.*learning_rate=1e\+30"):
        model.fit(world)
    assert not model.is_fitted


def test_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    assert pick_device("auto").type == "cpu"
    with pytest.raises(ParameterError, match="device='cuda', but PyTorch finds only cpu here"):
        pick_device("cuda")
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert pick_device("auto").type == "mps"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert pick_device("auto").type == "cuda"


def test_without_torch_the_extra_is_named(world: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.delitem(sys.modules, "matinee.models.neural.training")
    monkeypatch.delattr("matinee.models.neural.training", raising=False)
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingExtraError, match=r"training dot needs the extra 'neural': pip inst"):
        create_model("dot").fit(world)


def test_one_rating_can_be_learned_from(world: Dataset) -> None:
    rows = np.zeros(len(world.ratings), dtype=bool)
    rows[0] = True
    for name in ("dot", "mlp"):
        model = create_model(name, **SMALL[name]).fit(world.replace(world.ratings.take(rows)))
        assert np.isfinite([film.fit for film in model.recommend({}, n=5)]).all()


def test_batches_do_not_reach_past_the_end(world: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each rating is seen once an epoch, whatever the batch size."""
    seen: list[int] = []
    step = DotNetwork.step

    def counting(self: Any, rows: Any, stars: Any, random: Any) -> Any:
        seen.append(len(stars))
        return step(self, rows, stars, random)

    monkeypatch.setattr(DotNetwork, "step", counting)
    create_model("dot", factors=2, epochs=1, batch_size=97, validation_share=0.0).fit(
        world, spread=False
    )
    assert sum(seen) == len(world.ratings)
    assert set(seen[:-1]) == {97}
