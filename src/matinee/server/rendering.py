"""Answers as JSON, and what a browser may keep of them."""

from __future__ import annotations

import hashlib
from typing import Any

import orjson
from fastapi import Request
from pydantic import TypeAdapter
from starlette.responses import Response

__all__ = ["KEEP_BUT_ASK", "etag_of", "json_answer", "to_json", "unchanged"]

_ANYTHING: TypeAdapter[Any] = TypeAdapter(Any)
KEEP_BUT_ASK = "private, no-cache"
_JSON = (b"content-type", b"application/json")
_NO_STORE = (b"cache-control", b"no-store")
_KEEP = (b"cache-control", KEEP_BUT_ASK.encode())
_VARY = (b"vary", b"Cookie, Authorization")


def to_json(value: Any) -> bytes:
    """Plain values as compact JSON in UTF-8; what is no finite number becomes null.

    Examples
    --------
    >>> to_json({"title": "Amélie", "stars": 4.5}).decode()
    '{"title":"Amélie","stars":4.5}'
    """
    try:
        return orjson.dumps(value)
    except TypeError:
        # Kinds of values that orjson does not know; texts that are no Unicode fail here as well.
        return _ANYTHING.dump_json(value)


def json_answer(
    value: Any,
    status: int = 200,
    *,
    etag: str | None = None,
    version: str | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    """An answer from plain values that were put together to fit their schema.

    Parameters
    ----------
    value : plain values
    status : int
    etag : str, optional
        Of :func:`etag_of`: the answer may be kept, and asked for again by it.
    version : str, optional
        Version of the model that made the answer, for the header ``Matinee-Model``.
    headers : dict, optional
    """
    body = to_json(value)
    raw = [_JSON, (b"content-length", b"%d" % len(body))]
    if etag is None:
        raw.append(_NO_STORE)
    else:
        raw += (_KEEP, (b"etag", etag.encode("latin-1")), _VARY)
    if version is not None:
        raw.append((b"matinee-model", version.encode("latin-1")))
    for name, text in (headers or {}).items():
        raw.append((name.lower().encode("latin-1"), text.encode("latin-1")))
    return _Answer(body, status, raw)


class _Answer(Response):
    """An answer whose headers are ready."""

    def __init__(self, body: bytes, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        self.status_code, self.body, self.raw_headers = status, body, headers
        self.background = None


def etag_of(*parts: object) -> str:
    """A weak tag for what depends on these parts and on nothing else.

    Examples
    --------
    >>> etag_of("films", 3) == etag_of("films", 3), etag_of("films", 3) == etag_of("films", 4)
    (True, False)
    """
    digest = hashlib.sha256("\x1f".join(map(str, parts)).encode("utf-8", "replace"))
    return f'W/"{digest.hexdigest()[:20]}"'


def unchanged(request: Request, etag: str) -> Response | None:
    """The answer 304 where the caller has this version already."""
    known = request.headers.get("if-none-match")
    if known is None:
        return None
    tags = {tag.strip().removeprefix("W/") for tag in known.split(",")}
    if etag.removeprefix("W/") not in tags and "*" not in tags:
        return None
    headers = {"ETag": etag, "Cache-Control": KEEP_BUT_ASK, "Vary": "Cookie, Authorization"}
    return Response(status_code=304, headers=headers)
