from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Run


@pytest.fixture
def ratings(tmp_path: Path) -> Path:
    path = tmp_path / "mine.csv"
    rows = [f"{user},{film},{1 + (user * film) % 5}" for user in range(6) for film in range(5)]
    path.write_text("user,movie,rating\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return path


def test_writes_the_report_and_says_where(
    run: Run, ratings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", lambda address: opened.append(address) or True)
    out = tmp_path / "report"
    done: Any = run(
        "explore",
        "--data",
        str(ratings),
        "--out",
        str(out),
        "--curate",
        "min-movie-ratings=2",
        "--open",
    )
    assert done.exit_code == 0
    assert done.stdout.strip() == str(out / "index.html")
    assert "no picture of month by month: the ratings have no times" in done.stderr
    assert opened == [(out / "index.html").resolve().as_uri()]


def test_wrong_step_is_explained(run: Run, ratings: Path, tmp_path: Path) -> None:
    done: Any = run(
        "explore", "--data", str(ratings), "--out", str(tmp_path / "r"), "--curate", "min-x=2"
    )
    assert done.exit_code == 1
    assert "min-x" in done.stderr
    assert not (tmp_path / "r").exists()
