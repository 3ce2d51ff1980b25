"""How smoothly the page draws 100,000 films, beside one arc a film.

Chromium without a graphics card pans and zooms over a synthetic map: places in 400 clumps, numbers
of ratings that fall off as those of MovieLens do. Three views: all films, a quarter of the map's
width, and a thirtieth. Both sides draw in the same tab, in turns; the other side is what one writes
first, a canvas with one path of one arc for each visible film, of the same radius and colour.

A frame's time is from one animation frame to the next while every frame is drawn anew, rasterising
included; the script's time is the part of it that the page itself spends. Also measured: how long
the film under the pointer takes to find, with the grid and by looking at all films.

Run from the project's root::

    .venv/bin/python benchmarks/map_page.py
"""

from __future__ import annotations

import base64
import functools
import http.server
import statistics
import threading
from typing import Any

import numpy as np
from playwright.sync_api import sync_playwright
from sides import RESULTS, ROOT, machine, write

from matinee.explore.map import FilmMap

FILMS, ROUNDS, FRAMES = 100_000, 5, 30
PAGE = ROOT / "src" / "matinee" / "server" / "page"
VIEWS = {"all films": 1.0, "a quarter": 4.0, "a thirtieth": 30.0}
WINDOWS = {"1280 × 800": (1280, 800, 1), "1280 × 800, two pixels a unit": (1280, 800, 2)}

SIDES = """
async (text) => {
  const [{ readPoints }, { Painter }, { Camera }, { Grid }] = await Promise.all(
    ["points", "painter", "camera", "grid"].map((name) => import(`/js/map/${name}.js`)));
  const points = readPoints(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
  const colours = Array.from({ length: 18 }, (_, i) => {
    const [r, g, b] = [i * 13 % 200, i * 67 % 220, i * 31 % 240];
    return `rgb(${r}, ${g}, ${b})`;
  });
  const painter = new Painter(points);
  painter.theme = {
    colours, none: "rgb(120, 120, 120)", dim: "rgb(200, 200, 200)", rim: "rgb(255, 255, 255)",
    glow: 0.9,
  };
  const camera = new Camera();
  const one = (context, camera, ratio) => {
    context.clearRect(0, 0, context.canvas.width, context.canvas.height);
    for (let i = 0; i < points.count; i++) {
      const [x, y] = camera.toScreen(points.x[i], points.y[i]);
      if (x < -24 || y < -24 || x > camera.width + 24 || y > camera.height + 24) continue;
      context.beginPath();
      context.arc(x * ratio, y * ratio, painter.radius(i, camera) * ratio, 0, 2 * Math.PI);
      context.fillStyle = colours[points.genres[i] % 18];
      context.fill();
    }
  };
  const grid = new Grid(points.x, points.y);
  window.sides = { matinee: (...all) => painter.draw(...all, null), arcs: one };
  window.parts = { camera, grid, painter, points };
}
"""

RUN = """
async ({ side, width, height, ratio, zoom, frames }) => {
  const { camera } = parts;
  document.querySelector("canvas")?.remove();
  const canvas = document.body.appendChild(document.createElement("canvas"));
  [canvas.width, canvas.height] = [width * ratio, height * ratio];
  const context = canvas.getContext("2d");
  camera.resize(width, height);
  const frame = () => new Promise(requestAnimationFrame);
  const script = [], between = [];
  let last = null;
  for (let k = 0; k < frames + 3; k++) {
    const now = await frame();
    const turn = (2 * Math.PI * k) / frames;
    const [x, y] = [0.3 * Math.cos(turn), 0.3 * Math.sin(turn)];
    camera.flyTo(x, y, zoom * (1 + 0.05 * Math.sin(2 * turn)), { still: true });
    const start = performance.now();
    sides[side](context, camera, ratio);
    if (k >= 3) script.push(performance.now() - start);
    if (last !== null && k >= 3) between.push(now - last);
    last = now;
  }
  return { script, between };
}
"""

