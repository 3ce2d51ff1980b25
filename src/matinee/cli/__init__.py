"""The command line: ``matinee COMMAND …``.

Nothing here imports NumPy, Polars or a model before a command needs it, so that ``matinee --help``
answers at once. Exit codes: 0 done, 1 an error that the message explains, 2 a command line that
cannot be understood, 130 interrupted with Ctrl-C.
"""

from __future__ import annotations

from matinee.cli.app import app, main

__all__ = ["app", "main"]
