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
    films: int = Field(description="How many the person rated.")
    share: float = Field(description="Share of the person's ratings.")
    share_of_everybody: float
    mean: float = Field(description="The person's mean stars for them.")
    everybody: float = Field(description="What everybody gives to the same films.")
    difference: float = Field(description="`mean - everybody`.")
    taste: float = Field(
        description="The difference beyond the person's generosity, drawn to 0 while films are few."
    )
    error: float = Field(description="Standard error of `taste`.")


class Generosity(Answer):
    """How many stars a person gives, and how far apart."""

    mean: float
    spread: float
    everybody: float
    offset: float = Field(description="`mean - everybody`: above 0 is generous.")
    more_than: float | None
    wider_than: float | None
    stars: list[tuple[float, float, float | None]] = Field(
        description="Each level of stars, its share of the person's ratings and of everybody's."
    )


class Surprise(Answer):
    """A film that a person likes or dislikes more than others would lead one to think."""

    movie_id: str
    title: str
    year: int | None
    stars: float
    everybody: float
    ratings: int
    surprise: float
    predicted: float | None


class TasteAnswer(Answer):
    """What the ratings of a person say, against what everybody gives to the same films."""

    findings: list[str] = Field(description="What stands out, in sentences to the person.")
    films: int = Field(description="Rated films that this is about.")
    unknown: int = Field(description="Rated films that the model does not know.")
    source: str = Field(description="The data set that stands for everybody.")
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

    name: str
    stars: float | None = Field(description="Predicted stars.")
    score: float | None = Field(
        description="The score of the member's own list; null where the model has none."
    )
    rank: int = Field(description="Its place in the member's own list.")


class GroupPick(Pick):
    """A film for the group."""

    members: list[MemberOpinion] = Field(description="In the order of the request.")
    gives_way: str | None = Field(
        description="Who likes it clearly less than the others; null if nobody does."
    )


class GroupMemberAnswer(Answer):
    """A member of the group, as understood."""

    name: str
    ratings: int = Field(description="Ratings that the list was made from.")


class GroupList(Answer):
    """Films for a group, the best first."""

    items: list[GroupPick]
    members: list[GroupMemberAnswer]
    strategy: Strategy
    asked: int
    complete: bool
    model: ModelRef
