"""What an import costs in resident memory.

Hostile files cost little more than the bytes that are read of them, and the largest file that is
taken stays within what a small server has.
"""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from matinee.importers import MAX_BYTES, MAX_ROWS

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks Linux")

HEAD = "Date,Name,Year,Letterboxd URI,Rating\n"

# Everything that an import loads is loaded before the measuring begins.
PROGRAM = """
import sys
from matinee.catalog import Catalog
from matinee.errors import MatineeError
from matinee.evaluation.candidate import PeakMemory
from matinee.importers import Matcher, read

matcher = Matcher(Catalog.from_columns([6], ["Heat (1995)"]))
matcher.match(read(b"Date,Name,Year,Letterboxd URI\\n2024-05-01,Heat,1995,u", "watched.csv"))
memory = PeakMemory()
try:
    said = str(sum(matcher.match(read(sys.argv[1])).counts.values()))
except MatineeError as error:
    said = str(error)
print(memory.added)
print(said)
"""


def measure(path: Path) -> tuple[int, str]:
    """Bytes that importing a file takes at its peak, and what came of it."""
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(path)],
        capture_output=True,
        text=True,
        check=True,
        timeout=100,
    )
    peak, said = ran.stdout.splitlines()
    return int(peak), said


def zipped(text: bytes) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("ratings.csv", text)

    return write


def sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(100 * MAX_BYTES)


MILLION = (HEAD + "2024-05-01,Heat,1995,u,4\n" * 10**6).encode()
HOSTILE: dict[str, tuple[str, Callable[[Path], object], str]] = {
    "a million rows": ("r.csv", lambda path: path.write_bytes(MILLION), "more than 100,000 rows"),
    "a million rows, packed": ("r.zip", zipped(MILLION), "more than 100,000 rows"),
    "bomb": ("r.zip", zipped(b"\0" * (2 * MAX_BYTES)), "more than the limit"),
    "one row": ("r.zip", zipped(HEAD.encode() + b"x" * (MAX_BYTES - 99)), "no line end in"),
    "3 GB": ("r.csv", sparse, "is larger than"),
    "values": (
        "r.json",
        lambda path: path.write_bytes(b"[" + b"[]," * (MAX_BYTES // 3 - 9) + b"0]"),
        "too many values",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_refusing_costs_little_more_than_the_bytes(name: str, tmp_path: Path) -> None:
    file, write, refusal = HOSTILE[name]
    write(tmp_path / file)
    peak, said = measure(tmp_path / file)
    assert refusal in said
    assert peak < 2 * MAX_BYTES


def test_the_largest_files_that_are_taken(tmp_path: Path) -> None:
    table = tmp_path / "ratings.csv"
    rows = (f"2024-05-01,A film called number {n % 999},1999,u,4\n" for n in range(MAX_ROWS))
    table.write_text(HEAD + "".join(rows))
    document = tmp_path / "trakt.json"
    entries = [
        {
            "rated_at": "2014-09-01T09:10:11.000Z",
            "rating": 9,
            "type": "movie",
            "movie": {"title": f"Film {n % 999}", "year": 1995, "ids": {"imdb": f"tt{n % 999:07}"}},
        }
        for n in range(MAX_ROWS)
    ]
    document.write_text(json.dumps(entries))
    for path in (table, document):
        peak, said = measure(path)
        assert said == "999"
        assert peak < 400 * 2**20
