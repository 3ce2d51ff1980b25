"""The OpenAPI document: what routes say of themselves, and what holds for all of them."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request
from fastapi.openapi.utils import get_openapi
from fastapi.responses import Response

import matinee
from matinee.server.examples import add_examples
from matinee.server.problems import PROBLEM_TYPE, Problem
from matinee.server.rendering import KEEP_BUT_ASK, etag_of, to_json, unchanged
from matinee.server.schemas.common import ProblemDetails
from matinee.server.security.describing import describe_security
from matinee.server.services import services_of

__all__ = ["describe_api"]

_ABOUT = """What should I watch tonight? Films for a person, from ratings that come along or that
are kept here; why; and everything else that the page of this server shows.

Stars go from 0.5 to 5 in halves. A *score* ranks films and has no unit. Movie ids are text.
Every error is a problem document (RFC 9457) with a stable `code`.
"""

_TAGS = {
    "recommendations": "Lists for a person, and what can be asked about them.",
    "films": "Search, browse, look at a film.",
    "map": "All films as a picture.",
    "groups": "Films for two or more.",
    "model": "What is behind the answers.",
    "ratings": "What the caller said of films.",
    "imports": "A life of films from another service.",
    "people": "Who there is on this machine.",
    "accounts": "Signing in and out, and who may do what.",
    "operation": "For those who run the server.",
}

_PROBLEMS = {
    "4XX": "The request cannot be answered as it is: `code` and `detail` say why.",
    "503": "Not now: no model yet (`not-ready`), or too much to do (`overloaded`); see "
    "`Retry-After`.",
}

_PERSONAL = ("/api/v1/me", "/api/v1/account", "/api/v1/admin", "/api/v1/people", "/api/v1/models")
# Answers that carry an ETag.
_KEPT = frozenset(
    (
        "getFilm",
        "getMap",
        "getMapNames",
        "getMapPoints",
        "getMe",
        "getModel",
        "getPoster",
        "listFilms",
        "listGenres",
        "listSimilarFilms",
    )
)
_EXAMPLES: dict[str, tuple[int, str, dict[str, Any]]] = {
    "too-many-requests": (429, "more than 100 requests a second; wait 1 s", {}),
    "invalid-request": (
        422,
        "ratings.0.stars: Input should be less than or equal to 5",
        {"errors": [("ratings.0.stars", "Input should be less than or equal to 5")]},
    ),
    "unknown-movie": (
        404,
        "there is no film '7' here; find its id with GET /api/v1/films?q=TITLE",
        {},
    ),
    "not-signed-in": (
        401,
        "sign in first (POST /api/v1/session), or send a token in the header Authorization",
        {},
    ),
    "not-ready": (
        503,
        "the first model is still being trained; this takes some seconds, once",
        {"training": {"stage": "weights", "done": 120, "total": 300}},
    ),
    "overloaded": (503, "72 requests are being worked on; try again in a second", {}),
}


def describe_api(app: FastAPI) -> None:
    """Let an application describe itself whole, at ``/openapi.json``.

    The document is made once, in a thread, when it is first asked for.
    """
    kept: list[tuple[bytes, str]] = []

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    def written() -> tuple[bytes, str]:
        if not kept:
            content = to_json(document())
            kept.append((content, etag_of(content)))
        return kept[0]

    async def answer(request: Request) -> Response:
        content, etag = await services_of(request).work(written)
        headers = {"ETag": etag, "Cache-Control": KEEP_BUT_ASK}
        return unchanged(request, etag) or Response(
            content, headers=headers, media_type="application/json"
        )

    app.openapi = document  # type: ignore[method-assign]
    app.add_api_route("/openapi.json", answer, methods=["GET"], include_in_schema=False)


def _document(app: FastAPI) -> dict[str, Any]:
    found = get_openapi(
        title="Matinee",
        version=matinee.__version__,
        description=_ABOUT,
        routes=app.routes,
        license_info={"name": "MIT"},
        separate_input_output_schemas=False,
    )
    used = {
        tag
        for path in found["paths"].values()
        for operation in path.values()
        for tag in operation.get("tags", ())
    }
    found["tags"] = [
        {"name": name, "description": told} for name, told in _TAGS.items() if name in used
    ]
    schemas = found.setdefault("components", {}).setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    problem = ProblemDetails.model_json_schema(ref_template="#/components/schemas/{model}")
    for name, schema in problem.pop("$defs", {}).items():
        schemas.setdefault(name, schema)
    schemas["ProblemDetails"] = problem
    for path, operations in found["paths"].items():
        for operation in operations.values():
            _tell_success(operation, schemas)
            _tell_problems(path, operation)
    add_examples(found)
    describe_security(found)
    return found


def _tell_problems(path: str, operation: dict[str, Any]) -> None:
    """One shape for the errors of all routes, in place of the framework's own."""
    responses = operation["responses"]
    schema = {"$ref": "#/components/schemas/ProblemDetails"}
    responses.pop("422", None)
    codes = ["too-many-requests"]
    if operation.get("parameters") or "requestBody" in operation:
        codes.append("invalid-request")
    if "{movie_id}" in path:
        codes.append("unknown-movie")
    if path.startswith(_PERSONAL):
        codes.append("not-signed-in")
    kinds = {"4XX": codes, "503": ["not-ready", "overloaded"]}
    for status, told in _PROBLEMS.items():
        examples = {code: {"value": _problem(code, path)} for code in kinds[status]}
        own = responses.get(status, {}).get("description", "")
        responses[status] = {
            "description": f"{own} {told}".strip(),
            "content": {PROBLEM_TYPE: {"schema": schema, "examples": examples}},
        }


def _tell_success(operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    """Say what an answer is, in the words of its schema, and where it may be kept."""
    for response in operation["responses"].values():
        if response["description"] == "Successful Response":
            kinds = response.get("content", {}).values()
            names = [kind.get("schema", {}).get("$ref", "").rpartition("/")[2] for kind in kinds]
            told = schemas.get(names[0], {}).get("description") if names else None
            response["description"] = told or "Done; there is nothing more to say."
    if operation["operationId"] in _KEPT:
        operation["responses"]["304"] = {
            "description": "Nothing has changed since the answer whose `ETag` came along in "
            "`If-None-Match`."
        }


def _problem(code: str, path: str) -> dict[str, Any]:
    """An example of a problem."""
    status, detail, more = _EXAMPLES[code]
    problem = Problem(status, code, detail, errors=more.get("errors", ()))
    told = problem.document(path.replace("{movie_id}", "7"))
    return {**told, **({"training": more["training"]} if "training" in more else {})}
