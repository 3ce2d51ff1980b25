"""A process that is killed loses nothing that it was told is kept, and leaves nothing half done."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from matinee.store import Store

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")

# Prints each rating once the store has said that it is kept.
RATES = """
import sys
from matinee.store import Store
store = Store(sys.argv[1])
for number in range(int(sys.argv[2]), 10**9):
    store.rate(1, number, 0.5 + number % 10 / 2)
    print(number, flush=True)
"""

# Adds files of 400 films each; prints the number of each file once it is kept.
IMPORTS = """
import sys
from matinee.store import Entry, Store
store = Store(sys.argv[1])
for number in range(int(sys.argv[2]), 10**9):
    rows = [Entry(f"{number}-{film}", value=3.5, at=film) for film in range(400)]
    print("begin", flush=True)
    store.add_many(1, rows, source="import:x", batch=str(number))
    print(number, flush=True)
"""

ROUNDS = 4


def run_and_kill(program: str, url: str, first: int, seconds: float, log: Path) -> list[int]:
    """Start a program, kill it a while after its first line, and return what it acknowledged."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", program, url, str(first)],
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            deadline = time.monotonic() + 60
            while log.stat().st_size == 0 and time.monotonic() < deadline:
                assert process.poll() is None, log.read_text()
                time.sleep(0.005)
            time.sleep(seconds)
            assert process.poll() is None, log.read_text()
        finally:
            process.kill()
            process.wait()
    return [int(line) for line in log.read_text().split() if line.isdigit()]


def test_no_acknowledged_rating_is_lost(url: str, tmp_path: Path) -> None:
    with Store(url):
        pass
    chance, kept = random.Random(1), set[int]()
    for _ in range(ROUNDS):
        first = max(kept, default=-1) + 1
        said = run_and_kill(RATES, url, first, chance.uniform(0.0, 0.3), tmp_path / "log")
        assert said
        kept.update(said)
        with Store(url) as store:
            stars = store.state(1).stars
            assert {str(number) for number in kept} <= set(stars)
            # At most the one that was on its way, and what stands follows from the history.
            extra = {int(movie) for movie in stars} - kept
            assert extra <= {max(kept) + 1}
            assert all(value == 0.5 + int(movie) % 10 / 2 for movie, value in stars.items())
            assert {event.movie_id for event in store.history(1, limit=1000)} <= set(stars)
            kept |= extra


def test_no_import_is_left_half_done(url: str, tmp_path: Path) -> None:
    with Store(url):
        pass
    chance, kept = random.Random(2), set[int]()
    for _ in range(ROUNDS):
        first = max(kept, default=-1) + 1
        said = run_and_kill(IMPORTS, url, first, chance.uniform(0.0, 0.4), tmp_path / "log")
        kept.update(said)
        with Store(url) as store:
            films: dict[int, int] = {}
            for movie in store.state(1).stars:
                number = int(movie.partition("-")[0])
                films[number] = films.get(number, 0) + 1
            assert set(films.values()) <= {400}
            assert kept <= set(films)
            extra = set(films) - kept
            assert extra <= {max(kept, default=-1) + 1}
            kept |= extra
            # It can be used at once, and the file that was cut off goes in whole.
            assert store.revision(1) == len(kept)
