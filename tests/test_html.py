"""HTML is well-formed, and no text of the data becomes markup."""

from __future__ import annotations

import html.parser

import pytest

import matinee
from matinee.catalog import Catalog
from matinee.dataset import Dataset
from matinee.html import card, cell, render
from matinee.ratings import Ratings
from matinee.results import Reason, Recommendation, Recommendations

HOSTILE = "<script>alert('x')</script> & \"Co\" <img src=x onerror=y>"


class Reader(html.parser.HTMLParser):
    """Collects elements and text, and fails where a tag is not closed in its turn."""

    def __init__(self, shown: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.words = ""
        self.feed(shown)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert {name for name, _ in attrs} <= {"style"}
        self.tags.add(tag)
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data


def data() -> Dataset:
    catalog = Catalog.from_columns([HOSTILE, "b"], [f"{HOSTILE} (1999)", "B"], genres=[HOSTILE, ""])
    ratings = Ratings.from_columns([HOSTILE] * 2, [HOSTILE, "b"], [4.0, 5.0])
    about = {"source": HOSTILE, "licence": HOSTILE, "citation": HOSTILE}
    return Dataset(ratings.with_movies(catalog.movie_ids), catalog, HOSTILE, **about)


def recommendations() -> Recommendations:
    reason = Reason("movie", HOSTILE, 0.5, HOSTILE, 5.0)
    film = Recommendation(HOSTILE, HOSTILE, 1999, (HOSTILE,), 50.0, 4.0, 3.0, 5.0, 0.9, (reason,))
    return Recommendations([film], asked=3, notes=[HOSTILE])


@pytest.mark.parametrize("shown", [data(), data().profile(HOSTILE), recommendations()], ids=type)
def test_a_notebook_shows_it_safely(shown: Dataset | matinee.Profile | Recommendations) -> None:
    found = Reader(shown._repr_html_())
    assert found.tags <= {"div", "p", "strong", "table", "thead", "tbody", "tr", "th", "td"}
    assert "<script>alert('x')</script>" in found.words


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1234, "1234"),
        (12_345, "12,345"),
        (0.5, "0.50"),
        (float("nan"), ""),
        (None, ""),
        (True, "yes"),
        ("<i>", "<i>"),
    ],
)
def test_a_cell_writes_each_kind_of_value(value: object, text: str) -> None:
    assert cell(value) == text
    assert text in Reader(card("Kind", columns=("a",), rows=[(value,)])).words


def test_a_card_leaves_out_what_is_not_known() -> None:
    shown = card("Kind", "name", {"There": 0, "Empty": "", "Nothing": None})
    assert "<th>There</th>" in shown
    assert "Empty" not in shown
    assert "Nothing" not in shown


def test_a_card_says_how_many_rows_it_leaves_out() -> None:
    shown = card("Kind", columns=("n",), rows=[(str(n),) for n in range(25)], note="below <")
    assert shown.count("<tr>") == 21
    assert "… and 5 more" in shown
    assert shown.endswith("<p>below &lt;</p></div>")
    assert "more" not in card("Kind", columns=("n",), rows=[("1",)] * 25, most=25)


def test_a_page_escapes_its_title_and_needs_nothing() -> None:
    written = render("page.html", title='a < "b"')
    assert "<title>a &lt; &#34;b&#34; – Matinee</title>" in written
    assert "http" not in written
    assert "<script" not in written
