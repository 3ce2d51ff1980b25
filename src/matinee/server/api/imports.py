"""A life of films from another service: look at the file first, then take it over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Path, Request, Response
from pydantic import Field
from starlette.datastructures import UploadFile

from matinee.errors import MatineeError
from matinee.server.auth import Caller, Reader, Writer
from matinee.server.dependencies import Model, SameModel, Services, Shared
from matinee.server.errors import Problem
from matinee.server.model_holder import Serving
from matinee.server.schemas import Answer, Asked, IdText, MovieId, TimeText, example, utc
from matinee.server.settings import API
from matinee.server.uploads import Upload, clean_name

if TYPE_CHECKING:
    from matinee.importers import ImportRow, Open, Report

__all__ = ["router"]

router = APIRouter(prefix=f"{API}/me/imports", tags=["imports"])

MOST_SHOWN = 200
"""Most rows of each kind in a report; the counts tell of all."""
MOST_DECISIONS = 1000

_ImportId = Annotated[str, Path(max_length=64, description="As the report of the file says.")]
_EXAMPLE_ID = "0b8e1c5d4f7a4c0f9d3e2b1a6c5d4e3f"
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
                            "description": "The export of Letterboxd, IMDb, Trakt, TMDB, Simkl, "
                            "Netflix, Movary, Criticker or Matinee, or a table of films.",
                        }
                    },
                }
            }
        },
    }
}


class ImportCandidate(Answer):
    """A film of the catalogue that an entry may be."""

    movie_id: IdText
    title: str = Field(examples=["Heat"])
    year: int | None = Field(examples=[1995])
    confidence: float = Field(description="0 to 1.", examples=[0.62])
    how: str = Field(description="What agreed.", examples=["the title, another year"])


class ImportEntry(Answer):
    """A film of the file, in the file's own words."""

    title: str = Field(examples=["Heat"])
    year: int | None = Field(examples=[1996])
    kind: Literal["rating", "watched", "watchlist", "like", "not-interested"]
    stars: float | None = Field(description="0.5 to 5.", examples=[4.5])


class MatchedEntry(ImportEntry):
    """An entry whose film is sure."""

    movie_id: str = Field(examples=["6"])
    film: str = Field(examples=["Heat (1995)"])
    confidence: float = Field(examples=[1.0])
    how: str = Field(examples=["title and year"])


class OpenEntry(ImportEntry):
    """An entry whose film is not sure."""

    entry: str = Field(
        description="What a decision about it goes by.", examples=["film:heat (1996)"]
    )
    rows: int = Field(description="Rows of the file that speak of this film.", examples=[1])
    candidates: list[ImportCandidate] = Field(description="The best first.")


class SkippedRow(Answer):
    """A row that is not imported."""

    file: str = Field(examples=["ratings.csv"])
    line: int = Field(examples=[17])
    title: str = Field(examples=["Fargo"])
    reason: str = Field(examples=["a TV series, no film"])


class ImportCounts(Answer):
    """Rows of the file, by what becomes of them."""

    matched: int = Field(examples=[212])
    uncertain: int = Field(examples=[4])
    unknown: int = Field(examples=[2])
    skipped: int = Field(examples=[3])
    already: int = Field(examples=[8])


class ImportReport(Answer):
    """What an import would do; nothing is written before it is applied.

    Lists have at most 200 entries; the counts are of all rows.
    """

    import_id: str = Field(examples=[_EXAMPLE_ID])
    name: str = Field(description="Of the file.", examples=["ratings.csv"])
    kind: str = Field(description="Whose file it is.", examples=["letterboxd"])
    counts: ImportCounts
    matched: list[MatchedEntry]
    uncertain: list[OpenEntry]
    unknown: list[OpenEntry]
    skipped: list[SkippedRow]
    expires: TimeText


class PendingImport(Answer):
    """A file that was handed in and can still be applied."""

    import_id: str = Field(examples=[_EXAMPLE_ID])
    name: str = Field(examples=["ratings.csv"])
    expires: TimeText


class PendingImports(Answer):
    """The caller's files that can still be applied, the latest first."""

    items: list[PendingImport]


class ImportDecisions(Asked):
    """Which films the uncertain entries are; they are remembered for the next import."""

    model_config = example({"decisions": {"film:heat (1996)": "6", "film:gloria (1980)": None}})

    decisions: dict[Annotated[str, Field(max_length=500)], MovieId | None] = Field(
        default={},
        max_length=MOST_DECISIONS,
        description="By `entry`: a film, or null for none of them.",
    )


class ImportApplied(Answer):
    """What became of the rows."""

    added: int = Field(description="Rows that stand now.", examples=[212])
    older: int = Field(
        description="Rows that are older than what the caller said since.", examples=[1]
    )
    unchanged: int = Field(description="Rows that were there already.", examples=[8])
    uncertain: int = Field(description="Rows whose films are still not sure.", examples=[4])
    batch: str = Field(
        description="The import's id, which also takes it back.", examples=[_EXAMPLE_ID]
    )
    revision: int = Field(examples=[230])


class ImportUndone(Answer):
    """How much of an import was taken back."""

    undone: int = Field(description="Rows.", examples=[212])
    revision: int = Field(examples=[231])


