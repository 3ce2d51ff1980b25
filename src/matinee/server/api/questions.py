"""What to ask next, what a taste is like, what to watch together."""

from __future__ import annotations

from typing import Any, Self

from fastapi import APIRouter
from pydantic import Field, model_validator

from matinee.explore.taste import describe
from matinee.profile import Profile
from matinee.recommend.groups import Strategy
from matinee.recommend.questions import interview
from matinee.server.api.lists import (
    Dials,
    Pick,
    Rated,
    Rating,
    dials_of,
    filter_of,
    ids_of,
    pick_of,
    profile_of,
    profile_sent,
)
from matinee.server.auth import Anybody, Caller, choosable
from matinee.server.dependencies import Model, Services, Shared
from matinee.server.errors import Problem
from matinee.server.model_holder import Serving
from matinee.server.schemas import MOST_RATINGS, Answer, Asked, Film, ModelRef, MovieId, example
from matinee.server.settings import API

__all__ = ["router"]

router = APIRouter(prefix=API)


class AskNextRequest(Rated):
    """Which film to ask a new person about."""

    model_config = example(
        {"ratings": [{"movie_id": "318", "stars": 5}], "unseen": ["2571", "1"], "n": 1}
    )

    unseen: list[MovieId] = Field(
        default=[], max_length=MOST_RATINGS, description="Films answered with “haven't seen it”."
    )
    n: int = Field(default=1, ge=1, le=20, description="How many films to ask about.")


class Question(Film):
    """A film to ask about."""

    why: str = Field(description="Why this one, for people.", examples=["many people have seen it"])


class AskNext(Answer):
    """What to ask, and how settled the list is."""

    items: list[Question] = Field(description="The best question first.")
    stability: float = Field(
        description="How much of the list stayed with the last answers, 0 to 1 (rank-biased "
        "overlap).",
        examples=[0.84],
    )
    settled: bool = Field(description="Whether further answers change little.")
    answered: int = Field(description="Films with stars so far.", examples=[5])
    list_: list[Pick] = Field(alias="list", description="The list as it stands, six films.")
    model: ModelRef


class TasteRequest(Rated):
    """What do the ratings say about a person."""

    model_config = example(
        {"ratings": [{"movie_id": "318", "stars": 5}, {"movie_id": "6", "stars": 2.5}]}
    )


class TasteOf(Answer):
    """How a person takes to one genre or decade."""

    name: str = Field(examples=["Film-Noir"])
    films: int = Field(description="How many the person rated.", examples=[2])
    share: float = Field(description="Share of the person's ratings.", examples=[1.0])
    share_of_everybody: float = Field(examples=[0.45])
    mean: float = Field(description="The person's mean stars for them.", examples=[4.3])
    everybody: float = Field(description="What everybody gives to the same films.", examples=[4.0])
    difference: float = Field(description="`mean - everybody`.", examples=[0.3])
    taste: float = Field(
        description="The difference beyond the person's generosity, drawn to 0 if films are few.",
        examples=[0.1],
    )
    error: float = Field(description="Standard error of `taste`.", examples=[0.4])


class Generosity(Answer):
    """How many stars a person gives, and how far apart."""

    mean: float = Field(examples=[3.75])
    spread: float = Field(examples=[1.25])
    everybody: float = Field(examples=[3.54])
    offset: float = Field(description="`mean - everybody`: above 0 is generous.", examples=[0.21])
    more_than: float | None = Field(examples=[0.62])
    wider_than: float | None = Field(examples=[0.8])
    stars: list[tuple[float, float, float | None]] = Field(
        description="Each level of stars, its share of the person's ratings and of everybody's.",
        examples=[[[2.5, 0.5, 0.05], [5.0, 0.5, 0.15]]],
    )


class Surprise(Answer):
    """A film that a person likes or dislikes more than others would lead one to think."""

    movie_id: str = Field(examples=["6"])
    title: str = Field(examples=["Heat"])
    year: int | None = Field(examples=[1995])
    stars: float = Field(examples=[2.5])
    everybody: float = Field(examples=[3.9])
    ratings: int = Field(examples=[104])
    surprise: float = Field(examples=[-1.1])
    predicted: float | None = Field(examples=[3.6])


