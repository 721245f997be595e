"""The composition root: settings, database, routers, the one error handler."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

from app import __version__, audit
from app.background import Keeper, background, consumers, end_process, jobs_of
from app.clock import run_ahead, utc_now
from app.config import Settings
from app.database import Database, is_lost_race
from app.errors import (
    DomainError,
    FieldProblem,
    InvalidInput,
    PatientNotMatched,
    ResourceNotFound,
    Unavailable,
)
from app.identity import Actor
from app.notifications import rings
from app.outbound import Outbound
from app.relays import open_relays
from app.routers import api, correlation, documentation, protection
from app.routers.dependencies import authenticated, origin_of
from app.routers.limits import Limits
from app.routers.problems import problem, respond
from app.routers.retrying import LOST_RACE, Retrying
from app.routers.trends import Watched
from app.web import pages
from app.web.assets import serve_files
from app.web.refusals import refusal_page, wants_page

log = structlog.get_logger("app")
CANCEL_AGAIN_SECONDS = 0.5

ROUTES = [route for router in (*api.ROUTERS, *pages.ROUTERS) for route in router.routes]
"""In the order in which they are asked."""


def create_app(settings: Settings | None = None) -> FastAPI:
    """The whole service for one web process. Settings come from the environment unless given."""
    settings = settings or Settings()
    configure_logs(settings)
    open_relays(settings)  # an unfit secret is told at the start, not in the first call
    run_ahead(settings.clock_ahead)
    app = FastAPI(
        title="Openconsult",
        version=__version__,
        summary="Video consultations, bookings and urgent advice",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
        lifespan=_lifespan,
    )
    app.state.settings = settings
    app.state.limits = Limits()
    app.state.watched = Watched()
    app.state.clock = utc_now
    app.state.give_up = end_process
    app.state.consumers = consumers
    app.state.jobs = jobs_of
    app.state.outbound = Outbound(settings.outbound_allow)
    app.state.caller = authenticated
    app.state.open_push = rings.open_push
    # As they are: `include_router` would build each once more, a second's work in first requests.
    app.router.routes.extend(ROUTES)
    serve_files(app)
    documentation.document_problems(app)
    app.add_middleware(Retrying)
    app.add_middleware(protection.Protection)
    app.add_middleware(correlation.Correlation)
    _handle_errors(app)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    settings: Settings = app.state.settings
    if settings.database_url is None:
        raise RuntimeError("DATABASE_URL is not set: start with `openconsult serve`")
    database = Database(
        settings.database_url.get_secret_value(), pool_size=settings.database_pool_size
    )
    app.state.database = database
    keeper = Keeper(app.state.give_up)
    work = background(app, database)
    try:
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(keeper.keep(each)) for each in work]
            try:
                yield
                keeper.close()
            finally:
                await end_all(running)
                for each in work:
                    each.close()  # what was ended before it had begun is not forgotten either
    finally:
        await database.close()


async def end_all(tasks: Sequence[asyncio.Task[None]]) -> None:
    """Cancel until all have ended.

    Once is not enough: a cancellation that meets a database call can come out as that call's
    error, and a loop that goes on after errors would go on for ever.
    """
    while still := [task for task in tasks if not task.done()]:
        for task in still:
            task.cancel()
        await asyncio.wait(still, timeout=CANCEL_AGAIN_SECONDS)


def configure_logs(settings: Settings) -> None:
    """One line of JSON (or text) for each event, UTC times, no personal data."""
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if settings.log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[settings.log_level.upper()]
        ),
        cache_logger_on_first_use=False,
    )
    if not any(isinstance(each, _Libraries) for each in logging.root.handlers):
        logging.root.addHandler(_Libraries())


class _Libraries(logging.Handler):
    """What libraries log is an event of ours: their words without what they fill in, which may be
    personal. GOV.UK Notify's client, for one, quotes answers that name whom a message was to."""

    def emit(self, record: logging.LogRecord) -> None:
        library = structlog.get_logger(record.name)
        library.log(
            record.levelno,
            "library_says",
            library=record.name,
            words=str(record.msg),
            exc_info=record.exc_info,
        )


