"""Clients that are slow, silent or hostile, against a server in a process of its own."""

from __future__ import annotations

import json
import socket
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress

import pytest
from tests.server.doors import small_model
from tests.server.processes import API, Running, matinee_serve, problem_of, read_all

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")

HOST = b"Host: 127.0.0.1\r\n"
HEALTH = b"GET /api/v1/health HTTP/1.1\r\n" + HOST + b"\r\n"
POST = b"POST /api/v1/recommendations HTTP/1.1\r\nContent-Type: application/json\r\n" + HOST
MIB = 2**20
CLOSED = (b"", b"HTTP/1.1 400", b"HTTP/1.1 408", b"HTTP/1.1 413", b"HTTP/1.1 431")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("server")
    model = small_model().save(folder / "model")
    options = ("--model", str(model), "--rate", "0", "--patience", "1.5")
    with matinee_serve(folder, *options, "--threads", "1", "--queue", "2") as found:
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


def sent(server: Running, data: bytes) -> bytes:
    """What comes for some bytes until the server closes."""
    with server.connect() as connection:
        with suppress(ConnectionError):
            connection.sendall(data)
        return received(connection)


def received(connection: socket.socket) -> bytes:
    found = b""
    with suppress(ConnectionError):
        while data := connection.recv(1 << 16):
            found += data
    return found


# -- slow clients -------------------------------------------------------------------------------


@pytest.mark.parametrize("data", [b"", b"GET / HTTP/1.1\r\nX-Slow: a", b"\r\n"])
def test_who_sends_no_whole_head_is_let_go(server: Running, data: bytes) -> None:
    assert sent(server, data).startswith(CLOSED)


def test_a_body_that_does_not_come_is_given_up(server: Running) -> None:
    found = problem_of(sent(server, POST + b"Content-Length: 100000\r\n\r\n "))
    assert (found["status"], found["code"]) == (408, "too-slow")
    assert "did not arrive within 1.5 s" in found["detail"]


def test_a_slow_reader_gets_everything(server: Running) -> None:
    whole = len(server.get("/openapi.json", headers={"accept-encoding": "identity"}).content)
    with server.connect() as connection:
        connection.sendall(b"GET /openapi.json HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n")
        found = b""
        while data := connection.recv(8192):
            found += data
            time.sleep(0.02)
    assert len(found.partition(b"\r\n\r\n")[2]) == whole


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GET / HTTP/1.1\r\nX-Slow: a",
        POST + b"Content-Length: 100000\r\n\r\n ",
        50 * b"GET /openapi.json HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",  # and never reads
    ],
    ids=["silent", "half a head", "half a body", "not reading"],
)
def test_three_hundred_such_clients_hold_up_nobody(server: Running, data: bytes) -> None:
    with ExitStack() as clients:
        for _ in range(300):
            clients.enter_context(server.connect()).sendall(data)
        started = time.monotonic()
        for _ in range(5):
            assert server.get(f"{API}/health").status_code == 200
        assert time.monotonic() - started < 10


# -- too much -----------------------------------------------------------------------------------


def endless_header(connection: socket.socket) -> None:
    connection.sendall(b"GET / HTTP/1.1\r\n" + HOST + b"X-Long: ")
    for _ in range(1000):
        connection.sendall(b"a" * 65_536)


def endless_headers(connection: socket.socket) -> None:
    connection.sendall(b"GET / HTTP/1.1\r\n" + HOST)
    for _ in range(1000):
        connection.sendall(b"a: b\r\n" * 10_000)


def endless_address(connection: socket.socket) -> None:
    connection.sendall(b"GET /")
    for _ in range(1000):
        connection.sendall(b"a" * 65_536)


@pytest.mark.parametrize("send", [endless_header, endless_headers, endless_address])
def test_a_head_without_end_is_cut_off(
    server: Running, send: Callable[[socket.socket], None]
) -> None:
    with server.connect() as connection:
        with pytest.raises(ConnectionError):
            send(connection)
        assert received(connection).startswith(CLOSED)


def test_a_body_that_says_it_is_too_large_is_refused_while_it_comes(server: Running) -> None:
    body = b"x" * (6 * MIB)
    answer = sent(server, POST + b"Content-Length: %d\r\n\r\n" % len(body) + body)
    assert answer.startswith(CLOSED)


def test_nobody_is_asked_for_a_body_that_is_too_large(server: Running) -> None:
    head = POST + b"Content-Length: 100000000\r\nExpect: 100-continue\r\n\r\n"
    answer = sent(server, head)
    assert b"100 Continue" not in answer
    assert problem_of(answer)["code"] == "body-too-large"


def endless_body(connection: socket.socket) -> None:
    connection.sendall(POST + b"Transfer-Encoding: chunked\r\n\r\n")
    for _ in range(2000):
        connection.sendall(b"10000\r\n" + b"x" * 65_536 + b"\r\n")


def test_a_body_that_keeps_its_size_to_itself_is_cut_off(server: Running) -> None:
    with server.connect() as connection:
        with pytest.raises(ConnectionError):
            endless_body(connection)
        assert received(connection).startswith(CLOSED)


def test_a_few_requests_may_be_sent_ahead(server: Running) -> None:
    last = HEALTH.replace(HOST, HOST + b"Connection: close\r\n")
    assert sent(server, 9 * HEALTH + last).count(b'{"status":"ok"}') == 10


@pytest.mark.parametrize(
    "data",
    [
        b"nonsense\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # TLS
        b"GET \xff\xfe HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        POST + b"Transfer-Encoding: chunked\r\n\r\nZZZ\r\n",
        bytes(range(256)) * 64,
    ],
    ids=lambda data: repr(data[:20]),
)
def test_garbage_is_refused(server: Running, data: bytes) -> None:
    assert sent(server, data).startswith(b"HTTP/1.1 400")


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
