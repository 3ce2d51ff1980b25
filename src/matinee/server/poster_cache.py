"""Posters on disk: each at most six months old, all together no larger than allowed."""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from matinee.errors import ParameterError

__all__ = ["MOST_DAYS", "Picture", "PosterCache", "default_folder", "image_type"]

MOST_DAYS = 180
"""TMDB's terms allow its content to be kept for six months."""

_DAY = 86_400
_TYPES = {".jpg": "image/jpeg", ".png": "image/png", ".webp": "image/webp"}
_NOTHING = ".none"
_KEY = re.compile(r"[a-z]{1,8}-[a-z0-9]{1,40}")


@dataclass(frozen=True, slots=True)
class Picture:
    """A poster.

    Attributes
    ----------
    content : bytes
    media_type : str
        Such as ``"image/jpeg"``, read from the bytes themselves.
    fetched : float
        Unix time.
    """

    content: bytes
    media_type: str
    fetched: float


def default_folder() -> Path:
    """Where posters are kept unless somebody says otherwise: in the platform's cache."""
    from matinee.paths import cache_path

    return cache_path() / "posters"


def image_type(content: bytes) -> str | None:
    """What kind of picture these bytes are, by their beginning; None for anything else.

    Examples
    --------
    >>> image_type(b"GIF89a"), image_type(bytes.fromhex("ffd8ffe0"))
    (None, 'image/jpeg')
    """
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return None


class PosterCache:
    """Posters, and the knowledge that a film has none, as files of one folder.

    Several processes may share the folder: a file appears whole or not at all.

    Parameters
    ----------
    folder : path
        Made when first written to.
    days : float
        How long a poster is kept at most, up to 180 days.
    missing_days : float
        How long to believe that a film has no poster.
    most_bytes : int
        Beyond this, the posters that were fetched first go.

    Raises
    ------
    ParameterError
        If `days` is not above 0 and at most 180.

    Examples
    --------
    >>> import tempfile
    >>> cache = PosterCache(tempfile.mkdtemp())
    >>> cache.find("tmdb-603") is None
    True
    >>> cache.keep("tmdb-603", bytes.fromhex("ffd8ffe0"))
    >>> cache.find("tmdb-603").media_type
    'image/jpeg'
    """

    def __init__(
        self,
        folder: Path | str,
        *,
        days: float = MOST_DAYS,
        missing_days: float = 7,
        most_bytes: int = 256 * 2**20,
    ) -> None:
        if not 0 < days <= MOST_DAYS:
            raise ParameterError(
                f"posters may be kept for up to {MOST_DAYS} days by TMDB's terms, got {days:g}"
            )
        self.folder = Path(folder)
        self._seconds = days * _DAY
        self._missing_seconds = min(missing_days, days) * _DAY
        self._most_bytes = most_bytes
        self._lock = threading.Lock()
        self._bytes: int | None = None
        self._swept = 0.0

    def find(self, key: str) -> Picture | bool | None:
        """The poster of a film; False if it has none, None if that is not known (any more)."""
        now = time.time()
        for suffix, media_type in _TYPES.items():
            file = self._file(key, suffix)
            try:
                fetched = file.stat().st_mtime
                if not self._holds(now - fetched, self._seconds):
                    file.unlink()
                    continue
                content = file.read_bytes()
            except OSError:
                continue
            if image_type(content) == media_type:
                return Picture(content, media_type, fetched)
            file.unlink(missing_ok=True)
        try:
            age = now - self._file(key, _NOTHING).stat().st_mtime
        except OSError:
            return None
        return False if self._holds(age, self._missing_seconds) else None

    @staticmethod
    def _holds(age: float, most: float) -> bool:
        """Whether something of this age may stay; a clock that was put back makes it too old."""
        return -_DAY < age < most

    def keep(self, key: str, content: bytes | None) -> None:
        """Keep a poster, or with None that there is none; errors of the disk are no matter.

        Raises
        ------
        ValueError
            If the bytes are no picture.
        """
        suffix = _NOTHING
        if content is not None:
            kind = image_type(content)
            found = next((end for end, media_type in _TYPES.items() if media_type == kind), None)
            if found is None:
                raise ValueError("not a picture")
            suffix = found
        file = self._file(key, suffix)
        with contextlib.suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            self._write(file, content or b"")
            for other in (*_TYPES, _NOTHING):
                if other != suffix:
                    self._file(key, other).unlink(missing_ok=True)
            self._bound(len(content or b""))

    def _write(self, file: Path, content: bytes) -> None:
        handle, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=self.folder)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
            Path(name).replace(file)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise

    def _bound(self, added: int) -> None:
        """Look through the folder now and then, or as soon as it may have grown too large."""
        with self._lock:
            if self._bytes is not None:
                self._bytes += added
                if self._bytes <= self._most_bytes and time.time() - self._swept < _DAY:
                    return
            self._bytes = self.sweep()
            self._swept = time.time()

    def sweep(self) -> int:
        """Remove what is too old, then the oldest while there is too much; the bytes that stay."""
        now, kept = time.time(), []
        for entry in os.scandir(self.folder):
            suffix = Path(entry.name).suffix
            if suffix not in (*_TYPES, _NOTHING, ".part"):
                continue
            with contextlib.suppress(OSError):
                stat = entry.stat()
                # A part is of a write that goes on now, or of a process that was killed.
                most = 3600 if suffix == ".part" else self._seconds
                if self._holds(now - stat.st_mtime, most):
                    kept.append((stat.st_mtime, stat.st_size, entry.path))
                else:
                    Path(entry.path).unlink()
        total = sum(size for _, size, _ in kept)
        # A tenth of room is made at once, so that not every new poster begins another search.
        target = self._most_bytes if total <= self._most_bytes else self._most_bytes * 9 // 10
        for _, size, path in sorted(kept):
            if total <= target:
                break
            with contextlib.suppress(OSError):
                Path(path).unlink()
            total -= size
        return total

    def _file(self, key: str, suffix: str) -> Path:
        if not _KEY.fullmatch(key):
            raise ValueError(f"{key!r} is no key of a poster")
        return self.folder / f"{key}{suffix}"
