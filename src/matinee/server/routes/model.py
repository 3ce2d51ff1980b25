"""What is behind the answers, and figures for those who run the server."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from matinee.errors import ArtifactError
from matinee.models.directory import read_manifest
from matinee.models.publishing import default_root, is_published, published
from matinee.server.holder import Serving
from matinee.server.metrics import CONTENT_TYPE
from matinee.server.person import Somebody
from matinee.server.problems import Problem
from matinee.server.rendering import etag_of, json_answer, to_json, unchanged
from matinee.server.schemas.model import ModelDetails, ModelList
from matinee.server.services import Model, Services, Shared

__all__ = ["router"]

router = APIRouter(tags=["model"])


@router.get(
    "/model",
    operation_id="getModel",
    summary="The model that answers",
    response_model=ModelDetails,
)
async def model(request: Request, shared: Shared, serving: Model) -> Response:
    """Which model, what it learned from and when, what it can do, and how good it was measured."""
    value = await shared.work(_about, serving)
    # Figures may come to lie beside a model later than the model itself.
    etag = etag_of(serving.version, "model", value["measured"], value["figures"])
    known = unchanged(request, etag)
    if known is not None:
        return known
    return json_answer(value, etag=etag, version=serving.version)


def _about(serving: Serving) -> dict[str, Any]:
    from matinee.evaluation.figures import read_figures

    found = serving.model
    data, scale = found.trained_on, found.scale
    figures = None if serving.path is None else read_figures(serving.path)
    weights: dict[str, float] | None = getattr(found, "weights", None)
    return {
        "name": found.name,
        "version": serving.version,
        "summary": found.summary,
        "members": weights if isinstance(weights, dict) else None,
        "trained_on": {
            "dataset": str(data["dataset"]),
            "ratings": int(data["ratings"]),
            "users": int(data["users"]),
            "movies": int(data["movies"]),
            "licence": str(data["licence"]),
            "citation": str(data["citation"]),
            "when": _utc(serving.created),
        },
        "parameters": json.loads(to_json(found.params)),
        "scale": [scale.minimum, scale.maximum, scale.step],
        "fit_seconds": found.fit_seconds,
        "can": {
            "predict_stars": found.predicts_stars,
            "explain": found.explains,
            "similar": found.finds_similar,
            "intervals": False,
        },
        "figures": None if figures is None else figures.metrics,
        "measured": None
        if figures is None
        else {
            "protocol": figures.protocol,
            "people": figures.people,
            "dataset": figures.dataset,
            "intervals": {name: list(ends) for name, ends in figures.intervals.items()},
        },
    }


def _utc(text: str | None) -> str | None:
    if text is None:
        return None
    moment = dt.datetime.fromisoformat(text).astimezone(dt.UTC)
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


@router.get(
    "/models",
    operation_id="listModels",
    summary="Published models, the newest first",
    response_model=ModelList,
)
async def models(shared: Shared, caller: Somebody) -> Response:
    """The versions that one can go back to with `matinee rollback`. For admins."""
    if not (caller.is_admin and "admin" in caller.scopes):
        raise Problem(403, "forbidden", "only an admin may see what is published here")
    return json_answer(await shared.work(_published, shared))


def _published(shared: Services) -> dict[str, Any]:
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
            {
                "name": each.name,
                "version": manifest.version,
                "model": manifest.model,
                "dataset": str(manifest.trained_on["dataset"]),
                "created": _utc(manifest.created),
                "current": each.current,
                "answers": each.path == answering,
            }
        )
    return {"items": items, "trouble": shared.models.trouble}


@router.get(
    "/metrics",
    operation_id="getMetrics",
    tags=["operation"],
    summary="Figures for Prometheus",
    response_class=Response,
    responses={
        200: {
            "description": "Prometheus's text format, version 0.0.4.",
            "content": {
                CONTENT_TYPE: {
                    "schema": {"type": "string"},
                    "example": "# HELP matinee_ready Whether there is a model.\n"
                    "# TYPE matinee_ready gauge\nmatinee_ready 1\n",
                }
            },
        }
    },
)
async def metrics(shared: Shared) -> Response:
    """Requests by route and status, how long they took, the model, memory: of this worker."""
    return Response(
        shared.metrics.text(shared),
        headers={"Content-Type": CONTENT_TYPE, "Cache-Control": "no-store"},
    )