@router.post("", status_code=201, openapi_extra=_FORM)
async def look_at_import(
    request: Request, response: Response, shared: Shared, serving: Model, caller: Writer
) -> ImportReport:
    """Nothing is written yet. The file is kept for an hour; `apply` takes it over."""
    name, data = await _file_of(request, shared.settings.max_upload)

    def look() -> ImportReport:
        # Looked at before it is kept: what cannot be read is not worth the room.
        report, _ = _report(shared, serving, caller, clean_name(name), data)
        return _told(shared.uploads.keep(caller.person_id, name, data), report)

    told = await shared.executor.imports(look)
    root = shared.settings.root_path
    response.headers["Location"] = f"{root}{API}/me/imports/{told.import_id}"
    return told


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


def _report(
    shared: Services, serving: Serving, caller: Caller, name: str, data: bytes
) -> tuple[Report, frozenset[str]]:
    """What a file would do, and what decisions about it may go by."""
    # Reading tables takes Polars, which answering does not need.
    from matinee.importers import Matcher, read
    from matinee.store.importing import known_to

    try:
        found = read(data, name)
    except MatineeError as error:
        raise Problem(422, "unreadable-file", str(error)) from None
    decisions = shared.store.decisions(caller.person_id)
    known = known_to(shared.store, caller.person_id, serving.model.catalog)
    report = Matcher(serving.model.catalog).match(found, decisions, known)
    return report, frozenset(row.key for row in found.rows)


@router.get("")
async def list_imports(shared: Shared, caller: Reader) -> PendingImports:
    """The caller's files of the last hour, the latest first."""
    kept = await shared.executor.store(shared.uploads.of, caller.person_id)
    return PendingImports(items=[PendingImport.model_validate(one) for one in kept])


@router.get("/{import_id}")
async def get_import(
    shared: Shared, serving: Model, caller: Reader, import_id: _ImportId
) -> ImportReport:
    """The report again, after decisions and with what was added since."""

    def look() -> ImportReport:
        kept, data = _kept(shared, caller, import_id)
        report, _ = _report(shared, serving, caller, kept.name, data)
        return _told(kept, report)

    return await shared.executor.imports(look)


@router.delete("/{import_id}", status_code=204)
async def forget_import(shared: Shared, caller: Writer, import_id: _ImportId) -> None:
    """What it has added already stays."""
    await shared.executor.store(shared.uploads.drop, caller.person_id, import_id)


@router.post("/{import_id}/apply", dependencies=[SameModel])
async def apply_import(
    shared: Shared, serving: Model, caller: Writer, import_id: _ImportId, body: ImportDecisions
) -> ImportApplied:
    """All that is sure is written in one step; doing it twice adds nothing.

    Decisions say which films the uncertain entries are. What is left open can be decided later,
    while the file is kept.
    """
    return await shared.executor.imports(_apply, shared, serving, caller, import_id, body.decisions)


def _apply(
    shared: Services,
    serving: Serving,
    caller: Caller,
    import_id: str,
    decisions: dict[str, str | None],
) -> ImportApplied:
    from matinee.store.importing import apply

    kept, data = _kept(shared, caller, import_id)
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
        store.decide(caller.person_id, decisions)
    report, _ = _report(shared, serving, caller, kept.name, data)
    added = apply(report, store, caller.person_id, catalog, batch=import_id)
    return ImportApplied(
        added=added.added,
        older=added.older,
        unchanged=added.unchanged + len(report.already),
        uncertain=report.counts["uncertain"],
        batch=import_id,
        revision=store.revision(caller.person_id),
    )


@router.post("/{import_id}/undo")
async def undo_import(shared: Shared, caller: Writer, import_id: _ImportId) -> ImportUndone:
    """At any time, not only within the hour. What was said apart from it stands again."""

    def take_back() -> ImportUndone:
        undone = shared.store.undo_batch(caller.person_id, import_id)
        return ImportUndone(undone=undone, revision=shared.store.revision(caller.person_id))

    return await shared.executor.store(take_back)


def _kept(shared: Services, caller: Caller, import_id: str) -> tuple[Upload, bytes]:
    found = shared.uploads.read(caller.person_id, import_id)
    if found is None:
        raise Problem(
            404,
            "unknown-import",
            "there is no such file of yours, or its hour is over; hand it in again",
        )
    return found


def _told(kept: Upload, report: Report) -> ImportReport:
    return ImportReport(
        import_id=kept.import_id,
        name=kept.name,
        kind=report.kind,
        counts=ImportCounts(**report.counts),
        matched=[
            MatchedEntry(
                **_row(one.row),
                movie_id=str(one.film.movie_id),
                film=one.film.label,
                confidence=one.film.confidence,
                how=one.film.how,
            )
            for one in report.matched[:MOST_SHOWN]
        ],
        uncertain=_open(report.uncertain),
        unknown=_open(report.unknown),
        skipped=[SkippedRow.model_validate(one) for one in report.skipped[:MOST_SHOWN]],
        expires=utc(kept.expires),
    )


def _row(row: ImportRow) -> dict[str, Any]:
    return {"title": row.title, "year": row.year, "kind": row.kind, "stars": row.stars}


def _open(entries: Sequence[Open]) -> list[OpenEntry]:
    return [
        OpenEntry(
            **_row(entry.rows[0]),
            entry=entry.key,
            rows=len(entry.rows),
            candidates=[ImportCandidate.model_validate(film) for film in entry.candidates],
        )
        for entry in entries[:MOST_SHOWN]
    ]
