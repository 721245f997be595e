"""Pictures, ECGs and clips of a case: sent as they are, shown as pictures, marked by pointing."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from app import documents
from app.errors import InvalidInput, ResourceNotFound
from app.identity import Actor
from app.models import Document, DocumentMark
from app.models.text import Line
from app.models.time_zone import Moment
from app.routers.byte_ranges import Wanted, part_of
from app.routers.dependencies import Caller, Config, Db, From, Now, Session, allow
from app.routers.paging import PageOf
from app.routers.problems import problems
from app.sealing import Sealing, open_sealing

router = APIRouter(
    prefix="/api/v1", tags=["documents"], dependencies=[Depends(allow("clinician", "crew"))]
)
RAW_BODY = {
    "requestBody": {
        "required": True,
        "description": (
            "The file's bytes, 20 MB at most: JPEG, PNG, WebP, PDF, WebM or MP4."
            " What it is is told by its content."
        ),
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
Responses = dict[int | str, dict[str, Any]]
BYTES: Responses = {
    200: {
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        "description": "The file's bytes",
    }
}
PICTURE: Responses = {
    200: {"content": {"image/jpeg": {}, "image/png": {}}, "description": "The picture's bytes"}
}
CLIP: Responses = {
    200: {"content": {"video/webm": {}, "video/mp4": {}}, "description": "The clip's bytes"}
}
Number = Annotated[int, Path(ge=1, le=1_000)]


async def sealing(config: Config) -> Sealing:
    """What opens documents."""
    return open_sealing(config)


Seal = Annotated[Sealing, Depends(sealing)]


class NewDocument(BaseModel):
    """About the file in the body. `id` is the device's own: the same file again is stored once.

    `source` says how it came: the far device's camera, a frame of the forwarded stream, an upload.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: UUID
    kind: documents.Kind
    taken_at: Moment
    source: documents.Source = "upload"
    caption: Line = ""
    latitude: Annotated[float | None, Field(ge=-90, le=90, allow_inf_nan=False)] = None
    longitude: Annotated[float | None, Field(ge=-180, le=180, allow_inf_nan=False)] = None

    def upload(self) -> documents.Upload:
        """For the use case."""
        return documents.Upload(**self.model_dump())


class DocumentShape(BaseModel):
    """What is known of a document (FHIR DocumentReference). `pages` can be shown; a clip has none.

    `erased_at` is set once its bytes are gone for good.
    """

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    encounter_id: UUID | None
    service_request_id: UUID | None
    kind: documents.Kind
    source: documents.Source
    media_type: str
    size_bytes: int
    sha256: str
    pages: int
    caption: str
    place: str
    latitude: float | None
    longitude: float | None
    taken_at: datetime
    received_at: datetime
    recorded_by_name: str
    status: Literal["current", "entered-in-error"]
    status_reason: str
    status_by_name: str
    keep_until: datetime
    erased_at: datetime | None
    version: int


class Reason(BaseModel):
    """Why it was a mistake, in words."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: Annotated[Line, Field(min_length=1)]


class NewMark(BaseModel):
    """A mark as drawn; `id` is the page's own. Points are parts of the width and the height."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: UUID
    page: Annotated[int, Field(ge=1, le=1_000)] = 1
    shape: documents.Shape


class MarkShape(BaseModel):
    """A mark, with who drew it and who took it off, if anybody did."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    page: int
    shape: documents.Shape
    drawn_at: datetime
    drawn_by: UUID | None
    drawn_by_name: str
    cleared_at: datetime | None
    cleared_by_name: str


def _shaped(document: Document, response: Response) -> DocumentShape:
    response.headers["ETag"] = document.etag
    return DocumentShape.model_validate(document)


class Receiving:
    """What an upload needs. Two short transactions: none is open while the file is read."""

    def __init__(
        self, *, request: Request, db: Db, principal: Caller, origin: From, seal: Seal, now: Now
    ) -> None:
        self._request, self._db, self._seal, self._now = request, db, seal, now
        self._actor = Actor.of(principal, origin)

    async def to_request(self, request_id: UUID, about: NewDocument) -> Document:
        """Into an urgent request's case."""
        return await self._receive(_OfRequest(request_id), about)

    async def to_encounter(self, encounter_id: UUID, about: NewDocument) -> Document:
        """Into a consultation's case."""
        return await self._receive(_OfEncounter(encounter_id), about)

    async def _receive(self, case: "_OfRequest | _OfEncounter", about: NewDocument) -> Document:
        upload, database = about.upload(), self._db
        async with database.transaction(self._actor) as session:
            await case.subject(session)  # a stranger's file is not even read
        content = await _body(self._request)
        sha256 = documents.digest(content)
        async with database.transaction(self._actor) as session:
            known = await documents.known(session, await case.subject(session), upload, sha256)
        if known:
            return known
        examined = await documents.examine(content)
        async with database.transaction(self._actor) as session:
            return await documents.receive(
                session,
                await case.subject(session),
                upload,
                examined,
                sealing=self._seal,
                now=self._now,
            )


class _OfRequest:
    def __init__(self, request_id: UUID) -> None:
        self._id = request_id

    async def subject(self, session: Session) -> documents.Subject:
        return await documents.subject_of_request(session, self._id)


class _OfEncounter:
    def __init__(self, encounter_id: UUID) -> None:
        self._id = encounter_id

    async def subject(self, session: Session) -> documents.Subject:
        return await documents.subject_of_encounter(session, self._id)


async def _body(request: Request) -> bytes:
    """The raw body as it comes in; more than the limit is refused before it is all here."""
    content = bytearray()
    async for piece in request.stream():
        content += piece
        if len(content) > documents.MOST_BYTES:
            raise InvalidInput.field("body", "The file is too large: 20 MB at most.")
    return bytes(content)


