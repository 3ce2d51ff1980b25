"""Where the data sets of the articles are: in a folder, in the cache, or nowhere."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from matinee.datasets.cache import cached_path
from matinee.datasets.known import KNOWN, SAMPLE
from matinee.errors import UnknownDatasetError

__all__ = ["Sources"]


@dataclass(frozen=True)
class Sources:
    """Finds data sets by name.

    Parameters
    ----------
    folder : Path, optional
        Looked into first; the cache of downloads comes second.
    sample_only : bool
        Whether the bundled sample stands in for everything, whatever there is.

    Examples
    --------
    >>> Sources.of("sample").find("ml-1m") is None
    True
    """

    folder: Path | None = None
    sample_only: bool = False

    @classmethod
    def of(cls, data: str | Path | None) -> Sources:
        """From what ``--data`` says: a folder, the zip of one data set, ``"sample"``, or nothing.

        Raises
        ------
        UnknownDatasetError
            If there is no such folder.
        """
        if data is None:
            return cls()
        if str(data) == SAMPLE.name:
            return cls(sample_only=True)
        folder = Path(data).expanduser()
        if not folder.exists() and str(data) not in KNOWN:
            raise UnknownDatasetError(
                f"there is no folder {str(data)!r}: --data names the folder that holds ml-1m.zip, "
                "ml-100k.zip and ml-latest-small.zip, or 'sample'"
            )
        return cls(folder)

    def find(self, name: str) -> Path | None:
        """Where a data set is, or None."""
        if self.sample_only:
            return None
        places = []
        if self.folder is not None:
            places = [self.folder / f"{name}.zip", self.folder / name]
            if self.folder.stem == name:
                places.append(self.folder)
        places.append(cached_path(name))
        return next((place for place in places if place.exists()), None)

    def has_any(self, names: Iterable[str]) -> bool:
        """Whether one of some data sets is there."""
        return any(self.find(name) is not None for name in names)

    def missing(self, names: tuple[str, ...]) -> str:
        """How to get what is missing, in a sentence."""
        which = " or ".join(names)
        where = f"{self.folder} nor" if self.folder else "a folder of --data nor"
        return (
            f"{which} is neither in {where} in the cache: get it with "
            f"'matinee data get {names[-1]}', or put {names[-1]}.zip into the folder of --data"
        )
