from __future__ import annotations

import numpy as np
import pytest

from matinee.dataset import Dataset
from matinee.explore import films
from matinee.explore.totals import Totals


@pytest.fixture
def totals(tiny: Dataset) -> Totals:
    return Totals.of(tiny.ratings)


def test_genres(tiny: Dataset, totals: Totals) -> None:
    chart = films.genres(tiny, totals)
    assert chart is not None
    assert chart.table.rows() == [("Drama", 3, 8, 29 / 8), ("Horror", 1, 3, 3.0)]
    assert "Drama the most stars (3.62), Horror the fewest (3.00)" in chart.title


def test_genres_together(tiny: Dataset, totals: Totals) -> None:
    chart = films.genres_together(tiny, totals)
    assert chart is not None
    assert chart.table.rows() == [
        ("Drama", "Horror", 1, pytest.approx(1 / 3)),
        ("Horror", "Drama", 1, 1.0),
    ]


def test_films(tiny: Dataset, totals: Totals) -> None:
    most = films.most_rated(tiny, totals)
    assert most.table["film"].to_list()[:2] == ["The Godfather (1972)", "Alien 3 (1992)"]
    assert most.facts["share_of_people"] == 1.0
    best = films.best(tiny, totals)
    assert best.table["film"][0] == "The Godfather (1972)"
    k, mean = best.facts["shrinkage"], best.facts["mean"]
    assert best.table["damped_mean"][0] == pytest.approx((14 + k * mean) / (3 + k))
    # With three ratings at least, Love Story (stars 1 and 5) does not take part.
    divisive = films.most_divisive(tiny, totals)
    assert divisive.table["film"][0] == "Alien 3 (1992)"
    assert divisive.table["spread"][0] == pytest.approx(np.sqrt(2 / 3))


@pytest.mark.parametrize(
    ("title", "plain", "with_numerals"),
    [
        ("The Godfather: Part II", ["godfather"], ["godfather", "II"]),
        ("Alien 3", ["alien"], ["alien", "3"]),
        ("Malcolm X", ["malcolm"], ["malcolm", "X"]),
        ("2001: A Space Odyssey", ["2001", "space", "odyssey"], ["2001", "space", "odyssey"]),
        ("Schindler's List", ["schindler", "list"], ["schindler", "list"]),
        (
            "La Cité des enfants perdus",
            ["cité", "enfants", "perdus"],
            ["cité", "enfants", "perdus"],
        ),
        ("I, Robot", ["robot"], ["robot"]),
        ("New York, New York", ["new", "york"], ["new", "york"]),
    ],
)
def test_words(title: str, plain: list[str], with_numerals: list[str]) -> None:
    assert films.words_of(title) == plain
    assert films.words_of(title, numerals=True) == with_numerals


def test_title_words_and_tags(tiny: Dataset) -> None:
    chart = films.title_words(tiny.catalog)
    assert chart is not None
    assert dict(chart.table.rows()) == {"love": 2, "alien": 1, "godfather": 1, "story": 1}
    kept = films.title_words(tiny.catalog, numerals=True)
    assert kept is not None
    assert {"3", "III"} <= set(kept.table["word"])
    tags = films.tags(tiny.catalog)
    assert tags is not None
    assert tags.table.rows() == [("space", 5, 1), ("slow", 2, 2)]
