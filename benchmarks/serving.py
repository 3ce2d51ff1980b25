"""How fast the server answers, and how much memory it takes, beside the smallest app of a peer.

Both sides run as one Uvicorn process on this machine with the same event loop and HTTP parser, one
thread for linear algebra, and nobody else's requests. In each round every kind of request goes to
every side in turn, so that a busy moment of the machine meets all of them:

* at 200 requests a second, which do not wait for one another: p50 and p99;
* as many as eight clients can have: requests a second, and time on the processor for each, which
  other work on the machine does not change.

"recommend" is 20 films for ten ratings that come along, with predicted stars, but without reasons,
which is what the peer's answer has as well (no stars there); "recommend + reasons" is what the page
asks for; "one client" asks again only when it is answered, so that there is never more than one
request to answer, while of eight clients several wait, and Matinee answers these together. Searches
are the beginnings of titles, as they are typed. "similar" asks for 400 films again and again, whose
answers Matinee keeps; "similar, first time" asks for so many different films that none of its
answers is still kept. The peer keeps none, so that both are the same to it.

Run from the project's root; without ``PEERS_PYTHON`` only Matinee is measured, without the
MovieLens files only the sample::

    PEERS_PYTHON=/path/to/peers/bin/python .venv/bin/python benchmarks/serving.py
"""

from __future__ import annotations

import argparse
import io
import json
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from load import as_fast_as_possible, at_a_rate, get, post
from sides import RESULTS, ROOT, data_folder, machine, write

import matinee
from matinee.catalog import Catalog
from matinee.dataset import Dataset
from matinee.models import create_model
from matinee.ratings import Ratings

RATE, CLIENTS = 200.0, 8
ALONE = "recommend, one client"
KINDS = ("recommend", ALONE, "recommend + reasons", "similar", "similar, first time", "search")
WARM = 50  # requests before each kind
BINARIES = Path(sys.executable).parent


# -- what is asked --------------------------------------------------------------------------------


def questions(data: Dataset, seed: int) -> dict[str, list[bytes]]:
    """Requests by kind, for Matinee and (those that begin with "peer") for the peer."""
    rng = np.random.default_rng(seed)
    known = np.argsort(-data.ratings.movie_stats.counts, kind="stable")[:1000]
    ids = [str(data.catalog.movie_ids.id_of(int(code))) for code in known]
    bodies = []
    for _ in range(400):
        films = rng.choice(len(ids), 10, replace=False)
        stars = rng.integers(1, 6, 10)
        ratings = [
            {"movie_id": ids[film], "stars": int(star)}
            for film, star in zip(films, stars, strict=True)
        ]
        bodies.append({"ratings": ratings, "n": 20})
    api = "/api/v1"
    alike = rng.choice(ids, 400)
    rated = np.flatnonzero(data.ratings.movie_stats.counts)
    once = [str(data.catalog.movie_ids.id_of(int(code))) for code in rng.permutation(rated)]
    titles = [data.catalog.display_title(int(code)) for code in rng.choice(known, 400)]
    typed = [title[: 3 + int(rng.integers(8))] for title in titles]
    quoted = [urllib.request.quote(text) for text in typed]
    plain = [post(f"{api}/recommendations", {**body, "explain": False}) for body in bodies]
    theirs = [post("/recommendations", body) for body in bodies]
    return {
        "recommend": plain,
        ALONE: plain,
        "recommend + reasons": [post(f"{api}/recommendations", b) for b in bodies],
        "similar": [get(f"{api}/films/{film}/similar?limit=12") for film in alike],
        "similar, first time": [get(f"{api}/films/{film}/similar?limit=12") for film in once],
        "search": [get(f"{api}/films?q={text}&limit=8") for text in quoted],
        "peer recommend": theirs,
        f"peer {ALONE}": theirs,
        "peer similar": [get(f"/films/{film}/similar?limit=12") for film in alike],
        "peer similar, first time": [get(f"/films/{film}/similar?limit=12") for film in once],
    }


# -- servers --------------------------------------------------------------------------------------


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


