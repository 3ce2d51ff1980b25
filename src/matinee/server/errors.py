"""One shape for every error: problem details (RFC 9457), with a stable code for programs.

::

    {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "no movie '7' in this catalogue …",
        "instance": "/api/v1/films/7",
        "code": "unknown-movie",
    }

``errors`` lists the fields of a request that are wrong. What an exception says of this machine
(paths, hosts) stays in the log.

References
----------
Nottingham, Wilde, Dalal, "Problem details for HTTP APIs", RFC 9457 (2023).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from matinee.errors import (
    AccountError,
    ArtifactError,
    LoginError,
    MapFormatError,
    MatineeError,
    NotSupportedError,
    ParameterError,
    SignUpError,
    StoreError,
    ThrottledError,
    TitleError,
    UnknownIdError,
    UnknownMovieError,
    UnknownPersonError,
)

__all__ = ["PROBLEM_TYPE", "CatchAll", "Problem", "install", "problem_response", "unknown_movie"]

PROBLEM_TYPE = "application/problem+json"
_MOST_ERRORS, _LONGEST = 20, 500

log = logging.getLogger("matinee.server")


class Problem(HTTPException):
    """Ends a request with a problem document.

    Parameters
    ----------
    status : int
        HTTP status.
    code : str
        A stable slug for programs, such as ``"not-ready"``.
    detail : str
        A sentence for people, with the next step.
    headers : mapping, optional
        Further headers, such as ``Retry-After``.
    errors : sequence of (field, detail), optional
        What is wrong with which field.
    **members
        Further members of the document.
    """

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        errors: Sequence[tuple[str, str]] = (),
        **members: Any,
    ) -> None:
        super().__init__(status, detail, dict(headers or {}))
        self.code, self.errors, self.members = code, errors, members

    def document(self, instance: str) -> dict[str, Any]:
        """The problem document for a request to a path."""
        document: dict[str, Any] = {
            "type": "about:blank",
            "title": HTTPStatus(self.status_code).phrase,
            "status": self.status_code,
            "detail": _printable(self.detail),
            "instance": _printable(instance),
            "code": self.code,
        }
        if self.errors:
            document["errors"] = [
                {"field": _printable(field), "detail": _printable(detail)}
                for field, detail in self.errors[:_MOST_ERRORS]
            ]
        return {**document, **self.members}


def _printable(text: str) -> str:
    """Text that UTF-8 can write, of bounded length."""
    text = text.encode("utf-8", "replace").decode("utf-8")
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def problem_response(problem: Problem, instance: str) -> Response:
    """The answer that tells a problem."""
    return JSONResponse(
        problem.document(instance),
        problem.status_code,
        headers={"Cache-Control": "no-store", **(problem.headers or {})},
        media_type=PROBLEM_TYPE,
    )


def unknown_movie(movie_id: str, status: int = 404, field: str | None = None) -> Problem:
    """The problem of a film that this model does not have."""
    return Problem(
        status,
        "unknown-movie",
        f"there is no film {movie_id!r} here; find its id with GET /api/v1/films?q=TITLE",
        errors=() if field is None else [(field, f"no film {movie_id!r}")],
    )


# The first class that fits decides, so the narrower ones come first.
_KINDS: tuple[tuple[type[MatineeError], int, str], ...] = (
    (UnknownMovieError, 404, "unknown-movie"),
    (UnknownPersonError, 404, "unknown-person"),
    (UnknownIdError, 404, "unknown-id"),
    (TitleError, 404, "unknown-title"),
    (NotSupportedError, 409, "not-supported"),
    (ParameterError, 422, "invalid-request"),
    (MapFormatError, 503, "map-damaged"),
    (ArtifactError, 503, "model-damaged"),
    (ThrottledError, 429, "too-many-requests"),
    (LoginError, 401, "wrong-login"),
    (SignUpError, 403, "sign-up-refused"),
    (AccountError, 422, "account-refused"),
    (StoreError, 503, "store-unavailable"),
)
# Their own texts name files and databases of the server.
_INSTEAD = {
    "map-damaged": "the map of films cannot be read; the server's log says why",
    "model-damaged": "the model cannot be read; the server's log says why",
    "store-unavailable": "what people said cannot be read or written now; try again in a few "
    "seconds; the server's log says why",
}


def _problem_of(error: MatineeError) -> Problem:
    """What an error of the library is over HTTP."""
    for kind, status, code in _KINDS:
        if isinstance(error, kind):
            headers = {}
            if isinstance(error, ThrottledError):
                headers["Retry-After"] = str(error.retry_after)
            elif status == HTTPStatus.SERVICE_UNAVAILABLE:
                headers["Retry-After"] = "5"
                log.error("%s", error)
            return Problem(status, code, _INSTEAD.get(code, str(error)), headers=headers)
    return Problem(400, "refused", str(error))


_HTTP_CODES = {
    400: "invalid-request",
    401: "not-signed-in",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    413: "body-too-large",
    415: "wrong-media-type",
    429: "too-many-requests",
}
_HTTP_DETAILS = {
    404: "there is nothing here; /openapi.json lists what there is",
    405: "this address does not take this method; the header Allow says which it takes",
}


def install(app: FastAPI, lost: Callable[[Request], Response | None]) -> None:
    """Let every error of an application be told as a problem.

    Parameters
    ----------
    app : FastAPI
    lost : callable
        The answer to a request for an address that is none; None where a problem will do.
    """

    async def on_problem(request: Request, error: Exception) -> Response:
        assert isinstance(error, Problem)
        return problem_response(error, request.url.path)

    async def on_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, MatineeError)
        return problem_response(_problem_of(error), request.url.path)

    async def on_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        status = error.status_code
        if status == HTTPStatus.NOT_FOUND and request.method == "GET":
            found = lost(request)
            if found is not None:
                return found
        headers = dict(error.headers or {})
        if status == HTTPStatus.METHOD_NOT_ALLOWED:
            headers["Allow"] = ", ".join(_methods(request))
        detail = _HTTP_DETAILS.get(status, str(error.detail))
        problem = Problem(status, _HTTP_CODES.get(status, "failed"), detail, headers=headers)
        return problem_response(problem, request.url.path)

    async def on_invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        errors = [(_field_of(one["loc"]), str(one["msg"])) for one in error.errors()]
        detail = f"{errors[0][0]}: {errors[0][1]}" if errors else "the request is not understood"
        if len(errors) > 1:
            detail += f" (and {len(errors) - 1} more)"
        problem = Problem(422, "invalid-request", detail, errors=errors)
        return problem_response(problem, request.url.path)

    app.add_exception_handler(Problem, on_problem)
    app.add_exception_handler(MatineeError, on_error)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(RequestValidationError, on_invalid)


def _methods(request: Request) -> list[str]:
    """All methods that an address takes, of whichever route."""
    found: set[str] = set()
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        scope = {**request.scope, "method": method}
        if any(route.matches(scope)[0] == Match.FULL for route in request.app.routes):
            found.add(method)
    return sorted(found | ({"HEAD"} if "GET" in found else set()))


def _field_of(place: Sequence[Any]) -> str:
    """Where in the request, without the word that says in which part of it."""
    parts = [str(part) for part in place]
    if len(parts) > 1 and parts[0] in ("body", "query", "path", "header"):
        parts = parts[1:]
    return ".".join(parts) or "body"


class CatchAll:
    """The last resort: what nobody foresaw is logged here and told without its insides."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except Exception:
            log.exception("%s %s failed", scope["method"], scope["path"])
            if started:
                raise
            problem = Problem(
                500,
                "internal",
                "something went wrong here that is not your doing; the server's log has it",
            )
            await problem_response(problem, scope["path"])(scope, receive, send)
