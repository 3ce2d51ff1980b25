"""What every request passes first: it must be meant for this server, and not be somebody else's.

A browser sends requests wherever any page wants, cookies included. Three things tell those of this
server's own page from others: the host that is called, the origin that the browser states, and a
proof in a header that only the own page can read and set (OWASP, "Cross-Site Request Forgery
Prevention", signed double submit bound to the session). A program with an API token, or one that
is no browser at all, needs no proof: nobody can make it send one.
"""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from matinee.server.problems import Problem, problem_response
from matinee.server.security.cookies import BrowserCookies, Cookies
from matinee.server.security.headers import add_headers
from matinee.server.security.hosts import Hosts

__all__ = ["API_PREFIX", "COOKIES_KEY", "TOKEN_KEY", "Guard", "is_secure"]

API_PREFIX = "/api/"
COOKIES_KEY, TOKEN_KEY = "matinee.cookies", "matinee.token"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_WANTED = frozenset(
    {b"host", b"origin", b"sec-fetch-site", b"cookie", b"authorization", b"x-csrf-token"}
)
_LONGEST_TOKEN = 200


def is_secure(scope: Scope) -> bool:
    """Whether a request came over https, as far as this server or its trusted proxy can tell."""
    return scope.get("scheme") == "https"


class Guard:
    """Refuses requests from elsewhere, and adds the headers of :mod:`.headers` to every answer.

    What it found goes on in the scope: the cookies whose signatures hold, and an API token.

    Parameters
    ----------
    app : ASGI application
    hosts : Hosts
    cookies : Cookies
    """

    def __init__(self, app: ASGIApp, *, hosts: Hosts, cookies: Cookies) -> None:
        self.app, self.hosts, self.cookies = app, hosts, cookies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        secure, api = is_secure(scope), scope["path"].startswith(API_PREFIX)

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                add_headers(message, secure=secure, api=api)
            await send(message)

        try:
            self._check(scope, api, secure)
        except Problem as problem:
            await problem_response(problem, scope["path"])(scope, receive, guarded)
            return
        await self.app(scope, receive, guarded)

    def _check(self, scope: Scope, api: bool, secure: bool) -> None:
        found: dict[bytes, str] = {}
        for name, value in scope["headers"]:
            if name in _WANTED:
                if name in found and name != b"cookie":
                    raise Problem(
                        400, "invalid-request", f"the header {name.decode()} is there twice"
                    )
                text = value.decode("latin-1")
                found[name] = f"{found[name]}; {text}" if name in found else text
        host = found.get(b"host", "")
        if not self.hosts.knows(host):
            raise Problem(
                421,
                "foreign-host",
                f"this server is not called {host[:100]!r}; if it should be, start it with "
                f"--allowed-host and that name",
            )
        origin, site = found.get(b"origin"), found.get(b"sec-fetch-site")
        unsafe = scope["method"] not in _SAFE
        if (origin is not None and not self.hosts.is_own_page(origin, host)) or (
            (api or unsafe) and site not in (None, "same-origin", "none")
        ):
            raise Problem(
                403,
                "foreign-origin",
                "this request comes from another site's page; only this server's own page and "
                "programs may ask",
            )
        token = _bearer(found.get(b"authorization"))
        cookies = BrowserCookies()
        if token is None:
            cookies = self.cookies.read(found.get(b"cookie"), secure=secure)
            browser = origin is not None or site is not None or b"cookie" in found
            offered = found.get(b"x-csrf-token")
            if unsafe and browser and not self.cookies.proves(offered, cookies):
                raise Problem(
                    403,
                    "csrf",
                    "the header X-CSRF-Token is missing or too old; GET /api/v1/session gives a "
                    "new one",
                )
        scope[COOKIES_KEY], scope[TOKEN_KEY] = cookies, token


def _bearer(header: str | None) -> str | None:
    """The token of ``Authorization: Bearer``; other schemes are somebody else's business."""
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    return token.strip()[:_LONGEST_TOKEN] if scheme.lower() == "bearer" else None
