"""Model directories: a ``manifest.json`` and one ``.npy`` file for each array, never a pickle.

Layout of format version 1::

    manifest.json            what the model is, and the size and checksum of each file below
    model.NAME.npy           the arrays of the model
    catalog.NAME.npy         the films, so that it answers by title without the data set
    spread.NAME.npy          how sure predicted stars are
    common.NAME.npy          what the base class needs: counts, means, user digests

Arrays are opened memory-mapped and read-only. A directory is written under a temporary name beside
its place and renamed, so that a reader sees the old model or the new one, whole.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from matinee.errors import ArtifactError, MatineeError
from matinee.ids import IdVocabulary
from matinee.models.spread import Spread
from matinee.ratings import MovieStats
from matinee.scale import RatingScale

if TYPE_CHECKING:
    from matinee.models.base import Recommender

__all__ = [
    "FORMAT",
    "FORMAT_VERSION",
    "Manifest",
    "check_target",
    "load_model",
    "read_manifest",
    "save_model",
]

FORMAT = "matinee-model"
FORMAT_VERSION = 1
MANIFEST = "manifest.json"
_MAX_MANIFEST_BYTES = 16 * 2**20


@dataclass(frozen=True)
class Manifest:
    """What ``manifest.json`` says.

    Attributes
    ----------
    model : str
        Short name.
    params : dict
        Hyper-parameters, the seed (``random_state``) among them.
    trained_on : dict
        Name, source, licence, citation and fingerprint of the data set; counts of ratings, users
        and movies.
    scale : dict
        ``minimum``, ``maximum`` and ``step`` of the stars.
    created : str
        UTC, ISO 8601.
    fit_seconds : float
    fit_top : float
        The standardised score that is a fit of 100.
    library_version : str
    version : str
        Identifies this very model: the first 12 digits of a digest of all its files.
    files : dict
        File name → ``{"bytes": int, "sha256": str}``.
    history : list of dict
        Loss curves.
    seed : int or None
        ``random_state`` once more, for readers of the manifest.
    """

    model: str
    params: dict[str, Any]
    trained_on: dict[str, Any]
    scale: dict[str, float]
    created: str
    fit_seconds: float
    fit_top: float
    library_version: str
    version: str
    files: dict[str, dict[str, Any]]
    history: list[dict[str, float]] = field(default_factory=list)
    seed: int | None = None
    format: str = FORMAT
    format_version: int = FORMAT_VERSION


def save_model(model: Recommender, path: Path | str) -> Path:
    """Write a model directory, in one step as seen from outside.

    An existing model directory of that path is replaced; anything else that is there stays.

    Parameters
    ----------
    model : Recommender
        A fitted model.
    path : path
        The directory.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    ArtifactError
        If something that is no model stands at ``path``, or the disk does not take it.
    """
    import matinee

    target = Path(path)
    check_target(target)
    arrays = {
        **{f"model.{name}": array for name, array in model._arrays().items()},
        **{f"catalog.{name}": array for name, array in model.catalog.arrays().items()},
        "common.counts": model.stats.counts,
        "common.means": model.stats.means,
    }
    if model.user_ids is not None and model.user_digests is not None:
        arrays["common.user_ids"] = model.user_ids.ids
        arrays["common.user_digests"] = model.user_digests
    if model.spread is not None:
        arrays |= {f"spread.{name}": array for name, array in model.spread.arrays().items()}
    temporary: Path | None = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
        files = {f"{name}.npy": _write_array(temporary, name, arrays[name]) for name in arrays}
        digest = hashlib.sha256(json.dumps(files, sort_keys=True).encode())
        digest.update(json.dumps(model.params, sort_keys=True).encode())
        manifest = Manifest(
            model=model.name,
            params=model.params,
            trained_on=model.trained_on,
            scale=asdict(model.scale),
            created=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
            fit_seconds=round(model.fit_seconds, 3),
            fit_top=model.fit_top,
            library_version=matinee.__version__,
            version=digest.hexdigest()[:12],
            files=files,
            history=model.history,
            seed=model.params.get("random_state"),
        )
        with (temporary / MANIFEST).open("w", encoding="utf-8") as stream:
            json.dump(asdict(manifest), stream, indent=2, ensure_ascii=False)
            stream.write("\n")
            stream.flush()
            os.fsync(stream.fileno())
        # mkdtemp makes it private; a model directory is as open as any other new directory.
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o777 & ~umask)
        _put_in_place(temporary, target)
    except OSError as error:
        raise ArtifactError(
            target,
            f"the model could not be written ({error.strerror or error}); "
            "check the path and the space on the disk, then save again",
        ) from error
    finally:
        if temporary is not None:
            shutil.rmtree(temporary, ignore_errors=True)
    return target


def check_target(path: Path | str) -> None:
    """Find out, before a long training, that a model cannot be written to a path.

    Raises
    ------
    ArtifactError
        If something that is no model stands there.
    """
    target = Path(path)
    if not target.exists():
        return
    if not target.is_dir():
        raise ArtifactError(target, "is a file; a model needs a directory of its own")
    if any(target.iterdir()) and not (target / MANIFEST).is_file():
        raise ArtifactError(
            target, "is a directory that holds something else; choose another path for the model"
        )


def _write_array(folder: Path, name: str, array: NDArray[Any]) -> dict[str, Any]:
    if array.dtype.hasobject:
        raise TypeError(f"array {name} holds Python objects")
    file = folder / f"{name}.npy"
    with file.open("wb") as stream:
        np.lib.format.write_array(stream, np.asarray(array, order="C"), allow_pickle=False)
        stream.flush()
        os.fsync(stream.fileno())
    return {"bytes": file.stat().st_size, "sha256": _sha256(file)}


def _put_in_place(temporary: Path, target: Path) -> None:
    if not target.exists():
        temporary.rename(target)
        return
    aside = Path(tempfile.mkdtemp(prefix=f".{target.name}.old.", dir=target.parent))
    former = aside / "model"
    target.rename(former)
    try:
        temporary.rename(target)
    except OSError:
        former.rename(target)
        raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def read_manifest(path: Path | str) -> Manifest:
    """Read and check the manifest of a model directory.

    Raises
    ------
    ArtifactError
        If there is no model, or the manifest is damaged, foreign or of a newer format.
    """
    folder = Path(path)
    file = folder / MANIFEST
    if not folder.exists():
        raise ArtifactError(folder, "no such model; train one with `matinee train MODEL --out DIR`")
    if not file.is_file():
        raise ArtifactError(
            folder,
            f"no {MANIFEST} here: not a model directory, or one that was only half written; "
            "train it again with `matinee train MODEL --out DIR`",
        )
    if file.stat().st_size > _MAX_MANIFEST_BYTES:
        raise ArtifactError(folder, f"{MANIFEST} is larger than 16 MiB; this is no Matinee model")
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ArtifactError(
            folder,
            f"{MANIFEST} cannot be read ({error.strerror or error}); see who may read the folder",
        ) from None
    except ValueError as error:
        raise ArtifactError(folder, f"{MANIFEST} is damaged ({error}); train it again") from None
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise ArtifactError(folder, f"{MANIFEST} is not that of a Matinee model")
    version = content.get("format_version")
    if not isinstance(version, int) or version > FORMAT_VERSION:
        raise ArtifactError(
            folder,
            f"written in format version {version}, newer than {FORMAT_VERSION}, which this Matinee "
            "reads; upgrade Matinee, or train the model again",
        )
    try:
        return Manifest(**content)
    except TypeError as error:
        raise ArtifactError(folder, f"{MANIFEST} lacks entries ({error}); train it again") from None


def load_model(path: Path | str, *, verify: bool = True) -> Recommender:
    """Open a model directory.

    Parameters
    ----------
    path : path
    verify : bool
        Whether to compare each file with its checksum, which reads all of them once. Without it
        only their sizes and headers are checked.

    Returns
    -------
    Recommender
        Of the class that was saved, ready to answer; its arrays are memory-mapped.

    Raises
    ------
    ArtifactError
        If the directory is damaged, foreign, newer or half-written.
    MissingExtraError
        If the model needs an optional dependency to answer.
    """
    from matinee.catalog import Catalog
    from matinee.models import create_model

    folder = Path(path)
    manifest = read_manifest(folder)
    arrays = {
        name.removesuffix(".npy"): _open_array(folder, name, entry, verify=verify)
        for name, entry in manifest.files.items()
    }
    try:
        model = create_model(manifest.model, **manifest.params)
        model.catalog = Catalog.from_arrays(_under("catalog", arrays))
        model.stats = MovieStats(arrays["common.counts"], arrays["common.means"])
        model.scale = RatingScale(**manifest.scale)
        model.user_ids, model.user_digests = None, None
        if "common.user_ids" in arrays:
            model.user_ids = IdVocabulary(arrays["common.user_ids"])
            model.user_digests = arrays["common.user_digests"]
        model._from_arrays(_under("model", arrays))
        if "spread.units" in arrays:
            model.spread = Spread.from_arrays(_under("spread", arrays))
    except (KeyError, TypeError, ValueError, MatineeError) as error:
        if isinstance(error, ImportError):
            raise
        problem = f"a missing array {error}" if isinstance(error, KeyError) else str(error)
        raise ArtifactError(folder, f"the model cannot be put together: {problem}") from error
    model.history = manifest.history
    model.fit_seconds, model.fit_top = manifest.fit_seconds, manifest.fit_top
    model.trained_on = manifest.trained_on
    model._prepare()
    return model


def _under(room: str, arrays: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    prefix = f"{room}."
    return {
        name.removeprefix(prefix): array
        for name, array in arrays.items()
        if name.startswith(prefix)
    }


def _open_array(folder: Path, name: str, entry: dict[str, Any], *, verify: bool) -> NDArray[Any]:
    if Path(name).name != name or not name.endswith(".npy"):
        raise ArtifactError(folder, f"{MANIFEST} names a file outside the model: {name!r}")
    file = folder / name
    again = "copy the directory again, or train the model again"
    try:
        size = file.stat().st_size
        if size != entry["bytes"]:
            raise ArtifactError(
                folder, f"{name} has {size:,} bytes, not {entry['bytes']:,}; {again}"
            )
        if verify and _sha256(file) != entry["sha256"]:
            raise ArtifactError(folder, f"{name} is damaged (its checksum differs); {again}")
        mapped: NDArray[Any] = np.load(file, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ArtifactError(folder, f"{name} cannot be read ({error}); {again}") from None
    # As a plain array over the same pages: each look into a np.memmap costs microseconds.
    return mapped.view(np.ndarray)
