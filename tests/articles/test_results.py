"""The page of Markdown."""

from __future__ import annotations

import re

from matinee.articles import about
from matinee.articles.results import (
    Article,
    Figure,
    FilmList,
    ListedFilm,
    Lists,
    Reproduction,
    Skipped,
    to_markdown,
)


def small_page(*, quick: bool = False, data: str = "ml-1m") -> str:
    heat = ListedFilm(6, "Heat", 1995, ("Crime",), 1234, 4.5)
    pipe = ListedFilm(7, "Pipe | Dream", None, (), 3)
    article = Article(
        about(1),
        data,
        1_000_209,
        6_040,
        3_706,
        figures=(
            Figure("RMSE", "a", 0.8736, 0.86512, note="near"),
            Figure(
                "one epoch", "b", 360, 5.67, "seconds", comparable=False, note="Other machines."
            ),
            Figure("epoch", "c", 17, 16, ""),
            Figure("RMSE", "d", None, None),
            Figure("RMSE", "e", None, 2.59754),
            Figure("RMSE", "f", 115, 111.123),
        ),
        lists=(Lists("two lists", (FilmList("long", (heat, pipe)), FilmList("short", (heat,)))),),
        remarks=("A table:\n\nbefore  1\nafter   2",),
    )
    return to_markdown(Reproduction((article,), (Skipped(about(4), "no data"),), 3, quick))


def test_figures() -> None:
    page = small_page()
    assert "| RMSE | a | 0.8736 | **0.8651** | stars | near |" in page
    assert "| one epoch | b | (360) | **5.7** | seconds | Other machines. |" in page
    assert "| epoch | c | 17 | **16** |  |  |" in page
    assert "| RMSE | d | – | **–** | stars |  |" in page
    assert "| RMSE | e | – | **2.5975** | stars |  |" in page
    assert "| RMSE | f | 115 | **111.1** | stars |  |" in page
    assert "1,000,209 ratings, 6,040 people, 3,706 rated films" in page
    assert "seed 3" in page


def test_lists_side_by_side_with_counts() -> None:
    page = small_page()
    assert "|  | long | short |" in page
    assert "| 1 | Heat (1995) · 1,234 | Heat (1995) · 1,234 |" in page
    assert "| 2 | Pipe \\| Dream · 3 |  |" in page


def test_remarks_with_tables_stay_tables() -> None:
    assert "A table:\n\n```text\nbefore  1\nafter   2\n```" in small_page()


def test_skipped_and_doubtful_runs_are_marked() -> None:
    assert "Skipped: no data." in small_page()
    assert "its figures mean nothing" not in small_page()
    assert "its figures mean nothing" in small_page(quick=True)
    assert "cannot be compared with theirs.**" in small_page(data="sample")


def test_whole_page_is_made_of_whole_tables(trial: Reproduction) -> None:
    width = 0
    for line in to_markdown(trial).splitlines():
        if not line.startswith("|"):
            width = 0
            continue
        cells = len(re.findall(r"(?<!\\)\|", line))
        assert width in (0, cells), line
        width = cells
