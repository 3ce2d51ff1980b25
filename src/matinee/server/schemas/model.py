"""What is behind the answers: models and the map."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from matinee.server.schemas.common import Answer, ModelRef

__all__ = [
    "Abilities",
    "MapAbout",
    "Measured",
    "ModelDetails",
    "ModelList",
    "PublishedModel",
    "TrainedOn",
]


class TrainedOn(Answer):
    """The data that a model learned from."""

    dataset: str = Field(examples=["sample"])
    ratings: int = Field(examples=[100004])
    users: int = Field(examples=[671])
    movies: int = Field(examples=[9066])
    licence: str = Field(examples=["see the data set"])
    citation: str = Field(examples=["Harper and Konstan, The MovieLens Datasets (2015)"])
    when: str | None = Field(description="ISO 8601, UTC.", examples=["2026-11-21T12:00:00Z"])


class Abilities(Answer):
    """What a model can answer besides a list."""

    predict_stars: bool
    explain: bool
    similar: bool
    intervals: bool


class Measured(Answer):
    """How the figures of a model came about."""

    protocol: str = Field(examples=["strong-generalization"])
    people: int = Field(description="On how many people.", examples=[65])
    dataset: str = Field(examples=["sample"])
    intervals: dict[str, tuple[float, float]] = Field(
        description="95 % confidence intervals over the people."
    )


class ModelDetails(Answer):
    """The model that answers."""

    name: str = Field(examples=["blend"])
    version: str = Field(examples=["3f2a9c0d1e5b"])
    summary: str = Field(examples=["Several models, each with its weight."])
    members: dict[str, float] | None = Field(
        description="The models that it mixes, with their weights.",
        examples=[{"ease": 0.8, "item-knn": 0.0, "content": 0.2}],
    )
    trained_on: TrainedOn
    parameters: dict[str, Any] = Field(description="Hyper-parameters.")
    scale: tuple[float, float, float] = Field(
        description="Least and most stars of the training data, and the step.",
        examples=[[0.5, 5.0, 0.5]],
    )
    fit_seconds: float | None = Field(examples=[14.2])
    can: Abilities
    figures: dict[str, float] | None = Field(
        description="How good one of its kind is for people it has not seen, where that was "
        "measured.",
        examples=[{"ndcg@10": 0.31}],
    )
    measured: Measured | None = Field(description="How the figures came about.")


class PublishedModel(Answer):
    """One version of a published root."""

    name: str = Field(
        description="Its directory.", examples=["20261121T120000000000Z-3f2a9c0d1e5b"]
    )
    version: str = Field(examples=["3f2a9c0d1e5b"])
    model: str = Field(examples=["blend"])
    dataset: str = Field(examples=["sample"])
    created: str = Field(examples=["2026-11-21T12:00:00Z"])
    current: bool = Field(description="Whether `matinee rollback` and `--publish` left it current.")
    answers: bool = Field(description="Whether this worker answers with it.")


class ModelList(Answer):
    """The published versions, the newest first; empty where nothing was published."""

    items: list[PublishedModel]
    trouble: str | None = Field(
        description="What keeps a newer model from taking over; the one before it answers.",
        examples=[None],
    )


class MapAbout(Answer):
    """Whether there is a map of films, and how it was made."""

    available: bool
    layout: str | None = Field(description="`tsne`, `pca` or `umap`.", examples=["pca"])
    trustworthiness: float | None = Field(
        description="How far films that stand near each other belong together, 0 to 1.",
        examples=[0.83],
    )
    explained_variance: list[float] | None = Field(
        description="Share of the variance along x and y; for `pca`.", examples=[[0.21, 0.08]]
    )
    count: int = Field(description="Films on it.", examples=[9066])
    genres: list[str] = Field(
        description="Names of the genres by number.", examples=[["Drama", "Comedy"]]
    )
    version: str = Field(description="Changes with the map.", examples=["9c1d4e5f6a7b"])
    model: ModelRef
