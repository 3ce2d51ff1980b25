"""Clients that are slow, silent or hostile, against a server in a process of its own."""

from __future__ import annotations

import asyncio
import json
import socket
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from itertools import count, repeat
from typing import Any

import pytest
from tests.server.doors import small_model
from tests.server.processes import (
    API,
    Running,
    matinee_serve,
    problem_of,
    read_all,
    until,
)
from uvicorn.server import ServerState

from matinee.server import ServerSettings
from matinee.server.connections import Connection, ServerConfig

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")

HOST = b"Host: 127.0.0.1\r\n"
HEALTH = b"GET /api/v1/health HTTP/1.1\r\n" + HOST + b"\r\n"
POST = b"POST /api/v1/recommendations HTTP/1.1\r\nContent-Type: application/json\r\n" + HOST
MIB = 2**20
CONNECTIONS = 250


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("server")
    model = small_model().save(folder / "model")
    options = ("--model", str(model), "--rate", "0", "--patience", "0.6")
    small = ("--threads", "1", "--queue", "2", "--connections", str(CONNECTIONS))
    with matinee_serve(folder, *options, *small) as found:
        yield found


@pytest.fixture(autouse=True)
def still_well(server: Running) -> Iterator[None]:
    """Whatever came: the server goes on, nothing of it reached the log, and nothing is kept."""
    for _ in range(3):  # what it takes once
        assert server.get(f"{API}/ready").status_code == 200
    before, log = server.memory(), server.log.read_text()
    yield
    assert server.get(f"{API}/ready").status_code == 200
    assert server.memory() - before < 48 * MIB
    assert server.log.read_text() == log


def dribbled(connection: socket.socket, piece: bytes) -> bytes:
    """Send the same over and over until the server has had enough; what it says."""
    with suppress(ConnectionError):
        for _ in range(2000):
            connection.sendall(piece)
            time.sleep(0.03)
    return read_all(connection)


def sent(server: Running, data: bytes) -> bytes:
    """What comes for some bytes until the server closes."""
    with server.connect() as connection:
        with suppress(ConnectionError):
            connection.sendall(data)
        return read_all(connection)


# -- slow clients -------------------------------------------------------------------------------


def test_a_silent_client_is_let_go(server: Running) -> None:
    assert sent(server, b"") == b""


def test_a_head_that_dribbles_in_is_given_up(server: Running) -> None:
    with server.connect() as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nX-Slow: ")
        found = problem_of(dribbled(connection, b"a"))
    assert (found["status"], found["code"]) == (408, "too-slow")


def test_a_body_that_dribbles_in_is_given_up(server: Running) -> None:
    with server.connect() as connection:
        connection.sendall(POST + b"Content-Length: 100000\r\n\r\n")
        found = problem_of(dribbled(connection, b" "))
    assert (found["status"], found["code"]) == (408, "too-slow")
    assert "did not arrive within 0.6 s" in found["detail"]


def test_blank_lines_do_not_keep_a_connection(server: Running) -> None:
    with server.connect() as connection:
        connection.sendall(HEALTH)
        answer = b""
        while not answer.endswith(b'{"status":"ok"}'):
            answer += connection.recv(1 << 16)
        with suppress(ConnectionError):
            assert dribbled(connection, b"\r\n") == b""


class Wire(asyncio.Transport):
    """Stands for a transport whose client reads as it is told."""

    def __init__(self, unsent: Iterator[int]) -> None:
        super().__init__()
        self.unsent, self.looks, self.aborted = unsent, 0, False

    def get_write_buffer_size(self) -> int:
        self.looks += 1
        return next(self.unsent)

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return default

    def is_closing(self) -> bool:
        return False

    def abort(self) -> None:
        self.aborted = True


@pytest.mark.parametrize(
    ("unsent", "let_go"), [(repeat(90_000), True), (count(90_000, -1), False), (repeat(0), False)]
)
def test_who_does_not_read_is_let_go(unsent: Iterator[int], let_go: bool) -> None:
    async def watch() -> Wire:
        config = ServerConfig("tests.server.test_connections:nothing", ServerSettings(patience=0.1))
        wire = Wire(unsent)
        connection = Connection(config, ServerState(), {})
        connection.connection_made(wire)
        connection._waiting_since = None  # the head came
        for _ in range(1000):
            await asyncio.sleep(0.01)
            if wire.aborted or wire.looks >= 12:
                break
        connection.connection_lost(OSError())
        return wire

    wire = asyncio.run(watch())
    assert wire.aborted == let_go
    assert wire.looks < 12 if let_go else wire.looks == 12


async def nothing(scope: Any, receive: Any, send: Any) -> None:
    """An application that is not asked."""


def test_a_slow_reader_gets_everything(server: Running) -> None:
    whole = len(server.get("/openapi.json", headers={"accept-encoding": "identity"}).content)
    with server.connect() as connection:
        connection.sendall(b"GET /openapi.json HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n")
        found = b""
        while data := connection.recv(8192):
            found += data
            time.sleep(0.02)
    assert len(found.partition(b"\r\n\r\n")[2]) == whole


# -- too much -----------------------------------------------------------------------------------


def endless_header(connection: socket.socket) -> None:
    connection.sendall(b"GET / HTTP/1.1\r\n" + HOST + b"X-Long: ")
    for _ in range(1000):
        connection.sendall(b"a" * 65_536)


def endless_headers(connection: socket.socket) -> None:
    connection.sendall(b"GET / HTTP/1.1\r\n" + HOST)
    for _ in range(1000):
        connection.sendall(b"a: b\r\n" * 10_000)


