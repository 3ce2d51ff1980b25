"""Every error has one shape; it is pinned here, class by class."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from pydantic import BaseModel
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from matinee import errors
from matinee.server.errors import PROBLEM_TYPE, CatchAll, Problem, install, problem_response
from matinee.server.schemas import ProblemDetails

RAISED: dict[str, tuple[Exception, int, str]] = {
    "movie": (errors.UnknownMovieError("no movie 7"), 404, "unknown-movie"),
    "person": (errors.UnknownPersonError("nobody"), 404, "unknown-person"),
    "user": (errors.UnknownUserError("no user"), 404, "unknown-id"),
    "title": (errors.UnknownTitleError("no title"), 404, "unknown-title"),
    "cannot": (errors.NotSupportedError("cannot"), 409, "not-supported"),
    "parameter": (errors.ParameterError("wrong"), 422, "invalid-request"),
    "map": (errors.MapFormatError("damaged"), 503, "map-damaged"),
    "model": (errors.ArtifactError("m", "damaged"), 503, "model-damaged"),
    "throttled": (errors.ThrottledError("slowly", 7), 429, "too-many-requests"),
    "store": (errors.StoreError("locked"), 503, "store-unavailable"),
    "other": (errors.MatineeError("no"), 400, "refused"),
    "own": (Problem(403, "forbidden", "not you"), 403, "forbidden"),
}


class Body(BaseModel):
    n: int


@pytest.fixture(scope="module")
def app() -> FastAPI:
    app = FastAPI(middleware=[Middleware(CatchAll)])
    install(app, lambda _: None)

    @app.get("/raise/{name}")
    async def fail(name: str) -> None:
        if name == "bug":
            raise RuntimeError("the secret insides")
        raise RAISED[name][0]

    @app.post("/body")
    async def body(body: Body) -> int:
        return body.n

    @app.delete("/body")
    async def no_body() -> None:
        """Nothing."""

    return app


@pytest.fixture(scope="module")
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, raise_server_exceptions=False) as found:
        yield found


def shape(answer: Any) -> dict[str, Any]:
    """The document of an answer, after what holds for all of them was checked."""
    assert answer.headers["content-type"] == PROBLEM_TYPE
    assert answer.headers["cache-control"] == "no-store"
    document: dict[str, Any] = answer.json()
    ProblemDetails.model_validate(document)
    assert document["type"] == "about:blank"
    assert document["status"] == answer.status_code
    assert list(document)[:6] == ["type", "title", "status", "detail", "instance", "code"]
    return document


@pytest.mark.parametrize("name", RAISED)
def test_each_class_of_errors_has_its_status_and_code(client: TestClient, name: str) -> None:
    error, status, code = RAISED[name]
    document = shape(client.get(f"/raise/{name}"))
    assert (document["status"], document["code"]) == (status, code)
    assert document["instance"] == f"/raise/{name}"
    told = error.detail if isinstance(error, Problem) else str(error)
    if name in ("map", "model", "store"):  # paths and hosts are for the log
        assert told not in document["detail"]
        assert "the server's log says why" in document["detail"]
    else:
        assert document["detail"] == told


def test_those_who_must_wait_are_told_how_long(client: TestClient) -> None:
    assert client.get("/raise/throttled").headers["retry-after"] == "7"
    assert client.get("/raise/store").headers["retry-after"] == "5"
    assert "retry-after" not in client.get("/raise/movie").headers


def test_addresses_and_methods_that_are_not_there(client: TestClient) -> None:
    assert shape(client.get("/nothing"))["code"] == "not-found"
    answer = client.get("/body")
    assert shape(answer)["code"] == "method-not-allowed"
    assert answer.headers["allow"] == "DELETE, POST", "of all routes with this address"


@pytest.mark.parametrize(
    ("sent", "field", "detail"),
    [
        (b'{"n": "x"}', "n", "n: Input should be a valid integer"),
        (b"{}", "n", "n: Field required"),
        (b"[]", "body", "body: Input should be"),
        (b"{", "1", "JSON decode error"),
    ],
)
def test_wrong_fields_are_named(client: TestClient, sent: bytes, field: str, detail: str) -> None:
    answer = client.post("/body", content=sent, headers={"content-type": "application/json"})
    document = shape(answer)
    assert (document["status"], document["code"]) == (422, "invalid-request")
    assert document["errors"][0]["field"] == field
    assert detail in document["detail"]


def test_a_mistake_of_ours_is_logged_and_keeps_its_insides(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, logger="matinee.server"):
        logging.getLogger("matinee").propagate = True
        document = shape(client.get("/raise/bug"))
    assert (document["status"], document["code"]) == (500, "internal")
    assert "secret" not in str(document)
    assert "the secret insides" in caplog.text


def test_text_that_utf8_cannot_write_and_long_text_are_told_all_the_same() -> None:
    problem = Problem(422, "invalid-request", "\ud800" + "x" * 2000, errors=[("f\udfff", "d")] * 90)
    answer = problem_response(problem, "/\ud800")
    document = shape_of_bytes(bytes(answer.body))
    assert len(document["detail"]) == 500
    assert len(document["errors"]) == 20


def shape_of_bytes(content: bytes) -> dict[str, Any]:
    import json

    found: dict[str, Any] = json.loads(content)
    return found