class TasteAnswer(Answer):
    """What the ratings of a person say, against what everybody gives to the same films."""

    findings: list[str] = Field(
        description="What stands out, in sentences to the person.",
        examples=[["You give more stars than most."]],
    )
    films: int = Field(description="Rated films that this is about.", examples=[2])
    unknown: int = Field(description="Rated films that the model does not know.", examples=[0])
    source: str = Field(description="The data set that stands for everybody.", examples=["sample"])
    generosity: Generosity | None
    genres: list[TasteOf]
    decades: list[TasteOf]
    likes: list[Surprise]
    dislikes: list[Surprise]
    model: ModelRef


class GroupMember(Asked):
    """Somebody of a group: a person of this machine, or ratings."""

    name: str | None = Field(default=None, max_length=80)
    person_id: int | None = Field(
        default=None, ge=1, le=2**31 - 1, description="One of `GET /people`."
    )
    ratings: list[Rating] | None = Field(default=None, max_length=MOST_RATINGS)

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.person_id is None) == (self.ratings is None):
            raise ValueError("give a member either person_id or ratings")
        given = [rating.movie_id for rating in self.ratings or ()]
        if len(set(given)) != len(given):
            raise ValueError("a member rates a film twice; give one rating a film")
        return self


class GroupRequest(Dials):
    """Films for two or more."""

    model_config = example(
        {
            "members": [
                {"name": "Ann", "ratings": [{"movie_id": "318", "stars": 5}]},
                {"name": "Bob", "ratings": [{"movie_id": "1", "stars": 4.5}]},
            ],
            "strategy": "least-misery",
            "n": 5,
        }
    )

    members: list[GroupMember] = Field(min_length=2, max_length=10)
    strategy: Strategy = Field(
        default="least-misery",
        description="`average`: the most liked by all together. `least-misery`: by whoever likes "
        "it least. `fair`: those who had least so far choose next.",
    )
    n: int = Field(default=10, ge=1, le=50, description="How many films.")


class MemberOpinion(Answer):
    """What a film of the list is to one member."""

    name: str = Field(examples=["Ann"])
    fit: float = Field(description="How well it fits the member, 0 to 100.", examples=[71.3])
    stars: float | None = Field(description="Predicted stars.", examples=[4.3])
    rank: int = Field(description="Its place in the member's own list.", examples=[2])


class GroupPick(Pick):
    """A film for the group."""

    members: list[MemberOpinion] = Field(description="In the order of the request.")
    gives_way: str | None = Field(
        description="Who likes it clearly less than the others; null if nobody does.",
        examples=["Bob"],
    )


class GroupMemberAnswer(Answer):
    """A member of the group, as understood."""

    name: str = Field(examples=["Ann"])
    ratings: int = Field(description="Ratings that the list was made from.", examples=[1])


class GroupList(Answer):
    """Films for a group, the best first."""

    items: list[GroupPick]
    members: list[GroupMemberAnswer]
    strategy: Strategy
    asked: int = Field(examples=[5])
    complete: bool
    model: ModelRef


@router.post("/ask-next", tags=["recommendations"])
async def ask_next(
    asked: AskNextRequest, shared: Shared, serving: Model, caller: Anybody
) -> AskNext:
    """The film whose stars would say most, how settled the list is, and its beginning.

    Answer with stars (add to `ratings`, the latest last) or with “haven't seen it” (add to
    `unseen`), as long as you like.
    """
    profile = await profile_of(shared, serving, caller, asked)
    return await shared.executor.compute(_ask_next, serving, profile, asked)


def _ask_next(serving: Serving, profile: Profile, asked: AskNextRequest) -> AskNext:
    unseen = ids_of(serving, asked.unseen, "unseen")
    found = interview(serving.model, serving.asker, profile, unseen, asked.n)
    code_of = serving.model.catalog.movie_ids.code_of
    return AskNext(
        items=[
            Question(**dict(serving.film(code_of(one.movie_id))), why=one.why)
            for one in found.questions
        ],
        stability=round(found.stability, 4),
        settled=found.is_settled,
        answered=len(profile.ratings),
        list=[pick_of(serving, film, rank) for rank, film in enumerate(found.films, start=1)],
        model=serving.about,
    )


