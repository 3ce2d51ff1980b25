"""What the OpenAPI document says of proofs and tokens."""

from __future__ import annotations

from typing import Any

__all__ = ["describe_security"]

_SCHEMES = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API token of an account, with the scopes `read`, `write` or `admin`. "
        "Servers without accounts take none.",
    },
    "session": {
        "type": "apiKey",
        "in": "header",
        "name": "X-CSRF-Token",
        "description": "What a browser sends with everything but GET, beside its cookie: `csrf` "
        "of `GET /session`. Programs without cookies need it not.",
    },
}


def describe_security(document: dict[str, Any]) -> None:
    """Add how a caller is known to an OpenAPI document."""
    document.setdefault("components", {})["securitySchemes"] = _SCHEMES
    document["security"] = [{}, {"token": []}, {"session": []}]
