"""``matinee import`` killed at any moment: a file is in the store whole, or not at all."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest
from tests.store.test_kill import run_and_kill

from matinee.store import Store

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")

FILMS = 300

# Imports one export of Letterboxd after the other, each with ratings of its own day and with films
# on the watchlist that only it has; prints the number of each once it is kept.
CODE = """
import io, sys, zipfile
from matinee.catalog import Catalog
from matinee.importers import Matcher, read
from matinee.store import Store
from matinee.store.importing import apply, known_to

FILMS = 300
catalog = Catalog.from_columns(
    list(range(1, 2 * FILMS + 1)), [f"Film Number {n} (1999)" for n in range(1, 2 * FILMS + 1)]
)
matcher = Matcher(catalog)

def export(number):
    day = f"{2000 + number // 300}-{1 + number // 25 % 12:02}-{1 + number % 25:02}"
    head = "Date,Name,Year,Letterboxd URI"
    rated = [f"{day},Film Number {n},1999,u,{1 + number % 5}" for n in range(1, FILMS + 1)]
    seen = [f"{day},Film Number {n},1999,u" for n in range(FILMS + 1, 2 * FILMS + 1)]
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("ratings.csv", "\\n".join([f"{head},Rating", *rated]))
        archive.writestr("watched.csv", "\\n".join([head, *seen]))
    return stream.getvalue()

def bring(store, number):
    report = matcher.match(read(export(number), "me.zip"), {}, known_to(store, 1, matcher.catalog))
    return apply(report, store, 1, catalog)
"""
IMPORTS = (
    CODE
    + """
with Store(sys.argv[1]) as store:
    for number in range(int(sys.argv[2]), 10**9):
        print("begin", flush=True)
        bring(store, number)
        print(number, flush=True)
"""
)


def test_an_import_is_whole_or_not_at_all(url: str, tmp_path: Path) -> None:
    with Store(url):
        pass
    own: dict[str, object] = {}
    exec(compile(CODE, "imports", "exec"), own)
    chance, kept = random.Random(3), 0
    for _ in range(4):
        said = run_and_kill(IMPORTS, url, kept, chance.uniform(0.02, 0.5), tmp_path / "log")
        with Store(url) as store:
            batches: dict[str, int] = {}
            before: int | None = None
            while events := store.history(1, limit=1000, before=before):
                before = events[-1].event_id
                for event in events:
                    assert event.batch is not None
                    batches[event.batch] = batches.get(event.batch, 0) + 1
            # Nothing half imported; nothing that was acknowledged is lost.
            assert set(batches.values()) <= {2 * FILMS}
            assert len(batches) in (kept + len(said), kept + len(said) + 1)
            kept = len(batches)
            # What stands is the last file that is in, whole.
            state = store.state(1)
            assert len(state.ratings) == len(state.seen) == (FILMS if kept else 0)
            assert {one.stars for one in state.ratings} <= {1.0 + (kept - 1) % 5}
    # The file that was cut off goes in whole, and a second time changes nothing.
    with Store(url) as store:
        added = own["bring"](store, kept)  # type: ignore[operator]
        assert len(added.event_ids) == 2 * FILMS
        again = own["bring"](store, kept)  # type: ignore[operator]
        assert again.event_ids == ()
