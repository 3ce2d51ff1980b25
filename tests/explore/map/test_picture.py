"""The picture: its words tell the numbers behind it, and no two names touch."""

from __future__ import annotations

import io
import itertools
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from matinee.errors import DataError
from matinee.explore.map import FilmMap, read_map
from matinee.explore.map.picture import (
    MapPicture,
    draw_map,
    genre_shares,
    place_labels,
    save_map,
    trust_in_words,
)


def some_map(n: int = 300, **changes: Any) -> FilmMap:
    rng = np.random.default_rng(0)
    genre = np.arange(n) % 10
    angle = 2 * np.pi * genre / 10
    values: dict[str, Any] = {
        "x": (0.6 * np.cos(angle) + rng.uniform(-0.3, 0.3, n)).astype(np.float32),
        "y": (0.6 * np.sin(angle) + rng.uniform(-0.3, 0.3, n)).astype(np.float32),
        "ratings": np.sort(rng.integers(1, 5_000, n))[::-1].astype(np.uint32),
        "mean_stars": rng.uniform(1, 5, n).astype(np.float32),
        "years": rng.integers(1930, 2020, n).astype(np.int16),
        "genres": np.where(np.arange(n) % 29 == 0, 255, genre).astype(np.uint8),
        "genre_names": [f"Genre {number}" for number in range(10)],
        "movie_ids": list(range(n)),
        "titles": [f"Film no. {number}, a $trange_title: part {number}" for number in range(n)],
        "layout": "tsne",
        "model": "als",
        "dataset": "some",
        "trustworthiness": 0.91,
    }
    return FilmMap(**(values | changes))


@pytest.fixture(scope="module")
def picture() -> MapPicture:
    return draw_map(some_map())


