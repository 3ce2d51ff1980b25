"""The OpenAPI document: what routes say of themselves, and what holds for all of them."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

import matinee
from matinee.server.problems import PROBLEM_TYPE
from matinee.server.schemas.common import ProblemDetails
from matinee.server.security.describing import describe_security

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


def describe_api(app: FastAPI) -> None:
    """Let an application describe itself whole, once, when it is first asked."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


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
    for path in found["paths"].values():
        for operation in path.values():
            _tell_problems(operation["responses"])
    describe_security(found)
    return found


def _tell_problems(responses: dict[str, Any]) -> None:
    """One shape for the errors of all routes, in place of the framework's own."""
    content = {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}}
    responses.pop("422", None)
    for status, told in _PROBLEMS.items():
        responses[status] = {"description": told, "content": content}
    for status, response in responses.items():
        if status.isdigit() and int(status) >= 400:
            response["content"] = content
