"""``load``: from a name, a folder, a zip or a file to a :class:`~matinee.dataset.Dataset`."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from matinee.catalog import Catalog
from matinee.dataset import Dataset, ReadReport
from matinee.datasets.archive import SingleFile, Source, line_blocks, open_source, read_member
from matinee.datasets.assemble import make_ratings
from matinee.datasets.cache import cached_path
from matinee.datasets.columns import check_mapping
from matinee.datasets.films import catalog_of, read_films, read_links, vocabulary_of
from matinee.datasets.frames import as_scale, columns_of, film_frame
from matinee.datasets.known import KNOWN, KnownDataset, recognise_folder
from matinee.datasets.layout import BESIDE, Layout, find_layout
from matinee.datasets.problems import Problems
from matinee.datasets.rows import RatingColumns, Role, RowFormat, read_rows
from matinee.datasets.sniff import sniff
from matinee.datasets.tags import read_tags
from matinee.datasets.values import Kind
from matinee.errors import FormatError, UnknownDatasetError
from matinee.progress import Progress, report
from matinee.scale import RatingScale

__all__ = ["load", "load_catalog", "resolve"]

_SAMPLE = "sample"
_HALF_STARS = RatingScale(0.5, 5.0, 0.5)
_WHOLE_STARS = RatingScale(1.0, 5.0, 1.0)
_MOVIELENS_HEADER = ("userId", "movieId", "rating", "timestamp")


def load(
    source: str | os.PathLike[str] = _SAMPLE,
    *,
    format: str | None = None,  # noqa: A002  (the word that Polars and pandas users expect)
    columns: Mapping[str, str] | None = None,
    scale: RatingScale | tuple[float, float] | None = None,
    skip_bad_rows: bool = False,
    progress: Progress | None = None,
) -> Dataset:
    """Read ratings and films.

    Parameters
    ----------
    source : str or path
        ``"sample"`` for the bundled sample; the name of a downloaded data set, such as
        ``"ml-1m"``; a folder or a zip file in one of MovieLens' layouts; or one's own CSV, TSV or
        Parquet file, or a folder or zip with it. Where a data set has not been downloaded, a path
        of the same name is taken.
    format : str, optional
        A key of :data:`~matinee.datasets.FORMATS`, where it is not to be detected.
    columns : mapping, optional
        Which column has which role in a table of one's own, such as
        ``{"user": "who", "movie": "film"}``; the others are recognised by their names. Columns of a
        file without a header are named by number, from 1.
    scale : RatingScale or (float, float), optional
        Stars outside it are wrong rows, and the ratings keep it as their scale. Otherwise
        MovieLens files are held to MovieLens' own scale, other files are not, and the scale of the
        ratings is read from the data.
    skip_bad_rows : bool
        Leave wrong rows out and count them by kind in ``Dataset.report``; otherwise the first one
        is an error.
    progress : callable, optional
        Receives :class:`~matinee.progress.ProgressEvent`, in bytes.

    Returns
    -------
    Dataset
        With ``report`` saying how many rows were read, left out and repeated.

    Raises
    ------
    UnknownDatasetError
        If there is neither a data set of this name nor a path, or it has not been downloaded.
    FormatError
        If the files are not in a known layout, are empty, or lack a column.
    BadRowError
        At the first wrong row: file, line, column and value.
    ArchiveError
        If a zip is damaged, unsafe, or unpacks to more than the limit (``MATINEE_MAX_UNPACKED``,
        by default 4 GB).

    Examples
    --------
    >>> data = load("sample")
    >>> data
    Dataset('sample', 100,004 ratings, 671 users, 9,066 films)
    >>> print(data.ratings.scale)
    0.5 to 5 in steps of 0.5
    """
    path = resolve(source)
    if path is None:
        from matinee.datasets.bundled import load_sample

        return load_sample()
    mapping = check_mapping(columns)
    bounds = as_scale(scale)
    problems = Problems(skip_bad_rows)
    with open_source(path, beside=BESIDE) as files:
        chosen = path.name if isinstance(files, SingleFile) else ""
        layout = find_layout(files.members(), path.name, format, chosen=chosen)
        catalog = _catalog(files, layout, problems)
        table = _rating_columns(files, layout, mapping, bounds, problems, progress)
        report(progress, "code ratings", 0, len(table), unit="ratings")

        def line_of(row: int, movie: str) -> int:
            return _line_of(files, table, row, movie)

        ratings = make_ratings(table, catalog, problems, scale=bounds, line_of=line_of)
    report(progress, "code ratings", len(ratings), len(ratings), unit="ratings")
    about = _known_by(path, layout)
    read = ReadReport(table.rows, dict(problems.counts), ratings.duplicates)
    if read.skipped or read.duplicates:
        report(progress, "read", note=f"{path.name}: {read}")
    return Dataset(
        ratings,
        Catalog.untitled(ratings.movie_ids) if catalog is None else catalog,
        name=about.name if about else path.stem,
        source=str(path),
        licence=about.licence if about else "",
        citation=about.citation if about else "",
        report=read,
    )


def load_catalog(
    source: str | os.PathLike[str] = _SAMPLE, *, skip_bad_rows: bool = False
) -> Catalog:
    """Read only the films: also from a source that has no ratings.

    Raises
    ------
    UnknownDatasetError, FormatError, BadRowError, ArchiveError
        As :func:`load` does.

    Examples
    --------
    >>> load_catalog("sample").find("the matrix")
    2571
    """
    path = resolve(source)
    if path is None:
        from matinee.datasets.bundled import load_sample

        return load_sample().catalog
    with open_source(path) as files:
        layout = find_layout(files.members(), path.name, ratings=False)
        catalog = _catalog(files, layout, Problems(skip_bad_rows))
    if catalog is None:
        raise FormatError(f"{path.name} has no film table: u.item, movies.dat or movies.csv")
    return catalog


def resolve(source: str | os.PathLike[str]) -> Path | None:
    """The path of a source; None stands for the bundled sample.

    Raises
    ------
    UnknownDatasetError
        If there is neither a data set of this name nor a path, or it has not been downloaded.
    """
    name = os.fspath(source)
    if name == _SAMPLE:
        return None
    path = Path(name).expanduser()
    if isinstance(source, str) and name in KNOWN:
        cached = cached_path(name)
        if cached.is_file():
            return cached
        if not path.exists():
            raise UnknownDatasetError(
                f"{name} has not been downloaded: get it with 'matinee data get {name}' "
                f"(about {KNOWN[name].size / 1e6:,.0f} MB), or name a folder or zip that has it"
            )
    if path.exists():
        return path
    names = [_SAMPLE, *KNOWN]
    near = difflib.get_close_matches(name.casefold(), names, 1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    raise UnknownDatasetError(
        f"there is neither a file or folder nor a data set {name!r}.{hint} Data sets are "
        f"{', '.join(names)}; 'matinee data get ml-1m' downloads one"
    )


def _known_by(path: Path, layout: Layout) -> KnownDataset | None:
    """Which of GroupLens' data sets this is, by the name of the folder that holds the files."""
    folder = layout.folder.rpartition("/")[2]
    for name in (folder, path.stem if path.is_file() else path.name):
        if name and (found := recognise_folder(name)) is not None:
            return found
    return None


