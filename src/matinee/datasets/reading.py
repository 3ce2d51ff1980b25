"""``load`` and ``from_frame``: from a name, a folder, a file or a frame to a data set."""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from matinee.catalog import Catalog
from matinee.coding import distinct, encode_all
from matinee.dataset import Dataset, ReadReport
from matinee.datasets.films import (
    catalog_of,
    duplicates_of,
    film_frame,
    join_by_links,
    read_films,
    read_links,
    read_tags,
    vocabulary_of,
)
from matinee.datasets.known import KNOWN, SAMPLE, KnownDataset, cached_path, recognize_folder
from matinee.datasets.layout import BESIDE, Layout, find_layout
from matinee.errors import DataError, FormatError, ParameterError, UnknownDatasetError
from matinee.ids import Codes, IdVocabulary
from matinee.progress import Progress, report
from matinee.ratings import Ratings
from matinee.scale import RatingScale
from matinee.tables import problems as kinds
from matinee.tables.archive import SingleFile, Source, line_blocks, open_source, read_member
from matinee.tables.columns import check_mapping
from matinee.tables.problems import Problems
from matinee.tables.ratings import (
    RatingColumns,
    RatingTable,
    columns_of_frame,
    describe,
    read_ratings,
)
from matinee.tables.values import INTEGER

__all__ = ["as_polars", "from_frame", "load", "load_catalog", "rating_table_of", "resolve"]

_HALF_STARS = RatingScale(0.5, 5.0, 0.5)
_WHOLE_STARS = RatingScale(1.0, 5.0, 1.0)
_MOVIELENS_NAMES = {
    "ml-100k": ("user id", "item id", "rating", "timestamp"),
    "ml-1m": ("UserID", "MovieID", "Rating", "Timestamp"),
    "movielens": ("userId", "movieId", "rating", "timestamp"),
}
_TOPS = {5.0: _HALF_STARS, 10.0: RatingScale(1.0, 10.0, 1.0), 100.0: RatingScale(0.0, 100.0, 1.0)}


def load(
    source: str | os.PathLike[str] = SAMPLE.name,
    *,
    format: str | None = None,  # noqa: A002  (the word that Polars and pandas users expect)
    columns: Mapping[str, str] | None = None,
    scale: RatingScale | tuple[float, float] | None = None,
    skip_bad_rows: bool = False,
    merge_films: bool = True,
    progress: Progress | None = None,
) -> Dataset:
    """Read ratings and films.

    Parameters
    ----------
    source : str or path
        ``"sample"`` for the bundled sample; the name of a downloaded data set, such as
        ``"ml-1m"``; a folder or a zip file in one of MovieLens' layouts; or one's own CSV, TSV,
        JSON lines or Parquet file, packed with gzip or Zstandard or not, or a folder or zip with
        it. Where a data set has not been downloaded, a path of the same name is taken.
    format : str, optional
        A key of :data:`~matinee.datasets.FORMATS`, where it is not to be detected.
    columns : mapping, optional
        Which column has which role in a table of one's own, such as
        ``{"user": "who", "movie": "film"}``; the others are recognized by their names. Columns of a
        file without a header are named by number, from 1. ``"dates"`` says the order of a date
        like 05/11/2019, ``"dmy"`` or ``"mdy"``.
    scale : RatingScale or (float, float), optional
        Stars outside it are wrong rows, and the ratings keep it as their scale. Otherwise
        MovieLens files are held to MovieLens' own scale, other files are not, and the scale of the
        ratings is read from the data.
    skip_bad_rows : bool
        Leave wrong rows out and count them by kind in ``Dataset.report``; otherwise the first one
        is an error.
    merge_films : bool
        Make one film of two ids with one title and year, or with one IMDb id: the most rated id
        stays, the other one is understood as it, and of two ratings by one person the later
        stands. Without it, ids are taken as they are.
    progress : callable, optional
        Receives :class:`~matinee.progress.ProgressEvent`, in bytes.

    Returns
    -------
    Dataset
        With ``report`` saying how many rows were read, left out and repeated, what the columns
        were taken for, and what else is worth a word.

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
    Dataset('sample', 100,003 ratings, 671 users, 9,064 films)
    >>> print(data.ratings.scale)
    0.5 to 5 in steps of 0.5
    """
    path = resolve(source)
    if path is None:
        return _load_sample(merge_films)
    mapping, bounds, problems = check_mapping(columns), as_scale(scale), Problems(skip_bad_rows)
    with open_source(path, beside=BESIDE) as found:
        chosen = next(iter(found.members()), "") if isinstance(found, SingleFile) else ""
        layout = find_layout(found.members(), path.name, format, chosen=chosen)
        catalog = _catalog(found, layout, problems)
        if layout.format == "parquet":
            frame = _read_parquet(found, layout.ratings)
            table = columns_of_frame(frame, mapping, layout.ratings, problems, bounds)
            form = None
        else:
            form = rating_table_of(found, layout, mapping, bounds)
            table = read_ratings(found, layout.ratings, form, problems, progress)
        report(progress, "code ratings", 0, len(table), unit="ratings")

        def line_of(row: int, movie: str) -> int:
            return row + 1 if form is None else _line_of(found, form, layout.ratings, row, movie)

        rows = table.rows
        taken = {} if layout.format in _MOVIELENS_NAMES else dict(table.names)
        ratings, catalog = _assembled(table, catalog, problems, bounds, line_of, merge=merge_films)
    report(progress, "code ratings", len(ratings), len(ratings), unit="ratings")
    about = _known_by(path, layout)
    read = _report(rows, problems, ratings.duplicates, taken)
    if about is None or read.skipped or read.emptied:
        report(progress, "read", note=f"{path.name}: {read}")
    return Dataset(
        ratings,
        catalog,
        name=about.name if about else path.name.partition(".")[0] or path.stem,
        source=str(path),
        licence=about.licence if about else "",
        citation=about.citation if about else "",
        report=read,
    )


