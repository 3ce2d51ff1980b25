"""A server that is killed in the middle of writing loses nothing that it has acknowledged."""

from __future__ import annotations

import os
import random
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx2
import pytest
from tests.server.doors import LETTERBOXD, small_model
from tests.server.processes import matinee_serve

from matinee.store import Store

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL"),
]

API = "/api/v1"
ROUNDS = 3


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "small"
    small_model().save(path)
    return path


@contextmanager
def running(model: Path, folder: Path) -> Iterator[tuple[httpx2.Client, Callable[[], None]]]:
    """A server in a process of its own, and how to kill it with its worker."""
    with matinee_serve(folder, "--model", str(model), "--rate", "0") as server:

        def kill() -> None:
            for one in (server.process.pid, *server.workers()):
                os.kill(one, signal.SIGKILL)
            server.process.wait()

        with httpx2.Client(base_url=server.url, timeout=30) as client:
            yield client, kill


def rate_until_it_dies(
    client: httpx2.Client, kill: Callable[[], None], chance: random.Random, kept: dict[str, float]
) -> None:
    """Rate films; the kill comes a while after the first answer, wherever it finds the server."""
    killer = threading.Timer(chance.uniform(0.0, 0.3), kill)
    with suppress(httpx2.TransportError):
        while True:
            movie, stars = str(chance.randint(1, 40)), chance.randint(1, 10) / 2
            kept.pop(movie, None)  # until it is acknowledged, either may stand
            answer = client.put(f"{API}/me/ratings/{movie}", json={"stars": stars})
            assert answer.status_code == 200
            kept[movie] = stars
            if not killer.is_alive() and not killer.finished.is_set():
                killer.start()
    killer.join()


def test_what_was_acknowledged_is_there(model: Path, tmp_path: Path) -> None:
    chance, kept = random.Random(4), dict[str, float]()
    for _ in range(ROUNDS):
        with running(model, tmp_path) as (client, kill):
            shown = client.get(f"{API}/me/ratings?limit=200").json()["items"] if kept else []
            assert kept.items() <= {one["movie_id"]: one["stars"] for one in shown}.items()
            rate_until_it_dies(client, kill, chance, kept)
        assert kept
        with Store(str(tmp_path / "people.db")) as store:
            stands, history = store.state(1).stars, store.history(1, limit=1000)
        assert kept.items() <= stands.items()
        # What stands follows from the history, also for the one that was on its way.
        for movie, stars in stands.items():
            assert stars == next(event.value for event in history if event.movie_id == movie)


def test_an_import_is_there_whole_or_not_at_all(model: Path, tmp_path: Path) -> None:
    rows = "".join(
        f"2024-05-{number % 28 + 1:02},Film {number},{1980 + number},https://boxd.it/{number},4\n"
        for number in range(1, 41)
    )
    data = f"{LETTERBOXD.splitlines()[0]}\n{rows}".encode()
    chance = random.Random(7)
    for _ in range(ROUNDS):
        acknowledged = False
        with running(model, tmp_path) as (client, kill):
            handed_in = client.post(f"{API}/me/imports", files={"file": ("ratings.csv", data)})
            report = handed_in.json()
            assert report["counts"]["matched"] == 40
            path = f"{API}/me/imports/{report['import_id']}/apply"
            killer = threading.Timer(chance.uniform(0.0, 0.05), kill)
            killer.start()
            with suppress(httpx2.TransportError):
                acknowledged = client.post(path, json={}).status_code == 200
            killer.join()
        with Store(str(tmp_path / "people.db")) as store:
            count = len(store.ratings(1))
            store.delete_everything(1)
        assert count in ((40,) if acknowledged else (0, 40))
