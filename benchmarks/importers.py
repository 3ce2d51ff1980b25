"""Importing whole libraries: how often the right film, how often a question, how long.

    python benchmarks/importers.py [--quick]

Makes exports of Letterboxd and IMDb out of the 62,423 films of ml-25m-catalog.zip (MATINEE_DATA,
else ../shared/data): titles as they are displayed or their alternative titles, years off by one in
a tenth of the rows. Each is imported with and without ids in the catalogue, and once more into a
catalogue that lacks every other film, where each film that is taken for an absent one is wrong and
each question about it is asked in vain. Two more have what questions are for: a letter that is
wrong, or a year that is two or three off.

Only films whose title has an odd CRC-32 are asked for: what is worth a question was chosen by
looking at the others. Writes benchmarks/results/importers.json.
"""

from __future__ import annotations

import argparse
import binascii
import csv
import io
import json
import os
import platform
import string
import time
from pathlib import Path
from typing import Any

import numpy as np

from matinee.catalog import Catalog
from matinee.datasets import load_catalog
from matinee.importers import Matcher, Report, read
from matinee.titles import parse_title

ROOT = Path(__file__).parent.parent
RESULT = Path(__file__).parent / "results" / "importers.json"
SEED = 20
LETTERBOXD = ("Date", "Name", "Year", "Letterboxd URI", "Rating")
IMDB = (
    *("Const", "Your Rating", "Date Rated", "Title"),
    *("Original Title", "URL", "Title Type", "Year"),
)


def without(catalog: Catalog, keep: np.ndarray, *, ids: bool) -> Catalog:
    """Some films of a catalogue, with or without their numbers elsewhere."""
    codes = np.flatnonzero(keep)
    columns: dict[str, Any] = {"years": catalog.years[codes]}
    if ids:
        columns |= {"imdb_ids": catalog.imdb_ids[codes], "tmdb_ids": catalog.tmdb_ids[codes]}
    titles = [catalog.titles[code] for code in codes.tolist()]
    return Catalog.from_columns(catalog.movie_ids.ids[codes], titles, **columns)


def with_a_slip(title: str, random: np.random.Generator) -> str:
    """A title with a letter too many, too few or another one, not the first."""
    at, letter = (
        int(random.integers(1, max(len(title), 2))),
        random.choice([*string.ascii_lowercase]),
    )
    before, after = title[:at], title[at:]
    return str(
        random.choice([before + letter + after, before + after[1:], before + letter + after[1:]])
    )


def export(
    catalog: Catalog, codes: list[int], *, imdb: bool, alternative: bool, wrong: str = ""
) -> bytes:
    """An export with a film on each line, in the order of the codes."""
    random = np.random.default_rng(SEED)
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(IMDB if imdb else LETTERBOXD)
    for code in codes:
        film = parse_title(catalog.titles[code])
        title = film.alternatives[0] if alternative and film.alternatives else film.title
        year = int(catalog.years[code]) or ""
        if year and random.random() < 0.1 and wrong != "year":
            year += int(random.choice([-1, 1]))
        if year and wrong == "year":
            year += int(random.choice([-3, -2, 2, 3]))
        if wrong == "letter":
            title = with_a_slip(title, random)
        if imdb:
            number = f"tt{int(catalog.imdb_ids[code]):07d}"
            writer.writerow([number, 8, "2024-05-01", title, film.title, "", "movie", year])
        else:
            writer.writerow(["2024-05-01", title, year, "", 4])
    return stream.getvalue().encode()


def outcome(report: Report, catalog: Catalog, codes: list[int], seconds: float) -> dict[str, Any]:
    """Shares of the rows in each state; of the uncertain, how many have the film on offer."""
    wanted = [catalog.movie_ids.id_of(code) for code in codes]
    right = sum(one.film.movie_id == wanted[one.row.line - 2] for one in report.matched)
    offered = sum(
        any(film.movie_id == wanted[row.line - 2] for film in entry.candidates)
        for entry in report.uncertain
        for row in entry.rows
    )
    matched = len(report.matched) + len(report.already)
    counts = report.counts
    return {
        "rows": len(codes),
        "right": round(right / len(codes), 5),
        "wrong": round((matched - right) / len(codes), 5),
        "uncertain": round(counts["uncertain"] / len(codes), 5),
        "uncertain, film among the candidates": round(offered / len(codes), 5),
        "unknown": round(counts["unknown"] / len(codes), 5),
        "skipped": round(counts["skipped"] / len(codes), 5),
        "seconds": round(seconds, 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="300 rows; writes nothing")
    quick = parser.parse_args().quick
    folder = Path(os.environ.get("MATINEE_DATA", ROOT.parent / "shared" / "data"))
    full = load_catalog(folder / "ml-25m-catalog.zip")
    random = np.random.default_rng(SEED)
    every = np.ones(len(full), dtype=bool)
    held_out = np.asarray([binascii.crc32(title.encode()) % 2 == 1 for title in full.titles])
    odd = np.arange(len(full)) % 2 == 1
    several = np.asarray([bool(parse_title(title).alternatives) for title in full.titles])
    many = 300 if quick else 3000

    def sample(among: np.ndarray) -> list[int]:
        there = np.flatnonzero(among & held_out)
        return random.choice(there, min(many, len(there)), replace=False).tolist()

    cases = {
        "Letterboxd, displayed titles": (sample(every), every, False, False, True),
        "Letterboxd, alternative titles": (sample(several), every, False, True, True),
        "Letterboxd, films that are absent": (sample(~odd), odd, False, False, True),
        "IMDb, ids in the catalogue": (sample(full.imdb_ids > 0), every, True, False, True),
        "IMDb, no ids in the catalogue": (sample(full.imdb_ids > 0), every, True, False, False),
        "Letterboxd, a letter wrong": (sample(every), every, False, False, True),
        "Letterboxd, years two or three off": (sample(every), every, False, False, True),
    }
    wrong = {"Letterboxd, a letter wrong": "letter", "Letterboxd, years two or three off": "year"}
    figures: dict[str, Any] = {}
    for name, (codes, kept, imdb, alternative, ids) in cases.items():
        matcher = Matcher(without(full, kept, ids=ids))
        _ = matcher.catalog.index.match("Heat", 1995)  # the index is built once for many imports
        data = export(full, codes, imdb=imdb, alternative=alternative, wrong=wrong.get(name, ""))
        start = time.perf_counter()
        report = matcher.match(read(data, "ratings.csv"))
        seconds = time.perf_counter() - start
        figures[name] = outcome(report, full, codes, seconds)
        print(name, figures[name])
    if not quick:
        about = {"python": platform.python_version(), "films": len(full), "seed": SEED}
        RESULT.write_text(json.dumps({"about": about, "figures": figures}, indent=1) + "\n")


if __name__ == "__main__":
    main()
