"""Passwords as argon2id hashes, with the memory that all hashing may take at once bounded.

References
----------
RFC 9106 (2021), *Argon2 Memory-Hard Function for Password Hashing and Proof-of-Work Applications*.
NIST SP 800-63B: length is what counts; no rules about kinds of characters.
"""

from __future__ import annotations

import threading
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

from matinee.errors import AccountError

if TYPE_CHECKING:
    from argon2 import PasswordHasher

__all__ = ["LONGEST", "SHORTEST", "hash_password", "verify"]

SHORTEST, LONGEST = 8, 256

# Each takes 64 MiB: a crowd at the door must not take all the memory there is.
_AT_ONCE = threading.BoundedSemaphore(2)


@cache
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher
    from argon2.profiles import RFC_9106_LOW_MEMORY

    return PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)


@cache
def _nobody() -> str:
    """A hash to compare with where there is no account, so that it takes as long."""
    with _AT_ONCE:
        return _hasher().hash("nobody has this password")


def hash_password(password: str, login: str) -> str:
    """The hash to keep.

    Raises
    ------
    AccountError
        If the password is shorter than 8 characters, longer than 256, or the login itself.
    """
    clean = unicodedata.normalize("NFKC", password)
    if not SHORTEST <= len(clean) <= LONGEST:
        raise AccountError(
            f"a password has {SHORTEST} to {LONGEST} characters, this one has {len(clean)}"
        )
    if clean.casefold() == login or len(set(clean)) < 3:
        raise AccountError("this password is the first that anybody would try; choose another")
    with _AT_ONCE:
        return _hasher().hash(_bytes(clean))


def verify(hashed: str | None, password: str) -> str | None:
    """The hash to keep if the password is right, else None.

    It is the same hash unless that was made with weaker parameters than today's.
    """
    from argon2.exceptions import InvalidHashError, VerificationError

    clean = unicodedata.normalize("NFKC", password[: LONGEST + 1])
    right = len(clean) <= LONGEST
    kept = hashed if hashed is not None else _nobody()
    try:
        with _AT_ONCE:
            _hasher().verify(kept, _bytes(clean))
            if hashed is None or not right:
                return None
            return _hasher().hash(_bytes(clean)) if _hasher().check_needs_rehash(kept) else kept
    except (VerificationError, InvalidHashError):
        return None


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
