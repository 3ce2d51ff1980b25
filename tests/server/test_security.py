"""Which names a server goes by, and which pages are its own."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.errors import ParameterError
from matinee.server.limits import client_key
from matinee.server.security import (
    Guard,
    Hosts,
    allowed_origins,
    check_binding,
    origin_of,
    split_host,
)


@pytest.mark.parametrize(
    ("authority", "known"),
    [
        ("127.0.0.1", True),
        ("127.0.0.1:8000", True),
        ("127.8.8.8", True),
        ("localhost:1", True),
        ("LOCALHOST.", True),
        ("films.localhost", True),
        ("[::1]:8000", True),
        ("", False),
        ("evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("localhost.evil.example", False),
        ("evil.example:80@127.0.0.1", False),
        ("127.0.0.1, evil.example", False),
        ("192.0.2.1", False),
        ("0.0.0.0", False),
        ("[::]", False),
        ("127.0.0.1:80:80", False),
        ("127.0.0.1/", False),
        ("user@localhost", False),
    ],
)
def test_on_loopback_only_its_own_names_are_known(authority: str, known: bool) -> None:
    assert Hosts("127.0.0.1").knows(authority) is known


def test_elsewhere_addresses_are_known_and_names_only_if_they_were_given() -> None:
    hosts = Hosts("0.0.0.0", ["Films.Example.", "*.home.example"])
    assert all(map(hosts.knows, ("192.0.2.1:8000", "[2001:db8::1]", "localhost")))
    assert all(map(hosts.knows, ("films.example", "FILMS.example:443", "a.home.example")))
    assert not any(map(hosts.knows, ("example", "x.films.example", "home.example")))
    assert not hosts.knows("evilhome.example")


def test_the_name_that_it_listens_on_is_known() -> None:
    assert Hosts("nas.local").knows("nas.local:8000")


@pytest.mark.parametrize("name", ["https://films.example", "films.example:80", "", "*", "a b"])
def test_an_allowed_host_is_a_name_and_nothing_else(name: str) -> None:
    with pytest.raises(ParameterError, match=r"is no name of a host; give it as films\.example"):
        Hosts("127.0.0.1", [name])


async def nothing(*_: Any) -> None:
    """An application that is not asked."""


def guard(*origins: str) -> Guard:
    return Guard(nothing, Hosts("127.0.0.1"), allowed_origins(origins))


@pytest.mark.parametrize(
    ("origin", "host", "own"),
    [
        ("http://localhost:8000", "localhost:8000", True),
        ("http://LOCALHOST:8000", "localhost:8000", True),
        ("https://films.example", "films.example", True),
        ("https://films.example:443", "films.example", True),
        ("http://films.example", "films.example:80", True),
        ("http://[::1]:8000", "[::1]:8000", True),
        ("http://localhost:8001", "localhost:8000", False),
        ("http://127.0.0.1:8000", "localhost:8000", False),
        ("http://films.example.evil.example", "films.example", False),
        ("null", "films.example", False),
        ("", "films.example", False),
        ("file://", "films.example", False),
        ("https://films.example/path", "films.example", False),
        ("https://user@films.example", "films.example", False),
        ("ftp://films.example", "films.example", False),
        ("http://[", "films.example", False),
    ],
)
def test_an_own_page_has_the_same_host_and_port(origin: str, host: str, own: bool) -> None:
    assert guard()._is_own(origin, host) is own


def test_other_pages_are_let_in_by_their_origin() -> None:
    allowing = guard("https://films.example", "http://localhost:3000")
    assert allowing._is_own("https://films.example:443", "localhost:8000")
    assert allowing._is_own("http://localhost:3000", "localhost:8000")
    assert not allowing._is_own("http://films.example", "localhost:8000")
    assert not allowing._is_own("https://a.films.example", "localhost:8000")


@pytest.mark.parametrize("origin", ["films.example", "https://films.example/", "*", "null", ""])
def test_an_allowed_origin_is_an_origin_and_nothing_else(origin: str) -> None:
    with pytest.raises(ParameterError, match="is no origin; give it as"):
        allowed_origins([origin])


@given(st.text(max_size=40))
def test_no_text_is_too_odd_for_a_host(text: str) -> None:
    split = split_host(text)
    assert split is None or (split[0] and " " not in split[0])
    assert origin_of(text) is None or text.startswith("http")
    assert guard()._is_own(text, "localhost") in (True, False)
    assert isinstance(client_key(text), str)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "nas.local", ""])
def test_others_are_let_in_only_with_accounts_or_on_purpose(host: str) -> None:
    with pytest.raises(ParameterError, match="--no-accounts-i-know does it all the same"):
        check_binding(host, accounts=False, allow_any_address=False)
    check_binding(host, accounts=True, allow_any_address=False)
    check_binding(host, accounts=False, allow_any_address=True)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "[::1]", "localhost"])
def test_the_own_machine_needs_no_accounts(host: str) -> None:
    check_binding(host, accounts=False, allow_any_address=False)
