"""Tests of ``candidate`` and ``isolated``: one model on one split, here or elsewhere."""

from __future__ import annotations

import mmap
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from matinee.dataset import Dataset
from matinee.datasets.splits import Split, strong_generalization
from matinee.errors import (
    EvaluationError,
    MatineeError,
    NotEnoughMemoryError,
    ParameterError,
    UnknownModelError,
)
from matinee.evaluation.candidate import Candidate, PeakMemory, run_candidate, tiny_part
from matinee.evaluation.isolated import (
    read_run,
    read_splits,
    run_isolated,
    write_run,
    write_splits,
)
from matinee.evaluation.metrics import parse_metrics
from matinee.evaluation.protocols import Relevance
from matinee.models import create_model
from matinee.progress import ProgressEvent
from matinee.ratings import Ratings

METRICS = parse_metrics(["rmse", "ndcg@10"])
LIKED = Relevance(4.0, stars=True)

MODULE = """
import os
from matinee.errors import NotEnoughMemoryError, ParameterError
from matinee.models.bias import Bias


class Refuses(Bias):
    name = "refuses"
    def _fit(self, ratings, catalog, progress):
        raise ParameterError("this does not fit")


class Wants(Bias):
    name = "wants"
    def _fit(self, ratings, catalog, progress):
        raise NotEnoughMemoryError("too much of everything", 2, 1)


class Crashes(Bias):
    name = "crashes"
    def _fit(self, ratings, catalog, progress):
        if len(ratings) == 720:
            os._exit(3)
        super()._fit(ratings, catalog, progress)


class Large(Bias):
    name = "large"
    def _fit(self, ratings, catalog, progress):
        if len(ratings) < 100:
            raise ParameterError("this is too small")
        super()._fit(ratings, catalog, progress)


class Talks(Bias):
    name = "talks"
    def _fit(self, ratings, catalog, progress):
        print("a library that prints", flush=True)
        print("[1, 2]", flush=True)
        super()._fit(ratings, catalog, progress)
"""


