"""Is it alive, and can it answer."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from fastapi.responses import Response

from matinee.server.rendering import json_answer
from matinee.server.schemas.common import Answer, ModelRef
from matinee.server.services import Shared

__all__ = ["router"]

router = APIRouter(tags=["operation"])


class Health(Answer):
    """The process lives."""

    status: Literal["ok"]


class Ready(Answer):
    """There is a model, and it answers."""

    status: Literal["ready"]
    model: ModelRef


@router.get("/health", operation_id="health", summary="Whether the process lives")
async def health() -> Health:
    """Answers as long as the process can answer anything."""
    return Health(status="ok")


@router.get(
    "/ready",
    operation_id="ready",
    summary="Whether there is a model to answer",
    response_model=Ready,
)
async def ready(shared: Shared) -> Response:
    """503 `not-ready` while the first model is being trained or loaded, with how far it is."""
    serving = shared.models.serving()
    return json_answer({"status": "ready", "model": serving.about}, version=serving.version)
