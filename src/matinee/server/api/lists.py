"""Lists for a person, and everything that can be asked about them.

:mod:`matinee.recommend` answers. What is here says for whom, and shows stars on the API's scale.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Sequence
from typing import Annotated, Self

from fastapi import APIRouter, Depends, Path, Query
from pydantic import Field, model_validator

from matinee.filters import Filter
from matinee.ids import Codes, Id
from matinee.profile import Profile
from matinee.recommend.answer import Scored, answer
from matinee.recommend.dials import Dials as Turned
from matinee.recommend.dials import Order
from matinee.results import Reason, Recommendation
from matinee.results import Recommendations as Answered
from matinee.server.api.films import code_of
from matinee.server.auth import Anybody, Caller
from matinee.server.dependencies import Model, Services, Shared, revalidated
from matinee.server.errors import Problem, unknown_movie
from matinee.server.model_holder import Serving
from matinee.server.schemas import (
    MOST_RATINGS,
    Answer,
    Asked,
    Film,
    ModelRef,
    MovieId,
    StarValue,
    example,
)
from matinee.server.settings import API

__all__ = [
    "Dials",
    "Pick",
    "Rated",
    "Rating",
    "dials_of",
    "filter_of",
    "ids_of",
    "pick_of",
    "profile_of",
    "profile_sent",
    "router",
]

router = APIRouter(prefix=API, tags=["recommendations"])

_MOST_REASONS = 20
_GENRES = Annotated[list[Annotated[str, Field(min_length=1, max_length=60)]], Field(max_length=40)]
_YEAR = Annotated[int, Field(ge=1800, le=2200)]
_DIAL = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


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
    """What may come back, and what is wanted of the order."""

    like: list[MovieId] = Field(
        default=[], max_length=10, description="The mood: more like these films."
    )
    hidden: _DIAL = Field(
        default=0.0, description="From 0 (as they come) to 1 (hidden gems, rated by few)."
    )
    different: _DIAL = Field(
        default=0.0,
        description="From 0 (as they come) to 1 (as different from each other as can be).",
    )
    order: Order = Field(
        default="fit",
        description="What sorts the list: the best fit first, the surest to please, or the "
        "highest stars.",
    )
    series: int = Field(
        default=2,
        ge=0,
        le=10,
        description="Films of one series among ten at most; 0 for no limit.",
    )
    genres: _GENRES = Field(default=[], description="At least one of these genres.")
    without_genres: _GENRES = Field(default=[], description="None of these genres.")
    from_year: _YEAR | None = Field(default=None, description="First year of release.")
    to_year: _YEAR | None = Field(default=None, description="Last year of release.")
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
            "hidden": 0.3,
        }
    )

    n: int = Field(default=20, ge=1, le=100, description="How many films.")
    offset: int = Field(default=0, ge=0, le=400, description="How many to pass over.")
    explain: bool = Field(default=True, description="Whether to say what speaks for each.")


class ReasonAnswer(Answer):
    """A part of a film's fit, with its sign."""

    kind: str = Field(
        description="`movie`, `genre`, `decade`, `tag`, `title`, `person`, `popularity` or `mood`.",
        examples=["movie"],
    )
    movie_id: str | None = Field(description="The caller's own film.", examples=["6"])
    title: str = Field(
        description="The film's title, the genre, the decade, …; a clause for the others.",
        examples=["Heat"],
    )
    stars: float | None = Field(description="What the caller gave that film.", examples=[4.5])
    share: float = Field(
        description="Points of `fit` that it adds; below 0 it speaks against.", examples=[21.4]
    )
    text: str = Field(description="In words.", examples=["because you gave Heat 4½"])


class Promise(Answer):
    """What is promised of a film to a person."""

    fit: float = Field(
        description="How well it fits, 0 (no better than the average film) to 100; orders lists.",
        examples=[83.1],
    )
    stars: float | None = Field(
        description="The stars the person would give, 0.5 to 5, from models that predict them.",
        examples=[4.4],
    )
    low: float | None = Field(
        description="The person's own stars lie between `low` and `high` with 80 % probability; "
        "null from models that do not tell.",
        examples=[3.5],
    )
    high: float | None = Field(examples=[5.0])
    like: float | None = Field(
        description="Probability (0 to 1) that the person will like it.", examples=[0.86]
    )


