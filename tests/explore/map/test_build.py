"""From a model to a map: which films, where, and how far it says it can be trusted."""

from __future__ import annotations

import subprocess
import sys
import types
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn import manifold
from tests.models.conftest import make_world

import matinee
from matinee.catalog import Catalog
from matinee.dataset import Dataset
from matinee.errors import MissingExtraError, NotFittedError, NotSupportedError, ParameterError
from matinee.explore.map import FilmMap, build_map
from matinee.explore.map.build import main_genres, place_films, trustworthiness
from matinee.models.base import Recommender
from matinee.progress import ProgressEvent


@pytest.fixture(scope="module")
def world() -> Dataset:
    return make_world()


@pytest.fixture(scope="module")
def model(world: Dataset) -> Recommender:
    return matinee.create_model("svd", factors=8).fit(world)


@pytest.fixture(scope="module")
def by_tsne(model: Recommender) -> FilmMap:
    return build_map(model)


def assert_belongs(film_map: FilmMap, model: Recommender) -> None:
    """Each row tells what the catalog and the ratings tell of its film."""
    catalog, stats = model.catalog, model.stats
    codes = catalog.codes_of(list(film_map.movie_ids))
    assert np.array_equal(film_map.ratings, stats.counts[codes])
    np.testing.assert_allclose(film_map.mean_stars, stats.means[codes], rtol=1e-6)
    assert np.array_equal(film_map.years, catalog.years[codes])
    assert list(film_map.titles) == [catalog.display_title(int(code)) for code in codes]
    assert (np.diff(film_map.ratings.astype(int)) <= 0).all()
    for code, genre in zip(codes.tolist(), film_map.genres.tolist(), strict=True):
        assert film_map.genre_names[genre] in catalog.genres_of(code)


def test_films_are_those_with_enough_ratings(model: Recommender, by_tsne: FilmMap) -> None:
    expected = np.flatnonzero(model.stats.counts >= 5)
    assert sorted(by_tsne.movie_ids) == model.catalog.movie_ids.ids[expected].tolist()
    assert_belongs(by_tsne, model)
    fewer = build_map(model, layout="pca", min_ratings=30)
    assert 8 <= len(fewer) < len(by_tsne)
    assert fewer.ratings.min() >= 30


def test_it_says_how_it_was_made(model: Recommender, by_tsne: FilmMap) -> None:
    assert (by_tsne.layout, by_tsne.model) == ("tsne", "svd")
    assert by_tsne.dataset == "world-0"
    assert by_tsne.explained_variance is None
    assert by_tsne.neighbors == 15
    by_pca = build_map(model, layout="pca", version="abc")
    assert by_pca.model_version == "abc"
    assert by_pca.explained_variance is not None
    across, up = by_pca.explained_variance
    assert 0 < up <= across < 1
    assert by_pca.trustworthiness is not None
    assert 0.5 < by_pca.trustworthiness <= 1


def test_both_axes_have_one_scale_and_fill_the_map(by_tsne: FilmMap) -> None:
    width = float(np.ptp(by_tsne.x)), float(np.ptp(by_tsne.y))
    assert max(width) == pytest.approx(2, abs=1e-5)
    assert min(width) > 0.1
    for values in (by_tsne.x, by_tsne.y):
        assert values.min() == pytest.approx(-values.max(), abs=1e-5)


def test_kinds_stand_together(model: Recommender, by_tsne: FilmMap) -> None:
    """Even films are of one kind, odd ones of another; the model is told so by ratings alone."""
    codes = model.catalog.codes_of(list(by_tsne.movie_ids))
    places = np.column_stack([by_tsne.x, by_tsne.y]).astype(float)
    distances = np.linalg.norm(places[:, None] - places[None, :], axis=2)
    np.fill_diagonal(distances, np.inf)
    nearest = np.argsort(distances, axis=1)[:, :4]
    assert (codes[nearest] % 2 == codes[:, None] % 2).mean() > 0.9


@pytest.mark.parametrize("layout", ["tsne", "pca"])
def test_a_map_repeats(model: Recommender, layout: str) -> None:
    first, second = (build_map(model, layout=layout) for _ in range(2))
    assert first.to_bytes() == second.to_bytes()
    assert first.names() == second.names()


