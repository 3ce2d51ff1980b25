"""The mix of models."""

from __future__ import annotations

import numpy as np
import pytest
from tests.models.conftest import movie_id, scores

from matinee.dataset import Dataset
from matinee.errors import ParameterError
from matinee.models import create_model
from matinee.models.blend import Blend
from matinee.recommend.rerank import standardised


@pytest.fixture(scope="module")
def blend(world: Dataset) -> Blend:
    return Blend(members="content,item-knn,popular").fit(world)


def test_weights_are_learned_and_add_up(blend: Blend) -> None:
    assert set(blend.weights) == {"content", "item-knn", "popular"}
    assert sum(blend.weights.values()) == pytest.approx(1)
    # In a world of two opposed tastes, what everybody likes says nothing.
    assert blend.weights["popular"] < 0.5
    assert blend.history == [blend.weights]


def test_the_score_is_the_weighted_sum_of_standard_scores(blend: Blend, world: Dataset) -> None:
    profile = {movie_id(0): 5.0, movie_id(1): 1.0}
    expected = np.zeros(len(world.catalog))
    for name, weight in blend.weights.items():
        member = create_model(name).fit(world)
        expected += weight * standardised(member._score(member._batch([_profile(profile)]))[0])
    for movie, score in scores(blend, profile).items():
        assert score == pytest.approx(expected[world.catalog.code_of(movie)], abs=1e-4)


def _profile(ratings: dict[int, float]) -> object:
    from matinee import Profile

    return Profile(ratings)


def test_held_out_films_are_liked_ones_of_able_people(world: Dataset) -> None:
    kept, hidden, users = Blend(validation_users=10)._hold_out(world.ratings)
    assert len(kept) + len(hidden) == len(world.ratings)
    assert 0 < len(users) <= 10
    assert set(np.unique(hidden.users)) == set(users)
    means = [world.ratings.csr()[[u]].data.mean() for u in range(world.ratings.n_users)]
    assert all(s >= means[u] for u, s in zip(hidden.users, hidden.stars, strict=True))


def test_too_little_data_gives_even_weights(world: Dataset) -> None:
    few = world.replace(world.ratings.take(world.ratings.movies < 5))
    weights = Blend(members="content,popular").fit(few).weights
    assert list(weights.values()) == [0.5, 0.5]


@pytest.mark.parametrize(
    ("members", "problem"),
    [
        ("ease", "at least two different models"),
        ("ease,ease", "at least two different models"),
        ("ease,blend", "other than blend"),
        ("ease,content", "one member must predict stars"),
        ("ease,nothing", "no model 'nothing'"),
    ],
)
def test_members_are_checked(members: str, problem: str) -> None:
    with pytest.raises((ParameterError, LookupError), match=problem):
        Blend(members=members)
    with pytest.raises(ParameterError, match="separated by commas"):
        Blend(members=["ease"])  # type: ignore[arg-type]
