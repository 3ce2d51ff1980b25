"""Layouts of the map of films: how well neighbourhoods survive, and how long it takes.

The same vectors go to Matinee's default layout, to PCA, to scikit-learn's t-SNE (Barnes-Hut) and to
umap-learn, each in a process of its own, one after the other, in `--repeats` rounds; seconds are
medians over the rounds, with compilation and imports not counted (each is warmed up on 200 points).
Trustworthiness is that of the 15 nearest films by cosine, among 2,000 films drawn at random.

Vectors: als on MovieLens latest-small and 1M (films with 5 ratings or more); content (genres and
words of titles) on the 62,423 films of the 25M catalogue, whose ratings are not at hand: some
thousand random ones stand in, and change nothing about the vectors; and, for 100,000, a synthetic
mixture of 300 groups in 64 dimensions.

Run from the project's root, with the extra `map` installed::

    .venv/bin/python benchmarks/map.py
    .venv/bin/python benchmarks/map.py --only ml-1m --repeats 3

The real files are found through ``MATINEE_DATA``, else in ``../shared/data``. A run that takes
longer than `--limit` seconds is given up and told so.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "benchmarks" / "results" / "map.json"
SETS = ("ml-latest-small", "ml-1m", "ml-25m-catalog", "synthetic-100k")
LAYOUTS = ("pca", "neighbors", "sklearn-tsne", "umap")

MAKE = """
import sys, zipfile, io
import numpy as np
import matinee
name, home, out = sys.argv[1:]
if name == "synthetic-100k":
    rng = np.random.default_rng(0)
    centres = rng.standard_normal((300, 64))
    group = rng.choice(300, 100_000, p=rng.dirichlet(np.ones(300)))
    spread = rng.uniform(0.3, 0.9, (300, 1))[group]
    vectors = centres[group] + rng.standard_normal((100_000, 64)) * spread
elif name == "ml-25m-catalog":
    import polars as pl
    with zipfile.ZipFile(f"{home}/{name}.zip") as archive:
        member = next(n for n in archive.namelist() if n.endswith("movies.csv"))
        films = pl.read_csv(io.BytesIO(archive.read(member)))
    ids = films["movieId"].to_numpy()
    catalog = matinee.Catalog.from_columns(
        ids, films["title"].to_list(), genres=films["genres"].to_list()
    )
    rng = np.random.default_rng(0)
    people, stars = np.arange(5_000) % 100, rng.integers(1, 6, 5_000).astype(float)
    ratings = matinee.Ratings.from_columns(
        people, rng.permutation(ids)[:5_000], stars, movies=catalog.movie_ids
    )
    vectors = matinee.create_model("content").fit(matinee.Dataset(ratings, catalog)).movie_vectors()
    vectors = vectors[vectors.any(axis=1)]
else:
    model = matinee.create_model("als").fit(matinee.load(f"{home}/{name}.zip"))
    vectors = model.movie_vectors()[model.stats.counts >= 5]
np.save(out, vectors.astype(np.float32))
print(*vectors.shape)
"""

RUN = """
import json, sys, time, warnings
import numpy as np
warnings.simplefilter("ignore")
layout, file = sys.argv[1:]
vectors = np.load(file)
from matinee.explore.map.build import _umap, principal_components
from matinee.explore.map.neighbors import trustworthiness, unit_rows

def place(vectors):
    units = unit_rows(vectors)
    start, _ = principal_components(units)
    if layout == "neighbors":
        from matinee.explore.map.layout import neighbor_layout
        return neighbor_layout(units, start)
    if layout == "umap":
        return _umap(units, start, 0)
    if layout == "sklearn-tsne":
        from sklearn.manifold import TSNE
        start = (start / start[:, 0].std() * 1e-4).astype(np.float32)
        return TSNE(init=start, perplexity=15, metric="cosine", random_state=0).fit_transform(units)
    return start

place(vectors[:200])
began, cpu = time.perf_counter(), time.process_time()
places = place(vectors)
seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
trust = trustworthiness(vectors, places)
print(json.dumps({"seconds": seconds, "cpu_seconds": cpu, "trustworthiness": trust}))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=SETS, action="append")
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--limit", type=float, default=900)
    arguments = parser.parse_args()
    home = os.environ.get("MATINEE_DATA") or str(ROOT.parent / "shared" / "data")
    found = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {"sets": {}}
    for name in arguments.only or SETS:
        with tempfile.TemporaryDirectory() as folder:
            file = f"{folder}/vectors.npy"
            shape = subprocess.run(
                [sys.executable, "-c", MAKE, name, home, file],
                capture_output=True, text=True, check=True,
            ).stdout.split()  # fmt: skip
            runs: dict[str, list[dict[str, float] | None]] = {layout: [] for layout in LAYOUTS}
            for _ in range(arguments.repeats):
                for layout in LAYOUTS:
                    runs[layout].append(run(layout, file, arguments.limit))
        print(f"{name}: {int(shape[0]):,} films, {shape[1]} dimensions")
        found["sets"][name] = {"films": int(shape[0]), "dimensions": int(shape[1]), "runs": runs}
        for layout, results in runs.items():
            print(f"  {layout:<14}{told(results, arguments.limit)}", flush=True)
        found["machine"] = machine()
        RESULTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def run(layout: str, file: str, limit: float) -> dict[str, float] | None:
    try:
        ran = subprocess.run(
            [sys.executable, "-c", RUN, layout, file],
            capture_output=True, text=True, check=True, timeout=limit,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return None
    figures: dict[str, float] = json.loads(ran.stdout)
    return figures


def told(results: list[dict[str, float] | None], limit: float) -> str:
    done = [each for each in results if each is not None]
    if not done:
        return f"not finished in {limit:,.0f} s"
    trust = statistics.median(each["trustworthiness"] for each in done)
    seconds = statistics.median(each["seconds"] for each in done)
    cpu = statistics.median(each["cpu_seconds"] for each in done)
    return f"trustworthiness {trust:.3f}, {seconds:,.1f} s ({cpu:,.1f} s of processor)"


def machine() -> dict[str, Any]:
    from importlib.metadata import version

    return {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        **{name: version(name) for name in ("numpy", "numba", "scikit-learn", "umap-learn")},
    }


if __name__ == "__main__":
    main()
