"""Values that come back from a browser only as they were given to it."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from functools import cached_property

__all__ = ["Signer"]


class Signer:
    """Signs values with a key that all workers share.

    Parameters
    ----------
    secret : callable returning bytes
        Asked for when it is first needed; see :meth:`Store.secret <matinee.store.Store.secret>`.

    Examples
    --------
    >>> signer = Signer(lambda: b"secret")
    >>> signed = signer.sign("visitor", "abc")
    >>> signer.value("visitor", signed), signer.value("session", signed)
    ('abc', None)
    """

    def __init__(self, secret: Callable[[], bytes]) -> None:
        self._ask = secret

    @cached_property
    def _key(self) -> bytes:
        return self._ask()

    def digest(self, purpose: str, value: str) -> str:
        """What only this server can say of a value; 43 letters, figures, ``-`` and ``_``."""
        text = f"{purpose}\0{value}".encode("utf-8", "surrogatepass")
        digest = hmac.new(self._key, text, hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")

    def sign(self, purpose: str, value: str) -> str:
        """A value with its signature."""
        return f"{value}.{self.digest(purpose, value)}"

    def value(self, purpose: str, signed: str) -> str | None:
        """The value that was signed for this purpose; None if it was not."""
        value, _, offered = signed.rpartition(".")
        return value if value and self.matches(offered, purpose, value) else None

    def matches(self, offered: str, purpose: str, value: str) -> bool:
        """Whether this is the digest, in a time that does not tell how much of it is right."""
        right = self.digest(purpose, value).encode("ascii")
        return hmac.compare_digest(offered.encode("utf-8", "surrogatepass"), right)
