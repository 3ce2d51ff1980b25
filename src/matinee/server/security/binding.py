"""Where a server may listen."""

from __future__ import annotations

from matinee.errors import ParameterError
from matinee.server.security.hosts import is_loopback

__all__ = ["check_binding"]


def check_binding(host: str, *, accounts: bool, allow_any_address: bool) -> None:
    """Refuse to let a whole network read and change what one person said.

    Parameters
    ----------
    host : str
        Address or name to listen on.
    accounts : bool
        Whether people log in.
    allow_any_address : bool
        Whether somebody said that they know what they do.

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
