"""The scaled curation, and the small tastes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import matinee
from matinee.articles.article5 import TASTES, scaled_curation
from matinee.datasets.curation import MinMovieRatings, MinUserRatings, StarSample
from matinee.datasets.known import known

LATEST = known("ml-latest").ratings


def thresholds(n_ratings: int) -> tuple[int, int, float]:
    steps: dict[type, Any] = {type(step): step for step in scaled_curation(n_ratings)}
    sample = steps.get(StarSample)
    return (
        steps[MinMovieRatings].count,
        steps[MinUserRatings].count,
        1.0 if sample is None else sample.share,
    )


def test_latest_itself_gets_the_thresholds_of_the_article() -> None:
    assert thresholds(LATEST) == (1000, 500, pytest.approx(0.1))


def test_a_set_half_as_large_on_both_sides_gets_half_of_them() -> None:
    assert thresholds(LATEST // 4) == (500, 250, pytest.approx(0.4))


@given(st.integers(1, 10**9))
def test_rule_grows_with_the_set_and_the_sample_never_exceeds_it(n: int) -> None:
    film, user, share = thresholds(n)
    larger = thresholds(2 * n)
    assert 2 <= film <= larger[0]
    assert 2 <= user <= larger[1]
    assert larger[2] <= share <= 1
    assert share * n <= max(0.1 * LATEST, n) * (1 + 1e-9)


def test_five_tastes_begin_with_the_articles_own() -> None:
    assert len(TASTES) == 5
    assert next(iter(TASTES.values())) == {"The Godfather": 4.5, "The Godfather: Part III": 4.0}


@pytest.mark.parametrize("name", list(TASTES))
def test_films_of_a_taste_are_found_in_the_sample(name: str) -> None:
    catalog = matinee.load("sample").catalog
    profile = matinee.Profile.from_titles(TASTES[name], catalog)
    assert len(profile) == len(TASTES[name])