@router.post("/taste", tags=["recommendations"])
async def describe_taste(
    asked: TasteRequest, shared: Shared, serving: Model, caller: Anybody
) -> TasteAnswer:
    """Genres, decades, generosity and surprises, against what everybody gives to the same films."""
    profile = await profile_of(shared, serving, caller, asked)
    return TasteAnswer(**await shared.executor.compute(_taste, serving, profile))


_STARS = frozenset(
    ("mean", "spread", "everybody", "offset", "difference", "taste", "error", "surprise", "stars")
)


def _taste(serving: Serving, profile: Profile) -> dict[str, Any]:
    told = describe(profile, serving.model).to_dict()
    told.pop("nearest")
    if serving.factor != 1:
        told = _scaled(told, serving.factor)
    for film in (*told["likes"], *told["dislikes"]):
        film["movie_id"] = str(film["movie_id"])
    return {**told, "model": serving.about}


def _scaled(value: Any, factor: float, name: str = "") -> Any:
    """Stars brought to another scale, wherever they stand; shares and counts stay."""
    if isinstance(value, dict):
        return {key: _scaled(part, factor, key) for key, part in value.items()}
    if isinstance(value, list):
        if name == "stars":  # levels: stars, and two shares
            return [[level[0] * factor, *level[1:]] for level in value]
        return [_scaled(part, factor) for part in value]
    if name in _STARS or name == "predicted":
        return None if value is None else value * factor
    return value


@router.post("/groups", tags=["groups"])
async def recommend_together(
    asked: GroupRequest, shared: Shared, serving: Model, caller: Anybody
) -> GroupList:
    """Films that a group can agree on, what each is to each member, and who gives way.

    What one member has rated or seen comes back for nobody.
    """
    stored = any(member.person_id is not None for member in asked.members)
    pool = shared.executor.store if stored else shared.executor.compute
    people = await pool(_people, shared, serving, caller, asked.members)
    return await shared.executor.compute(_group, serving, people, asked)


def _group(serving: Serving, people: dict[str, Profile], asked: GroupRequest) -> GroupList:
    found = serving.model.together(
        people,
        asked.n,
        filter_of(serving, asked),
        dials_of(serving, asked),
        strategy=asked.strategy,
    )
    rows = zip(found.films, found.members, found.gives_way, strict=True)
    return GroupList(
        items=[
            GroupPick(
                **dict(pick_of(serving, film, rank)),
                members=[
                    MemberOpinion(
                        name=each.name,
                        fit=round(each.fit, 2),
                        stars=serving.stars_outside(each.stars),
                        rank=each.rank,
                    )
                    for each in members
                ],
                gives_way=way,
            )
            for rank, (film, members, way) in enumerate(rows, start=1)
        ],
        members=[
            GroupMemberAnswer(name=name, ratings=len(profile.ratings))
            for name, profile in people.items()
        ],
        strategy=asked.strategy,
        asked=asked.n,
        complete=len(found) >= asked.n,
        model=serving.about,
    )


def _people(
    shared: Services, serving: Serving, caller: Caller | None, members: list[GroupMember]
) -> dict[str, Profile]:
    """Name and profile of each member; only people whom the caller may choose have a number."""
    allowed: dict[int, str] = {}
    if any(member.person_id is not None for member in members):
        if caller is None:
            raise Problem(
                401,
                "not-signed-in",
                "sign in first to choose people by number, or send their ratings along",
            )
        allowed = {each.person_id: each.name for each in choosable(shared.store, caller)}
    found: dict[str, Profile] = {}
    for place, member in enumerate(members):
        number = member.person_id
        if number is None:
            profile = profile_sent(serving, Rated(ratings=member.ratings))
        elif number in allowed:
            profile = shared.profiles.profile(number, serving)
        else:
            told = f"there is no person {number} whom you may choose; see GET /people"
            raise Problem(
                422, "unknown-person", told, errors=[(f"members.{place}.person_id", told)]
            )
        name = member.name or allowed.get(number or 0) or f"Person {place + 1}"
        others = sum(known == name or known.startswith(f"{name} (") for known in found)
        found[f"{name} ({others + 1})" if name in found else name] = profile
    return found
