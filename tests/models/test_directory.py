"""Model directories."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import matinee
from matinee.dataset import Dataset
from matinee.errors import ArtifactError
from matinee.files import folder_beside
from matinee.models import create_model, directory
from matinee.models.base import Recommender
from matinee.models.directory import load_model, read_manifest, save_model
from matinee.ratings import Ratings


@pytest.fixture(scope="module")
def model() -> Recommender:
    ratings = Ratings.from_columns([1, 1, 2, 2], [10, 20, 20, 30], [4.0, 3.0, 5.0, 2.0])
    data = Dataset.of(ratings, name="four", source="here", licence="free")
    return create_model("bias", user_damping=3.0).fit(data)


@pytest.fixture
def saved(model: Recommender, tmp_path: Path) -> Path:
    return model.save(tmp_path / "models" / "bias")


def names(folder: Path) -> list[str]:
    return [entry.name for entry in folder.iterdir()]


def edit(folder: Path, **changes: Any) -> None:
    file = folder / "manifest.json"
    content = json.loads(file.read_text())
    file.write_text(json.dumps({**content, **changes}))


def test_the_manifest_says_what_it_is(model: Recommender, saved: Path) -> None:
    manifest = read_manifest(saved)
    assert manifest.model == "bias"
    assert manifest.params == model.params
    assert manifest.trained_on["dataset"] == "four"
    assert manifest.trained_on["fingerprint"] == model.trained_on["fingerprint"]
    assert (manifest.trained_on["ratings"], manifest.trained_on["users"]) == (4, 2)
    assert manifest.library_version == matinee.__version__
    assert manifest.created.endswith("+00:00")
    assert manifest.fit_seconds >= 0
    assert len(manifest.version) == 12
    assert {file.name for file in saved.iterdir()} == {"manifest.json", *manifest.files}


def test_arrays_are_memory_mapped_and_read_only(saved: Path) -> None:
    loaded = load_model(saved)
    assert isinstance(loaded._biases.movies.base, np.memmap)  # type: ignore[attr-defined]
    with pytest.raises(ValueError, match="read-only"):
        loaded._biases.movies[0] = 1  # type: ignore[attr-defined]


def test_the_same_model_has_the_same_version(model: Recommender, tmp_path: Path) -> None:
    first, second = (read_manifest(model.save(tmp_path / name)) for name in "ab")
    assert first.version == second.version
    other = create_model("bias", user_damping=4.0)
    other.__dict__.update({**model.__dict__, "user_damping": 4.0})
    assert read_manifest(other.save(tmp_path / "c")).version != first.version


def test_saving_again_replaces_the_model_and_leaves_nothing_else(
    model: Recommender, saved: Path
) -> None:
    before = load_model(saved)
    model.save(saved)
    assert load_model(saved).recommend({}) == model.recommend({})
    assert before.recommend({}) == model.recommend({}), "an open model keeps its files"
    assert names(saved.parent) == [saved.name]


def test_what_is_no_model_is_left_alone(model: Recommender, tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "cat.jpg").write_text("cat")
    with pytest.raises(ArtifactError, match="holds something else; choose another path"):
        model.save(folder)
    with pytest.raises(ArtifactError, match="is a file"):
        model.save(folder / "cat.jpg")
    assert (folder / "cat.jpg").read_text() == "cat"
    assert names(tmp_path) == ["photos"]


def test_a_save_that_fails_leaves_the_old_model(
    model: Recommender, saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(directory, "_write_array", full)
    with pytest.raises(ArtifactError, match=r"could not be written \(No space left on device\)"):
        model.save(saved)
    monkeypatch.undo()
    assert load_model(saved).recommend({}) == model.recommend({})
    assert names(saved.parent) == [saved.name]


def test_an_interrupted_save_leaves_the_old_model(
    model: Recommender, saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(directory, "_write_manifest", interrupt)
    with pytest.raises(KeyboardInterrupt):
        model.save(saved)
    assert names(saved.parent) == [saved.name]
    assert load_model(saved).is_fitted


def test_what_a_killed_save_left_is_swept(model: Recommender, saved: Path) -> None:
    left = saved.parent / f".{saved.name}.abc.tmp"
    (left / "model").mkdir(parents=True)
    other = saved.parent / ".another.abc.tmp"
    other.mkdir()
    with folder_beside(saved) as busy:
        model.save(saved)
        assert busy.exists(), "who is at work is not disturbed"
    assert sorted(names(saved.parent)) == [other.name, saved.name]


def test_no_objects_are_ever_stored(model: Recommender, tmp_path: Path) -> None:
    broken = create_model("bias")
    broken.__dict__.update(model.__dict__)
    broken._arrays = lambda: {"bad": np.array([{}])}  # type: ignore[method-assign]
    with pytest.raises(TypeError, match="holds Python objects"):
        save_model(broken, tmp_path / "x")
    assert names(tmp_path) == []


def test_a_missing_model(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="no such model; train one with `matinee train"):
        load_model(tmp_path / "none")
    with pytest.raises(ArtifactError, match="only half written"):
        load_model(tmp_path)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("{", "manifest.json is damaged"),
        ("[]", "not that of a Matinee model"),
        ('{"format": "other"}', "not that of a Matinee model"),
        ('{"format": "matinee-model", "format_version": 99}', "format version 99, newer than 1"),
        ('{"format": "matinee-model", "format_version": 1}', r"damaged \(model: Field required\)"),
    ],
)
def test_foreign_and_newer_manifests(saved: Path, content: str, problem: str) -> None:
    (saved / "manifest.json").write_text(content)
    with pytest.raises(ArtifactError, match=problem):
        load_model(saved)


def test_a_flipped_byte_is_noticed(saved: Path) -> None:
    file = saved / "model.movies.npy"
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(bytes(content))
    with pytest.raises(ArtifactError, match=r"model\.movies\.npy is damaged"):
        load_model(saved)
    assert load_model(saved, verify=False).is_fitted


def test_a_short_and_a_missing_file_are_noticed(saved: Path) -> None:
    file = saved / "model.movies.npy"
    file.write_bytes(file.read_bytes()[:-4])
    with pytest.raises(ArtifactError, match=r"model\.movies\.npy has 136 bytes, not 140"):
        load_model(saved, verify=False)
    file.unlink()
    with pytest.raises(ArtifactError, match=r"model\.movies\.npy cannot be read"):
        load_model(saved)


def test_a_manifest_cannot_lead_outside(saved: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.npy"
    np.save(secret, np.zeros(3))
    edit(saved, files={"../../secret.npy": {"bytes": secret.stat().st_size, "sha256": ""}})
    with pytest.raises(ArtifactError, match="names a file outside the model"):
        load_model(saved, verify=False)


def test_pickles_are_refused(saved: Path) -> None:
    file = saved / "model.movies.npy"
    np.save(file, np.array([{}], dtype=object), allow_pickle=True)
    manifest = json.loads((saved / "manifest.json").read_text())
    manifest["files"][file.name]["bytes"] = file.stat().st_size
    (saved / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ArtifactError, match="cannot be read"):
        load_model(saved, verify=False)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"model": "nonsense"}, "no model 'nonsense'"),
        ({"params": {"user_damping": -1}}, "user_damping must be"),
        ({"files": {}}, "a missing array"),
        ({"scale": {"wrong": 1}}, "cannot be put together"),
    ],
)
def test_a_manifest_that_does_not_fit_its_arrays(
    saved: Path, changes: dict[str, Any], problem: str
) -> None:
    edit(saved, **changes)
    with pytest.raises(ArtifactError, match=problem):
        load_model(saved)


def test_a_manifest_that_may_not_be_read_is_not_called_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / directory.MANIFEST).write_text("{}")

    def refuse(*_: object, **__: object) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_text", refuse)
    with pytest.raises(ArtifactError, match=r"cannot be read \(Permission denied\); see who may"):
        read_manifest(tmp_path)
