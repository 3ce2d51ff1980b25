"""Counting ratings for `matinee explore`: NumPy over blocks beside Polars, in one run.

Both count how often each film got each star value, and the sum of stars of each person, from the
columns as Matinee holds them (int32, int32, float32, sorted by person). Five repeats in turn, each
in a process of its own; medians of seconds, and the most memory above the columns.

    .venv/bin/python benchmarks/explore_engines.py

Writes benchmarks/results/explore_engines.json. The ratings are synthetic: drawn at random, films by
a power law.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
from pathlib import Path

RESULTS = Path(__file__).parent / "results" / "explore_engines.json"
REPEATS = 5

RUN = """
import json, sys, time
import numpy as np
import polars as pl
from matinee.evaluation.candidate import PeakMemory
engine, n = sys.argv[1], 20_000_000
n_users, n_movies, block = 140_000, 60_000, 500_000
rng = np.random.default_rng(0)
users = np.sort(rng.integers(0, n_users, n, dtype=np.int32))
movies = (n_movies * rng.random(n, dtype=np.float32) ** 4).astype(np.int32)
stars = (rng.integers(1, 11, n, dtype=np.int8) / np.float32(2)).astype(np.float32)

def by_numpy():
    levels, sums = np.zeros(n_movies * 10, dtype=np.int64), np.zeros(n_users)
    for start in range(0, n, block):
        rows = slice(start, start + block)
        place = np.rint(2 * stars[rows] - 1).astype(np.int64)
        levels += np.bincount(movies[rows] * np.int64(10) + place, minlength=levels.size)
        first = users[start]
        part = np.bincount(users[rows] - first, stars[rows])
        sums[first : first + part.size] += part
    return levels, sums

def by_polars():
    frame = pl.LazyFrame({"user": users, "movie": movies, "stars": stars})
    films = frame.group_by("movie", "stars").len()
    people = frame.group_by("user").agg(pl.col("stars").cast(pl.Float64).sum())
    films, people = pl.collect_all([films, people], engine="streaming")
    levels, sums = np.zeros(n_movies * 10, dtype=np.int64), np.zeros(n_users)
    place = np.rint(2 * films["stars"].to_numpy() - 1).astype(np.int64)
    levels[films["movie"].to_numpy() * np.int64(10) + place] = films["len"].to_numpy()
    sums[people["user"].to_numpy()] = people["stars"].to_numpy()
    return levels, sums

memory = PeakMemory()
start = time.perf_counter()
levels, sums = by_numpy() if engine == "numpy" else by_polars()
seconds = time.perf_counter() - start
check = int((levels * np.arange(levels.size)).sum()) + float(sums @ np.arange(n_users))
print(json.dumps({"seconds": seconds, "bytes_above": memory.added, "check": check}))
"""


def main() -> None:
    runs: dict[str, list[dict[str, float]]] = {"numpy": [], "polars": []}
    for _ in range(REPEATS):
        for engine, found in runs.items():
            ran = subprocess.run(
                [sys.executable, "-c", RUN, engine], capture_output=True, text=True, check=True
            )
            found.append(json.loads(ran.stdout))
    assert len({run["check"] for found in runs.values() for run in found}) == 1
    for engine, found in runs.items():
        seconds = statistics.median(run["seconds"] for run in found)
        above = max(run["bytes_above"] for run in found) / 2**20
        print(f"{engine}: {seconds:.2f} s, {above:,.0f} MiB above the columns")
    about = {"python": platform.python_version(), "processors": os.cpu_count()}
    about["load_after"] = os.getloadavg()[0]
    RESULTS.write_text(json.dumps({"about": about, "runs": runs}, indent=1) + "\n")


if __name__ == "__main__":
    main()
