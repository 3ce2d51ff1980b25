"""A damaged model directory is refused in Matinee's words, or it answers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.models.conftest import make_world
from tests.models.damage import DAMAGES, answer
from tests.models.test_contract import NEEDS_TORCH, SMALL

from matinee.errors import ArtifactError
from matinee.models import MODELS, create_model
from matinee.models.directory import MANIFEST, load_model

ROOT = Path(__file__).parents[2]
SEEDS = range(1)  # more of them find no more, as far as was tried
VARIANTS: dict[str, tuple[str, dict[str, Any]]] = {
    **{name: (name, SMALL.get(name, {})) for name in MODELS if name not in NEEDS_TORCH},
    "ease-sparse": ("ease", {"density": 0.3}),
    "als-prior": ("als", {"factors": 8, "prior": 1.0}),
    "als-nearest": ("als", {"factors": 8, "fold_in": "nearest"}),
    "svd-nearest": ("svd", {"factors": 8, "fold_in": "nearest"}),
}
NEURAL = {name: (name, {"factors": 8, "epochs": 1}) for name in sorted(NEEDS_TORCH)}
# Of the world with ids that are text, so that such arrays are among the others.
TEXT = "als-nearest"


def save(variants: dict[str, tuple[str, dict[str, Any]]], root: Path) -> Path:
    worlds = {text: make_world(text_ids=text) for text in (False, True)}
    for place, (name, params) in variants.items():
        create_model(name, **params).fit(worlds[place == TEXT]).save(root / place)
    return root


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model directory of each family, and of what it may store otherwise."""
    return save(VARIANTS, tmp_path_factory.mktemp("models"))


def damage(models: Path, seconds: float, seed: int) -> tuple[int, dict[str, int]]:
    """Damage arrays in a process of its own; how many, and what came of them."""
    ended = subprocess.run(
        [sys.executable, "-m", "tests.models.damage", str(models), str(seconds), str(seed)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
        check=False,
    )
    lines = ended.stdout.splitlines()
    assert ended.returncode == 0, f"{lines[-1:]} ended it with {ended.returncode}: {ended.stderr}"
    assert [line for line in lines if line.startswith("wrong")] == []
    _, tried, counts = lines[-1].split(" ", 2)
    return int(tried), json.loads(counts)


def test_no_damaged_array_does_harm(models: Path) -> None:
    tried, counts = damage(models, 4.0, 0)
    assert tried >= len(VARIANTS)
    assert counts["refused"] > 0


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("family", ["neural", "others"])
def test_no_damage_of_any_array_does_harm(
    models: Path, family: str, seed: int, tmp_path: Path
) -> None:
    if family == "neural":
        pytest.importorskip("torch")
        models = save(NEURAL, tmp_path)
    tried, counts = damage(models, 150.0, seed)
    assert tried > 15 * len(DAMAGES)
    assert min(counts.values()) > 0


JUNK: tuple[Any, ...] = (None, True, -1, 1e308, "", "x", [], [[]], {}, {"x": 1}, {"bytes": "x"})


def test_no_manifest_does_harm(models: Path) -> None:
    folder = models / "item-knn"
    whole = (folder / MANIFEST).read_text()
    content = json.loads(whole)
    nested = ["trained_on", "scale"]
    fields = [(key,) for key in content]
    fields += [(key, inner) for key in nested for inner in content[key]]
    refused = 0
    try:
        for path in fields:
            for junk in JUNK:
                changed = json.loads(whole)
                place = changed if len(path) == 1 else changed[path[0]]
                place[path[-1]] = junk
                (folder / MANIFEST).write_text(json.dumps(changed))
                try:
                    model = load_model(folder)
                except ArtifactError:
                    refused += 1
                else:
                    answer(model)
    finally:
        (folder / MANIFEST).write_text(whole)
    assert refused > 100


@pytest.mark.skipif(sys.platform == "win32", reason="needs FIFOs and links")
@pytest.mark.parametrize("kind", ["fifo", "link", "folder"])
def test_only_regular_files_are_opened(tmp_path: Path, kind: str) -> None:
    folder = create_model("popular").fit(make_world()).save(tmp_path / "model")
    file = folder / "model.scores.npy"
    if kind == "link":
        file.rename(tmp_path / "elsewhere.npy")
        file.symlink_to(tmp_path / "elsewhere.npy")
    else:
        file.unlink()
        os.mkfifo(file) if kind == "fifo" else file.mkdir()
    with pytest.raises(ArtifactError, match=r"model\.scores\.npy is no regular file"):
        load_model(folder)
    (folder / MANIFEST).rename(tmp_path / "manifest")
    os.mkfifo(folder / MANIFEST)
    with pytest.raises(ArtifactError, match="not a model directory"):
        load_model(folder)
