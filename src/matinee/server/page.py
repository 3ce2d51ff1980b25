"""The page: one document for each of its addresses, and its files."""

from __future__ import annotations

import html
import mimetypes
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles

from matinee.server.middleware import REVALIDATE

__all__ = ["HOME", "PAGES", "Assets", "document", "lost", "router"]

HOME = Path(__file__).parent / "page"
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

for _kind, _end in (
    ("text/javascript", ".js"),
    ("font/woff2", ".woff2"),
    ("application/manifest+json", ".webmanifest"),
):
    mimetypes.add_type(_kind, _end)  # some systems' own tables lack or twist them

router = APIRouter(include_in_schema=False)


class Assets(StaticFiles):
    """Scripts, styles and pictures; a browser asks each time whether they still hold."""

    def __init__(self) -> None:
        super().__init__(directory=HOME)

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        """A file, or 304 where the browser has it."""
        response = super().file_response(*args, **kwargs)
        response.headers["Cache-Control"] = "no-cache"
        return response


def document(request: Request, status: int = 200) -> Response:
    """The document that every page begins with; its addresses hold below a proxy's path as well."""
    base = html.escape(request.app.state.services.settings.root_path)
    text = (HOME / "index.html").read_text(encoding="utf-8")
    text = text.replace('="/', f'="{base}/').replace('data-base=""', f'data-base="{base}"')
    return HTMLResponse(
        text, status, headers={"Cache-Control": REVALIDATE if status == 200 else "no-store"}
    )


def lost(request: Request) -> Response | None:
    """What a browser sees at an address that is none; None for programs."""
    path, accepts = request.url.path, request.headers.get("accept", "")
    if path.startswith(("/api/", "/assets/")) or "text/html" not in accepts:
        return None
    return document(request, 404)


async def _document(request: Request) -> Response:
    return document(request)


for _path in PAGES:
    router.add_api_route(_path, _document, methods=["GET"])
