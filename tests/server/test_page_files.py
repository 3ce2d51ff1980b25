"""Tests of how the page's files are sent."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from starlette.requests import Request
from tests.server.doors import serving

from matinee.server.page_files import HOME, PageFiles
from matinee.server.problems import Problem
from matinee.server.routes.page import PAGES


def asking(query: str = "", **headers: str) -> Request:
    listed = [(name.replace("_", "-").encode(), text.encode()) for name, text in headers.items()]
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/",
        "query_string": query.encode(),
        "headers": listed,
    }
    return Request(scope)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "js").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html>" + "x" * 2000, encoding="utf-8")
    (tmp_path / "js" / "app.js").write_text("start();", encoding="utf-8")
    (tmp_path / ".hidden").write_text("no", encoding="utf-8")
    (tmp_path / "js" / "out.js").symlink_to("/etc/hostname")
    return tmp_path


def test_a_file_comes_with_its_type_and_tag(home: Path) -> None:
    files = PageFiles(home)
    answer = files.answer(asking(), "js/app.js")
    assert answer.body == b"start();"
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    tag = answer.headers["etag"]
    again = files.answer(asking(if_none_match=tag), "js/app.js")
    assert (again.status_code, again.body) == (304, b"")
    digest = tag.strip('"')
    assert "immutable" in files.answer(asking(f"v={digest}"), "js/app.js").headers["cache-control"]


def test_large_files_are_compressed_for_those_who_take_it(home: Path) -> None:
    files = PageFiles(home)
    packed = files.answer(asking(accept_encoding="gzip, br"), "index.html")
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["vary"] == "Accept-Encoding"
    plain = files.answer(asking(), "index.html")
    assert "content-encoding" not in plain.headers
    assert gzip.decompress(bytes(packed.body)) == plain.body


def test_a_file_that_changed_is_sent_as_it_is_now(home: Path) -> None:
    files = PageFiles(home)
    before = files.answer(asking(), "js/app.js").headers["etag"]
    (home / "js" / "app.js").write_text("start(again);", encoding="utf-8")
    answer = files.answer(asking(if_none_match=before), "js/app.js")
    assert answer.body == b"start(again);"
    (home / "js" / "app.js").unlink()
    with pytest.raises(Problem, match=r"no file .js/app\.js."):
        files.answer(asking(), "js/app.js")


@pytest.mark.parametrize(
    "name", ["../test.py", "/etc/passwd", ".hidden", "js/out.js", "js", "", "js/../index.html"]
)
def test_nothing_but_the_files_of_the_page_is_sent(home: Path, name: str) -> None:
    with pytest.raises(Problem, match="the page has no file") as refused:
        PageFiles(home).answer(asking(), name)
    assert refused.value.status_code == 404


def test_every_address_of_the_page_is_the_document(tmp_path: Path) -> None:
    with serving(tmp_path / "people.db") as world:
        for path in PAGES:
            answer = world.ask("GET", path.replace("{movie_id}", "318"))
            assert answer.status_code == 200, path
            assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert world.ask("GET", "/film").status_code == 404
        assert world.ask("POST", "/start").status_code == 405
        assert world.ask("GET", "/assets/nothing.js").json()["code"] == "not-found"


def test_a_browser_at_an_unknown_address_gets_the_document_and_a_program_a_problem(
    tmp_path: Path,
) -> None:
    browser = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    with serving(tmp_path / "people.db") as world:
        for _ in range(2):
            answer = world.ask("GET", "/nowhere/at/all", headers=browser)
            assert answer.status_code == 404
            assert answer.headers["content-type"] == "text/html; charset=utf-8"
            assert answer.headers["cache-control"] == "no-store"
            assert "etag" not in answer.headers
            assert "<main" in answer.text
        tag = world.ask("GET", "/").headers["etag"]
        again = world.ask("GET", "/nowhere", headers={**browser, "If-None-Match": tag})
        assert (again.status_code, "<main" in again.text) == (404, True)
        for path in ("/nowhere", "/api/v1/nowhere", "/assets/nothing.js"):
            headers = {} if path == "/nowhere" else browser
            assert world.ask("GET", path, headers=headers).json()["code"] == "not-found", path
        assert world.ask("POST", "/nowhere", headers=browser).status_code == 404


def test_what_the_document_names_is_there() -> None:
    document = (HOME / "index.html").read_text(encoding="utf-8")
    named = re.findall(r'(?:src|href)="/assets/([^"?]+)', document)
    assert named
    assert set(named) <= set(PageFiles().names())
