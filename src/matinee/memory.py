"""How much memory there is, and how to say an amount of it."""

from __future__ import annotations

import os
import re
from pathlib import Path

from matinee.errors import NotEnoughMemoryError, ParameterError

__all__ = ["available_bytes", "check_memory", "format_bytes", "parse_bytes"]

LIMIT_VARIABLE = "MATINEE_MEMORY_LIMIT"
_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}
_UNITS |= {f"{unit}i": 1024 ** (i + 1) for i, unit in enumerate("kmgt")}


def parse_bytes(text: str) -> int:
    """Read an amount such as ``"4GB"``, ``"512 MiB"`` or ``"1000000"``.

    Raises
    ------
    ParameterError
        If it cannot be read.

    Examples
    --------
    >>> parse_bytes("1.5 GB"), parse_bytes("2MiB")
    (1500000000, 2097152)
    """
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([kmgt]?i?)b?\s*", text.casefold())
    if match is None or match[2] not in _UNITS:
        raise ParameterError(f"an amount of memory like '4GB' or '512MiB' is needed, got {text!r}")
    return int(float(match[1]) * _UNITS[match[2]])


def format_bytes(amount: float) -> str:
    """An amount of memory in words: ``"3.2 GB"``.

    Examples
    --------
    >>> format_bytes(812), format_bytes(3_214_000_000)
    ('812 B', '3.2 GB')
    """
    for unit in ("B", "kB", "MB", "GB"):
        if abs(amount) < 1000:
            return f"{amount:.0f} {unit}" if unit in ("B", "kB") else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"


def available_bytes() -> int:
    """Memory that a fit may take now, in bytes.

    The environment variable ``MATINEE_MEMORY_LIMIT`` (such as ``4GB``) sets it. Otherwise it is
    what the system says is available, within the limit of the control group (a container).
    """
    limit = os.environ.get(LIMIT_VARIABLE)
    if limit:
        return parse_bytes(limit)
    candidates = [value for value in (_system_available(), _group_available()) if value is not None]
    return min(candidates) if candidates else 4 * 10**9


def check_memory(what: str, needed: int, advice: str) -> None:
    """Refuse work that would not fit, before it starts.

    Parameters
    ----------
    what : str
        The work, for people: ``"ease with 1,000 ratings of 50 films"``.
    needed : int
        Bytes that it takes beyond what is held already.
    advice : str
        Ways out.

    Raises
    ------
    NotEnoughMemoryError
    """
    available = available_bytes()
    if needed > available:
        raise NotEnoughMemoryError(
            f"{what} needs about {format_bytes(needed)} of memory, but {format_bytes(available)} "
            f"are available: {advice}. ({LIMIT_VARIABLE} sets another limit.)",
            needed,
            available,
        )


def _system_available() -> int | None:
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    try:
        # Without /proc only the total is known; half of it is a careful guess.
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
    except (AttributeError, ValueError, OSError):
        return None


def _group_available() -> int | None:
    root = Path("/sys/fs/cgroup")
    for limit_name, usage_name in (
        ("memory.max", "memory.current"),
        ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"),
    ):
        try:
            limit = int((root / limit_name).read_text())
            usage = int((root / usage_name).read_text())
        except (OSError, ValueError):
            continue
        return max(limit - usage, 0)
    return None
