"""Cookies are only worth something as they were given."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import MutableHeaders

from matinee.server.security import Signer
from matinee.server.security.cookies import BrowserCookies, Cookies, parse_cookies

ONE, OTHER = (Cookies(Signer(lambda key=key: key)) for key in (b"one", b"other"))  # type: ignore[misc]


def given_to_a_browser(cookies: Cookies, token: str, *, secure: bool = False) -> str:
    headers = MutableHeaders()
    cookies.set_session(headers, token, secure=secure, age=60)
    return headers["set-cookie"]


@given(st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1), st.text())
def test_what_was_signed_comes_back_and_nothing_else_does(value: str, other: str) -> None:
    signer = Signer(lambda: b"key")
    signed = signer.sign("session", value)
    assert signer.value("session", signed) == value
    assert signer.value("visitor", signed) is None
    assert Signer(lambda: b"another").value("session", signed) is None
    if other != signed:
        assert signer.value("session", other) is None


def test_a_session_is_read_back_by_its_own_server_only() -> None:
    pair = given_to_a_browser(ONE, "token").partition(";")[0]
    assert ONE.read(pair, secure=False) == BrowserCookies("token", None)
    assert OTHER.read(pair, secure=False) == BrowserCookies()
    assert ONE.read(pair.replace("token", "tokem"), secure=False) == BrowserCookies()
    assert ONE.read(None, secure=False) == BrowserCookies()


def test_servers_with_other_stores_do_not_overwrite_each_others_cookies() -> None:
    assert ONE.name("session", secure=False) != OTHER.name("session", secure=False)


def test_scripts_cannot_read_a_cookie_and_https_ties_it_to_the_host() -> None:
    plain, secure = (given_to_a_browser(ONE, "t", secure=secure) for secure in (False, True))
    assert plain.endswith("; Path=/; Max-Age=60; HttpOnly; SameSite=Lax")
    assert secure.startswith("__Host-matinee_session_")
    assert secure.endswith("; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure")


def test_a_proof_holds_for_its_session_only() -> None:
    ann, bob = BrowserCookies("ann", "browser"), BrowserCookies("bob", "browser")
    proof = ONE.csrf(ann)
    assert proof is not None
    assert ONE.proves(proof, ann)
    assert not ONE.proves(proof, bob)
    assert not ONE.proves(proof, BrowserCookies(visitor="browser"))
    assert not OTHER.proves(proof, ann)
    assert not ONE.proves(None, ann)
    assert not ONE.proves("é\udcff", ann)
    # A value that both kinds of cookie may have proves nothing for the other kind.
    assert not ONE.proves(ONE.csrf(BrowserCookies(visitor="ann")), BrowserCookies("ann"))


def test_a_browser_without_a_cookie_has_no_proof() -> None:
    assert ONE.csrf(BrowserCookies()) is None
    assert not ONE.proves("x", BrowserCookies())


@pytest.mark.parametrize("header", ["a" * 10**5, ";;;=;", "a=b;" * 10**4, "\xff=\xfe"])
def test_no_header_is_too_odd(header: str) -> None:
    assert isinstance(parse_cookies(header), dict)
    assert ONE.read(header, secure=False) == BrowserCookies()
