"""Tests of ``matinee evaluate``, ``compare`` and ``tune``."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer

from matinee.cli.evaluate import parse_candidates, parse_duration
from matinee.errors import ParameterError, UnknownModelError

QUICK = ("--in-process", "--resamples", "50", "--metric", "rmse", "--metric", "ndcg@10")


@pytest.fixture(scope="module")
def ratings_file(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A CSV of 30 people and 20 films."""
    rng = np.random.default_rng(0)
    path = tmp_path_factory.mktemp("data") / "mine.csv"
    lines = ["user_id,movie_id,rating,timestamp"]
    for user in range(30):
        for movie in rng.choice(20, 9, replace=False):
            lines.append(f"{user},{movie},{rng.integers(1, 6)},{rng.integers(1, 10**6)}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)


# -- evaluate -------------------------------------------------------------------------------------


def test_the_document_is_the_promised_one(
    document: Callable[..., dict[str, Any]], ratings_file: str
) -> None:
    found = document(
        "evaluate", "bias", "popular", "--data", ratings_file, "--protocol", "random",
        "--test-size", "0.2", "--seed", "3", "--in-process", "--resamples", "50",
    )  # fmt: skip
    assert (found["data"], found["protocol"], found["seed"]) == ("mine", "random", 3)
    assert [model["model"] for model in found["models"]] == ["bias", "popular"]
    for model in found["models"]:
        assert {"rmse", "mae", "ndcg@10", "recall@20"} <= set(model["metrics"])
        assert model["fit_seconds"] >= 0
        assert model["answer_seconds"] >= 0
        assert model["peak_mb"] > 0
    assert found["warnings"]
    assert "pairs" not in found


def test_models_in_processes_of_their_own(
    document: Callable[..., dict[str, Any]], ratings_file: str
) -> None:
    words = ("evaluate", "bias", "--data", ratings_file, "--resamples", "20", "--metric", "mae")
    apart, here = document(*words), document(*words, "--in-process")
    assert apart["models"][0]["metrics"] == here["models"][0]["metrics"]


@pytest.mark.parametrize(
    ("words", "splits", "said"),
    [
        (("--protocol", "k-fold", "--folds", "3"), 3, "fold 1 of 3"),
        (("--protocol", "time", "--split", "cut=1970-01-08"), 1, "1970-01-08"),
        (("--protocol", "leave-last-out", "--split", "n=2"), 1, "last 2 ratings"),
        (("--split", "per-user=true", "--test-size", "0.3"), 1, "each person's ratings"),
        (
            ("-p", "strong-generalization", "--split", "heldout=4", "--split", "min_stars=1"),
            1,
            "4 people held out",
        ),
        (("--seeds", "1,2"), 2, "0.1 of all ratings"),
    ],
)
def test_protocols_and_their_options(
    document: Callable[..., dict[str, Any]],
    ratings_file: str,
    words: tuple[str, ...],
    splits: int,
    said: str,
) -> None:
    found = document("evaluate", "popular", "--data", ratings_file, *words, *QUICK)
    assert len(found["splits"]) == splits
    assert said in found["splits"][0]["description"]


def test_a_model_twice_with_settings_of_its_own(
    document: Callable[..., dict[str, Any]], ratings_file: str
) -> None:
    found = document(
        "evaluate", "bias", "heavy=bias", "--set", "heavy.user_damping=40", "--data", ratings_file,
        "--by", "rmse", *QUICK,
    )  # fmt: skip
    first, second = found["models"]
    assert (first["label"], second["label"], second["model"]) == ("bias", "heavy", "bias")
    assert first["params"]["user_damping"] == 10.0
    assert second["params"]["user_damping"] == 40.0
    assert found["primary"] == "rmse"


def test_the_table_and_the_warnings(run: Callable[..., Any], ratings_file: str) -> None:
    result = run("evaluate", "bias", "popular", "--data", ratings_file, *QUICK)
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("random on mine, seed 0\n")
    assert "best" in result.stdout
    assert "p: paired t test" in result.stdout
    assert "warning: only" in result.stderr
    assert "row minus column" not in result.stdout


def test_a_narrow_terminal_shows_fewer_metrics_and_no_cut_figures(
    run: Callable[..., Any], ratings_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("evaluate", "bias", "popular", "--data", ratings_file, "--in-process")
    for columns in (60, 90):
        monkeypatch.setenv("COLUMNS", str(columns))
        result = run(*words, "--resamples", "20")
        assert result.exit_code == 0, result.output
        assert "too narrow for" in result.stderr
        assert max(map(len, result.stdout.split("\n\n")[1].splitlines())) <= columns
        assert "…" not in result.stdout
    monkeypatch.setenv("COLUMNS", "220")
    assert "too narrow for" not in run(*words, "--resamples", "20").stderr


def test_csv_is_a_table_with_all_figures(run: Callable[..., Any], ratings_file: str) -> None:
    result = run("evaluate", "bias", "popular", "--data", ratings_file, *QUICK, "--csv")
    assert result.exit_code == 0, result.output
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert [row["label"] for row in rows] == ["bias", "popular"]
    assert float(rows[0]["rmse_low"]) <= float(rows[0]["rmse"]) <= float(rows[0]["rmse_high"])


def test_a_report_and_every_persons_figures(
    run: Callable[..., Any], ratings_file: str, tmp_path: Path
) -> None:
    report, people = tmp_path / "report.html", tmp_path / "people.csv"
    result = run(
        "evaluate", "bias", "--data", ratings_file, *QUICK, "--html", str(report),
        "--per-user", str(people), "--json",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    json.loads(result.stdout)
    assert f"report written to {report}" in result.stderr
    assert report.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    rows = list(csv.DictReader(io.StringIO(people.read_text(encoding="utf-8"))))
    assert {row["label"] for row in rows} == {"bias"}
    assert len(rows) > 10
    assert float(rows[0]["rmse"]) >= 0


def test_data_are_curated_before_and_the_linter_says_so(
    run: Callable[..., Any], ratings_file: str
) -> None:
    result = run(
        "evaluate", "bias", "--data", ratings_file, "--curate", "min-movie-ratings=14", *QUICK,
        "--json",
    )  # fmt: skip
    found = json.loads(result.stdout)
    assert found["data"] == "mine (curated)"
    assert "films with at least 14 ratings" in result.stderr
    assert "curated-test" in [warning["code"] for warning in found["warnings"]]


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("evaluate",), 2, "missing argument"),
        (("evaluate", "bais"), 1, "no model 'bais'. Did you mean 'bias'?"),
        (("evaluate", "bias", "bias"), 1, "bias takes part twice"),
        (("evaluate", "bias", "--protocol", "fold"), 1, "no protocol 'fold'"),
        (("evaluate", "bias", "--split", "n"), 2, "'n' is not of the form name=value"),
        (("evaluate", "bias", "--folds", "3"), 1, "random has no option 'folds'"),
        (("evaluate", "bias", "--metric", "ndgc@3"), 1, "Did you mean 'ndcg@3'"),
        (("evaluate", "bias", "--seeds", "a,b"), 2, "whole numbers with commas"),
        (("evaluate", "bias", "--set", "factors=3"), 1, "bias has no hyper-parameter 'factors'"),
        (("evaluate", "bias", "popular", "--set", "ease.x=3"), 2, "one of the models bias, popu"),
        (("evaluate", "bias", "--html", "nowhere/x.html"), 1, "--html nowhere/x.html: its folder"),
        (("evaluate", "bias", "--curate", "min=3"), 1, "no curation step 'min'"),
        (("evaluate", "none.toml"), 1, "none.toml: No such file"),
        (("compare", "bias"), 2, "two models at least"),
        (("tune", "bias", "--budget", "soon"), 2, "a time like 90s, 10m or 1.5h"),
        (("tune", "bias", "--out", "x.json"), 1, "the name must end in .toml"),
        (("tune", "bias", "--set", "factors=3"), 1, "bias has no hyper-parameter"),
    ],
)
def test_mistakes_are_told_in_a_line(
    run: Callable[..., Any], words: tuple[str, ...], code: int, message: str
) -> None:
    result = run(*words)
    assert result.exit_code == code, result.output
    assert message in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""


