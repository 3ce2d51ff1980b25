"""The API does what its OpenAPI document says, whatever is sent: no 5xx, answers as described."""

from __future__ import annotations

import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from tests.server.doors import BASE, LETTERBOXD, World, fill, serving, settings_for
from tests.server.test_access import API, TABLE

requests = pytest.importorskip("requests", reason="Schemathesis, which brings it, is not installed")
schemathesis = pytest.importorskip("schemathesis", reason="Schemathesis is not installed")

from schemathesis.checks import not_a_server_error  # noqa: E402
from schemathesis.specs.openapi.checks import (  # noqa: E402
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
EXAMPLES = 15
# Each hashes a password, slowly on purpose.
FEWER = {f"{API}/session", f"{API}/accounts", f"{API}/account", f"{API}/account/password"}
ROUTES = [(method, path) for method, path in TABLE if path.startswith(API)]


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    patch = pytest.MonkeyPatch()
    with tempfile.TemporaryDirectory() as folder:
        patch.setenv("MATINEE_CACHE", f"{folder}/cache")
        options = settings_for(accounts=True, sign_up="open")
        with serving(Path(folder) / "people.db", settings=options) as found:
            fill(found)
            yield found
    patch.undo()


@pytest.fixture(scope="module")
def api(world: World) -> Any:
    return schemathesis.openapi.from_dict(world.client.get("/openapi.json").json())


FILMS = {"movie_id", "without", "movies", "seen", "like", "leave_out", "unseen"}


def with_films_that_there_are(value: Any, inside: bool = False) -> Any:
    """The same, with films of the catalogue in most places where a film is named."""
    if isinstance(value, dict):
        return {name: with_films_that_there_are(one, name in FILMS) for name, one in value.items()}
    if isinstance(value, list):
        return [with_films_that_there_are(one, inside) for one in value]
    if inside and isinstance(value, str):
        return str(zlib.crc32(value.encode("utf-8", "replace")) % 44 + 1)
    return value


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_a_route_keeps_its_word(api: Any, world: World, method: str, path: str) -> None:
    operation = api[path][method]
    root = world.people["root"].person_id
    account = world.store.accounts.get(root)
    assert account is not None
    way = world.cookie_way(world.store.accounts.open_session(account))
    fewer = path in FEWER and method != "GET"

    kept = world.services.uploads.keep(root, "ratings.csv", LETTERBOXD.encode())

    @settings(
        max_examples=3 if fewer else EXAMPLES,
        derandomize=True,
        database=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def try_it(case: Any) -> None:
        case.path_parameters = with_films_that_there_are(dict(case.path_parameters or {}))
        if "import_id" in case.path_parameters and case.path_parameters["import_id"] >= "5":
            case.path_parameters["import_id"] = kept.import_id
        if isinstance(case.body, dict):
            case.body = with_films_that_there_are(case.body)
        sent = requests.Request(**case.as_transport_kwargs(base_url=BASE)).prepare()
        world.client.cookies.clear()
        answer = world.client.request(
            method,
            sent.url or "",
            content=sent.body,
            headers={**sent.headers, **way.headers},
        )
        case.validate_response(answer, checks=CHECKS)

    try_it()
