"""Examples for the OpenAPI document, put together from those of single fields.

An example that is written as a whole goes stale when a field is added; one that is made of the
fields' own cannot. Where a body as a whole says more than its fields do, its schema has an example.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["add_examples", "example_of"]

_JSON = "application/json"
_PLAIN: dict[str, Any] = {"boolean": True, "object": {}, "null": None}


def add_examples(document: dict[str, Any]) -> None:
    """Give each body and each answer in JSON an example.

    Parameters
    ----------
    document : dict
        An OpenAPI document; it is changed.

    Raises
    ------
    LookupError
        If a field of text or figures has no example of its own.
    """
    schemas = document["components"]["schemas"]
    for operation, where in _operations(document):
        bodies = [operation.get("requestBody", {})]
        bodies += [
            response for status, response in operation["responses"].items() if status[0] == "2"
        ]
        for body in bodies:
            told = body.get("content", {}).get(_JSON)
            if told is not None and "example" not in told and "schema" in told:
                told["example"] = example_of(told["schema"], schemas, where)


def _operations(document: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            yield operation, f"{method.upper()} {path}"


def example_of(schema: Mapping[str, Any], schemas: Mapping[str, Any], where: str = "") -> Any:
    """A value that fits a schema.

    Parameters
    ----------
    schema : mapping
    schemas : mapping
        Those that it may refer to, by name.
    where : str
        For the message.

    Raises
    ------
    LookupError
        If a text or a figure has no example.

    Examples
    --------
    >>> title = {"type": "string", "examples": ["Heat"]}
    >>> schemas = {"Film": {"type": "object", "properties": {"title": title}}}
    >>> example_of({"type": "array", "items": {"$ref": "#/components/schemas/Film"}}, schemas)
    [{'title': 'Heat'}]
    """
    for name in ("example", "const"):
        if name in schema:
            return schema[name]
    for name in ("examples", "enum"):
        if name in schema:
            return schema[name][0]
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return example_of(schemas[name], schemas, f"{where} {name}")
    for name in ("anyOf", "oneOf", "allOf"):
        if name in schema:
            options = [one for one in schema[name] if one.get("type") != "null"]
            return example_of(options[0], schemas, where)
    if "default" in schema:
        return schema["default"]
    kind = schema.get("type")
    if kind == "object" and "properties" in schema:
        return {
            name: example_of(part, schemas, f"{where}.{name}")
            for name, part in schema["properties"].items()
        }
    if kind == "array":
        parts = schema.get("prefixItems")
        if parts is None:
            parts = [schema["items"]] * max(1, schema.get("minItems", 1))
        return [example_of(part, schemas, where) for part in parts]
    if kind in _PLAIN:
        return _PLAIN[kind]
    raise LookupError(f"{where} has no example")
