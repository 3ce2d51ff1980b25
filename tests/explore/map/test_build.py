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
from tests.models.conftest import make_world

import matinee
from matinee.catalog import Catalog
from matinee.dataset import Dataset
from matinee.errors import MissingExtraError, NotFittedError, NotSupportedError, ParameterError
from matinee.explore.map import FilmMap, build_map
from matinee.explore.map.build import main_genres, principal_components
from matinee.models.base import Recommender
from matinee.progress import ProgressEvent


@pytest.fixture(scope="module")
def world() -> Dataset:
    return make_world()


@pytest.fixture(scope="module")
def model(world: Dataset) -> Recommender:
    return matinee.create_model("svd", factors=8).fit(world)


@pytest.fixture(scope="module")
def by_neighbors(model: Recommender) -> FilmMap:
    return build_map(model)


def assert_belongs(film_map: FilmMap, model: Recommender) -> None:
    """Each row tells what the catalogue and the ratings tell of its film."""
    catalog, stats = model.catalog, model.stats
    codes = catalog.codes_of(list(film_map.movie_ids))
    assert np.array_equal(film_map.ratings, stats.counts[codes])
    np.testing.assert_allclose(film_map.mean_stars, stats.means[codes], rtol=1e-6)
    assert np.array_equal(film_map.years, catalog.years[codes])
    assert list(film_map.titles) == [catalog.display_title(int(code)) for code in codes]
    assert (np.diff(film_map.ratings.astype(int)) <= 0).all()
    for code, genre in zip(codes.tolist(), film_map.genres.tolist(), strict=True):
        assert film_map.genre_names[genre] in catalog.genres_of(code)


def test_films_are_those_with_enough_ratings(model: Recommender, by_neighbors: FilmMap) -> None:
    expected = np.flatnonzero(model.stats.counts >= 5)
    assert sorted(by_neighbors.movie_ids) == model.catalog.movie_ids.ids[expected].tolist()
    assert_belongs(by_neighbors, model)
    fewer = build_map(model, layout="pca", min_ratings=30)
    assert 8 <= len(fewer) < len(by_neighbors)
    assert fewer.ratings.min() >= 30


def test_it_says_how_it_was_made(model: Recommender, by_neighbors: FilmMap) -> None:
    assert (by_neighbors.layout, by_neighbors.model) == ("neighbors", "svd")
    assert by_neighbors.dataset == "world-0"
    assert by_neighbors.explained_variance is None
    assert by_neighbors.neighbors == 15
    by_pca = build_map(model, layout="pca", version="abc")
    assert by_pca.model_version == "abc"
    assert by_pca.explained_variance is not None
    across, up = by_pca.explained_variance
    assert 0 < up <= across < 1
    assert by_pca.trustworthiness is not None
    assert 0.5 < by_pca.trustworthiness <= 1


def test_both_axes_have_one_scale_and_fill_the_map(by_neighbors: FilmMap) -> None:
    width = float(np.ptp(by_neighbors.x)), float(np.ptp(by_neighbors.y))
    assert max(width) == pytest.approx(2, abs=1e-5)
    assert min(width) > 0.1
    for values in (by_neighbors.x, by_neighbors.y):
        assert values.min() == pytest.approx(-values.max(), abs=1e-5)


def test_kinds_stand_together(model: Recommender, by_neighbors: FilmMap) -> None:
    """Even films are of one kind, odd ones of another; the model is told so by ratings alone."""
    codes = model.catalog.codes_of(list(by_neighbors.movie_ids))
    places = np.column_stack([by_neighbors.x, by_neighbors.y]).astype(float)
    distances = np.linalg.norm(places[:, None] - places[None, :], axis=2)
    np.fill_diagonal(distances, np.inf)
    nearest = np.argsort(distances, axis=1)[:, :4]
    assert (codes[nearest] % 2 == codes[:, None] % 2).mean() > 0.9


@pytest.mark.parametrize("layout", ["neighbors", "pca"])
def test_a_map_repeats(model: Recommender, layout: str) -> None:
    first, second = (build_map(model, layout=layout) for _ in range(2))
    assert first.to_bytes() == second.to_bytes()
    assert first.names_json() == second.names_json()


def test_another_seed_gives_another_layout(model: Recommender, by_neighbors: FilmMap) -> None:
    assert build_map(model, random_state=1).to_bytes() != by_neighbors.to_bytes()


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
    with pytest.raises(ParameterError, match=r"layout must be one of .*neighbors.*got 'round'"):
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
    assert stages == ["vectors", "neighbours", "layout", "trustworthiness"]


def test_principal_components_are_those_of_an_svd() -> None:
    vectors = np.random.default_rng(0).standard_normal((40, 6)) * [5, 1, 3, 1, 1, 1]
    places, variance = principal_components(vectors)
    centred = vectors - vectors.mean(axis=0)
    left, strength, _ = np.linalg.svd(centred, full_matrices=False)
    np.testing.assert_allclose(np.abs(places), np.abs(left[:, :2] * strength[:2]), atol=1e-9)
    np.testing.assert_allclose(variance, (strength**2 / (strength**2).sum())[:2], atol=1e-6)
    assert (places[np.abs(places).argmax(axis=0), [0, 1]] > 0).all()


def test_one_dimension_is_a_line() -> None:
    places, variance = principal_components(np.arange(5.0)[:, None])
    assert not places[:, 1].any()
    assert variance == (1.0, 0.0)


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
