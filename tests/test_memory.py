"""Amounts of memory."""

from __future__ import annotations

import pytest

from matinee.errors import ParameterError
from matinee.memory import available_bytes, format_bytes, parse_bytes


@pytest.mark.parametrize(
    ("text", "amount"),
    [("12", 12), ("12B", 12), ("3kB", 3000), ("1.5 GB", 1_500_000_000), ("2GiB", 2 * 1024**3),
     ("1t", 10**12)],
)  # fmt: skip
def test_amounts_are_read(text: str, amount: int) -> None:
    assert parse_bytes(text) == amount


@pytest.mark.parametrize("text", ["", "much", "-1GB", "1XB", "i", "1 G B"])
def test_other_words_are_refused(text: str) -> None:
    with pytest.raises(ParameterError, match="like '4GB'"):
        parse_bytes(text)


@pytest.mark.parametrize(
    ("amount", "text"),
    [(0, "0 B"), (999, "999 B"), (1500, "2 kB"), (3.21e9, "3.2 GB"), (4e12, "4.0 TB")],
)
def test_amounts_are_said(amount: float, text: str) -> None:
    assert format_bytes(amount) == text


def test_the_limit_can_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MATINEE_MEMORY_LIMIT", "1MB")
    assert available_bytes() == 1_000_000
    monkeypatch.delenv("MATINEE_MEMORY_LIMIT")
    assert available_bytes() > 10_000_000
