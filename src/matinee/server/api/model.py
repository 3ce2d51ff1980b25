"""The model that answers, and whether the server is alive and ready."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any, Literal

from fastapi import APIRouter, Depends, Response
from pydantic import Field

from matinee.errors import ArtifactError
from matinee.models.base import Recommender
from matinee.models.blend import TOLD, Blend
from matinee.models.directory import read_manifest
from matinee.models.publishing import default_root, is_published, published
from matinee.server.auth import Reader
from matinee.server.dependencies import Model, Services, Shared, revalidated
from matinee.server.errors import Problem
from matinee.server.metrics import CONTENT_TYPE
from matinee.server.model_holder import Serving
from matinee.server.schemas import Answer, ModelRef
from matinee.server.settings import API

__all__ = ["router"]

router = APIRouter(prefix=API)

_TROUBLE = "a newer model cannot be used; the server's log says why"


class Health(Answer):
    """The process lives."""

    status: Literal["ok"]


class Ready(Answer):
    """There is a model, and it answers."""

    status: Literal["ready"]
    model: ModelRef
    trouble: str | None = Field(
        description="What keeps a newer model from taking over; the one before it answers.",
        examples=[None],
    )


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


class Measured(Answer):
    """How the figures of a model came about."""

    protocol: str = Field(examples=["strong-generalization"])
    people: int = Field(description="On how many people.", examples=[65])
    dataset: str = Field(examples=["sample"])
    intervals: dict[str, tuple[float, float]] = Field(
        description="95 % confidence intervals over the people."
    )


class Mixture(Answer):
    """How much each part of a mixed model weighs for people of so many ratings."""

    told: int = Field(description="Number of ratings.", examples=[10])
    weights: dict[str, float] = Field(examples=[{"als": 1.0, "taste": 1.0, "popular": 0.02}])


class ModelDetails(Answer):
    """The model that answers."""

    name: str = Field(examples=["blend"])
    version: str = Field(examples=["3f2a9c0d1e5b"])
    summary: str = Field(examples=["Several models, each with its weight."])
    members: list[Mixture] | None = Field(
        description="How the parts of a mixed model weigh, by the number of ratings."
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


@router.get("/health", tags=["operation"])
async def get_health() -> Health:
    """Answers as long as the process can answer anything."""
    return Health(status="ok")


@router.get("/ready", tags=["operation"])
async def get_ready(shared: Shared, serving: Model) -> Ready:
    """503 `not-ready` while the first model is being trained or loaded, with how far it is."""
    trouble = None if shared.models.trouble is None else _TROUBLE
    return Ready(status="ready", model=serving.about, trouble=trouble)


@router.get(
    "/metrics",
    tags=["operation"],
    response_class=Response,
    responses={
        200: {
            "description": "Prometheus's text format, version 0.0.4.",
            "content": {CONTENT_TYPE: {"schema": {"type": "string"}}},
        }
    },
)
async def get_metrics(shared: Shared) -> Response:
    """Requests by route and status, how long they took, the model, memory: of this worker."""
    return Response(shared.metrics.text(), headers={"Content-Type": CONTENT_TYPE})


@router.get("/model", tags=["model"], dependencies=[Depends(revalidated)])
async def get_model(shared: Shared, serving: Model) -> ModelDetails:
    """Which model, what it learned from and when, what it can do, and how good it was measured."""
    return await shared.executor.compute(_about, serving)


def _about(serving: Serving) -> ModelDetails:
    from matinee.evaluation.figures import read_figures  # takes Polars along

    found = serving.model
    data, scale = found.trained_on, found.scale
    # Figures may come to lie beside a model later than the model itself.
    figures = None if serving.path is None else read_figures(serving.path)
    return ModelDetails(
        name=found.name,
        version=serving.version,
        summary=found.summary,
        members=_members(found),
        trained_on=TrainedOn(
            dataset=str(data["dataset"]),
            ratings=int(data["ratings"]),
            users=int(data["users"]),
            movies=int(data["movies"]),
            licence=str(data["licence"]),
            citation=str(data["citation"]),
            when=None if serving.created is None else _utc(serving.created),
        ),
        parameters=found.params,
        scale=(scale.minimum, scale.maximum, scale.step),
        fit_seconds=found.fit_seconds,
        can=Abilities(
            predict_stars=found.predicts_stars,
            explain=found.explains,
            similar=found.finds_similar,
        ),
        figures=None if figures is None else figures.metrics,
        measured=None if figures is None else Measured.model_validate(figures),
    )


def _members(model: Recommender) -> list[Mixture] | None:
    if not isinstance(model, Blend):
        return None
    return [
        Mixture(told=told, weights={name: float(row[place]) for name, row in model.weights.items()})
        for place, told in enumerate(TOLD.tolist())
    ]


def _utc(text: str) -> str:
    moment = dt.datetime.fromisoformat(text).astimezone(dt.UTC)
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


@router.get("/models", tags=["model"])
async def list_models(shared: Shared, caller: Reader) -> ModelList:
    """The versions that one can go back to with `matinee rollback`. For admins."""
    if not (caller.is_admin and "admin" in caller.scopes):
        raise Problem(403, "forbidden", "only an admin may see what is published here")
    return await shared.executor.compute(_published, shared)


def _published(shared: Services) -> ModelList:
    named = shared.settings.model
    root = default_root() if named is None else Path(named)
    answering = shared.models.serving().path if shared.models.is_ready else None
    items = []
    for each in published(root) if is_published(root) else ():
        try:
            manifest = read_manifest(each.path)
        except ArtifactError:  # damaged, or removed a moment ago: `trouble` says which
            continue
        items.append(
            PublishedModel(
                name=each.name,
                version=manifest.version,
                model=manifest.model,
                dataset=str(manifest.trained_on["dataset"]),
                created=_utc(manifest.created),
                current=each.current,
                answers=each.path == answering,
            )
        )
    return ModelList(items=items, trouble=None if shared.models.trouble is None else _TROUBLE)
