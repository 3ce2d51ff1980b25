"""The map of films as a file: positions and figures in a compact binary, names in JSON beside it.

``map.bin`` is little-endian, without padding::

    offset  type             what
    0       4 bytes          "MTNM"
    4       uint16           version of the format, 1
    6       uint16           flags, 0
    8       uint32           count: number of films
    12      uint16           genres: number of genre names in map.json
    14      uint16           0
    16      float32[count]   x, from -1 to 1
            float32[count]   y, from -1 to 1
            uint32[count]    number of ratings
            float32[count]   mean stars; 0 where there are no ratings
            int16[count]     year of release; 0 where it is not known
            uint8[count]     genre: position in the names; 255 where there is none

Each array begins where the one before it ends, aligned to its type, so that a browser's typed
arrays can be laid over the bytes as they came. Films stand in the order of their ratings, the most
rated first. ``map.json`` names them in the same order and says how the map was made and how far it
can be trusted.
"""

from __future__ import annotations

import hashlib
import json
import os
import struct
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matinee.errors import MapFormatError
from matinee.ids import Id

__all__ = ["BINARY", "NAMES", "NO_GENRE", "FilmMap", "has_map", "read_map", "write_map"]

BINARY, NAMES = "map.bin", "map.json"
MAGIC = b"MTNM"
VERSION = 1
NO_GENRE = 255
MAX_FILMS = 2_000_000
_MAX_NAMES_BYTES = 512 * 2**20
_HEADER = struct.Struct("<4sHHIHH")
_COLUMNS = (
    ("x", np.dtype("<f4")),
    ("y", np.dtype("<f4")),
    ("ratings", np.dtype("<u4")),
    ("mean_stars", np.dtype("<f4")),
    ("years", np.dtype("<i2")),
    ("genres", np.dtype("u1")),
)
_ROW_BYTES = sum(dtype.itemsize for _, dtype in _COLUMNS)


