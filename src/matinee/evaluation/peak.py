"""How much memory a stretch of work takes at its highest."""

from __future__ import annotations

import contextlib
import re
import sys
from pathlib import Path

__all__ = ["PeakMemory"]

_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


class PeakMemory:
    """The highest resident memory of this process since the object was made.

    On Linux the kernel's own high-water mark is reset and read, so that nothing is missed between
    two looks. Elsewhere the highest value of the whole process is known, which is at least that.
    (``getrusage`` would not do on Linux: a child process inherits its parent's peak.)

    Attributes
    ----------
    start : int
        Resident memory at the beginning, in bytes.
    """

    def __init__(self) -> None:
        # Where this is not allowed, the mark reaches back to the start of the process.
        with contextlib.suppress(OSError):
            _CLEAR.write_text("5")
        self.start = _read("VmRSS") or _highest()

    @property
    def bytes(self) -> int:
        """The highest resident memory since the beginning."""
        return max(_read("VmHWM") or _highest(), self.start)

    @property
    def added(self) -> int:
        """How much of it came on top of what there was at the beginning."""
        return self.bytes - self.start


def _read(name: str) -> int:
    try:
        match = re.search(rf"^{name}:\s+(\d+) kB", _STATUS.read_text(), re.MULTILINE)
    except OSError:
        return 0
    return int(match[1]) * 1024 if match else 0


def _highest() -> int:
    try:
        import resource
    except ImportError:  # Windows
        return 0
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
