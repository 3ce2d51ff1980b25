"""The web app and the API: what should I watch tonight, for a browser and for other programs.

:func:`create_app` makes the application from :class:`ServerSettings`; ``matinee serve`` runs it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

# Settings are read on the command line, where nothing of the web framework is needed yet.
_EXPORTS = {
    "ServerSettings": "matinee.server.settings",
    "create_app": "matinee.server.app",
}

__all__ = ["ServerSettings", "create_app"]

if TYPE_CHECKING:
    from matinee.server.app import create_app as create_app
    from matinee.server.settings import ServerSettings as ServerSettings


def __getattr__(name: str) -> Any:
    module = _EXPORTS.get(name)
    if module is None:
        raise AttributeError(f"module 'matinee.server' has no attribute {name!r}")
    return getattr(importlib.import_module(module), name)