@dataclass(frozen=True, eq=False)
class FilmMap:
    """Films in the plane, the most rated first.

    Parameters
    ----------
    x, y : ndarray, shape (n,), dtype float32
        Places, between -1 and 1, on one scale for both.
    ratings : ndarray, shape (n,), dtype uint32
        Number of ratings.
    mean_stars : ndarray, shape (n,), dtype float32
        Stars; 0 for films without ratings.
    years : ndarray, shape (n,), dtype int16
        Year of release, 0 where unknown.
    genres : ndarray, shape (n,), dtype uint8
        Main genre as a position in ``genre_names``; 255 where there is none.
    genre_names : sequence of str
    movie_ids : sequence of int or str
    titles : sequence of str
        As one says them, without the year.
    layout : str
        ``"neighbors"``, ``"pca"`` or ``"umap"``.
    model : str
        Short name of the model whose vectors are shown.
    model_version : str or None
        Which model of that name; None for one that was never saved.
    dataset : str
        What the model learned from.
    trustworthiness : float or None
        How far films that stand near each other belong together, 0 to 1; None if not measured.
    neighbors : int
        How many nearest films `trustworthiness` looks at.
    explained_variance : (float, float) or None
        Share of the variance of the vectors along x and along y, from 0 to 1; PCA only.

    Raises
    ------
    MapFormatError
        If the columns do not fit together or hold what cannot be drawn.

    Examples
    --------
    >>> import numpy as np
    >>> film_map = FilmMap(
    ...     x=np.float32([0.5, -1]), y=np.float32([0, 1]), ratings=np.uint32([20, 3]),
    ...     mean_stars=np.float32([4.5, 2]), years=np.int16([1995, 0]),
    ...     genres=np.uint8([0, 255]), genre_names=["Crime"], movie_ids=[6, 1],
    ...     titles=["Heat", "Nothing"], layout="pca", model="svd",
    ... )  # fmt: skip
    >>> len(film_map), len(film_map.to_bytes())
    (2, 54)
    """

    x: NDArray[np.float32]
    y: NDArray[np.float32]
    ratings: NDArray[np.uint32]
    mean_stars: NDArray[np.float32]
    years: NDArray[np.int16]
    genres: NDArray[np.uint8]
    genre_names: Sequence[str]
    movie_ids: Sequence[Id]
    titles: Sequence[str]
    layout: str
    model: str
    model_version: str | None = None
    dataset: str = ""
    trustworthiness: float | None = None
    neighbors: int = 15
    explained_variance: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        n = len(self.x)
        for name in (*(name for name, _ in _COLUMNS), "movie_ids", "titles"):
            if len(getattr(self, name)) != n:
                length = len(getattr(self, name))
                raise MapFormatError(f"the map has {n:,} films, but {length:,} {name}")
        if n > MAX_FILMS:
            raise MapFormatError(f"{n:,} films, more than the limit of {MAX_FILMS:,}")
        if len(self.genre_names) >= NO_GENRE:
            raise MapFormatError(
                f"{len(self.genre_names)} genres; a map has room for {NO_GENRE - 1}"
            )
        for name in ("x", "y"):
            values = getattr(self, name)
            # Written so that it also catches values that are not numbers.
            if n and not bool(np.all(np.abs(values) <= 1)):
                raise MapFormatError(f"{name} has values outside -1 to 1; draw the map again")
        if not bool(np.all(np.isfinite(self.mean_stars))):
            raise MapFormatError("mean_stars has values that are no numbers; draw the map again")
        named = self.genres[self.genres != NO_GENRE]
        if named.size and int(named.max()) >= len(self.genre_names):
            raise MapFormatError(
                f"a film has genre {int(named.max())}, but only {len(self.genre_names)} are named"
            )

    def __len__(self) -> int:
        return len(self.x)

    def _repr_html_(self) -> str:
        """The map in a notebook: its picture."""
        from matinee.explore.map.picture import draw_map

        return draw_map(self)._repr_html_()

    def to_bytes(self) -> bytes:
        """The content of ``map.bin``."""
        head = _HEADER.pack(MAGIC, VERSION, 0, len(self), len(self.genre_names), 0)
        columns = (
            np.ascontiguousarray(getattr(self, name), dtype=dtype).tobytes()
            for name, dtype in _COLUMNS
        )
        return b"".join((head, *columns))

    def names(self) -> dict[str, Any]:
        """What ``map.json`` says, as plain values."""
        binary = self.to_bytes()
        return {
            "format": "matinee-map",
            "version": VERSION,
            "count": len(self),
            "layout": self.layout,
            "model": self.model,
            "model_version": self.model_version,
            "dataset": self.dataset,
            "trustworthiness": self.trustworthiness,
            "neighbors": self.neighbors,
            "explained_variance": (
                None if self.explained_variance is None else list(self.explained_variance)
            ),
            "genres": list(self.genre_names),
            "movie_ids": list(self.movie_ids),
            "titles": list(self.titles),
            "binary": {"bytes": len(binary), "sha256": hashlib.sha256(binary).hexdigest()},
        }

    def names_json(self) -> str:
        """The content of ``map.json``."""
        return json.dumps(self.names(), ensure_ascii=False, allow_nan=False) + "\n"


def write_map(film_map: FilmMap, folder: Path | str) -> Path:
    """Write ``map.bin`` and ``map.json`` into a folder, such as a model's.

    Each takes the place of the one before it in one step. A reader who meets the new one of one and
    the old one of the other finds that the checksum differs.

    Parameters
    ----------
    film_map : FilmMap
    folder : path
        Made if it is not there.

    Returns
    -------
    pathlib.Path
        Of ``map.bin``.

    Raises
    ------
    OSError
        If the folder cannot be written.
    """
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    _replace(target / BINARY, film_map.to_bytes())
    _replace(target / NAMES, film_map.names_json().encode("utf-8"))
    return target / BINARY


def has_map(folder: Path | str) -> bool:
    """Whether a folder holds the two files of a map."""
    return (Path(folder) / BINARY).is_file() and (Path(folder) / NAMES).is_file()


