"""``matinee export``: everything of a person, out and in again."""

from __future__ import annotations

import csv
import io
import json
import stat
from pathlib import Path
from typing import Any

import pytest

from matinee.store import Film, Store


@pytest.fixture(autouse=True)
def people(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A store where Ann, person 2, has said something."""
    path = tmp_path / "people.db"
    monkeypatch.setenv("MATINEE_DATABASE_URL", f"sqlite:///{path}")
    with Store() as store:
        ann = store.create_person("Ann").person_id
        store.rate(ann, 6, 4.5, film=Film("6", "Heat", 1995, "tt0113277", 949))
        store.rate(ann, 6, 5.0)
        store.mark(ann, 999_001, "watchlist", film=Film("999001", "=SUM(A1)", 1999))
    return path


def test_json_is_all_and_comes_back(run: Any, tmp_path: Path) -> None:
    file = tmp_path / "new" / "ann.json"
    result = run("export", str(file), "--person", "2")
    assert result.exit_code == 0, result.output
    assert result.stdout == f"ratings: 1, other marks: 1, in {file}\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    document = json.loads(file.read_text(encoding="utf-8"))
    assert [event["value"] for event in document["history"]] == [4.5, 5.0, 1.0]
    assert run("import", str(file), "--person", "1").exit_code == 0
    with Store() as store:
        mine, hers = store.state(1), store.state(2)
        assert mine.stars == hers.stars == {"6": 5.0}
        assert [one.movie_id for one in mine.watchlist] == ["999001"]


def test_csv_goes_by_the_name_or_the_format_and_holds_no_formula(run: Any, tmp_path: Path) -> None:
    file = tmp_path / "ann.csv"
    assert run("export", str(file), "--person", "2").exit_code == 0
    for words in ((), ("-",)):
        printed = run("export", *words, "--person", "2", "--format", "csv")
        assert printed.stdout == file.read_text(encoding="utf-8")
    rows = list(csv.reader(io.StringIO(printed.stdout)))
    assert [row[:4] for row in rows[1:]] == [
        ["rating", "6", "Heat", "1995"],
        ["watchlist", "999001", "'=SUM(A1)", "1999"],
    ]
    as_json = tmp_path / "odd.csv"
    assert run("export", str(as_json), "--format", "json").exit_code == 0
    assert json.loads(as_json.read_text(encoding="utf-8"))["person"] == "me"


def test_a_file_is_not_overwritten_unasked(run: Any, tmp_path: Path) -> None:
    file = tmp_path / "me.json"
    file.write_text("mine")
    result = run("export", str(file))
    assert result.exit_code == 1
    assert "me.json exists; choose another name, or overwrite it with --force" in result.stderr
    assert file.read_text() == "mine"
    assert run("export", str(file), "--force").exit_code == 0
    assert file.read_text().startswith("{")


def test_nothing_is_left_of_an_export_that_fails(run: Any, tmp_path: Path) -> None:
    assert "no person 7" in run("export", str(tmp_path / "x.json"), "--person", "7").stderr
    (tmp_path / "full").write_text("no folder")
    result = run("export", str(tmp_path / "full" / "x.json"))
    assert result.exit_code == 1
    assert "cannot be written" in result.stderr
    assert sorted(path.suffix for path in tmp_path.glob("*x*")) == []
