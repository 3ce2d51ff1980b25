"""The modules of the map by themselves: its file, the grid, the labels, the camera, the painter."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import pytest

from matinee.explore.map import FilmMap

LOAD = "(name) => import(`/assets/js/map/${name}.js`).then((m) => (window[name] = m))"


@pytest.fixture
def modules(server, tab) -> Any:
    tab.goto("/together")
    for name in ("points", "grid", "labels", "camera", "painter", "regions"):
        tab.evaluate(f"async (name) => {{ await ({LOAD})(name); }}", name)
    return tab


def small_map(n: int = 5) -> FilmMap:
    rng = np.random.default_rng(7)
    return FilmMap(
        x=rng.uniform(-1, 1, n).astype("f4"),
        y=rng.uniform(-1, 1, n).astype("f4"),
        ratings=np.sort(rng.integers(0, 500, n).astype("u4"))[::-1],
        mean_stars=rng.uniform(0.5, 5, n).astype("f4"),
        years=np.arange(1990, 1990 + n, dtype="i2"),
        genres=np.where(np.arange(n) % 3 == 0, 255, np.arange(n) % 2).astype("u1"),
        genre_names=["Crime", "Drama"],
        movie_ids=[str(i) for i in range(n)],
        titles=[f"Film {i}" for i in range(n)],
        layout="pca",
        model="svd",
    )


READ = """(text) => {
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  try {
    const p = points.readPoints(bytes.buffer);
    const read = { count: p.count, genreCount: p.genreCount };
    for (const name of ["x", "y", "ratings", "means", "years", "genres"]) read[name] = [...p[name]];
    return read;
  } catch (error) {
    return String(error);
  }
}"""


def read(page: Any, content: bytes) -> Any:
    return page.evaluate(READ, base64.b64encode(content).decode())


def test_the_file_is_read_as_it_was_written(modules) -> None:
    film_map = small_map(101)
    got = read(modules, film_map.to_bytes())
    assert got["count"] == 101
    assert got["genreCount"] == 2
    for name, column in (
        ("x", film_map.x), ("y", film_map.y), ("ratings", film_map.ratings),
        ("means", film_map.mean_stars), ("years", film_map.years), ("genres", film_map.genres),
    ):  # fmt: skip
        np.testing.assert_array_equal(np.array(got[name], dtype=column.dtype), column)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda c: c[:10], "cut off"),
        (lambda c: c[:-1], "bytes, not"),
        (lambda c: c + b"\0", "bytes, not"),
        (lambda c: b"MTNX" + c[4:], "no map of films"),
        (lambda c: c[:4] + b"\x02\x00" + c[6:], "version 2"),
        (lambda c: c[:8] + b"\xff\xff\xff\xff" + c[12:], "too many"),
    ],
)
def test_a_damaged_file_is_refused(modules, change, says) -> None:
    assert says in read(modules, change(small_map().to_bytes()))


def test_the_grid_finds_the_film_that_a_search_through_all_finds(modules) -> None:
    wrong = modules.evaluate(
        """() => {
          let seed = 1;
          const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
          const n = 3000;
          const x = Float32Array.from({ length: n }, () => random() * 2 - 1);
          const y = Float32Array.from({ length: n }, () => random() * 2 - 1);
          const radius = (i) => 0.001 + 0.01 * (i % 7 === 0);
          const one = new grid.Grid(x, y);
          const wrong = [];
          for (let k = 0; k < 400; k++) {
            const [px, py] = [random() * 2.2 - 1.1, random() * 2.2 - 1.1];
            let best = -1, least = 0.02;
            for (let i = 0; i < n; i++) {
              const gap = Math.hypot(x[i] - px, y[i] - py) - radius(i);
              if (i % 2 === 0 && gap < least) [best, least] = [i, gap];
            }
            const got = one.nearest(px, py, 0.02, 0.011, radius, (i) => i % 2 === 0);
            if (got !== best) wrong.push([px, py, got, best]);
          }
          return wrong;
        }"""
    )
    assert wrong == []


def test_no_two_names_meet(modules) -> None:
    placed = modules.evaluate(
        """() => {
          const n = 400;
          const at = (i) =>
            [300 + 280 * Math.sin(i * 1.7), 200 + 190 * Math.cos(i * 2.3), 2 + (i % 5)];
          const context = document.createElement("canvas").getContext("2d");
          context.font = "13px sans-serif";
          const titles = Array.from(
            { length: n }, (_, i) => "A film of some length ".repeat(1 + i % 3) + i);
          const names = new labels.Labels(titles);
          return names.place(Array(n).keys(), at, context, 15, [[250, 150, 350, 200]]);
        }"""
    )
    boxes = [one["box"] for one in placed]
    assert len(boxes) > 10
    assert placed[0]["film"] == 0, "the best known film comes first"
    assert all(len(one["text"]) <= 30 for one in placed)
    boxes.append([250, 150, 350, 200])
    for i, (a, b, c, d) in enumerate(boxes):
        for e, f, g, h in boxes[i + 1 :]:
            assert a >= g or e >= c or b >= h or f >= d, (boxes[i], (e, f, g, h))


def test_what_is_under_the_pointer_stays_there_while_zooming(modules) -> None:
    apart = modules.evaluate(
        """() => {
          const one = new camera.Camera();
          one.resize(900, 600);
          const before = one.toMap(420, 330);
          one.zoomAt(420, 330, 3);
          const after = one.toMap(420, 330);
          const [px, py] = one.toScreen(...after);
          return [before[0] - after[0], before[1] - after[1], px - 420, py - 330, one.zoom - 3];
        }"""
    )
    assert np.allclose(apart, 0, atol=1e-9)


def test_a_region_is_where_its_genre_is_thick(modules) -> None:
    found = modules.evaluate(
        """() => {
          const n = 2000;
          const x = new Float32Array(n), y = new Float32Array(n), genres = new Uint8Array(n);
          for (let i = 0; i < n; i++) {
            x[i] = Math.sin(i * 12.9898) ; y[i] = Math.cos(i * 78.233);
            genres[i] = x[i] > 0.5 && y[i] > 0.5 ? 1 : 0;
          }
          const points = { count: n, x, y, genres, ratings: new Uint32Array(n).fill(9) };
          return regions.regions(points, ["Drama", "Western", "Nobody"]);
        }"""
    )
    western = next(one for one in found if one["name"] == "Western")
    assert western["x"] > 0.4
    assert western["y"] > 0.4
    assert not any(one["name"] == "Nobody" for one in found)


def test_films_are_painted_where_they_are_and_dim_ones_fainter(modules) -> None:
    alpha = modules.evaluate(
        """() => {
          const p = { count: 3, x: Float32Array.of(0, -0.5, 0.5), y: Float32Array.of(0, 0.5, -0.5),
                      ratings: Uint32Array.of(100, 90, 0), genres: Uint8Array.of(0, 255, 0) };
          const canvas = document.createElement("canvas");
          canvas.width = canvas.height = 400;
          const context = canvas.getContext("2d", { willReadFrequently: true });
          const view = new camera.Camera();
          view.resize(400, 400);
          const one = new painter.Painter(p);
          one.theme = {
            colours: ["rgb(255, 0, 0)"], none: "rgb(0, 0, 255)", dim: "rgb(90, 90, 90)",
            rim: "rgb(0, 0, 0)", glow: 0,
          };
          const at = (film) => {
            const [x, y] = view.toScreen(p.x[film], p.y[film]).map(Math.round);
            return [...context.getImageData(x, y, 1, 1).data];
          };
          one.draw(context, view, 1, null);
          const all = [at(0), at(1), at(2)];
          one.draw(context, view, 1, Uint8Array.of(1, 0, 0));
          return { all, lit: [at(0), at(1)], empty: [...context.getImageData(5, 5, 1, 1).data] };
        }"""
    )
    assert alpha["all"][0] == [255, 0, 0, 255]
    assert alpha["all"][1] == [0, 0, 255, 255]
    assert alpha["all"][2][3] > 100, "a film that nobody rated is a speck"
    assert alpha["lit"][0] == [255, 0, 0, 255]
    assert 0 < alpha["lit"][1][3] < 150
    assert alpha["empty"] == [0, 0, 0, 0]
