"""What many requests and answers have in common."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

__all__ = [
    "Answer",
    "Asked",
    "FieldProblem",
    "ModelRef",
    "MovieId",
    "ProblemDetails",
    "StarValue",
    "TrainingState",
    "example",
]

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
        strict=True,  # true is not one star
        ge=0.5,
        le=5,
        multiple_of=0.5,
        allow_inf_nan=False,
        description="Stars, from 0.5 to 5 in halves.",
        examples=[4.5],
    ),
]


class Asked(BaseModel):
    """The body of a request: fields that nobody knows are refused, not overlooked."""

    model_config = ConfigDict(extra="forbid")


class Answer(BaseModel):
    """An answer; fields that are missing in a document are a mistake of the server."""

    model_config = ConfigDict(extra="forbid", protected_namespaces=())


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
        examples=["no movie '7' in this catalogue of 9,066 films: look the id up by title"],
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


def example(value: Any) -> ConfigDict:
    """The configuration of a body with one example in the OpenAPI document."""
    return ConfigDict(extra="forbid", json_schema_extra={"examples": [value]})
