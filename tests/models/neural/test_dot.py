"""``dot``: NumPy answers as PyTorch trained, people fold in, tastes are found."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.models.conftest import similarities

torch = pytest.importorskip("torch", reason="needs the extra 'neural'")

import matinee  # noqa: E402
from matinee import Profile  # noqa: E402
from matinee.dataset import Dataset  # noqa: E402
from matinee.errors import ParameterError  # noqa: E402
from matinee.models import create_model, model_class  # noqa: E402
from matinee.models.neural.dot import Dot  # noqa: E402
from matinee.models.neural.networks import DotNetwork  # noqa: E402
from matinee.ratings import Ratings  # noqa: E402
from matinee.recommend.batch import ProfileBatch  # noqa: E402


@pytest.fixture(scope="module")
def fitted(world: Dataset) -> Dot:
    return Dot(factors=8, epochs=15).fit(world)


def test_numpy_answers_what_the_network_learned(
    world: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    networks: list[DotNetwork] = []
    start = DotNetwork.__init__

    def remember(self: DotNetwork, *args: Any, **kwargs: Any) -> None:
        start(self, *args, **kwargs)
        networks.append(self)

    monkeypatch.setattr(DotNetwork, "__init__", remember)
    for output in ("sigmoid", "linear"):
        model = Dot(factors=4, epochs=3, output=output, validation_share=0.0)
        model.fit(world, spread=False)
        rows = model._columns(world.ratings)
        expected = networks[-1].predict({"pairs": torch.tensor(rows["pairs"])}).numpy()
        expected = model._from_five(expected.copy())
        users = world.ratings.users
        everybody = np.arange(world.ratings.n_users, dtype=np.int32)
        batch = ProfileBatch.from_ratings(world.ratings, everybody).with_users(everybody)
        found = model._predict(batch, users.astype(np.intp), world.ratings.movies)
        assert np.allclose(found, expected, atol=1e-5)


def test_two_tastes_are_told_apart(fitted: Dot, world: Dataset) -> None:
    ids = list(world.catalog.movie_ids)
    even, odd = ids[:46:2], ids[1:46:2]
    action = Profile(dict.fromkeys(even[:5], 5.0) | dict.fromkeys(odd[:5], 1.0))
    assert fitted.predict(action, even[6:]).mean() > fitted.predict(action, odd[6:]).mean() + 1.0


def test_a_training_user_folded_in_is_predicted_alike(fitted: Dot, world: Dataset) -> None:
    ids = list(world.catalog.movie_ids)
    errors = []
    for user in range(1, 31):
        known = world.profile(user)
        folded = fitted.predict(Profile(known.ratings), ids)
        errors.append(np.abs(fitted.predict(known, ids) - folded).mean())
    assert np.mean(errors) < 0.25


def test_an_empty_profile_is_the_mean_person(fitted: Dot) -> None:
    expected = fitted._stars_of_all(fitted._user_table.mean(axis=0), 0.0)
    expected = fitted._from_five(expected) - fitted._doubt()
    found = fitted.recommend(Profile({}), n=50)
    best = [fitted.catalog.movie_ids.id_of(code) for code in np.argsort(-expected)[:5].tolist()]
    assert list(found.movie_ids[:5]) == best


def test_one_rating_moves_less_than_many(fitted: Dot, world: Dataset) -> None:
    ids = list(world.catalog.movie_ids)
    films = dict.fromkeys(ids[:24:2], 5.0)
    nobody = fitted.predict(Profile({}), ids)
    one = fitted.predict(Profile({ids[0]: 5.0}), ids)
    many = fitted.predict(Profile(films), ids)
    assert 0 < np.abs(one - nobody).mean() < np.abs(many - nobody).mean()


def test_the_nearest_people_answer_for_a_new_one(world: Dataset, tmp_path: Path) -> None:
    model = Dot(factors=8, epochs=15, fold_in="nearest", neighbors=1).fit(world)
    known = world.profile(7)
    ids = list(world.catalog.movie_ids)
    twin = Profile(known.ratings)
    assert np.array_equal(model.predict(twin, ids), model.predict(known, ids))
    few = Dot(factors=8, epochs=15, fold_in="nearest", neighbors=5).fit(world)
    loaded = matinee.load_model(few.save(tmp_path / "model"))
    assert loaded.recommend(twin, n=10) == few.recommend(twin, n=10)
    assert few.recommend(twin, n=10) != model.recommend(twin, n=10)


def test_films_without_ratings_lie_where_weight_decay_leads(fitted: Dot, world: Dataset) -> None:
    unrated = np.flatnonzero(world.ratings.movie_stats.counts == 0)
    assert unrated.size == 2
    assert not fitted._movie_table[unrated].any()
    for code in unrated.tolist():
        movie_id = world.catalog.movie_ids.id_of(code)
        assert movie_id not in fitted.similar(world.catalog.movie_ids.id_of(0), n=100).movie_ids


def test_similarity_is_the_cosine_shrunk_by_the_number_of_ratings(fitted: Dot) -> None:
    vectors, counts = fitted._movie_table[:, :-1], fitted.stats.counts
    films = fitted.similar(list(fitted.catalog.movie_ids)[4], n=3)
    for film in films:
        code = fitted.catalog.code_of(film.movie_id)
        lengths = np.linalg.norm(vectors[4]) * np.linalg.norm(vectors[code])
        cosine = vectors[4] @ vectors[code] / lengths
        score = similarities(fitted, list(fitted.catalog.movie_ids)[4])[film.movie_id]
        assert score == pytest.approx(cosine * counts[code] / (counts[code] + 10), abs=1e-5)


def test_movie_biases_are_stars_around_the_average_rating(fitted: Dot) -> None:
    biases, counts = fitted.movie_biases(), fitted.stats.counts
    assert biases.dtype == np.float32
    assert np.average(biases, weights=counts) == pytest.approx(0.0, abs=1e-4)
    assert not biases[counts == 0].any()
    rated = counts > 5
    assert np.corrcoef(biases[rated], fitted.stats.means[rated])[0, 1] > 0.5


def test_the_sigmoid_ends_beyond_the_stars_of_any_scale(fitted: Dot) -> None:
    assert fitted._range_of_network() == (0.0, 5.5)
    stars = np.array([0.5, 2.75, 5.0], np.float32)
    assert fitted._five(stars) == pytest.approx([1.0, 3.0, 5.0])
    assert fitted._from_five(np.array([1.0, 3.0, 5.0], np.float32)) == pytest.approx(stars)
    fitted_range = Dot(stars_range=(0, 5.5))
    fitted_range.scale = fitted.scale
    assert fitted_range._range_of_network() == pytest.approx((1 - 0.5 * 4 / 4.5, 5 + 0.5 * 4 / 4.5))


def test_a_range_of_ones_own_is_checked(world: Dataset) -> None:
    assert Dot(stars_range=(0, 6)).stars_range == [0.0, 6.0]
    for wrong in ((5, 1), (1,), "05", 3, ("a", "b")):
        with pytest.raises(ParameterError, match="stars_range must be two numbers"):
            Dot(stars_range=wrong)
    with pytest.raises(ParameterError, match=r"stars go from 0\.5 to 5, outside stars_range=\[1"):
        Dot(stars_range=(1, 5), epochs=1).fit(world)


def test_other_scales_are_learned_as_well() -> None:
    rng = np.random.default_rng(0)
    users, movies = np.repeat(np.arange(60), 20), np.tile(np.arange(20), 60)
    liked = (users % 2) == (movies % 2)
    stars = np.where(liked, 9.0, 2.0) + rng.integers(-1, 2, users.size)
    ratings = Ratings.from_columns(users, movies, stars)
    model = Dot(factors=4, epochs=20).fit(Dataset.of(ratings))
    found = model.predict({0: 10.0, 2: 10.0, 1: 1.0, 3: 1.0}, [4, 5])
    assert found[0] > 7.5
    assert found[1] < 3.5


def test_presets_are_those_of_the_articles() -> None:
    cls = model_class("dot")
    article = create_model("dot", preset="fastai")
    chosen = ("factors", "epochs", "batch_size", "learning_rate", "weight_decay", "schedule")
    assert [article.params[name] for name in chosen] == [50, 5, 64, 5e-3, 0.1, "one-cycle"]
    keras = create_model("dot", preset="keras", epochs=4)
    assert (keras.params["factors"], keras.params["optimizer"]) == (100, "adamax")
    assert (keras.params["patience"], keras.params["epochs"]) == (2, 4)
    for preset in cls.presets:
        create_model("dot", preset=preset)
    with pytest.raises(ParameterError, match="dot has no preset 'torch'; there are: 'fastai', 'ke"):
        create_model("dot", preset="torch")


def test_wrong_hyper_parameters_are_named() -> None:
    with pytest.raises(ParameterError, match="output must be one of 'sigmoid', 'linear'"):
        Dot(output="relu")
    with pytest.raises(ParameterError, match="fold_in must be one of 'optimize', 'nearest'"):
        Dot(fold_in="neighbours")
    with pytest.raises(ParameterError, match="neighbors must be a whole number of at least 1"):
        Dot(neighbors=0)


@pytest.mark.slow
@pytest.mark.movielens
def test_stars_of_ml_100k(ml_100k: Path) -> None:
    """Well below the 0.92 of fastai's five epochs (benchmarks/neural.py)."""
    from matinee.datasets.splits import random

    split = random(matinee.load(str(ml_100k)), test_size=0.2, seed=3)
    model = Dot().fit(split.train)
    ratings, test = split.train.ratings, split.test
    everybody = np.arange(ratings.n_users, dtype=np.int32)
    batch = ProfileBatch.from_ratings(ratings, everybody)
    rows, movies = test.users.astype(np.intp), test.movies
    for people in (batch.with_users(everybody), batch):  # as learned, and all folded in
        error = model._stars(people, rows, movies) - test.stars
        assert np.sqrt(np.mean(error**2)) < 0.912
