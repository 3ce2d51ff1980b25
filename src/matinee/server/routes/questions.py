"""What to ask next, what a taste is like, what to watch together."""

from __future__ import annotations

from typing import Any

import numpy as np
from fastapi import APIRouter
from fastapi.responses import Response

from matinee.profile import Profile
from matinee.recommend.groups import agree, gives_way
from matinee.recommend.questions import SETTLED, steadiness
from matinee.server.holder import Serving
from matinee.server.person import Anybody, Caller, choosable
from matinee.server.picks import known_codes, picks, profile_sent
from matinee.server.problems import Problem
from matinee.server.rendering import json_answer
from matinee.server.routes.recommendations import profile_of_request
from matinee.server.schemas.lists import Rated
from matinee.server.schemas.questions import (
    AskNext,
    AskNextRequest,
    GroupList,
    GroupMember,
    GroupRequest,
    TasteAnswer,
    TasteRequest,
)
from matinee.server.scoring import Scored, score_many, stars_of
from matinee.server.services import Model, Services, Shared
from matinee.server.taste import taste

__all__ = ["router"]

router = APIRouter()

_LOOK_BACK = 3  # answers whose effect says how settled a list is
_DEPTH, _SHOWN = 20, 6


@router.post(
    "/ask-next",
    operation_id="askNext",
    tags=["recommendations"],
    summary="Which film to ask about next",
    response_model=AskNext,
)
async def ask_next(
    asked: AskNextRequest, shared: Shared, serving: Model, caller: Anybody
) -> Response:
    """The film whose stars would say most, how settled the list is, and its beginning.

    Answer with stars (add to `ratings`, the latest last) or with “haven't seen it” (add to
    `unseen`), as long as you like.
    """
    value = await shared.work(_ask_next, shared, serving, caller, asked)
    return json_answer(value, version=serving.version)


def _ask_next(
    shared: Services, serving: Serving, caller: Caller | None, asked: AskNextRequest
) -> dict[str, Any]:
    model = serving.model
    unseen = known_codes(serving, asked.unseen, "unseen").tolist()
    profile = profile_of_request(shared, serving, caller, asked)
    asker = serving.asker
    # Dictionaries keep their order: the latest answer is the last one.
    earlier = [
        Profile(dict(list(profile.ratings.items())[: len(profile.ratings) - back]))
        for back in range(1, min(_LOOK_BACK, len(profile.ratings)) + 1)
    ]
    scored, *before = score_many(model, [profile, *earlier])
    rated = model.catalog.codes_of(list(profile.ratings))
    hidden = model.catalog.codes_of(list(profile.not_to_return))
    lists = []
    for one in (*reversed(before), scored):
        # What has been rated since would have left the list by that alone.
        scores = one.open.copy()
        scores[hidden] = -np.inf
        lists.append(one.best(scores, _DEPTH).tolist())
    stability = steadiness(lists) if len(lists) > _LOOK_BACK else 0.0
    liked = [
        code
        for code, stars in zip(rated.tolist(), profile.ratings.values(), strict=True)
        if stars >= model.scale.middle
    ]
    items = []
    for code in asker.best(scored.scores, hidden.tolist(), unseen, asked.n).tolist():
        near = asker.nearest(code, liked)
        why = "many people have seen it"
        if near is not None:
            why = f"close to {model.catalog.display_title(near)}, which you like"
        items.append({**serving.films.show(code), "why": why})
    codes = scored.best(scored.open, _SHOWN)
    return {
        "items": items,
        "stability": round(stability, 4),
        "settled": stability >= SETTLED,
        "answered": len(profile.ratings),
        "list": picks(serving, scored, codes, scored.scores),
        "model": serving.about,
    }


@router.post(
    "/taste",
    operation_id="getTaste",
    tags=["recommendations"],
    summary="What do the ratings say?",
    response_model=TasteAnswer,
)
async def describe_taste(
    asked: TasteRequest, shared: Shared, serving: Model, caller: Anybody
) -> Response:
    """Genres, decades, generosity and surprises, against what everybody gives to the same films."""

    def work() -> dict[str, Any]:
        return taste(serving, profile_of_request(shared, serving, caller, asked))

    return json_answer(await shared.work(work), version=serving.version)


