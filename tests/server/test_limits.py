"""Tests of what one client may ask: how large, how slowly, how often."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Message, Receive, Scope, Send

from matinee.server.errors import Problem
from matinee.server.limits import Limits, RateLimit
from matinee.server.settings import ServerSettings


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with the length of the body."""
    try:
        body = await Request(scope, receive).body()
    except Problem as problem:
        answer = PlainTextResponse(problem.code, problem.status_code)
    else:
        answer = PlainTextResponse(str(len(body)))
    await answer(scope, receive, send)


def ask(
    limits: Limits,
    *,
    path: str = "/api/v1/films",
    parts: Iterable[bytes] = (b"",),
    headers: Iterable[tuple[bytes, bytes]] = (),
    client: str = "192.0.2.1",
    pause: float = 0.0,
) -> tuple[int, bytes, dict[bytes, bytes]]:
    """Status, body and headers of one request whose body comes in parts."""
    waiting = list(parts)
    sent: list[Message] = []

    async def receive() -> Message:
        await asyncio.sleep(pause)
        body = waiting.pop(0)
        return {"type": "http.request", "body": body, "more_body": bool(waiting)}

    async def send(message: Message) -> None:
        sent.append(message)

    scope: dict[str, Any] = {
        "type": "http",
        "method": "POST",
        "path": path,
        "headers": list(headers),
        "query_string": b"",
        "client": (client, 1234),
    }
    asyncio.run(limits(scope, receive, send))
    return sent[0]["status"], sent[1]["body"], dict(sent[0]["headers"])


def limits_with(**changes: Any) -> Limits:
    return Limits(echo, ServerSettings(**{"rate": 0.0, "max_body": 1024, **changes}))


def test_a_body_within_the_limit_passes() -> None:
    assert ask(limits_with(), parts=[b"x" * 512, b"x" * 512])[:2] == (200, b"1024")


def test_a_body_that_says_it_is_too_large_is_not_read() -> None:
    status, body, headers = ask(limits_with(), headers=[(b"content-length", b"1025")], parts=[])
    assert status == 413
    assert b'"code":"body-too-large"' in body
    assert b"the body is larger than 1 kB, which is the limit here; send less" in body
    assert headers[b"connection"] == b"close"


def test_a_body_that_keeps_its_size_to_itself_is_cut_off() -> None:
    status, body, _ = ask(limits_with(), parts=[b"x" * 1000, b"x" * 25, b"x"])
    assert (status, body) == (413, b"body-too-large")


@pytest.mark.parametrize("length", [b"-1", b"1e3", b"", b"9" * 30])
def test_a_length_that_is_none_is_refused(length: bytes) -> None:
    status, body, _ = ask(limits_with(), headers=[(b"content-length", length)])
    assert status == 400
    assert b"Content-Length is not a number" in body


def test_files_may_be_larger_than_questions() -> None:
    limits = limits_with(max_upload=4096)
    assert ask(limits, path="/api/v1/me/imports", parts=[b"x" * 4096])[0] == 200
    assert ask(limits, path="/api/v1/me/imports", parts=[b"x" * 70_000])[0] == 413


def test_a_body_that_dribbles_in_is_given_up() -> None:
    status, body, _ = ask(limits_with(patience=0.15), parts=[b"x"] * 50, pause=0.05)
    assert (status, body) == (408, b"too-slow")


def test_who_asks_too_often_is_told_to_wait_and_others_are_not() -> None:
    limits = limits_with(rate=0.5)
    assert [ask(limits)[0] for _ in range(3)] == [200, 200, 429]
    status, body, headers = ask(limits)
    assert status == 429
    assert b"more than 0.5 requests a second; wait 4 s" in body
    assert headers[b"retry-after"] == b"4"
    assert ask(limits, client="192.0.2.2")[0] == 200
    assert ask(limits, path="/api/v1/health")[0] == 200, "somebody watches the server's health"
    assert ask(limits, path="/assets/app.js")[0] == 200, "files are cheap"


def test_one_household_of_ipv6_is_one_client() -> None:
    limits = limits_with(rate=0.25)
    assert ask(limits, client="2001:db8::1")[0] == 200
    assert ask(limits, client="2001:db8::2:3")[0] == 429
    assert ask(limits, client="2001:db8:0:1::1")[0] == 200


def test_addresses_of_ipv4_that_come_by_way_of_ipv6_are_clients_of_their_own() -> None:
    limits = limits_with(rate=0.25)
    assert ask(limits, client="::ffff:192.0.2.1")[0] == 200
    assert ask(limits, client="::ffff:192.0.2.2")[0] == 200
    assert ask(limits, client="192.0.2.2")[0] == 429


@given(st.integers(1, 5), st.lists(st.floats(0, 0.7), min_size=1, max_size=60))
def test_nobody_gets_more_than_the_limit_within_its_time(most: int, pauses: list[float]) -> None:
    now = 0.0
    limit = RateLimit(most, 1.0, timer=lambda: now)
    taken: list[float] = []
    for pause in pauses:
        now += pause
        wait = limit.wait("a")
        assert 0 <= wait <= 1.0 + 1e-9
        if not wait:
            taken.append(now)
    for start in taken:
        assert sum(start <= at < start + 1.0 for at in taken) <= 2 * most


def test_clients_are_not_remembered_without_end() -> None:
    limit = RateLimit(1, 60.0)
    for number in range(12_000):
        limit.wait(str(number))
    assert len(limit._clients) == 10_000
