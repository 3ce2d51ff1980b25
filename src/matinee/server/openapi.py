"""The OpenAPI document: what routes say of themselves, and what holds for all of them."""

from __future__ import annotations

import json
from typing import Any

from fastapi import FastAPI, Response
from fastapi.openapi.utils import get_openapi

import matinee
from matinee.server.errors import PROBLEM_TYPE
from matinee.server.middleware import REVALIDATE
from matinee.server.schemas import ProblemDetails

__all__ = ["describe", "responses"]

_ABOUT = """What should I watch tonight? Films for a person, from ratings that come along or that
are kept here; why; and everything else that the page of this server shows.

Stars go from 0.5 to 5 in halves. The *fit* of a film, 0 to 100, orders a list. Movie ids are text.
Every error is a problem document (RFC 9457) with a stable `code`. A write may name the model whose
film ids it speaks of in the header `Matinee-Model`, as answers do.
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

_PROBLEM = {"content": {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}}}
responses: dict[int | str, dict[str, Any]] = {
    "4XX": {
        "description": "The request cannot be answered as it is: `code` and `detail` say why.",
        **_PROBLEM,
    },
    503: {
        "description": "Not now: no model yet (`not-ready`), or too much to do (`overloaded`); "
        "see `Retry-After`.",
        **_PROBLEM,
    },
}
"""One shape for the errors of all routes, in place of the framework's own."""

_NOT_MODIFIED = {
    "description": "Nothing has changed since the answer whose `ETag` came along in "
    "`If-None-Match`."
}
_TOKEN = {
    "type": "http",
    "scheme": "bearer",
    "description": "An API token of an account, which may do with films what its owner may. "
    "Servers without accounts take none. Browsers send the cookie of their session.",
}


def describe(app: FastAPI, root_path: str) -> None:
    """Let an application describe itself whole."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app, root_path)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
    kept: list[bytes] = []

    async def answer() -> Response:
        if not kept:
            kept.append(json.dumps(openapi(), ensure_ascii=False).encode())
        headers = {"Cache-Control": REVALIDATE}
        return Response(kept[0], headers=headers, media_type="application/json")

    app.add_api_route("/openapi.json", answer, include_in_schema=False)


def _document(app: FastAPI, root_path: str) -> dict[str, Any]:
    found = get_openapi(
        title="Matinee",
        version=matinee.__version__,
        description=_ABOUT,
        routes=app.routes,
        license_info={"name": "MIT"},
        tags=[{"name": name, "description": text} for name, text in _TAGS.items()],
        servers=[{"url": root_path}] if root_path else None,
        separate_input_output_schemas=False,
    )
    components = found.setdefault("components", {})
    problem = ProblemDetails.model_json_schema(ref_template="#/components/schemas/{model}")
    components["schemas"] |= problem.pop("$defs", {})
    components["schemas"]["ProblemDetails"] = problem
    components["securitySchemes"] = {"token": _TOKEN}
    found["security"] = [{}, {"token": []}]
    for operations in found["paths"].values():
        get = operations.get("get")
        if get is not None:
            get["responses"]["304"] = _NOT_MODIFIED
    return found
