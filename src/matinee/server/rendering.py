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
    extra = dict(headers or {})
    extra["Cache-Control"] = "no-store" if etag is None else KEEP_BUT_ASK
    if etag is not None:
        extra["ETag"] = etag
        extra["Vary"] = "Cookie, Authorization"
    if version is not None:
        extra["Matinee-Model"] = version
    return Response(to_json(value), status, headers=extra, media_type="application/json")


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
