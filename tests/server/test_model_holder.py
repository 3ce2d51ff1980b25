"""Tests of the model that answers: first training, loading, changing, failing."""

from __future__ import annotations

import gc
import shutil
import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.server.doors import small_model

from matinee.models.publishing import publish, published, rollback
from matinee.server import model_holder as holder
from matinee.server.errors import Problem
from matinee.server.model_holder import ModelHolder, Serving
from matinee.server.schemas import TrainingState


def until(done: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    publish(small_model(), tmp_path / "root")
    return tmp_path / "root"


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No model in any of the usual places."""
    monkeypatch.setattr(holder, "default_model_path", lambda: None)
    first = tmp_path / "cache" / "first"
    monkeypatch.setattr(holder, "first_model_path", lambda: first)
    return first


def test_before_a_model_is_there_callers_are_told_to_come_back() -> None:
    models = ModelHolder("no/such/place")
    assert not models.is_ready
    with pytest.raises(Problem) as refused:
        models.serving()
    problem = refused.value
    assert (problem.status_code, problem.code) == (503, "not-ready")
    assert problem.headers == {"Retry-After": "2"}
    assert problem.members == {"training": {"stage": "loading", "done": 0, "total": None}}


def test_a_model_directory_is_loaded_and_tried_out(tmp_path: Path) -> None:
    path = small_model().save(tmp_path / "model")
    models = ModelHolder(path)
    assert models.look()
    serving = models.serving()
    told = {"name": "ease", "version": serving.version, "trained_on": "small"}
    assert serving.about.model_dump() == told
    assert serving.path == path
    assert models.training is None
    assert not models.look(), "the same one is not loaded again"
    assert models.swaps == 0


def test_a_model_that_is_published_takes_over_and_one_can_go_back(root: Path) -> None:
    models = ModelHolder(root)
    models.look()
    first = models.serving()
    publish(small_model(), root)
    assert models.look()
    assert models.serving() is not first
    assert models.serving().path == published(root)[0].path
    assert first.model.recommend({1: 4.0}, 3), "a request that began before goes on"
    rollback(root)
    assert models.look()
    assert models.serving().path == published(root)[1].path
    assert models.swaps == 2


def test_the_old_model_is_freed(root: Path) -> None:
    models = ModelHolder(root)
    models.look()
    old = weakref.ref(models.serving().model)
    publish(small_model(), root)
    models.look()
    gc.collect()
    assert old() is None


def test_a_damaged_model_is_complained_of_once_and_the_other_stays(
    root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    holder.log.parent.propagate = True  # type: ignore[union-attr]
    models = ModelHolder(root)
    models.look()
    good = models.serving()
    damaged = publish(small_model(), root)
    array = next(damaged.path.glob("model.*.npy"))
    array.write_bytes(array.read_bytes()[:-1])
    assert not models.look()
    assert not models.look()
    assert models.serving() is good
    assert models.failures == 1
    assert caplog.text.count("a model cannot be used, the one before it stays") == 1
    publish(small_model(), root)
    assert models.look(), "the next one is looked at again"


def test_without_another_the_trouble_is_told_to_callers(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    models = ModelHolder(tmp_path / "model")
    assert not models.look()
    with pytest.raises(Problem, match="no model to answer; the server's log says why"):
        models.serving()


class FakeTraining:
    """Stands for the process that trains: done after three looks."""

    def __init__(self, target: Path) -> None:
        self.target, self.steps, self.stopped = target, 0, False
        self.is_running = True
        self.progress = {"stage": "weights", "done": 1, "total": 3}
        made.append(self)

    def step(self) -> str | None:
        self.steps += 1
        if self.steps == 3 and self.target.name == "first":
            small_model().save(self.target)
        return "the disk is full" if self.target.name == "broken" and self.steps == 2 else None

    def end(self) -> str | None:
        self.is_running = self.steps < 9
        self.steps += 3
        return None if self.is_running else "no room for the map"

    def stop(self) -> None:
        self.stopped = True


made: list[FakeTraining] = []


@pytest.fixture
def training(monkeypatch: pytest.MonkeyPatch) -> list[FakeTraining]:
    made.clear()
    monkeypatch.setattr(holder, "Training", FakeTraining)
    return made


def test_where_there_is_no_model_one_is_trained(
    nowhere: Path, training: list[FakeTraining]
) -> None:
    models = ModelHolder()
    for _ in range(3):
        assert not models.look()
    assert models.training == TrainingState(stage="weights", done=1, total=3)
    with pytest.raises(Problem, match="still being trained") as refused:
        models.serving()
    assert refused.value.members["training"]["done"] == 1
    assert models.look()
    assert models.serving().path == nowhere
    assert len(training) == 1


def test_the_process_that_trained_goes_on_with_the_map(
    nowhere: Path, training: list[FakeTraining], caplog: pytest.LogCaptureFixture
) -> None:
    models = ModelHolder()
    while not models.is_ready:
        models.look()
    assert models._training is training[0]
    for _ in range(4):
        models.look()
    assert models._training is None
    assert "has no map or no figures beside it: no room for the map" in caplog.text
    assert len(training) == 1


def test_a_training_that_fails_is_told_and_tried_again_later(
    nowhere: Path, training: list[FakeTraining], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holder, "first_model_path", lambda: nowhere.with_name("broken"))
    models = ModelHolder()
    models.look()
    models.look()
    with pytest.raises(Problem, match="the server's log says why"):
        models.serving()
    models.look()
    assert len(training) == 1, "not at once"
    monkeypatch.setattr(time, "monotonic", lambda: 1e12)
    models.look()
    assert len(training) == 2


def test_a_first_model_of_another_version_is_trained_anew(
    nowhere: Path, training: list[FakeTraining]
) -> None:
    small_model().save(nowhere)
    next(nowhere.glob("model.*.npy")).unlink()
    models = ModelHolder()
    assert not models.look()
    for _ in range(3):
        models.look()
    assert models.look()
    assert models.serving().path == nowhere


def test_it_watches_by_itself_and_no_request_fails_meanwhile(root: Path) -> None:
    models = ModelHolder(root, watch_seconds=0.02)
    models.start()
    models.start()
    failures: list[Exception] = []
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            try:
                serving = models.serving()
                assert len(serving.model.recommend({1: 4.0, 2: 2.0}, 5)) == 5
            except Exception as error:
                failures.append(error)

    try:
        until(lambda: models.is_ready)
        threads = [threading.Thread(target=ask) for _ in range(2)]
        for thread in threads:
            thread.start()
        for number in range(1, 4):
            publish(small_model(), root)
            until(lambda number=number: models.swaps >= number)  # type: ignore[misc]
        stop.set()
        for thread in threads:
            thread.join()
    finally:
        stop.set()
        models.stop()
    assert not failures
    assert models.swaps == 3


def test_it_survives_what_nobody_foresaw(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []

    def fail(self: Any) -> bool:
        calls.append(1)
        raise RuntimeError("a bug")

    monkeypatch.setattr(ModelHolder, "look", fail)
    models = ModelHolder(root, watch_seconds=0.01)
    models.start()
    until(lambda: len(calls) >= 3)
    models.stop()


def test_a_model_in_memory_is_watched_by_nobody() -> None:
    models = ModelHolder(serving=Serving(small_model()))
    models.start()
    assert models.serving().version == "unsaved"
    assert models._thread is None
    models.stop()


def test_it_ends_a_training_that_runs(nowhere: Path, training: list[FakeTraining]) -> None:
    models = ModelHolder()
    models.look()
    models.stop()
    assert training[0].stopped
    shutil.rmtree(nowhere, ignore_errors=True)
