from __future__ import annotations

import numpy as np
import pytest

from matinee.dataset import Dataset
from matinee.explore.crowd import Crowd
from matinee.models import create_model
from matinee.profile import Profile
from matinee.ratings import Ratings


def test_means_and_shares_by_hand(tiny: Dataset) -> None:
    for crowd in (Crowd.of(tiny), Crowd.of(create_model("bias").fit(tiny))):
        assert crowd.name == "tiny"
        assert crowd.mean == pytest.approx(29 / 8)
        assert crowd.scale_width == 4
        assert crowd.share_of(np.array([True, False, False, True])) == 3 / 8


def test_without_a_person(tiny: Dataset) -> None:
    crowd = Crowd.of(tiny)
    codes = np.array([0, 2], dtype=np.int32)
    counts, means = crowd.without(Profile({}, user_id=3), codes, np.array([5.0, 5.0]))
    assert counts.tolist() == [2, 1]
    assert means.tolist() == pytest.approx([4.5, 1.0])


def test_a_film_that_only_the_person_rated_has_the_mean_of_all() -> None:
    data = Dataset.of(Ratings.from_columns([1, 2], [5, 6], [1.0, 4.0]))
    counts, means = Crowd.of(data).without(
        Profile({5: 1.0}, user_id=1), np.array([0], dtype=np.int32), np.array([1.0])
    )
    assert (counts.tolist(), means.tolist()) == ([0], [2.5])


def test_levels_need_steps(tiny: Dataset) -> None:
    stars = np.array([5.0, 3.0])
    assert Crowd.of(tiny).levels(stars)[-1] == (5.0, 0.5, 3 / 8)
    loose = Dataset.of(Ratings.from_columns([1, 1], [1, 2], [1.234, 4.567]))
    assert Crowd.of(loose).levels(stars) == ()
    fine = Dataset.of(Ratings.from_columns([1, 1], [1, 2], [0.1, 10.0]))
    assert Crowd.of(fine).levels(stars) == (), "too many to draw"


def test_nobody() -> None:
    empty = Dataset.of(Ratings.from_columns([], [], []))
    crowd = Crowd.of(empty)
    assert crowd.mean == 2.75
    assert crowd.share_of(np.zeros(0, dtype=bool)) == 0
