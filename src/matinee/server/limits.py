"""What one client may ask of the server: how large, how slowly, how often."""

from __future__ import annotations

import asyncio
import math
import time
from collections import OrderedDict

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from matinee.memory import format_bytes
from matinee.server.problems import Problem, problem_response
from matinee.server.security.hosts import address_key
from matinee.server.settings import ServerSettings

__all__ = ["Buckets", "Limits"]

_MOST_CLIENTS = 10_000
_FORM_BYTES = 64 * 1024
"""What a form adds to the file in it."""
_UPLOADS = "/api/v1/me/imports"
_API = "/api/"
_FREE = ("/api/v1/health", "/api/v1/ready")


class Buckets:
    """A token bucket for each client: a burst at once, then a steady rate.

    Parameters
    ----------
    rate : float
        Tokens a second.
    burst : int
        Tokens that a bucket holds.

    References
    ----------
    Turner, "New directions in communications" (1986).

    Examples
    --------
    >>> buckets = Buckets(rate=1.0, burst=2)
    >>> [buckets.take("a", now) for now in (0.0, 0.0, 0.0, 1.0)]
    [0.0, 0.0, 1.0, 0.0]
    """

    def __init__(self, rate: float, burst: int) -> None:
        self._rate, self._burst = rate, float(burst)
        self._clients: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, client: str, now: float) -> float:
        """Take a token; 0, or the seconds to wait for one."""
        tokens, then = self._clients.pop(client, (self._burst, now))
        tokens = min(self._burst, tokens + (now - then) * self._rate)
        wait = 0.0
        if tokens >= 1:
            tokens -= 1
        else:
            wait = (1 - tokens) / self._rate
        self._clients[client] = (tokens, now)
        if len(self._clients) > _MOST_CLIENTS:
            self._clients.popitem(last=False)
        return wait


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
        self._buckets = Buckets(settings.rate, settings.burst) if settings.rate else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or not scope["path"].startswith(_API):
            await self.app(scope, receive, send)
            return
        problem = self._too_often(scope) or self._announced(scope)
        if problem is not None:
            await problem_response(problem, scope["path"])(scope, receive, send)
            return
        await self.app(scope, self._bounded(scope, receive), send)

    def _too_often(self, scope: Scope) -> Problem | None:
        if self._buckets is None or scope["path"] in _FREE:
            return None
        client = scope.get("client")
        wait = self._buckets.take(address_key(client[0] if client else ""), time.monotonic())
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