def read_map(folder: Path | str) -> FilmMap:
    """Read a map back, checking every length before it is believed.

    Parameters
    ----------
    folder : path
        What :func:`write_map` wrote to.

    Returns
    -------
    FilmMap
        Its arrays are read-only.

    Raises
    ------
    MapFormatError
        If a file is missing, cut off, of another format or a newer version, or does not belong to
        the other.
    """
    home = Path(folder)
    binary, names = home / BINARY, home / NAMES
    try:
        if binary.stat().st_size > _HEADER.size + MAX_FILMS * _ROW_BYTES:
            raise MapFormatError(f"{binary}: larger than a map of {MAX_FILMS:,} films")
        if names.stat().st_size > _MAX_NAMES_BYTES:
            raise MapFormatError(f"{names}: larger than {_MAX_NAMES_BYTES // 2**20} MiB")
        content, text = binary.read_bytes(), names.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise MapFormatError(f"{home}: no map can be read ({error}); {_AGAIN}") from None
    columns, n_genres = _columns(content, binary)
    known = _names(text, names)
    if known["binary"] != {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}:
        raise MapFormatError(f"{home}: {BINARY} and {NAMES} are not of one map; {_AGAIN}")
    if n_genres != len(known["genres"]):
        raise MapFormatError(
            f"{home}: {BINARY} counts {n_genres} genres, {NAMES} names {len(known['genres'])}; "
            f"{_AGAIN}"
        )
    variance = known["explained_variance"]
    try:
        return FilmMap(
            **columns,
            genre_names=known["genres"],
            movie_ids=known["movie_ids"],
            titles=known["titles"],
            layout=known["layout"],
            model=known["model"],
            model_version=known["model_version"],
            dataset=known["dataset"],
            trustworthiness=known["trustworthiness"],
            neighbors=known["neighbors"],
            explained_variance=None if variance is None else (variance[0], variance[1]),
        )
    except MapFormatError as error:
        raise MapFormatError(f"{home}: {error}") from None


_AGAIN = "write it again with `matinee map`"
_NUMBER, _MAYBE_NUMBER, _MAYBE_TEXT = (int, float), (int, float, type(None)), (str, type(None))
_FIELDS: dict[str, tuple[type, ...]] = {
    "layout": (str,),
    "model": (str,),
    "model_version": _MAYBE_TEXT,
    "dataset": (str,),
    "trustworthiness": _MAYBE_NUMBER,
    "neighbors": (int,),
    "explained_variance": (list, type(None)),
    "genres": (list,),
    "movie_ids": (list,),
    "titles": (list,),
    "binary": (dict,),
}


def _columns(content: bytes, path: Path) -> tuple[dict[str, NDArray[Any]], int]:
    if len(content) < _HEADER.size:
        raise MapFormatError(f"{path}: {len(content)} bytes, too short for a map; {_AGAIN}")
    magic, version, flags, count, n_genres, zero = _HEADER.unpack_from(content)
    if magic != MAGIC:
        raise MapFormatError(f"{path}: begins with {magic!r}, not with {MAGIC!r}: this is no map")
    if version != VERSION or flags or zero:
        raise MapFormatError(
            f"{path}: written as version {version} with flags {flags}, but this Matinee reads "
            f"version {VERSION}; upgrade Matinee, or {_AGAIN}"
        )
    if count > MAX_FILMS:
        raise MapFormatError(f"{path}: {count:,} films, more than the limit of {MAX_FILMS:,}")
    expected = _HEADER.size + count * _ROW_BYTES
    if len(content) != expected:
        raise MapFormatError(
            f"{path}: {len(content):,} bytes, but {count:,} films take {expected:,}; {_AGAIN}"
        )
    columns: dict[str, NDArray[Any]] = {}
    offset = _HEADER.size
    for name, dtype in _COLUMNS:
        columns[name] = np.frombuffer(content, dtype=dtype, count=count, offset=offset)
        offset += count * dtype.itemsize
    return columns, n_genres


def _names(text: str, path: Path) -> dict[str, Any]:
    try:
        known = json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise MapFormatError(f"{path}: damaged ({error}); {_AGAIN}") from None
    if not isinstance(known, dict) or known.get("format") != "matinee-map":
        raise MapFormatError(f"{path}: not the names of a map; {_AGAIN}")
    for name, kinds in _FIELDS.items():
        if name not in known or not isinstance(known[name], kinds):
            raise MapFormatError(f"{path}: {name} is missing or of another kind; {_AGAIN}")
    for name, kinds in (("genres", (str,)), ("titles", (str,)), ("movie_ids", (int, str))):
        if not all(isinstance(value, kinds) for value in known[name]):
            raise MapFormatError(f"{path}: {name} holds other things than names; {_AGAIN}")
    variance = known["explained_variance"]
    if variance is not None and (
        len(variance) != 2 or not all(isinstance(value, _NUMBER) for value in variance)
    ):
        raise MapFormatError(f"{path}: explained_variance is not two numbers; {_AGAIN}")
    return known


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no number")


def _replace(path: Path, content: bytes) -> None:
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    finally:
        Path(temporary).unlink(missing_ok=True)
