"""Which requests are meant for this server and come from its own page, and what a page may do.

A browser sends requests wherever any page wants, cookies included. What tells those of this
server's own page from others is the host that is called, the page's origin, and
``Sec-Fetch-Site``, which pages cannot set. A page of somebody else's can also let its own name
point to 127.0.0.1 (DNS rebinding): the header ``Host`` then has the foreign name. An address in
figures cannot be rebound, so that only names have to be known.

References
----------
OWASP, "Cross-Site Request Forgery Prevention" (Fetch Metadata) and "HTTP Headers Cheat Sheet";
Content Security Policy Level 3 (W3C).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from matinee.errors import ParameterError
from matinee.server.errors import Problem, problem_response
from matinee.server.settings import API

__all__ = [
    "CONTENT_SECURITY_POLICY",
    "Guard",
    "Hosts",
    "allowed_origins",
    "check_binding",
    "is_loopback",
    "origin_of",
    "split_host",
]

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

_HOST = re.compile(r"(\[[0-9a-fA-F:.]{2,45}\]|[A-Za-z0-9_.-]{1,253})(?::(\d{1,5}))?")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_LOOKED_AT = frozenset({b"host", b"origin", b"sec-fetch-site", b"authorization"})


def split_host(text: str) -> tuple[str, int | None] | None:
    """Host in lower case and port of a header ``Host``; None if it is not one.

    Examples
    --------
    >>> split_host("Films.Example:8000"), split_host("[::1]"), split_host("a b")
    (('films.example', 8000), ('::1', None), None)
    """
    match = _HOST.fullmatch(text)
    if match is None:
        return None
    host = match[1].strip("[]").removesuffix(".").lower()
    return (host, int(match[2]) if match[2] else None) if host else None


def origin_of(text: str) -> tuple[str, str, int] | None:
    """Scheme, host and port of a header ``Origin``; None if it is not one.

    Examples
    --------
    >>> origin_of("https://films.example"), origin_of("https://films.example/page"), origin_of("x")
    (('https', 'films.example', 443), None, None)
    """
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    host = split_host(parts.netloc)
    if parts.scheme not in _DEFAULT_PORTS or text != f"{parts.scheme}://{parts.netloc}" or not host:
        return None
    return parts.scheme, host[0], host[1] or _DEFAULT_PORTS[parts.scheme]


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server that listens there, or is called so.

    Examples
    --------
    >>> [
    ...     is_loopback(host)
    ...     for host in ("127.0.0.1", "localhost", "::1", "0.0.0.0", "films.example")
    ... ]
    [True, True, True, False, False]
    """
    clean = host.strip("[]").removesuffix(".").lower()
    if _is_address(clean):
        return ipaddress.ip_address(clean).is_loopback
    return clean == "localhost" or clean.endswith(".localhost")


def check_binding(host: str, *, accounts: bool, allow_any_address: bool) -> None:
    """Refuse to let a whole network read and change what one person said.

    Raises
    ------
    ParameterError
        If other machines could reach a server without accounts.

    Examples
    --------
    >>> check_binding("127.0.0.1", accounts=False, allow_any_address=False)
    >>> check_binding("0.0.0.0", accounts=True, allow_any_address=False)
    """
    if accounts or allow_any_address or is_loopback(host):
        return
    raise ParameterError(
        f"on {host} everybody in the network could read and change your films: let people log in "
        f"with --accounts, or stay on 127.0.0.1; --no-accounts-i-know does it all the same"
    )


