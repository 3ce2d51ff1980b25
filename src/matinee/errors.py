"""Every error that Matinee raises on purpose, as one tree.

::

    MatineeError
    ├── DataError                    the rating files, or a table that was passed in
    │   ├── FormatError              a file is not in the layout that it should have
    │   │   └── MapFormatError       the file of a map of films is damaged, foreign or newer
    │   ├── BadRowError              one row is wrong: file, line, column and value are known
    │   ├── ArchiveError             a zip is damaged, escapes its folder or unpacks too large
    │   ├── UnknownDatasetError      no data set of this name, and no such path
    │   └── DownloadError            a server refused, stopped half way or sent other bytes
    │       └── ChecksumError        the bytes arrived, but are not the published ones
    ├── UnknownIdError               a movie or user id that the data does not have
    │   ├── UnknownMovieError
    │   └── UnknownUserError
    ├── TitleError                   a title that does not lead to one film
    │   ├── UnknownTitleError
    │   └── AmbiguousTitleError
    ├── ParameterError               an argument outside its range (also a ValueError)
    ├── ModelError
    │   ├── NotFittedError           fit or load first
    │   ├── UnknownModelError        no model of this short name
    │   ├── NotSupportedError        this model cannot answer this kind of question
    │   ├── NotEnoughMemoryError     the fit would not fit; says what it needs and ways out
    │   └── ArtifactError            a model directory is damaged, foreign, newer or half-written
    ├── EvaluationError              a protocol that cannot be carried out on this data
    ├── StoreError                   the store of people's ratings cannot do what was asked
    │   ├── UnknownPersonError       no person of this number or name
    │   ├── BackupError              a backup is damaged, foreign or newer; nothing was changed
    │   └── AccountError             an account cannot be made or used in this way
    │       ├── SignUpError          sign-up is closed, or the invitation does not hold
    │       ├── LoginError           wrong name or password
    │       └── ThrottledError       too many failed logins; says how long to wait
    └── MissingExtraError            an optional dependency is not installed

A message names the value, the limit and the next step. The command line prints it in one or two
lines, without a traceback.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

__all__ = [
    "AccountError",
    "AmbiguousTitleError",
    "ArchiveError",
    "ArtifactError",
    "BackupError",
    "BadRowError",
    "ChecksumError",
    "DataError",
    "DownloadError",
    "EvaluationError",
    "FormatError",
    "LoginError",
    "MapFormatError",
    "MatineeError",
    "MissingExtraError",
    "ModelError",
    "NotEnoughMemoryError",
    "NotFittedError",
    "NotSupportedError",
    "ParameterError",
    "SignUpError",
    "StoreError",
    "ThrottledError",
    "TitleError",
    "UnknownDatasetError",
    "UnknownIdError",
    "UnknownModelError",
    "UnknownMovieError",
    "UnknownPersonError",
    "UnknownTitleError",
    "UnknownUserError",
]


class MatineeError(Exception):
    """The root of the tree: catch this to catch whatever Matinee raises on purpose."""


class DataError(MatineeError):
    """Rating files, or a table that was passed in, cannot be used as they are."""


class FormatError(DataError):
    """A file is not in the layout that it should have."""


class MapFormatError(FormatError):
    """The file of a map of films is damaged, foreign, or of another version."""


class BadRowError(DataError):
    """One row of a file is wrong.

    Attributes
    ----------
    file : str
        Name of the file, or of the member inside an archive.
    line : int
        Line number in that file, counted from 1.
    column : str
        Name of the column, or ``""`` where the row as a whole is wrong.
    value : str
        The offending text.
    """

    def __init__(self, file: str, line: int, column: str, value: str, problem: str) -> None:
        self.file, self.line, self.column, self.value = file, line, column, value
        where = f"{file}, line {line}" + (f", column {column}" if column else "")
        super().__init__(
            f"{where}: {problem}: {value!r}. Correct the row, or pass --skip-bad-rows "
            f"(skip_bad_rows=True) to leave such rows out and have them counted."
        )


class ArchiveError(DataError):
    """A zip file is damaged, escapes its folder or unpacks to more than the bound."""


class UnknownDatasetError(DataError):
    """There is no data set of this name, and no file or folder of this path."""


class DownloadError(DataError):
    """A download did not come to its end."""


class ChecksumError(DownloadError):
    """A download ended, but its bytes are not the published ones."""


class UnknownIdError(MatineeError, LookupError):
    """An id that the data or the model does not have."""


class UnknownMovieError(UnknownIdError):
    """A movie id that the catalogue does not have."""


class UnknownUserError(UnknownIdError):
    """A user id that the ratings do not have."""


class TitleError(MatineeError, LookupError):
    """A title that does not lead to exactly one film."""


class UnknownTitleError(TitleError):
    """No film of this title, nor one that is near enough."""


class AmbiguousTitleError(TitleError):
    """Several films fit.

    Attributes
    ----------
    candidates : tuple of str
        Each candidate as ``"Title (Year)  id"``, best first, ready to show.
    """

    def __init__(self, message: str, candidates: Sequence[str] = ()) -> None:
        self.candidates = tuple(candidates)
        super().__init__(message)


class ParameterError(MatineeError, ValueError):
    """An argument outside its range."""


class ModelError(MatineeError):
    """Something about a model."""


class NotFittedError(ModelError):
    """The model has not been fitted or loaded yet."""


class UnknownModelError(ModelError, LookupError):
    """There is no model of this short name."""


class NotSupportedError(ModelError):
    """A question of a kind that the model cannot answer."""


class NotEnoughMemoryError(ModelError):
    """A fit would need more memory than there is.

    Attributes
    ----------
    needed, available : int
        Bytes.
    """

    def __init__(self, message: str, needed: int, available: int) -> None:
        self.needed, self.available = needed, available
        super().__init__(message)


class ArtifactError(ModelError):
    """A model directory is damaged, foreign, newer or half-written.

    Attributes
    ----------
    path : pathlib.Path
        The directory.
    """

    def __init__(self, path: Path | str, problem: str) -> None:
        self.path = Path(path)
        super().__init__(f"{path}: {problem}")


class EvaluationError(MatineeError):
    """A protocol cannot be carried out on this data."""


class StoreError(MatineeError):
    """The store of people's ratings cannot do what was asked; it is as it was before."""


class UnknownPersonError(StoreError, LookupError):
    """There is no person of this number or name in the store."""


class BackupError(StoreError):
    """A backup is damaged, foreign or newer; nothing in the store was changed."""


class AccountError(StoreError):
    """An account cannot be made, changed or used in this way."""


class SignUpError(AccountError):
    """Sign-up is closed, or the invitation does not hold."""


class LoginError(AccountError):
    """The name and the password do not belong together; which of them is wrong is not said."""


class ThrottledError(AccountError):
    """Too many failed logins.

    Attributes
    ----------
    retry_after : int
        Seconds until the next try is looked at.
    """

    def __init__(self, message: str, retry_after: int) -> None:
        self.retry_after = retry_after
        super().__init__(message)


class MissingExtraError(MatineeError, ImportError):
    """An optional dependency is not installed."""

    def __init__(self, what: str, extra: str) -> None:
        self.extra = extra
        super().__init__(f"{what} needs the extra {extra!r}: pip install 'matinee[{extra}]'")
