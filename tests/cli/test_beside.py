"""Tests of what training puts beside a model: figures (the map has tests of its own)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from matinee.cli import beside
from matinee.evaluation.figures import read_figures
from matinee.models.publishing import current_path, published


@pytest.fixture
def few(tmp_path: Path) -> Path:
    """Too few people to hold some of them out."""
    path = tmp_path / "few.csv"
    path.write_text("user,movie,rating,timestamp\n1,10,4,1\n1,20,3,2\n2,20,5,3\n2,10,1,4\n")
    return path


def test_figures_are_measured_and_published_with_the_model(run: Any, tmp_path: Path) -> None:
    root = tmp_path / "root"
    done = run("train", "popular", "--publish", "--measure", "--out", str(root))
    assert done.exit_code == 0, done.output
    figures = read_figures(current_path(root))
    assert figures is not None
    assert figures.people == 65
    assert figures.dataset == "sample"
    assert done.stdout.startswith(
        "Measured on 65 people that such a model had not seen: "
        f"ndcg@10 {figures.metrics['ndcg@10']:.4f}, "
    )


def test_retraining_measures_with_the_people_of_the_store(run: Any, tmp_path: Path) -> None:
    root = tmp_path / "root"
    done = run(
        *("retrain", "popular", "--measure", "--root", str(root)),
        *("--store", str(tmp_path / "people.db"), "--json"),
    )
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)["figures"]
    figures = read_figures(current_path(root))
    assert figures is not None
    assert json.loads(json.dumps(figures.to_dict())) == told


def test_figures_lie_beside_a_model_that_is_not_published_too(
    document: Any, tmp_path: Path
) -> None:
    told = document("train", "popular", "--measure", "--out", str(tmp_path / "model"))
    assert set(told["figures"]["metrics"]) == {"ndcg@10", "precision@10", "recall@20"}
    assert read_figures(tmp_path / "model") is not None
    without = document("train", "popular", "--out", str(tmp_path / "other"))
    assert without["figures"] is None
    assert read_figures(tmp_path / "other") is None


def test_nothing_is_published_where_nothing_can_be_measured(
    run: Any, few: Path, tmp_path: Path
) -> None:
    root = tmp_path / "root"
    words = ("train", "popular", "--publish", "--out", str(root), "--data", str(few))
    assert run(*words).exit_code == 0
    done = run(*words, "--measure")
    assert done.exit_code == 1
    assert "error: " in done.stderr
    assert len(published(root)) == 1


def test_ctrl_c_while_it_measures_leaves_what_was_published(
    run: Any, few: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "root"
    words = ("train", "popular", "--publish", "--out", str(root), "--data", str(few))
    assert run(*words).exit_code == 0

    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("matinee.cli.train.measure", interrupted)
    done = run(*words, "--measure")
    assert done.exit_code == 130
    assert "interrupted; what was there before is unchanged" in done.stderr
    assert len(published(root)) == 1
    assert not list(root.rglob(".new.*"))


def test_progress_is_told_while_it_measures(tmp_path: Path) -> None:
    import matinee

    stages: list[str] = []
    data = matinee.load("sample")
    figures = beside.measure(
        matinee.create_model("popular"), data, lambda event: stages.append(event.stage)
    )
    assert stages
    assert figures.protocol == "strong-generalization"