@given(seed=st.integers(0, 5_000))
def test_no_two_names_touch(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n, most = 60, 20
    points = rng.uniform(-5, 5, (n, 2)) if seed % 2 else rng.normal(0, 0.6, (n, 2))
    sizes = np.column_stack([rng.uniform(0.4, 2.5, n), np.full(n, 0.25)])
    radii = rng.uniform(0.01, 0.2, n)
    placed = place_labels(points, sizes, radii, reach=5, most=most, apart=0.1)
    assert 1 <= len(placed) <= most
    assert list(placed) == sorted(placed), "the best known come first"
    for index, box in placed.items():
        left, low, right, high = box
        assert max(map(abs, box)) <= 5
        assert (right - left, high - low) == pytest.approx(tuple(sizes[index]))
        for other in {*placed, *range(most)}:
            (x, y), r = points[other], radii[other]
            assert not meets(box, (x - r, y - r, x + r, y + r)), "over a mark"
    for one, other in itertools.combinations(placed.values(), 2):
        assert not meets(one, other)


def meets(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return (
        one[0] < other[2] - 1e-9
        and other[0] < one[2] - 1e-9
        and one[1] < other[3] - 1e-9
        and other[1] < one[3] - 1e-9
    )


def test_named_points_stand_apart() -> None:
    points = np.random.default_rng(8).uniform(-5, 5, (200, 2))
    sizes, radii = np.full((200, 2), 0.2), np.full(200, 0.01)
    named = points[list(place_labels(points, sizes, radii, reach=5, most=50, apart=1.5))]
    distances = np.linalg.norm(named[:, None] - named[None, :], axis=2)
    np.fill_diagonal(distances, np.inf)
    assert distances.min() >= 1.5
    assert len(named) > 10


def test_the_best_known_film_has_a_name(picture: MapPicture) -> None:
    assert picture.labels[0] == 0
    assert len(picture.labels) > 30


def test_both_files_are_whole_and_repeat(picture: MapPicture) -> None:
    image = Image.open(io.BytesIO(picture.png))
    assert image.size[0] == 1650
    pixels = np.asarray(image.convert("RGB")).reshape(-1, 3)
    assert len(np.unique(pixels[::7], axis=0)) > 200
    svg = picture.svg.decode()
    assert svg.count("<svg") == 1
    assert "<image" not in svg
    again = draw_map(some_map())
    assert (again.png, again.svg) == (picture.png, picture.svg)


def test_very_many_points_are_pixels_in_the_svg() -> None:
    many = draw_map(some_map(6_000), labels=5)
    assert "<image" in many.svg.decode()
    assert len(many.svg) < 4_000_000


def test_faint_films_are_lighter() -> None:
    def ink(picture: MapPicture) -> float:
        return 255 - float(np.asarray(Image.open(io.BytesIO(picture.png)).convert("L")).mean())

    shown = some_map()
    assert ink(draw_map(shown, labels=0, dim_below=10_000)) < ink(draw_map(shown, labels=0))


def test_a_notebook_shows_the_picture(picture: MapPicture) -> None:
    assert picture._repr_png_() == picture.png


def test_no_names_and_no_genres_do() -> None:
    bare = some_map(genres=np.full(300, 255, np.uint8), genre_names=[])
    drawn = draw_map(bare, labels=0)
    assert drawn.labels == ()
    assert drawn.title == "300 films, alike ones near each other"


def test_shares_of_genres_by_hand() -> None:
    """Four films: two by two, far apart; one of the pairs has one genre, the other has two."""
    four = some_map(
        4,
        x=np.array([-1, -0.9, 1, 0.9], np.float32),
        y=np.zeros(4, np.float32),
        genres=np.array([0, 0, 1, 0], np.uint8),
    )
    together, chance = genre_shares(four, k=1)
    assert together == 0.5
    assert chance == pytest.approx(3 * 2 / (4 * 3))


def test_films_without_a_genre_are_left_out_of_the_shares() -> None:
    genres = some_map().genres.copy()
    genres[1:] = 255
    assert genre_shares(some_map(genres=genres)) == (0.0, 0.0)


def test_the_title_tells_what_the_map_finds(picture: MapPicture) -> None:
    together, chance = genre_shares(some_map())
    percent = [f"{100 * together:.0f} %", f"{100 * chance:.1f} %"]
    assert re.findall(r"[\d.]+ %", picture.title) == percent
    assert picture.title.startswith("Nobody told als so, but genres stand together: ")
    told = draw_map(some_map(model="content"), labels=0).title
    assert told.startswith("Genres stand together: ")
    mixed = some_map(genres=np.random.default_rng(0).integers(0, 10, 300).astype(np.uint8))
    assert draw_map(mixed, labels=0).title.startswith("Taste is not genre: ")
    assert "300 films of some as the model als sees them" in picture.alt
    assert "Trustworthiness 0.91" in picture.alt


@pytest.mark.parametrize(
    ("trust", "words"),
    [
        (0.97, "nearly always belong together; how far groups lie apart says little."),
        (0.91, "mostly belong together"),
        (0.85, "by no means all"),
        (0.6, "need not be alike"),
    ],
)
def test_trust_is_put_into_words(trust: float, words: str) -> None:
    told = trust_in_words(some_map(trustworthiness=trust))
    assert told.startswith(f"Trustworthiness {trust:.2f} of 1 among 15 nearest films: ")
    assert words in told


def test_what_was_not_measured_is_not_told() -> None:
    assert trust_in_words(some_map(trustworthiness=None)) == ""
    assert "how far groups" not in trust_in_words(some_map(layout="pca"))


def test_a_folder_holds_picture_and_numbers(tmp_path: Path) -> None:
    shown = some_map()
    picture = save_map(shown, tmp_path / "new" / "map")
    folder = tmp_path / "new" / "map"
    assert sorted(path.name for path in folder.iterdir()) == [
        *("map.json", "map.parquet", "map.png", "map.svg", "picture.json"),
    ]
    assert read_map(folder).names() == shown.names()
    table = pl.read_parquet(folder / "map.parquet")
    assert table["title"].to_list() == list(shown.titles)
    assert table["genre"].null_count() == int((shown.genres == 255).sum())
    assert table["is_named"].sum() == len(picture.labels)
    assert np.array_equal(table["x"].to_numpy(), shown.x)
    figures = json.loads((folder / "picture.json").read_text(encoding="utf-8"))
    assert figures["title"] == picture.title
    assert figures["trustworthiness"] == 0.91
    assert figures["neighbors_of_one_genre"] == genre_shares(shown)[0]


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "map").write_text("", encoding="utf-8")
    with pytest.raises(DataError, match="is a file: name a folder for the map"):
        save_map(some_map(), tmp_path / "map")
