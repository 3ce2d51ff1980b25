"""The two cookies: one for a browser, one for whoever has signed in with it.

Both are signed, cannot be read by scripts, and are not sent along by other sites' forms. The cookie
of a visitor says nothing but that two requests come from one browser: what proves that a request
comes from this server's own page is derived from it, or from the session once there is one.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from starlette.datastructures import MutableHeaders

from matinee.server.security.signing import Signer

__all__ = ["BrowserCookies", "Cookies", "parse_cookies"]

_SESSION, _VISITOR, _CSRF = "session", "visitor", "csrf"
_DAY = 86_400
VISITOR_SECONDS = 400 * _DAY  # as long as browsers keep any
_LONGEST = 16_384


def parse_cookies(header: str) -> dict[str, str]:
    """Cookies of a header; of two with one name the first counts.

    Examples
    --------
    >>> parse_cookies("a=1; b=2; a=3; =4; c")
    {'a': '1', 'b': '2'}
    """
    found: dict[str, str] = {}
    for pair in header[:_LONGEST].split(";"):
        name, sign, value = pair.partition("=")
        if sign and name.strip():
            found.setdefault(name.strip(), value.strip().strip('"'))
    return found


@dataclass(frozen=True, slots=True)
class BrowserCookies:
    """What the cookies of a request say, as far as their signatures hold.

    Attributes
    ----------
    session, visitor : str or None
    """

    session: str | None = None
    visitor: str | None = None

    @property
    def binding(self) -> str | None:
        """What the proof against forged requests is bound to."""
        if self.session is not None:
            return f"{_SESSION}:{self.session}"
        return None if self.visitor is None else f"{_VISITOR}:{self.visitor}"


class Cookies:
    """Writes and reads the cookies.

    Their names have a part that comes from the key: servers with different stores on different
    ports of one machine would overwrite each other's otherwise, since cookies do not know ports.

    Parameters
    ----------
    signer : Signer
    """

    def __init__(self, signer: Signer) -> None:
        self._signer = signer
        self._names: dict[tuple[str, bool], str] = {}

    def warm_up(self) -> None:
        """Fetch the key, which may take a moment, before somebody waits for it."""
        for kind in (_SESSION, _VISITOR):
            self.name(kind, secure=False)

    def name(self, kind: str, secure: bool) -> str:
        """The name of a cookie; over https browsers tie it to this host and this host alone."""
        known = self._names.get((kind, secure))
        if known is None:
            own = self._signer.digest("name", kind)[:8].replace("-", "x").replace("_", "x")
            known = f"{'__Host-' if secure else ''}matinee_{kind}_{own}"
            self._names[kind, secure] = known
        return known

    def read(self, header: str | None, *, secure: bool) -> BrowserCookies:
        """The cookies of a request."""
        if not header:
            return BrowserCookies()
        found = parse_cookies(header)
        values = (found.get(self.name(kind, secure)) for kind in (_SESSION, _VISITOR))
        session, visitor = (
            None if value is None else self._signer.value(kind, value)
            for kind, value in zip((_SESSION, _VISITOR), values, strict=True)
        )
        return BrowserCookies(session, visitor)

    def csrf(self, cookies: BrowserCookies) -> str | None:
        """The proof that goes into ``X-CSRF-Token``; None for a browser without a cookie."""
        binding = cookies.binding
        return None if binding is None else self._signer.digest(_CSRF, binding)

    def proves(self, offered: str | None, cookies: BrowserCookies) -> bool:
        """Whether this is the proof for these cookies."""
        binding = cookies.binding
        if offered is None or binding is None:
            return False
        return self._signer.matches(offered, _CSRF, binding)

    def set_session(self, headers: MutableHeaders, token: str, *, secure: bool, age: int) -> None:
        """Give a browser the cookie of a session that lasts ``age`` seconds."""
        self._set(headers, _SESSION, token, secure, age)

    def set_visitor(self, headers: MutableHeaders, *, secure: bool) -> BrowserCookies:
        """Give a browser its own cookie, and tell what it will send."""
        token = secrets.token_urlsafe(16)
        self._set(headers, _VISITOR, token, secure, VISITOR_SECONDS)
        return BrowserCookies(visitor=token)

    def clear_session(self, headers: MutableHeaders, *, secure: bool) -> None:
        """Take the cookie of a session away."""
        self._write(headers, self.name(_SESSION, secure), "", secure, 0)

    def _set(self, headers: MutableHeaders, kind: str, value: str, secure: bool, age: int) -> None:
        signed = self._signer.sign(kind, value)
        self._write(headers, self.name(kind, secure), signed, secure, age)

    @staticmethod
    def _write(headers: MutableHeaders, name: str, value: str, secure: bool, age: int) -> None:
        parts = [f"{name}={value}", "Path=/", f"Max-Age={age}", "HttpOnly", "SameSite=Lax"]
        headers.append("Set-Cookie", "; ".join([*parts, "Secure"] if secure else parts))
