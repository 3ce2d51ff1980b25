"""Files that were handed in for an import, until somebody has looked at what they would do.

They lie in a folder that all workers of a server share, so that it does not matter which of them
answers. Each is named by a number that cannot be guessed, within the folder of its person.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from matinee.errors import StoreError
from matinee.memory import format_bytes
from matinee.server.errors import Problem

__all__ = ["Upload", "Uploads", "clean_name"]

SECONDS = 3600
MOST_EACH = 8
MOST_BYTES = 512 * 2**20
_ID = re.compile(r"[0-9a-f]{32}")
_LONGEST_NAME = 100


def clean_name(name: str | None) -> str:
    r"""The name of a file as it may be shown and compared: no folders, nothing invisible.

    Examples
    --------
    >>> clean_name("C:\\films\\ratings.csv"), clean_name("../../etc/passwd"), clean_name(None)
    ('ratings.csv', 'passwd', 'file')
    """
    last = re.split(r"[/\\]", name or "")[-1]
    shown = "".join(sign for sign in last if sign.isprintable()).strip()
    return shown[-_LONGEST_NAME:] or "file"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was handed in.

    Attributes
    ----------
    import_id : str
    name : str
    expires : int
        Unix seconds.
    """

    import_id: str
    name: str
    expires: int


class Uploads:
    """Keeps files for an hour, at most eight for each person.

    Parameters
    ----------
    root : Path
    seconds, most_each, most_bytes : int
        How long, how many for one person, and how much for all.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     uploads = Uploads(Path(folder))
    ...     kept = uploads.keep(1, "ratings.csv", b"Date,Name")
    ...     print(uploads.read(1, kept.import_id)[1], uploads.read(2, kept.import_id))
    b'Date,Name' None
    """

    def __init__(
        self,
        root: Path,
        *,
        seconds: int = SECONDS,
        most_each: int = MOST_EACH,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self._root, self._seconds = root, seconds
        self._most_each, self._most_bytes = most_each, most_bytes
        self._lock = threading.Lock()

    def keep(self, person_id: int, name: str, data: bytes) -> Upload:
        """Keep a file; of more than eight of a person the oldest goes.

        Raises
        ------
        Problem
            503 if there is no room for any more files.
        StoreError
            If the folder cannot be written.
        """
        import_id, shown = uuid.uuid4().hex, clean_name(name)
        folder = self._folder(person_id)
        with self._lock:
            taken = sum(size for _, size in self._sweep())
            if taken + len(data) > self._most_bytes:
                raise Problem(
                    503,
                    "too-many-imports",
                    f"files of others take {format_bytes(taken)} for the next hour; try again "
                    f"later, or use `matinee import` on the command line",
                    headers={"Retry-After": "600"},
                )
            own = sorted(self._files(folder), key=_made)
            for path in own[: max(0, len(own) - self._most_each + 1)]:
                path.unlink(missing_ok=True)
            try:
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
                handle, temporary = tempfile.mkstemp(prefix=".", dir=folder)
                with os.fdopen(handle, "wb") as file:
                    file.write(json.dumps({"name": shown}).encode() + b"\n")
                    file.write(data)
                Path(temporary).replace(folder / import_id)
            except OSError as error:
                raise StoreError(
                    f"the file cannot be kept in {folder} ({error.strerror}); free some space there"
                ) from None
        return Upload(import_id, shown, int(time.time()) + self._seconds)

    def read(self, person_id: int, import_id: str) -> tuple[Upload, bytes] | None:
        """A file of this person and what is in it; None if there is none, or no longer."""
        if not _ID.fullmatch(import_id):
            return None
        path = self._folder(person_id) / import_id
        try:
            expires = int(_made(path) + self._seconds)
            if expires <= time.time():
                return None
            with path.open("rb") as file:
                name = json.loads(file.readline())["name"]
                return Upload(import_id, name, expires), file.read()
        except (OSError, ValueError):
            return None

    def drop(self, person_id: int, import_id: str) -> bool:
        """Forget a file; whether it was there."""
        if not _ID.fullmatch(import_id):
            return False
        path = self._folder(person_id) / import_id
        there = path.exists()
        path.unlink(missing_ok=True)
        return there

    def drop_all(self, person_id: int) -> None:
        """Forget all files of a person."""
        for path in self._files(self._folder(person_id)):
            path.unlink(missing_ok=True)

    def of(self, person_id: int) -> list[Upload]:
        """The files of a person, the latest first."""
        found = []
        for path in self._files(self._folder(person_id)):
            with suppress(OSError, ValueError), path.open("rb") as file:
                expires = int(_made(path) + self._seconds)
                if expires > time.time():
                    name = json.loads(file.readline())["name"]
                    found.append(Upload(path.name, name, expires))
        return sorted(found, key=lambda one: -one.expires)

    def _folder(self, person_id: int) -> Path:
        return self._root / str(int(person_id))

    @staticmethod
    def _files(folder: Path) -> list[Path]:
        try:
            return [path for path in folder.iterdir() if _ID.fullmatch(path.name)]
        except OSError:
            return []

    def _sweep(self) -> Iterator[tuple[Path, int]]:
        """Remove what is too old, whatever its name; the others and their sizes."""
        oldest = time.time() - self._seconds
        try:
            folders = list(self._root.iterdir())
        except OSError:
            return
        for folder in folders:
            with suppress(OSError):
                for path in list(folder.iterdir()):
                    with suppress(OSError):
                        stat = path.stat()
                        if stat.st_mtime <= oldest:
                            path.unlink()
                        else:
                            yield path, stat.st_size


def _made(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
