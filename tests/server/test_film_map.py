"""Tests of the map that is made where none lies beside the model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.server.doors import small_model

import matinee
from matinee.errors import MapFormatError
from matinee.explore.map import write_map
from matinee.server.film_map import film_map, principal_map
from matinee.server.holder import Serving


def test_films_stand_in_the_plane_the_most_rated_first() -> None:
    serving = Serving.of(small_model(), version="v1")
    found = film_map(serving)
    assert found is not None
    assert found is film_map(serving), "it is made once"
    assert (found.layout, found.model, found.model_version) == ("pca", "ease", "v1")
    assert (np.diff(found.ratings.astype(int)) <= 0).all()
    assert np.abs(np.stack([found.x, found.y])).max() == pytest.approx(1)
    assert found.explained_variance is not None
    first, second = found.explained_variance
    assert 0 < second <= first < 1
    codes = small_model().catalog.codes_of(list(found.movie_ids))
    assert found.titles[0] == small_model().catalog.display_title(int(codes[0]))
    assert np.allclose(found.mean_stars, small_model().stats.means[codes], atol=1e-5)


def test_the_main_genre_is_the_rarest_one() -> None:
    catalog = small_model().catalog
    found = principal_map(Serving.of(small_model()))
    totals = catalog.genres.sum(axis=0)
    for movie, genre in zip(found.movie_ids, found.genres.tolist(), strict=True):
        own = np.flatnonzero(catalog.genres[catalog.code_of(movie)])
        assert genre == (own[np.argmin(totals[own])] if own.size else 255)


def test_it_is_the_same_each_time() -> None:
    one, other = (principal_map(Serving.of(small_model())).to_bytes() for _ in range(2))
    assert one == other


def test_the_one_beside_the_model_is_shown(tmp_path: Path) -> None:
    path = small_model().save(tmp_path / "model")
    write_map(principal_map(Serving.of(small_model(), version="beside")), path)
    found = film_map(Serving.load(path))
    assert found is not None
    assert found.model_version == "beside"
    (path / "map.bin").write_bytes(b"MTNM")
    with pytest.raises(MapFormatError):
        film_map(Serving.load(path))


def test_a_model_without_vectors_has_no_map() -> None:
    model = matinee.create_model("popular").fit(matinee.load("sample"))
    assert film_map(Serving.of(model)) is None
