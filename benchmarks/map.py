"""Layouts of the map of films: how well neighborhoods survive, and how long it takes.

The same vectors go to each layout, in a process of its own, one after the other, in ``--repeats``
rounds; seconds are medians over the rounds, with imports and compilation left out (each is warmed
up on 200 films). Trustworthiness is that of the 15 nearest films by cosine, among 2,000 films drawn
at random.

Vectors: als on MovieLens latest-small and 1M (films with 5 ratings or more), and a synthetic
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
import statistics
import subprocess
import sys
import tempfile

import numpy as np
from sides import RESULTS, data_folder, machine, write

import matinee
from matinee.explore.map.build import LAYOUTS

SETS = ("ml-latest-small", "ml-1m", "synthetic-30k")

RUN = """
import json, sys, time, warnings
import numpy as np
from matinee.explore.map.build import place_films, trustworthiness
warnings.simplefilter("ignore")
layout, file = sys.argv[1:]
vectors = np.load(file)
place_films(vectors[:200], layout)
began, cpu = time.perf_counter(), time.process_time()
places, _ = place_films(vectors, layout)
seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
trust = trustworthiness(vectors, places)
print(json.dumps({"seconds": seconds, "cpu_seconds": cpu, "trustworthiness": trust}))
"""


def vectors_of(name: str) -> np.ndarray:
    if name == "synthetic-30k":
        rng = np.random.default_rng(0)
        group = rng.choice(300, 30_000, p=rng.dirichlet(np.ones(300)))
        spread = rng.uniform(0.3, 0.9, (300, 1))[group]
        return rng.standard_normal((300, 64))[group] + rng.standard_normal((30_000, 64)) * spread
    model = matinee.create_model("als").fit(matinee.load(str(data_folder() / f"{name}.zip")))
    return model.movie_vectors()[model.stats.counts >= 5]


def run(layout: str, file: str, limit: float) -> dict[str, float] | None:
    command = [sys.executable, "-c", RUN, layout, file]
    try:
        ran = subprocess.run(command, capture_output=True, text=True, check=True, timeout=limit)
    except subprocess.TimeoutExpired:
        return None
    figures: dict[str, float] = json.loads(ran.stdout)
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=SETS, action="append")
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--limit", type=float, default=900)
    arguments = parser.parse_args()
    path = RESULTS / "map.json"
    found = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"sets": {}}
    for name in arguments.only or SETS:
        vectors = vectors_of(name)
        print(f"{name}: {len(vectors):,} films, {vectors.shape[1]} dimensions")
        with tempfile.TemporaryDirectory() as folder:
            file = f"{folder}/vectors.npy"
            np.save(file, vectors)
            rounds = [
                {layout: run(layout, file, arguments.limit) for layout in LAYOUTS}
                for _ in range(arguments.repeats)
            ]
        for layout in LAYOUTS:
            done = [each[layout] for each in rounds if each[layout] is not None]
            if not done:
                print(f"  {layout:<6}not finished in {arguments.limit:,.0f} s")
                continue
            names = ("trustworthiness", "seconds", "cpu_seconds")
            trust, seconds, cpu = (statistics.median(each[name] for each in done) for name in names)
            print(
                f"  {layout:<6}trustworthiness {trust:.3f}, {seconds:,.1f} s ({cpu:,.1f} s of cpu)"
            )
        found["sets"][name] = {"films": len(vectors), "rounds": rounds}
        write(path, {**found, "machine": machine()})


if __name__ == "__main__":
    main()
