"""A life of films from another service: look at the file first, then take it over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response
from starlette.datastructures import UploadFile

from matinee.errors import FormatError, MatineeError
from matinee.importers import Candidate, ImportRow, Matcher, Open, Report, apply, known_to, read
from matinee.importers import remember as keep_decisions
from matinee.server.holder import Serving
from matinee.server.person import Caller, Somebody, Writer
from matinee.server.personal import Personal, PersonalServices, utc
from matinee.server.problems import Problem
from matinee.server.rendering import json_answer
from matinee.server.schemas.imports import (
    MOST_SHOWN,
    ImportApplied,
    ImportDecisions,
    ImportReport,
    ImportUndone,
    PendingImports,
)
from matinee.server.services import Model, Services, Shared
from matinee.server.uploads import HandedIn

__all__ = ["router"]

router = APIRouter(prefix="/me/imports", tags=["imports"])

_ImportId = Annotated[str, Path(max_length=64, description="As the report of the file says.")]
_FORM = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {
                            "type": "string",
                            "format": "binary",
                            "description": "Letterboxd's zip or CSV, IMDb's ratings CSV, Trakt's "
                            "JSON, or Matinee's own export.",
                        }
                    },
                }
            }
        },
    }
}


@router.post(
    "",
    status_code=201,
    operation_id="lookAtImport",
    summary="Hand in a file, and see what it would do",
    response_model=ImportReport,
    openapi_extra=_FORM,
)
async def hand_in(
    request: Request, shared: Shared, personal: Personal, serving: Model, caller: Writer
) -> Response:
    """Nothing is written yet. The file is kept for an hour; `apply` takes it over."""
    name, data = await _file_of(request, shared.settings.max_upload)
    return await personal.imports(_hand_in, shared, personal, serving, caller, name, data)


async def _file_of(request: Request, limit: int) -> tuple[str, bytes]:
    """The one file of a form; no more of it is read than is allowed."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "multipart/form-data":
        raise Problem(
            415,
            "wrong-media-type",
            "send the file as multipart/form-data in a field named file, such as with "
            "curl -F file=@ratings.csv",
        )
    async with request.form(max_files=1, max_fields=8, max_part_size=4096) as form:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise Problem(
                422,
                "invalid-request",
                "the form has no file in the field named file",
                errors=[("file", "is missing")],
            )
        data = await file.read(limit + 1)
        if len(data) > limit:
            raise Problem(413, "body-too-large", f"a file may have {limit:,} bytes at most")
        return file.filename or "", data


def _hand_in(
    shared: Services,
    personal: PersonalServices,
    serving: Serving,
    caller: Caller,
    name: str,
    data: bytes,
) -> Response:
    from matinee.server.uploads import clean_name

    # Looked at before it is kept: what cannot be read is not worth the room.
    report, _ = _report(shared, serving, caller, clean_name(name), data)
    kept = personal.uploads.keep(caller.person_id, name, data)
    headers = {"Location": f"/api/v1/me/imports/{kept.import_id}"}
    return json_answer(_told(kept, report), 201, headers=headers)


def _report(
    shared: Services, serving: Serving, caller: Caller, name: str, data: bytes
) -> tuple[Report, frozenset[str]]:
    """What a file would do, and what decisions about it may go by."""
    try:
        found = read(data, name)
    except FormatError as error:
        raise Problem(422, "unreadable-file", str(error)) from None
    except MatineeError as error:
        raise Problem(422, "unreadable-file", str(error)) from None
    decisions = shared.store.decisions(caller.person_id)
    known = known_to(shared.store, caller.person_id)
    report = Matcher(serving.model.catalog).match(found, decisions, known)
    return report, frozenset(row.key for row in found.rows)


@router.get(
    "",
    operation_id="listMyImports",
    summary="Files that can still be applied",
    response_model=PendingImports,
)
async def pending(shared: Shared, personal: Personal, caller: Somebody) -> Response:
    """The caller's files of the last hour, the latest first."""
    kept = await shared.work(personal.uploads.of, caller.person_id)
    items = [
        {"import_id": one.import_id, "name": one.name, "expires": utc(one.expires)} for one in kept
    ]
    return json_answer({"items": items})


@router.get(
    "/{import_id}",
    operation_id="getMyImport",
    summary="What a file would do now",
    response_model=ImportReport,
)
async def look(
    shared: Shared, personal: Personal, serving: Model, caller: Somebody, import_id: _ImportId
) -> Response:
    """The report again, after decisions and with what was added since."""

    def answer() -> Response:
        kept, data = _kept(personal, caller, import_id)
        report, _ = _report(shared, serving, caller, kept.name, data)
        return json_answer(_told(kept, report))

    return await personal.imports(answer)


