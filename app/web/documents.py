"""A case's pictures and documents as pages list them; the bytes come from the API."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse

from app import documents
from app.models import Document
from app.referrals.position import where_words
from app.routers.dependencies import allow
from app.web.desk import AtDesk

router = APIRouter(
    prefix="/fragments", include_in_schema=False, dependencies=[Depends(allow("clinician", "crew"))]
)
_KINDS = {
    "still": "Photo",
    "photo": "Photo",
    "ecg": "12-lead ECG",
    "clip": "Video clip",
    "other": "Document",
}
_SOURCES = {"stream": "kept from the video"}


@dataclass(frozen=True, slots=True)
class Picture:
    """One line of the list. `closed_words` say why it cannot be opened, where it cannot."""

    id: UUID
    title: str
    about: str
    taken_at: datetime
    pages: int
    closed_words: str

    @property
    def can_open(self) -> bool:
        """There is something to show, and nobody has taken it back."""
        return self.pages > 0 and not self.closed_words


def pictures_of(rows: Sequence[Document]) -> list[Picture]:
    """As pages show them, in the same order."""
    return [_picture(row) for row in rows]


def _picture(row: Document) -> Picture:
    kind = _KINDS[row.kind]
    where = where_words(row.place, row.latitude, row.longitude)
    facts = (row.recorded_by_name, where, _SOURCES.get(row.source, ""))
    return Picture(
        id=row.id,
        title=f"{kind}: {row.caption}" if row.caption else kind,
        about=", ".join(fact for fact in facts if fact),
        taken_at=row.taken_at,
        pages=row.pages,
        closed_words=_closed_words(row),
    )


def _closed_words(row: Document) -> str:
    if row.erased_at:
        return "Erased at the end of its time."
    if row.status == "entered-in-error":
        return f"Entered in error, says {row.status_by_name}: {row.status_reason}"
    return ""


@router.get("/urgent/{request_id}/documents")
async def of_request(request_id: UUID, desk: AtDesk) -> HTMLResponse:
    """An urgent request's, fetched again when one comes."""
    rows = await documents.of_request(desk.session, request_id)
    return desk.fragment("fragments/documents.html", pictures=pictures_of(rows))


@router.get("/consultations/{encounter_id}/documents")
async def of_encounter(encounter_id: UUID, desk: AtDesk) -> HTMLResponse:
    """A consultation's, fetched again when one comes."""
    rows = await documents.of_encounter(desk.session, encounter_id)
    return desk.fragment("fragments/documents.html", pictures=pictures_of(rows))
