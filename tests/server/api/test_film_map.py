"""Tests of the map that is shown: the one beside the model, or a plainer one made here."""

from __future__ import annotations

import dataclasses
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from tests.server.doors import serving, small_model

import matinee
from matinee.errors import MapFormatError
from matinee.explore.map import build_map, write_map
from matinee.server import model_holder
from matinee.server.model_holder import Serving


def test_without_one_beside_the_model_the_broad_arrangement_is_shown() -> None:
    serving = Serving(small_model(), version="v1")
    found = serving.film_map()
    assert found is not None
    assert found is serving.film_map(), "it is made once"
    assert (found.layout, found.model_version) == ("pca", "v1")


def test_who_asks_while_it_is_made_waits_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Any] = []

    def slowly(*args: Any, **kwargs: Any) -> Any:
        made.append(args)
        time.sleep(0.05)
        return build_map(*args, **kwargs)

    monkeypatch.setattr(model_holder, "build_map", slowly)
    serving = Serving(small_model())
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: serving.film_map(), range(4)))
    assert len(made) == 1
    assert all(one is found[0] for one in found)


def test_stars_on_it_are_those_of_the_api(monkeypatch: pytest.MonkeyPatch) -> None:
    found = Serving(small_model()).film_map()
    other = Serving(small_model())
    monkeypatch.setitem(other.__dict__, "factor", 0.5)  # as of a scale that ends at ten
    halved = other.film_map()
    assert found is not None
    assert halved is not None
    assert halved.mean_stars.tolist() == pytest.approx((found.mean_stars / 2).tolist())


def test_the_one_beside_the_model_is_shown_as_soon_as_it_is_there(tmp_path: Path) -> None:
    path = small_model().save(tmp_path / "model")
    serving = Serving.load(path)
    first = serving.film_map()
    assert first is not None
    drawn = build_map(small_model(), layout="pca", version="beside")
    write_map(dataclasses.replace(drawn, x=drawn.y, y=drawn.x), path)
    second = serving.film_map()
    assert second is not None
    assert second.model_version == "beside"
    assert serving.film_map() is second


def test_a_damaged_one_is_told(tmp_path: Path) -> None:
    path = small_model().save(tmp_path / "model")
    write_map(build_map(small_model(), layout="pca"), path)
    (path / "map.json").write_bytes(b"{}")
    with pytest.raises(MapFormatError):
        Serving.load(path).film_map()


def test_a_model_without_vectors_has_no_map() -> None:
    serving = Serving(matinee.create_model("popular").fit(matinee.load("sample")))
    assert serving.film_map() is None
    assert not serving.has_map


def test_the_api_tells_of_the_map_its_points_and_their_names(tmp_path: Path) -> None:
    with serving(tmp_path / "people.db") as world:
        about = world.ask("GET", "/api/v1/map").json()
        points = world.ask("GET", "/api/v1/map/points")
        names = world.ask("GET", "/api/v1/map/names").json()
    found = Serving(small_model()).film_map()
    assert found is not None
    assert (about["available"], about["layout"], about["count"]) == (True, "pca", len(found))
    assert len(about["explained_variance"]) == 2
    assert points.content == found.to_bytes()
    assert names["movie_ids"] == [str(movie) for movie in found.movie_ids]
