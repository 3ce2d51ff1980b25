"""The tag genome of ML-20M, ML-25M and ML-latest: how well each of 1,128 tags fits each film."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from matinee.catalog import Catalog
from matinee.datasets.archive import Source, line_blocks, open_source, prefetched, read_member
from matinee.datasets.films import csv_lines, decoded
from matinee.datasets.problems import Problems
from matinee.datasets.reading import load_catalog, resolve
from matinee.datasets.rows import strip_bom
from matinee.errors import FormatError, NotEnoughMemoryError
from matinee.ids import IdVocabulary
from matinee.memory import available_bytes, format_bytes
from matinee.progress import Progress, report

__all__ = ["TagGenome", "load_genome"]

_SCORES = "genome-scores.csv"
_TAGS = "genome-tags.csv"
_SCORE_TYPES: dict[str, Any] = {"movieId": pl.Int32, "tagId": pl.Int32, "relevance": pl.Float32}


@dataclass(frozen=True, eq=False)
class TagGenome:
    """Relevance of every tag to the films that the genome covers.

    The genome is dense (each film has all tags), so it is kept as one matrix: 4 bytes for each
    pair, 62 MB for ML-25M's 13,816 films.

    Parameters
    ----------
    movie_ids : IdVocabulary
        The films that it covers.
    names : tuple of str
        The tags.
    relevance : ndarray, shape (len(movie_ids), len(names)), dtype float32
        From 0 (does not fit) to 1; row ``i`` is the film ``movie_ids.id_of(i)``.

    References
    ----------
    J. Vig, S. Sen and J. Riedl, "The Tag Genome: Encoding Community Knowledge to Support Novel
    Interaction", ACM TiiS 2(3), 2012.
    """

    movie_ids: IdVocabulary
    names: tuple[str, ...]
    relevance: NDArray[np.float32]

    def of(self, movie_id: int, n: int = 10) -> list[tuple[str, float]]:
        """The `n` tags that fit a film best, with their relevance; empty if it is not covered."""
        row = self.movie_ids.code_of(movie_id)
        if row < 0:
            return []
        best = np.argsort(-self.relevance[row], kind="stable")[:n]
        return [(self.names[int(tag)], float(self.relevance[row, tag])) for tag in best]

    def rows_of(self, catalog: Catalog) -> NDArray[np.int32]:
        """For each film of a catalogue its row here, -1 where it is not covered."""
        return self.movie_ids.encode(catalog.movie_ids.ids)

    def __repr__(self) -> str:
        return f"TagGenome({len(self.movie_ids):,} films, {len(self.names):,} tags)"


def load_genome(source: str | os.PathLike[str], *, progress: Progress | None = None) -> TagGenome:
    """Read the tag genome; :func:`~matinee.datasets.load` leaves it out for its size.

    Parameters
    ----------
    source : str or path
        Name, folder or zip of a data set that has it.
    progress : callable, optional
        Receives :class:`~matinee.progress.ProgressEvent`, in bytes.

    Raises
    ------
    FormatError
        If there is no genome, or it is not complete.
    NotEnoughMemoryError
        If the matrix would not fit.
    """
    path = resolve(source)
    if path is None:
        raise FormatError("the bundled sample has no tag genome: ML-20M and ML-25M have it")
    films = load_catalog(source).movie_ids
    with open_source(path) as files:
        found = {member.rpartition("/")[2].lower(): member for member in files.members()}
        if _SCORES not in found or _TAGS not in found:
            raise FormatError(
                f"{path.name} has no tag genome ({_SCORES} and {_TAGS}): ML-20M and ML-25M have it"
            )
        names = _read_names(files, found[_TAGS])
        return _read_scores(files, found[_SCORES], films, names, progress)


def _read_names(files: Source, member: str) -> tuple[str, ...]:
    rows = csv_lines(decoded(read_member(files, member)), ",", member, Problems())
    header = next(rows, (1, []))[1]
    tags = [fields for _, fields in rows]
    numbered = [int(fields[0]) if fields[0].isdecimal() else 0 for fields in tags]
    if header != ["tagId", "tag"] or numbered != list(range(1, len(tags) + 1)):
        raise FormatError(f"{member} must have the columns tagId, tag, the tags numbered from 1")
    return tuple(fields[1].strip() for fields in tags)


def _read_scores(
    files: Source,
    member: str,
    films: IdVocabulary,
    names: tuple[str, ...],
    progress: Progress | None,
) -> TagGenome:
    total = files.members()[member]
    # A row of the file has at least 8 bytes, and each film has one row for each tag.
    needed = 4 * min(total // 8, len(films) * len(names))
    available = available_bytes()
    if needed > available:
        raise NotEnoughMemoryError(
            f"the tag genome needs up to {format_bytes(needed)}, and {format_bytes(available)} are "
            f"available: close other programs, or raise MATINEE_MEMORY_LIMIT",
            needed,
            available,
        )
    most = min(len(films), total // (8 * max(len(names), 1)) + 1)
    matrix = np.full((most, len(names)), np.nan, dtype=np.float32)
    row_of = np.full(len(films), -1, dtype=np.int32)
    done, rows = 0, 0
    for block in prefetched(line_blocks(files, member, 2**23)):
        frame = _parse(block, member, header=done == 0)
        codes = films.encode(frame["movieId"].to_numpy())
        tags = frame["tagId"].to_numpy() - 1
        if codes.size and (codes.min() < 0 or tags.min() < 0 or tags.max() >= len(names)):
            raise FormatError(f"{member} names a film or tag that the other tables do not have")
        fresh = np.unique(codes[row_of[codes] < 0])
        row_of[fresh] = np.arange(rows, rows + fresh.size, dtype=np.int32)
        rows += fresh.size
        if rows > len(matrix):
            raise FormatError(f"{member} is not complete: each film must have each tag")
        matrix[row_of[codes], tags] = frame["relevance"].to_numpy()
        done += len(block)
        report(progress, f"read {member}", done, total, unit="bytes")
    covered = np.flatnonzero(row_of >= 0)
    relevance = matrix[row_of[covered]]
    if not np.isfinite(relevance).all():
        raise FormatError(f"{member} is not complete: each film must have each tag")
    return TagGenome(IdVocabulary(films.ids[covered]), names, relevance)


def _parse(block: bytes, member: str, *, header: bool) -> pl.DataFrame:
    if header:
        block = strip_bom(block)
        first, _, block = block.partition(b"\n")
        if first.strip() != b",".join(map(str.encode, _SCORE_TYPES)):
            raise FormatError(
                f"{member} must have the columns {', '.join(_SCORE_TYPES)}, got {first[:80]!r}"
            )
    try:
        frame = pl.read_csv(block, has_header=False, schema=_SCORE_TYPES)
    except pl.exceptions.PolarsError as error:
        raise FormatError(f"{member} is damaged: {str(error).splitlines()[0]}") from error
    if any(frame[name].null_count() for name in _SCORE_TYPES):
        raise FormatError(f"{member} is damaged: a row has a missing value")
    return frame
