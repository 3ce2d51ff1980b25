"""By which names a server is called, and which pages are its own.

A page of somebody else's can let its own name point to 127.0.0.1 (DNS rebinding); the browser then
takes a local server for a part of that page. What gives it away is the header ``Host``, which has
the foreign name. An address in figures cannot be rebound, so that only names have to be known.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from matinee.errors import ParameterError

__all__ = ["Hosts", "address_key", "is_loopback", "split_authority"]

_AUTHORITY = re.compile(r"(\[[0-9a-fA-F:.]{2,45}\]|[A-Za-z0-9_.-]{1,253})(?::(\d{1,5}))?")
_MOST_KNOWN = 100  # spellings of good names
_DEFAULT_PORTS = {"http": 80, "https": 443}


def split_authority(text: str) -> tuple[str, int | None] | None:
    """Host in lower case and port of a header ``Host``; None if it is not one.

    Examples
    --------
    >>> split_authority("Films.Example:8000"), split_authority("[::1]"), split_authority("a b")
    (('films.example', 8000), ('::1', None), None)
    """
    match = _AUTHORITY.fullmatch(text)
    if match is None:
        return None
    host = match[1].strip("[]").removesuffix(".").lower()
    return (host, int(match[2]) if match[2] else None) if host else None


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


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
    address = _address(clean)
    if address is not None:
        return address.is_loopback
    return clean == "localhost" or clean.endswith(".localhost")


def address_key(address: str) -> str:
    """What counts as one client: an IPv4 address, or the /64 that one household has of IPv6.

    Examples
    --------
    >>> address_key("192.0.2.7"), address_key("2001:db8::1:2:3:4"), address_key("::ffff:192.0.2.7")
    ('192.0.2.7', '2001:db8::/64', '192.0.2.7')
    """
    found = _address(address.partition("%")[0]) if ":" in address else None
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((int(found), 64), strict=False))
    return address


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
            split = split_authority(clean.removeprefix("*."))
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
        self._known: set[str] = set()

    def knows(self, authority: str) -> bool:
        """Whether a header ``Host`` names this server."""
        if authority in self._known:
            return True
        good = self._is_good(authority)
        if good and len(self._known) < _MOST_KNOWN:
            self._known.add(authority)
        return good

    def _is_good(self, authority: str) -> bool:
        split = split_authority(authority)
        if split is None:
            return False
        host = split[0]
        if host in self._names or host.endswith(self._below):
            return True
        if is_loopback(host):
            return True
        return not self._local and _address(host) is not None

    @staticmethod
    def is_own_page(origin: str, authority: str) -> bool:
        """Whether a header ``Origin`` is a page of the server that ``Host`` names.

        The scheme is not compared: behind a proxy that ends TLS the server does not see it.

        Examples
        --------
        >>> Hosts.is_own_page("https://films.example", "films.example")
        True
        >>> Hosts.is_own_page("http://localhost:3000", "localhost:8000")
        False
        """
        try:
            parts = urlsplit(origin)
        except ValueError:
            return False
        if parts.scheme not in _DEFAULT_PORTS or origin != f"{parts.scheme}://{parts.netloc}":
            return False
        page, server = split_authority(parts.netloc), split_authority(authority)
        if page is None or server is None:
            return False
        default = _DEFAULT_PORTS[parts.scheme]
        return page[0] == server[0] and (page[1] or default) == (server[1] or default)
