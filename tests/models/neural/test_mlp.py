"""``mlp``: NumPy answers as PyTorch trained, further inputs count, people fold in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the extra 'neural'")

import matinee  # noqa: E402
from matinee import Profile  # noqa: E402
from matinee.catalog import Catalog  # noqa: E402
from matinee.dataset import Dataset  # noqa: E402
from matinee.errors import ParameterError  # noqa: E402
from matinee.models import create_model, model_class  # noqa: E402
from matinee.models.neural.mlp import MLP, embedding_size  # noqa: E402
from matinee.models.neural.networks import MLPNetwork  # noqa: E402
from matinee.ratings import Ratings  # noqa: E402
from matinee.recommend.batch import ProfileBatch  # noqa: E402


@pytest.mark.parametrize("output", ["sigmoid", "linear"])
@pytest.mark.parametrize("inputs", [[], ["genres"], ["genres", "time"]])
def test_numpy_answers_what_the_network_learned(
    world: Dataset, monkeypatch: pytest.MonkeyPatch, inputs: list[str], output: str
) -> None:
    networks: list[MLPNetwork] = []
    start = MLPNetwork.__init__

    def remember(self: MLPNetwork, *args: Any, **kwargs: Any) -> None:
        start(self, *args, **kwargs)
        networks.append(self)

    monkeypatch.setattr(MLPNetwork, "__init__", remember)
    model = MLP(
        factors=4,
        layers=[8, 5],
        inputs=inputs,
        output=output,
        epochs=3,
        shrinkage=0.0,
        validation_share=0.0,
    ).fit(world, spread=False)
    everybody = np.arange(world.ratings.n_users, dtype=np.int32)
    batch = ProfileBatch.from_ratings(world.ratings, everybody).with_users(everybody)
    users, movies = world.ratings.users, world.ratings.movies
    columns = {name: torch.tensor(column) for name, column in model._columns(world.ratings).items()}
    if "time" in inputs:
        columns["times"] = torch.tensor(model._now(batch)[users])
    expected = model._from_five(networks[-1].predict(columns).numpy().copy())
    assert np.allclose(model._predict(batch, users.astype(np.intp), movies), expected, atol=1e-5)
    scores = model._all_stars(batch)
    assert np.allclose(scores[users, movies], expected, atol=1e-5)


@pytest.mark.parametrize(("n", "size"), [(1, 2), (943, 74), (1682, 102), (10**7, 600)])
def test_embedding_sizes(n: int, size: int) -> None:
    assert embedding_size(n) == size


def test_factors_none_sizes_each_table_by_rule(world: Dataset) -> None:
    model = MLP(factors=None, layers=[4], epochs=1).fit(world)
    assert model._user_table.shape == (80, embedding_size(80))
    assert model._movie_table.shape == (50, embedding_size(50))


def test_derivatives_of_the_fold_in_are_right(world: Dataset) -> None:
    model = MLP(factors=4, layers=[16, 8], epochs=5).fit(world)
    rng = np.random.default_rng(0)
    into, base = rng.normal(size=(5, 16)), rng.normal(size=(9, 16))
    response, vector = model._response(base, into), rng.normal(size=5)
    slopes = response(vector)[1]()
    for axis in range(5):
        step = np.zeros(5)
        step[axis] = 1e-6
        numeric = (response(vector + step)[0] - response(vector - step)[0]) / 2e-6
        assert np.allclose(slopes[:, axis], numeric, atol=1e-5)


def test_the_reduced_unknowns_solve_the_whole_problem(world: Dataset) -> None:
    """Embeddings wider than the first layer: the solution is that over all coordinates."""
    from matinee.models.fold_in import gauss_newton

    model = MLP(factors=12, layers=[4], epochs=8, output="linear").fit(world)
    profile = world.profile(3)
    batch = ProfileBatch.from_profiles([Profile(profile.ratings)], world.catalog, model.scale)
    found = model._solve(batch, model._penalty)[0]
    base = model._from_movie[batch.movies].astype(np.float64)
    inner = model._response(base, model._from_user.astype(np.float64))
    prior, penalty = model._prior.astype(float), model._penalty.astype(float)
    stars = batch.stars.astype(float)

    def total(vector: np.ndarray) -> float:
        moved = vector - prior
        return float(np.sum((stars - inner(vector)[0]) ** 2) + penalty @ (moved * moved))

    whole = gauss_newton(inner, stars, prior, penalty, iterations=50)
    assert total(found.astype(float)) <= total(whole) * 1.02
    assert total(found.astype(float)) < total(prior)


def test_genres_tell_about_a_film_that_nobody_rated(world: Dataset) -> None:
    ids = list(world.catalog.movie_ids)
    action = Profile(dict.fromkeys(ids[:20:2], 5.0) | dict.fromkeys(ids[1:20:2], 1.0))
    unrated_action, unrated_romance = ids[48], ids[49]
    blind = MLP(factors=8, layers=[16], epochs=30).fit(world)
    seeing = MLP(factors=8, layers=[16], epochs=30, inputs=["genres"]).fit(world)
    films = [unrated_action, unrated_romance]
    alike, apart = blind.predict(action, films), seeing.predict(action, films)
    assert abs(float(alike[0] - alike[1])) < 1e-5
    assert apart[0] - apart[1] > 0.5


def test_time_counts_where_tastes_move() -> None:
    """Everybody gives one star at the beginning and five at the end."""
    rng = np.random.default_rng(1)
    users, movies = np.repeat(np.arange(50), 20), np.tile(np.arange(20), 50)
    times = rng.integers(1_000, 2_001, users.size)
    stars = np.clip(1 + 4 * (times - 1_000) / 1_000 + rng.normal(0, 0.2, users.size), 1, 5)
    data = Dataset.of(Ratings.from_columns(users, movies, stars, times))
    model = MLP(factors=4, layers=[16], epochs=40, inputs=["time"]).fit(data)
    early = Profile({0: 1.0}, timestamps={0: 1_000})
    late = Profile({0: 5.0}, timestamps={0: 2_000})
    unknown = Profile({0: 5.0})
    assert model.predict(early, [5, 6]).max() < 2.0
    assert model.predict(late, [5, 6]).min() > 4.0
    assert np.allclose(model.predict(unknown, [5, 6]), model.predict(late, [5, 6]), atol=1e-4)


def test_films_that_few_rated_are_drawn_to_the_mean_film(world: Dataset) -> None:
    plain = MLP(factors=4, layers=[8], epochs=3, shrinkage=0.0).fit(world)
    drawn = MLP(factors=4, layers=[8], epochs=3, shrinkage=20.0).fit(world)
    # The counts of the training part, without the ratings that were held out.
    distance = [
        np.linalg.norm(model._movie_table - model._movie_table[-1], axis=1)
        for model in (plain, drawn)
    ]
    rated = plain.stats.counts > 0
    assert np.all(distance[1][rated] < distance[0][rated])
    ratio = distance[1][rated] / distance[0][rated]
    assert np.corrcoef(ratio, plain.stats.counts[rated])[0, 1] > 0.8
    # The two films without any rating are the mean film itself.
    assert np.array_equal(plain._movie_table[-1], plain._movie_table[-2])


def test_a_model_with_inputs_is_stored_whole(world: Dataset, tmp_path: Path) -> None:
    model = MLP(factors=4, layers=[8], epochs=2, inputs=["genres", "time"]).fit(world)
    loaded = matinee.load_model(model.save(tmp_path / "model"))
    for profile in (world.profile(3), Profile({}), Profile({103: 5.0}, timestamps={103: 10**9})):
        assert loaded.recommend(profile, n=20) == model.recommend(profile, n=20)


def test_a_catalogue_without_genres_is_fine(world: Dataset) -> None:
    bare = Dataset.of(world.ratings, Catalog.untitled(world.catalog.movie_ids))
    model = MLP(factors=4, layers=[8], epochs=1, inputs=["genres"]).fit(bare)
    assert len(model.recommend({103: 4.0}, n=5)) == 5


def test_presets_are_those_of_the_articles() -> None:
    def shape(preset: str) -> tuple[Any, ...]:
        params = create_model("mlp", preset=preset).params
        return params["factors"], params["layers"], params["output"], params["optimizer"]

    assert shape("16-32") == (16, [32], "linear", "adam")
    assert shape("5-128-32") == (5, [128, 32], "linear", "adam")
    assert shape("fastai") == (None, [100, 50], "sigmoid", "adamw")
    assert set(model_class("mlp").presets) == {"16-32", "5-128-32", "fastai"}


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"layers": []}, "layers must have at least one hidden layer"),
        ({"layers": [0]}, "layers must be a whole number of at least 1, got 0"),
        ({"layers": 3.5}, "layers must be a list"),
        ({"inputs": ["genre"]}, "inputs must be one of 'genres', 'time', got 'genre'"),
        ({"dropout": 1.0}, "dropout must be a number between 0 and 0.95"),
        ({"factors": 0}, "factors must be a whole number of at least 1"),
    ],
)
def test_wrong_hyper_parameters_are_named(params: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        MLP(**params)


def test_a_single_value_is_a_list_of_one() -> None:
    assert MLP(layers=32, inputs="time").params["layers"] == [32]
    assert MLP(layers=32, inputs="time").params["inputs"] == ["time"]


@pytest.mark.slow
@pytest.mark.movielens
def test_stars_of_ml_100k(ml_100k: Path) -> None:
    """Below the 0.9388 of fastai's five epochs (benchmarks/neural.py)."""
    from matinee.datasets.splits import random

    split = random(matinee.load(str(ml_100k)), test_size=0.2, seed=3)
    model = MLP().fit(split.train)
    ratings, test = split.train.ratings, split.test
    everybody = np.arange(ratings.n_users, dtype=np.int32)
    batch = ProfileBatch.from_ratings(ratings, everybody)
    rows, movies = test.users.astype(np.intp), test.movies
    for people in (batch.with_users(everybody), batch):  # as learned, and all folded in
        error = model._stars(people, rows, movies) - test.stars
        assert np.sqrt(np.mean(error**2)) < 0.935
