"""The rota editor: the pattern as a form, its next weeks as one types, and whom it affects.

`form` turns what is typed into a Rota and back (pure), `weeks` lays the preview out (pure),
`listing`, `editing` and `one_offs` are the routes.
"""

from fastapi import APIRouter, Depends

from app.web.rotas import editing, listing, one_offs
from app.web.schedule.query import SCHEDULERS

router = APIRouter(include_in_schema=False, dependencies=[Depends(SCHEDULERS)])
for part in (listing, editing, one_offs):
    router.include_router(part.router)

__all__ = ["router"]