About = Annotated[NewDocument, Query()]
Receive = Annotated[Receiving, Depends()]
ADDED = problems(404, 409, 410)


@router.post(
    "/service-requests/{request_id}/documents",
    status_code=201,
    responses=ADDED,
    openapi_extra=RAW_BODY,
)
async def add_to_request(
    request_id: UUID, about: About, receiving: Receive, response: Response
) -> DocumentShape:
    """Send a still, an ECG, a photo or a clip of an urgent request's patient."""
    return _shaped(await receiving.to_request(request_id, about), response)


@router.post(
    "/encounters/{encounter_id}/documents",
    status_code=201,
    responses=ADDED,
    openapi_extra=RAW_BODY,
)
async def add_to_encounter(
    encounter_id: UUID, about: About, receiving: Receive, response: Response
) -> DocumentShape:
    """Send a still, an ECG, a photo or a clip of a consultation's patient."""
    return _shaped(await receiving.to_encounter(encounter_id, about), response)


@router.get("/service-requests/{request_id}/documents", responses=problems(404))
async def list_of_request(request_id: UUID, session: Session) -> PageOf[DocumentShape]:
    """A request's documents, newest first; the latest 200 are one page."""
    rows = await documents.of_request(session, request_id)
    return PageOf(items=[DocumentShape.model_validate(row) for row in rows], next=None)


@router.get("/encounters/{encounter_id}/documents", responses=problems(404))
async def list_of_encounter(encounter_id: UUID, session: Session) -> PageOf[DocumentShape]:
    """A consultation's documents, newest first; the latest 200 are one page."""
    rows = await documents.of_encounter(session, encounter_id)
    return PageOf(items=[DocumentShape.model_validate(row) for row in rows], next=None)


@router.get("/documents/{document_id}", responses=problems(404))
async def read_document(document_id: UUID, session: Session, response: Response) -> DocumentShape:
    """What is known of one document."""
    return _shaped(await documents.read(session, document_id), response)


@router.get(
    "/documents/{document_id}/original",
    response_class=Response,
    responses=problems(404, 410) | BYTES,
)
async def download(document_id: UUID, session: Session, seal: Seal) -> Response:
    """The file as it came, to be kept rather than opened: nothing of it runs in a browser."""
    document, content = await documents.open_part(session, document_id, "original", sealing=seal)
    name = f"{document.kind}-{document.taken_at:%Y%m%d-%H%M%S}.{_ENDINGS[content.media_type]}"
    return Response(
        content.content,
        media_type="application/octet-stream",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


_ENDINGS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "application/pdf": "pdf",
    "video/webm": "webm",
    "video/mp4": "mp4",
}


@router.get(
    "/documents/{document_id}/clip",
    response_class=Response,
    responses=problems(404, 410, 416) | CLIP,
)
async def play(document_id: UUID, session: Session, seal: Seal, wanted: Wanted = "") -> Response:
    """A clip, or the part of it that a player asks for (RFC 9110 §14.2, one range)."""
    _, content = await documents.open_part(session, document_id, "original", sealing=seal)
    if not content.media_type.startswith("video/"):
        raise ResourceNotFound("Clip", document_id)
    part = part_of(wanted, len(content.content))
    return Response(
        content.content[part.start : part.end],
        status_code=part.status,
        media_type=content.media_type,
        headers=part.headers,
    )


@router.get(
    "/documents/{document_id}/thumbnail",
    response_class=Response,
    responses=problems(404, 410) | PICTURE,
)
async def thumbnail(document_id: UUID, session: Session, seal: Seal) -> Response:
    """The first page, small."""
    return await _shown(session, document_id, "thumbnail", seal)


@router.get(
    "/documents/{document_id}/pages/{number}",
    response_class=Response,
    responses=problems(404, 410) | PICTURE,
)
async def page(document_id: UUID, number: Number, session: Session, seal: Seal) -> Response:
    """A page at its full resolution; of a PDF, at 300 dots an inch."""
    return await _shown(session, document_id, f"page-{number}", seal)


async def _shown(session: Session, document_id: UUID, name: str, seal: Sealing) -> Response:
    _, content = await documents.open_part(session, document_id, name, sealing=seal)
    return Response(content.content, media_type=content.media_type)


@router.post("/documents/{document_id}/entered-in-error", responses=problems(404))
async def mark_entered_in_error(
    document_id: UUID, body: Reason, session: Session, response: Response
) -> DocumentShape:
    """Take a document back: it stays on record, with the reason."""
    document = await documents.mark_entered_in_error(session, document_id, body.reason)
    return _shaped(document, response)


@router.get("/documents/{document_id}/marks", responses=problems(404))
async def list_marks(document_id: UUID, session: Session) -> PageOf[MarkShape]:
    """What was drawn on it, in that order; what was cleared says so. All of them are one page."""
    rows = await documents.marks_of(session, document_id)
    return PageOf(items=[_mark(row) for row in rows], next=None)


@router.post("/documents/{document_id}/marks", status_code=201, responses=problems(404, 409))
async def draw_mark(document_id: UUID, body: NewMark, session: Session, now: Now) -> MarkShape:
    """Draw on it. The picture beneath stays as it was taken."""
    mark = await documents.draw_mark(
        session, document_id, body.shape, id=body.id, page=body.page, now=now
    )
    return _mark(mark)


@router.post("/documents/{document_id}/marks/{mark_id}/cleared", responses=problems(404))
async def clear_mark(document_id: UUID, mark_id: UUID, session: Session, now: Now) -> MarkShape:
    """Take a mark off the picture. It stays on record."""
    return _mark(await documents.clear_mark(session, document_id, mark_id, now=now))


def _mark(row: DocumentMark) -> MarkShape:
    return MarkShape.model_validate(row)
