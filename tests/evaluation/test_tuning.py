"""Tests of ``tune``, ``search`` and ``config``."""

from __future__ import annotations

import json
import math
import time
import tomllib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from matinee.cli.params import read_config
from matinee.dataset import Dataset
from matinee.errors import EvaluationError, MissingExtraError, ParameterError
from matinee.evaluation import candidate as run
from matinee.evaluation.metrics import parse_metric
from matinee.evaluation.protocols import default_relevance, make_splits
from matinee.evaluation.tuning import Trial, Tuning, inside, search_space, tune
from matinee.progress import ProgressEvent

pytest.importorskip("optuna", reason="the extra tune is not installed")


def search(data: Dataset, **options: Any) -> Tuning:
    chosen: dict[str, Any] = {"protocol": "random", "seed": 3, "trials": 4, "seconds": None}
    return tune("bias", data, **(chosen | options))


def test_the_first_trial_has_the_defaults_and_the_best_is_not_worse(data: Dataset) -> None:
    found = search(data)
    assert len(found.trials) == 4
    assert found.metric.name == "rmse"
    assert found.default is not None
    assert found.default.number == 0
    assert found.default.params == {"movie_damping": 5.0, "user_damping": 10.0}
    values = [trial.value for trial in found.trials]
    assert found.best.value == min(values)  # type: ignore[type-var]
    assert all(1 <= trial.params["user_damping"] <= 50 for trial in found.trials)
    first = str(found).splitlines()[1]
    assert f"{found.best.value:.4f}" in first
    assert "(defaults)" in str(found)


