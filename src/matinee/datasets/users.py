"""What ML-100K and ML-1M say of the people who rated."""

from __future__ import annotations

import os
from typing import Any

import polars as pl

from matinee.datasets import problems as kinds
from matinee.datasets.archive import open_source, read_member
from matinee.datasets.films import decoded, plain_lines
from matinee.datasets.layout import find_layout
from matinee.datasets.problems import Problems
from matinee.datasets.reading import resolve
from matinee.errors import FormatError

__all__ = ["load_users"]

# ML-1M writes occupations as numbers; its README gives the words.
_OCCUPATIONS = (
    *("other", "academic/educator", "artist", "clerical/admin", "college/grad student"),
    *("customer service", "doctor/health care", "executive/managerial", "farmer", "homemaker"),
    *("K-12 student", "lawyer", "programmer", "retired", "sales/marketing", "scientist"),
    *("self-employed", "technician/engineer", "tradesman/craftsman", "unemployed", "writer"),
)
_SCHEMA = {
    "user_id": pl.Int64,
    "age": pl.Int16,
    "gender": pl.String,
    "occupation": pl.String,
    "zip_code": pl.String,
}
# Where the file has each column of the schema.
_ORDER = {"u.user": (0, 1, 2, 3, 4), "users.dat": (0, 2, 1, 3, 4)}


def load_users(source: str | os.PathLike[str], *, skip_bad_rows: bool = False) -> pl.DataFrame:
    """Read who the users are, from ML-100K's ``u.user`` or ML-1M's ``users.dat``.

    Parameters
    ----------
    source : str or path
        Name, folder or zip of the data set.
    skip_bad_rows : bool
        Leave wrong rows out; otherwise the first one is an error.

    Returns
    -------
    polars.DataFrame
        ``user_id`` int64, ``age`` int16 (years; in ML-1M the lower end of an age group: 1 stands
        for "under 18"), ``gender`` (``"M"`` or ``"F"``), ``occupation`` and ``zip_code``, text.

    Raises
    ------
    FormatError
        If the source has no such file.
    BadRowError
        At the first wrong row.
    """
    path = resolve(source)
    if path is None:
        raise FormatError("the bundled sample says nothing of its users: ML-100K and ML-1M do")
    with open_source(path) as files:
        layout = find_layout(files.members(), path.name)
        member = layout.others.get("users")
        if member is None:
            raise FormatError(
                f"{path.name} says nothing of its users: u.user (ML-100K) or users.dat (ML-1M) "
                f"is needed"
            )
        text = decoded(read_member(files, member))
    order = _ORDER[member.rpartition("/")[2].lower()]
    separator = "|" if layout.format == "ml-100k" else "::"
    return _frame(text, member, separator, order, Problems(skip_bad_rows))


def _frame(
    text: str, member: str, separator: str, order: tuple[int, ...], problems: Problems
) -> pl.DataFrame:
    rows: list[tuple[Any, ...]] = []
    for line, fields in plain_lines(text, separator):
        if len(fields) != len(order):
            detail = f"{len(fields)} columns where {len(order)} are expected"
            problems.add(kinds.COLUMN_COUNT, member, line, "", separator.join(fields), detail)
            continue
        user, age, gender, occupation, zip_code = (fields[position].strip() for position in order)
        numbers = {"user_id": user, "age": age}
        if separator == "::":
            numbers["occupation"] = occupation
        wrong = [name for name, value in numbers.items() if not _is_small_integer(value)]
        if wrong:
            problems.add(kinds.NOT_A_NUMBER, member, line, wrong[0], numbers[wrong[0]])
            continue
        if separator == "::":
            known = int(occupation) < len(_OCCUPATIONS)
            occupation = _OCCUPATIONS[int(occupation)] if known else occupation
        rows.append((int(user), int(age), gender, occupation, zip_code))
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


def _is_small_integer(text: str) -> bool:
    return text.isdecimal() and text.isascii() and len(text) <= 9