def many_headers(connection: socket.socket) -> None:
    connection.sendall(b"GET / HTTP/1.1\r\n" + HOST + b"a: b\r\n" * 300 + b"\r\n")


def endless_address(connection: socket.socket) -> None:
    connection.sendall(b"GET /")
    for _ in range(1000):
        connection.sendall(b"a" * 65_536)


@pytest.mark.parametrize("send", [endless_header, endless_headers, many_headers, endless_address])
def test_a_head_without_end_is_cut_off(
    server: Running, send: Callable[[socket.socket], None]
) -> None:
    with server.connect() as connection:
        with suppress(ConnectionError):
            send(connection)
        found = problem_of(read_all(connection))
    assert (found["status"], found["code"]) == (431, "head-too-large")


def test_a_body_that_says_it_is_too_large_is_refused_while_it_comes(server: Running) -> None:
    body = b"x" * (6 * MIB)
    found = problem_of(sent(server, POST + b"Content-Length: %d\r\n\r\n" % len(body) + body))
    assert (found["status"], found["code"]) == (413, "body-too-large")


def test_nobody_is_asked_for_a_body_that_is_too_large(server: Running) -> None:
    head = POST + b"Content-Length: 100000000\r\nExpect: 100-continue\r\n\r\n"
    answer = sent(server, head)
    assert b"100 Continue" not in answer
    assert problem_of(answer)["code"] == "body-too-large"


def test_a_body_that_keeps_its_size_to_itself_is_cut_off(server: Running) -> None:
    head = POST + b"Transfer-Encoding: chunked\r\n\r\n"
    with server.connect() as connection:
        with suppress(ConnectionError):
            connection.sendall(head)
            for _ in range(2000):
                connection.sendall(b"10000\r\n" + b"x" * 65_536 + b"\r\n")
        assert problem_of(read_all(connection))["code"] == "body-too-large"


def test_trailers_without_end_are_cut_off(server: Running) -> None:
    with server.connect() as connection:
        with suppress(ConnectionError):
            connection.sendall(POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n")
            for _ in range(2000):
                connection.sendall(b"X-Trailer: b\r\n" * 5000)
        assert problem_of(read_all(connection))["status"] in (408, 431)


# -- garbage ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        b"nonsense\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # TLS
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET \xff\xfe HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        POST + b"Transfer-Encoding: chunked\r\n\r\nZZZ\r\n",
        bytes(range(256)) * 64,
    ],
    ids=lambda data: repr(data[:20]),
)
def test_garbage_is_refused(server: Running, data: bytes) -> None:
    found = problem_of(sent(server, data))
    assert (found["status"], found["code"]) == (400, "invalid-request")


def test_requests_before_garbage_are_answered(server: Running) -> None:
    answer = sent(server, HEALTH + HEALTH + b"nonsense\r\n\r\n")
    assert answer.count(b"HTTP/1.1 200 OK") == 2
    assert b"HTTP/1.1 400" not in answer


def test_a_few_requests_may_be_sent_ahead(server: Running) -> None:
    last = HEALTH.replace(HOST, HOST + b"Connection: close\r\n")
    assert sent(server, 9 * HEALTH + last).count(b'{"status":"ok"}') == 10


def test_requests_without_end_are_not_taken_ahead(server: Running) -> None:
    taken = 0
    with server.connect() as connection, suppress(ConnectionError):
        for _ in range(4000):
            connection.sendall(5000 * HEALTH)
            taken += 1
    assert taken < 4000


def test_an_upgrade_that_nobody_offers_is_overlooked(server: Running) -> None:
    upgrade = (
        HOST + b"Connection: Upgrade, close\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    )
    assert sent(server, HEALTH.replace(HOST, upgrade)).startswith(b"HTTP/1.1 200")


# -- many ---------------------------------------------------------------------------------------


def test_two_hundred_at_once_are_answered_or_told_to_come_back(server: Running) -> None:
    body = json.dumps({"ratings": [{"movie_id": str(n), "stars": 4} for n in range(1, 9)]}).encode()
    head = POST.replace(b"recommendations", b"taste") + b"Connection: close\r\n"
    ask = head + b"Content-Length: %d\r\n\r\n" % len(body) + body
    connections = [server.connect() for _ in range(200)]
    try:
        for connection in connections:
            connection.sendall(ask)
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(read_all, connections))
    finally:
        for connection in connections:
            connection.close()
    refused = [one for one in answers if not one.startswith(b"HTTP/1.1 200")]
    assert 0 < len(refused) < len(answers)
    for one in refused:
        assert problem_of(one)["code"] == "overloaded"
        assert problem_of(one)["status"] == 503
        assert b"\r\nretry-after: 1\r\n" in one.lower()


def test_more_connections_than_allowed_are_told_to_come_back(server: Running) -> None:
    def refused() -> dict[str, Any] | None:
        # Those that say nothing are let go before long, so that it may take several goes.
        with ExitStack() as idle:
            for _ in range(CONNECTIONS):
                idle.enter_context(server.connect())
            answer = sent(server, HEALTH.replace(HOST, HOST + b"Connection: close\r\n"))
        return None if answer.startswith(b"HTTP/1.1 200") else problem_of(answer)

    found = until(refused, "a refusal")
    assert (found["status"], found["code"]) == (503, "overloaded")
    assert found["detail"] == "too many connections are open; try again in a second"