def test_another_seed_gives_another_layout(model: Recommender, by_tsne: FilmMap) -> None:
    assert build_map(model, random_state=1).to_bytes() != by_tsne.to_bytes()


def test_umap_is_an_extra(model: Recommender, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "umap", None)
    with pytest.raises(
        MissingExtraError, match=r"needs the extra 'map': pip install 'matinee\[map"
    ):
        build_map(model, layout="umap")


def test_umap_is_asked_for_the_same_each_time(
    model: Recommender, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stand-in, since the real one compiles for more than a minute; benchmarks/map.py runs it."""
    asked: dict[str, Any] = {}

    class Stand:
        def __init__(self, **options: Any) -> None:
            asked.update(options)

        def fit_transform(self, vectors: Any) -> Any:
            warnings.warn("n_jobs was set to 1", UserWarning, stacklevel=1)
            return vectors[:, :2]

    monkeypatch.setitem(sys.modules, "umap", types.SimpleNamespace(UMAP=Stand))
    film_map = build_map(model, layout="umap", random_state=5)
    assert film_map.layout == "umap"
    assert_belongs(film_map, model)
    assert (asked["random_state"], asked["metric"], asked["n_neighbors"]) == (5, "cosine", 15)
    assert asked["init"].shape == (len(film_map), 2)
    assert asked["init"].dtype == np.float32


def test_what_cannot_be_drawn_is_told(model: Recommender, world: Dataset) -> None:
    with pytest.raises(ParameterError, match=r"layout must be one of .*tsne.*got 'round'"):
        build_map(model, layout="round")
    with pytest.raises(ParameterError, match=r"only 0 films have 1000 ratings .*min_rat"):
        build_map(model, min_ratings=1000)
    with pytest.raises(NotFittedError):
        build_map(matinee.create_model("svd"))
    popular = matinee.create_model("popular").fit(world)
    with pytest.raises(NotSupportedError, match="popular cannot place films in a space; these"):
        build_map(popular)


def test_progress_is_told(model: Recommender) -> None:
    events: list[ProgressEvent] = []
    build_map(model, progress=events.append)
    stages = list(dict.fromkeys(event.stage for event in events))
    assert stages == ["vectors", "layout", "trustworthiness"]


def test_principal_components_are_those_of_an_svd() -> None:
    vectors = np.random.default_rng(0).standard_normal((40, 6)) * [5, 1, 3, 1, 1, 1]
    places, variance = place_films(vectors, "pca")
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    left, strength, _ = np.linalg.svd(units - units.mean(axis=0), full_matrices=False)
    for axis in range(2):
        assert abs(np.corrcoef(places[:, axis], left[:, axis])[0, 1]) == pytest.approx(1)
    assert variance == pytest.approx((strength**2 / (strength**2).sum())[:2], abs=1e-6)


def test_one_dimension_is_a_line() -> None:
    places, variance = place_films(np.array([[-2.0], [1.0], [3.0]]), "pca")
    assert not places[:, 1].any()
    assert variance == [1.0, 0.0]


def groups(n: int = 240) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Vectors around six directions, and which is whose."""
    rng = np.random.default_rng(0)
    group = np.arange(n) % 6
    centers = rng.standard_normal((6, 12)) * 2
    return (centers[group] + 0.6 * rng.standard_normal((n, 12))).astype(np.float32), group


def test_tsne_keeps_together_what_belongs_together() -> None:
    vectors, group = groups()
    places, _ = place_films(vectors)
    distances = np.linalg.norm(places[:, None] - places[None, :], axis=2)
    np.fill_diagonal(distances, np.inf)
    near = np.argsort(distances, axis=1)[:, :5]
    assert (group[near] == group[:, None]).mean() > 0.95
    assert trustworthiness(vectors, places) > trustworthiness(
        vectors, place_films(vectors, "pca")[0]
    )


def test_films_with_one_vector_stand_apart_but_together() -> None:
    """Many films have the same genres and no tags: they must not fall onto one point."""
    vectors, _ = groups(120)
    vectors[40:] = vectors[40]
    places, _ = place_films(vectors)
    assert len(np.unique(places[40:].round(6), axis=0)) == 80


@pytest.mark.parametrize("n", [8, 20])
def test_few_films_are_enough(n: int) -> None:
    places, _ = place_films(groups(n)[0])
    assert np.isfinite(places).all()


def test_the_rarest_genre_is_the_main_one() -> None:
    genres = ["Drama|Comedy", "Drama|IMAX", "Comedy", "Comedy|Western|Drama", "IMAX", "Comedy", ""]
    catalog = Catalog.from_columns(range(7), list("ABCDEFG"), genres=genres)
    main, names = main_genres(catalog)
    assert [names[g] if g != 255 else None for g in main.tolist()] == [
        *("Drama", "Drama", "Comedy", "Western", None, "Comedy", None),
    ]
    assert set(names[:2]) == {"Drama", "Comedy"}
    assert names[2:] == ["Western"]


def test_films_without_genres_have_none() -> None:
    catalog = Catalog.from_columns([1, 2], ["A", "B"])
    main, names = main_genres(catalog)
    assert main.tolist() == [255, 255]
    assert names == []


def test_more_genres_than_a_map_has_room_for() -> None:
    names = [f"g{number:03d}" for number in range(300)]
    genres = [f"{names[0]}|{name}" for name in names]
    main, kept = main_genres(Catalog.from_columns(range(300), names, genres=genres))
    assert len(kept) == 254
    # A genre that has no room leaves the film to another of its genres.
    assert kept[0] == "g000"
    assert (main != 255).all()


def test_the_broad_arrangement_needs_nothing_heavy(model: Recommender, tmp_path: Path) -> None:
    """A server may draw it when it starts."""
    path = model.save(tmp_path / "model")
    code = (
        "import sys, matinee\n"
        "from matinee.explore.map import build_map\n"
        f"build_map(matinee.load_model({str(path)!r}), layout='pca').to_bytes()\n"
        "heavy = ('numba', 'sklearn', 'polars', 'matplotlib', 'torch', 'pandas')\n"
        "print([name for name in heavy if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@given(seed=st.integers(0, 10_000), n=st.integers(13, 60), k=st.integers(1, 6))
def test_it_is_that_of_scikit_learn(seed: int, n: int, k: int) -> None:
    rng = np.random.default_rng(seed)
    vectors = rng.standard_normal((n, 5)).astype(np.float32)
    places = rng.standard_normal((n, 2))
    expected = manifold.trustworthiness(
        vectors.astype(np.float64), places, n_neighbors=k, metric="cosine"
    )
    assert trustworthiness(vectors, places, k=k) == pytest.approx(expected, abs=1e-6)


def test_by_hand() -> None:
    """Five directions; the map puts the last one beside the first."""
    angles = np.radians([0, 10, 21, 33, 46])
    vectors = np.column_stack([np.cos(angles), np.sin(angles)]).astype(np.float32)
    places = np.array([[0.0, 0], [1, 0], [2.1, 0], [3.3, 0], [-0.5, 0]])
    # The nearest on the map of the first is the last, of the last the first: each stands fourth in
    # the other's own list, 3 too far. The other three have on the map whom they have in truth.
    assert trustworthiness(vectors, places, k=1) == pytest.approx(
        1 - 2 * 6 / (5 * 1 * (10 - 3 - 1))
    )
    assert trustworthiness(vectors, np.column_stack([angles, angles]), k=1) == 1


def test_a_sample_is_near_the_whole_and_repeats() -> None:
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((900, 6)).astype(np.float32)
    places = vectors[:, :2].astype(np.float64)
    whole = trustworthiness(vectors, places, sample=None)
    part = trustworthiness(vectors, places, sample=300)
    assert part == pytest.approx(whole, abs=0.02)
    assert part != whole
    assert trustworthiness(vectors, places, sample=300) == part


def test_films_in_one_place_do_not_count_themselves() -> None:
    vectors = np.random.default_rng(1).standard_normal((40, 4)).astype(np.float32)
    assert 0 <= trustworthiness(vectors, np.zeros((40, 2)), k=5) <= 1


def test_too_few_films_are_told() -> None:
    with pytest.raises(ParameterError, match="15 neighbors needs more than 30 films, got 30"):
        trustworthiness(np.ones((30, 2), np.float32), np.ones((30, 2)))
