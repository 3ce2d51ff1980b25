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
import json
import os
import random
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
from sides import RESULTS, machine, write

import matinee

API = "/api/v1"
SEARCHES = ("the god", "heat", "star wa", "pulp", "shawsh", "allien", "toy st", "matrx")


@contextmanager
def server(folder: Path, model: Path | None) -> Iterator[int]:
    """The port of a server with the default model of the sample, in a process of its own."""
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
        yield port
    finally:
        process.terminate()
        process.wait()


def message(method: str, path: str, body: Any = None) -> bytes:
    """A request as it goes over the wire."""
    data = b"" if body is None else json.dumps(body).encode()
    head = f"{method} {API}{path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(data)}\r\n"
    return f"{head}Content-Type: application/json\r\n\r\n".encode() + data


def requests_of(chance: random.Random) -> dict[str, tuple[float, Callable[[], bytes]]]:
    """What is asked, and how often a second."""
    data = matinee.load("sample")
    counts = data.ratings.movie_stats.counts.astype(int)
    ids = [str(data.ratings.movie_ids.id_of(int(code))) for code in (-counts).argsort()[:400]]

    def stars() -> float:
        return chance.randint(1, 10) / 2

    def ratings() -> dict[str, Any]:
        return {"ratings": [{"movie_id": m, "stars": stars()} for m in chance.sample(ids, 10)]}

    def search() -> bytes:
        return message("GET", f"/films?q={quote(chance.choice(SEARCHES))}")

    return {
        "lists": (50, lambda: message("POST", "/recommendations", {**ratings(), "n": 20})),
        "searches": (20, search),
        "similar films": (5, lambda: message("GET", f"/films/{chance.choice(ids)}/similar")),
        "tastes": (1, lambda: message("POST", "/taste", ratings())),
        "ratings written": (
            5,
            lambda: message("PUT", f"/me/ratings/{chance.choice(ids)}", {"stars": stars()}),
        ),
    }


async def ask(port: int, seconds: float, only: str | None = None) -> dict[str, Any]:
    """Send requests for some seconds; times and statuses by kind."""
    chance = random.Random(1)
    kinds = {k: v for k, v in requests_of(chance).items() if only in (None, k)}
    times: dict[str, list[float]] = {name: [] for name in kinds}
    free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
    wrong = 0

    async def one(name: str, due: float, sent: bytes) -> None:
        nonlocal wrong
        reader, writer = free.pop() if free else await asyncio.open_connection("127.0.0.1", port)
        writer.write(sent)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = re.search(rb"content-length: (\d+)", head)
        assert length is not None
        await reader.readexactly(int(length[1]))
        times[name].append(time.perf_counter() - due)
        wrong += not head.startswith(b"http/1.1 200")
        free.append((reader, writer))

    arrivals: list[tuple[float, str, bytes]] = []
    for name, (rate, make) in kinds.items():
        at = chance.expovariate(rate)
        while at < seconds:
            arrivals.append((at, name, make()))
            at += chance.expovariate(rate)
    begun, tasks = time.perf_counter(), []
    for at, name, sent in sorted(arrivals, key=lambda one: one[0]):
        await asyncio.sleep(max(0.0, begun + at - time.perf_counter()))
        tasks.append(asyncio.ensure_future(one(name, begun + at, sent)))
    await asyncio.gather(*tasks)
    for _, writer in free:
        writer.close()

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
    with tempfile.TemporaryDirectory() as folder, server(Path(folder), given.model) as port:
        asyncio.run(ask(port, 3.0))
        found = {
            "alone": asyncio.run(ask(port, seconds, "lists")),
            "beside other work": asyncio.run(ask(port, seconds)),
        }
    print(found)
    write(RESULTS / "serving.json", {"machine": machine(), "seconds": seconds, **found})


if __name__ == "__main__":
    main()
