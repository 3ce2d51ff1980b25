"""What the routes about people share, beside :mod:`matinee.server.services`."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, cast

from fastapi import Depends, Request

from matinee.paths import cache_path
from matinee.server.limits import Buckets
from matinee.server.security.cookies import Cookies
from matinee.server.security.signing import Signer
from matinee.server.uploads import Uploads
from matinee.server.working import Workbench

if TYPE_CHECKING:
    from matinee.store import Store

__all__ = ["Personal", "PersonalServices", "utc"]


@dataclass(slots=True)
class PersonalServices:
    """Cookies, and the slow work that must not hold up answers.

    Attributes
    ----------
    cookies : Cookies
    uploads : Uploads
    passwords : Workbench
        Where passwords are hashed: each takes 64 MiB and some tenths of a second on purpose.
    imports : Workbench
        Where files are read, one after the other.
    sign_ups : Buckets
        How many accounts may be asked for from one address: ten an hour.
    """

    cookies: Cookies
    uploads: Uploads
    passwords: Workbench = field(default_factory=lambda: Workbench(threads=2, queue=14))
    imports: Workbench = field(default_factory=lambda: Workbench(threads=1, queue=3))
    sign_ups: Buckets = field(default_factory=lambda: Buckets(rate=10 / 3600, burst=10))

    @classmethod
    def of(cls, store: Store) -> PersonalServices:
        """The services for the people of a store."""
        cookies = Cookies(Signer(lambda: store.secret("cookies")))
        # Servers with other stores keep their files apart.
        own = hashlib.sha256(str(store.database).encode()).hexdigest()[:16]
        return cls(cookies, Uploads(cache_path() / "imports" / own))

    def close(self) -> None:
        """Let running work end."""
        self.passwords.close()
        self.imports.close()


async def _personal(request: Request) -> PersonalServices:
    return cast(PersonalServices, request.app.state.personal)


Personal = Annotated[PersonalServices, Depends(_personal)]


def utc(seconds: int) -> str:
    """A time as the API writes it.

    Examples
    --------
    >>> utc(1_700_000_000)
    '2023-11-14T22:13:20Z'
    """
    moment = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=seconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0")
