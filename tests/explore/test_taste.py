from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

import matinee
from matinee.dataset import Dataset
from matinee.errors import NotFittedError, ParameterError
from matinee.explore.taste import PersonReport, Surprise, Taste, describe
from matinee.models import create_model
from matinee.profile import Profile
from matinee.ratings import Ratings

# What everybody gives in `tiny`, with five ratings at the mean of all (29 / 8) added to each film.
MEAN = 29 / 8
FILM_10, FILM_20, FILM_30 = (14 + 5 * MEAN) / 8, (9 + 5 * MEAN) / 8, (6 + 5 * MEAN) / 7


def test_new_person_by_hand(tiny: Dataset) -> None:
    report = describe(Profile({10: 3, 30: 5}), tiny)
    generosity = report.generosity
    assert generosity is not None
    assert generosity.mean == 4
    assert generosity.spread == 1
    assert generosity.everybody == pytest.approx((FILM_10 + FILM_30) / 2)
    assert generosity.offset == pytest.approx(4 - (FILM_10 + FILM_30) / 2)
    assert generosity.stars == (
        (1, 0, 1 / 8),
        (2, 0, 1 / 8),
        (3, 0.5, 1 / 8),
        (4, 0, 2 / 8),
        (5, 0.5, 3 / 8),
    )
    assert [decade.name for decade in report.decades] == ["1970s"]
    (drama,) = report.genres
    assert (drama.name, drama.films, drama.share) == ("Drama", 2, 1)
    assert drama.share_of_everybody == 1
    assert drama.taste == pytest.approx(0, abs=1e-12), "all films are of this genre"


def test_taste_is_beyond_generosity_and_drawn_to_nothing(tiny: Dataset) -> None:
    report = describe(Profile({10: 5, 20: 2}), tiny, shrinkage=3)
    tastes = {each.name: each for each in report.genres}
    rest = np.array([5 - FILM_10, 2 - FILM_20])
    horror = tastes["Horror"]
    assert horror.difference == pytest.approx(rest[1])
    assert horror.taste == pytest.approx((rest[1] - rest.mean()) / (1 + 3))
    assert horror.error == pytest.approx(rest.std(ddof=1) / (1 + 3))
    assert horror.share_of_everybody == 3 / 8
    assert [each.name for each in report.genres] == ["Drama", "Horror"], "most films first"


def test_own_ratings_are_no_part_of_everybody(tiny: Dataset) -> None:
    report = describe(tiny.profile(1), tiny)
    others = [(9 + 5 * MEAN) / 7, (6 + 5 * MEAN) / 7, (5 + 5 * MEAN) / 6]
    assert report.generosity is not None
    assert report.generosity.everybody == pytest.approx(np.mean(others))
    # The profile may have moved on since: what stands in the ratings is taken out, not this.
    moved = describe(Profile({10: 1, 20: 1, 30: 1}, user_id=1), tiny)
    assert moved.generosity is not None
    assert moved.generosity.everybody == pytest.approx(np.mean(others))
    assert describe(Profile({10: 3}, user_id=99), tiny).films == 1, "nobody of the data"


def test_a_model_alone_says_the_same_but_for_people(tiny: Dataset) -> None:
    profile = Profile({10: 3, 30: 5})
    data, model = describe(profile, tiny), describe(profile, create_model("bias").fit(tiny))
    assert data.generosity is not None
    assert model.generosity is not None
    assert model.generosity.offset == pytest.approx(data.generosity.offset, abs=1e-6)
    assert model.generosity.more_than is None
    assert model.generosity.stars[2] == (3, 0.5, None)
    assert [each.taste for each in model.genres] == pytest.approx(
        [each.taste for each in data.genres], abs=1e-6
    )
    assert model.nearest is None


def test_a_model_takes_out_the_people_it_keeps(tiny: Dataset) -> None:
    model = create_model("svd", factors=2).fit(tiny)
    known = describe(tiny.profile(1), model).generosity
    assert known is not None
    assert known.everybody == pytest.approx(describe(tiny.profile(1), tiny).generosity.everybody)  # type: ignore[union-attr]
    # With other ratings, the model cannot know which of them were in its means.
    changed = describe(Profile({10: 1, 20: 3, 30: 1}, user_id=1), model).generosity
    assert changed is not None
    assert changed.everybody == pytest.approx((FILM_10 + FILM_20 + FILM_30) / 3, abs=1e-6)


