"""Checkpoints: whole or not at all, of this training or refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from matinee.errors import ArtifactError
from matinee.models.neural.checkpoints import Checkpoint, CheckpointFolder

IDENTITY = {"model": "dot", "learning_rate": 0.1, "layers": (1, 2)}


def state(epoch: int) -> Checkpoint:
    arrays = {"weight.table": np.full(3, epoch, np.float32), "step": np.array(7.0)}
    return Checkpoint(epoch, arrays, [{"epoch": epoch, "train_loss": 0.1 + 0.2}], best_epoch=1)


def test_what_was_written_comes_back(tmp_path: Path) -> None:
    folder = CheckpointFolder(tmp_path / "new" / "place", IDENTITY)
    assert folder.latest() is None
    folder.write(state(1))
    folder.write(state(2))
    found = CheckpointFolder(tmp_path / "new" / "place", IDENTITY).latest()
    assert found is not None
    assert (found.epoch, found.best_epoch, found.history) == (2, 1, state(2).history)
    for name, array in state(2).arrays.items():
        assert np.array_equal(found.arrays[name], array)
        assert found.arrays[name].dtype == array.dtype
    # Only the last one is kept, and no temporary directory.
    assert [entry.name for entry in folder.path.iterdir()] == ["epoch-0002"]


def test_the_checkpoint_of_another_training_is_refused(tmp_path: Path) -> None:
    CheckpointFolder(tmp_path / "c", IDENTITY).write(state(1))
    other = CheckpointFolder(tmp_path / "c", {**IDENTITY, "learning_rate": 0.2})
    with pytest.raises(
        ArtifactError, match=r"another training: its learning_rate is 0\.1, here it is 0\.2"
    ):
        other.latest()


def test_foreign_directories_and_files_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(ArtifactError, match="holds something else"):
        CheckpointFolder(tmp_path, IDENTITY).latest()
    with pytest.raises(ArtifactError, match="is a file; checkpoints need a directory"):
        CheckpointFolder(tmp_path / "notes.txt", IDENTITY).latest()
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_damage_is_told(tmp_path: Path) -> None:
    folder = CheckpointFolder(tmp_path / "c", IDENTITY)
    folder.write(state(3))
    array = tmp_path / "c" / "epoch-0003" / "weight.table.npy"
    array.write_bytes(array.read_bytes()[:-4])
    with pytest.raises(ArtifactError, match=r"the checkpoint cannot be read .*to start anew"):
        folder.latest()
    manifest = tmp_path / "c" / "epoch-0003" / "checkpoint.json"
    content = json.loads(manifest.read_text())
    manifest.write_text(json.dumps({**content, "format_version": 99}))
    with pytest.raises(ArtifactError, match="matinee-checkpoint 99"):
        folder.latest()


def test_arrays_of_objects_are_never_loaded(tmp_path: Path) -> None:
    folder = CheckpointFolder(tmp_path / "c", IDENTITY)
    folder.write(state(1))
    bomb = np.array([{"a": 1}], dtype=object)
    np.save(tmp_path / "c" / "epoch-0001" / "step.npy", bomb, allow_pickle=True)
    with pytest.raises(ArtifactError, match="allow_pickle=False"):
        folder.latest()


def test_an_unwritable_place_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ArtifactError, match="could not be written"):
        CheckpointFolder(tmp_path / "file" / "below", IDENTITY).write(state(1))
