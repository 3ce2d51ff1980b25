"""Lists of films."""

from __future__ import annotations

import io
import json

import polars as pl
import pytest
from rich.console import Console

from matinee.results import Reason, Recommendation, Recommendations


@pytest.fixture
def films() -> Recommendations:
    reason = Reason("movie", "Ronin <b>", 30.0, 8, 4.5)
    return Recommendations(
        [
            Recommendation(6, "Heat", 1995, ("Crime",), 90.0, 4.12, 3.0, 5.0, 0.8, (reason,)),
            Recommendation(7, "Untitled", None, (), 50.0, 3.0),
        ],
        model="ease",
        asked=3,
    )


def test_it_is_a_sequence(films: Recommendations) -> None:
    assert len(films) == 2
    assert films[0].title == films.titles[0] == "Heat"
    assert [film.movie_id for film in films] == films.movie_ids == [6, 7]
    assert films[:1].movie_ids == [6]
    assert not films.complete
    assert films == Recommendations(list(films))
    assert films != Recommendations([])
    assert films != 1


def test_as_text(films: Recommendations) -> None:
    assert str(films) == (
        " 1. Heat (1995)  fit 90  4.1 stars (3.0 to 5.0)  Crime\n 2. Untitled  fit 50  3.0 stars"
    )
    assert str(Recommendations([])) == "no film passes"
    assert repr(films).startswith("Recommendations(2 films, model='ease')")


def test_as_json(films: Recommendations) -> None:
    first, second = json.loads(json.dumps(films.to_dicts()))
    assert first == {
        "movie_id": 6,
        "title": "Heat",
        "year": 1995,
        "genres": ["Crime"],
        "fit": 90.0,
        "stars": 4.12,
        "low": 3.0,
        "high": 5.0,
        "like": 0.8,
        "reasons": [
            {
                "kind": "movie",
                "name": "Ronin <b>",
                "share": 30.0,
                "movie_id": 8,
                "stars": 4.5,
                "liked": True,
                "text": "because you gave Ronin <b> 4½",
            }
        ],
    }
    assert second["year"] is None
    assert second["low"] is None


def test_as_a_frame(films: Recommendations) -> None:
    frame = films.to_polars()
    assert frame["movie_id"].to_list() == [6, 7]
    assert frame["reasons"].to_list() == [["because you gave Ronin <b> 4½"], []]
    assert Recommendations([]).to_polars().is_empty()
    text = Recommendations([Recommendation("m1", "A", None, (), 1.0)]).to_polars()
    assert text.schema["movie_id"] == pl.String


def test_as_html_without_injection(films: Recommendations) -> None:
    page = films._repr_html_()
    assert "<td>Heat</td>" in page
    assert "Ronin &lt;b&gt; 4½" in page
    assert "<th>Stars</th>" in page
    assert "Stars" not in Recommendations([Recommendation(1, "A", 2, (), 1.0)])._repr_html_()


def test_as_a_terminal_table(films: Recommendations) -> None:
    console = Console(width=100, record=True, file=io.StringIO())
    console.print(films)
    text = console.export_text()
    assert "Heat" in text
    assert "because you gave Ronin" in text, "markup in a title is text, not markup"