class Pick(Film, Promise):
    """A film of a list made for somebody."""

    rank: int = Field(description="From 1.", examples=[1])
    reasons: list[ReasonAnswer] = Field(description="The strongest first.")


class ProfileSize(Answer):
    """How much a list was made from."""

    ratings: int = Field(examples=[2])
    seen: int = Field(examples=[0])


class Recommendations(Answer):
    """A list of films."""

    items: list[Pick]
    asked: int = Field(description="How many were asked for.", examples=[10])
    complete: bool = Field(description="Whether as many came back; no list is padded.")
    profile: ProfileSize
    notes: list[str] = Field(
        description="What one should know about this list.",
        examples=[["No ratings yet: these are films that people like in general."]],
    )
    price: float = Field(
        description="Points of fit that the dials cost, on average over the films.", examples=[6.2]
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


class Prediction(Promise):
    """What is promised of a film to somebody."""

    movie_id: str = Field(examples=["6"])


class Predictions(Answer):
    """Predictions in the order of the request."""

    items: list[Prediction]
    model: ModelRef


class ExplanationRequest(Rated):
    """A request for what speaks for a film."""

    model_config = example({"ratings": [{"movie_id": "318", "stars": 5}], "movie_id": "50"})

    movie_id: MovieId


class Explanation(Promise):
    """What a film's fit is made of."""

    movie: Film
    reasons: list[ReasonAnswer] = Field(description="The strongest first, 20 at most.")
    rest: float = Field(
        description="What the parts beyond those listed add; `reasons` and `rest` make `fit`.",
        examples=[0.3],
    )
    model: ModelRef


# -- for whom -----------------------------------------------------------------------------------


def ids_of(serving: Serving, ids: Sequence[str], field: str) -> list[Id]:
    """Films that a request names, as the catalogue names them.

    Raises
    ------
    Problem
        422, naming a film that this model does not know.
    """
    found = []
    for text in ids:
        movie_id = serving.model.catalog.movie_ids.canonical(text)
        if movie_id is None:
            raise unknown_movie(text, 422, field)
        found.append(movie_id)
    return found


def profile_sent(serving: Serving, asked: Rated) -> Profile:
    """The profile of the ratings that came along with a request.

    Raises
    ------
    Problem
        422, if a film is unknown.
    """
    ratings = asked.ratings or []
    movies = ids_of(serving, [rating.movie_id for rating in ratings], "ratings")
    stars = [serving.stars_inside(rating.stars) for rating in ratings]
    seen = frozenset(ids_of(serving, asked.seen, "seen"))
    return Profile(dict(zip(movies, stars, strict=True)), seen=seen)


async def profile_of(
    shared: Services, serving: Serving, caller: Caller | None, asked: Rated
) -> Profile:
    """Whose list it is: the ratings that came along, or else those of the caller.

    Raises
    ------
    Problem
        401, if neither is there; 422, if a film that came along is unknown.
    """
    profile = profile_sent(serving, asked)
    if asked.ratings is None:
        if caller is None:
            raise Problem(
                401,
                "not-signed-in",
                "sign in first to have a list for your own ratings, or send `ratings` along",
            )
        own = await shared.executor.store(shared.profiles.profile, caller.person_id, serving)
        profile = Profile(own.ratings, own.user_id, own.seen | profile.seen, own.timestamps)
    if not asked.leave_out:
        return profile
    known = serving.model.catalog.movie_ids.canonical
    gone = {known(text) for text in asked.leave_out}
    ratings = {key: stars for key, stars in profile.ratings.items() if key not in gone}
    return Profile(ratings, profile.user_id, profile.seen - gone, profile.timestamps)


def filter_of(serving: Serving, asked: Dials) -> Filter:
    """What may come back."""
    return Filter(
        genres=asked.genres,
        exclude_genres=asked.without_genres,
        from_year=asked.from_year,
        to_year=asked.to_year,
        min_ratings=asked.min_ratings,
        min_mean=None if asked.min_stars is None else asked.min_stars / serving.factor,
    )


def dials_of(serving: Serving, asked: Dials) -> Turned:
    """What is wanted of the order."""
    like = ids_of(serving, asked.like, "like")
    return Turned(like, asked.hidden, asked.different, asked.order, asked.series)


# -- as it is shown -----------------------------------------------------------------------------


def pick_of(serving: Serving, film: Recommendation, rank: int) -> Pick:
    """A film of a list."""
    code = serving.model.catalog.movie_ids.code_of(film.movie_id)
    return Pick(
        **dict(serving.film(code)),
        rank=rank,
        fit=round(film.fit, 2),
        stars=serving.stars_outside(film.stars),
        low=serving.stars_outside(film.low),
        high=serving.stars_outside(film.high),
        like=_rounded(film.like),
        reasons=[_reason(serving, reason) for reason in film.reasons],
    )


def _rounded(chance: float | None) -> float | None:
    return None if chance is None else round(chance, 3)


def _picks(serving: Serving, films: Answered, first: int = 1) -> list[Pick]:
    return [pick_of(serving, film, rank) for rank, film in enumerate(films, start=first)]


def _reason(serving: Serving, reason: Reason) -> ReasonAnswer:
    stars = serving.stars_outside(reason.stars)
    if stars != reason.stars:
        reason = dataclasses.replace(reason, stars=stars)
    return ReasonAnswer(
        kind=reason.kind,
        movie_id=None if reason.movie_id is None else str(reason.movie_id),
        title=reason.name,
        stars=stars,
        share=round(reason.share, 2),
        text=str(reason),
    )


def _promises(serving: Serving, scored: Scored, codes: Codes) -> list[Promise]:
    """What is promised of films."""
    promises = scored.promises(codes)
    found = []
    for place, code in enumerate(codes.tolist()):
        told = promises.of(place)
        found.append(
            Promise(
                fit=round(float(scored.fit[code]), 2),
                stars=serving.stars_outside(told["stars"]),
                low=serving.stars_outside(told["low"]),
                high=serving.stars_outside(told["high"]),
                like=_rounded(told["like"]),
            )
        )
    return found


# -- the questions ------------------------------------------------------------------------------


@router.post("/recommendations")
async def recommend(
    asked: RecommendationRequest, shared: Shared, serving: Model, caller: Anybody
) -> Recommendations:
    """The films that fit a person best, of those not seen yet.

    They are for the ratings that come along, which needs no account, or for those of the caller. A
    film that was seen, denied or filtered out never comes back: fewer come rather than padding.
    """
    profile = await profile_of(shared, serving, caller, asked)
    return await shared.executor.compute(_recommend, serving, profile, asked)


def _recommend(serving: Serving, profile: Profile, asked: RecommendationRequest) -> Recommendations:
    started = time.perf_counter()
    films = answer(
        serving.model.scored(profile),
        asked.n,
        filter_of(serving, asked),
        dials_of(serving, asked),
        offset=asked.offset,
        explain=asked.explain,
    )
    return Recommendations(
        items=_picks(serving, films, asked.offset + 1),
        asked=asked.n,
        complete=len(films) >= asked.n,
        profile=ProfileSize(ratings=len(profile.ratings), seen=len(profile.seen)),
        notes=list(films.notes),
        price=round(films.price, 2),
        took_ms=round(1000 * (time.perf_counter() - started), 2),
        model=serving.about,
    )


@router.post("/what-if")
async def what_if(asked: WhatIfRequest, shared: Shared, serving: Model, caller: Anybody) -> WhatIf:
    """Two lists with the same dials, before and after one change, and what became of each film.

    A film whose rating is ignored may come back in the list after, as if it had not been seen.
    """
    profile = await profile_of(shared, serving, caller, asked)
    return await shared.executor.compute(_what_if, serving, profile, asked)


def _what_if(serving: Serving, profile: Profile, asked: WhatIfRequest) -> WhatIf:
    if asked.without is not None:
        (movie_id,) = ids_of(serving, [asked.without], "without")
        if movie_id not in profile.ratings:
            raise Problem(
                422,
                "not-rated",
                f"the film {asked.without!r} is not among the ratings; name one that is",
                errors=[("without", "is not among the ratings")],
            )
        other = profile.without(movie_id)
    else:
        assert asked.with_ is not None
        (movie_id,) = ids_of(serving, [asked.with_.movie_id], "with.movie_id")
        other = profile.with_rating(movie_id, serving.stars_inside(asked.with_.stars))
    where, dials = filter_of(serving, asked), dials_of(serving, asked)
    before, after = (
        _picks(serving, films)
        for films in serving.model.recommend_many(
            [profile, other], asked.n, where, dials, explain=asked.explain
        )
    )
    places = {pick.movie_id: pick.rank for pick in before}
    later = {pick.movie_id: pick.rank for pick in after}
    return WhatIf(
        before=before,
        after=after,
        entered=[movie for movie in later if movie not in places],
        left=[movie for movie in places if movie not in later],
        moved=[
            WhatIfMove.model_validate({"movie_id": movie, "from": places[movie], "to": rank})
            for movie, rank in later.items()
            if movie in places and places[movie] != rank
        ],
        model=serving.about,
    )


@router.post("/predictions")
async def predict(
    asked: PredictionRequest, shared: Shared, serving: Model, caller: Anybody
) -> Predictions:
    """Predicted stars and fits of films, in the order of the request."""
    profile = await profile_of(shared, serving, caller, asked)
    return await shared.executor.compute(_predict, serving, profile, asked)


def _predict(serving: Serving, profile: Profile, asked: PredictionRequest) -> Predictions:
    codes = serving.model.catalog.codes_of(ids_of(serving, asked.movies, "movies"))
    promises = _promises(serving, serving.model.scored(profile), codes)
    ids = serving.model.catalog.movie_ids
    return Predictions(
        items=[
            Prediction(movie_id=str(ids.id_of(code)), **dict(promise))
            for code, promise in zip(codes.tolist(), promises, strict=True)
        ],
        model=serving.about,
    )


@router.post("/explanations")
async def explain(
    asked: ExplanationRequest, shared: Shared, serving: Model, caller: Anybody
) -> Explanation:
    """The parts of a film's fit: `reasons` and `rest` add up to it.

    409 `not-supported` from models whose mathematics gives no honest reasons.
    """
    profile = await profile_of(shared, serving, caller, asked)
    return await shared.executor.compute(_explain, serving, profile, asked)


def _explain(serving: Serving, profile: Profile, asked: ExplanationRequest) -> Explanation:
    (movie_id,) = ids_of(serving, [asked.movie_id], "movie_id")
    codes = serving.model.catalog.codes_of([movie_id])
    found = serving.model.explain(profile, movie_id, most=_MOST_REASONS)
    (promise,) = _promises(serving, serving.model.scored(profile), codes)
    reasons = [_reason(serving, reason) for reason in found]
    return Explanation(
        movie=serving.film(int(codes[0])),
        reasons=reasons,
        rest=round(promise.fit - sum(reason.share for reason in reasons), 2),
        **dict(promise),
        model=serving.about,
    )


@router.get("/films/{movie_id}/similar", tags=["films"], dependencies=[Depends(revalidated)])
async def list_similar(
    shared: Shared,
    serving: Model,
    movie_id: Annotated[str, Path(max_length=100, examples=["318"])],
    limit: Annotated[int, Query(ge=1, le=100, description="How many films.")] = 12,
) -> SimilarFilms:
    """The most similar first; `fit` says how similar, 100 for the most similar of all."""
    known = serving.model.catalog.movie_ids.id_of(code_of(serving, movie_id))
    films = await shared.executor.compute(serving.model.similar, known, limit)
    return SimilarFilms(items=_picks(serving, films), model=serving.about)
