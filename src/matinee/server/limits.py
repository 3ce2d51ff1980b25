"""What one client may ask of the server: how large, how slowly, how often."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address, ip_network

from cachetools import TTLCache
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from matinee.memory import format_bytes
from matinee.server.errors import Problem, problem_response
from matinee.server.settings import API, ServerSettings

__all__ = ["Limits", "RateLimit", "client_key"]

_MOST_CLIENTS = 10_000
_RATE_SECONDS = 4.0
"""Requests are counted over this time, so that a page may ask for much at once."""
_FORM_BYTES = 64 * 1024
"""What a form adds to the file in it."""
_UPLOADS = f"{API}/me/imports"
_FREE = (f"{API}/health", f"{API}/ready")


def client_key(address: str) -> str:
    """What counts as one client: an IPv4 address, or the /64 that one household has of IPv6.

    Examples
    --------
    >>> client_key("192.0.2.7"), client_key("2001:db8::1:2:3:4"), client_key("::ffff:192.0.2.7")
    ('192.0.2.7', '2001:db8::/64', '192.0.2.7')
    """
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ip_network((int(found), 64), strict=False))
    return address


class RateLimit:
    """At most so many requests of one client in so many seconds.

    Parameters
    ----------
    most : int
    seconds : float
    timer : callable
        The time in seconds.

    Examples
    --------
    >>> limit = RateLimit(2, 60)
    >>> [limit.wait("a") > 0 for _ in range(3)], limit.wait("b")
    ([False, False, True], 0.0)
    """

    def __init__(
        self, most: int, seconds: float, timer: Callable[[], float] = time.monotonic
    ) -> None:
        self._most, self._seconds, self._timer = most, seconds, timer
        self._clients: TTLCache[str, tuple[float, list[int]]] = TTLCache(
            _MOST_CLIENTS, seconds, timer=timer
        )

    def wait(self, client: str) -> float:
        """Count a request: 0, or the seconds until a client may ask again."""
        now = self._timer()
        kept = self._clients.get(client)
        if kept is None:
            kept = self._clients[client] = (now, [0])
        started, count = kept
        count[0] += 1
        return 0.0 if count[0] <= self._most else max(started + self._seconds - now, 0.001)


class Limits:
    """Refuses what is too large, too slow or too often, before a route sees it.

    Parameters
    ----------
    app : ASGI application
    settings : ServerSettings
    """

    def __init__(self, app: ASGIApp, settings: ServerSettings) -> None:
        self.app = app
        self._settings = settings
        most = math.ceil(settings.rate * _RATE_SECONDS)
        self._rate = RateLimit(most, _RATE_SECONDS) if settings.rate else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or not scope["path"].startswith(API):
            await self.app(scope, receive, send)
            return
        problem = self._too_often(scope) or self._announced(scope)
        if problem is not None:
            await problem_response(problem, scope["path"])(scope, receive, send)
            return
        await self.app(scope, self._bounded(scope, receive), send)

    def _too_often(self, scope: Scope) -> Problem | None:
        if self._rate is None or scope["path"] in _FREE:
            return None
        client = scope.get("client")
        wait = self._rate.wait(client_key(client[0] if client else ""))
        if not wait:
            return None
        seconds = max(1, math.ceil(wait))
        return Problem(
            429,
            "too-many-requests",
            f"more than {self._settings.rate:g} requests a second; wait {seconds} s",
            headers={"Retry-After": str(seconds)},
        )

    def _most(self, scope: Scope) -> int:
        if scope["path"] == _UPLOADS:
            return self._settings.max_upload + _FORM_BYTES
        return self._settings.max_body

    def _announced(self, scope: Scope) -> Problem | None:
        """What the headers say of the body already."""
        for name, value in scope["headers"]:
            if name == b"content-length":
                size = int(value) if value.isdigit() and len(value) < 19 else -1
                if size < 0:
                    return Problem(400, "invalid-request", "Content-Length is not a number")
                if size > self._most(scope):
                    return _too_large(self._most(scope))
        return None

    def _bounded(self, scope: Scope, receive: Receive) -> Receive:
        """Let the body come in no larger and no slower than allowed."""
        most, left = self._most(scope), self._most(scope)
        seconds = self._settings.patience
        deadline: float | None = None
        whole = False

        async def bounded() -> Message:
            nonlocal left, deadline, whole
            if whole:  # from now on it only waits for the client to leave
                return await receive()
            loop = asyncio.get_running_loop()
            if deadline is None:
                deadline = loop.time() + seconds
            try:
                async with asyncio.timeout_at(deadline):
                    message = await receive()
            except TimeoutError:
                raise Problem(
                    408,
                    "too-slow",
                    f"the body did not arrive within {seconds:g} s; send it again, or less of it",
                    headers={"Connection": "close"},
                ) from None
            if message["type"] == "http.request":
                left -= len(message.get("body", b""))
                if left < 0:
                    raise _too_large(most)
                whole = not message.get("more_body", False)
            return message

        return bounded


def _too_large(most: int) -> Problem:
    return Problem(
        413,
        "body-too-large",
        f"the body is larger than {format_bytes(most)}, which is the limit here; send less",
        headers={"Connection": "close"},
    )