@contextmanager
def running(
    command: list[str], port: int, first: tuple[str, Any], **environment: str
) -> Iterator[tuple[int, float]]:
    """A server from its start to its end: its process, and the seconds to its first answer."""
    limits = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}
    began = time.perf_counter()
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(
            command, env=os.environ | limits | environment, stdout=log, stderr=log
        )
        try:
            while not answers(port, *first):
                if process.poll() is not None or time.perf_counter() - began > 120:
                    log.seek(0)
                    raise SystemExit(f"{' '.join(command)} does not answer:\n{log.read()[-2000:]}")
                time.sleep(0.005)
            yield process.pid, time.perf_counter() - began
        finally:
            process.terminate()
            process.wait(30)


def answers(port: int, path: str, body: Any) -> bool:
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}")
    if body is not None:
        request.data = json.dumps(body).encode()
        request.add_header("Content-Type", "application/json")
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def memory(pid: int) -> dict[str, float]:
    """Megabytes of a process and its children; PSS divides shared pages among those who share."""
    total = {"rss_mb": 0.0, "pss_mb": 0.0, "private_mb": 0.0}
    processes = 0
    for one in [pid, *children(pid)]:
        told = Path(f"/proc/{one}/smaps_rollup").read_text()

        def of(name: str, told: str = told) -> float:
            return sum(int(kb) for kb in re.findall(rf"^{name}:\s+(\d+) kB", told, re.M)) / 1024

        total["rss_mb"] += of("Rss")
        total["pss_mb"] += of("Pss")
        total["private_mb"] += of("Private_Clean") + of("Private_Dirty")
        processes += 1
    return {name: round(value, 1) for name, value in total.items()} | {"processes": processes}


def processor_seconds(pid: int) -> float:
    """Time on the processor of a process and its children so far, to the nanosecond."""
    total = 0
    for one in [pid, *children(pid)]:
        for task in Path(f"/proc/{one}/task").iterdir():
            total += int((task / "schedstat").read_text().split()[0])
    return total / 1e9


def children(pid: int) -> list[int]:
    told = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [child for text in told for child in (int(text), *children(int(text)))]


@contextmanager
def matinee_server(
    model: Path, home: Path, first: Any, *, workers: int = 1, more: tuple[str, ...] = ()
) -> Iterator[tuple[int, int, float]]:
    port = free_port()
    command = [str(BINARIES / "matinee"), "serve", "--port", str(port), "--model", str(model)]
    command += ["--rate", "0", "--workers", str(workers), *more]
    store = {"MATINEE_DATABASE_URL": f"sqlite:///{home / 'people.db'}", "TMDB_API_KEY": ""}
    asked = ("/api/v1/recommendations", first)
    with running(command, port, asked, **store) as (pid, seconds):
        # A new model's map of films is made beside the first answers: not while these are measured.
        answers(port, "/api/v1/map", None)
        yield port, pid, seconds


@contextmanager
def peer_server(python: str, data: Path) -> Iterator[tuple[int, int, float]]:
    port = free_port()
    command = [python, "-m", "uvicorn", "serving_peer:app", "--port", str(port), "--no-access-log"]
    command += ["--log-level", "warning", "--app-dir", str(ROOT / "benchmarks")]
    with running(command, port, ("/ready", None), PEER_DATA=str(data)) as (pid, seconds):
        yield port, pid, seconds


def write_for_peer(data: Dataset, path: Path) -> None:
    films = [
        {
            "movie_id": str(data.catalog.movie_ids.id_of(code)),
            "title": film.title,
            "year": film.year,
            "genres": list(film.genres),
        }
        for code in range(len(data.catalog))
        for film in (data.catalog.movie(code, tags=0),)
    ]
    ratings = data.ratings
    text = np.frombuffer(json.dumps(films).encode(), dtype=np.uint8)
    np.savez(path, films=text, users=ratings.users, movies=ratings.movies, stars=ratings.stars)


# -- measuring ------------------------------------------------------------------------------------


