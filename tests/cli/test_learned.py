from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.conftest import Run

import matinee


def test_writes_the_report_and_says_where(
    run: Run, bias_model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", lambda address: opened.append(address) or True)
    out = tmp_path / "report"
    done = run("learned", "--model", bias_model, "--out", str(out), "--held-out", "0.05", "--open")
    assert done.exit_code == 0, done.output
    assert done.stdout.strip() == str(out / "index.html")
    assert "no picture of what tells films apart: bias does not place films" in done.stderr
    assert (out / "pictures" / "calibration.png").is_file()
    assert opened == [(out / "index.html").resolve().as_uri()]


def test_says_where_there_is_no_browser(
    run: Run, bias_model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webbrowser.open", lambda _: False)
    done = run(
        *("learned", "--model", bias_model, "--out", str(tmp_path), "--held-out", "0", "--open")
    )
    assert done.exit_code == 0
    assert "no browser was found" in done.stderr
    assert "no picture of calibration: no ratings were held out" in done.stderr


def test_without_its_ratings_a_model_still_tells(
    run: Run, own_ratings: Path, tmp_path: Path
) -> None:
    model = tmp_path / "model"
    data = matinee.load(str(own_ratings))
    matinee.create_model("bias").fit(data).save(model)
    (own_ratings / "ratings.csv").unlink()
    (own_ratings / "movies.csv").unlink()
    own_ratings.rmdir()
    done = run("learned", "--model", str(model), "--out", str(tmp_path / "r"))
    assert done.exit_code == 0, done.output
    assert "nothing is told of errors" in done.stderr
    assert (tmp_path / "r" / "pictures" / "biases.svg").is_file()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--dimensions", "0"), "--dimensions"),
        (("--held-out", "0.95"), "--held-out"),
    ],
)
def test_numbers_are_checked(run: Run, tmp_path: Path, words: tuple[str, str], said: str) -> None:
    done = run("learned", "--out", str(tmp_path), *words)
    assert done.exit_code == 2
    assert said in done.stderr


def test_a_file_is_no_folder(run: Run, bias_model: str, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    done = run("learned", "--model", bias_model, "--out", str(file))
    assert done.exit_code == 1
    assert "is a file: name a folder for the report" in done.stderr
