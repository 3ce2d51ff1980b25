"""Tests of ``candidate`` and ``isolated``: one model on one split, here or elsewhere."""

from __future__ import annotations

import importlib
import mmap
import multiprocessing
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
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
from matinee.evaluation.isolated import run_isolated
from matinee.evaluation.metrics import parse_metrics
from matinee.evaluation.protocols import Relevance
from matinee.models import create_model
from matinee.models.bias import Bias
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


class Divides(Bias):
    name = "divides"
    def _fit(self, ratings, catalog, progress):
        raise ZeroDivisionError("a sum of nothing")


class Dies(Bias):
    name = "dies"
    def _fit(self, ratings, catalog, progress):
        if len(ratings) == 720:
            os.kill(os.getpid(), 9)
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
def odd_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A module of models that misbehave; processes that start find it too."""
    (tmp_path / "odd_models.py").write_text(MODULE)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "odd_models", raising=False)
    return importlib.import_module("odd_models")


# -- candidates -----------------------------------------------------------------------------------


def test_candidates_from_names_and_models() -> None:
    named = Candidate.of("bias")
    assert (named.label, named.model, named.kind) == ("bias", "bias", Bias)
    made = Candidate.of(create_model("bias", movie_damping=3.0))
    assert made.params == {"movie_damping": 3.0}
    assert made.create(0).params["movie_damping"] == 3.0
    assert Candidate.of(named) is named
    with pytest.raises(UnknownModelError, match="no model 'bais'"):
        Candidate.of("bais")


def test_a_class_within_a_function_cannot_go_elsewhere(odd_models: ModuleType) -> None:
    class Local(Bias):
        name = "local"

    assert not Candidate.of(Local()).importable
    assert Candidate.of("bias").importable
    assert Candidate("odd", "talks", kind=odd_models.Talks).importable


def test_lists_become_tuples_as_json_and_toml_have_none(fixed: Any) -> None:
    made = Candidate("x", "fixed", {"scores": [1.0, 2.0]}, kind=fixed).create(None)
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
    split: Split, odd_models: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("matinee.evaluation.candidate._WARM_RATINGS", 1)
    large = Candidate("odd", "large", kind=odd_models.Large)
    found = run_candidate(large, [split], METRICS, LIKED)
    assert found.values[0]["rmse"].value > 0
    [note] = found.notes
    assert note.endswith("times include loading and compiling: this is too small")
    refuses = Candidate("odd", "refuses", kind=odd_models.Refuses)
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


# -- a process of its own -------------------------------------------------------------------------


@pytest.mark.parametrize("held_out", [False, True])
def test_a_process_of_its_own_gives_the_same_figures(
    data: Dataset, split: Split, held_out: bool
) -> None:
    if held_out:
        split = strong_generalization(data, min_stars=None, heldout=8)
    events: list[ProgressEvent] = []
    popular = Candidate.of("popular")
    alone = run_isolated(popular, [split], METRICS, LIKED, seed=3, progress=events.append)
    here = run_candidate(popular, [split], METRICS, LIKED, seed=3)
    assert alone.params == here.params
    assert alone.user_ids[0].tolist() == here.user_ids[0].tolist()
    for name, values in here.values[0].items():
        assert np.array_equal(alone.values[0][name].means, values.means, equal_nan=True)
        assert alone.values[0][name].root == values.root
    assert any(event.stage == "answer" and event.fraction == 1.0 for event in events)


def test_what_a_library_prints_does_not_reach_the_answer(
    split: Split, odd_models: ModuleType, capfd: pytest.CaptureFixture[str]
) -> None:
    talks = Candidate("odd", "talks", kind=odd_models.Talks)
    assert run_isolated(talks, [split], METRICS, LIKED).values[0]["rmse"].value > 0
    assert capfd.readouterr().out == ""


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("Refuses", "^this does not fit$"),
        ("Wants", "^too much of everything$"),
        ("Divides", "^ZeroDivisionError: a sum of nothing$"),
        ("Crashes", "its process ended with exit code 3"),
        ("Dies", "its process was killed, most likely for want of memory"),
    ],
)
def test_errors_and_crashes_come_back(
    split: Split, odd_models: ModuleType, name: str, message: str
) -> None:
    candidate = Candidate("odd", name.casefold(), kind=getattr(odd_models, name))
    with pytest.raises(EvaluationError, match=message):
        run_isolated(candidate, [split], METRICS, LIKED)


def test_a_callback_that_raises_ends_the_process(split: Split) -> None:
    def stop(event: ProgressEvent) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_isolated(Candidate.of("bias"), [split], METRICS, LIKED, progress=stop)
    assert multiprocessing.active_children() == []


def test_a_script_without_a_guard_is_not_run_again(tmp_path: Path) -> None:
    script = tmp_path / "mine.py"
    script.write_text(SCRIPT)
    ran = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, check=False, timeout=100
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout == "once\nTrue True\n"


SCRIPT = """
import numpy as np
from matinee import Dataset, Ratings
from matinee.evaluation import evaluate
from matinee.models.bias import Bias


class Mine(Bias):
    name = "mine"


print("once", flush=True)
rng = np.random.default_rng(0)
films = np.concatenate([rng.choice(20, 9, replace=False) for _ in range(30)])
data = Dataset.of(Ratings.from_columns(np.repeat(range(30), 9), films, rng.integers(1, 6, 270)))
found = evaluate(["bias", Mine()], data, metrics=["mae"], resamples=5)
print(found["bias"].value("mae") > 0, found["bias"].value("mae") == found["mine"].value("mae"))
"""


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
