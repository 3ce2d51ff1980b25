"""The page: one document for each of its addresses, and its files."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from fastapi.routing import APIRoute
from starlette.datastructures import Headers
from starlette.routing import Match
from starlette.types import Scope

from matinee.server.page_files import PageFiles

__all__ = ["ELSEWHERE", "PAGES", "router"]

PAGES = (
    "/",
    "/start",
    "/film/{movie_id}",
    "/map",
    "/films",
    "/together",
    "/behind",
    "/sign-in",
    "/account",
)
ELSEWHERE = "/{path:path}"
_AT_THE_TOP = ("favicon.ico", "favicon.svg", "manifest.webmanifest", "robots.txt")

router = APIRouter(include_in_schema=False)
files = PageFiles()


async def _document(request: Request) -> Response:
    return files.answer(request, "index.html")


class _Elsewhere(APIRoute):
    """Addresses that are none, asked for by a browser; programs are told a problem instead."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        nothing: dict[str, Any] = {}
        if scope["type"] != "http" or scope["method"] not in {"GET", "HEAD"}:
            return Match.NONE, nothing
        if scope["path"].startswith(("/api/", "/assets/")):
            return Match.NONE, nothing
        if "text/html" not in Headers(scope=scope).get("accept", ""):
            return Match.NONE, nothing
        return super().matches(scope)


async def _nowhere(request: Request) -> Response:
    return files.answer(request, "index.html", status=404)


async def _asset(request: Request) -> Response:
    return files.answer(request, request.path_params["name"])


async def _top(request: Request) -> Response:
    return files.answer(request, request.url.path.removeprefix("/"))


for _path in PAGES:
    router.add_api_route(_path, _document, methods=["GET", "HEAD"])
for _name in _AT_THE_TOP:
    router.add_api_route(f"/{_name}", _top, methods=["GET", "HEAD"])
router.add_api_route("/assets/{name:path}", _asset, methods=["GET", "HEAD"])

_elsewhere = APIRouter(route_class=_Elsewhere, include_in_schema=False)
_elsewhere.add_api_route(ELSEWHERE, _nowhere, methods=["GET", "HEAD"])
router.include_router(_elsewhere)
