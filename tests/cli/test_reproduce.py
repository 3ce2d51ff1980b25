"""``matinee reproduce``."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest

TRIAL = ("reproduce", "--article", "3", "--data", "sample", "--quick")


def test_tables_and_words(run: Any) -> None:
    result = run(*TRIAL)
    assert result.exit_code == 0, result.output
    text = " ".join(result.stdout.split())
    assert "3. Similar people, similar films and similar genres on ML-1M" in text
    assert "(the bundled sample: not comparable with theirs)" in text
    assert "(115)" in text
    assert "What differs from the article:" in text
    assert "5 films like Toy Story (1995)" in text
    assert "its figures mean nothing" in text
    assert "figures cannot be compared" in result.stderr
    assert "Traceback" not in result.output


def test_json_has_articles_figures_and_lists(document: Any) -> None:
    found = document(*TRIAL)
    (article,) = found["articles"]
    assert article["number"] == 3
    assert article["figures"][0]["theirs"] == 1.0
    assert len(article["lists"]) == 3
    assert found["skipped"] == []


def test_csv_has_a_row_for_each_figure(run: Any) -> None:
    rows = list(csv.DictReader(io.StringIO(run(*TRIAL, "--csv").stdout)))
    assert rows[0]["article"] == "3"
    assert float(rows[0]["theirs"]) == 1.0
    assert rows[1]["theirs"] == ""
    assert all(float(row["ours"]) > 0 for row in rows)


def test_markdown_is_written_beside_the_answer(run: Any, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    result = run(*TRIAL, "--markdown", str(page))
    assert f"page written to {page}" in result.stderr
    assert page.read_text("utf-8").startswith("# The five articles, reproduced\n")


def test_place_of_the_page_is_checked_before_the_work(run: Any, tmp_path: Path) -> None:
    result = run(*TRIAL, "--markdown", str(tmp_path / "none" / "page.md"))
    assert result.exit_code == 1
    assert "its folder does not exist" in result.stderr
    assert "article 3" not in result.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--article", "7", "--data", "sample"), "there is no article 7: they are numbered 1 to 5"),
        (("--data", "no-such-folder"), "there is no folder 'no-such-folder'"),
    ],
)
def test_errors_are_told_in_a_line(run: Any, words: tuple[str, ...], said: str) -> None:
    result = run("reproduce", *words)
    assert result.exit_code == 1
    assert result.stderr.startswith("error: ")
    assert said in result.stderr


def test_skipped_article_is_said(run: Any, tmp_path: Path) -> None:
    (tmp_path / "ml-100k").mkdir()
    result = run("reproduce", "--article", "1", "--data", str(tmp_path))
    assert result.exit_code == 0
    assert "skipped. ml-1m is neither in" in " ".join(result.stdout.split())
