"""The map's file: what is written comes back, and what is damaged is refused by name."""

from __future__ import annotations

import dataclasses
import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from matinee.errors import MapFormatError
from matinee.explore.map.film_map import FILE, FilmMap, has_map, read_map, write_map

COLUMNS = ("x", "y", "ratings", "mean_stars", "years", "genres")


def film_map(**changes: Any) -> FilmMap:
    values: dict[str, Any] = {
        "x": np.array([0.25, -1.0, 1.0], np.float32),
        "y": np.array([0.0, 0.5, -0.125], np.float32),
        "ratings": np.array([70_000, 12, 0], np.uint32),
        "mean_stars": np.array([4.25, 3.5, 0.0], np.float32),
        "years": np.array([1995, 2001, 0], np.int16),
        "genres": np.array([1, 0, 255], np.uint8),
        "genre_names": ["Comedy", "Drama"],
        "movie_ids": [6, 1, 9],
        "titles": ["Heat", "Amélie", "☃ “?”"],
        "layout": "pca",
        "model": "svd",
        "model_version": "0123456789ab",
        "dataset": "three films",
        "trustworthiness": 0.875,
        "neighbors": 15,
        "explained_variance": [0.5, 0.25],
    }
    return FilmMap(**(values | changes))


def assert_equal(left: FilmMap, right: FilmMap) -> None:
    for name in COLUMNS:
        got, expected = getattr(left, name), getattr(right, name)
        assert got.dtype.newbyteorder("=") == expected.dtype
        np.testing.assert_array_equal(got, expected)
    assert left.names() == right.names()


def test_the_bytes_are_those_of_the_documented_layout() -> None:
    expected = struct.pack(
        "<4sHHIHH 3f 3f 3I 3f 3h 3B",
        *(b"MTNM", 1, 0, 3, 2, 0),
        *(0.25, -1.0, 1.0, 0.0, 0.5, -0.125, 70_000, 12, 0, 4.25, 3.5, 0.0, 1995, 2001, 0),
        *(1, 0, 255),
    )
    assert film_map().to_bytes() == expected


def test_the_names_say_how_the_map_was_made() -> None:
    assert json.loads(json.dumps(film_map().names())) == {
        "format": "matinee-map",
        "version": 2,
        "count": 3,
        "layout": "pca",
        "model": "svd",
        "model_version": "0123456789ab",
        "dataset": "three films",
        "trustworthiness": 0.875,
        "neighbors": 15,
        "explained_variance": [0.5, 0.25],
        "genres": ["Comedy", "Drama"],
        "movie_ids": [6, 1, 9],
        "titles": ["Heat", "Amélie", "☃ “?”"],
    }


@pytest.mark.parametrize(
    "changes",
    [{}, {"explained_variance": None, "trustworthiness": None, "model_version": None}],
)
def test_what_is_written_comes_back(tmp_path: Path, changes: dict[str, Any]) -> None:
    written = film_map(**changes)
    assert not has_map(tmp_path)
    assert write_map(written, tmp_path / "new") == tmp_path / "new" / FILE
    assert has_map(tmp_path / "new")
    assert_equal(read_map(tmp_path / "new"), written)
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == [FILE]


def test_a_map_without_films_comes_back(tmp_path: Path) -> None:
    empty = {name: getattr(film_map(), name)[:0] for name in (*COLUMNS, "movie_ids", "titles")}
    write_map(film_map(**empty), tmp_path)
    assert len(read_map(tmp_path)) == 0


def test_a_second_map_takes_the_place_of_the_first(tmp_path: Path) -> None:
    write_map(film_map(), tmp_path)
    write_map(film_map(layout="tsne", explained_variance=None), tmp_path)
    assert read_map(tmp_path).layout == "tsne"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"titles": ["one"]}, "the map has 3 films, but not so many titles"),
        ({"y": np.zeros(2, np.float32)}, "the map has 3 films, but not so many y"),
        ({"x": np.array([0, 1.5, 0], np.float32)}, "x or y has values outside -1 to 1"),
        ({"y": np.array([0, np.nan, 0], np.float32)}, "x or y has values outside -1 to 1"),
        ({"mean_stars": np.full(3, np.inf, np.float32)}, "mean_stars has values that are no"),
        ({"genres": np.array([0, 2, 0], np.uint8)}, "has genre 2, but only 2 are named"),
    ],
)
def test_columns_that_do_not_fit_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(MapFormatError, match=message):
        film_map(**changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": "other"}, "this is no map of films"),
        ({"version": 1}, "of version 1, but this Matinee reads version 2; upgrade Matinee, or"),
        ({"count": 4}, "count is not the number of titles"),
        ({"genre_names": None}, "no map can be read"),
        ({"genre_names": ["Comedy"]}, "has genre 1, but only 1 are named"),
        ({"titles": [1, 2, 3]}, "titles holds other things than names"),
        ({"movie_ids": [[], 2, 3]}, "movie_ids holds other things than names"),
        ({"explained_variance": [1]}, "explained_variance is not two numbers"),
        ({"layout": 7}, "layout is of another kind"),
        ({"x": [0, 2, 0]}, "x or y has values outside -1 to 1"),
        ({"y": [0, "up", 0]}, "no map can be read"),
        ({"years": [1995, 99_999, 0]}, "no map can be read"),
        ({"ratings": [[1], [2], [3]]}, "not so many ratings"),
        ({"mean_stars": [float("nan")] * 3}, "mean_stars has values that are no numbers"),
        ({"more": 1}, "no map can be read"),
    ],
)
def test_a_damaged_map_is_refused(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    path = write_map(film_map(), tmp_path)
    told = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(told | changes), encoding="utf-8")
    with pytest.raises(MapFormatError, match=message):
        read_map(tmp_path)


@pytest.mark.parametrize("name", [*COLUMNS, "titles", "layout", "explained_variance", "version"])
def test_what_is_missing_is_named(tmp_path: Path, name: str) -> None:
    path = write_map(film_map(), tmp_path)
    told = json.loads(path.read_text(encoding="utf-8"))
    del told[name]
    path.write_text(json.dumps(told), encoding="utf-8")
    with pytest.raises(MapFormatError, match=f"'{name}' is missing"):
        read_map(tmp_path)


@pytest.mark.parametrize("content", [b"[]", b"{", b"\xff", b"[" * 100_000])
def test_what_is_no_map_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(MapFormatError, match="write it again with `matinee map`"):
        read_map(tmp_path)


def test_a_missing_map_is_refused_with_the_next_step(tmp_path: Path) -> None:
    with pytest.raises(MapFormatError, match=r"no map can be read .*; write it again with"):
        read_map(tmp_path)


def test_a_file_that_is_too_large_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_map(film_map(), tmp_path)
    monkeypatch.setattr("matinee.explore.map.film_map._MOST_BYTES", 100)
    with pytest.raises(MapFormatError, match=r"map.json: larger than"):
        read_map(tmp_path)


def test_a_map_is_immutable() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        film_map().layout = "umap"  # type: ignore[misc]
