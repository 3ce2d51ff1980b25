"""What HTTP asks of every address: HEAD, and answers that a client need not fetch again."""

from __future__ import annotations

import hashlib

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["REVALIDATE", "ETags", "HeadRequests", "RootPath"]

REVALIDATE = "private, no-cache"
"""`Cache-Control` of answers that may be kept, but are asked for again by their ETag."""


class RootPath:
    """Takes the path of a proxy off addresses, where the proxy leaves it on."""

    def __init__(self, app: ASGIApp, root_path: str) -> None:
        self.app, self._root = app, root_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and f"{scope['path']}/".startswith(f"{self._root}/"):
            scope["path"] = scope["path"].removeprefix(self._root) or "/"
        await self.app(scope, receive, send)


class HeadRequests:
    """Answers HEAD as GET, without the body."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return

        async def bodiless(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        scope["method"] = "GET"
        await self.app(scope, receive, bodiless)


class ETags:
    """Gives answers with ``Cache-Control: private, no-cache`` an ETag, and answers 304 to it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        start: Message | None = None
        body = bytearray()

        async def tagged(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                kept = Headers(raw=message["headers"]).get("cache-control") == REVALIDATE
                if kept and message["status"] == 200:
                    start = message
                    return
            if start is None:
                await send(message)
                return
            body.extend(message.get("body", b""))
            if message.get("more_body", False):
                return
            headers = MutableHeaders(raw=start["headers"])
            etag = f'W/"{hashlib.sha256(body).hexdigest()[:20]}"'
            headers["ETag"] = etag
            headers.add_vary_header("Cookie, Authorization")
            known = Headers(scope=scope).get("if-none-match", "")
            if etag.removeprefix("W/") in {
                one.strip().removeprefix("W/") for one in known.split(",")
            }:
                start["status"] = 304
                del headers["content-length"]
                body.clear()
            await send(start)
            await send({"type": "http.response.body", "body": bytes(body)})

        await self.app(scope, receive, tagged)
