"""Tests of how the page and its files are sent."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.server.doors import World, serving, settings_for

from matinee.server.page import HOME, PAGES

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    with serving(tmp_path_factory.mktemp("page") / "people.db") as found:
        yield found


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("js/app.js", "text/javascript; charset=utf-8"),
        ("css/base.css", "text/css; charset=utf-8"),
        ("icon.svg", "image/svg+xml"),
    ],
)
def test_a_file_comes_with_its_type_and_is_asked_for_again(
    world: World, name: str, kind: str
) -> None:
    answer = world.ask("GET", f"/assets/{name}")
    assert answer.content == (HOME / name).read_bytes()
    assert answer.headers["content-type"] == kind
    assert answer.headers["cache-control"] == "no-cache"
    tag = {"If-None-Match": answer.headers["etag"]}
    again = world.ask("GET", f"/assets/{name}", headers=tag)
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    "name", ["..%2fpage.py", "%2fetc%2fpasswd", "js", "", "js/..%2f..%2fpage.py", "nothing.js"]
)
def test_nothing_but_the_files_of_the_page_is_sent(world: World, name: str) -> None:
    answer = world.ask("GET", f"/assets/{name}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


def test_every_address_of_the_page_is_the_document(world: World) -> None:
    for path in PAGES:
        answer = world.ask("GET", path.replace("{movie_id}", "318"))
        assert answer.status_code == 200, path
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert world.ask("HEAD", path.replace("{movie_id}", "318")).status_code == 200
    assert world.ask("GET", "/film").status_code == 404
    refused = world.ask("POST", "/start")
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD")
    tag = world.ask("GET", "/").headers["etag"]
    assert world.ask("GET", "/", headers={"If-None-Match": tag}).status_code == 304


def test_a_browser_at_an_unknown_address_gets_the_document_and_a_program_a_problem(
    world: World,
) -> None:
    answer = world.ask("GET", "/nowhere/at/all", headers=BROWSER)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert "<main" in answer.text
    for path in ("/nowhere", "/api/v1/nowhere", "/assets/nothing.js"):
        headers = {} if path == "/nowhere" else BROWSER
        assert world.ask("GET", path, headers=headers).json()["code"] == "not-found", path
    assert world.ask("POST", "/nowhere", headers=BROWSER).status_code == 404


def test_what_the_document_names_is_there() -> None:
    document = (HOME / "index.html").read_text(encoding="utf-8")
    named = re.findall(r'(?:src|href)="/assets/([^"?]+)', document)
    assert named
    assert all((HOME / name).is_file() for name in named)


@pytest.mark.parametrize("before", ["", "/films"], ids=["taken off", "left on"])
def test_it_stands_below_the_path_of_a_proxy(tmp_path: Path, before: str) -> None:
    settings = settings_for(root_path="/films")
    with serving(tmp_path / "people.db", settings=settings) as world:
        document = world.ask("GET", f"{before}/").text
        assert 'data-base="/films"' in document
        addresses = re.findall(r'(?:src|href)="(/[^"]*)', document)
        assert addresses
        assert all(address.startswith("/films/") for address in addresses)
        assert world.ask("GET", f"{before}/assets/js/app.js").status_code == 200
        film = world.ask("GET", f"{before}/api/v1/films/7")
        assert film.json()["title"] == "Film 7"
        described = world.ask("GET", f"{before}/openapi.json").json()
        assert described["servers"] == [{"url": "/films"}]
