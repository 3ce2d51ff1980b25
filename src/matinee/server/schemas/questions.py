"""What can be asked about a person or several: taste, films to ask about, films for a group."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from matinee.server.schemas.common import Answer, Asked, ModelRef, MovieId, example
from matinee.server.schemas.films import Film
from matinee.server.schemas.lists import MOST_RATINGS, Dials, Pick, Rated, Rating

__all__ = [
    "AskNext",
    "AskNextRequest",
    "Generosity",
    "GroupList",
    "GroupMember",
    "GroupMemberAnswer",
    "GroupPick",
    "GroupRequest",
    "MemberOpinion",
    "Question",
    "Strategy",
    "Surprise",
    "TasteAnswer",
    "TasteOf",
    "TasteRequest",
]

Strategy = Literal["average", "least-misery", "fair"]


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
    stars: float | None = Field(description="Predicted stars.", examples=[4.3])
    score: float | None = Field(
        description="The score of the member's own list; null where the model has none.",
        examples=[1.31],
    )
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
