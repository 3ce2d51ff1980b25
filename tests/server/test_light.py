"""A server that answers has in memory only what answering needs."""

from __future__ import annotations

import json
import subprocess
import sys

HEAVY = ("alembic", "matplotlib", "numba", "pandas", "polars", "scipy.stats", "sklearn", "torch")


def test_a_server_imports_nothing_heavy() -> None:
    code = (
        "import json, sys\n"
        "from matinee.server.app import create_app\n"
        "from matinee.server.api import routers\n"
        "routers()\n"
        f"print(json.dumps([name for name in {HEAVY!r} if name in sys.modules]))\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert json.loads(told.stdout) == []
