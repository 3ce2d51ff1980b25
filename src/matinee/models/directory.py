"""Model directories: a ``manifest.json`` and one ``.npy`` file for each array, never a pickle.

Layout of format version 1::

    manifest.json            what the model is, and the size and checksum of each file below
    model.NAME.npy           the arrays of the model
    catalog.NAME.npy         the films, so that it answers by title without the data set
    spread.NAME.npy          how sure predicted stars are
    common.NAME.npy          what the base class needs: counts, means, user digests

Arrays are opened memory-mapped and read-only, and none is believed before it was compared with what
its family declares (:mod:`matinee.arrays`). A directory is written beside its place and
renamed, so that a reader sees the old model or the new one, whole.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import stat
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict, TypeAdapter, ValidationError

import matinee
from matinee.arrays import (
    LARGEST,
    ArraySpec,
    Specs,
    any_numbers,
    check_arrays,
    floats,
    identifiers,
    integers,
)
from matinee.errors import ArtifactError, DataError, MissingExtraError
from matinee.files import folder_beside, sync_folder
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

    __pydantic_config__: ClassVar = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)

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


_MANIFEST = TypeAdapter(Manifest)


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
    try:
        with folder_beside(target) as folder:
            made = folder / "model"
            made.mkdir()
            files = {f"{name}.npy": _write_array(made, name, arrays[name]) for name in arrays}
            _write_manifest(made, model, files)
            if target.exists():
                target.rename(folder / "old")
            try:
                made.rename(target)
            except OSError:
                (folder / "old").rename(target)
                raise
            sync_folder(target.parent)
    except OSError as error:
        raise ArtifactError(
            target,
            f"the model could not be written ({error.strerror or error}); "
            "check the path and the space on the disk, then save again",
        ) from error
    return target


def _write_manifest(folder: Path, model: Recommender, files: dict[str, dict[str, Any]]) -> None:
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
    with (folder / MANIFEST).open("w", encoding="utf-8") as stream:
        json.dump(asdict(manifest), stream, indent=2, ensure_ascii=False)
        stream.write("\n")
        stream.flush()
        os.fsync(stream.fileno())


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
        text = file.read_text(encoding="utf-8")
        content = json.loads(text)
    except OSError as error:
        raise ArtifactError(
            folder,
            f"{MANIFEST} cannot be read ({error.strerror or error}); see who may read the folder",
        ) from None
    except (ValueError, RecursionError) as error:
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
        manifest = _MANIFEST.validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise ArtifactError(
            folder, f"{MANIFEST} is damaged ({where}: {first['msg']}); train it again"
        ) from None
    about = manifest.trained_on
    texts = (about.get("dataset"), about.get("source"), about.get("fingerprint"))
    counts = (about.get("ratings"), about.get("users"), about.get("movies"))
    if not all(isinstance(x, str) for x in texts) or not all(type(x) is int for x in counts):
        raise ArtifactError(folder, f"{MANIFEST} does not say what the model was trained on")
    return manifest


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
    folder = Path(path)
    manifest = read_manifest(folder)
    try:
        return _open(folder, manifest, verify=verify)
    except (ArtifactError, MissingExtraError):
        raise
    except Exception as error:
        # Whatever a damaged directory leads to is said here, once.
        text = str(error) or type(error).__name__
        raise ArtifactError(folder, f"the model cannot be put together: {text}") from error


def _open(folder: Path, manifest: Manifest, *, verify: bool) -> Recommender:
    from matinee.catalog import Catalog
    from matinee.models import create_model

    arrays = {
        name.removesuffix(".npy"): _open_array(folder, name, entry, verify=verify)
        for name, entry in manifest.files.items()
    }
    rooms: dict[str, dict[str, NDArray[Any]]]
    rooms = {"catalog": {}, "common": {}, "model": {}, "spread": {}}
    for name, array in arrays.items():
        room, _, own = name.partition(".")
        if room not in rooms:
            raise DataError(f"the file {name}.npy belongs to nothing")
        rooms[room][own] = array
    sides: dict[str, int] = {}
    check_arrays(rooms["catalog"], Catalog.array_specs(), sides, values=verify)
    common: Specs = {"counts": integers("movies"), "means": floats("movies")}
    if "user_ids" in rooms["common"]:
        digests = ArraySpec(("uint64",), ("users",), 0, 2.0**64)
        common |= {"user_ids": identifiers("users"), "user_digests": digests}
    check_arrays(rooms["common"], common, sides, values=verify)
    model = create_model(manifest.model, **manifest.params)
    model.catalog = Catalog.from_arrays(rooms["catalog"])
    model.stats = MovieStats(rooms["common"]["counts"], rooms["common"]["means"])
    model.scale = scale = RatingScale(**manifest.scale)
    if not -LARGEST <= scale.minimum <= scale.maximum <= LARGEST or not 0 <= scale.step <= LARGEST:
        raise DataError(f"there are no stars on the scale {scale}")
    model.user_ids, model.user_digests = None, None
    if "user_ids" in rooms["common"]:
        model.user_ids = IdVocabulary(rooms["common"]["user_ids"])
        model.user_digests = rooms["common"]["user_digests"]
    specs = model._array_specs(rooms["model"])
    if specs is None:
        specs = {name: any_numbers(array) for name, array in rooms["model"].items()}
    check_arrays(rooms["model"], specs, sides, values=verify)
    model._from_arrays(rooms["model"])
    if rooms["spread"]:
        check_arrays(rooms["spread"], Spread.specs(model), {}, values=verify)
        model.spread = Spread.from_arrays(rooms["spread"])
    model.history = manifest.history
    model.fit_seconds, model.fit_top = manifest.fit_seconds, manifest.fit_top
    model.trained_on = manifest.trained_on
    model._prepare()
    return model


def _open_array(folder: Path, name: str, entry: dict[str, Any], *, verify: bool) -> NDArray[Any]:
    if Path(name).name != name or not name.endswith(".npy"):
        raise ArtifactError(folder, f"{MANIFEST} names a file outside the model: {name!r}")
    file = folder / name
    again = "copy the directory again, or train the model again"
    try:
        status = file.lstat()
        if not stat.S_ISREG(status.st_mode):
            raise ArtifactError(folder, f"{name} is no regular file; {again}")
        if status.st_size != entry["bytes"]:
            raise ArtifactError(
                folder, f"{name} has {status.st_size:,} bytes, not {entry['bytes']:,}; {again}"
            )
        if verify and _sha256(file) != entry["sha256"]:
            raise ArtifactError(folder, f"{name} is damaged (its checksum differs); {again}")
        mapped = np.lib.format.open_memmap(file, mode="r")
    except (OSError, ValueError, KeyError, TypeError, OverflowError) as error:
        raise ArtifactError(folder, f"{name} cannot be read ({error}); {again}") from None
    # As a plain array over the same pages: each look into a np.memmap costs microseconds.
    return mapped.view(np.ndarray)