@router.post(
    "/groups",
    operation_id="recommendTogether",
    tags=["groups"],
    summary="Films for two or more",
    response_model=GroupList,
)
async def groups(asked: GroupRequest, shared: Shared, serving: Model, caller: Anybody) -> Response:
    """Films that a group can agree on, what each is to each member, and who gives way.

    What one member has rated or seen comes back for nobody.
    """
    value = await shared.work(_group, shared, serving, caller, asked)
    return json_answer(value, version=serving.version)


def _group(
    shared: Services, serving: Serving, caller: Caller | None, asked: GroupRequest
) -> dict[str, Any]:
    people = _people(shared, caller, asked.members)
    profiles = [
        _profile(shared, serving, person_id, member)
        for (_, person_id), member in zip(people, asked.members, strict=True)
    ]
    names = [name for name, _ in people]
    known = frozenset().union(*(profile.not_to_return for profile in profiles))
    together = score_many(
        serving.model,
        [Profile(p.ratings, p.user_id, known - set(p.ratings), p.timestamps) for p in profiles],
    )
    worth = np.stack([scored.fit for scored in together])
    open_ = np.all([np.isfinite(scored.open) for scored in together], axis=0)
    codes, _ = agree(worth, open_, asked.strategy, asked.n)
    places = 1 + np.stack([(own[None, :] > own[:, None]).sum(axis=1) for own in worth[:, codes]])
    value = worth.mean(axis=0).astype(np.float32)
    shown = picks(serving, together[0], codes, value)
    opinions = [_opinions(serving, scored, codes) for scored in together]
    items = []
    for place, (code, pick) in enumerate(zip(codes.tolist(), shown, strict=True)):
        way = gives_way(worth[:, code].tolist())
        stars = [mine for mine, _ in (each[place] for each in opinions) if mine is not None]
        items.append(
            {
                **pick,
                "stars": round(sum(stars) / len(stars), 2) if stars else None,
                "members": [
                    {
                        "name": name,
                        "stars": mine[place][0],
                        "score": mine[place][1],
                        "rank": int(places[row, place]),
                    }
                    for row, (name, mine) in enumerate(zip(names, opinions, strict=True))
                ],
                "gives_way": None if way is None else names[way],
            }
        )
    return {
        "items": items,
        "members": [
            {"name": name, "ratings": len(profile.ratings)}
            for name, profile in zip(names, profiles, strict=True)
        ],
        "strategy": asked.strategy,
        "asked": asked.n,
        "complete": len(items) >= asked.n,
        "model": serving.about,
    }


def _people(
    shared: Services, caller: Caller | None, members: list[GroupMember]
) -> list[tuple[str, int | None]]:
    """Name and number of each member; only people whom the caller may choose have a number."""
    wanted = {member.person_id for member in members if member.person_id is not None}
    allowed: dict[int, str] = {}
    if wanted:
        if caller is None:
            raise Problem(
                401,
                "not-signed-in",
                "sign in first to choose people by number, or send their ratings along",
            )
        allowed = {each.person_id: each.name for each in choosable(shared.store, caller)}
    for place, member in enumerate(members):
        if member.person_id is not None and member.person_id not in allowed:
            told = f"there is no person {member.person_id} whom you may choose; see GET /people"
            raise Problem(
                422, "unknown-person", told, errors=[(f"members.{place}.person_id", told)]
            )
    names = [
        member.name or allowed.get(member.person_id or 0) or f"Person {place}"
        for place, member in enumerate(members, start=1)
    ]
    return [
        (_apart(name, names[:place]), member.person_id)
        for place, (name, member) in enumerate(zip(names, members, strict=True))
    ]


def _apart(name: str, before: list[str]) -> str:
    """Two members of one name have to be told apart."""
    return f"{name} ({before.count(name) + 1})" if name in before else name


def _profile(
    shared: Services, serving: Serving, person_id: int | None, member: GroupMember
) -> Profile:
    if person_id is not None:
        return shared.profiles.profile(person_id, serving)
    return profile_sent(serving, Rated(ratings=member.ratings))


def _opinions(
    serving: Serving, scored: Scored, codes: Any
) -> list[tuple[float | None, float | None]]:
    """Predicted stars and score of films for one member."""
    return [
        (
            None if stars is None else round(serving.stars.outside(stars), 2),
            round(score, 5) if np.isfinite(score) else None,
        )
        for stars, score in zip(
            stars_of([scored], [codes])[0], scored.scores[codes].astype(float).tolist(), strict=True
        )
    ]
