"""Lists at a rate that does not wait, beside other work: what one worker of `matinee serve` does.

Requests for 20 films with reasons, for ten ratings that come along, arrive as a Poisson process at
50 a second. Beside them arrive searches, similar films, tastes, and ratings that are written to the
database. A request's time counts from when it was due, not from when a connection was free, so that
a server that stalls is charged for all who wait. Client and server share the machine.

Run from the project's root::

    .venv/bin/python benchmarks/serving.py
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
from sides import RESULTS, machine, write

import matinee

API = "/api/v1"
SEARCHES = ("the god", "heat", "star wa", "pulp", "shawsh", "allien", "toy st", "matrx")


@contextmanager
def server(folder: Path, model: Path | None) -> Iterator[str]:
    """The address of a server with the default model of the sample, in a process of its own."""
    if model is None:
        model = matinee.create_model().fit(matinee.load("sample")).save(folder / "model")
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    places = dict.fromkeys(("HOME", "XDG_DATA_HOME", "MATINEE_CACHE"), str(folder))
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "matinee", "serve", "--port", str(port)),
            *("--rate", "0", "--model", str(model)),
        ],
        env={**os.environ, **places, "MATINEE_DATABASE_URL": str(folder / "people.db")},
    )
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            try:
                if httpx2.get(f"{url}{API}/ready").status_code == 200:
                    break
            except httpx2.TransportError:
                pass
            time.sleep(0.1)
        time.sleep(5)  # the map and the questions are made by then
        yield url
    finally:
        process.terminate()
        process.wait()


def requests_of(chance: random.Random) -> dict[str, tuple[float, Callable[[], dict[str, Any]]]]:
    """What is asked, and how often a second."""
    data = matinee.load("sample")
    counts = data.ratings.movie_stats.counts.astype(int)
    ids = [str(data.ratings.movie_ids.id_of(int(code))) for code in (-counts).argsort()[:400]]

    def ratings() -> list[dict[str, Any]]:
        return [{"movie_id": m, "stars": chance.randint(1, 10) / 2} for m in chance.sample(ids, 10)]

    def get(path: str) -> dict[str, Any]:
        return {"method": "GET", "url": API + path}

    def post(path: str, **body: Any) -> dict[str, Any]:
        return {"method": "POST", "url": API + path, "json": {"ratings": ratings(), **body}}

    return {
        "lists": (50, lambda: post("/recommendations", n=20)),
        "searches": (
            20,
            lambda: {"method": "GET", "url": f"{API}/films?q={chance.choice(SEARCHES)}"},
        ),
        "similar films": (5, lambda: get(f"/films/{chance.choice(ids)}/similar")),
        "tastes": (1, lambda: post("/taste")),
        "ratings written": (
            5,
            lambda: {
                "method": "PUT",
                "url": f"{API}/me/ratings/{chance.choice(ids)}",
                "json": {"stars": chance.randint(1, 10) / 2},
            },
        ),
    }


async def ask(url: str, seconds: float, only: str | None = None) -> dict[str, Any]:
    """Send requests for some seconds; times and statuses by kind."""
    chance = random.Random(1)
    kinds = {k: v for k, v in requests_of(chance).items() if only in (None, k)}
    times: dict[str, list[float]] = {name: [] for name in kinds}
    wrong = 0

    async with httpx2.AsyncClient(base_url=url, timeout=30) as client:

        async def one(name: str, due: float, made: dict[str, Any]) -> None:
            nonlocal wrong
            answer = await client.request(**made)
            wrong += answer.status_code != 200
            times[name].append(time.perf_counter() - due)

        begun, tasks = time.perf_counter(), []
        arrivals = []
        for name, (rate, make) in kinds.items():
            at = chance.expovariate(rate)
            while at < seconds:
                arrivals.append((at, name, make()))
                at += chance.expovariate(rate)
        for at, name, made in sorted(arrivals, key=lambda one: one[0]):
            await asyncio.sleep(max(0.0, begun + at - time.perf_counter()))
            tasks.append(asyncio.ensure_future(one(name, begun + at, made)))
        await asyncio.gather(*tasks)

    def quantile(values: list[float], share: float) -> float:
        return round(1000 * sorted(values)[min(len(values) - 1, int(share * len(values)))], 2)

    return {
        name: {
            "a_second": round(len(found) / seconds, 1),
            "p50_ms": quantile(found, 0.5),
            "p99_ms": quantile(found, 0.99),
            "worst_ms": quantile(found, 1.0),
        }
        for name, found in times.items()
        if found
    } | {"wrong": wrong}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--model", type=Path, help="Of the sample, trained before.")
    given = parser.parse_args()
    seconds = given.seconds
    with tempfile.TemporaryDirectory() as folder, server(Path(folder), given.model) as url:
        asyncio.run(ask(url, 3.0))
        found = {
            "alone": asyncio.run(ask(url, seconds, "lists")),
            "beside other work": asyncio.run(ask(url, seconds)),
        }
    print(found)
    write(RESULTS / "serving.json", {"machine": machine(), "seconds": seconds, **found})


if __name__ == "__main__":
    main()
