"""The data sets that Matinee knows by name: where they are, what they hold, on what terms."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path

from matinee.errors import UnknownDatasetError
from matinee.paths import cache_path

__all__ = [
    "KNOWN",
    "SAMPLE",
    "KnownDataset",
    "cache_folder",
    "cached_path",
    "in_cache",
    "known",
    "recognize_folder",
]

BASE_URL = "https://files.grouplens.org/datasets/movielens/"

_CITATION = (
    "F. Maxwell Harper and Joseph A. Konstan. 2015. The MovieLens Datasets: History and Context. "
    "ACM Transactions on Interactive Intelligent Systems 5, 4, Article 19. "
    "https://doi.org/10.1145/2827872"
)
_CLOSED = (
    "GroupLens: for research, with acknowledgement; not to be redistributed, "
    "no commercial use without permission"
)
_SHARED = (
    "GroupLens: for research, with acknowledgement; redistribution under the same conditions, "
    "no commercial use without permission"
)


@dataclass(frozen=True, slots=True)
class KnownDataset:
    """One data set of GroupLens.

    Attributes
    ----------
    name : str
        Short name, such as ``"ml-1m"``.
    summary : str
        One line for people.
    ratings, users, movies : int
        As published; of an edition that changes, the numbers of its last known state.
    size : int
        Bytes of the zip file, approximately.
    md5 : str
        Checksum of the zip where GroupLens' file does not change, in hex; empty where the file
        ``….zip.md5`` beside it is asked.
    licence, citation : str
        Terms in one line, and what to cite.
    folder : str
        Name of the folder inside the zip.
    """

    name: str
    summary: str
    ratings: int
    users: int
    movies: int
    size: int
    md5: str = ""
    licence: str = _SHARED
    citation: str = _CITATION
    folder: str = ""

    @property
    def file(self) -> str:
        """Name of the zip file."""
        return f"{self.name}.zip"

    @property
    def url(self) -> str:
        """GroupLens' own address."""
        return BASE_URL + self.file


SAMPLE = KnownDataset(
    "sample",
    "bundled: MovieLens latest-small, edition of 2016, half stars",
    100_003,
    671,
    9_064,
    580_000,
)

_DATASETS = (
    KnownDataset(
        "ml-100k",
        "1998, whole stars; folds u1-u5, ua, ub; people's age, gender, occupation",
        100_000,
        943,
        1_682,
        4_924_029,
        "0e33842e24a9c977be4e0107933c0723",
        _CLOSED,
    ),
    KnownDataset(
        "ml-1m",
        "2000, whole stars; people's age, gender, occupation",
        1_000_209,
        6_040,
        3_883,
        5_917_549,
        "c4d9eecfca2ab87c1945afe126590906",
        _CLOSED,
    ),
    KnownDataset(
        "ml-10m",
        "2009, half stars; tags",
        10_000_054,
        69_878,
        10_681,
        65_566_137,
        "ce571fd55effeba0271552578f2648bd",
        _CLOSED,
        folder="ml-10M100K",
    ),
    KnownDataset(
        "ml-20m",
        "2016, half stars; tags, links, tag genome",
        20_000_263,
        138_493,
        27_278,
        198_702_078,
        "cd245b17a1ae2cc31bb14903e1204af3",
    ),
    KnownDataset(
        "ml-25m",
        "2019, half stars; tags, links, tag genome",
        25_000_095,
        162_541,
        62_423,
        261_978_986,
        "6b51fb2759a8657d3bfcbfc42b592ada",
    ),
    KnownDataset(
        "ml-32m", "2024, half stars; tags, links", 32_000_204, 200_948, 87_585, 239_000_000
    ),
    KnownDataset("ml-latest-small", "2018, half stars; tags, links", 100_836, 610, 9_742, 978_202),
    KnownDataset(
        "ml-latest",
        "changes; half stars; tags, links, tag genome",
        33_832_162,
        330_975,
        86_537,
        350_000_000,
    ),
)

KNOWN: dict[str, KnownDataset] = {dataset.name: dataset for dataset in _DATASETS}
"""The data sets that ``matinee data get`` fetches, by name."""


def known(name: str) -> KnownDataset:
    """The data set of one name.

    Raises
    ------
    UnknownDatasetError
        Naming the nearest one.

    Examples
    --------
    >>> known("ml-1m").url
    'https://files.grouplens.org/datasets/movielens/ml-1m.zip'
    """
    if name in KNOWN:
        return KNOWN[name]
    near = difflib.get_close_matches(name.casefold(), KNOWN, 1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    raise UnknownDatasetError(f"there is no data set {name!r}.{hint} There are {', '.join(KNOWN)}.")


def cache_folder() -> Path:
    """The folder of downloaded data sets: in ``MATINEE_CACHE``, or in the platform's cache."""
    return cache_path() / "datasets"


def cached_path(name: str) -> Path:
    """Where the zip of a known data set is, or would be.

    Raises
    ------
    UnknownDatasetError
        If there is no data set of this name.
    """
    return cache_folder() / known(name).file


def in_cache() -> dict[str, Path]:
    """The data sets that have been downloaded."""
    places = {name: cached_path(name) for name in KNOWN}
    return {name: path for name, path in places.items() if path.is_file()}


def recognize_folder(folder: str) -> KnownDataset | None:
    """The data set whose zip holds this folder, or none.

    Examples
    --------
    >>> recognize_folder("ml-10M100K").name
    'ml-10m'
    """
    for dataset in KNOWN.values():
        if folder.casefold() in (dataset.name, dataset.folder.casefold()):
            return dataset
    return None
