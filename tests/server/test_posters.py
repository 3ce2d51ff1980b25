"""Posters from a stand-in of TMDB on this machine."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from matinee.catalog import Movie
from matinee.errors import ParameterError
from matinee.server.errors import Problem
from matinee.server.posters import Picture, PosterCache, Posters
from matinee.server.settings import ServerSettings

JPEG = bytes.fromhex("ffd8ffe0") + b"a poster"
HEAT = Movie(6, "Heat", 1995, tmdb_id=949)
KEY = "0123456789abcdef0123456789abcdef"


@dataclass
class StandIn:
    """What the server answers: path → status, headers and body; and what it was asked."""

    answers: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, list[str]], dict[str, str]]] = field(default_factory=list)
    hold: threading.Event | None = None
    drip: bool = False
    address: str = ""

    def says(self, path: str, value: Any, status: int = 200, **headers: str) -> None:
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        self.answers[path] = (status, named, body)

    @property
    def paths(self) -> list[str]:
        return [path for path, _, _ in self.asked]


@pytest.fixture
def tmdb() -> Iterator[StandIn]:
    stand_in = StandIn()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            stand_in.asked.append((parts.path, parse_qs(parts.query), dict(self.headers)))
            if stand_in.hold is not None:
                stand_in.hold.wait(20)
            status, headers, body = stand_in.answers.get(parts.path, (404, {}, b"{}"))
            try:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                if not stand_in.drip:
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                while stand_in.drip:
                    self.wfile.write(b"\xff\xd8\xff")
                    time.sleep(0.02)
                self.wfile.write(body)
            except OSError:
                pass  # the client had enough

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    stand_in.address = f"http://127.0.0.1:{server.server_port}"
    yield stand_in
    if stand_in.hold is not None:
        stand_in.hold.set()
    server.shutdown()
    server.server_close()


@pytest.fixture
def ask(tmdb: StandIn, tmp_path: Path) -> Callable[..., Any]:
    """Ask for films one after the other, with a new `Posters` and the same folder each time."""

    def asking(*films: Movie, key: str = KEY, seconds: float = 5.0, **more: Any) -> list[Any]:
        async def run() -> list[Any]:
            posters = Posters(
                key,
                cache=PosterCache(tmp_path / "posters", **more),
                api=f"{tmdb.address}/3",
                images=f"{tmdb.address}/t/p/w342",
                seconds=seconds,
            )
            found: list[Any] = []
            for film in films:
                try:
                    found.append(await posters.find(film))
                except Problem as problem:
                    found.append(problem)
            await posters.close()
            return found

        return asyncio.run(run())

    return asking


def has_heat(tmdb: StandIn) -> None:
    tmdb.says("/3/movie/949", {"id": 949, "poster_path": "/heat.jpg"})
    tmdb.says("/t/p/w342/heat.jpg", JPEG, content_type="image/jpeg")


Ask = Callable[..., list[Any]]


def test_a_poster_is_fetched_once_and_then_kept(tmdb: StandIn, ask: Ask) -> None:
    has_heat(tmdb)
    first, second = ask(HEAT, HEAT)
    assert isinstance(first, Picture)
    assert (first.content, first.media_type) == (JPEG, "image/jpeg")
    assert second.content == JPEG
    assert ask(HEAT)[0].content == JPEG  # another process
    assert tmdb.paths == ["/3/movie/949", "/t/p/w342/heat.jpg"]


def test_the_key_goes_to_the_api_only(tmdb: StandIn, ask: Ask) -> None:
    has_heat(tmdb)
    ask(HEAT)
    (_, query, headers), (_, picture_query, picture_headers) = tmdb.asked
    assert query == {"api_key": [KEY]}
    assert "Authorization" not in headers
    assert (picture_query, picture_headers.get("Authorization")) == ({}, None)
    assert picture_headers["Accept-Encoding"] == "identity"


def test_a_token_of_version_4_goes_in_a_header(tmdb: StandIn, ask: Ask) -> None:
    has_heat(tmdb)
    ask(HEAT, key="eyJ.abc.def")
    assert tmdb.asked[0][1] == {}
    assert tmdb.asked[0][2]["Authorization"] == "Bearer eyJ.abc.def"
    assert "Authorization" not in tmdb.asked[1][2]


def test_the_key_is_in_no_log(tmdb: StandIn, ask: Ask, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "matinee")
    caplog.set_level(logging.INFO)
    has_heat(tmdb)
    ask(HEAT)
    tmdb.says("/3/movie/1", {}, status=401)
    ask(Movie(1, "One", 2001, tmdb_id=1))
    assert "check TMDB_API_KEY" in caplog.text
    assert KEY not in caplog.text


def test_films_without_a_tmdb_id(tmdb: StandIn, ask: Ask) -> None:
    tmdb.says("/3/find/tt0113277", {"movie_results": [{"poster_path": "/heat.jpg"}]})
    tmdb.says("/t/p/w342/heat.jpg", JPEG)
    assert ask(Movie(6, "Heat", 1995, imdb_id="tt0113277"))[0].content == JPEG
    assert tmdb.asked[0][1]["external_source"] == ["imdb_id"]
    heat = {"title": "Heat", "release_date": "1995-12-15", "poster_path": "/heat.jpg"}
    other = {"title": "Heat", "release_date": "2013-06-27", "poster_path": "/other.jpg"}
    tmdb.says("/3/search/movie", {"results": [other, heat]})
    assert ask(Movie(6, "Heat", 1995))[0].content == JPEG
    assert tmdb.asked[2][1] == {
        "query": ["Heat"],
        "year": ["1995"],
        "include_adult": ["false"],
        "api_key": [KEY],
    }


@pytest.mark.parametrize(
    "value",
    [
        {"poster_path": None},
        {},
        {"poster_path": 7},
        {"poster_path": "//evil.example/x.jpg"},
        {"poster_path": "/../../secret.jpg"},
        {"poster_path": "/x.svg"},
        {"poster_path": "/x.jpg?y=1"},
    ],
)
def test_a_film_without_a_poster_is_asked_for_once(
    tmdb: StandIn, ask: Ask, value: dict[str, Any]
) -> None:
    tmdb.says("/3/movie/949", value)
    assert ask(HEAT, HEAT) == [None, None]
    assert ask(HEAT) == [None]
    assert tmdb.paths == ["/3/movie/949"]


def test_a_film_that_tmdb_does_not_have(tmdb: StandIn, ask: Ask) -> None:
    assert ask(HEAT, HEAT) == [None, None]
    assert tmdb.paths == ["/3/movie/949"]


@pytest.mark.parametrize(
    "content", [b"<html>moved</html>", b"<svg/>", JPEG + b"x" * 2**21], ids=["html", "svg", "large"]
)
def test_what_is_no_poster_is_not_shown(
    tmdb: StandIn, ask: Ask, content: bytes, tmp_path: Path
) -> None:
    tmdb.says("/3/movie/949", {"poster_path": "/heat.jpg"})
    tmdb.says("/t/p/w342/heat.jpg", content, content_type="image/jpeg")
    assert ask(HEAT) == [None]
    assert [file.suffix for file in (tmp_path / "posters").iterdir()] == [".none"]


@pytest.mark.parametrize("status", [500, 302, 204, 418])
def test_after_a_failure_tmdb_is_left_alone_for_a_while(
    tmdb: StandIn, ask: Ask, status: int, tmp_path: Path
) -> None:
    tmdb.says("/3/movie/949", {}, status=status, location="http://127.0.0.1:1/elsewhere")
    first, second = ask(HEAT, Movie(1, "One", 2001, tmdb_id=1))
    for problem in (first, second):
        assert (problem.status_code, problem.code) == (503, "poster-unavailable")
        assert 1 <= int(problem.headers["Retry-After"]) <= 16
    assert tmdb.paths == ["/3/movie/949"]
    assert not (tmp_path / "posters").exists()  # nothing is known of these films


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"7", b"[" * 100_000, b"\xff\xfe"])
def test_an_api_that_talks_nonsense(tmdb: StandIn, ask: Ask, body: bytes) -> None:
    tmdb.says("/3/movie/949", body)
    assert ask(HEAT)[0].code == "poster-unavailable"


def test_packed_answers_are_refused(tmdb: StandIn, ask: Ask) -> None:
    tmdb.says("/3/movie/949", b"\x1f\x8b", content_encoding="gzip")
    assert ask(HEAT)[0].code == "poster-unavailable"


@pytest.mark.parametrize(
    ("retry_after", "low", "high"), [("90", 80, 92), ("9999999999", 3000, 3602), ("soon", 1, 17)]
)
def test_tmdb_may_say_how_long(
    tmdb: StandIn, ask: Ask, retry_after: str, low: int, high: int
) -> None:
    tmdb.says("/3/movie/949", {}, status=429, retry_after=retry_after)
    (problem,) = ask(HEAT)
    assert low <= int(problem.headers["Retry-After"]) <= high


def test_a_server_that_is_not_there(ask: Ask, tmdb: StandIn) -> None:
    tmdb.address = "http://127.0.0.1:9"
    assert ask(HEAT)[0].code == "poster-unavailable"


def test_a_slow_server_is_not_waited_for(tmdb: StandIn, ask: Ask) -> None:
    has_heat(tmdb)
    tmdb.hold = threading.Event()
    assert ask(HEAT, seconds=0.2)[0].code == "poster-unavailable"


def test_a_picture_that_never_ends(tmdb: StandIn, ask: Ask) -> None:
    has_heat(tmdb)
    tmdb.drip = True
    assert ask(HEAT, seconds=0.3)[0].code == "poster-unavailable"


def test_an_old_poster_is_fetched_again(tmdb: StandIn, ask: Ask, tmp_path: Path) -> None:
    import os

    has_heat(tmdb)
    ask(HEAT)
    file = tmp_path / "posters" / "tmdb-949.jpg"
    os.utime(file, (time.time() - 190 * 86_400,) * 2)
    newer = JPEG + b", a newer one"
    tmdb.says("/t/p/w342/heat.jpg", newer)
    assert ask(HEAT)[0].content == newer
    assert len(tmdb.asked) == 4


def test_many_who_ask_at_once_share_one_fetch(tmdb: StandIn, tmp_path: Path) -> None:
    has_heat(tmdb)
    tmdb.hold = threading.Event()

    async def run() -> list[Any]:
        posters = Posters(
            KEY,
            cache=PosterCache(tmp_path),
            api=f"{tmdb.address}/3",
            images=f"{tmdb.address}/t/p/w342",
        )
        asking = [asyncio.create_task(posters.find(HEAT)) for _ in range(50)]
        while not tmdb.asked:
            await asyncio.sleep(0.01)
        asking[0].cancel()  # one who leaves
        assert tmdb.hold is not None
        tmdb.hold.set()
        found = await asyncio.gather(*asking, return_exceptions=True)
        await posters.close()
        return found

    found = asyncio.run(run())
    assert isinstance(found[0], asyncio.CancelledError)
    assert all(picture.content == JPEG for picture in found[1:])
    assert tmdb.paths == ["/3/movie/949", "/t/p/w342/heat.jpg"]


def test_only_so_many_may_wait(tmdb: StandIn, tmp_path: Path) -> None:
    tmdb.hold = threading.Event()

    async def run() -> list[Any]:
        posters = Posters(KEY, cache=PosterCache(tmp_path), api=tmdb.address, at_once=2)
        films = [Movie(i, "x", 2000, tmdb_id=i) for i in range(300)]
        asking = [asyncio.create_task(posters.find(film)) for film in films]
        while sum(task.done() for task in asking) < 44:
            await asyncio.sleep(0.01)
        assert len(tmdb.asked) <= 2
        await posters.close()
        return await asyncio.gather(*asking, return_exceptions=True)

    found = asyncio.run(run())
    refused = [one for one in found if isinstance(one, Problem)]
    assert len(refused) == 44
    assert all(problem.status_code == 503 for problem in refused)


@pytest.mark.parametrize(
    "address", ["http://example.org", "ftp://127.0.0.1", "example", "https://"]
)
def test_addresses_are_safe(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ParameterError, match="https"):
        Posters(KEY, api=address)
    monkeypatch.setenv("MATINEE_TMDB_IMAGES", address)
    with pytest.raises(ParameterError, match="https"):
        Posters(KEY)


def test_they_are_there_only_with_a_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Posters.of(ServerSettings(tmdb_key=None)) is None
    monkeypatch.setenv("TMDB_API_KEY", KEY)
    settings = ServerSettings(poster_days=3, poster_bytes=2**21)
    found = Posters.of(settings, tmp_path)
    assert found is not None
    assert found.cache._seconds == 3 * 86_400
    assert KEY not in repr(settings) + settings.to_json()