def load_catalog(
    source: str | os.PathLike[str] = SAMPLE.name, *, skip_bad_rows: bool = False
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
        return _load_sample(True).catalog
    with open_source(path) as found:
        layout = find_layout(found.members(), path.name, ratings=False)
        catalog = _catalog(found, layout, Problems(skip_bad_rows))
    if catalog is None:
        raise FormatError(f"{path.name} has no film table: u.item, movies.dat or movies.csv")
    into = duplicates_of(catalog)
    return catalog if into is None else catalog.merged(into)


def from_frame(
    frame: Any,
    *,
    columns: Mapping[str, str] | None = None,
    movies: Any = None,
    name: str = "frame",
    scale: RatingScale | tuple[float, float] | None = None,
    skip_bad_rows: bool = False,
    merge_films: bool = True,
) -> Dataset:
    """Make a data set of a data frame.

    Parameters
    ----------
    frame : polars.DataFrame, polars.LazyFrame, pandas.DataFrame or mapping of columns
        One row a rating. A mapping goes from names to lists or arrays. Anything else that Polars
        makes a frame of (an Arrow table) works too.
    columns : mapping, optional
        Which column has which role, such as
        ``{"user": "who", "movie": "film", "rating": "points", "timestamp": "when"}``. Roles that
        are not named are recognized by usual names: ``userId``, ``user_id``, ``movieId``,
        ``item``, ``stars``, ``date`` and the like. Without ratings, each row counts as one. The
        time is Unix time (its unit told by size), a date, a datetime, or text; without a time zone
        it is taken for UTC.
    movies : frame like `frame`, optional
        The films: id, title, and maybe genres (``"A|B"`` or lists), year, IMDb and TMDB ids,
        recognized by name. Without it, titles are the ids.
    name : str
        Name of the data set.
    scale : RatingScale or (float, float), optional
        Stars outside it are wrong rows. Read from the data if not given.
    skip_bad_rows : bool
        Leave wrong rows out and count them in ``Dataset.report``; otherwise the first one is an
        error.
    merge_films : bool
        See :func:`load`.

    Returns
    -------
    Dataset

    Raises
    ------
    BadRowError
        If a value is missing, not a number, not finite or out of the scale, or a rated film is not
        among `movies`. Rows count from 1.
    FormatError
        If a column is missing.

    Examples
    --------
    >>> data = from_frame(
    ...     {"who": ["ann", "bob"], "item": [1, 2], "stars": [4, 3.5]}, columns={"user": "who"}
    ... )
    >>> data.profile("ann").ratings
    {1: 4.0}
    """
    problems, bounds = Problems(skip_bad_rows), as_scale(scale)
    catalog = None if movies is None else catalog_of(film_frame(as_polars(movies), "movies"))
    table = columns_of_frame(as_polars(frame), check_mapping(columns), name, problems, bounds)
    rows = table.rows
    ratings, catalog = _assembled(table, catalog, problems, bounds, None, merge=merge_films)
    read = _report(rows, problems, ratings.duplicates, {})
    return Dataset(ratings, catalog, name=name, source="data frame", report=read)


def _report(
    rows: int, problems: Problems, duplicates: int, columns: Mapping[str, str]
) -> ReadReport:
    emptied = {what: count for what, count in problems.emptied.items() if count}
    counts = {kind: count for kind, count in problems.counts.items() if count}
    return ReadReport(rows, counts, duplicates, emptied, columns, tuple(problems.notes))


def as_scale(scale: RatingScale | tuple[float, float] | None) -> RatingScale | None:
    """A scale from its ends."""
    if scale is None or isinstance(scale, RatingScale):
        return scale
    try:
        low, high = (float(end) for end in scale)
    except (TypeError, ValueError):
        raise ParameterError(f"scale must be (minimum, maximum), got {scale!r}") from None
    if not low < high:
        raise ParameterError(f"scale must go from a lower to a higher value, got {scale!r}")
    return RatingScale(low, high)


def as_polars(frame: Any) -> pl.DataFrame:
    """A frame of Polars or pandas, or plain columns, as a frame of Polars.

    Raises
    ------
    DataError
        If it is none of these.
    """
    if isinstance(frame, pl.DataFrame):
        return frame
    if isinstance(frame, pl.LazyFrame):
        collected = frame.collect()
        assert isinstance(collected, pl.DataFrame)
        return collected
    if type(frame).__module__.partition(".")[0] == "pandas":
        return pl.DataFrame([_from_pandas(str(name), frame[name]) for name in frame.columns])
    try:
        return pl.DataFrame(frame, strict=False)
    except (TypeError, ValueError, pl.exceptions.PolarsError) as error:
        raise DataError(
            f"a Polars or pandas frame or a mapping of columns is needed, "
            f"got {type(frame).__name__}: {error}"
        ) from error


def _from_pandas(name: str, column: Any) -> pl.Series:
    """A pandas column by way of NumPy, so that neither pandas nor pyarrow is imported."""
    kind = str(column.dtype)
    if kind.startswith("datetime64"):
        return pl.Series(name, column.to_numpy(dtype="datetime64[us]"))
    values: NDArray[Any] = column.to_numpy()
    if values.dtype.kind in "iufb":
        return pl.Series(name, values)
    missing = column.isna().to_numpy()
    filled = [None if gone else value for value, gone in zip(values.tolist(), missing, strict=True)]
    return pl.Series(name, filled, strict=False)


# -- where it is ---------------------------------------------------------------------------


def resolve(source: str | os.PathLike[str]) -> Path | None:
    """The path of a source; None stands for the bundled sample.

    Raises
    ------
    UnknownDatasetError
        If there is neither a data set of this name nor a path, or it has not been downloaded.
    """
    name = os.fspath(source)
    if name == SAMPLE.name:
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
    try:
        if path.exists():
            return path
    except (OSError, ValueError):  # no path at all
        pass
    names = [SAMPLE.name, *KNOWN]
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
        if name and (found := recognize_folder(name)) is not None:
            return found
    return None


def _load_sample(merge: bool) -> Dataset:
    folder = files("matinee.datasets") / "sample"
    with (
        as_file(folder / "ratings.parquet") as ratings_path,
        as_file(folder / "movies.parquet") as movies_path,
    ):
        table = pl.read_parquet(ratings_path, use_pyarrow=False)
        catalog = catalog_of(pl.read_parquet(movies_path, use_pyarrow=False))
    columns = RatingColumns(
        table["user_id"].to_numpy(),
        table["movie_id"].to_numpy(),
        table["rating"].to_numpy(),
        table["timestamp"].to_numpy(),
    )
    ratings, catalog = _assembled(columns, catalog, Problems(), _HALF_STARS, None, merge=merge)
    return Dataset(
        ratings,
        catalog,
        name=SAMPLE.name,
        source="bundled with Matinee",
        licence=SAMPLE.licence,
        citation=SAMPLE.citation,
        report=ReadReport(table.height, duplicates=ratings.duplicates),
    )


# -- films and ratings ---------------------------------------------------------------------


def _catalog(found: Source, layout: Layout, problems: Problems) -> Catalog | None:
    member, others = layout.others.get("films"), layout.others
    if member is None and "metadata" in others:
        # Its broken rows are part of the data set.
        films = read_films(found, others["metadata"], Problems(skip=True)).frame()
        if "links" not in others:
            problems.note(
                f"{others['metadata']} goes by TMDB's ids, and there is no links.csv that says "
                f"which movie ids they are: titles are the ids"
            )
            return None
        films = join_by_links(films, found, others["links"], problems).frame()
        return catalog_of(films)
    if member is None:
        return None
    if member.lower().endswith((".parquet", ".pq")):
        films = film_frame(_read_parquet(found, member), member)
    else:
        films = read_films(found, member, problems).frame()
    vocabulary = vocabulary_of(films)
    extra: dict[str, Any] = {}
    if "links" in others:
        links = read_links(found, others["links"], vocabulary, problems)
        extra = dict(zip(("imdb_ids", "tmdb_ids"), links, strict=True))
    if "tags" in others:
        extra["tags"] = read_tags(found, others["tags"], vocabulary, problems)
    return catalog_of(films, vocabulary, **extra)


def rating_table_of(
    found: Source, layout: Layout, mapping: Mapping[str, str], bounds: RatingScale | None
) -> RatingTable:
    """How the ratings of a layout are written.

    Files of MovieLens' names are held to its scale and its integer ids where their first rows are:
    other data sets use the same names.
    """
    table = describe(found, layout.ratings, mapping, bounds=bounds)
    form = table.form
    own = _MOVIELENS_NAMES.get(layout.format)
    if form.header and form.names == _MOVIELENS_NAMES["movielens"]:
        own = form.names
    if own is None or mapping or len(form.names) != len(own):
        return table
    if form.header and form.names != own:
        return table
    table = replace(table, form=replace(form, names=own))
    if bounds is None:
        scale = _WHOLE_STARS if layout.format == "ml-100k" else _HALF_STARS
        first = pl.Series([row[2] for row in form.sample]).cast(pl.Float32, strict=False)
        if len(first.drop_nulls()) and scale.holds(first.drop_nulls().to_numpy()).mean() > 0.5:
            table = replace(table, bounds=scale)
    ids = [cell.strip() for row in form.sample for cell in row[:2]]
    zeros = any(len(text) > 1 and text.startswith("0") for text in ids)
    if not zeros and 2 * sum(INTEGER.fullmatch(text) is not None for text in ids) > len(ids):
        width = "int32" if layout.format != "movielens" else "int64"
        integers = {**table.kinds, "user": width, "movie": width}
        table = replace(table, integers=True, kinds=integers)
    return table


def _read_parquet(found: Source, member: str) -> pl.DataFrame:
    try:
        return pl.read_parquet(read_member(found, member), use_pyarrow=False)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise FormatError(f"{member} is not a readable Parquet file: {error}") from error


def _line_of(found: Source, table: RatingTable, member: str, row: int, movie: str) -> int:
    """The first line that names a film."""
    position = table.positions["movie"]
    separator = table.form.separator.encode()
    line = 0
    for block in line_blocks(found, member):
        for text in block.splitlines():
            line += 1
            fields = text.split(separator)
            if len(fields) > position and fields[position].strip(b' "\r') == movie.encode():
                return line
    return row + 1


# -- codes ---------------------------------------------------------------------------------


def _assembled(
    table: RatingColumns,
    catalog: Catalog | None,
    problems: Problems,
    scale: RatingScale | None,
    line_of: Callable[[int, str], int] | None,
    *,
    merge: bool,
) -> tuple[Ratings, Catalog]:
    """Code, sort and deduplicate the columns of a table, which is used up; and their films.

    Raises
    ------
    BadRowError
        If a rated film is not in the catalogue, unless `problems` skips such rows.
    """
    if catalog is not None:
        _check_films(table, catalog.movie_ids, problems, line_of)
    users, user_ids = _coded(table.user, None, "user")
    movies, movie_ids = _coded(table.movie, None if catalog is None else catalog.movie_ids, "movie")
    if catalog is None:
        catalog = Catalog.untitled(movie_ids)
    counts = np.bincount(movies, minlength=len(movie_ids)).astype(np.int32)
    catalog = catalog.with_popularity(counts)
    into = duplicates_of(catalog) if merge else None
    if into is not None:
        codes = np.searchsorted(np.unique(into), into).astype(np.int32)
        smaller = catalog.merged(into)
        gone = len(catalog) - len(smaller)
        problems.note(
            f"{gone:,} film{'s' * (gone > 1)} stood under a second id (one title and year, or one "
            f"IMDb id), and {'are' if gone > 1 else 'is'} one with the first"
        )
        catalog, movies = smaller, codes[movies]
    stars, timestamps = table.rating, table.timestamp
    if scale is None and table.top:
        scale = _TOPS[table.top]
    if timestamps is None:
        timestamps = np.zeros(stars.size, dtype=np.int64)
    # Given up here, as the columns are sorted where they stand.
    table.user = table.movie = np.empty(0, dtype=np.int32)
    table.rating, table.timestamp = np.empty(0, dtype=np.float32), None
    ratings = Ratings.from_codes(
        users,
        movies,
        _owned(stars),
        _owned(timestamps),
        user_ids=user_ids,
        movie_ids=catalog.movie_ids,
        scale=scale,
    )
    return ratings, catalog


def _owned(column: NDArray[Any]) -> NDArray[Any]:
    """The column itself where it may be written to; a view into somebody's frame is copied."""
    return column if column.flags.writeable and column.flags.owndata else column.copy()


def _coded(
    column: NDArray[Any] | pl.Series, vocabulary: IdVocabulary | None, kind: str
) -> tuple[Codes, IdVocabulary]:
    """Codes of a column of ids; integers are coded where they stand, if they have the room."""
    if isinstance(column, pl.Series):
        return _coded_text(column, vocabulary)
    if vocabulary is not None and not vocabulary.is_integer:
        return _coded_text(pl.Series(column).cast(pl.String), vocabulary)
    known = IdVocabulary(distinct(column)) if vocabulary is None else vocabulary
    mine = column.dtype == np.int32 and column.flags.writeable and column.flags.owndata
    return encode_all(known, column, kind, out=column if mine else None), known


def _coded_text(column: pl.Series, vocabulary: IdVocabulary | None) -> tuple[Codes, IdVocabulary]:
    """Codes of a column of text; only distinct values become Python's strings."""
    values = column.unique().sort()
    known = IdVocabulary(values.to_list()) if vocabulary is None else vocabulary
    codes = pl.Series(known.encode(values.to_list()))
    return column.replace_strict(values, codes, return_dtype=pl.Int32).to_numpy().copy(), known


def _check_films(
    table: RatingColumns,
    vocabulary: IdVocabulary,
    problems: Problems,
    line_of: Callable[[int, str], int] | None,
) -> None:
    """Note the ratings of films that are not in the film table, and leave them out."""
    column = table.movie
    missing: NDArray[np.bool_] | None
    if isinstance(column, pl.Series):
        texts = column.unique()
        gone = texts.filter(pl.Series(vocabulary.encode(texts.to_list()) < 0))
        missing = column.is_in(gone.implode()).to_numpy() if len(gone) else None
    else:
        rated = distinct(column)
        absent = rated[vocabulary.encode(rated) < 0]
        missing = np.isin(column, absent) if absent.size else None
    if missing is None or not missing.any():
        return
    if missing.all():
        raise FormatError(
            f"none of the films rated in {table.file} is in the film table beside it (the first is "
            f"{column[0]!r}): these are ids of another kind, so leave the film table out"
        )
    if not problems.skip:
        row = int(missing.argmax())
        value = str(column[row])
        line = row + 1 if line_of is None else line_of(row, value)
        problems.add(kinds.UNKNOWN_MOVIE, table.file, line, table.names["movie"], value)
    problems.counts[kinds.UNKNOWN_MOVIE] += int(missing.sum())
    table.take(~missing)
