"""Publishing models: a new one takes over in one step, and the last ones are kept for going back.

A published root is a directory::

    CURRENT                          one line: the name of the version that answers now
    versions/20260301T174500000000Z-3f2a9c0d1e5b/    a model directory, see matinee.models.directory
    versions/…                       earlier ones, and later ones that were rolled back

``CURRENT`` is replaced by a rename, so that a reader finds the old name or the new one, whole, on
any platform. One process at a time publishes or rolls back; readers take no lock.
"""

from __future__ import annotations

import datetime as dt
import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import matinee
from matinee.errors import ArtifactError, ParameterError
from matinee.files import folder_beside, replace_file, sync_folder
from matinee.models.directory import MANIFEST, check_target, read_manifest
from matinee.paths import cache_path, data_path

if TYPE_CHECKING:
    from matinee.models.base import Recommender

__all__ = [
    "CURRENT",
    "KEEP",
    "Published",
    "cached_models_path",
    "check_root",
    "current_path",
    "default_model_path",
    "default_root",
    "is_published",
    "own_model_path",
    "publish",
    "published",
    "rollback",
]

CURRENT = "CURRENT"
KEEP = 3
"""How many versions stay: the current one, and the newest of the others."""

_VERSIONS = "versions"
_LOCK = ".publishing"
_NAME = re.compile(r"\d{8}T\d{12}Z-[0-9a-f]{12}")
_TIME = "%Y%m%dT%H%M%S%fZ"
_WAIT_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Published:
    """One version of a published root.

    Attributes
    ----------
    name : str
        Its directory; names sort by the time of publishing.
    path : pathlib.Path
    current : bool
        Whether it answers now.
    """

    name: str
    path: Path
    current: bool


def default_root() -> Path:
    """Where models are published unless somebody says otherwise."""
    return data_path() / "published"


def own_model_path() -> Path:
    """Where ``matinee train`` puts a model without ``--out``, and where others look first."""
    return data_path() / "model"


def cached_models_path() -> Path:
    """Where models are kept that were trained because a question needed one."""
    return cache_path() / "models" / matinee.__version__


def default_model_path() -> Path | None:
    """The model that answers where none is named; None where there is none yet.

    It is the user's own one or the one that is published in the usual place: of both, the one that
    was trained, published or gone back to last.
    """
    own, root = own_model_path(), default_root()
    if not is_published(root):
        return own if own.exists() else None
    manifest = own / MANIFEST
    if manifest.is_file() and manifest.stat().st_mtime_ns > (root / CURRENT).stat().st_mtime_ns:
        return own
    return current_path(root)


def is_published(path: Path | str) -> bool:
    """Whether a directory is a published root, rather than a model directory."""
    return (Path(path) / CURRENT).is_file()


def current_path(path: Path | str) -> Path:
    """The model directory to load: the current version of a published root, else the path itself.

    Raises
    ------
    ArtifactError
        If ``CURRENT`` names no version.
    """
    root = Path(path)
    if not is_published(root):
        return root
    name = _read_current(root)
    if name is None:
        raise ArtifactError(
            root,
            f"{CURRENT} does not name a version; publish again with `matinee train --publish`, "
            "or go back with `matinee rollback`",
        )
    return root / _VERSIONS / name


def published(root: Path | str) -> list[Published]:
    """The versions of a root, the newest first."""
    folder = Path(root)
    now = _read_current(folder)
    return [
        Published(name, folder / _VERSIONS / name, name == now) for name in reversed(_names(folder))
    ]


def publish(
    model: Recommender,
    root: Path | str,
    *,
    keep: int = KEEP,
    complete: Callable[[Path], None] | None = None,
) -> Published:
    """Save a model as a new version of a root and let it take over.

    Parameters
    ----------
    model : Recommender
        A fitted model.
    root : path
        Made if it is not there.
    keep : int
        How many versions stay, at least 2: there is always one to go back to.
    complete : callable, optional
        Called with the model's directory before it takes over, to put something beside it: a map
        of its films. If it fails, what was current stays current.

    Returns
    -------
    Published

    Raises
    ------
    ArtifactError
        If something else is in ``root``, another process publishes for more than a minute, or the
        disk does not take it; what was current stays current.

    Examples
    --------
    >>> import tempfile
    >>> import matinee
    >>> ratings = matinee.Ratings.from_columns([1, 1, 2], [10, 20, 20], [4.0, 3.0, 5.0])
    >>> model = matinee.create_model("popular").fit(matinee.Dataset.of(ratings))
    >>> with tempfile.TemporaryDirectory() as root:
    ...     first, second = publish(model, root), publish(model, root)
    ...     current_path(root) == second.path, rollback(root).name == first.name
    (True, True)
    """
    if keep < 2:
        raise ParameterError(f"keep must be 2 or more, so that one can go back, got {keep}")
    folder = Path(root)
    check_root(folder)
    versions = folder / _VERSIONS
    try:
        versions.mkdir(parents=True, exist_ok=True)
        with _alone(folder):
            with folder_beside(versions / "new") as made:
                model.save(made / "model")
                if complete is not None:
                    complete(made / "model")
                path = versions / _new_name(folder, read_manifest(made / "model").version)
                (made / "model").rename(path)
            sync_folder(versions)
            _write_current(folder, path.name)
            _prune(folder, keep)
    except OSError as error:
        raise ArtifactError(folder, f"cannot be published to: {error.strerror or error}") from None
    return Published(path.name, path, True)


