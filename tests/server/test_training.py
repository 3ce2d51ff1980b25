"""Tests of the first training, in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from matinee.evaluation.figures import read_figures
from matinee.explore.map import has_map
from matinee.models.directory import read_manifest
from matinee.server import training
from matinee.server.training import Training, first_model_path, read_progress, train


def test_the_place_depends_on_the_hyper_parameters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MATINEE_CACHE", "/somewhere")
    path = first_model_path()
    assert path.parent.parent == Path("/somewhere/models")
    assert path == first_model_path()
    monkeypatch.setattr(training, "FIRST_MODEL", "popular")
    assert first_model_path() != path


def test_progress_is_read_or_unknown(tmp_path: Path) -> None:
    target = tmp_path / "model"
    assert read_progress(target) is None
    assert Training(target).progress == {"stage": "starting", "done": 0, "total": None}
    file = tmp_path / "model.progress"
    file.write_text(json.dumps({"stage": "weights", "done": 3, "total": 9}), encoding="utf-8")
    assert read_progress(target) == {"stage": "weights", "done": 3, "total": 9}
    for damaged in ("", "[]", '{"stage": 1}', '{"stage": "a", "done": "b", "total": null}'):
        file.write_text(damaged, encoding="utf-8")
        assert read_progress(target) is None


def test_it_trains_tells_how_far_it_is_and_leaves_a_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "FIRST_MODEL", "popular")
    told: list[str] = []
    replace = Path.replace

    def watched(self: Path, target: Path) -> Path:
        if self.name.endswith(".progress.new"):
            told.append(json.loads(self.read_text(encoding="utf-8"))["stage"])
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", watched)
    target = tmp_path / "model"
    train(target)
    assert read_manifest(target).model == "popular"
    assert told[0] == "read the sample"
    assert told[-1] == "save"
    figures = read_figures(target)
    assert figures is not None
    assert 0 < figures.metrics["ndcg@10"] < 1
    assert not has_map(target), "popular does not place films in a space"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model"]
    train(target)  # is there already


def test_a_process_that_fails_is_told_in_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = subprocess.Popen

    def fail(command: list[str], **more: object) -> subprocess.Popen[bytes]:
        code = "import sys; sys.stderr.write('much\\nthe disk is full\\n'); sys.exit(3)"
        return started([sys.executable, "-c", code], **more)  # type: ignore[call-overload,no-any-return]

    monkeypatch.setattr(subprocess, "Popen", fail)
    process = Training(tmp_path / "cache" / "model")
    assert process.step() is None
    trouble = None
    for _ in range(500):
        trouble = process.step()
        if trouble is not None or process._process is None:
            break
        time.sleep(0.02)
    assert trouble == "the disk is full"


def test_it_can_be_ended(tmp_path: Path) -> None:
    process = Training(tmp_path / "model")
    process.step()
    inside = process._process
    assert inside is not None
    process.stop()
    assert inside.returncode is not None
    process.stop()
    assert not (tmp_path / "model").exists()
