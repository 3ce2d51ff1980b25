"""The files of the page, held in memory: compressed once, and told apart by their content."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from fastapi import Request
from starlette.responses import Response

from matinee.server.problems import Problem

__all__ = ["PageFiles"]

HOME = Path(__file__).parent / "page"
_LEAST_COMPRESSED = 1000
_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
    ".txt": "text/plain; charset=utf-8",
}
_ASK_AGAIN = "no-cache"
_FOR_GOOD = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class _File:
    stamp: tuple[int, int]
    content: bytes
    compressed: bytes | None
    digest: str
    media_type: str


class PageFiles:
    """The files of a folder, as answers.

    Parameters
    ----------
    home : path
        Only what lies in it when it is asked for is ever sent; links are not followed.
    """

    def __init__(self, home: Path = HOME) -> None:
        self._home = home
        self._files: dict[str, _File] = {}

    def names(self) -> list[str]:
        """The files that there are, with slashes."""
        if not self._home.is_dir():
            return []
        return sorted(
            path.relative_to(self._home).as_posix()
            for path in self._home.rglob("*")
            if path.is_file() and not path.is_symlink() and not path.name.startswith(".")
        )

    def answer(self, request: Request, name: str, *, status: int = 200) -> Response:
        """A file, or 304 where the browser has it; with another status it is not to be kept.

        Raises
        ------
        Problem
            404, if there is no such file.
        """
        file = self._file(name)
        if file is None:
            raise Problem(404, "not-found", f"the page has no file {name!r}")
        etag = f'"{file.digest}"'
        headers = {
            "ETag": etag,
            "Cache-Control": _FOR_GOOD if request.url.query == f"v={file.digest}" else _ASK_AGAIN,
            "Vary": "Accept-Encoding",
        }
        if status != 200:
            headers = {"Cache-Control": "no-store", "Vary": "Accept-Encoding"}
        known = request.headers.get("if-none-match", "") if status == 200 else ""
        if file.digest in {tag.strip().removeprefix("W/").strip('"') for tag in known.split(",")}:
            return Response(status_code=304, headers=headers)
        content = file.content
        if file.compressed is not None and "gzip" in request.headers.get("accept-encoding", ""):
            content = file.compressed
            headers["Content-Encoding"] = "gzip"
        return Response(content, status, headers=headers, media_type=file.media_type)

    def _file(self, name: str) -> _File | None:
        kept = self._files.get(name)
        if kept is None and name not in self.names():
            return None
        path = self._home / name
        try:
            stat = path.stat()
            stamp = (stat.st_mtime_ns, stat.st_size)
            if kept is None or kept.stamp != stamp:
                kept = self._files[name] = _read(path, stamp)
        except OSError:
            self._files.pop(name, None)
            return None
        return kept


def _read(path: Path, stamp: tuple[int, int]) -> _File:
    content = path.read_bytes()
    media_type = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0]
    packed = gzip.compress(content, 9, mtime=0) if len(content) >= _LEAST_COMPRESSED else None
    if packed is not None and len(packed) > 0.9 * len(content):
        packed = None
    return _File(
        stamp,
        content,
        packed,
        hashlib.sha256(content).hexdigest()[:16],
        media_type or "application/octet-stream",
    )
