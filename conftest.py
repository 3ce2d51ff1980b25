"""Settings that hold for the tests and for the doctests of the package alike."""

from __future__ import annotations

import importlib.util
import os
import sysconfig
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

ROOT = Path(__file__).parent


def _numba_cache() -> Path:
    """Compiled kernels are kept between runs, apart for each Numba and each Python."""
    try:
        numba = version("numba")
    except PackageNotFoundError:
        numba = "none"
    return ROOT / ".cache" / f"numba-{numba}-{sysconfig.get_python_version()}"


# Set before anything imports Numba; processes that tests start inherit it.
os.environ.setdefault("NUMBA_CACHE_DIR", str(_numba_cache()))
os.environ.setdefault("MPLBACKEND", "Agg")

# Modules whose import needs an extra: their doctests run where it is installed.
collect_ignore_glob = ["docs/conf.py", "docs/_ext/*", "docs/_build/*"]
if importlib.util.find_spec("torch") is None:
    collect_ignore_glob.append("src/matinee/models/neural/*")
if importlib.util.find_spec("pyspark") is None:
    collect_ignore_glob.append("src/matinee/spark/*")
