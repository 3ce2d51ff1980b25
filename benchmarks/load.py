"""A load generator for HTTP on this machine: at a rate that does not wait, or as fast as it goes.

At a rate, arrivals are a Poisson process and a request's time counts from when it was due, not from
when a connection was free: a server that stalls is charged for all who wait (no "coordinated
omission"). It needs the standard library only, and less than a tenth of a millisecond a request.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Outcome", "as_fast_as_possible", "at_a_rate", "get", "post"]


def get(path: str, **headers: str) -> bytes:
    """A GET request."""
    return _request("GET", path, b"", headers)


def post(path: str, value: Any, **headers: str) -> bytes:
    """A POST request with a JSON body."""
    return _request("POST", path, json.dumps(value).encode(), headers)


def _request(method: str, path: str, body: bytes, headers: dict[str, str]) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1:{port}", "Accept: application/json"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


@dataclass
class Outcome:
    """What came of some requests."""

    seconds: float = 0.0
    times: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)
    bytes: int = 0

    def summary(self) -> dict[str, Any]:
        times = sorted(self.times)

        def quantile(share: float) -> float:
            return round(1000 * times[min(len(times) - 1, int(share * len(times)))], 2)

        return {
            "requests": len(times),
            "a_second": round(len(times) / self.seconds, 1),
            "p50_ms": quantile(0.5),
            "p90_ms": quantile(0.9),
            "p99_ms": quantile(0.99),
            "worst_ms": round(1000 * times[-1], 2),
            "bytes": round(self.bytes / len(times)),
            "statuses": self.statuses,
        }


class _Connection(asyncio.Protocol):
    """One keep-alive connection, one request at a time."""

    def __init__(self, outcome: Outcome) -> None:
        self._outcome = outcome
        self._buffer = bytearray()
        self._length = -1
        self._began = 0.0
        self.done: asyncio.Future[None] | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def send(self, request: bytes, began: float) -> asyncio.Future[None]:
        assert self._transport is not None
        self._began, self._length = began, -1
        self._buffer.clear()
        self.done = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return self.done

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if self._length < 0:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            head = bytes(self._buffer[:end]).lower()
            place = head.index(b"content-length:") + len(b"content-length:")
            self._length = end + 4 + int(head[place : (head + b"\r\n").index(b"\r\n", place)])
        if len(self._buffer) >= self._length:
            status = int(self._buffer[9:12])
            self._outcome.times.append(time.perf_counter() - self._began)
            self._outcome.statuses[status] = self._outcome.statuses.get(status, 0) + 1
            self._outcome.bytes += len(self._buffer)
            assert self.done is not None
            self.done.set_result(None)

    def connection_lost(self, error: Exception | None) -> None:
        if self.done is not None and not self.done.done():
            self.done.set_exception(error or ConnectionError("the server closed the connection"))

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


async def _connect(port: int, outcome: Outcome, number: int) -> list[_Connection]:
    loop = asyncio.get_running_loop()
    made = [
        await loop.create_connection(lambda: _Connection(outcome), "127.0.0.1", port)
        for _ in range(number)
    ]
    return [protocol for _, protocol in made]


def _ready(requests: Sequence[bytes], port: int) -> list[bytes]:
    return [request.replace(b"{port}", str(port).encode(), 1) for request in requests]


def at_a_rate(
    port: int, requests: Sequence[bytes], *, rate: float, count: int, seed: int = 0
) -> Outcome:
    """So many requests, `rate` a second on average, whatever the server does."""

    async def run() -> Outcome:
        outcome, chance = Outcome(), random.Random(seed)
        ready = _ready(requests, port)
        connections = await _connect(port, outcome, 64)
        free = deque(connections)
        waiting: deque[tuple[bytes, float]] = deque()
        left, over = count, asyncio.get_running_loop().create_future()

        def start(request: bytes, due: float) -> None:
            if not free:
                waiting.append((request, due))
                return
            connection = free.popleft()
            connection.send(request, due).add_done_callback(lambda f: finished(f, connection))

        def finished(future: asyncio.Future[None], connection: _Connection) -> None:
            nonlocal left
            left -= 1
            error = future.exception()
            if error is not None and not over.done():
                over.set_exception(error)
            free.append(connection)
            if waiting:
                start(*waiting.popleft())
            if left == 0 and not over.done():
                over.set_result(None)

        began = time.perf_counter()
        due = began
        for number in range(count):
            due += chance.expovariate(rate)
            wait = due - time.perf_counter()
            # The loop's clock is coarse: the last half millisecond is spent passing.
            if wait > 0.0005:
                await asyncio.sleep(wait - 0.0005)
            while time.perf_counter() < due:
                await asyncio.sleep(0)
            start(ready[number % len(ready)], due)
        await over
        outcome.seconds = time.perf_counter() - began
        for connection in connections:
            connection.close()
        return outcome

    return asyncio.run(run())


def as_fast_as_possible(
    port: int, requests: Sequence[bytes], *, clients: int, count: int
) -> Outcome:
    """So many requests of some clients, each of which asks again as soon as it is answered."""

    async def run() -> Outcome:
        outcome = Outcome()
        ready = _ready(requests, port)
        connections = await _connect(port, outcome, clients)
        numbers = iter(range(count))

        async def ask(connection: _Connection) -> None:
            for number in numbers:
                await connection.send(ready[number % len(ready)], time.perf_counter())

        began = time.perf_counter()
        await asyncio.gather(*map(ask, connections))
        outcome.seconds = time.perf_counter() - began
        for connection in connections:
            connection.close()
        return outcome

    return asyncio.run(run())
