"""Ratings from data frames: Polars, pandas, Parquet files, plain columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from matinee.dataset import Dataset, ReadReport
from matinee.datasets import problems as kinds
from matinee.datasets.assemble import make_ratings
from matinee.datasets.columns import check_mapping, film_positions, rating_positions
from matinee.datasets.films import catalog_of
from matinee.datasets.problems import Problems
from matinee.datasets.rows import RatingColumns, Role, RowFormat
from matinee.datasets.values import Kind, epoch_seconds, to_date
from matinee.errors import DataError, FormatError
from matinee.scale import RatingScale

__all__ = ["columns_of", "film_frame", "from_frame"]

_MILLISECONDS = 10**11


def from_frame(
    frame: Any,
    *,
    columns: Mapping[str, str] | None = None,
    movies: Any = None,
    name: str = "frame",
    scale: RatingScale | tuple[float, float] | None = None,
    skip_bad_rows: bool = False,
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
        are not named are recognised by usual names: ``userId``, ``user_id``, ``movieId``,
        ``item``, ``stars``, ``date`` and the like. The timestamp may be missing. It is Unix time
        in seconds or milliseconds (told apart by size), a date, a datetime, or ISO 8601 text;
        without a time zone it is taken for UTC.
    movies : frame like `frame`, optional
        The films: id, title, and maybe genres (``"A|B"`` or lists) and year, recognised by name.
        Without it, titles are the ids.
    name : str
        Name of the data set.
    scale : RatingScale or (float, float), optional
        Stars outside it are wrong rows. Read from the data if not given.
    skip_bad_rows : bool
        Leave wrong rows out and count them in ``Dataset.report``; otherwise the first one is an
        error.

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
    problems = Problems(skip_bad_rows)
    catalog = None if movies is None else catalog_of(film_frame(_as_polars(movies), "movies"))
    bounds = as_scale(scale)
    table = columns_of(_as_polars(frame), columns, name, problems, bounds)
    ratings = make_ratings(table, catalog, problems, scale=bounds)
    return Dataset(
        ratings,
        catalog if catalog is not None else _untitled(ratings),
        name=name,
        source="data frame",
        report=ReadReport(table.rows, dict(problems.counts), ratings.duplicates),
    )


def _untitled(ratings: Any) -> Any:
    from matinee.catalog import Catalog

    return Catalog.untitled(ratings.movie_ids)


def as_scale(scale: RatingScale | tuple[float, float] | None) -> RatingScale | None:
    """A scale from its ends."""
    if scale is None or isinstance(scale, RatingScale):
        return scale
    from matinee.errors import ParameterError

    try:
        low, high = (float(end) for end in scale)
    except (TypeError, ValueError):
        raise ParameterError(f"scale must be (minimum, maximum), got {scale!r}") from None
    if not low < high:
        raise ParameterError(f"scale must go from a lower to a higher value, got {scale!r}")
    return RatingScale(low, high)


def _as_polars(frame: Any) -> pl.DataFrame:
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


def film_frame(frame: pl.DataFrame, file: str) -> pl.DataFrame:
    """A frame of films in the form that ``catalog_of`` wants."""
    positions = film_positions(frame.columns, file)
    columns = {role: frame[frame.columns[position]] for role, position in positions.items()}
    for role in ("movie", "title"):
        if columns[role].null_count():
            row = int(columns[role].is_null().arg_max() or 0) + 1
            raise FormatError(f"{file}: row {row} has no {role}")
    if columns["movie"].dtype.is_float():
        columns["movie"] = columns["movie"].cast(pl.Int64)
    elif not columns["movie"].dtype.is_integer():
        columns["movie"] = columns["movie"].cast(pl.String)
    genres = columns.get("genres")
    if genres is not None and genres.dtype == pl.List:
        columns["genres"] = genres.list.join("|")
    made = {"movie_id": columns["movie"], "title": columns["title"].cast(pl.String)}
    if "genres" in columns:
        made["genres"] = columns["genres"].cast(pl.String)
    if "year" in columns:
        made["year"] = columns["year"].cast(pl.Float64, strict=False).fill_nan(None)
    return pl.DataFrame([column.alias(role) for role, column in made.items()])


def columns_of(
    frame: pl.DataFrame,
    columns: Mapping[Any, str] | None,
    file: str,
    problems: Problems,
    bounds: RatingScale | None = None,
) -> RatingColumns:
    """The rating columns of a frame, checked.

    Raises
    ------
    BadRowError
        At the first wrong row, unless `problems` skips them.
    """
    names = tuple(frame.columns)
    positions = rating_positions(names, check_mapping(columns), file)
    if not frame.height:
        raise FormatError(f"{file} has no ratings in it: it is empty")
    wrong: list[tuple[str, Role, pl.Series]] = []
    values: dict[Role, Any] = {}
    row_kinds: dict[Role, Kind] = {}
    for role, position in positions.items():
        column = frame.to_series(position)
        wrong.append((kinds.MISSING, role, column.is_null()))
        read = {"rating": _stars, "timestamp": _moments}.get(role, _ids)
        values[role], row_kinds[role], bad = read(column, file)
        wrong.extend((kind, role, mask) for kind, mask in bad)
    if bounds is not None:
        stars = pl.Series(values["rating"])
        outside = (stars < bounds.minimum - 1e-6) | (stars > bounds.maximum + 1e-6)
        wrong.append((kinds.OUT_OF_SCALE, "rating", outside & stars.is_finite()))
    spec = RowFormat("", names, positions, row_kinds, header=True, bounds=bounds)
    table = RatingColumns(
        values["user"],
        values["movie"],
        values["rating"],
        values.get("timestamp"),
        spec,
        frame.height,
        file,
    )
    bad_rows = _note(frame, wrong, spec, file, problems)
    if bad_rows.any():
        table.take(~bad_rows)
    return table


def _note(
    frame: pl.DataFrame,
    wrong: list[tuple[str, Role, pl.Series]],
    spec: RowFormat,
    file: str,
    problems: Problems,
) -> NDArray[np.bool_]:
    """Count or raise the wrong rows, each once, and say which they are."""
    seen = np.zeros(frame.height, dtype=np.bool_)
    first: list[tuple[int, str, Role]] = []
    for kind, role, mask in wrong:
        rows = mask.fill_null(False).to_numpy() & ~seen
        if rows.any():
            seen |= rows
            first.append((int(rows.argmax()), kind, role))
            if problems.skip:
                problems.counts[kind] += int(rows.sum())
    if first and not problems.skip:
        row, kind, role = min(first)
        name = spec.name_of(role)
        value = frame[name][row]
        problems.add(kind, file, row + 1, name, "" if value is None else str(value))
    return seen


Checked = tuple[Any, Kind, list[tuple[str, pl.Series]]]


def _ids(column: pl.Series, file: str) -> Checked:
    if column.dtype.is_integer():
        return column.fill_null(0).cast(pl.Int64).to_numpy(), "int64", []
    if column.dtype.is_float():
        whole = column.is_finite() & (column == column.floor()) & (column.abs() < 2**53)
        numbers = column.set(~whole.fill_null(False), 0.0).cast(pl.Int64)
        return numbers.to_numpy(), "whole", [(kinds.NOT_A_NUMBER, ~whole)]
    if column.dtype in (pl.String, pl.Categorical, pl.Enum):
        text = column.cast(pl.String)
        return text.fill_null(""), "text", [(kinds.MISSING, text.str.strip_chars() == "")]
    raise FormatError(
        f"{file}, column {column.name}: ids must be integers or text, got {column.dtype}"
    )


def _stars(column: pl.Series, file: str) -> Checked:
    if not (column.dtype.is_numeric() or column.dtype == pl.String):
        raise FormatError(
            f"{file}, column {column.name}: stars must be numbers, got {column.dtype}"
        )
    if column.dtype == pl.String:
        column = column.str.strip_chars()
    numbers = column.cast(pl.Float32, strict=False)
    not_numbers = numbers.is_null() & column.is_not_null()
    stars = numbers.fill_null(0.0)
    return (
        stars.to_numpy(),
        "stars",
        [(kinds.NOT_A_NUMBER, not_numbers), (kinds.NOT_FINITE, ~stars.is_finite())],
    )


def _moments(column: pl.Series, file: str) -> Checked:
    if column.dtype == pl.Date:
        column = column.cast(pl.Datetime("us"))
    if isinstance(column.dtype, pl.Datetime):
        return column.dt.epoch("s").fill_null(0).to_numpy(), "date", []
    if column.dtype.is_numeric():
        finite = column.cast(pl.Float64).is_finite().fill_null(True)
        whole = column.fill_null(0).set(~finite, 0).cast(pl.Int64).to_numpy()
        if whole.size and np.median(whole) > _MILLISECONDS:
            whole = whole // 1000
        return whole, "seconds", [(kinds.NOT_FINITE, ~finite)]
    if column.dtype != pl.String:
        raise FormatError(f"{file}, column {column.name}: no times, got {column.dtype}")
    seconds = None if column.null_count() else epoch_seconds(column)
    if seconds is not None:
        return seconds, "date", []
    read = [to_date(text.strip()) if text else (None, kinds.MISSING) for text in column]
    wrong = pl.Series([problem != "" for _, problem in read]) & column.is_not_null()
    values = np.asarray([value or 0 for value, _ in read], dtype=np.int64)
    return values, "date", [(kinds.NOT_A_DATE, wrong)]
