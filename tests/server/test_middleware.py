"""Tests of HEAD, and of answers that a client need not fetch again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.server.doors import BASE, Way, World, serving, settings_for

API = "/api/v1"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("http")
    settings = settings_for(allowed_origins=("https://films.example",))
    with serving(folder / "people.db", settings=settings) as found:
        yield found


@pytest.mark.parametrize("path", ["/", "/assets/js/app.js", f"{API}/films/7", f"{API}/me/export"])
def test_head_is_get_without_the_body(world: World, path: str) -> None:
    get, head = world.ask("GET", path), world.ask("HEAD", path)
    assert (head.status_code, head.content) == (200, b"")
    for name in ("content-type", "content-length", "cache-control"):
        assert head.headers.get(name) == get.headers.get(name), name


def test_an_address_says_which_methods_it_takes(world: World) -> None:
    for path, methods in (
        (f"{API}/me/ratings/7", "DELETE, PUT"),
        (f"{API}/session", "DELETE, GET, HEAD, POST"),
        (f"{API}/recommendations", "POST"),
    ):
        answer = world.ask("PATCH", path)
        assert (answer.status_code, answer.headers["allow"]) == (405, methods)


def test_what_is_personal_is_kept_by_nobody(world: World) -> None:
    for path in ("me/history", "me/ratings", "me/export", "session", "people"):
        assert world.ask("GET", f"{API}/{path}").headers["cache-control"] == "no-store", path


def test_pages_of_an_allowed_origin_may_ask_and_read_the_answer(world: World) -> None:
    there = Way(origin="https://films.example", site="cross-site")
    answer = world.ask("POST", f"{API}/recommendations", there, json={"ratings": [], "n": 2})
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "https://films.example"
    asked = {"access-control-request-method": "POST"}
    before = world.ask("OPTIONS", f"{API}/recommendations", there, headers=asked)
    assert before.status_code == 200
    own = world.ask("GET", f"{API}/films/7", Way(origin=BASE))
    assert "access-control-allow-origin" not in own.headers
    other = world.ask("GET", f"{API}/films/7", Way(origin="https://evil.example"))
    assert other.status_code == 403
    assert "access-control-allow-origin" not in other.headers
