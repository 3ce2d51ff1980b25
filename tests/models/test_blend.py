"""The default: its weights, its parts, and which way each of them moves a list."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.models.conftest import movie_id

from matinee import Profile
from matinee.catalog import Catalog
from matinee.dataset import Dataset
from matinee.errors import ParameterError
from matinee.models.blend import _WEIGHTS, MEMBERS, TOLD, Blend, _Cases, _improved
from matinee.ratings import Ratings
from matinee.recommend.batch import ProfileBatch
from matinee.recommend.rerank import standardised

SMALL = {"factors": 8, "stars": "bias"}


def mixed_world(n_users: int = 240, n_movies: int = 90) -> Dataset:
    """People choose by a taste in genres, by a hidden group, and by what is popular."""
    rng = np.random.default_rng(5)
    genre, group = np.arange(n_movies) % 3, rng.integers(0, 4, n_movies)
    popular = rng.normal(0, 0.7, n_movies)
    users, movies, stars = [], [], []
    for user in range(n_users):
        draw = popular + 1.0 * (genre == user % 3) + 1.2 * (group == rng.integers(0, 4))
        order = np.argsort(-(draw + rng.gumbel(0, 0.8, n_movies)))[: rng.integers(14, 40)]
        for movie in order.tolist():
            users.append(user)
            movies.append(movie_id(movie))
            stars.append(float(np.clip(round(3.6 + 0.3 * draw[movie] + rng.normal()), 1, 5)))
    catalog = Catalog.from_columns(
        [movie_id(code) for code in range(n_movies)],
        [f"Film {code} ({1960 + code // 3})" for code in range(n_movies)],
        genres=[[("Western", "Horror", "Musical")[kind]] for kind in genre],
    )
    ratings = Ratings.from_columns(users, movies, stars, movies=catalog.movie_ids)
    return Dataset(ratings, catalog, name="mixed", licence="none", citation="none")


@pytest.fixture(scope="module")
def mixed() -> Dataset:
    return mixed_world()


@pytest.fixture(scope="module")
def blend(mixed: Dataset) -> Blend:
    return Blend(**SMALL).fit(mixed)


def scores(model: Blend, profile: dict[int, float]) -> np.ndarray:
    return model.scored(profile).scores


def profile_of(mixed: Dataset, genre: str, n: int, stars: float = 5.0) -> dict[int, float]:
    column = mixed.catalog.genre_names.index(genre)
    codes = np.flatnonzero(mixed.catalog.genres[:, column])[:n]
    return {movie_id(int(code)): stars for code in codes}


def of_lengths(*lengths: int) -> ProfileBatch:
    """People who gave all the films that they told of five stars."""
    total = sum(lengths)
    return ProfileBatch(
        np.cumsum([0, *lengths]), np.zeros(total, np.int32), np.full(total, 5.0, np.float32),
        np.zeros(total, np.int64), 90, np.full(len(lengths), -1, np.int32),
    )  # fmt: skip


# -- weights -----------------------------------------------------------------------------------


def test_learned_weights_are_mixed(blend: Blend) -> None:
    """Where several things say something, no member has all the weight, and not all the same."""
    few = [blend.weights[name][2] for name in MEMBERS]
    assert sum(weight > 0.05 for weight in few) >= 3
    assert np.std(few) > 0.2
    assert [round(entry["told"]) for entry in blend.history] == TOLD.tolist()


def test_learning_turns_to_the_member_that_finds_what_people_like() -> None:
    """Here `ease` knows what people like and taste is chance: the one rises, the other falls."""
    rng = np.random.default_rng(0)
    cases = []
    for told in (1, 10, 100):
        said = rng.normal(size=(150, 80, len(MEMBERS))).astype(np.float32)
        chosen = np.argsort(-said[:, :, 1] - rng.normal(0, 0.5, (150, 80)), axis=1)[:, :10]
        worth = np.zeros((150, 80), dtype=np.float32)
        np.put_along_axis(worth, chosen, 1.0, axis=1)
        missing = np.zeros(worth.shape, dtype=np.bool_)
        ideal = np.full(150, (1 / np.log2(np.arange(2, 12))).sum(), dtype=np.float32)
        cases.append(_Cases(1.0, np.full(150, told), said, missing, worth, ideal))
    before, after = _WEIGHTS[3], _improved(cases)[3]
    ease, taste = MEMBERS.index("ease"), MEMBERS.index("taste")
    assert after[ease] > 3 * before[ease]
    assert after[taste] < before[taste] / 3
    assert np.array_equal(_improved([]), _WEIGHTS)


def test_histories_of_likes_are_learned_from_whole(
    mixed: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int | None] = []
    made = _Cases.of

    def spy(*given: Any) -> _Cases | None:
        asked.append(given[4])
        return made(*given)

    monkeypatch.setattr(_Cases, "of", spy)
    likes = mixed.replace(mixed.ratings.take(mixed.ratings.stars >= 4))
    for data, told in ((likes, [None]), (mixed, [*TOLD[1:].tolist(), None])):
        asked.clear()
        Blend(**SMALL).fit(data, spread=False)
        assert asked == told


def test_weights_move_with_the_length_of_a_profile(blend: Blend) -> None:
    blend._weights = blend._weights.copy()
    before = blend._weights.copy()
    try:
        blend._weights[:, 1] = [0.3, 0.0, 0.1, 0.2, 0.4, 0.8, 0.9]
        at = blend._weights_for(of_lengths(0, 1, 3, 10, 55, 300, 5000))[:, 1]
        assert at[[0, 1, 2, 3]] == pytest.approx([0.3, 0.0, 0.1, 0.2])
        assert 0.55 < at[4] < 0.65  # half way between 30 and 100, by ratio
        assert at[[5, 6]] == pytest.approx([0.9, 0.9])
    finally:
        blend._weights = before


def test_too_few_people_leave_the_weights_as_they_are(world: Dataset) -> None:
    few = world.replace(world.ratings.take(world.ratings.users < 30))
    model = Blend(**SMALL).fit(few)
    assert model.weights["taste"].tolist() == [0, 1, 1, 1, 0.8, 0.5, 0.3]
    unlearned = Blend(**SMALL, validation_users=0).fit(world)
    assert unlearned.weights["taste"].tolist() == model.weights["taste"].tolist()


# -- the score ---------------------------------------------------------------------------------


def test_the_score_is_the_weighted_sum_of_its_members(blend: Blend) -> None:
    profile = {movie_id(0): 5.0, movie_id(1): 1.0, movie_id(5): 4.0}
    batch = blend._batch([Profile(profile)])
    weights = blend._weights_for(batch)[0]
    expected = weights[3] * blend._taste.score(batch)[0] + weights[4] * blend._taste.known
    for weight, (_, member) in zip(weights, blend._scorers(), strict=False):
        own = member._score(batch)[0]
        expected = expected + weight * standardised(own)
    assert scores(blend, profile) == pytest.approx(expected, abs=1e-4)


def test_nobody_gets_the_most_liked_films(blend: Blend, mixed: Dataset) -> None:
    liked = mixed.ratings.stars >= 4
    likes = np.bincount(mixed.ratings.movies[liked], minlength=len(mixed.catalog))
    by_score = likes[np.argsort(-scores(blend, {}))]
    assert (np.diff(by_score) <= 0).all()


def test_one_rating_moves_a_sensible_list_and_the_prior_holds_it(mixed: Dataset) -> None:
    """The stronger the prior, the less a single film moves the scores."""
    moved = []
    for prior in (0.01, 0.3):
        model = Blend(**SMALL, prior=prior, validation_users=0).fit(mixed)
        nobody, one = (standardised(model._als._score(model._batch([Profile(p)]))[0])
                       for p in ({}, {movie_id(4): 5.0}))  # fmt: skip
        moved.append(np.corrcoef(nobody, one)[0, 1])
    assert moved[1] > moved[0] + 0.1


def test_hated_films_alone_leave_what_people_know(blend: Blend, mixed: Dataset) -> None:
    """Not the films that nobody rated and nothing speaks against."""
    hated = profile_of(mixed, "Horror", 4, 1.0)
    films = blend.recommend(hated, n=10)
    counts = blend.stats.counts
    listed = [counts[blend.catalog.code_of(film.movie_id)] for film in films]
    assert np.median(listed) > np.median(counts)
    fine = {**hated, movie_id(0): 4.0}
    weights = [blend._weights_for(blend._batch([Profile(p)]))[0, 4] for p in (hated, fine)]
    assert weights[0] > weights[1] + 0.5


@pytest.mark.parametrize("genre", ["Western", "Horror", "Musical"])
def test_a_fan_gets_the_genre_and_a_hater_does_not(
    blend: Blend, mixed: Dataset, genre: str
) -> None:
    loved, hated = (profile_of(mixed, genre, 5, stars) for stars in (5.0, 1.0))
    of_kind = [
        sum(genre in film.genres for film in blend.recommend(profile, n=10))
        for profile in (loved, {}, hated)
    ]
    assert of_kind[0] >= 7
    assert of_kind[0] > of_kind[1] >= of_kind[2]
    assert of_kind[2] <= 2


def test_stars_on_another_scale_give_the_same_lists(mixed: Dataset) -> None:
    ratings = mixed.ratings
    ids = np.asarray([mixed.catalog.movie_ids.id_of(code) for code in ratings.movies.tolist()])
    scaled = Ratings.from_columns(
        ratings.users.tolist(), ids.tolist(), (ratings.stars * 20 + 7).tolist(),
        movies=mixed.catalog.movie_ids,
    )  # fmt: skip
    here, there = Blend(**SMALL).fit(mixed), Blend(**SMALL).fit(mixed.replace(scaled))
    profile = {movie_id(3): 5.0, movie_id(8): 1.0, movie_id(40): 4.0}
    other = {film: 20 * stars + 7 for film, stars in profile.items()}
    assert np.allclose(here._weights, there._weights)
    assert here.recommend(profile, n=20).movie_ids == there.recommend(other, n=20).movie_ids


# -- reasons, similar films, arguments -----------------------------------------------------------


def test_parts_have_kinds_and_add_up(blend: Blend, mixed: Dataset) -> None:
    profile = {**profile_of(mixed, "Western", 3), **profile_of(mixed, "Horror", 2, 1.0)}
    film = blend.recommend(profile, n=1)[0].movie_id
    parts = blend.contributions(profile, film)
    assert parts.total == pytest.approx(
        scores(blend, profile)[blend.catalog.code_of(film)], abs=1e-4
    )
    kinds = {kind: value for kind, _, value in parts.features}
    assert set(kinds) == {"popularity", "genre", "decade"}
    names = [name for kind, name, _ in parts.features if kind in ("genre", "decade")]
    assert names[0] == "Western"
    assert kinds["genre"] > 0


def test_similar_films_are_of_its_kind(blend: Blend) -> None:
    for code in (0, 1, 2):
        kinds = [
            blend.catalog.code_of(film) % 3 for film in blend.similar(movie_id(code)).movie_ids
        ]
        assert kinds.count(code) >= 5


def test_a_star_model_must_predict_stars() -> None:
    with pytest.raises(ParameterError, match="stars must name a model that predicts stars"):
        Blend(stars="ease")
    with pytest.raises(ParameterError, match="stars must name"):
        Blend(stars="blend")
