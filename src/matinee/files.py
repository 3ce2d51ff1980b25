"""Files and folders that are whole or not there at all, also after a run was killed.

What is written stands under a hidden name beside its place until it is whole, and is then renamed.
It is locked meanwhile, so that the next run can tell what a killed one has left, and removes it.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

__all__ = ["folder_beside", "replace_file", "sync_folder"]

_SUFFIX = ".tmp"
_DAY = 86_400


@contextmanager
def replace_file(path: Path, *, private: bool = False) -> Iterator[BinaryIO]:
    """Write a file that takes its place at the end of the block, unless that is left by an error.

    Parameters
    ----------
    path : pathlib.Path
        Its folder is made if need be.
    private : bool
        Whether only its owner may read it; else it is as open as any new file.

    Raises
    ------
    OSError
        If the disk does not take it; what was there before is still there then.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    _sweep(path)
    temporary, lock = _make(path, folder=False)
    try:
        with temporary.open("wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        if not private:
            temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
        sync_folder(path.parent)
    finally:
        temporary.unlink(missing_ok=True)
        _unlock(lock)


@contextmanager
def folder_beside(path: Path) -> Iterator[Path]:
    """A new empty folder beside a path, for what becomes the path by a rename; it goes at the end.

    Raises
    ------
    OSError
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    _sweep(path)
    temporary, lock = _make(path, folder=True)
    try:
        yield temporary
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
        _unlock(lock)


def sync_folder(folder: Path) -> None:
    """Let a rename survive a loss of power, where the system can be told."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _make(path: Path, *, folder: bool) -> tuple[Path, int | None]:
    while True:
        prefix = f".{path.name}."
        if folder:
            made = Path(tempfile.mkdtemp(prefix=prefix, suffix=_SUFFIX, dir=path.parent))
            made.chmod(0o777 & ~_umask())
        else:
            handle, name = tempfile.mkstemp(prefix=prefix, suffix=_SUFFIX, dir=path.parent)
            os.close(handle)
            made = Path(name)
        lock = _lock(made, wait=True)
        if made.exists():
            return made, lock
        _unlock(lock)  # swept by somebody between our making it and our locking it


def _sweep(path: Path) -> None:
    """Remove what killed runs have left of a path."""
    for entry in path.parent.glob(f".{_escaped(path.name)}.*{_SUFFIX}"):
        with suppress(OSError):
            lock = _lock(entry, wait=False)
            try:
                if entry.is_dir():
                    shutil.rmtree(entry, ignore_errors=True)
                else:
                    entry.unlink()
            finally:
                _unlock(lock)


def _escaped(name: str) -> str:
    return "".join(f"[{sign}]" if sign in "*?[" else sign for sign in name)


def _umask() -> int:
    umask = os.umask(0o022)
    os.umask(umask)
    return umask


if sys.platform == "win32":

    def _lock(path: Path, *, wait: bool) -> int | None:
        # Folders cannot be locked there: what is older than a day belongs to nobody.
        if not wait and path.stat().st_mtime > time.time() - _DAY:
            raise BlockingIOError(str(path))
        return None

    def _unlock(lock: int | None) -> None:
        pass

else:

    def _lock(path: Path, *, wait: bool) -> int | None:
        import fcntl

        try:
            descriptor = os.open(path, os.O_RDONLY)
        except FileNotFoundError:
            if wait:
                return None
            raise
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except OSError:
            os.close(descriptor)
            if not wait:
                raise
            return None  # a file system without locks
        return descriptor

    def _unlock(lock: int | None) -> None:
        if lock is not None:
            os.close(lock)