def test_nothing_of_the_test_part_is_seen(data: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    [split] = make_splits("random", data, seed=3, validation=True)
    tested = set(zip(split.test.users.tolist(), split.test.movies.tolist(), strict=True))
    seen = []
    original = run.run_candidate

    def watch(candidate: Any, parts: Any, *rest: Any, **named: Any) -> Any:
        [part] = parts
        for ratings in (part.train.ratings, part.test):
            pairs = set(zip(ratings.users.tolist(), ratings.movies.tolist(), strict=True))
            seen.append(len(pairs & tested))
        return original(candidate, parts, *rest, **named)

    monkeypatch.setattr("matinee.evaluation.tuning.run_candidate", watch)
    found = search(data, trials=2)
    assert seen == [0, 0, 0, 0]
    assert found.about["test_fingerprint"] == split.test.fingerprint


def test_the_value_is_that_of_the_validation_part(data: Dataset) -> None:
    found = search(data, trials=1)
    [split] = make_splits("random", data, seed=3, validation=True)
    assert split.validation is not None
    candidate = run.Candidate.of("bias")
    again = run.run_candidate(
        candidate, [split.validation], [found.metric], default_relevance(split.validation)
    )
    assert found.best.value == pytest.approx(again.values[0]["rmse"].value)


def test_a_search_goes_on_where_it_stopped(data: Dataset, tmp_path: Path) -> None:
    journal = tmp_path / "bias.journal"
    first = search(data, trials=2, journal=journal)
    again = search(data, trials=2, journal=journal)
    assert [trial.params for trial in again.trials] == [trial.params for trial in first.trials]
    more = search(data, trials=5, journal=journal)
    assert [trial.params for trial in more.trials[:2]] == [trial.params for trial in first.trials]
    assert len(more.trials) == 5
    assert len({json.dumps(trial.params) for trial in more.trials}) == 5
    lines = journal.read_text().splitlines()
    assert all(isinstance(json.loads(line), dict) for line in lines)  # JSON, never a pickle


def test_another_search_needs_another_journal(data: Dataset, tmp_path: Path) -> None:
    journal = tmp_path / "bias.journal"
    search(data, trials=1, journal=journal)
    with pytest.raises(EvaluationError, match=r"another search \(different: .*seed"):
        search(data, trials=1, journal=journal, seed=4)
    with pytest.raises(EvaluationError, match=r"\(different: fixed, space\)"):
        search(data, trials=1, journal=journal, fixed={"user_damping": 3.0})
    with pytest.raises(ParameterError, match="its folder does not exist"):
        search(data, trials=1, journal=tmp_path / "none" / "x.journal")


def test_an_interrupted_trial_is_not_counted(
    data: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = tmp_path / "bias.journal"

    def stop(*rest: Any, **named: Any) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("matinee.evaluation.tuning.run_candidate", stop)
        with pytest.raises(KeyboardInterrupt):
            search(data, journal=journal)
    found = search(data, trials=2, journal=journal)
    assert len(found.trials) == 2
    assert found.default is not None


def test_a_trial_that_fails_is_told(data: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    original = run.run_candidate
    calls = []

    def sometimes(*rest: Any, **named: Any) -> Any:
        calls.append(1)
        if len(calls) == 2:
            raise ParameterError("too much")
        return original(*rest, **named)

    monkeypatch.setattr("matinee.evaluation.tuning.run_candidate", sometimes)
    events: list[ProgressEvent] = []
    found = search(data, trials=3, progress=events.append)
    assert found.trials[1].value is None
    assert found.trials[1].error == "too much"
    assert found.to_dict()["trials"][1]["error"] == "too much"
    assert "trial 1 failed: too much" in [event.note for event in events]
    assert [event.done for event in events if not event.note] == [1, 2, 3]

    def never(*rest: Any, **named: Any) -> Any:
        raise ParameterError("too much")

    monkeypatch.setattr("matinee.evaluation.tuning.run_candidate", never)
    with pytest.raises(EvaluationError, match="no trial of bias succeeded: too much"):
        search(data, trials=1)


def test_time_ends_a_search_after_the_trial_that_runs(
    data: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter(range(0, 1000, 10))
    watch = SimpleNamespace(monotonic=lambda: float(next(clock)), perf_counter=time.perf_counter)
    monkeypatch.setattr("matinee.evaluation.tuning.time", watch)
    # It begins at 0, and trials at 10 and 20; at 30 the time is over.
    assert len(search(data, trials=None, seconds=25.0).trials) == 2


def test_choices_and_whole_numbers(data: Dataset) -> None:
    found = tune(
        "popular",
        data,
        protocol="random",
        metric="ndcg@5",
        fixed={"half_life_days": 30.0},
        trials=4,
        seconds=None,
    )
    assert {trial.params["by"] for trial in found.trials} <= {"mean", "count", "trending"}
    assert all(trial.params["half_life_days"] == 30.0 for trial in found.trials)
    assert found.best.value == max(t.value for t in found.trials if t.value is not None)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"trials": None}, "a search needs a limit"),
        ({"seconds": -1.0}, "limits must be above 0"),
        ({"metric": "novelty@10"}, "has no better side"),
        ({"fixed": {"factors": 3}}, "bias has no hyper-parameter 'factors'; it has: movie_damping"),
        (
            {"fixed": {"user_damping": 1.0, "movie_damping": 1.0}},
            "no hyper-parameters to search beyond those that are fixed; these models have: .*bias",
        ),
        ({"fixed": {"user_damping": -1.0}}, "user_damping must be"),
    ],
)
def test_wrong_calls_are_told(data: Dataset, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        search(data, **options)


def test_ends_of_a_range_are_inside_and_what_lies_beyond_is_not() -> None:
    assert inside(1.0, (1.0, 5.0, "log"))
    assert inside(5.0, (1.0, 5.0, "log"))
    assert not inside(5.1, (1.0, 5.0, "log"))
    assert not inside(None, (1.0, 5.0, "log"))
    assert inside("mean", ("choice", "mean", "count"))
    assert not inside("choice", ("choice", "mean", "count"))


def test_models_without_stars_are_tuned_for_lists(data: Dataset) -> None:
    with pytest.raises(ParameterError, match="content predicts no stars: tune it for ndcg@10"):
        tune("content", data, protocol="random", metric="rmse", trials=1, seconds=None)


def test_without_the_extra(data: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "optuna", None)
    with pytest.raises(MissingExtraError, match="matinee tune needs the extra 'tune'"):
        search(data)


@pytest.mark.parametrize("model", ["popular", "bias", "content", "item-knn", "user-knn", "ease"])
def test_every_search_space_holds_its_defaults(model: str) -> None:
    from matinee.models import model_class

    defaults = model_class(model).defaults()
    for name, bounds in search_space(model, {}).items():
        assert inside(defaults[name], bounds), f"{model}: {name}={defaults[name]} not in {bounds}"


def test_the_configuration_is_what_train_reads(data: Dataset, tmp_path: Path) -> None:
    found = search(data, trials=2)
    path = tmp_path / "bias.toml"
    path.write_text(found.to_toml(), encoding="utf-8")
    model, params = read_config(path)
    assert (model, params) == ("bias", dict(found.best.params))
    tuned = tomllib.loads(path.read_text())["tuned"]
    assert tuned["protocol"] == "random"
    assert tuned["data_fingerprint"] == data.ratings.fingerprint


def test_toml_of_all_kinds_of_values() -> None:
    params = {
        "text": 'quo"te \\ Ü\n',
        "flag": True,
        "whole": 7,
        "small": 1e-07,
        "large": 1e22,
        "list": (100, 50),
        "none": None,
        "numpy": float(np.float32(0.5)),
    }
    best = Trial(0, params, 0.5, math.nan)
    about = {"options": {"test_size": 0.1, "cut": None}, "seed": 0}
    text = Tuning("als", parse_metric("ndcg@10"), (best,), best, None, about).to_toml()
    back = tomllib.loads(text)
    expected = {name: value for name, value in params.items() if value is not None}
    assert back["params"] == expected | {"list": [100, 50]}
    assert back["tuned"] == {"options": {"test_size": 0.1}, "seed": 0}
