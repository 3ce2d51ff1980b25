"""What many requests and answers have in common."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

__all__ = [
    "MOST_RATINGS",
    "Answer",
    "Asked",
    "FieldProblem",
    "Film",
    "IdText",
    "ModelRef",
    "MovieId",
    "ProblemDetails",
    "StarValue",
    "TimeText",
    "TrainingState",
    "example",
    "utc",
]

MOST_RATINGS = 2000

MovieId = Annotated[
    str,
    Field(
        min_length=1,
        max_length=100,
        description="A film's id in the catalogue, as text.",
        examples=["318"],
    ),
]
StarValue = Annotated[
    float,
    Field(
        ge=0.5,
        le=5,
        multiple_of=0.5,
        allow_inf_nan=False,
        description="Stars, from 0.5 to 5 in halves.",
        examples=[4.5],
    ),
]


def utc(seconds: int) -> str:
    """A time as the API writes it.

    Examples
    --------
    >>> utc(1_700_000_000)
    '2023-11-14T22:13:20Z'
    """
    moment = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=seconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0")


TimeText = Annotated[
    str,
    BeforeValidator(lambda value: utc(value) if isinstance(value, int) else value),
    Field(description="ISO 8601, UTC.", examples=["2026-11-21T12:00:00Z"]),
]
IdText = Annotated[str, BeforeValidator(str), Field(examples=["318"])]
"""A movie id of any kind, as text."""


class Asked(BaseModel):
    """The body of a request: fields that nobody knows and values of another type are refused."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Answer(BaseModel):
    """An answer, from keywords or from an object with attributes of the same names."""

    model_config = ConfigDict(extra="forbid", from_attributes=True, protected_namespaces=())


def example(value: Any) -> ConfigDict:
    """The configuration of a body with one example in the OpenAPI document."""
    return ConfigDict(json_schema_extra={"examples": [value]})


class TrainingState(Answer):
    """How far the first training is."""

    stage: str = Field(description="What is being done, for people.", examples=["weights"])
    done: int = Field(description="Units finished in this stage.", examples=[120])
    total: int | None = Field(description="Units of this stage, if known.", examples=[300])


class FieldProblem(Answer):
    """What is wrong with one field of a request."""

    field: str = Field(description="Its place, with dots.", examples=["ratings.0.stars"])
    detail: str = Field(examples=["Input should be less than or equal to 5"])


class ProblemDetails(BaseModel):
    """Every error: problem details as in RFC 9457."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(examples=["about:blank"])
    title: str = Field(description="The name of the status.", examples=["Not Found"])
    status: int = Field(examples=[404])
    detail: str = Field(
        description="A sentence for people, with the next step.",
        examples=["there is no film '7' here; find its id with GET /api/v1/films?q=TITLE"],
    )
    instance: str = Field(description="The path that was asked.", examples=["/api/v1/films/7"])
    code: str = Field(description="A stable slug for programs.", examples=["unknown-movie"])
    errors: list[FieldProblem] | None = Field(
        default=None, description="The fields that are wrong, for `invalid-request`."
    )
    training: TrainingState | None = Field(
        default=None, description="How far the first training is, for `not-ready`."
    )


class ModelRef(Answer):
    """Which model made an answer."""

    name: str = Field(description="Its short name.", examples=["blend"])
    version: str = Field(description="Identifies this very model.", examples=["3f2a9c0d1e5b"])
    trained_on: str = Field(description="Name of the data set.", examples=["sample"])


class Film(Answer):
    """A film, as it stands in every list."""

    movie_id: str = Field(description="Id in the catalogue, as text.", examples=["318"])
    title: str = Field(examples=["The Shawshank Redemption"])
    year: int | None = Field(description="Year of release.", examples=[1994])
    genres: list[str] = Field(examples=[["Crime", "Drama"]])
    imdb_id: str | None = Field(examples=["tt0111161"])
    tmdb_id: int | None = Field(examples=[278])
    mean_stars: float | None = Field(
        description="Mean stars of everybody in the training data, 0.5 to 5.", examples=[4.49]
    )
    ratings: int = Field(description="Number of ratings in the training data.", examples=[311])
    poster: str | None = Field(
        description="Address of its poster, where the server has posters.", examples=[None]
    )
