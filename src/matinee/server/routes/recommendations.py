"""Lists for a person, and everything that can be asked about them."""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from fastapi import APIRouter
from fastapi.responses import Response
from numpy.typing import NDArray

from matinee.ids import Codes
from matinee.profile import Profile
from matinee.server.direct import DirectRoute
from matinee.server.holder import Serving
from matinee.server.person import Anybody, Caller
from matinee.server.picks import (
    chosen,
    dialled,
    known_codes,
    picks,
    picks_json,
    profile_sent,
    reason_of,
    without,
)
from matinee.server.problems import Problem
from matinee.server.rendering import json_answer
from matinee.server.schemas.lists import (
    Dials,
    Explanation,
    ExplanationRequest,
    PredictionRequest,
    Predictions,
    Rated,
    RecommendationRequest,
    Recommendations,
    WhatIf,
    WhatIfRequest,
)
from matinee.server.scoring import Scored, score, score_many, stars_of
from matinee.server.services import Model, Services, Shared

__all__ = ["profile_of_request", "router"]

router = APIRouter(tags=["recommendations"], route_class=DirectRoute)

_MOST_REASONS = 20
_STRANGER = "No ratings yet: these are films that people like in general."


def profile_of_request(
    shared: Services, serving: Serving, caller: Caller | None, asked: Rated
) -> Profile:
    """Whose list it is: the ratings that came along, or else those of the caller.

    Raises
    ------
    Problem
        401, if neither is there; 422, if a film that came along is unknown.
    """
    if asked.ratings is not None:
        profile = profile_sent(serving, asked)
    elif caller is None:
        raise Problem(
            401,
            "not-signed-in",
            "sign in first to have a list for your own ratings, or send `ratings` along",
        )
    else:
        own = shared.profiles.profile(caller.person_id, serving)
        sent = profile_sent(serving, asked)
        profile = Profile(own.ratings, own.user_id, own.seen | sent.seen, own.timestamps)
    return without(serving, profile, asked.leave_out)


_Work: TypeAlias = Callable[..., Coroutine[Any, Any, dict[str, Any]]]


def _place(shared: Services, asked: Rated) -> _Work:
    """Where to compute: ratings that came along need no database."""
    return shared.work if asked.ratings is None else shared.work.brief


@router.post(
    "/recommendations",
    operation_id="recommend",
    summary="What shall I watch?",
    response_model=Recommendations,
)
async def recommendations(
    asked: RecommendationRequest, shared: Shared, serving: Model, caller: Anybody
) -> Response:
    """The films that fit a person best, of those not seen yet.

    They are for the ratings that come along, which needs no account, or for those of the caller. A
    film that was seen, denied or filtered out never comes back: fewer come rather than padding.
    """
    question = _Question(shared, serving, caller, asked)
    if asked.ratings is None:  # what is in the database may take a while
        value = await shared.work(_recommend, question)
    else:
        value = await shared.work.together(_recommend_several, question, of=serving.version)
    return json_answer(value, version=serving.version)


class _Question(NamedTuple):
    """A list that is asked for."""

    shared: Services
    serving: Serving
    caller: Caller | None
    asked: RecommendationRequest


def _recommend(question: _Question) -> dict[str, Any]:
    return _recommend_several([question])[0]


def _recommend_several(questions: Sequence[_Question]) -> list[dict[str, Any]]:
    """Lists of one model for several people, in their order.

    The work goes from step to step, not from person to person: some steps are done for all at once,
    and any step is quicker for the second person than for the first, since the processor has it at
    hand.
    """
    started = time.perf_counter()
    serving = questions[0].serving
    profiles = [profile_of_request(*question) for question in questions]
    several = score_many(serving.model, profiles)
    moved, films = [], []
    for scored, (*_, asked) in zip(several, questions, strict=True):
        scores = dialled(serving, scored, asked)
        moved.append(scores)
        films.append(chosen(serving, scored, asked, asked.n, asked.offset))
    stars = stars_of(several, films)
    return [
        {
            "items": picks_json(serving, *shown, first=asked.offset + 1, explain=asked.explain),
            "asked": asked.n,
            "complete": len(shown[1]) >= asked.n,
            "profile": _size(profile),
            "note": None if profile.ratings else _STRANGER,
            "took_ms": round(1000 * (time.perf_counter() - started), 2),
            "model": serving.about,
        }
        for (*_, asked), profile, *shown in zip(
            questions, profiles, several, films, moved, stars, strict=True
        )
    ]


def _chosen(
    serving: Serving, profile: Profile, dials: Dials, n: int, offset: int = 0
) -> tuple[Scored, NDArray[np.float32], Codes]:
    """A person's scores, the same after the dials, and the films of one page."""
    scored = score(serving.model, profile)
    scores = dialled(serving, scored, dials)
    return scored, scores, chosen(serving, scored, dials, n, offset)


def _size(profile: Profile) -> dict[str, int]:
    return {"ratings": len(profile.ratings), "seen": len(profile.seen)}