# -- compare --------------------------------------------------------------------------------------


def test_compare_tests_every_pair(
    document: Callable[..., dict[str, Any]], run: Callable[..., Any], ratings_file: str
) -> None:
    words = ("compare", "bias", "popular", "item-knn", "--data", ratings_file, *QUICK)
    found = document(*words)
    assert len(found["pairs"]) == 3
    assert {"first", "second", "difference", "p_holm", "smallest_visible"} <= set(found["pairs"][0])
    table = run(*words)
    assert "Row minus column" in table.stdout
    rows = list(csv.DictReader(io.StringIO(run(*words, "--csv").stdout)))
    assert len(rows) == 3
    assert rows[0]["metric"] == found["primary"]


# -- models from the command line -----------------------------------------------------------------


def test_models_labels_and_files(tmp_path: Path) -> None:
    path = tmp_path / "best.toml"
    path.write_text('model = "bias"\n[params]\nuser_damping = 3.0\n[tuned]\nseed = 4\n')
    found = parse_candidates(["popular", f"mine={path}"], ["mine.movie_damping=2"])
    assert [(one.label, one.model) for one in found] == [("popular", "popular"), ("mine", "bias")]
    assert found[1].params == {"user_damping": 3.0, "movie_damping": 2.0}
    assert found[1].tuned == {"seed": 4}
    [alone] = parse_candidates([str(path)], ["user_damping=7"])
    assert (alone.label, alone.params) == ("bias", {"user_damping": 7.0})
    path.write_text("[params]\n")
    with pytest.raises(ParameterError, match="does not name its model"):
        parse_candidates([str(path)], [])
    with pytest.raises(UnknownModelError):
        parse_candidates(["mine=nothing"], [])