def rollback(root: Path | str, *, to: str | None = None) -> Published:
    """Let an earlier version answer again; again, the one before it.

    Parameters
    ----------
    root : path
    to : str, optional
        The name of a version, or the beginning of it or of its digest; it may also be a later one
        that was rolled back. Without it, the version before the current one.

    Raises
    ------
    ArtifactError
        If there is no such version, or it is damaged; what was current stays current.
    """
    folder = Path(root)
    if not (folder / _VERSIONS).is_dir():
        raise ArtifactError(folder, "nothing was published here; see `matinee train --publish`")
    try:
        with _alone(folder):
            now, names = _read_current(folder), _names(folder)
            name = _earlier(folder, names, now) if to is None else _named(folder, names, to)
            _check_whole(folder / _VERSIONS / name)
            _write_current(folder, name)
    except OSError as error:
        raise ArtifactError(folder, f"cannot be changed: {error.strerror or error}") from None
    return Published(name, folder / _VERSIONS / name, True)


def check_root(root: Path | str) -> None:
    """See that models can be published to a path.

    Raises
    ------
    ArtifactError
        If it is a file, a model directory, or a directory with other things in it.
    """
    folder = Path(root)
    if (folder / MANIFEST).is_file():
        raise ArtifactError(
            folder, "is a model directory; publish to another directory, which holds the versions"
        )
    if not (folder / _VERSIONS).is_dir():
        check_target(folder)


def _names(root: Path) -> list[str]:
    versions = root / _VERSIONS
    if not versions.is_dir():
        return []
    return sorted(entry.name for entry in versions.iterdir() if _NAME.fullmatch(entry.name))


def _read_current(root: Path) -> str | None:
    try:
        with (root / CURRENT).open(encoding="utf-8") as stream:
            name = stream.read(200).strip()
    except (OSError, UnicodeDecodeError):
        return None
    known = _NAME.fullmatch(name) and (root / _VERSIONS / name / MANIFEST).is_file()
    return name if known else None


def _write_current(root: Path, name: str) -> None:
    with replace_file(root / CURRENT) as stream:
        stream.write(f"{name}\n".encode())


def _new_name(root: Path, version: str) -> str:
    """A name after all others, also where the clock was set back."""
    moment = dt.datetime.now(dt.UTC)
    names = _names(root)
    if names:
        last = dt.datetime.strptime(names[-1].partition("-")[0], _TIME).replace(tzinfo=dt.UTC)
        moment = max(moment, last + dt.timedelta(microseconds=1))
    return f"{moment.strftime(_TIME)}-{version}"


def _earlier(root: Path, names: list[str], now: str | None) -> str:
    earlier = [name for name in names if now is None or name < now]
    if not earlier:
        raise ArtifactError(root, f"there is no version before {now or 'the current one'}")
    return earlier[-1]


def _named(root: Path, names: list[str], to: str) -> str:
    fitting = [
        name
        for name in names
        if to and (name.startswith(to) or name.partition("-")[2].startswith(to))
    ]
    if to in names:
        return to
    if len(fitting) != 1:
        problem = "several versions fit" if fitting else "no version fits"
        shown = ", ".join(reversed(fitting or names)) or "none"
        raise ArtifactError(root, f"{problem} {to!r}; there are {shown}")
    return fitting[0]


def _check_whole(path: Path) -> None:
    manifest = read_manifest(path)
    for name, entry in manifest.files.items():
        file = path / name
        if not file.is_file() or file.stat().st_size != entry["bytes"]:
            raise ArtifactError(path, f"{name} is missing or has another size; choose another")


def _prune(root: Path, keep: int) -> None:
    now = _read_current(root)
    others = [name for name in _names(root) if name != now]
    for name in others[: max(len(others) - (keep - 1), 0)]:
        # A reader that has it open keeps what it has mapped; where the system does not allow
        # that, the directory stays until next time.
        shutil.rmtree(root / _VERSIONS / name, ignore_errors=True)


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    from matinee.locking import exclusive

    deadline = time.monotonic() + _WAIT_SECONDS
    while True:
        lock = exclusive(root / _LOCK)
        try:
            lock.__enter__()
            break
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise ArtifactError(
                    root, f"another process has been publishing for {_WAIT_SECONDS} s; try later"
                ) from None
            time.sleep(0.05)
    try:
        yield
    finally:
        lock.__exit__(None, None, None)
