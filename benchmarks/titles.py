"""Finding films by title: how often the right film, how fast, and beside what one would use else.

    python benchmarks/titles.py [--quick]

Runs on the 62,423 titles of ml-25m-catalog.zip (MATINEE_DATA, else ../shared/data) and writes
benchmarks/results/titles.json. The catalogue has no ratings: nothing is decided by popularity.
Limits and scores were chosen with one half of the catalogue as the catalogue and a sample of the
other half as films that are absent; here the halves change places.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import difflib
import gc
import io
import json
import os
import platform
import re
import time
import tracemalloc
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import rapidfuzz

from matinee.errors import AmbiguousTitleError, UnknownTitleError
from matinee.ids import IdVocabulary
from matinee.titles import TitleIndex, parse_title
from matinee.titles.normalize import name_of

ROOT = Path(__file__).parent.parent
RESULT = Path(__file__).parent / "results" / "titles.json"
LETTERS = "abcdefghijklmnopqrstuvwxyz"
SEED = 20


def catalogue() -> tuple[list[str], np.ndarray, np.ndarray]:
    """Titles, movie ids and IMDb numbers, by movie id."""
    folder = Path(os.environ.get("MATINEE_DATA", ROOT.parent / "shared" / "data"))
    with zipfile.ZipFile(folder / "ml-25m-catalog.zip") as archive:

        def rows(name: str) -> list[dict[str, str]]:
            with archive.open(f"ml-25m/{name}") as file:
                return list(csv.DictReader(io.TextIOWrapper(file, "utf-8")))

        imdb = {row["movieId"]: int(row["imdbId"] or 0) for row in rows("links.csv")}
        films = sorted(rows("movies.csv"), key=lambda row: int(row["movieId"]))
    ids = np.asarray([int(row["movieId"]) for row in films])
    numbers = np.asarray([imdb.get(row["movieId"], 0) for row in films])
    return [row["title"] for row in films], ids, numbers


# -- what people make of a title -----------------------------------------------------------------


def plain(text: str) -> str:
    """Lower case, without accents."""
    parts = unicodedata.normalize("NFKD", text.lower())
    return "".join(char for char in parts if not unicodedata.combining(char))


def slip(text: str, random: np.random.Generator) -> str:
    """One letter lost, doubled, changed, or swapped with the next."""
    places = [i for i, char in enumerate(text) if char.isalpha()]
    if not places:
        return text
    at = places[int(random.integers(len(places)))]
    kind = int(random.integers(4))
    if kind == 0:
        return text[:at] + text[at + 1 :]
    if kind == 1:
        return text[:at] + text[at] + text[at:]
    if kind == 2:
        return text[:at] + LETTERS[int(random.integers(26))] + text[at + 1 :]
    return text[:at] + text[at : at + 2][::-1] + text[at + 2 :]


def writings(raw: str, random: np.random.Generator) -> dict[str, str]:
    """One title as people write it."""
    film = parse_title(raw)
    year = f" ({film.year})" if film.year else ""
    without_article = re.sub(r"^(?:The|A|An|La|Le|Les|El) (?=\w)", "", film.title)
    spaced = " ".join(re.sub(r"[^\w\s]|_", " ", film.title).split())
    written = {
        "as MovieLens writes it": raw,
        "title and year": film.label,
        "title": film.title,
        "lower case, no accents, no year": plain(film.title),
        "lower case, year without brackets": plain(f"{film.title} {film.year or ''}").strip(),
        "no punctuation, year": spaced + year,
        "one slip, year": slip(film.title, random) + year,
        "one slip, no year": slip(film.title, random),
    }
    if without_article != film.title:
        written["no article, year"] = without_article + year
    if film.alternatives:
        written["alternative title, year"] = film.alternatives[0] + year
    return {name: text for name, text in written.items() if text.strip()}


def outcome(index: TitleIndex, query: str, code: int) -> str:
    """What became of a query for a film."""
    label = f"id:{index.movie_ids.id_of(code)}"
    try:
        return "right" if index.find(query).code == code else "wrong"
    except AmbiguousTitleError as error:
        listed = any(candidate.split()[-1] == label for candidate in error.candidates)
        return "listed" if listed else "asked, not listed"
    except UnknownTitleError as error:
        return "suggested" if re.search(rf"{label}\b", str(error)) else "unknown"


def shares(counts: Counter[str]) -> dict[str, float]:
    """Counts as shares, most first."""
    total = sum(counts.values())
    return {name: round(count / total, 4) for name, count in counts.most_common()}


def accuracy(index: TitleIndex, titles: list[str], many: int) -> dict[str, Any]:
    """Outcome of each way to write a title."""
    random = np.random.default_rng(SEED)
    counts: dict[str, Counter[str]] = {}
    for code in random.choice(len(titles), many, replace=False).tolist():
        for name, query in writings(titles[code], random).items():
            counts.setdefault(name, Counter())[outcome(index, query, code)] += 1
    return {name: {"queries": sum(c.values()), **shares(c)} for name, c in counts.items()}


def absent(titles: list[str], ids: np.ndarray, many: int) -> dict[str, Any]:
    """What `find` and `match` make of films that the catalogue does not have."""
    odd = np.arange(len(titles)) // 7 % 2 == 1
    index = TitleIndex([titles[i] for i in np.flatnonzero(odd)], IdVocabulary(ids[odd]))
    here = {name_of(parse_title(titles[i]).title).key for i in np.flatnonzero(odd)}
    random = np.random.default_rng(SEED)
    found: dict[str, Counter[str]] = {"title and year": Counter(), "title": Counter()}
    sure = Counter[str]()
    for code in random.choice(np.flatnonzero(~odd), many, replace=False).tolist():
        film = parse_title(titles[code])
        if name_of(film.title).key in here:
            continue
        for name, query in (("title and year", film.label), ("title", film.title)):
            try:
                found[name][f"took another: {index.find(query).how.split(' (')[0]}"] += 1
            except AmbiguousTitleError:
                found[name]["asked which"] += 1
            except UnknownTitleError:
                found[name]["refused"] += 1
        candidates = index.match(film.title, film.year)
        sure["0.9 or more" if candidates and candidates[0].confidence >= 0.9 else "less"] += 1
    return {"find": {k: shares(c) for k, c in found.items()}, "match confidence": shares(sure)}


def importing(index: TitleIndex, titles: list[str], many: int) -> dict[str, Any]:
    """`match` with a title as displayed and a year that is right or one off."""
    random = np.random.default_rng(SEED)
    figures: dict[str, Any] = {}
    for name, change in {
        "title, year": lambda film: (film.title, film.year),
        "title, year one off": lambda f: (f.title, f.year + int(random.choice((-1, 1)))),
        "one slip, year": lambda film: (slip(film.title, random), film.year),
        "alternative title, year": lambda f: ((*f.alternatives, f.title)[0], f.year),
    }.items():
        counts = Counter[str]()
        for code in random.choice(len(titles), many, replace=False).tolist():
            film = parse_title(titles[code])
            if film.year is None or ("alternative" in name and not film.alternatives):
                continue
            candidates = index.match(*change(film))
            first = candidates[0] if candidates else None
            right = first is not None and first.code == code
            sure = first is not None and first.confidence >= 0.9
            counts[f"{'right' if right else 'wrong'}, {'sure' if sure else 'to review'}"] += 1
        known = counts["right, sure"] + counts["wrong, sure"]
        figures[name] = {
            **shares(counts),
            "right among the sure": round(counts["right, sure"] / max(1, known), 5),
        }
    return figures


# -- time ----------------------------------------------------------------------------------------


def quantiles(seconds: Iterable[float]) -> dict[str, float]:
    """Milliseconds."""
    p50, p99, most = np.quantile(np.asarray(list(seconds)) * 1e3, (0.5, 0.99, 1.0))
    return {"p50_ms": round(p50, 3), "p99_ms": round(p99, 3), "max_ms": round(most, 3)}


def timed(call: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    """Seconds of one call; errors of titles are answers, too."""
    start = clock()
    with contextlib.suppress(AmbiguousTitleError, UnknownTitleError):
        call()
    return clock() - start


def both_clocks(calls: list[Callable[[], object]]) -> dict[str, Any]:
    """By the wall, and in processor time, which other programs on the machine do not lengthen."""
    return {
        "wall": quantiles(timed(call) for call in calls),
        "processor": quantiles(timed(call, time.thread_time) for call in calls),
    }


def answer_times(index: TitleIndex, titles: list[str], many: int) -> dict[str, Any]:
    """p50, p99 and worst over queries of every kind, nonsense included."""
    random = np.random.default_rng(SEED + 1)
    queries: list[str] = []
    for code in random.choice(len(titles), many, replace=False).tolist():
        queries += writings(titles[code], random).values()
    for _ in range(many):
        words = random.integers(1, 7)
        queries.append(
            " ".join(
                "".join(random.choice(list(LETTERS), random.integers(2, 12))) for _ in range(words)
            )
        )
    index.find("The Matrix (1999)")
    index.search("mat")
    timed(lambda: index.find("a warm up of every tabel"))
    gc.collect()
    typed = [query[: random.integers(1, len(query) + 1)] for query in queries]
    return {
        "queries": len(queries),
        "find": both_clocks([partial(index.find, query) for query in queries]),
        "search": both_clocks([partial(index.search, text) for text in typed]),
        "match": both_clocks([partial(index.match, query, 1999) for query in queries]),
    }


def beside_peers(index: TitleIndex, titles: list[str], many: int) -> dict[str, Any]:
    """The same queries to what one would use without Matinee, in turn."""
    random = np.random.default_rng(SEED + 2)
    labels = [parse_title(raw).label for raw in titles]
    ready = [rapidfuzz.utils.default_process(label) for label in labels]
    seconds: dict[str, list[float]] = {"matinee": [], "rapidfuzz WRatio": [], "difflib": []}
    right, wrong, asked = Counter[str](), Counter[str](), Counter[str]()
    for turn, code in enumerate(random.choice(len(titles), many, replace=False).tolist()):
        query = slip(labels[code], random)
        start = time.perf_counter()
        what = outcome(index, query, code)
        seconds["matinee"].append(time.perf_counter() - start)
        asked["matinee"] += 1
        right["matinee"] += what == "right"
        wrong["matinee"] += what == "wrong"
        start = time.perf_counter()
        best = rapidfuzz.process.extractOne(
            rapidfuzz.utils.default_process(query), ready, scorer=rapidfuzz.fuzz.WRatio
        )
        seconds["rapidfuzz WRatio"].append(time.perf_counter() - start)
        asked["rapidfuzz WRatio"] += 1
        right["rapidfuzz WRatio"] += best is not None and best[2] == code
        wrong["rapidfuzz WRatio"] += best is not None and labels[best[2]] != labels[code]
        if turn % 20 == 0:  # difflib takes seconds a query
            start = time.perf_counter()
            close = difflib.get_close_matches(query, labels, n=1)
            seconds["difflib"].append(time.perf_counter() - start)
            asked["difflib"] += 1
            right["difflib"] += close[:1] == [labels[code]]
            wrong["difflib"] += bool(close) and close[0] != labels[code]
    return {
        name: {
            "queries": asked[name],
            "right": round(right[name] / asked[name], 4),
            "wrong": round(wrong[name] / asked[name], 4),
            **quantiles(seconds[name]),
        }
        for name in seconds
    }


def building(titles: list[str], ids: np.ndarray, repeats: int) -> dict[str, Any]:
    """Milliseconds from raw titles to an answer, each part by itself; medians."""
    random = np.random.default_rng(SEED)
    few = np.sort(random.choice(len(titles), 9_064, replace=False))
    sets = {"62,423 titles": (titles, ids), "9,064 titles": ([titles[i] for i in few], ids[few])}
    figures: dict[str, Any] = {}
    for name, (some, numbers) in sets.items():
        parts: dict[str, list[float]] = {}
        for _ in range(repeats):
            gc.collect()
            index = TitleIndex(some, IdVocabulary(numbers))
            for part, call in {
                "first exact title": lambda index=index, last=some[-1]: index.find(last),
                "first near miss": lambda index=index: index.find("Pulp Fcition 1994"),
                "first search while typing": lambda index=index: index.search("pulp"),
            }.items():
                parts.setdefault(part, []).append(timed(call) * 1e3)
            seconds = timed(
                lambda some=some: [rapidfuzz.utils.default_process(raw) for raw in some]
            )
            parts.setdefault("(rapidfuzz default_process of all)", []).append(seconds * 1e3)
        figures[name] = {part: round(float(np.median(ms)), 1) for part, ms in parts.items()}
    tracemalloc.start()
    index = TitleIndex(titles, IdVocabulary(ids))
    index.find(titles[0])
    exact, _ = tracemalloc.get_traced_memory()
    timed(lambda: index.find("pulp fcition 1994"))
    index.search("pulp")
    whole, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    figures["memory"] = {
        "exact titles MB": round(exact / 1e6, 1),
        "all tables MB": round(whole / 1e6, 1),
    }
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the queries")
    scale = 10 if parser.parse_args().quick else 1
    titles, ids, imdb = catalogue()
    index = TitleIndex(titles, IdVocabulary(ids), imdb_ids=imdb)
    report: dict[str, Any] = {
        "titles": len(titles),
        "python": platform.python_version(),
        "rapidfuzz": rapidfuzz.__version__,
        "cores": os.process_cpu_count() if hasattr(os, "process_cpu_count") else os.cpu_count(),
    }
    for name, measure in {
        "building": lambda: building(titles, ids, 2 if scale > 1 else 7),
        "accuracy of find": lambda: accuracy(index, titles, 10_000 // scale),
        "absent films": lambda: absent(titles, ids, 8_000 // scale),
        "importing": lambda: importing(index, titles, 10_000 // scale),
        "answer times": lambda: answer_times(index, titles, 1_000 // scale),
        "peers, one slip in title and year": lambda: beside_peers(index, titles, 400 // scale),
    }.items():
        report[name] = measure()
        print(f"{name}\n{json.dumps(report[name], indent=1)}", flush=True)
    if scale == 1:
        RESULT.parent.mkdir(exist_ok=True)
        RESULT.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