def measure(
    name: str, data: Dataset, models: list[str], arguments: argparse.Namespace
) -> list[dict[str, Any]]:
    asked = questions(data, seed=1)
    first = {"ratings": [{"movie_id": str(data.catalog.movie_ids.id_of(0)), "stars": 4}]}
    rows: list[dict[str, Any]] = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        servers: dict[str, tuple[int, int, float]] = {}
        for model in models:
            path = folder / model
            create_model(model).fit(data).save(path)
            home = folder / f"home-{model}"
            home.mkdir()
            # Once before, so that no side is measured while Python compiles its sources.
            with matinee_server(path, home, first):
                pass
            server = matinee_server(path, home, first)
            servers[f"matinee {model}"] = stack.enter_context(server)
        peers = os.environ.get("PEERS_PYTHON")
        if peers:
            write_for_peer(data, folder / "films.npz")
            servers["implicit"] = stack.enter_context(peer_server(peers, folder / "films.npz"))
        measured: dict[tuple[str, str], dict[str, list[Any]]] = {}
        for repeat in range(arguments.repeats):
            for kind in KINDS:
                for side, (port, pid, _) in servers.items():
                    requests = asked.get(f"peer {kind}" if side == "implicit" else kind)
                    if requests is None:
                        continue
                    found = measured.setdefault((side, kind), {"rate": [], "fast": []})
                    # Requests go round, so that no film comes again soon that was asked for once.
                    turn = repeat * (2 * arguments.count + WARM)
                    as_fast_as_possible(port, round_from(requests, turn), clients=2, count=WARM)
                    requests = round_from(requests, turn + WARM)
                    at = at_a_rate(port, requests, rate=RATE, count=arguments.count, seed=repeat)
                    requests = round_from(requests, arguments.count)
                    found["rate"].append(at.summary())
                    before = processor_seconds(pid)
                    clients = 1 if kind == ALONE else CLIENTS
                    fast = as_fast_as_possible(
                        port, requests, clients=clients, count=arguments.count
                    )
                    spent = 1000 * (processor_seconds(pid) - before) / arguments.count
                    found["fast"].append(fast.summary() | {"processor_ms": round(spent, 3)})
        for (side, kind), runs in measured.items():
            row = {
                "data": name,
                "side": side,
                "kind": kind,
                "p50_ms": middle(runs["rate"], "p50_ms"),
                "p99_ms": middle(runs["rate"], "p99_ms"),
                "a_second": middle(runs["fast"], "a_second"),
                "processor_ms": middle(runs["fast"], "processor_ms"),
                "bytes": runs["fast"][0]["bytes"],
                "runs": runs,
            }
            rows.append(row)
            print(
                f"{name:8s} {side:16s} {kind:20s} p50 {row['p50_ms']:6.2f}  p99 "
                f"{row['p99_ms']:6.2f} ms   {row['a_second']:7.1f}/s   "
                f"{row['processor_ms']:.3f} ms of the processor",
                flush=True,
            )
        for side, (_, pid, seconds) in servers.items():
            row = {"data": name, "side": side, "kind": "process", "first_answer_s": seconds}
            rows.append(row | memory(pid))
            print(f"{name:8s} {side:16s} {rows[-1]}", flush=True)
    return rows


def round_from(requests: list[bytes], start: int) -> list[bytes]:
    start %= len(requests)
    return requests[start:] + requests[:start]


def middle(runs: list[dict[str, Any]], what: str) -> float:
    return round(statistics.median(run[what] for run in runs), 2)


def shared_pages(name: str, data: Dataset, numbers: list[int]) -> list[dict[str, Any]]:
    """Memory of several workers that answer from one mapped model."""
    first = {"ratings": [{"movie_id": str(data.catalog.movie_ids.id_of(0)), "stars": 4}]}
    asked = questions(data, seed=2)["recommend + reasons"]
    rows = []
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        create_model("blend").fit(data).save(folder / "model")
        for workers in numbers:
            with matinee_server(folder / "model", folder, first, workers=workers) as (port, pid, _):
                for _ in range(workers):
                    as_fast_as_possible(port, asked, clients=8 * workers, count=400)
                row = {"data": name, "side": "matinee blend", "kind": "workers"}
                rows.append(row | {"workers": workers} | memory(pid))
                print(rows[-1], flush=True)
    return rows