FIND = """
() => {
  const { camera, grid, painter, points } = parts;
  camera.resize(1280, 800);
  camera.flyTo(0, 0, 4, { still: true });
  const radius = (film) => painter.radius(film, camera) / camera.scale;
  const places = Array.from(
    { length: 200 }, (_, i) => camera.toMap((i * 6.1) % 1280, (i * 37.7) % 800));
  const timed = (find) => {
    const start = performance.now();
    for (const [x, y] of places) find(x, y);
    return (performance.now() - start) / places.length;
  };
  const reach = 7 / camera.scale;
  return {
    matinee: timed((x, y) =>
      grid.nearest(x, y, reach, painter.largest / camera.scale, radius, () => true)),
    all: timed((x, y) => {
      let found = -1, least = reach;
      for (let i = 0; i < points.count; i++) {
        const gap = Math.hypot(points.x[i] - x, points.y[i] - y) - radius(i);
        if (gap < least) [found, least] = [i, gap];
      }
      return found;
    }),
  };
}
"""


def synthetic_map(n: int = FILMS, seed: int = 0) -> FilmMap:
    """Clumps in the plane, each mostly of one genre."""
    rng = np.random.default_rng(seed)
    clump = rng.integers(0, 400, n)
    middles = rng.normal(0, 0.38, (400, 2))
    places = middles[clump] + rng.normal(0, 0.03, (n, 2))
    places = np.clip(places / np.abs(places).max(), -1, 1)
    ratings = np.maximum(1, 60_000 / np.arange(1, n + 1) ** 0.9).astype("u4")
    return FilmMap(
        x=places[:, 0].astype("f4"),
        y=places[:, 1].astype("f4"),
        ratings=ratings,
        mean_stars=rng.uniform(1, 5, n).astype("f4"),
        years=rng.integers(1920, 2024, n).astype("i2"),
        genres=(clump % 18).astype("u1"),
        genre_names=[f"Genre {i}" for i in range(18)],
        movie_ids=list(range(n)),
        titles=[f"Film {i}" for i in range(n)],
        layout="neighbors",
        model="synthetic",
    )


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


def main() -> None:
    handler = functools.partial(_Quiet, directory=str(PAGE))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    content = base64.b64encode(synthetic_map().to_bytes()).decode()
    figures: dict[str, Any] = {"machine": machine(), "films": FILMS, "views": [], "find_ms": {}}
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        figures["browser"] = browser.version
        page = browser.new_page(viewport={"width": 1300, "height": 820})
        page.goto(f"http://127.0.0.1:{server.server_port}/css/")
        page.evaluate(SIDES, content)
        for window, (width, height, ratio) in WINDOWS.items():
            for view, zoom in VIEWS.items():
                figures["views"].append(
                    {"window": window, "view": view, **_measure(page, width, height, ratio, zoom)}
                )
                _tell(figures["views"][-1])
        found = [page.evaluate(FIND) for _ in range(ROUNDS)]
        figures["find_ms"] = {
            side: round(statistics.median(one[side] for one in found), 4) for side in found[0]
        }
        print(f"film under the pointer: {figures['find_ms']} ms")
        browser.close()
    server.shutdown()
    write(RESULTS / "map_page.json", figures)


def _measure(page: Any, width: int, height: int, ratio: int, zoom: float) -> dict[str, Any]:
    told: dict[str, dict[str, list[float]]] = {}
    for _ in range(ROUNDS):
        for side in ("matinee", "arcs"):
            got = page.evaluate(
                RUN,
                {
                    "side": side,
                    "width": width,
                    "height": height,
                    "ratio": ratio,
                    "zoom": zoom,
                    "frames": FRAMES,
                },
            )
            kept = told.setdefault(side, {"script": [], "between": []})
            for name, values in got.items():
                kept[name] += values
    return {
        side: {
            "frame_ms_median": round(statistics.median(kept["between"]), 1),
            "frame_ms_p95": round(float(np.percentile(kept["between"], 95)), 1),
            "script_ms_median": round(statistics.median(kept["script"]), 1),
            "frames": len(kept["between"]),
        }
        for side, kept in told.items()
    }


def _tell(one: dict[str, Any]) -> None:
    parts = (
        f"{side} {one[side]['frame_ms_median']:.1f} ms a frame (p95 {one[side]['frame_ms_p95']:.1f}"
        f", script {one[side]['script_ms_median']:.1f})"
        for side in ("matinee", "arcs")
    )
    print(f"{one['window']}, {one['view']}: {'; '.join(parts)}")


if __name__ == "__main__":
    main()
