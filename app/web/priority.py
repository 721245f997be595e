"""The rule of priority, for anybody to read. Asked before `/urgent/{id}`."""

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse

from app.routers.dependencies import allow
from app.web.desk import AtDesk
from app.web.priority_words import rule_in_words

router = APIRouter(
    include_in_schema=False,
    dependencies=[Depends(allow("clinician", "crew", "administrator", "auditor"))],
)


@router.get("/urgent/priority")
async def page(desk: AtDesk) -> HTMLResponse:
    """In words, from the rule's own numbers."""
    return desk.page("priority.html", rule=rule_in_words())
