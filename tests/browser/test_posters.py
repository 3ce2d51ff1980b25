"""Real posters: where there is a key, those that come stand in place of the drawn ones."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from PIL import Image
from tests.browser.conftest import Server

MISSING = "The Godfather"
SHOWN = "() => document.querySelector('film-poster img')?.naturalWidth === 342"
ATTRIBUTION = "This product uses the TMDB API but is not endorsed or certified by TMDB."


def jpeg() -> bytes:
    colours = Image.linear_gradient("L").resize((342, 513))
    written = io.BytesIO()
    Image.merge("RGB", (colours, colours.rotate(180), colours)).save(written, "JPEG")
    return written.getvalue()


@pytest.fixture(scope="module")
def tmdb() -> Iterator[tuple[str, list[str]]]:
    """A stand-in that has a poster of every film but one, and which films it was asked for."""
    asked: list[str] = []
    poster = jpeg()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            body, kind = poster, "image/jpeg"
            if parts.path == "/3/search/movie":
                query = {name: values[0] for name, values in parse_qs(parts.query).items()}
                asked.append(query["query"])
                film = {
                    "title": query["query"],
                    "release_date": f"{query.get('year', '1900')}-06-01",
                    "poster_path": "/poster.jpg",
                }
                results = [] if query["query"] == MISSING else [film]
                body, kind = json.dumps({"results": results}).encode(), "application/json"
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def cinema(
    tmp_path_factory: pytest.TempPathFactory, trained_model: Path, tmdb: tuple[str, list[str]]
) -> Iterator[Server]:
    """A server with a key for the stand-in."""
    home = tmp_path_factory.mktemp("posters")
    server = Server(
        home,
        trained_model,
        TMDB_API_KEY="0" * 32,
        MATINEE_TMDB_API=f"{tmdb[0]}/3",
        MATINEE_TMDB_IMAGES=f"{tmdb[0]}/images",
        MATINEE_CACHE=str(home / "cache"),
    )
    server.start()
    yield server
    server.stop()


def test_posters_come_and_where_none_does_one_is_drawn(cinema, tmdb, open_tabs, picture) -> None:
    page = open_tabs(None, server=cinema)
    # A browser writes of every picture that is not there.
    page.watch.allow("Failed to load resource")
    page.goto("/")
    page.wait_for_function(
        """() => [...document.querySelectorAll(".wall film-poster img")]
             .filter((image) => image.complete && image.naturalWidth === 342).length >= 3"""
    )
    drawn = page.locator(f".wall film-card:has-text('{MISSING}') film-poster svg")
    drawn.first.wait_for()
    assert page.locator("#foot").get_by_text(ATTRIBUTION).is_visible()
    assert MISSING in tmdb[1]
    picture(page, "posters-desktop-light")


def test_a_poster_is_asked_for_once(cinema, tmdb, open_tabs) -> None:
    page = open_tabs("/film/318", server=cinema)
    page.wait_for_function(SHOWN)
    title = "The Shawshank Redemption"
    assert tmdb[1].count(title) == 1
    page.reload()
    page.wait_for_function(SHOWN)
    assert tmdb[1].count(title) == 1
