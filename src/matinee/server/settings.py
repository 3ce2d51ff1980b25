"""What a server is told when it starts."""

from __future__ import annotations

import dataclasses
import ipaddress
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias

from matinee.errors import ParameterError

__all__ = ["API", "SETTINGS_VARIABLE", "TMDB_VARIABLE", "ServerSettings"]

API = "/api/v1"

SETTINGS_VARIABLE = "MATINEE_SERVER_SETTINGS"
"""Hands the settings from ``matinee serve`` to its worker processes, as JSON."""
TMDB_VARIABLE = "TMDB_API_KEY"

_ROOT_PATH = re.compile(r"(?:/[A-Za-z0-9._~-]+)+")

SignUp: TypeAlias = Literal["open", "invitation", "closed"]


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """What a server is told when it starts.

    Parameters
    ----------
    host : str
        Address to listen on.
    port : int
        0 lets the system choose.
    model : str, optional
        A model directory, or a published root. Without it, the model that answers on the command
        line; where there is none, one is trained on the sample.
    store_url : str, optional
        Where people's ratings are; see :class:`~matinee.store.Store`.
    accounts : bool
        Whether people log in. Without accounts everybody who reaches the server is one person.
    sign_up : {"open", "invitation", "closed"}
        Who may make an account.
    allow_any_address : bool
        Whether a server without accounts may be reached from other machines.
    allowed_hosts : tuple of str
        Names by which the server may be called, beyond its own address.
    allowed_origins : tuple of str
        Origins of other sites' pages that may use the API, such as ``https://films.example``.
    root_path : str
        The path of a proxy below which the server is reached, such as ``/films``.
    trusted_proxies : tuple of str
        Addresses of proxies whose ``X-Forwarded-For`` and ``X-Forwarded-Proto`` are believed.
    workers : int
        Processes that answer.
    threads : int
        Threads of a worker that compute.
    queue : int
        Requests of a worker that may wait for a thread; further ones are told to come back.
    rate : float
        Requests a second that one client may make, over four seconds. 0 turns this off.
    max_body : int
        Largest body of a request, bytes.
    max_upload : int
        Largest file for an import, bytes.
    connections : int
        Connections of a worker that are open at once; further ones wait.
    patience : float
        Seconds that the head of a request may take to arrive, and its body.
    watch_seconds : float
        How often the server looks whether a new model was published.
    poster_days : float
        How long a poster is kept on disk, at most the 180 days that TMDB's terms allow.
    poster_bytes : int
        Room for posters on disk.
    tmdb_key : str, optional
        Turns real posters on; ``TMDB_API_KEY`` in the environment if not given.

    Raises
    ------
    ParameterError
        If a number is outside its range.

    Examples
    --------
    >>> settings = ServerSettings(port=8080, workers=2)
    >>> ServerSettings.from_json(settings.to_json()) == settings
    True
    """

    host: str = "127.0.0.1"
    port: int = 8000
    model: str | None = None
    store_url: str | None = None
    accounts: bool = False
    sign_up: SignUp = "invitation"
    allow_any_address: bool = False
    allowed_hosts: tuple[str, ...] = ()
    allowed_origins: tuple[str, ...] = ()
    root_path: str = ""
    trusted_proxies: tuple[str, ...] = ()
    workers: int = 1
    threads: int = field(default_factory=lambda: min(max(os.cpu_count() or 1, 2), 8))
    queue: int = 64
    rate: float = 100.0
    max_body: int = 2**20
    max_upload: int = 20 * 2**20
    connections: int = 1000
    patience: float = 20.0
    watch_seconds: float = 1.0
    poster_days: float = 180.0
    poster_bytes: int = 256 * 2**20
    tmdb_key: str | None = field(
        default_factory=lambda: os.environ.get(TMDB_VARIABLE) or None, repr=False
    )

    def __post_init__(self) -> None:
        limits: dict[str, tuple[float, float]] = {
            "port": (0, 65_535),
            "workers": (1, 64),
            "threads": (1, 64),
            "queue": (1, 10_000),
            "rate": (0, 1e6),
            "max_body": (1024, 2**30),
            "max_upload": (1024, 2**30),
            "connections": (1, 100_000),
            "patience": (0.1, 60),
            "watch_seconds": (0.01, 3600),
            "poster_days": (0.01, 180),
            "poster_bytes": (2**20, 2**40),
        }
        for name, (low, high) in limits.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise ParameterError(f"{name} must lie between {low:g} and {high:g}, got {value}")
        if self.sign_up not in ("open", "invitation", "closed"):
            raise ParameterError(
                f"sign_up must be open, invitation or closed, got {self.sign_up!r}"
            )
        for name in ("allowed_hosts", "allowed_origins", "trusted_proxies"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        if self.root_path and not _ROOT_PATH.fullmatch(self.root_path):
            raise ParameterError(
                f"root_path must be a path such as /films, without a slash at the end, "
                f"got {self.root_path!r}"
            )
        for proxy in self.trusted_proxies:
            try:
                ipaddress.ip_network(proxy, strict=False)
            except ValueError:
                raise ParameterError(
                    f"trusted_proxies has {proxy!r}; give an address or a network in figures, "
                    f"such as 127.0.0.1 or 10.0.0.0/8"
                ) from None
        for name in ("model", "store_url"):
            value = getattr(self, name)
            if isinstance(value, Path):
                object.__setattr__(self, name, str(value))

    def to_json(self) -> str:
        """All of it as JSON, but for the key of TMDB, which stays in the environment."""
        plain = dataclasses.asdict(self)
        del plain["tmdb_key"]
        return json.dumps(plain)

    @classmethod
    def from_json(cls, text: str) -> ServerSettings:
        """The settings of :meth:`to_json`."""
        plain: dict[str, Any] = json.loads(text)
        return cls(**plain)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> ServerSettings:
        """What ``matinee serve`` left for its workers; the defaults where it left nothing."""
        text = environment.get(SETTINGS_VARIABLE)
        return cls.from_json(text) if text else cls()
