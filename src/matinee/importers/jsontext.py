"""JSON that may come from anywhere: how deep and how large it is, is known before it is parsed."""

from __future__ import annotations

import json
import re
from typing import Any

from matinee.errors import FormatError

__all__ = ["DEEPEST", "MOST_MARKS", "parse_json"]

DEEPEST = 16
"""Most brackets within each other."""
MOST_MARKS = 2_000_000
"""Most brackets and commas: what parsed JSON takes in memory grows with them."""

_TEXT = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_NO_BRACKETS = bytes(sorted(set(range(256)) - set(b"[]{}")))


def parse_json(data: bytes, name: str) -> Any:
    """Parse a document within bounds.

    Parameters
    ----------
    data : bytes
    name : str
        Of the file, for messages.

    Raises
    ------
    FormatError
        If it is not JSON in UTF-8, too deep, or has too many values.

    Examples
    --------
    >>> parse_json(b'[{"rating": 8}]', "ratings.json")
    [{'rating': 8}]
    """
    data = data.removeprefix(b"\xef\xbb\xbf")
    if sum(map(data.count, (b"[", b"{", b","))) > MOST_MARKS:
        raise _beyond(name, "too many values")
    # Pairs of brackets go from the inside: each round takes away one level.
    brackets = _TEXT.sub(b"", data).translate(None, _NO_BRACKETS)
    for _ in range(DEEPEST):
        shorter = _without_pairs(brackets)
        if len(shorter) == len(brackets):
            break
        brackets = shorter
    if brackets:
        raise _beyond(name, f"brackets more than {DEEPEST} deep or not closed")
    try:
        return json.loads(data.decode("utf-8"), parse_constant=_refuse)
    except UnicodeDecodeError as error:
        raise FormatError(
            f"{name} is not text in UTF-8 (byte {error.start:,}); export it again"
        ) from None
    except json.JSONDecodeError as error:
        raise FormatError(
            f"{name}, line {error.lineno}: {error.msg}; it may have been cut short, export it again"
        ) from None
    except (ValueError, RecursionError) as error:
        raise FormatError(f"{name} is not the JSON of an export ({error})") from None


def _without_pairs(brackets: bytes) -> bytes:
    """Brackets without the innermost pairs, and what then stands in a row."""
    return re.sub(rb"(?:\[\]|\{\})+", b"", brackets)


def _beyond(name: str, what: str) -> FormatError:
    return FormatError(
        f"{name} has {what}: that is no whole export of one person; nothing was imported"
    )


def _refuse(text: str) -> Any:
    raise ValueError(f"{text} is no number")
