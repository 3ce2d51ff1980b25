"""The map's two files: what is written comes back, and what is damaged is refused by name."""

from __future__ import annotations

import dataclasses
import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.errors import MapFormatError
from matinee.explore.map.format import BINARY, NAMES, FilmMap, has_map, read_map, write_map

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
        "explained_variance": (0.5, 0.25),
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
    names = json.loads(film_map().names_json())
    assert names.pop("binary")["bytes"] == 16 + 3 * 19
    assert names == {
        "format": "matinee-map",
        "version": 1,
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
    assert write_map(written, tmp_path / "new") == tmp_path / "new" / BINARY
    assert has_map(tmp_path / "new")
    assert_equal(read_map(tmp_path / "new"), written)
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == [BINARY, NAMES]


def test_a_map_without_films_comes_back(tmp_path: Path) -> None:
    empty = {name: getattr(film_map(), name)[:0] for name in (*COLUMNS, "movie_ids", "titles")}
    write_map(film_map(**empty), tmp_path)
    assert len(read_map(tmp_path)) == 0


def test_a_second_map_takes_the_place_of_the_first(tmp_path: Path) -> None:
    write_map(film_map(), tmp_path)
    write_map(film_map(layout="neighbors", explained_variance=None), tmp_path)
    assert read_map(tmp_path).layout == "neighbors"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"titles": ["one"]}, "the map has 3 films, but 1 titles"),
        ({"y": np.zeros(2, np.float32)}, "the map has 3 films, but 2 y"),
        ({"x": np.array([0, 1.5, 0], np.float32)}, "x has values outside -1 to 1"),
        ({"y": np.array([0, np.nan, 0], np.float32)}, "y has values outside -1 to 1"),
        ({"mean_stars": np.full(3, np.inf, np.float32)}, "mean_stars has values that are no"),
        ({"genres": np.array([0, 2, 0], np.uint8)}, "has genre 2, but only 2 are named"),
        ({"genre_names": ["x"] * 255}, "255 genres; a map has room for 254"),
    ],
)
def test_columns_that_do_not_fit_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(MapFormatError, match=message):
        film_map(**changes)


def patched(at: int, values: bytes) -> bytes:
    content = bytearray(film_map().to_bytes())
    content[at : at + len(values)] = values
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "0 bytes, too short for a map"),
        (patched(0, b"PK\x03\x04"), r"begins with b'PK\\x03\\x04', not with b'MTNM'"),
        (patched(4, b"\x02"), "written as version 2 .* upgrade Matinee"),
        (patched(6, b"\x01"), "with flags 1"),
        (patched(8, b"\xff\xff\xff\xff"), "4,294,967,295 films, more than the limit"),
        (patched(8, b"\x04"), "73 bytes, but 4 films take 92"),
        (film_map().to_bytes() + b"\0", "74 bytes, but 3 films take 73"),
        (patched(12, b"\x03"), "not of one map"),
        (patched(20, b"\x01"), "not of one map"),
    ],
)
def test_a_damaged_binary_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    write_map(film_map(), tmp_path)
    (tmp_path / BINARY).write_bytes(content)
    with pytest.raises(MapFormatError, match=message):
        read_map(tmp_path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": "other"}, "not the names of a map"),
        ({"genres": None}, "genres is missing or of another kind"),
        ({"titles": [1, 2, 3]}, "titles holds other things than names"),
        ({"titles": ["a"]}, "3 films, but 1 titles"),
        ({"movie_ids": [[], 2, 3]}, "movie_ids holds other things than names"),
        ({"genres": ["Comedy"]}, "counts 2 genres, map.json names 1"),
        ({"explained_variance": [1]}, "explained_variance is not two numbers"),
        ({"trustworthiness": float("nan")}, "damaged .NaN is no number"),
        ({"binary": {"bytes": 1, "sha256": ""}}, "not of one map"),
    ],
)
def test_damaged_names_are_refused(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    write_map(film_map(), tmp_path)
    (tmp_path / NAMES).write_text(json.dumps(film_map().names() | changes), encoding="utf-8")
    with pytest.raises(MapFormatError, match=message):
        read_map(tmp_path)


@pytest.mark.parametrize("content", [b"[]", b"{", b"\xff", b"[" * 100_000])
def test_names_that_are_no_names_are_refused(tmp_path: Path, content: bytes) -> None:
    write_map(film_map(), tmp_path)
    (tmp_path / NAMES).write_bytes(content)
    with pytest.raises(MapFormatError, match="matinee map"):
        read_map(tmp_path)


def test_a_missing_map_is_refused_with_the_next_step(tmp_path: Path) -> None:
    with pytest.raises(MapFormatError, match=r"no map can be read .*; write it again with"):
        read_map(tmp_path)


def test_a_file_that_is_too_large_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_map(film_map(), tmp_path)
    monkeypatch.setattr("matinee.explore.map.format.MAX_FILMS", 2)
    with pytest.raises(MapFormatError, match=r"map.bin: larger than a map of 2 films"):
        read_map(tmp_path)
    monkeypatch.setattr("matinee.explore.map.format.MAX_FILMS", 3)
    monkeypatch.setattr("matinee.explore.map.format._MAX_NAMES_BYTES", 2**3)
    with pytest.raises(MapFormatError, match=r"map.json: larger than"):
        read_map(tmp_path)


@given(data=st.data())
def test_no_change_of_bytes_is_taken_for_a_map(tmp_path_factory: Any, data: st.DataObject) -> None:
    """Flip bytes or cut the file: it is refused, or was not changed."""
    folder = tmp_path_factory.mktemp("map")
    write_map(film_map(), folder)
    content = (folder / BINARY).read_bytes()
    cut = data.draw(st.integers(0, len(content)))
    at = data.draw(st.integers(0, len(content) - 1))
    changed = bytearray(content)
    changed[at] = data.draw(st.integers(0, 255))
    damaged = bytes(changed[:cut] if data.draw(st.booleans()) else changed)
    (folder / BINARY).write_bytes(damaged)
    if damaged == content:
        assert_equal(read_map(folder), film_map())
    else:
        with pytest.raises(MapFormatError):
            read_map(folder)


def test_a_map_is_immutable() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        film_map().layout = "umap"  # type: ignore[misc]
