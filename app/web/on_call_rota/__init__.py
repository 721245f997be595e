"""The on-call rota and the rule of who is rung next, for those who plan them."""

from fastapi import APIRouter, Depends

from app.routers.dependencies import allow
from app.web.on_call_rota import overrides, policies, shifts, week

router = APIRouter(
    include_in_schema=False, dependencies=[Depends(allow("scheduler", "administrator"))]
)
for part in (week, shifts, overrides, policies):
    router.include_router(part.router)
