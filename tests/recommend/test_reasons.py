"""The strongest parts of scores, beside the plain way to find them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.catalog import Catalog
from matinee.profile import Profile
from matinee.recommend.batch import ProfileBatch
from matinee.recommend.reasons import Contributions, Parts, strongest_parts, strongest_reasons
from matinee.results import Reason, ReasonKind
from matinee.scale import RatingScale

CATALOG = Catalog.from_columns([10, 20, 30], ["A", "B", "C"])
ONE = ProfileBatch.from_profiles([Profile({10: 4.5, 30: 1.0})], CATALOG, RatingScale(0.5, 5, 0.5))
WEIGHT = st.sampled_from([-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0])
FEATURE = st.tuples(
    st.sampled_from(["genre", "tag"]), st.sampled_from(["x", "y", "z"]), WEIGHT.filter(bool)
)
FILM = st.tuples(st.lists(WEIGHT, min_size=2, max_size=2), st.lists(FEATURE, max_size=6))


def said(parts: Parts, film: int) -> list[tuple[float, str, str, float, object]]:
    """All parts of one film's score in words, without a limit."""
    one = parts[film]
    texts = ["you gave A 4.5", "you gave C 1"]
    found: list[tuple[float, str, str, float, object]] = [
        (-abs(weight), text, "movie", weight, movie)
        for weight, text, movie in zip(one.weights.tolist(), texts, (10, 30), strict=True)
        if weight
    ]
    found += [(-abs(weight), text, kind, weight, None) for kind, text, weight in one.features]
    return found


@given(st.lists(FILM, min_size=1, max_size=5), st.integers(1, 8))
def test_the_strongest_come_first_and_equals_by_their_texts(
    films: list[tuple[list[float], list[tuple[ReasonKind, str, float]]]], most: int
) -> None:
    weights = np.asarray([own for own, _ in films])
    parts = Parts.listed(np.zeros(len(films)), [f for _, f in films], ONE.movies, weights)
    found = strongest_parts(parts, ONE, CATALOG, most)
    assert len(found) == len(films)
    for film, strongest in enumerate(found):
        expected = sorted(said(parts, film), key=lambda part: part[:2])[:most]
        assert [part[:2] for part in strongest] == [part[:2] for part in expected]
        assert set(strongest) <= set(said(parts, film))


def test_reasons_are_what_the_parts_say() -> None:
    parts = Parts.listed([0.0], [[("genre", "Drama", -3.0)]], ONE.movies, np.asarray([[0.5, 0.0]]))
    assert strongest_reasons(parts, ONE, CATALOG, 5) == [
        (Reason("genre", "Drama", -3.0), Reason("movie", "you gave A 4.5", 0.5, 10))
    ]


def test_parts_of_one_film() -> None:
    features: list[list[tuple[ReasonKind, str, float]]]
    features = [[], [("genre", "Drama", 1.0), ("tag", "dark", 2.0)], [("tag", "dry", 4.0)]]
    parts = Parts.listed([0.5, 0.25, 0.0], features, ONE.movies, np.ones((3, 2)))
    assert len(parts) == 3
    assert [parts[film].total for film in range(3)] == [2.5, 5.25, 6.0]
    assert [list(parts[film].features) for film in range(3)] == features
    assert isinstance(parts[0], Contributions)


def test_without_parts_there_are_no_reasons() -> None:
    nothing = Parts(np.zeros(2), ONE.movies, np.zeros((2, 2)))
    assert strongest_parts(nothing, ONE, CATALOG, 3) == [[], []]
    with pytest.raises(IndexError, match="no feature 0"):
        nothing.words(0)
