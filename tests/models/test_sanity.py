"""The articles' own inputs, on the bundled sample: what a person would call a sensible answer."""

from __future__ import annotations

import pytest

import matinee
from matinee import Dataset, Profile, Recommender

HEROES = {"Batman Begins": 4.5, "The Avengers (2012)": 3.5, "Iron Man 3": 4.0}
CHILDREN = {"Toy Story": 4.5, "Finding Nemo": 5.0, "Monsters, Inc.": 4.5, "The Lion King": 4.0}


@pytest.fixture(scope="module")
def sample() -> Dataset:
    return matinee.load("sample")


@pytest.fixture(scope="module")
def content(sample: Dataset) -> Recommender:
    return matinee.create_model("content").fit(sample)


@pytest.fixture(scope="module")
def ease(sample: Dataset) -> Recommender:
    return matinee.create_model("ease", max_movies=2000).fit(sample)


@pytest.fixture(scope="module")
def blend(sample: Dataset) -> Recommender:
    return matinee.create_model("blend", max_movies=2000, validation_users=100).fit(sample)


def test_spider_man_brings_spider_man(sample: Dataset, content: Recommender) -> None:
    found = content.similar(sample.catalog.find("Spider-Man (2002)"), n=10)
    assert all("Spider-Man" in title for title in found.titles[:2])
    assert sum("Spider-Man" in title for title in found.titles) >= 3


def test_toy_story_brings_toy_story_2_and_animation(sample: Dataset, content: Recommender) -> None:
    found = content.similar(sample.catalog.find("Toy Story"), n=10)
    assert found[0].title == "Toy Story 2"
    assert all("Animation" in film.genres for film in found)


def test_the_shawshank_redemption_brings_no_animation(
    sample: Dataset, content: Recommender, ease: Recommender, blend: Recommender
) -> None:
    for model in (content, ease, blend):
        found = model.similar(sample.catalog.find("The Shawshank Redemption"), n=20)
        assert not any("Animation" in film.genres for film in found), model


def test_super_heroes_bring_action_and_no_musical(
    sample: Dataset, ease: Recommender, blend: Recommender
) -> None:
    loved = Profile.from_titles(HEROES, sample.catalog)
    for model in (ease, blend):
        found = model.recommend(loved, n=10)
        action = [film for film in found if {"Action", "Sci-Fi"} & set(film.genres)]
        assert len(action) >= 7, found
        assert not any("Musical" in film.genres for film in found)


def test_the_same_films_with_one_star_give_another_list(
    sample: Dataset, ease: Recommender, blend: Recommender
) -> None:
    loved = Profile.from_titles(HEROES, sample.catalog)
    hated = Profile.from_titles(dict.fromkeys(HEROES, 1.0), sample.catalog)
    for model in (ease, blend):
        first, second = model.recommend(loved, n=10), model.recommend(hated, n=10)
        assert len(set(first.movie_ids) & set(second.movie_ids)) <= 1
        action = [film for film in second if {"Action", "Sci-Fi"} & set(film.genres)]
        assert len(action) <= 3, second


def test_children_s_animation_brings_no_war(
    sample: Dataset, ease: Recommender, blend: Recommender
) -> None:
    loved = Profile.from_titles(CHILDREN, sample.catalog)
    for model in (ease, blend):
        found = model.recommend(loved, n=10)
        assert not any("War" in film.genres for film in found), found
        assert sum("Animation" in film.genres for film in found) >= 4, found
