"""Headers that tell a browser what no page of this server ever needs.

References
----------
Content Security Policy Level 3 (W3C); OWASP, "HTTP Headers Cheat Sheet".
"""

from __future__ import annotations

from starlette.types import Message

__all__ = ["CONTENT_SECURITY_POLICY", "add_headers"]

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "font-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
"""Nothing from elsewhere, and no script or style within a page."""

_POWERS = ("camera", "display-capture", "geolocation", "microphone", "payment", "usb")
_ALWAYS = (
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", ", ".join(f"{power}=()" for power in _POWERS).encode()),
    (b"referrer-policy", b"same-origin"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
)
_OVER_HTTPS = (b"strict-transport-security", b"max-age=31536000")
_NO_STORE = (b"cache-control", b"no-store")


def add_headers(message: Message, *, secure: bool, api: bool) -> None:
    """Add the headers to the start of an answer.

    Parameters
    ----------
    message : dict
        An ASGI message ``http.response.start``.
    secure : bool
        Whether the request came over https.
    api : bool
        Whether it went to the API: such an answer is kept by nobody, unless it says otherwise.
    """
    headers = [*message.get("headers", ()), *_ALWAYS]
    if secure:
        headers.append(_OVER_HTTPS)
    if api and not any(name.lower() == b"cache-control" for name, _ in headers):
        headers.append(_NO_STORE)
    message["headers"] = headers
