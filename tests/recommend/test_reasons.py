"""The strongest parts of a fit."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from matinee.catalog import Catalog
from matinee.profile import Profile
from matinee.recommend.batch import ProfileBatch
from matinee.recommend.reasons import Contributions, Parts, strongest_reasons
from matinee.results import Reason
from matinee.scale import RatingScale

CATALOG = Catalog.from_columns([10, 20, 30], ["A", "B", "C"])
SCALE = RatingScale(0.5, 5, 0.5)
ONE = ProfileBatch.from_profiles([Profile({10: 4.5, 30: 1.0})], CATALOG, SCALE)
MODEL: Any = SimpleNamespace(catalog=CATALOG, scale=SCALE)
B = np.array([1], dtype=np.int32)


def reasons(
    features: list[tuple[Any, str, float]],
    weights: tuple[float, float] = (0.0, 0.0),
    film: int = 1,
    most: int = 5,
    points: float = 1.0,
) -> list[Reason]:
    parts = Parts.listed([0.0], [features], ONE.movies, np.asarray([weights]))
    codes = np.array([film], dtype=np.int32)
    return list(strongest_reasons(parts, ONE, MODEL, codes, points, most)[0])


def test_the_strongest_come_first_for_or_against() -> None:
    found = reasons([("genre", "Drama", 3.0), ("tag", "dark", 1.0)], (0.5, -2.0))
    assert [(one.kind, one.name, one.share) for one in found] == [
        ("genre", "Drama", 3.0),
        ("movie", "C", -2.0),
        ("tag", "dark", 1.0),
        ("movie", "A", 0.5),
    ]
    assert (found[1].stars, found[1].liked, found[1].movie_id) == (1.0, False, 30)
    assert (found[3].stars, found[3].liked, found[3].movie_id) == (4.5, True, 10)


def test_shares_are_points_of_fit() -> None:
    assert [one.share for one in reasons([("tag", "dark", -3.0)], points=10.0)] == [-30.0]


def test_two_ratings_say_nothing_of_genres_that_are_not_there() -> None:
    against: list[tuple[Any, str, float]] = [("genre", "Comedy", -3.0), ("decade", "1950s", -2.0)]
    assert reasons(against) == []
    assert len(reasons([(kind, name, -share) for kind, name, share in against])) == 2


def test_no_more_than_asked_and_none_under_a_twentieth() -> None:
    many = [("genre", name, 1.0) for name in "abcdefgh"]
    assert len(reasons(many, most=3)) == 3
    assert [one.name for one in reasons([("genre", "large", 9.6), ("genre", "small", 0.4)])] == [
        "large"
    ]


def test_a_film_is_no_reason_for_itself() -> None:
    assert [one.name for one in reasons([], (2.0, 1.0), film=0)] == ["C"]


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (Reason("movie", "A", 3.0, 10, 4.5), "because you gave A 4½"),
        (Reason("movie", "A", -3.0, 10, 1.0, liked=False), "although you gave A 1"),
        (Reason("movie", "A", 3.0, 10, 1.0, liked=False), "you disliked A, which speaks for it"),
        (Reason("genre", "Western", 3.0), "you like the genre Western"),
        (Reason("decade", "1950s", 3.0), "you like films of the 1950s"),
        (
            Reason("tag", "noir", -3.0),
            "although you like films tagged “noir” less than others do",
        ),
        (Reason("popularity", "many people like it", 3.0), "many people like it"),
    ],
)
def test_words_keep_the_sign(reason: Reason, words: str) -> None:
    assert str(reason) == words
    assert reason.to_dict()["text"] == words


def test_parts_of_one_film() -> None:
    features: list[list[tuple[Any, str, float]]]
    features = [[], [("genre", "Drama", 1.0), ("tag", "dark", 2.0)], [("tag", "dry", 4.0)]]
    parts = Parts.listed([0.5, 0.25, 0.0], features, ONE.movies, np.ones((3, 2)))
    assert len(parts) == 3
    assert [parts[film].total for film in range(3)] == [2.5, 5.25, 6.0]
    assert [list(parts[film].features) for film in range(3)] == features
    assert isinstance(parts[0], Contributions)


def test_without_parts_there_are_no_reasons() -> None:
    nothing = Parts(np.zeros(2), ONE.movies, np.zeros((2, 2)))
    codes = np.array([1, 1], dtype=np.int32)
    assert strongest_reasons(nothing, ONE, MODEL, codes, 1.0, 3) == [(), ()]
    with pytest.raises(IndexError, match="no feature 0"):
        nothing.words(0)
