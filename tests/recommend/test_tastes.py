"""People with two tastes."""

from __future__ import annotations

import numpy as np
import pytest

import matinee
from matinee.models.base import Recommender
from matinee.recommend.tastes import two_tastes


def kinds(*rows: str) -> np.ndarray:
    names = sorted(set("".join(rows)))
    return np.array([[name in row for name in names] for row in rows])


def test_two_kinds_without_a_bridge_are_two_tastes() -> None:
    first = two_tastes(kinds("ab", "a", "ab", "c", "cd"), np.ones(4))
    assert first is not None
    assert first.tolist() in ([True, True, True, False, False], [False, False, False, True, True])


@pytest.mark.parametrize(
    "rows",
    [
        ("ab", "bc", "cd", "da"),  # each leads to the next
        ("a", "a", "a", "b"),  # one film is no taste
        ("a", "b"),
        ("a",) * 40 + ("b",) * 40,  # a long profile
    ],
)
def test_others_have_one(rows: tuple[str, ...]) -> None:
    assert two_tastes(kinds(*rows), np.ones(len(set("".join(rows))))) is None


def test_plain_dramas_and_fantastic_ones_are_one_taste() -> None:
    """A rare genre on some of the films does not part them from others that share the rest."""
    assert two_tastes(kinds("ad", "ad", "a", "a"), np.array([1.0, 3.0])) is None
    assert two_tastes(kinds("bd", "bd", "a", "a"), np.array([1.0, 1.0, 3.0])) is not None


def test_both_tastes_are_in_the_list(ease: Recommender) -> None:
    children = {"Toy Story": 5, "Finding Nemo": 5, "The Lion King": 5}
    horror = {"The Exorcist": 5, "The Shining": 5, "Halloween (1978)": 4.5}
    genres = ease.catalog.genres
    names = list(ease.catalog.genre_names)

    def shares(person: dict[str, float]) -> tuple[int, int]:
        codes = ease.catalog.codes_of(ease.recommend(person, 10).movie_ids)
        found = genres[codes].sum(axis=0)
        return int(found[names.index("Children")]), int(found[names.index("Horror")])

    mixed = shares({**children, **horror})
    assert min(mixed) >= 3, mixed
    assert shares(children)[1] <= 1
    assert shares(horror)[0] <= 1


@pytest.fixture(scope="module")
def ease() -> Recommender:
    return matinee.create_model("ease").fit(matinee.load("sample"))