@pytest.fixture
def odd_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a module of models that misbehave; processes that start find it too."""
    (tmp_path / "odd_models.py").write_text(MODULE)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "odd_models", raising=False)
    return "odd_models"


@pytest.fixture
def folder(split: Split, tmp_path: Path) -> Path:
    write_splits([split], tmp_path / "split")
    return tmp_path / "split"


# -- candidates -----------------------------------------------------------------------------------


def test_candidates_from_names_and_models() -> None:
    named = Candidate.of("bias")
    assert (named.label, named.model, named.target) == ("bias", "bias", "matinee.models.bias:Bias")
    made = Candidate.of(create_model("bias", movie_damping=3.0))
    assert made.params == {"movie_damping": 3.0}
    assert made.create(0).params["movie_damping"] == 3.0
    assert Candidate.of(Candidate("mine", "bias")).target == named.target
    with pytest.raises(UnknownModelError, match="no model 'bais'"):
        Candidate.of("bais")


def test_lists_become_tuples_as_json_and_toml_have_none(fixed: Any) -> None:
    candidate = Candidate("x", "fixed", {"scores": [1.0, 2.0]}, "a:b")
    target = f"{fixed.__module__}:{fixed.__qualname__}"
    sys.modules[fixed.__module__] = sys.modules.get(fixed.__module__) or sys.modules[__name__]
    made = Candidate(candidate.label, candidate.model, candidate.params, target).create(None)
    assert made.params["scores"] == (1.0, 2.0)


# -- one run --------------------------------------------------------------------------------------


def test_a_run_has_figures_times_and_memory(split: Split) -> None:
    run = run_candidate(Candidate.of("bias"), [split], METRICS, LIKED)
    assert set(run.values[0]) == {"rmse", "ndcg@10"}
    assert 0.3 < run.values[0]["rmse"].value < 1.5
    assert run.fit_seconds > 0
    assert run.answer_seconds > 0
    assert run.peak_mb > 20
    assert 0 <= run.added_mb < run.peak_mb
    assert run.ranked_share == 1.0
    assert run.user_ids[0].tolist() == split.test.user_ids.decode(split.test_users).tolist()
    assert run.notes == []


def test_the_same_seed_gives_the_same_figures(split: Split) -> None:
    first, second = (
        run_candidate(Candidate.of("popular"), [split], METRICS, LIKED, seed=2) for _ in range(2)
    )
    for name, values in first.values[0].items():
        assert np.array_equal(values.means, second.values[0][name].means, equal_nan=True)


def test_a_warm_up_that_fails_is_told_and_ends_nothing(
    split: Split, odd_models: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("matinee.evaluation.candidate._WARM_RATINGS", 1)
    large = Candidate("odd", "large", {}, f"{odd_models}:Large")
    found = run_candidate(large, [split], METRICS, LIKED)
    assert found.values[0]["rmse"].value > 0
    [note] = found.notes
    assert note.endswith("times include loading and compiling: this is too small")
    refuses = Candidate("odd", "refuses", {}, f"{odd_models}:Refuses")
    with pytest.raises(ParameterError, match="this does not fit"):
        run_candidate(refuses, [split], METRICS, LIKED)


def test_the_warm_up_part_is_tiny_and_coherent() -> None:
    n = 300 * 30
    ratings = Ratings.from_columns(np.repeat(range(300), 30), [*range(30)] * 300, [3.0] * n)
    tiny = tiny_part(Dataset.of(ratings))
    assert tiny.ratings.n_users == 200
    assert set(tiny.ratings.user_counts.tolist()) == {20}
    assert len(tiny.catalog) == 20
    assert tiny.ratings.movie_stats.counts.min() > 0


# -- files ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("held_out", [False, True])
def test_a_split_comes_back_from_its_files(
    data: Dataset, split: Split, tmp_path: Path, held_out: bool
) -> None:
    if held_out:
        split = strong_generalization(data, min_stars=None, heldout=8)
    write_splits([split], tmp_path / "split")
    back = read_splits(tmp_path / "split")[0]
    assert repr(back) == repr(split)
    assert back.options == split.options
    for part in ("test", "given"):
        assert getattr(back, part).fingerprint == getattr(split, part).fingerprint
    assert back.train.ratings.fingerprint == split.train.ratings.fingerprint
    assert back.train.ratings.scale == split.train.ratings.scale
    assert back.train.catalog.titles[3] == split.train.catalog.titles[3]
    assert np.array_equal(back.train.catalog.genres, split.train.catalog.genres)
    assert not list((tmp_path / "split").glob("*.pkl"))


def test_a_run_comes_back_from_its_files(split: Split, tmp_path: Path) -> None:
    run = run_candidate(Candidate.of("bias"), [split], METRICS, LIKED)
    write_run(run, tmp_path / "run")
    back = read_run(tmp_path / "run")
    assert back.values[0]["rmse"].value == run.values[0]["rmse"].value
    assert back.values[0]["rmse"].root
    assert back.params == dict(run.params)
    assert back.user_ids[0].tolist() == run.user_ids[0].tolist()


# -- a process of its own -------------------------------------------------------------------------


def test_a_process_of_its_own_gives_the_same_figures(split: Split, folder: Path) -> None:
    events: list[ProgressEvent] = []
    alone = run_isolated(
        Candidate.of("popular"), folder, METRICS, LIKED, seed=3, progress=events.append
    )
    here = run_candidate(Candidate.of("popular"), [split], METRICS, LIKED, seed=3)
    for name, values in here.values[0].items():
        assert np.array_equal(alone.values[0][name].means, values.means, equal_nan=True)
    assert any(event.stage == "answer" and event.fraction == 1.0 for event in events)


def test_what_a_library_prints_is_no_message(folder: Path, odd_models: str) -> None:
    talks = Candidate("odd", "talks", {}, f"{odd_models}:Talks")
    assert run_isolated(talks, folder, METRICS, LIKED).values[0]["rmse"].value > 0


@pytest.mark.parametrize(
    ("name", "error", "message"),
    [
        ("Refuses", ParameterError, "this does not fit"),
        # Its class takes more than a message, which is what must arrive.
        ("Wants", MatineeError, "too much of everything"),
        ("Crashes", EvaluationError, "its process ended with exit code 3"),
    ],
)
def test_errors_and_crashes_come_back(
    folder: Path, odd_models: str, name: str, error: type[Exception], message: str
) -> None:
    candidate = Candidate("odd", name.casefold(), {}, f"{odd_models}:{name}")
    with pytest.raises(error, match=message):
        run_isolated(candidate, folder, METRICS, LIKED)


def test_a_callback_that_raises_ends_the_process(folder: Path) -> None:
    def stop(event: ProgressEvent) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_isolated(Candidate.of("bias"), folder, METRICS, LIKED, progress=stop)


# -- memory ---------------------------------------------------------------------------------------


def touch(size: int) -> None:
    """Take so many bytes from the system and give them back; an array may get old ones again."""
    with mmap.mmap(-1, size) as block:
        for page in range(0, size, mmap.PAGESIZE):
            block[page] = 1


def test_the_peak_is_seen_after_it_is_over() -> None:
    peak = PeakMemory()
    touch(48_000_000)
    assert peak.added >= 40e6
    assert peak.bytes >= peak.start > 0


@pytest.mark.skipif(not os.access("/proc/self/clear_refs", os.W_OK), reason="not Linux")
def test_what_was_before_does_not_count() -> None:
    touch(96_000_000)
    assert PeakMemory().added < 30e6


def test_not_enough_memory_is_an_error_of_its_own() -> None:
    assert issubclass(NotEnoughMemoryError, MatineeError)
