"""The OpenAPI document tells all there is to know."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.server.doors import settings_for, small_model

from matinee.server import create_app
from matinee.server.errors import PROBLEM_TYPE


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    url = str(tmp_path_factory.mktemp("store") / "people.db")
    app = create_app(settings_for(store_url=url), model=small_model())
    found: dict[str, Any] = app.openapi()
    return found


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def test_each_operation_has_a_name_a_summary_a_text_and_a_tag(document: dict[str, Any]) -> None:
    names = []
    for place, operation in operations(document):
        names.append(operation["operationId"])
        assert operation["operationId"].isidentifier(), place
        for member in ("summary", "description", "tags"):
            assert operation.get(member), f"{place} has no {member}"
    assert len(set(names)) == len(names), "two operations of one name"
    told = {tag["name"] for tag in document["tags"]}
    used = {tag for _, operation in operations(document) for tag in operation["tags"]}
    assert used == told, "each tag is explained, and none for nothing"


def test_errors_have_one_shape_everywhere(document: dict[str, Any]) -> None:
    for place, operation in operations(document):
        problems = {
            status: answer
            for status, answer in operation["responses"].items()
            if not status.startswith(("2", "3"))
        }
        assert {"4XX", "503"} <= set(problems), place
        for answer in problems.values():
            content = answer["content"][PROBLEM_TYPE]
            assert content["schema"] == {"$ref": "#/components/schemas/ProblemDetails"}
    assert "HTTPValidationError" not in document["components"]["schemas"]


def test_answers_are_described(document: dict[str, Any]) -> None:
    for place, operation in operations(document):
        good = {s: a for s, a in operation["responses"].items() if s.startswith("2")}
        assert good, place
        for status, answer in good.items():
            if status != "204":
                schemas = [kind.get("schema") for kind in answer["content"].values()]
                assert all(schemas), f"{place} {status} says nothing of its content"


def test_bodies_and_fields_have_examples(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    for place, operation in operations(document):
        for told in operation.get("requestBody", {}).get("content", {}).values():
            name = told["schema"].get("$ref", "").rpartition("/")[2]
            if name:
                assert schemas[name].get("examples"), f"{place}: {name} has no example"


def test_examples_fit_their_schemas(document: dict[str, Any]) -> None:
    validation = pytest.importorskip("jsonschema_rs", reason="comes with Schemathesis")
    seen = 0
    for name, schema in document["components"]["schemas"].items():
        parts = {name: schema, **{f"{name}.{k}": v for k, v in schema["properties"].items()}}
        for place, part in parts.items():
            validator = validation.Draft202012Validator(
                {**part, "components": document["components"]}
            )
            for example in part.get("examples", []):
                problems = [error.message for error in validator.iter_errors(example)]
                assert not problems, f"{place}: {problems}"
                seen += 1
    assert seen > 150


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    def references(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            if isinstance(value.get("$ref"), str):
                yield value["$ref"]
            for part in value.values():
                yield from references(part)
        elif isinstance(value, list):
            for part in value:
                yield from references(part)

    schemas = document["components"]["schemas"]
    wanted = {reference.rpartition("/")[2] for reference in references(document)}
    assert wanted <= set(schemas)
    assert "ProblemDetails" in wanted
