"""Lists for a person: recommendations, what-if, predicted stars, reasons."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from matinee.server.schemas.common import Answer, Asked, ModelRef, MovieId, StarValue, example
from matinee.server.schemas.films import Film

__all__ = [
    "MOST_RATINGS",
    "Dials",
    "Explanation",
    "ExplanationRequest",
    "Pick",
    "Prediction",
    "PredictionRequest",
    "Predictions",
    "ProfileSize",
    "Rated",
    "Rating",
    "Reason",
    "RecommendationRequest",
    "Recommendations",
    "SimilarFilms",
    "WhatIf",
    "WhatIfMove",
    "WhatIfRequest",
]

MOST_RATINGS = 2000
_GENRES = Annotated[list[Annotated[str, Field(min_length=1, max_length=60)]], Field(max_length=40)]
_YEAR = Annotated[int, Field(ge=1800, le=2200)]


class Rating(Asked):
    """A film with stars."""

    movie_id: MovieId
    stars: StarValue


class Rated(Asked):
    """Whose list it is: the ratings that come along, or those of the caller."""

    ratings: list[Rating] | None = Field(
        default=None,
        max_length=MOST_RATINGS,
        description="Films with stars. Absent: the caller's own ratings and marks.",
    )
    seen: list[MovieId] = Field(
        default=[],
        max_length=MOST_RATINGS,
        description="Seen, but not rated: not to come back.",
    )
    leave_out: list[MovieId] = Field(
        default=[],
        max_length=MOST_RATINGS,
        description="Rated films to be ignored, as if they had not been rated.",
    )

    @model_validator(mode="after")
    def _once(self) -> Self:
        given = [rating.movie_id for rating in self.ratings or ()]
        if len(set(given)) != len(given):
            twice = next(movie for movie in given if given.count(movie) > 1)
            raise ValueError(f"ratings has the film {twice!r} twice; rate each film once")
        return self


class Dials(Asked):
    """What moves a list without changing the model."""

    like: list[MovieId] = Field(
        default=[], max_length=10, description="The mood: more like these films."
    )
    genres: _GENRES = Field(default=[], description="At least one of these genres.")
    without_genres: _GENRES = Field(default=[], description="None of these genres.")
    from_year: _YEAR | None = Field(default=None, description="First year of release.")
    to_year: _YEAR | None = Field(default=None, description="Last year of release.")
    tail: float = Field(
        default=0.0,
        ge=-1,
        le=1,
        allow_inf_nan=False,
        description="From -1 (popular films) over 0 (the model's own order) to 1 (hidden gems).",
    )
    variety: float = Field(
        default=0.0,
        ge=0,
        le=1,
        allow_inf_nan=False,
        description="From 0 (the best, though alike) to 1 (as different as can be).",
    )
    min_stars: float | None = Field(
        default=None,
        ge=0.5,
        le=5,
        allow_inf_nan=False,
        description="Least mean stars of everybody.",
    )
    min_ratings: int = Field(
        default=0, ge=0, le=10**9, description="Least number of ratings of everybody."
    )

    @property
    def narrows(self) -> bool:
        """Whether a dial keeps films out."""
        return bool(
            self.like
            or self.genres
            or self.without_genres
            or self.min_ratings
            or self.from_year is not None
            or self.to_year is not None
            or self.min_stars is not None
        )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        first, last = self.from_year, self.to_year
        if first is not None and last is not None and first > last:
            raise ValueError(f"from_year {first} is later than to_year {last}")
        return self


class RecommendationRequest(Rated, Dials):
    """A request for films to watch."""

    model_config = example(
        {
            "ratings": [{"movie_id": "318", "stars": 5}, {"movie_id": "6", "stars": 4.5}],
            "n": 10,
            "without_genres": ["Horror"],
            "from_year": 1990,
            "tail": 0.3,
        }
    )

    n: int = Field(default=20, ge=1, le=100, description="How many films.")
    offset: int = Field(default=0, ge=0, le=400, description="How many to pass over.")
    explain: bool = Field(default=True, description="Whether to say what speaks for each.")


class Reason(Answer):
    """What speaks for a film, or against it."""

    kind: str = Field(
        description="`movie`, `genre`, `tag`, `title`, `person` or `popularity`.",
        examples=["movie"],
    )
    text: str = Field(examples=["you gave Heat 4.5"])
    movie_id: str | None = Field(description="The caller's own film.", examples=["6"])
    contribution: float = Field(
        description="Its share of the score; below 0 it speaks against.", examples=[0.42]
    )


class Pick(Film):
    """A film of a list made for somebody."""

    rank: int = Field(description="From 1.", examples=[1])
    score: float = Field(
        description="What the list is sorted by; it has no unit and is not a rating.",
        examples=[2.41],
    )
    stars: float | None = Field(
        description="Predicted stars, 0.5 to 5, from models that predict them.", examples=[4.4]
    )
    interval: Annotated[list[float], Field(min_length=2, max_length=2)] | None = Field(
        description="Within which the person's own stars lie with 80 % probability, from models "
        "that tell.",
        examples=[[3.5, 5.0]],
    )
    reasons: list[Reason] = Field(description="The strongest first.")


class ProfileSize(Answer):
    """How much a list was made from."""

    ratings: int = Field(examples=[2])
    seen: int = Field(examples=[0])


class Recommendations(Answer):
    """A list of films, the best first."""

    items: list[Pick]
    asked: int = Field(description="How many were asked for.", examples=[10])
    complete: bool = Field(description="Whether as many came back; no list is padded.")
    profile: ProfileSize
    note: str | None = Field(
        description="What one should know about this list.",
        examples=[None, "No ratings yet: these are films that people like in general."],
    )
    took_ms: float = Field(description="Time to compute it, milliseconds.", examples=[4.2])
    model: ModelRef


class SimilarFilms(Answer):
    """Films like a film, the most similar first."""

    items: list[Pick]
    model: ModelRef


class WhatIfRequest(Rated, Dials):
    """The list without one of the ratings, or with one more."""

    model_config = example(
        {
            "ratings": [{"movie_id": "318", "stars": 5}, {"movie_id": "6", "stars": 4.5}],
            "without": "6",
            "n": 10,
        }
    )

    without: MovieId | None = Field(default=None, description="A rated film to be ignored.")
    with_: Rating | None = Field(
        default=None, alias="with", description="A rating that is not there yet, or another one."
    )
    n: int = Field(default=10, ge=1, le=100, description="How many films.")
    explain: bool = Field(default=False, description="Whether to say what speaks for each.")

    @model_validator(mode="after")
    def _one_change(self) -> Self:
        if (self.without is None) == (self.with_ is None):
            raise ValueError(
                "say what is to change: either without (a movie id) or with (a film and stars)"
            )
        return self


class WhatIfMove(Answer):
    """A film that is in both lists, at another place."""

    movie_id: str = Field(examples=["50"])
    from_: int = Field(alias="from", description="Rank before.", examples=[3])
    to: int = Field(description="Rank after.", examples=[1])


class WhatIf(Answer):
    """Two lists, and what became of the films."""

    before: list[Pick]
    after: list[Pick]
    entered: list[str] = Field(description="Films only in the list after.", examples=[["50"]])
    left: list[str] = Field(description="Films only in the list before.", examples=[["858"]])
    moved: list[WhatIfMove]
    model: ModelRef


class PredictionRequest(Rated):
    """A request for the stars that somebody would give."""

    model_config = example({"ratings": [{"movie_id": "318", "stars": 5}], "movies": ["6", "50"]})

    movies: list[MovieId] = Field(min_length=1, max_length=200)


class Prediction(Answer):
    """The stars that somebody would give to a film."""

    movie_id: str = Field(examples=["6"])
    stars: float | None = Field(description="0.5 to 5.", examples=[4.1])
    interval: Annotated[list[float], Field(min_length=2, max_length=2)] | None = Field(
        examples=[None]
    )
    score: float | None = Field(
        description="What a list would be sorted by; null: never returned.", examples=[1.7]
    )


class Predictions(Answer):
    """Predicted stars, in the order of the request."""

    items: list[Prediction]
    model: ModelRef


class ExplanationRequest(Rated):
    """A request for what speaks for a film."""

    model_config = example({"ratings": [{"movie_id": "318", "stars": 5}], "movie_id": "50"})

    movie_id: MovieId


class Explanation(Answer):
    """What a film's score is made of."""

    movie: Film
    reasons: list[Reason] = Field(description="The strongest first, 20 at most.")
    score: float | None = Field(
        description="The score that the reasons are shares of.", examples=[0.86]
    )
    base: float | None = Field(
        description="The part of it that does not depend on the person's films.", examples=[0.0]
    )
    rest: float | None = Field(
        description="The sum of the parts beyond those listed.", examples=[0.03]
    )
    stars: float | None = Field(examples=[4.2])
    interval: Annotated[list[float], Field(min_length=2, max_length=2)] | None = Field(
        examples=[None]
    )
    model: ModelRef