def search_many(arguments: argparse.Namespace) -> list[dict[str, Any]]:
    """Search as one types among the 62,423 titles of the 25M catalogue, and with a letter lost."""
    path = data_folder() / "ml-25m-catalog.zip"
    if not path.exists():
        print(f"the 25M catalogue is not in {data_folder()}: left out")
        return []
    with zipfile.ZipFile(path) as archive:
        member = next(name for name in archive.namelist() if name.endswith("movies.csv"))
        films = pl.read_csv(io.BytesIO(archive.read(member)))
    ids = films["movieId"].to_numpy()
    catalog = Catalog.from_columns(ids, films["title"].to_list(), genres=films["genres"].to_list())
    # Its ratings are not at hand; what is found does not need them, its order among equals does.
    rng = np.random.default_rng(0)
    ratings = Ratings.from_columns(
        np.arange(5_000) % 100,
        rng.permutation(ids)[:5_000],
        rng.integers(1, 6, 5_000).astype(float),
        movies=catalog.movie_ids,
    )
    titles = [catalog.display_title(int(code)) for code in rng.choice(len(catalog), 2_000)]
    typed = [title[: 3 + int(rng.integers(8))] for title in titles]
    lost = [int(rng.integers(1, max(2, len(title) - 1))) for title in titles]
    slips = [title[:at] + title[at + 1 :] for title, at in zip(titles, lost, strict=True)]
    rows = []
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        create_model("popular").fit(Dataset(ratings, catalog)).save(folder / "model")
        with matinee_server(folder / "model", folder, {"ratings": []}) as (port, pid, seconds):
            for kind, texts in (("search as typed", typed), ("search with a slip", slips)):
                quoted = [urllib.request.quote(text) for text in texts]
                requests = [get(f"/api/v1/films?q={text}&limit=8") for text in quoted]
                as_fast_as_possible(port, requests, clients=2, count=WARM)
                runs = [
                    at_a_rate(port, requests, rate=RATE / 10, count=arguments.count, seed=repeat)
                    for repeat in range(min(3, arguments.repeats))
                ]
                found = [run.summary() for run in runs]
                row = {"data": f"{len(catalog):,} titles", "side": "matinee", "kind": kind}
                row |= {what: middle(found, what) for what in ("p50_ms", "p99_ms")}
                row["worst_ms"] = max(run["worst_ms"] for run in found)
                rows.append(row | {"runs": found})
                print({name: value for name, value in row.items() if name != "runs"}, flush=True)
            one = {name: row[name] for name in ("data", "side")}
            rows.append({**one, "kind": "process", "first_answer_s": seconds} | memory(pid))
    return rows


def main(arguments: argparse.Namespace) -> None:
    rows = []
    for name in arguments.data:
        path = "sample" if name == "sample" else str(data_folder() / f"{name}.zip")
        if name != "sample" and not Path(path).exists():
            print(f"{name} is not in {data_folder()}: left out")
            continue
        data = matinee.load(path)
        rows += measure(name, data, arguments.models, arguments)
        if name == "sample" and not arguments.no_workers:
            rows += shared_pages(name, data, [1, 2, 4])
    if not arguments.no_titles:
        rows += search_many(arguments)
    if arguments.out:
        settings = {"rate": RATE, "clients": CLIENTS, "count": arguments.count}
        write(Path(arguments.out), {"machine": machine(), "settings": settings, "rows": rows})


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", nargs="*", default=["sample", "ml-1m"])
    parser.add_argument("--models", nargs="+", default=["blend", "als"])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--count", type=int, default=600, help="requests of each kind and round")
    parser.add_argument("--no-workers", action="store_true", help="leave out several workers")
    parser.add_argument("--no-titles", action="store_true", help="leave out the large catalogue")
    parser.add_argument("--out", default=str(RESULTS / "serving.json"), help="'' writes nothing")
    main(parser.parse_args())