@router.delete(
    "/{import_id}",
    status_code=204,
    operation_id="forgetMyImport",
    summary="Forget a file that was handed in",
    response_class=Response,
)
async def forget(
    shared: Shared, personal: Personal, caller: Writer, import_id: _ImportId
) -> Response:
    """What it has added already stays."""
    await shared.work(personal.uploads.drop, caller.person_id, import_id)
    return Response(status_code=204)


@router.post(
    "/{import_id}/apply",
    operation_id="applyMyImport",
    summary="Take a file over",
    response_model=ImportApplied,
)
async def take_over(
    shared: Shared,
    personal: Personal,
    serving: Model,
    caller: Writer,
    import_id: _ImportId,
    body: ImportDecisions,
) -> Response:
    """All that is sure is written in one step; doing it twice adds nothing.

    Decisions say which films the uncertain entries are. What is left open can be decided later,
    while the file is kept.
    """
    return await personal.imports(
        _apply, shared, personal, serving, caller, import_id, body.decisions
    )


def _apply(
    shared: Services,
    personal: PersonalServices,
    serving: Serving,
    caller: Caller,
    import_id: str,
    decisions: dict[str, str | None],
) -> Response:
    kept, data = _kept(personal, caller, import_id)
    catalog, store = serving.model.catalog, shared.store
    if decisions:
        _, entries = _report(shared, serving, caller, kept.name, data)
        wrong = [
            (f"decisions.{entry}", "is no entry of this file")
            for entry in decisions
            if entry not in entries
        ] + [
            (f"decisions.{entry}", f"there is no film {movie_id!r} in this catalogue")
            for entry, movie_id in decisions.items()
            if movie_id is not None and catalog.movie_ids.code_of(movie_id) < 0
        ]
        if wrong:
            field, detail = wrong[0]
            raise Problem(422, "invalid-request", f"{field}: {detail}", errors=wrong)
        keep_decisions(store, caller.person_id, decisions)
    report, _ = _report(shared, serving, caller, kept.name, data)
    added = apply(report, store, caller.person_id, catalog, batch=import_id)
    return json_answer(
        {
            "added": added.added,
            "older": added.older,
            "unchanged": added.unchanged + len(report.already),
            "uncertain": report.counts["uncertain"],
            "batch": import_id,
            "revision": store.revision(caller.person_id),
        }
    )


@router.post(
    "/{import_id}/undo",
    operation_id="undoMyImport",
    summary="Take an import back",
    response_model=ImportUndone,
)
async def take_back(shared: Shared, caller: Writer, import_id: _ImportId) -> Response:
    """At any time, not only within the hour. What was said apart from it stands again."""

    def answer() -> Response:
        undone = shared.store.undo_batch(caller.person_id, import_id)
        revision = shared.store.revision(caller.person_id)
        return json_answer({"undone": undone, "revision": revision})

    return await shared.work(answer)


def _kept(personal: PersonalServices, caller: Caller, import_id: str) -> tuple[HandedIn, bytes]:
    found = personal.uploads.read(caller.person_id, import_id)
    if found is None:
        raise Problem(
            404,
            "unknown-import",
            "there is no such file of yours, or its hour is over; hand it in again",
        )
    return found


def _told(kept: HandedIn, report: Report) -> dict[str, Any]:
    return {
        "import_id": kept.import_id,
        "name": kept.name,
        "kind": report.kind,
        "counts": report.counts,
        "matched": [
            {
                **_row(one.row),
                "movie_id": str(one.film.movie_id),
                "film": one.film.label,
                "confidence": one.film.confidence,
                "how": one.film.how,
            }
            for one in report.matched[:MOST_SHOWN]
        ],
        "uncertain": _open(report.uncertain),
        "unknown": _open(report.unknown),
        "skipped": [one._asdict() for one in report.skipped[:MOST_SHOWN]],
        "expires": utc(kept.expires),
    }


def _row(row: ImportRow) -> dict[str, Any]:
    return {"title": row.title, "year": row.year, "kind": row.kind, "stars": row.stars}


def _open(entries: Sequence[Open]) -> list[dict[str, Any]]:
    return [
        {
            **_row(entry.rows[0]),
            "entry": entry.key,
            "rows": len(entry.rows),
            "candidates": [_candidate(film) for film in entry.candidates],
        }
        for entry in entries[:MOST_SHOWN]
    ]


def _candidate(film: Candidate) -> dict[str, Any]:
    return {
        "movie_id": str(film.movie_id),
        "title": film.title,
        "year": film.year,
        "confidence": film.confidence,
        "how": film.how,
    }