# -- tune -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("90s", 90), ("10m", 600), ("2min", 120), ("0.5h", 1800)]
)
def test_durations(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "m", "10 days", "-3", "0"])
def test_durations_that_are_none(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="a time like 90s"):
        parse_duration(text)


def test_tuned_then_evaluated_then_trained(
    document: Callable[..., dict[str, Any]],
    run: Callable[..., Any],
    ratings_file: str,
    tmp_path: Path,
) -> None:
    pytest.importorskip("optuna", reason="the extra tune is not installed")
    config = tmp_path / "bias.toml"
    words = ("tune", "bias", "--data", ratings_file, "--seed", "3", "--out", str(config))
    found = document(*words, "--trials", "2")
    assert found["config"] == str(config)
    assert len(found["trials"]) == 2
    assert (tmp_path / "bias.journal").exists()
    again = run(*words, "--trials", "3")
    assert again.exit_code == 0, again.output
    assert "the search of" in again.stderr
    assert "Best of 3 trials on the validation part" in again.stdout
    assert f"matinee evaluate {config}" in again.stdout

    same = document("evaluate", str(config), "--data", ratings_file, "--seed", "3", *QUICK)
    assert "tuned-on-test" not in [warning["code"] for warning in same["warnings"]]
    other = document("evaluate", str(config), "--data", ratings_file, "--seed", "4", *QUICK)
    assert "tuned-on-test" in [warning["code"] for warning in other["warnings"]]

    trained = run(
        "train", "--config", str(config), "--data", ratings_file, "--out", str(tmp_path / "model")
    )
    assert trained.exit_code == 0, trained.output