@router.post(
    "/what-if",
    operation_id="whatIf",
    summary="The list without one of the ratings, or with one more",
    response_model=WhatIf,
)
async def what_if(
    asked: WhatIfRequest, shared: Shared, serving: Model, caller: Anybody
) -> Response:
    """Two lists with the same dials, before and after one change, and what became of each film.

    A film whose rating is ignored may come back in the list after, as if it had not been seen.
    """
    value = await _place(shared, asked)(_what_if, shared, serving, caller, asked)
    return json_answer(value, version=serving.version)


def _what_if(
    shared: Services, serving: Serving, caller: Caller | None, asked: WhatIfRequest
) -> dict[str, Any]:
    profile = profile_of_request(shared, serving, caller, asked)
    ids = serving.model.catalog.movie_ids
    if asked.without is not None:
        code = int(known_codes(serving, [asked.without], "without")[0])
        if ids.id_of(code) not in profile.ratings:
            raise Problem(
                422,
                "not-rated",
                f"the film {asked.without!r} is not among the ratings; name one that is",
                errors=[("without", "is not among the ratings")],
            )
        other = profile.without(ids.id_of(code))
    else:
        assert asked.with_ is not None
        code = int(known_codes(serving, [asked.with_.movie_id], "with.movie_id")[0])
        other = profile.with_rating(ids.id_of(code), serving.stars.inside(asked.with_.stars))
    before, after = (
        picks(serving, scored, codes, scores, explain=asked.explain)
        for scored, scores, codes in (
            _chosen(serving, one, asked, asked.n) for one in (profile, other)
        )
    )
    places = {pick["movie_id"]: pick["rank"] for pick in before}
    later = {pick["movie_id"]: pick["rank"] for pick in after}
    return {
        "before": before,
        "after": after,
        "entered": [movie for movie in later if movie not in places],
        "left": [movie for movie in places if movie not in later],
        "moved": [
            {"movie_id": movie, "from": places[movie], "to": rank}
            for movie, rank in later.items()
            if movie in places and places[movie] != rank
        ],
        "model": serving.about,
    }


@router.post(
    "/predictions",
    operation_id="predict",
    summary="How many stars would I give?",
    response_model=Predictions,
)
async def predictions(
    asked: PredictionRequest, shared: Shared, serving: Model, caller: Anybody
) -> Response:
    """Predicted stars and scores of films, in the order of the request."""
    value = await _place(shared, asked)(_predict, shared, serving, caller, asked)
    return json_answer(value, version=serving.version)


def _predict(
    shared: Services, serving: Serving, caller: Caller | None, asked: PredictionRequest
) -> dict[str, Any]:
    profile = profile_of_request(shared, serving, caller, asked)
    codes = known_codes(serving, asked.movies, "movies")
    scored = score(serving.model, profile)
    stars = stars_of([scored], [codes])[0]
    items = [
        {
            "movie_id": str(serving.model.catalog.movie_ids.id_of(code)),
            "stars": None if value is None else round(serving.stars.outside(value), 2),
            "interval": None,
            "score": _finite(scored.scores[code]),
        }
        for code, value in zip(codes.tolist(), stars, strict=True)
    ]
    return {"items": items, "model": serving.about}


def _finite(value: Any) -> float | None:
    number = float(value)
    return round(number, 5) if number - number == 0 else None


@router.post(
    "/explanations",
    operation_id="explain",
    summary="Why this film?",
    response_model=Explanation,
)
async def explanations(
    asked: ExplanationRequest, shared: Shared, serving: Model, caller: Anybody
) -> Response:
    """The parts of a film's score: `base`, `reasons` and `rest` add up to it.

    409 `not-supported` from models whose mathematics gives no honest reasons.
    """
    value = await _place(shared, asked)(_explain, shared, serving, caller, asked)
    return json_answer(value, version=serving.version)


def _explain(
    shared: Services, serving: Serving, caller: Caller | None, asked: ExplanationRequest
) -> dict[str, Any]:
    model = serving.model
    profile = profile_of_request(shared, serving, caller, asked)
    codes = known_codes(serving, [asked.movie_id], "movie_id")
    if not model.explains:
        raise Problem(
            409,
            "not-supported",
            f"{model.name} cannot say why; `matinee models` shows which models can",
        )
    scored: Scored = score(model, profile)
    parts = model._contributions(scored.batch, codes)[0]
    reasons = [
        reason_of(serving, scored, reason) for reason in scored.reasons(codes, _MOST_REASONS)[0]
    ]
    stars = stars_of([scored], [codes])[0][0]
    listed = sum(reason["contribution"] for reason in reasons)
    return {
        "movie": serving.films.show(int(codes[0])),
        "reasons": reasons,
        "score": _finite(parts.total),
        "base": _finite(parts.base),
        "rest": _finite(parts.total - parts.base - listed),
        "stars": None if stars is None else round(serving.stars.outside(stars), 2),
        "interval": None,
        "model": serving.about,
    }
