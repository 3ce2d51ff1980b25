"""Ids outside, codes inside: the one place where they are translated.

A movie id or a user id is whatever the data uses (an integer or a string). Inside, it is a dense
``int32`` code: its position in a sorted vocabulary.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from matinee.errors import DataError

__all__ = ["Code", "Codes", "Id", "IdVocabulary"]

Id: TypeAlias = int | str
Code: TypeAlias = int
Codes: TypeAlias = NDArray[np.int32]

_MAX_IDS = np.iinfo(np.int32).max
_FEW = 64
_NO_ID = int(np.iinfo(np.int64).min)  # stands for what cannot be an id at all


class IdVocabulary:
    """Sorted distinct ids, and their codes ``0 … n-1``.

    Parameters
    ----------
    ids : array-like, shape (n,)
        Integers or strings, in any order, repeats allowed.
    aliases : mapping of id to id, optional
        Further ids, and which of `ids` each stands for: they have its code, and never come back.

    Examples
    --------
    >>> vocabulary = IdVocabulary([296, 1, 50, 1])
    >>> len(vocabulary), vocabulary.id_of(2)
    (3, 296)
    >>> vocabulary.encode([50, 7])
    array([ 1, -1], dtype=int32)
    >>> "seven" in vocabulary
    False
    >>> IdVocabulary([268, 300], aliases={246: 268}).encode([246, 268, 300])
    array([0, 0, 1], dtype=int32)
    """

    __slots__ = ("_alias_codes", "_alias_ids", "_alias_set", "_ids", "_table")

    def __init__(self, ids: Any, *, aliases: Mapping[Id, Id] | None = None) -> None:
        array = np.asarray(ids)
        if array.ndim != 1:
            raise DataError(f"ids must be one-dimensional, got shape {array.shape}")
        if array.size == 0 and array.dtype.kind not in "iuU":
            array = array.astype(np.int64)
        if array.dtype.kind in "iu":
            array = array.astype(np.int64, copy=False)
        elif array.dtype.kind in "OT":
            array = np.asarray([str(value) for value in array], dtype=np.str_)
        if array.dtype.kind not in "iU":
            raise DataError(f"ids must be integers or strings, got dtype {array.dtype}")
        if array.size > 1 and not bool(np.all(array[1:] > array[:-1])):
            array = np.unique(array)
        if array.size > _MAX_IDS:
            raise DataError(f"{array.size:,} distinct ids, more than the limit of {_MAX_IDS:,}")
        if array.flags.owndata and array is not ids:
            array.flags.writeable = False
        else:
            array = array.view()
            array.flags.writeable = False
        self._ids: NDArray[Any] = array
        others = sorted((other, own) for other, own in (aliases or {}).items() if other != own)
        self._alias_ids: NDArray[Any] = np.asarray(
            [o for o, _ in others], dtype=self._ids.dtype.kind
        )
        self._alias_set: frozenset[Id] | None = None
        self._alias_codes = self._codes_of_own([own for _, own in others])
        self._table = self._lookup_table()

    def _lookup_table(self) -> NDArray[np.int32] | None:
        """A direct id → code table where ids are small integers: far faster than bisection."""
        ids = self._ids
        if ids.dtype.kind != "i" or ids.size == 0:
            return None
        if int(ids[0]) < 0 or int(ids[-1]) > max(4 * ids.size, 2_000_000):
            return None
        others = self._alias_ids
        last = max(int(ids[-1]), int(others[-1]) if others.size else 0)
        if others.size and (int(others[0]) < 0 or last > max(4 * ids.size, 2_000_000)):
            return None
        table = np.full(last + 1, -1, dtype=np.int32)
        table[others] = self._alias_codes
        table[ids] = np.arange(ids.size, dtype=np.int32)
        return table

    def _codes_of_own(self, ids: list[Id]) -> Codes:
        wanted = np.asarray(ids, dtype=self._ids.dtype.kind)
        codes = np.searchsorted(self._ids, wanted)
        if codes.size and not np.array_equal(self._ids[np.minimum(codes, len(self) - 1)], wanted):
            raise DataError("an alias stands for an id that is not among the ids")
        return codes.astype(np.int32)

    @property
    def ids(self) -> NDArray[Any]:
        """The ids in code order, shape (n,), dtype int64 or str; read-only."""
        return self._ids

    @property
    def aliases(self) -> dict[Id, Id]:
        """Further ids, and the id that each stands for."""
        own = self._ids[self._alias_codes].tolist()
        return dict(zip(self._alias_ids.tolist(), own, strict=True))

    @property
    def alias_ids(self) -> frozenset[Id]:
        """The further ids alone."""
        if self._alias_set is None:
            self._alias_set = frozenset(self._alias_ids.tolist())
        return self._alias_set

    def take(self, codes: NDArray[Any]) -> IdVocabulary:
        """A vocabulary of some of the ids, with their aliases; codes ascending."""
        kept = self._ids[codes]
        if not self._alias_ids.size:
            return IdVocabulary(kept)
        own = set(kept.tolist())
        return IdVocabulary(
            kept, aliases={other: mine for other, mine in self.aliases.items() if mine in own}
        )

    @property
    def is_integer(self) -> bool:
        """Whether ids are integers (otherwise strings)."""
        return self._ids.dtype.kind == "i"

    def __len__(self) -> int:
        return int(self._ids.size)

    def __iter__(self) -> Iterator[Id]:
        return iter(self._ids.tolist())

    def __contains__(self, value: object) -> bool:
        return isinstance(value, int | str | np.integer) and self.code_of(value) >= 0  # type: ignore[arg-type]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, IdVocabulary):
            return NotImplemented
        return self is other or (
            self._ids.dtype.kind == other._ids.dtype.kind and np.array_equal(self._ids, other._ids)
        )

    def __hash__(self) -> int:
        return hash((len(self), self._ids[:3].tobytes(), self._ids[-3:].tobytes()))

    def __repr__(self) -> str:
        kind = "integer" if self.is_integer else "string"
        return f"IdVocabulary({len(self):,} {kind} ids)"

    def id_of(self, code: int) -> Id:
        """The id of one code."""
        value: Id = self._ids.item(code)
        return value

    def code_of(self, value: Id) -> Code:
        """The code of one id, or -1 if there is none."""
        return int(self.encode([value])[0])

    def canonical(self, value: Id) -> Id | None:
        """An id as the vocabulary has it, digits given as text included; None if it has it not.

        Examples
        --------
        >>> vocabulary = IdVocabulary([296, 1, 50])
        >>> vocabulary.canonical("50"), vocabulary.canonical("7")
        (50, None)
        """
        if self._table is not None:
            code = self._code_of(_as_integer(value))
            return None if code < 0 else self.id_of(code)
        code = self.code_of(value)
        return None if code < 0 else self.id_of(code)

    def encode(self, values: Iterable[Id] | NDArray[Any]) -> Codes:
        """Codes of many ids.

        Parameters
        ----------
        values : array-like, shape (m,)
            Ids. Digits given as strings are understood where ids are integers.

        Returns
        -------
        ndarray, shape (m,), dtype int32
            The codes; -1 marks an id that is not in the vocabulary.
        """
        if not isinstance(values, np.ndarray):
            values = list(values)
            if self._table is not None and len(values) <= _FEW:
                # Quicker one by one than as an array, up to some dozens.
                found = [self._code_of(_as_integer(value)) for value in values]
                return np.asarray(found, dtype=np.int32)
            if self.is_integer and any(isinstance(value, str) for value in values):
                values = [_as_integer(value) for value in values]
            elif not self.is_integer:
                values = [str(value) for value in values]
        try:
            wanted = np.asarray(values)
        except OverflowError:
            wanted = np.asarray([_as_integer(value) for value in values])
        if wanted.size == 0 or len(self) == 0:
            return np.full(wanted.size, -1, dtype=np.int32)
        if self.is_integer and wanted.dtype.kind not in "iu":
            wanted = np.asarray([_as_integer(value) for value in wanted.tolist()], dtype=np.int64)
        elif not self.is_integer and wanted.dtype.kind != "U":
            wanted = wanted.astype(np.str_)
        if self._table is not None:
            inside = (wanted >= 0) & (wanted < self._table.size)
            codes = self._table[np.where(inside, wanted, 0)]
            return np.where(inside, codes, np.int32(-1))
        position = np.searchsorted(self._ids, wanted)
        position[position == len(self)] = 0
        codes = np.where(self._ids[position] == wanted, position, -1).astype(np.int32)
        if self._alias_ids.size and int(codes.min()) < 0:
            place = np.searchsorted(self._alias_ids, wanted)
            place[place == self._alias_ids.size] = 0
            other = (codes < 0) & (self._alias_ids[place] == wanted)
            codes[other] = self._alias_codes[place[other]]
        return codes

    def _code_of(self, value: int) -> Code:
        table = self._table
        assert table is not None
        return table.item(value) if 0 <= value < table.size else -1

    def decode(self, codes: Codes) -> NDArray[Any]:
        """Ids of many codes, shape (m,)."""
        return self._ids[codes]


def _as_integer(value: object) -> int:
    """An id as an integer, or a value that no vocabulary holds."""
    if isinstance(value, str):
        text = value.strip()
        return int(text) if text.isdecimal() and len(text) < 19 else _NO_ID
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 2**53 else _NO_ID
    if isinstance(value, int | np.integer):
        return int(value) if abs(int(value)) < 2**62 else _NO_ID
    return _NO_ID
