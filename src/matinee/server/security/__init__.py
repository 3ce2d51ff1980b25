"""What stands between the network and people's data.

:mod:`~matinee.server.security.guard` looks at every request before anything else does: is it meant
for this server, does it come from this server's own page, and does it carry the proof of that.
Who is asking, and what they may do, is :mod:`matinee.server.person`.
"""

from __future__ import annotations

from matinee.server.security.binding import check_binding
from matinee.server.security.guard import Guard
from matinee.server.security.hosts import Hosts
from matinee.server.security.signing import Signer

__all__ = ["Guard", "Hosts", "Signer", "check_binding"]
