"""What nobody sends by accident: it is refused, and the server goes on."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from tests.server.doors import BASE, LETTERBOXD, Way, World, serving, settings_for

API = "/api/v1"
RATE = f"{API}/me/ratings/7"
HEADER = "Date,Name,Year,Letterboxd URI,Rating\n"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("hostile")
    patch = pytest.MonkeyPatch()
    patch.setenv("MATINEE_CACHE", str(folder / "cache"))
    settings = settings_for(max_upload=2 * 2**20, max_body=64 * 1024)
    with serving(folder / "people.db", settings=settings) as found:
        found.store.rate(1, "9", 3.0)
        yield found
    patch.undo()


@pytest.fixture(autouse=True)
def still_there(world: World) -> Iterator[None]:
    """Whatever was sent: nothing was written, and the next request is answered."""
    before = world.store.export(1)
    yield
    assert {**world.store.export(1), "exported": before["exported"]} == before
    assert world.ask("GET", f"{API}/ready").status_code == 200


def send_json(world: World, body: bytes, path: str = RATE, method: str = "PUT", **more: Any) -> Any:
    headers = {"content-type": "application/json", **more.pop("headers", {})}
    return world.ask(method, path, content=body, headers=headers, **more)


def hand_in(world: World, data: bytes, name: str = "ratings.csv") -> Any:
    return world.ask("POST", f"{API}/me/imports", files={"file": (name, data)})


def problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    assert answer.headers["content-type"] == "application/problem+json"
    told: dict[str, Any] = answer.json()
    assert (answer.status_code, told["code"]) == (status, code), told
    return told


# -- JSON ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"stars"',
        b'{"stars": NaN}',
        b'{"stars": Infinity}',
        b'{"stars": 1e999}',
        b'{"stars": 4.25}',
        b'{"stars": 0}',
        b'{"stars": 5.5}',
        b'{"stars": true}',
        b'{"stars": "x"}',
        b'{"stars": "\\ud800"}',
        b'{"stars": 4, "person_id": 2}',
        b'\xff\xfe{"stars": 4}',
        b'{"stars": ' + b"9" * 5000 + b"}",
        b'{"stars": ' + b"[" * 20_000 + b"]" * 20_000 + b"}",
    ],
    ids=lambda body: repr(body[:24]),
)
def test_stars_that_are_none(world: World, body: bytes) -> None:
    answer = send_json(world, body)
    told = problem(answer, answer.status_code, "invalid-request")
    assert answer.status_code in (400, 422)
    assert len(json.dumps(told)) < 4000


def test_deep_brackets_everywhere_a_body_is_taken(world: World) -> None:
    deep = b'{"a":' * 10_000 + b"1" + b"}" * 10_000
    for path in ("recommendations", "predictions", "taste", "groups", "what-if", "people"):
        problem(send_json(world, deep, f"{API}/{path}", "POST"), 400, "invalid-request")


def test_a_large_body_is_refused_by_what_it_announces(world: World) -> None:
    problem(send_json(world, b" " * 100_000), 413, "body-too-large")


def test_a_large_body_is_refused_where_it_announces_nothing(world: World) -> None:
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        for _ in range(64):
            sent += 2**14
            yield b" " * 2**14

    problem(send_json(world, endless()), 413, "body-too-large")  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "multipart/form-data", ""])
def test_a_body_of_another_type(world: World, kind: str) -> None:
    answer = send_json(world, b'{"stars": 4}', headers={"content-type": kind})
    assert answer.status_code in (400, 415, 422)


@pytest.mark.parametrize(
    "movie_id",
    ["%00", "%ff", "..%2f..", "7%0d%0aSet-Cookie:%20a=b", "%F0%9F%8E%AC", "1e1", "-1", "9" * 150],
)
def test_a_film_that_is_none(world: World, movie_id: str) -> None:
    answer = send_json(world, b'{"stars": 4}', f"{API}/me/ratings/{movie_id}")
    assert answer.status_code in (404, 405, 422)
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "cursor", ["x", "W10", "WyJyZWNlbnQiLHt9XQ", "%00", "=" * 50, "W1tbW1tb" * 99]
)
def test_a_cursor_that_is_none(world: World, cursor: str) -> None:
    told = problem(world.ask("GET", f"{API}/me/ratings?cursor={cursor}"), 422, "invalid-request")
    assert told["errors"][0]["field"] == "cursor"


@pytest.mark.parametrize("name", ["a\u0000b", "\u202egnp.exe", " \t ", "\ud7ff\ue000" * 200])
def test_a_name_that_cannot_be_shown(world: World, name: str) -> None:
    body = json.dumps({"name": name}).encode()
    assert send_json(world, body, f"{API}/people", "POST").status_code == 422


# -- headers ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {"cookie": "a" * 20_000},
        {"cookie": ";" * 10_000},
        {"cookie": "matinee_session_x=\xff.\xfe"},
        {"authorization": "Bearer"},
        {"authorization": "Bearer " + "x" * 20_000},
        {"authorization": "Bearer \xff"},
        {"if-none-match": '"' * 5000},
        {"x-csrf-token": "\xe9"},
        {"sec-fetch-site": "\xff"},
        {"origin": "http://[::1"},
        {"host": "[::1"},
        {"host": ""},
    ],
    ids=lambda headers: str(headers)[:30],
)
def test_odd_headers(world: World, headers: dict[str, str]) -> None:
    raw = {name: value.encode("latin-1") for name, value in headers.items()}
    answer = world.ask("GET", f"{API}/me", headers=raw)
    assert answer.status_code in (200, 304, 400, 401, 403, 421)


def test_a_header_that_is_there_twice(world: World) -> None:
    twice = [("host", "127.0.0.1:8000"), ("host", "evil.example")]
    answer = world.client.get(f"{API}/me", headers=twice)
    problem(answer, 400, "invalid-request")


# -- files --------------------------------------------------------------------------------------


def zipped(*members: tuple[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return stream.getvalue()


def test_a_zip_bomb(world: World) -> None:
    bomb = zipped(("ratings.csv", HEADER.encode() + b"\0" * 2**26))
    assert len(bomb) < 2**20
    told = problem(hand_in(world, bomb, "bomb.zip"), 422, "unreadable-file")
    assert "more than the limit" in told["detail"]


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"", "ratings.csv"),
        (b"PK\x03\x04 and no more", "x.zip"),
        (b"\x89PNG\r\n\x1a\n", "ratings.csv"),
        (b"\x1f\x8b" + bytes(100), "ratings.csv.gz"),
        (b"[" * 100_000, "ratings.json"),
        (b'[{"rating": NaN}]', "ratings.json"),
        (b"<html><script>alert(1)</script>", "ratings.csv"),
        (zipped(("inner.zip", zipped(("ratings.csv", HEADER.encode())))), "x.zip"),
        (zipped(("../../ratings.csv", HEADER.encode())), "x.zip"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_file_that_is_none(world: World, data: bytes, name: str) -> None:
    problem(hand_in(world, data, name), 422, "unreadable-file")
    assert world.ask("GET", f"{API}/me/imports").json()["items"] == []


def test_a_million_rows(world: World) -> None:
    rows = HEADER.encode() + b"\n,\n" * 10**6
    problem(hand_in(world, rows), 413, "body-too-large")
    fewer = HEADER.encode() + b",\n" * (2**20 - 100)
    told = problem(hand_in(world, fewer), 422, "unreadable-file")
    assert "more than 100,000 rows" in told["detail"]


def test_a_form_with_many_files_and_fields(world: World) -> None:
    files = [("file", (f"{number}.csv", LETTERBOXD.encode())) for number in range(20)]
    problem(world.ask("POST", f"{API}/me/imports", files=files), 400, "invalid-request")
    fields = {f"field{number}": "x" for number in range(50)}
    answer = world.ask("POST", f"{API}/me/imports", data=fields, files={"x": ("", b"")})
    assert answer.status_code in (400, 422)


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("application/json", b"{}", 415),
        ("text/csv", LETTERBOXD.encode(), 415),
        ("multipart/form-data", b"--x", 400),
        ("multipart/form-data; boundary=x", b"nothing of the kind", 400),
        ("multipart/form-data; boundary=x", b"--x\r\n\r\n--x--", 400),
        ("multipart/form-data; boundary=" + "x" * 5000, b"", 400),
        ("application/x-www-form-urlencoded", b"file=x", 415),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_form_that_is_none(world: World, kind: str, body: bytes, status: int) -> None:
    answer = world.ask("POST", f"{API}/me/imports", content=body, headers={"content-type": kind})
    assert answer.status_code in (status, 422), answer.text
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "name",
    ['a"\r\nSet-Cookie: x=y\r\n.csv', "../../etc/passwd", "C:\\x\\ratings.csv", "\u202e" * 9],
)
def test_a_file_name_goes_nowhere(world: World, name: str) -> None:
    answer = hand_in(world, LETTERBOXD.encode(), name)
    assert answer.status_code == 201
    assert "set-cookie" not in answer.headers
    report = answer.json()
    assert not set("/\\\r\n") & set(report["name"])
    exported = world.ask("GET", f"{API}/me/export?format=csv").headers["content-disposition"]
    assert exported.startswith('attachment; filename="matinee-20')
    path = f"{API}/me/imports/{report['import_id']}"
    assert world.ask("DELETE", path).status_code == 204


def test_decisions_about_what_is_not_in_the_file(world: World) -> None:
    import_id = hand_in(world, LETTERBOXD.encode()).json()["import_id"]
    path = f"{API}/me/imports/{import_id}"
    for decisions in (
        {"film:not in it (1999)": "7"},
        {"film:film 7 (1987)": "no such film"},
        {"film:film 7 (1987)": "\0"},
    ):
        answer = world.ask("POST", f"{path}/apply", json={"decisions": decisions})
        problem(answer, 422, "invalid-request")
    many = {"decisions": {f"film:{number}": None for number in range(1500)}}
    problem(world.ask("POST", f"{path}/apply", json=many), 422, "invalid-request")
    assert world.store.decisions(1) == {}
    assert world.ask("DELETE", path).status_code == 204


def test_a_page_of_another_site_cannot_even_look(world: World) -> None:
    away = Way(origin="https://evil.example")
    answer = world.ask("OPTIONS", RATE, away, headers={"access-control-request-method": "PUT"})
    problem(answer, 403, "foreign-origin")
    assert not [name for name in answer.headers if name.startswith("access-control")]
    assert world.ask("GET", RATE, Way(origin=BASE)).status_code == 405
