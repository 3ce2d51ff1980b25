"""Dials: their ranges, and which way and how far each moves a list."""

from __future__ import annotations

import numpy as np
import pytest

import matinee
from matinee import Dials, Profile
from matinee.errors import ParameterError
from matinee.models.base import Recommender


@pytest.fixture(scope="module")
def data() -> matinee.Dataset:
    return matinee.load("sample")


@pytest.fixture(scope="module")
def model(data: matinee.Dataset) -> Recommender:
    return matinee.create_model("ease").fit(data)


@pytest.fixture(scope="module")
def people(data: matinee.Dataset) -> list[Profile]:
    able = np.flatnonzero((data.ratings.user_counts >= 20) & (data.ratings.user_counts < 200))
    users = np.random.default_rng(5).permutation(able)[:60]
    return [data.profile(data.ratings.user_ids.id_of(int(user))) for user in users]


def codes(model: Recommender, people: list[Profile], **dials: object) -> list[np.ndarray]:
    found = model.recommend_many(people, 10, dials=dials)
    return [model.catalog.codes_of(films.movie_ids) for films in found]


def likeness(model: Recommender, own: np.ndarray) -> float:
    genres = model.catalog.genres[own].astype(float)
    genres /= np.maximum(np.linalg.norm(genres, axis=1, keepdims=True), 1e-9)
    inner = genres @ genres.T
    return float((inner.sum() - np.trace(inner)) / (len(own) * (len(own) - 1)))


def test_the_hidden_end_has_a_tenth_of_the_ratings(
    model: Recommender, people: list[Profile]
) -> None:
    median = [
        np.median([np.median(model.stats.counts[own]) for own in codes(model, people, hidden=dial)])
        for dial in (0.0, 0.5, 1.0)
    ]
    assert median[2] <= median[0] / 10
    assert median[2] < median[1] < median[0]


def test_the_different_end_halves_the_likeness(model: Recommender, people: list[Profile]) -> None:
    mean = [
        np.mean([likeness(model, own) for own in codes(model, people, different=dial)])
        for dial in (0.0, 0.5, 1.0)
    ]
    assert mean[2] <= mean[0] / 2
    assert mean[2] < mean[1] < mean[0]


def test_more_like_a_film_brings_films_that_are_like_it(
    model: Recommender, people: list[Profile]
) -> None:
    heat = model.catalog.find("Heat (1995)")
    similarity = model._similarity(model.catalog.codes_of([heat]))
    plain, liked = (
        np.mean([similarity[own].mean() for own in codes(model, people, like=like)])
        for like in ([], [heat])
    )
    assert liked > 2 * plain > 0
    assert all(model.catalog.code_of(heat) not in own for own in codes(model, people, like=[heat]))


def test_dials_cost_fit_and_say_how_much(model: Recommender, people: list[Profile]) -> None:
    plain = model.recommend(people[0], 10)
    assert plain.price == 0
    for dials in (Dials(hidden=1), Dials(different=1), Dials(like=[1])):
        moved = model.recommend(people[0], 10, dials=dials)
        lost = np.mean([film.fit for film in plain]) - np.mean([film.fit for film in moved])
        assert moved.price == pytest.approx(lost, abs=0.1)
        assert moved.price > 0
        fit = [film.fit for film in moved]
        assert fit == sorted(fit, reverse=True), "fit orders the list, whatever chose it"


def test_an_order_by_stars_is_one(data: matinee.Dataset, people: list[Profile]) -> None:
    model = matinee.create_model("item-knn").fit(data)
    for person in people[:5]:
        stars = [film.stars for film in model.recommend(person, 10, dials={"order": "stars"})]
        assert stars == sorted(stars, reverse=True)
        by_fit = [film.stars for film in model.recommend(person, 10)]
        assert np.mean(stars) > np.mean(by_fit)


def test_two_of_a_series_unless_asked(model: Recommender, people: list[Profile]) -> None:
    def most(limit: int) -> int:
        shelves = [model.catalog.series[own] for own in codes(model, people, series=limit)]
        return max(
            np.unique(own[own >= 0], return_counts=True)[1].max(initial=0) for own in shelves
        )

    assert most(0) > 2
    assert most(2) == 2
    assert most(1) == 1


@pytest.mark.parametrize(
    ("dials", "message"),
    [
        ({"hidden": 1.5}, "the dial hidden goes from 0 to 1, got 1.5"),
        ({"different": -0.1}, "the dial different goes from 0 to 1, got -0.1"),
        ({"order": "best"}, "order is one of fit, sure, stars, got 'best'"),
        ({"series": -1}, "series is a whole number of at least 0, got -1"),
        ({"mood": 1}, "dials are like, hidden, different, order, series"),
    ],
)
def test_what_is_no_dial_is_named(dials: dict[str, object], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        Dials.of(dials)


def test_dials_show_what_is_turned() -> None:
    assert repr(Dials()) == "Dials()"
    assert repr(Dials([6], 0.5)) == "Dials(like=(6,), hidden=0.5)"
    assert Dials(like=6) == Dials(like=[6])
