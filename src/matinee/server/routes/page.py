"""The page: one document for each of its addresses, and its files."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from matinee.server.page_files import PageFiles

__all__ = ["PAGES", "router"]

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
_AT_THE_TOP = ("favicon.ico", "favicon.svg", "manifest.webmanifest", "robots.txt")

router = APIRouter(include_in_schema=False)
files = PageFiles()


async def _document(request: Request) -> Response:
    return files.answer(request, "index.html")


async def _asset(request: Request) -> Response:
    return files.answer(request, request.path_params["name"])


async def _top(request: Request) -> Response:
    return files.answer(request, request.url.path.removeprefix("/"))


for _path in PAGES:
    router.add_api_route(_path, _document, methods=["GET", "HEAD"])
for _name in _AT_THE_TOP:
    router.add_api_route(f"/{_name}", _top, methods=["GET", "HEAD"])
router.add_api_route("/assets/{name:path}", _asset, methods=["GET", "HEAD"])