class Hosts:
    """The names by which a server may be called.

    Parameters
    ----------
    listens_on : str
        The address or name that it is bound to. On loopback only loopback's own names are good;
        elsewhere every address in figures is, besides.
    allowed : iterable of str
        Further names; ``*.films.example`` is every name below that one.

    Raises
    ------
    ParameterError
        If one of the names is none.

    Examples
    --------
    >>> hosts = Hosts("127.0.0.1", ["films.example"])
    >>> [hosts.knows(host) for host in ("localhost:8000", "films.example", "evil.example")]
    [True, True, False]
    """

    def __init__(self, listens_on: str, allowed: Iterable[str] = ()) -> None:
        self._local = is_loopback(listens_on)
        names = {listens_on.strip("[]").removesuffix(".").lower()}
        below = []
        for name in allowed:
            clean = name.strip().removesuffix(".").lower()
            split = split_host(clean.removeprefix("*."))
            if split is None or split[1] is not None:
                raise ParameterError(
                    f"{name!r} is no name of a host; give it as films.example or *.films.example, "
                    f"without a scheme or a port"
                )
            if clean.startswith("*."):
                below.append(f".{split[0]}")
            else:
                names.add(split[0])
        self._names, self._below = frozenset(names), tuple(below)

    def knows(self, authority: str) -> bool:
        """Whether a header ``Host`` names this server."""
        split = split_host(authority)
        if split is None:
            return False
        host = split[0]
        if host in self._names or host.endswith(self._below) or is_loopback(host):
            return True
        return not self._local and _is_address(host)


def allowed_origins(texts: Iterable[str]) -> frozenset[tuple[str, str, int]]:
    """Origins of other sites' pages that may ask.

    Raises
    ------
    ParameterError
        If one of them is none.

    Examples
    --------
    >>> allowed_origins(["https://films.example"])
    frozenset({('https', 'films.example', 443)})
    """
    found = set()
    for text in texts:
        origin = origin_of(text)
        if origin is None:
            raise ParameterError(
                f"{text!r} is no origin; give it as https://films.example, with a port where it "
                f"is not the usual one and without a path"
            )
        found.add(origin)
    return frozenset(found)


class Guard:
    """Refuses requests from elsewhere, and adds the headers that protect a page to every answer.

    Parameters
    ----------
    app : ASGI application
    hosts : Hosts
    origins : frozenset of (scheme, host, port)
        Of :func:`allowed_origins`.
    """

    def __init__(
        self, app: ASGIApp, hosts: Hosts, origins: frozenset[tuple[str, str, int]] = frozenset()
    ) -> None:
        self.app, self.hosts, self._origins = app, hosts, origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        secure, api = scope.get("scheme") == "https", scope["path"].startswith(API)

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [*message.get("headers", ()), *_ALWAYS]
                if secure:
                    headers.append(_OVER_HTTPS)
                if api and not any(name.lower() == b"cache-control" for name, _ in headers):
                    headers.append(_NO_STORE)
                message["headers"] = headers
            await send(message)

        try:
            self._check(scope, api)
        except Problem as problem:
            await problem_response(problem, scope["path"])(scope, receive, guarded)
            return
        await self.app(scope, receive, guarded)

    def _check(self, scope: Scope, api: bool) -> None:
        found: dict[bytes, str] = {}
        for name, value in scope["headers"]:
            if name in _LOOKED_AT:
                if name in found:
                    raise Problem(
                        400, "invalid-request", f"the header {name.decode()} is there twice"
                    )
                found[name] = value.decode("latin-1")
        host = found.get(b"host", "")
        if not self.hosts.knows(host):
            raise Problem(
                421,
                "foreign-host",
                f"this server is not called {host[:100]!r}; if it should be, start it with "
                f"--allowed-host and that name",
            )
        origin, site = found.get(b"origin"), found.get(b"sec-fetch-site")
        if origin is not None:
            good = self._is_own(origin, host)
        else:
            unsafe = scope["method"] not in _SAFE
            good = not (api or unsafe) or site in (None, "same-origin", "none")
        if not good:
            raise Problem(
                403,
                "foreign-origin",
                "this request comes from another site's page; only this server's own page and "
                "programs may ask, and pages of --allowed-origin",
            )

    def _is_own(self, text: str, host: str) -> bool:
        """Whether an origin is allowed, or that of the server that ``Host`` names.

        The scheme is not compared: behind a proxy that ends TLS the server does not see it.
        """
        origin, called = origin_of(text), split_host(host)
        if origin is None or called is None:
            return False
        if origin in self._origins:
            return True
        scheme, name, port = origin
        return name == called[0] and port == (called[1] or _DEFAULT_PORTS[scheme])
