"""The map of films and its file, ``map.json``."""

from __future__ import annotations

import dataclasses
import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matinee.errors import MapFormatError
from matinee.files import replace_file
from matinee.ids import Id

__all__ = ["FILE", "NO_GENRE", "FilmMap", "has_map", "read_map", "write_map"]

FILE = "map.json"
NO_GENRE = 255
_FORMAT, _VERSION = "matinee-map", 2
_MOST_BYTES = 256 * 2**20
_DAMAGE = (
    OSError,
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    ArithmeticError,
    RecursionError,
)
_AGAIN = "write it again with `matinee map`"
_COLUMNS: dict[str, np.dtype[Any]] = {
    "x": np.dtype("<f4"),
    "y": np.dtype("<f4"),
    "ratings": np.dtype("<u4"),
    "mean_stars": np.dtype("<f4"),
    "years": np.dtype("<i2"),
    "genres": np.dtype("u1"),
}


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
        ``"tsne"``, ``"pca"`` or ``"umap"``.
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
    explained_variance : sequence of two floats, or None
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
    explained_variance: Sequence[float] | None = None

    def __post_init__(self) -> None:
        n = len(self.x)
        for name in (*_COLUMNS, "movie_ids", "titles"):
            if np.shape(getattr(self, name)) != (n,):
                raise MapFormatError(f"the map has {n:,} films, but not so many {name}")
        # Written so that it also catches values that are not numbers.
        if n and not (np.abs(self.x) <= 1).all() & (np.abs(self.y) <= 1).all():
            raise MapFormatError("x or y has values outside -1 to 1; draw the map again")
        if not np.isfinite(self.mean_stars).all():
            raise MapFormatError("mean_stars has values that are no numbers; draw the map again")
        named = self.genres[self.genres != NO_GENRE]
        if named.size and int(named.max()) >= len(self.genre_names):
            raise MapFormatError(
                f"a film has genre {int(named.max())}, but only {len(self.genre_names)} are named"
            )

    def __len__(self) -> int:
        return len(self.x)

    def about(self) -> dict[str, Any]:
        """How the map was made, as plain values: everything but what it says of each film."""
        lists = (*_COLUMNS, "genre_names", "movie_ids", "titles")
        rest = [each.name for each in dataclasses.fields(self) if each.name not in lists]
        head = {"format": _FORMAT, "version": _VERSION, "count": len(self)}
        return {**head, **{name: getattr(self, name) for name in rest}}

    def names(self) -> dict[str, Any]:
        """How the map was made, and the names of its films and genres."""
        return {
            **self.about(),
            "genres": list(self.genre_names),
            "movie_ids": list(self.movie_ids),
            "titles": list(self.titles),
        }

    def to_bytes(self) -> bytes:
        """The points as a browser reads them: little-endian, without padding.

        A header of 16 bytes (``"MTNM"``, ``uint16`` version 1, ``uint16`` 0, ``uint32`` number of
        films, ``uint16`` number of genres, ``uint16`` 0), then ``x``, ``y``, ``ratings``,
        ``mean_stars``, ``years`` and ``genres``, each aligned to its type, so that typed arrays can
        be laid over the bytes as they came.
        """
        head = struct.pack("<4sHHIHH", b"MTNM", 1, 0, len(self), len(self.genre_names), 0)
        return head + b"".join(
            np.ascontiguousarray(getattr(self, name), dtype=dtype).tobytes()
            for name, dtype in _COLUMNS.items()
        )


def write_map(film_map: FilmMap, folder: Path | str) -> Path:
    """Write ``map.json`` into a folder, such as a model's; it takes its place in one step.

    Parameters
    ----------
    film_map : FilmMap
    folder : path
        Made if it is not there.

    Returns
    -------
    pathlib.Path
        Of the file.

    Raises
    ------
    OSError
        If the folder cannot be written.
    """
    path = Path(folder) / FILE
    columns = {
        name: getattr(film_map, name).astype(float).round(5).tolist()
        if dtype.kind == "f"
        else getattr(film_map, name).tolist()
        for name, dtype in _COLUMNS.items()
    }
    told = {**film_map.names(), **columns, "genre_names": list(film_map.genre_names)}
    with replace_file(path) as stream:
        stream.write(json.dumps(told, ensure_ascii=False, allow_nan=False).encode())
    return path


def has_map(folder: Path | str) -> bool:
    """Whether a folder holds a map."""
    return (Path(folder) / FILE).is_file()


def read_map(folder: Path | str) -> FilmMap:
    """Read a map back, and check it before it is believed.

    Parameters
    ----------
    folder : path
        What :func:`write_map` wrote to.

    Returns
    -------
    FilmMap

    Raises
    ------
    MapFormatError
        If the file is missing, damaged, of another format or of another version.
    """
    path = Path(folder) / FILE
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise MapFormatError(f"{path}: larger than {_MOST_BYTES // 2**20} MiB; {_AGAIN}")
        told = json.loads(path.read_text(encoding="utf-8"))
        if told.pop("format") != _FORMAT:
            raise MapFormatError(f"{path}: this is no map of films; {_AGAIN}")
        version = told.pop("version")
        if version != _VERSION:
            raise MapFormatError(
                f"{path}: of version {version!r}, but this Matinee reads version {_VERSION}; "
                f"upgrade Matinee, or {_AGAIN}"
            )
        if told.pop("count") != len(told["titles"]):
            raise ValueError("count is not the number of titles")
        _check(told)
        columns = {name: np.array(told[name], dtype=dtype) for name, dtype in _COLUMNS.items()}
        return FilmMap(**{**told, **columns})
    except MapFormatError as error:
        raise MapFormatError(
            f"{path}: {error}" if str(path) not in str(error) else str(error)
        ) from None
    except _DAMAGE as error:
        reason = f"{error} is missing" if isinstance(error, KeyError) else error
        raise MapFormatError(f"{path}: no map can be read ({reason}); {_AGAIN}") from None


def _check(told: dict[str, Any]) -> None:
    """Refuse what is of another kind than is written."""
    number, text, none = int | float, str, type(None)
    kinds: dict[str, Any] = {"layout": text, "model": text, "model_version": text | None}
    kinds |= {"dataset": text, "trustworthiness": number | None, "neighbors": int}
    for name, kind in kinds.items():
        if not isinstance(told[name], kind):
            raise ValueError(f"{name} is of another kind")
    for name, kind in (("genre_names", text), ("titles", text), ("movie_ids", int | str)):
        if not all(isinstance(value, kind) for value in told[name]):
            raise ValueError(f"{name} holds other things than names")
    shares = told["explained_variance"]
    if not isinstance(shares, none) and [isinstance(each, number) for each in shares] != [True] * 2:
        raise ValueError("explained_variance is not two numbers")
