"""Reading and coding the ML-1M zip, beside Polars' own read of the same bytes.

Each measurement is a process of its own; sides take turns, so that a busy machine slows all alike;
what counts is the ratio of the medians. Imports come before the clock starts. Unzipping is part of
every side's time, as none can do without it.

Sides:

``matinee``
    ``matinee.load("ml-1m.zip")``: inflate, parse, check each row, read the films, code the ids,
    sort by user and film, drop repeated pairs, count ratings per film.
``polars-default``
    ``zipfile`` and ``polars.read_csv`` of the ratings as they are, types inferred; "::" is read as
    ":" with an empty column between. This is what one would write by hand.
``polars-lean``
    The same with the four columns and their types given: the least that Polars can be asked for.

Memory is the peak resident size above what the process had after its imports, for each rating.
The sample is timed as well: ``matinee.load("sample")`` after ``import matinee``, which loads
nothing else by itself; with NumPy and Polars imported before, and without.

Run from the project's root::

    .venv/bin/python benchmarks/reading.py --repeats 15

The file is found through ``MATINEE_DATA``, else in ``../shared/data``.
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

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "benchmarks" / "results" / "reading.json"
RATINGS = 1_000_209
MEMBER = "ml-1m/ratings.dat"

# Compiled modules are kept, as in any installation.
ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
ENVIRONMENT["PYTHONPYCACHEPREFIX"] = tempfile.gettempdir() + "/matinee-benchmark-pycache"

PREPARE = """
import json, os, resource, sys, time

def resident(field):
    with open("/proc/self/status") as file:
        for line in file:
            if line.startswith(field):
                return int(line.split()[1]) * 1024

def start():
    try:
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")  # the peak counts from here
    except OSError:
        pass
    used = resource.getrusage(resource.RUSAGE_SELF)
    return resident("VmRSS"), used.ru_utime + used.ru_stime, time.perf_counter()

def stop(begun, result):
    seconds = time.perf_counter() - begun[2]
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({
        "seconds": seconds,
        "cpu_seconds": used.ru_utime + used.ru_stime - begun[1],
        "peak_bytes": resident("VmHWM") - begun[0],
        "rows": len(result),
    }))

path = sys.argv[1]
"""

SIDES = {
    "matinee": """
import matinee, matinee.datasets.reading
begun = start()
result = matinee.load(path).ratings
stop(begun, result)
""",
    "polars-default": f"""
import zipfile, polars
begun = start()
with zipfile.ZipFile(path) as archive:
    data = archive.read({MEMBER!r})
result = polars.read_csv(data, separator=":", has_header=False)
stop(begun, result)
""",
    "polars-lean": f"""
import zipfile, polars
types = [polars.Int32, polars.String, polars.Int32, polars.String, polars.Float32,
         polars.String, polars.Int64]
begun = start()
with zipfile.ZipFile(path) as archive:
    data = archive.read({MEMBER!r})
result = polars.read_csv(
    data, separator=":", has_header=False, columns=[0, 2, 4, 6], quote_char=None,
    schema={{f"c{{i}}": kind for i, kind in enumerate(types)}},
)
stop(begun, result)
""",
}

SAMPLES = {
    "sample, nothing imported before": """
import matinee
begun = start()
result = matinee.load("sample").ratings
stop(begun, result)
""",
    "sample, numpy and polars imported": """
import matinee, numpy, polars
begun = start()
result = matinee.load("sample").ratings
stop(begun, result)
""",
    "sample, second time": """
import matinee
matinee.load("sample")
begun = start()
result = matinee.load("sample").ratings
stop(begun, result)
""",
    "import numpy and polars alone": """
begun = start()
import numpy, polars
stop(begun, "x")
""",
}


def measure(code: str, path: Path) -> dict[str, float]:
    """Run one side in a process of its own."""
    command = [sys.executable, "-c", PREPARE + code, str(path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=ENVIRONMENT)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def summary(runs: list[dict[str, float]]) -> dict[str, object]:
    """Medians, and the raw figures."""
    return {
        "median_seconds": round(statistics.median(run["seconds"] for run in runs), 4),
        "fastest_seconds": round(min(run["seconds"] for run in runs), 4),
        "median_cpu_seconds": round(statistics.median(run["cpu_seconds"] for run in runs), 4),
        "median_peak_bytes": int(statistics.median(run["peak_bytes"] for run in runs)),
        "runs": runs,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="Reading ML-1M, beside Polars.")
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--out", type=Path, default=RESULTS)
    arguments = parser.parse_args()
    folder = Path(os.environ.get("MATINEE_DATA", ROOT.parent / "shared" / "data"))
    path = folder / "ml-1m.zip"
    if not path.exists():
        sys.exit(f"{path.name} is not in {folder}; set MATINEE_DATA to the folder that has it")

    runs: dict[str, list[dict[str, float]]] = {name: [] for name in (*SIDES, *SAMPLES)}
    for code in (*SIDES.values(), *SAMPLES.values()):
        measure(code, path)
    for _ in range(arguments.repeats):
        for name, code in (*SIDES.items(), *SAMPLES.items()):
            runs[name].append(measure(code, path))
    if {run["rows"] for name in SIDES for run in runs[name]} != {RATINGS}:
        sys.exit("the sides did not read the same number of ratings")

    import numpy as np
    import polars as pl

    sides = {name: summary(found) for name, found in runs.items()}
    ratios = {}
    for peer in ("polars-default", "polars-lean"):
        for figure in ("seconds", "cpu_seconds"):
            ours = statistics.median(run[figure] for run in runs["matinee"])
            theirs = statistics.median(run[figure] for run in runs[peer])
            ratios[f"{figure} against {peer}"] = round(ours / theirs, 3)
    per_rating = {
        name: round(statistics.median(run["peak_bytes"] for run in runs[name]) / RATINGS, 1)
        for name in SIDES
    }
    document = {
        "what": "ml-1m.zip, 1,000,209 ratings; unzipping is in all sides",
        "machine": {"processors": os.cpu_count(), "architecture": platform.machine()},
        "versions": {
            "python": platform.python_version(),
            "polars": pl.__version__,
            "numpy": np.__version__,
        },
        "repeats": arguments.repeats,
        "load_average_at_the_end": os.getloadavg(),
        "ratios": ratios,
        "peak_bytes_per_rating": per_rating,
        "sides": sides,
    }
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(json.dumps(document, indent=1) + "\n")
    for name, side in sides.items():
        print(f"{name:34} {side['median_seconds']:>8} s  cpu {side['median_cpu_seconds']:>8} s")
    print(json.dumps({"ratios": ratios, "peak bytes a rating": per_rating}, indent=1))


if __name__ == "__main__":
    main()
