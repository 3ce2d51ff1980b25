"""`matinee explore` on ten million synthetic ratings, and on ML-1M: seconds and memory.

Each run is a process of its own. The peak of resident memory is compared with the size of the
ratings themselves (20 bytes each): "above" is what the report needs on top of the loaded data.
Synthetic data come from matinee.datasets.generate and are made in the same process before the clock
starts; what the making needed at its own peak is told apart.

Run from the project's root::

    .venv/bin/python benchmarks/explore.py
    .venv/bin/python benchmarks/explore.py --only ml-1m

The real file is found through ``MATINEE_DATA``, else in ``../shared/data``.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "benchmarks" / "results" / "explore.json"

RUN = """
import json, os, resource, sys, threading, time
import matinee
from matinee.datasets.generate import generate
what, out = sys.argv[1:]

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()

peak, stop = 0, threading.Event()

def watch():
    global peak
    while not stop.wait(0.05):
        peak = max(peak, resident())

began = time.perf_counter()
data = generate(int(what)) if what.isdigit() else matinee.load(what)
made = time.perf_counter()
making_peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
before = resident()
watcher = threading.Thread(target=watch, daemon=True)
watcher.start()
from matinee.explore.report import explore
stages = {}
cpu = time.process_time()
report = explore(data, out, progress=lambda e: stages.__setitem__(e.stage, time.perf_counter()))
done = time.perf_counter()
stop.set()
print(json.dumps({
    "ratings": len(data.ratings), "users": data.ratings.n_users, "films": len(data.catalog),
    "load_or_make_seconds": made - began, "explore_seconds": done - made,
    "explore_cpu_seconds": time.process_time() - cpu,
    "count_seconds": stages["count"] - made, "ratings_bytes": 20 * len(data.ratings),
    "making_peak_bytes": making_peak, "before_bytes": before,
    "peak_bytes": max(peak, resident()), "pictures": len(report.charts),
}))
"""


def measure(what: str) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as out:
        ran = subprocess.run(
            [sys.executable, "-c", RUN, what, out], capture_output=True, text=True, check=True
        )
    figures: dict[str, float] = json.loads(ran.stdout)
    above = (figures["peak_bytes"] - figures["before_bytes"]) / 2**20
    print(
        f"{figures['ratings']:>12,} ratings: read or made in {figures['load_or_make_seconds']:.1f} "
        f"s, report in {figures['explore_seconds']:.1f} s, {above:,.0f} MiB above the data"
    )
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ratings", type=int, default=10_000_000)
    parser.add_argument("--repeats", type=int, default=3, help="runs on ML-1M")
    parser.add_argument("--only", choices=("synthetic", "ml-1m"), help="keep the other's figures")
    arguments = parser.parse_args()
    folder = Path(os.environ.get("MATINEE_DATA", ROOT.parent / "shared" / "data"))
    results: dict[str, Any] = json.loads(RESULTS.read_text(encoding="utf-8"))
    results |= {"python": platform.python_version(), "processors": os.cpu_count()}
    if arguments.only != "ml-1m":
        results["load_before"]["synthetic"] = os.getloadavg()[0]
        results["synthetic"] = measure(str(arguments.ratings))
    real = folder / "ml-1m.zip"
    if arguments.only != "synthetic" and real.exists():
        results["load_before"]["ml-1m"] = os.getloadavg()[0]
        results["ml-1m"] = [measure(str(real)) for _ in range(arguments.repeats)]
    RESULTS.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