def _catalog(files: Source, layout: Layout, problems: Problems) -> Catalog | None:
    member = layout.others.get("films")
    if member is None:
        return None
    if member.lower().endswith((".parquet", ".pq")):
        films = film_frame(read_parquet(files, member), member)
    else:
        films = read_films(files, member, problems).frame()
    vocabulary = vocabulary_of(films)
    extra: dict[str, Any] = {}
    if "links" in layout.others:
        links = read_links(files, layout.others["links"], vocabulary, problems)
        extra = dict(zip(("imdb_ids", "tmdb_ids"), links, strict=True))
    if "tags" in layout.others:
        extra["tags"] = read_tags(files, layout.others["tags"], vocabulary, problems)
    return catalog_of(films, vocabulary, **extra)


def _rating_columns(
    files: Source,
    layout: Layout,
    mapping: Mapping[Role, str],
    bounds: RatingScale | None,
    problems: Problems,
    progress: Progress | None,
) -> RatingColumns:
    if layout.format == "parquet":
        frame = read_parquet(files, layout.ratings)
        return columns_of(frame, mapping, layout.ratings, problems, bounds)
    row_format = row_format_of(files, layout, mapping, bounds)
    return read_rows(files, layout.ratings, row_format, problems, progress)


def row_format_of(
    files: Source,
    layout: Layout,
    mapping: Mapping[Role, str],
    bounds: RatingScale | None,
) -> RowFormat:
    """How the ratings of a layout are written."""
    if layout.format == "ml-100k":
        names = ("user id", "item id", "rating", "timestamp")
        return _plain_format("\t", names, bounds or _WHOLE_STARS)
    if layout.format == "ml-1m":
        names = ("UserID", "MovieID", "Rating", "Timestamp")
        return _plain_format("::", names, bounds or _HALF_STARS)
    separator = "\t" if layout.ratings.lower().endswith(".tsv") else None
    found = sniff(files, layout.ratings, mapping, bounds=bounds, separator=separator)
    if found.names == _MOVIELENS_HEADER and not mapping:
        integers: dict[Role, Kind] = {"user": "int64", "movie": "int64", "timestamp": "seconds"}
        kinds = {**found.kinds, **integers}
        found = replace(found, kinds=kinds, bounds=bounds or _HALF_STARS)
    return found


def _plain_format(separator: str, names: tuple[str, ...], bounds: RatingScale) -> RowFormat:
    return RowFormat(
        separator,
        names,
        {"user": 0, "movie": 1, "rating": 2, "timestamp": 3},
        {"user": "int32", "movie": "int32", "rating": "stars", "timestamp": "seconds"},
        bounds=bounds,
    )


def read_parquet(files: Source, member: str) -> pl.DataFrame:
    """A Parquet member as a frame.

    Raises
    ------
    FormatError
        If it is not one.
    """
    try:
        return pl.read_parquet(read_member(files, member), use_pyarrow=False)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise FormatError(f"{member} is not a readable Parquet file: {error}") from error


def _line_of(files: Source, table: RatingColumns, row: int, movie: str) -> int:
    """The first line that names a film; for tables without lines, the row counted from 1."""
    if not table.format.separator:
        return row + 1
    position = table.format.positions["movie"]
    separator = table.format.separator.encode()
    line = 0
    for block in line_blocks(files, table.file):
        for text in block.splitlines():
            line += 1
            fields = text.split(separator)
            if len(fields) > position and fields[position].strip(b' "\r') == movie.encode():
                return line
    return row + 1
