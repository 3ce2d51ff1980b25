"""Is it alive, and can it answer."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import Field

from matinee.server.rendering import json_answer
from matinee.server.schemas.common import Answer, ModelRef
from matinee.server.services import Shared

__all__ = ["router"]

router = APIRouter(tags=["operation"])

_TROUBLE = "a newer model cannot be used; the server's log and GET /api/v1/models say why"


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
    # What exactly is wrong names folders of the server, which not everybody has to know.
    trouble = None if shared.models.trouble is None else _TROUBLE
    value = {"status": "ready", "model": serving.about, "trouble": trouble}
    return json_answer(value, version=serving.version)
