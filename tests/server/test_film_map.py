"""Tests of the map that is shown: the one beside the model, or a plainer one made here."""

from __future__ import annotations

import dataclasses
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.server.doors import small_model

import matinee
from matinee.errors import MapFormatError
from matinee.explore.map import build_map, write_map
from matinee.scale import RatingScale
from matinee.server import film_map as film_map_module
from matinee.server.film_map import KeptMap, film_map, kept_map
from matinee.server.holder import Serving


def test_without_one_beside_the_model_the_broad_arrangement_is_shown() -> None:
    serving = Serving.of(small_model(), version="v1")
    kept = kept_map(serving)
    assert kept is not None
    assert kept is kept_map(serving), "it is made once"
    assert (kept.film_map.layout, kept.film_map.model_version) == ("pca", "v1")
    assert kept.points == kept.film_map.to_bytes()
    about = kept.about()
    assert about["count"] == len(kept.film_map)
    assert len(about["explained_variance"]) == 2
    assert about["version"] == kept.version


def test_who_asks_while_it_is_made_waits_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Serving] = []
    make = film_map_module._make

    def slowly(serving: Serving) -> KeptMap | None:
        made.append(serving)
        time.sleep(0.05)
        return make(serving)

    monkeypatch.setattr(film_map_module, "_make", slowly)
    serving = Serving.of(small_model())
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(kept_map, [serving] * 4))
    assert len(made) == 1
    assert all(one is found[0] for one in found)


def test_stars_on_it_are_those_of_the_api() -> None:
    serving = Serving.of(small_model())
    found = film_map(serving)
    other = Serving.of(small_model())
    other.stars = type(other.stars)(RatingScale(1, 10, 1))
    halved = film_map(other)
    assert found is not None
    assert halved is not None
    assert halved.mean_stars.tolist() == pytest.approx((found.mean_stars / 2).tolist())


def test_the_one_beside_the_model_is_shown_as_soon_as_it_is_there(tmp_path: Path) -> None:
    path = small_model().save(tmp_path / "model")
    serving = Serving.load(path)
    first = kept_map(serving)
    assert first is not None
    assert not first.beside
    drawn = build_map(small_model(), layout="pca", version="beside")
    write_map(dataclasses.replace(drawn, x=drawn.y, y=drawn.x), path)
    second = kept_map(serving)
    assert second is not None
    assert second.beside
    assert second.film_map.model_version == "beside"
    assert second.version != first.version
    assert kept_map(serving) is second


def test_a_damaged_one_is_told(tmp_path: Path) -> None:
    path = small_model().save(tmp_path / "model")
    write_map(build_map(small_model(), layout="pca"), path)
    (path / "map.json").write_bytes(b"{}")
    with pytest.raises(MapFormatError):
        film_map(Serving.load(path))


def test_a_model_without_vectors_has_no_map() -> None:
    model = matinee.create_model("popular").fit(matinee.load("sample"))
    serving = Serving.of(model)
    assert film_map(serving) is None
    assert film_map(serving) is None
