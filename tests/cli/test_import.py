"""``matinee import``: files into the store, and the review desk on a terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.importers.files import IMDB, RATINGS

from matinee.cli import import_
from matinee.store import Store


@pytest.fixture(autouse=True)
def people(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where this test's store is."""
    path = tmp_path / "people.db"
    monkeypatch.setenv("MATINEE_DATABASE_URL", f"sqlite:///{path}")
    return path


@pytest.fixture
def ratings(tmp_path: Path) -> str:
    path = tmp_path / "ratings.csv"
    path.write_text(RATINGS + "2024-05-04,Hamlet,,u,4\n2024-05-05,Zzyzx Qwrt,1971,u,4\n")
    return str(path)


KEPT = "film:zzyzx qwrt (1971)"  # of no catalogue yet


def stars(path: Path) -> dict[str, float]:
    with Store(str(path)) as store:
        return dict(store.state(1).stars)


def test_import_twice(run: Any, people: Path, ratings: str) -> None:
    result = run("import", ratings)
    assert result.exit_code == 0, result.output
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert lines[0].endswith("ratings.csv: an export of letterboxd")
    for said in ("3 imported", "1 not sure; `--review` asks which films they are", "0 skipped"):
        assert said in lines
    assert "Zzyzx Qwrt (1971)" in lines
    assert stars(people) == {"6": 4.5, "29": 3.0, "2571": 0.5, KEPT: 4.0}
    again = run("import", ratings)
    assert "3 there already" in " ".join(again.stdout.split())
    assert stars(people) == {"6": 4.5, "29": 3.0, "2571": 0.5, KEPT: 4.0}


def test_dry_run_changes_nothing(run: Any, people: Path, ratings: str) -> None:
    result = run("import", ratings, "--dry-run")
    assert "3 would be imported" in " ".join(result.stdout.split())
    assert stars(people) == {}


def test_json(document: Any, tmp_path: Path) -> None:
    path = tmp_path / "imdb.csv"
    path.write_text(IMDB)
    report = document("import", str(path))
    assert report["kind"] == "imdb"
    assert report["counts"]["matched"] == report["added"]["added"] == 2
    assert report["matched"][0]["film"] == "Heat (1995)"
    assert report["matched"][0]["stars"] == 4.5
    assert report["skipped"][2]["reason"] == "a video game, no film"
    assert document("import", str(path), "--dry-run")["added"] is None


def test_review_needs_a_terminal(run: Any, ratings: str) -> None:
    result = run("import", ratings, "--review")
    assert result.exit_code == 1
    assert "--review asks questions, and there is no terminal to ask in" in result.stderr


@pytest.mark.parametrize(
    ("answers", "hamlet", "kept"),
    [
        ("1\n", True, True),
        ("-\n", False, True),
        ("\n", False, False),
        ("q\n", False, False),
        ("99\nqqqq\nhamlet 1948\n1\n", True, True),
    ],
)
def test_review(
    run: Any,
    people: Path,
    ratings: str,
    monkeypatch: pytest.MonkeyPatch,
    answers: str,
    hamlet: bool,
    kept: bool,
) -> None:
    monkeypatch.setattr(import_, "is_terminal", lambda stream: True)
    result = run("import", ratings, "--review", input=answers)
    assert result.exit_code == 0, result.output
    assert "1/1  Hamlet" in result.stderr
    assert len(stars(people)) == 4 + hamlet
    with Store(str(people)) as store:
        assert list(store.decisions(1)) == ["film:hamlet (?)"] * kept
    again = run("import", ratings)
    assert ("not sure" in again.stdout and " 0  not sure" not in again.stdout) is not kept


def test_a_dry_run_of_the_review_remembers_nothing(
    run: Any, people: Path, ratings: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_, "is_terminal", lambda stream: True)
    result = run("import", ratings, "--review", "--dry-run", input="1\n")
    assert "4 would be imported" in " ".join(result.stdout.split())
    with Store(str(people)) as store:
        assert store.decisions(1) == {}


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"a,b\n1,2\n", "of no export that Matinee reads"), (b"", "is empty"), (None, "No such file")],
)
def test_files_that_cannot_be_imported(
    run: Any, tmp_path: Path, content: bytes | None, said: str
) -> None:
    path = tmp_path / "mine.csv"
    if content is not None:
        path.write_bytes(content)
    result = run("import", str(path))
    assert result.exit_code == 1
    assert said in result.stderr
    assert result.stdout == ""


def test_unknown_person(run: Any, ratings: str) -> None:
    result = run("import", ratings, "--person", "7")
    assert result.exit_code == 1
    assert "no person 7" in result.stderr