def _handle_errors(app: FastAPI) -> None:
    @app.exception_handler(DomainError)
    async def refused(request: Request, error: DomainError) -> Response:
        if isinstance(error, ResourceNotFound | PatientNotMatched):
            await _note_refusal(request, error)
        return _shown(request, respond(request, error), error.detail)

    @app.exception_handler(RequestValidationError)
    async def unreadable(request: Request, error: RequestValidationError) -> Response:
        return _shown(request, _invalid(request, error))

    @app.exception_handler(HTTPException)
    async def http_error(request: Request, error: HTTPException) -> Response:
        return _shown(request, _of_the_framework(request, error))

    @app.exception_handler(PoolTimeout)
    @app.exception_handler(DBAPIError)
    async def database_error(request: Request, error: Exception) -> Response:
        _note_database_error(request, error)
        return _shown(request, respond(request, Unavailable()))

    @app.exception_handler(Exception)
    async def unexpected(request: Request, error: Exception) -> Response:
        log.error("unexpected_error", kind=type(error).__name__, exc_info=error)
        detail = "The fault is ours and has been logged. Quote the request id to support."
        refusal = problem(request, 500, slug="error", title="Something went wrong", detail=detail)
        response = _shown(request, refusal)
        # This handler runs outside the correlation middleware.
        response.headers["X-Request-Id"] = getattr(request.state, "request_id", "-")
        return response


def _shown(request: Request, refusal: Response, detail: str = "") -> Response:
    """A page to a person's browser that asked for one; else the problem document."""
    if not wants_page(request):
        return refusal
    kept = {name: refusal.headers[name] for name in ("Retry-After",) if name in refusal.headers}
    return refusal_page(request, refusal.status_code, detail=detail, headers=kept)


def _note_database_error(request: Request, error: Exception) -> None:
    if is_lost_race(error):
        setattr(request.state, LOST_RACE, True)
        log.warning("lost_race")
    else:
        log.error("database_error", kind=type(error).__name__, exc_info=_without_values(error))


def _without_values(error: Exception) -> Exception:
    # Statement parameters may be personal: they must not reach the log.
    if isinstance(error, DBAPIError):
        error.hide_parameters = True
    return error


async def _note_refusal(request: Request, error: ResourceNotFound | PatientNotMatched) -> None:
    principal = getattr(request.state, "principal", None)
    if principal is None:
        return
    database: Database = request.app.state.database
    async with database.transaction(Actor.of(principal, origin_of(request))) as session:
        audit.record_refusal(
            session,
            f"{request.method} refused",
            resource=error.resource,
            resource_id=str(error.resource_id),
        )


def _of_the_framework(request: Request, error: HTTPException) -> Response:
    if error.status_code == 413:
        return respond(request, InvalidInput.field("body", str(error.detail)))
    if isinstance(error.__cause__, ValueError | RecursionError):
        return _unreadable_json(request)
    return problem(
        request,
        error.status_code,
        slug=f"http-{error.status_code}",
        title=str(error.detail),
        detail=str(error.detail),
        headers=error.headers,
    )


def _invalid(request: Request, error: RequestValidationError) -> Response:
    if any(item["type"] == "json_invalid" for item in error.errors()):
        return _unreadable_json(request)
    return respond(request, InvalidInput(*(_field(item) for item in error.errors())))


def _unreadable_json(request: Request) -> Response:
    """Also for what FastAPI answers with 400: it is not UTF-8, a number has thousands of digits, or
    it is nested too deep."""
    return respond(request, InvalidInput.field("body", "Send valid JSON in UTF-8."))


def _field(item: dict[str, Any]) -> FieldProblem:
    place = ".".join(str(part) for part in item["loc"] if part not in {"body", "query", "path"})
    # JSON knows no tuples: what is one here is a list to whoever sent it.
    words = str(item["msg"]).replace("valid tuple", "valid list").replace("Tuple", "List")
    return FieldProblem(place or "body", words)