def test_without_polars_numba_or_torch() -> None:
    """The server answers from a loaded model with NumPy alone."""
    code = (
        "import sys, matinee.explore.taste;"
        "print([m for m in ('polars', 'numba', 'torch', 'matplotlib') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def crowd() -> Dataset:
    """Sixty people who all give film 1 five stars, film 2 one, films 3 to 12 three."""
    stars = [5.0, 1.0, *[3.0] * 10]
    users = np.repeat(np.arange(60), 12)
    return Dataset.of(
        Ratings.from_columns(users, list(range(1, 13)) * 60, stars * 60), name="sixty"
    )


def test_surprises_are_beyond_the_crowd_and_ordered() -> None:
    data = crowd()
    taste = {1: 1.0, 2: 5.0, 3: 4.0, **dict.fromkeys(range(4, 13), 3.0)}
    report = describe(Profile(taste), data, most=2)
    mean = 36 / 12
    others = [(60 * stars + 5 * mean) / 65 for stars in (1, 3)]  # drawn to the mean of all films
    assert [(each.movie_id, each.stars) for each in report.likes] == [(2, 5), (3, 4)]
    assert [each.everybody for each in report.likes] == pytest.approx(others)
    assert [each.movie_id for each in report.dislikes] == [1]
    assert report.likes[0].ratings == 60
    assert report.likes[0].predicted is None, "no model was given"


def test_surprises_are_held_against_a_model_that_does_not_know_the_rating() -> None:
    data = crowd()
    taste = {1: 1.0, 2: 5.0, **dict.fromkeys(range(3, 13), 3.0)}
    model = create_model("bias").fit(data)
    (like,) = describe(Profile(taste), data, model=model).likes
    assert like.predicted == pytest.approx(float(model.predict(Profile(taste).without(2), [2])[0]))
    ranks_only = create_model("ease").fit(data)
    assert describe(Profile(taste), ranks_only).likes[0].predicted is None


def test_films_that_few_rated_surprise_nobody(tiny: Dataset) -> None:
    assert describe(Profile({10: 1.0, 30: 5.0}), tiny).likes == ()


def test_what_is_not_known_is_counted_and_left_out(tiny: Dataset) -> None:
    report = describe(Profile({10: 4, 999: 1, 998: 2}, seen={997}), tiny)
    assert (report.films, report.unknown) == (1, 2)
    nothing = describe(Profile({999: 1}), tiny)
    assert (nothing.films, nothing.unknown, nothing.generosity) == (0, 1, None)
    assert nothing.findings == ("No rated film is known here.",)


def test_a_film_that_nobody_rated_is_taken_as_the_mean(tiny: Dataset) -> None:
    report = describe(Profile({40: 5}), tiny)
    assert report.generosity is not None
    assert report.generosity.everybody == pytest.approx(MEAN)
    assert report.genres == ()


def test_levels_need_steps() -> None:
    def levels(stars: list[float]) -> tuple[tuple[float, float, float | None], ...]:
        data = Dataset.of(Ratings.from_columns([1] * len(stars), range(len(stars)), stars))
        generosity = describe(Profile({0: stars[0]}), data).generosity
        assert generosity is not None
        return generosity.stars

    assert levels([1.0, 2.0]) == ((1, 1, 0.5), (2, 0, 0.5))
    assert levels([1.234, 4.567]) == ()
    assert levels([0.1, 10.0]) == (), "too many to draw"


def test_findings_say_only_what_is_clear() -> None:
    report = describe(Profile(dict.fromkeys(range(1, 13), 4.0)), crowd())
    assert report.findings[0].startswith("You give 1.0 stars more than others give")
    clear = Taste("War", 9, 0.1, 0.1, 4.0, 3.0, 1.0, 0.8, 0.2)
    unsure = Taste("Drama", 9, 0.1, 0.1, 2.0, 3.0, -1.0, -0.8, 0.5)
    few = Taste("Noir", 2, 0.1, 0.1, 5.0, 3.0, 2.0, 1.5, 0.1)
    odd = Surprise(1, "Heat", 1995, 1.0, 3.9, 90, -2.9)
    told = PersonReport(
        9, 0, "x", report.generosity, (clear, unsure, few), (), (), (odd,), None
    ).findings
    assert told[1:] == (
        "You like War (+0.8 stars, 9 films) more than others do.",
        "Your most surprising dislike is Heat (1995): 1 star, where others give 3.9.",
    )


def test_as_json() -> None:
    data = matinee.load("sample")
    report = describe(data.profile(42), data, model=create_model("bias").fit(data))
    plain = report.to_dict()
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    assert plain["findings"] == list(report.findings)
    assert plain["nearest"]["films"][0]["liked_by"] >= 5


def test_arguments_are_checked(tiny: Dataset) -> None:
    with pytest.raises(ParameterError, match="most must be a whole number of at least 1, got 0"):
        describe(Profile({10: 4}), tiny, most=0)
    with pytest.raises(ParameterError, match="shrinkage must be a number at least 0"):
        describe(Profile({10: 4}), tiny, shrinkage=-1)
    with pytest.raises(ParameterError, match=r"7 stars for movie 10 is outside the scale of tiny"):
        describe(Profile({10: 7}), tiny)
    with pytest.raises(NotFittedError):
        describe(Profile({10: 4}), create_model("bias"))
