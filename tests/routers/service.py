"""The service over HTTP, signed in as whoever a test says."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

import httpx2
import uvicorn
from fastapi import FastAPI, Request
from pydantic import SecretStr

from app.config import Settings
from app.errors import NotAuthenticated
from app.identity import Principal
from app.main import create_app
from app.outbound import Answer, NoAnswer, Outbound
from tests.clinic import NOW

ACTING = "X-Acting"


class People:
    """Who may act, by the name in the header X-Acting."""

    def __init__(self, **people: Principal) -> None:
        self.people = dict(people)

    async def __call__(self, request: Request) -> Principal:
        """In place of the service's own authentication, which has its own tests."""
        principal = self.people.get(request.headers.get(ACTING, ""))
        if principal is None:
            raise NotAuthenticated
        request.state.principal = principal
        return principal


class _Nowhere(Outbound):
    """Checks addresses as ever and reaches none."""

    async def _ask(self, *_: object, **__: object) -> Answer:
        raise NoAnswer("Nobody answers there.")


def service(database_url: str, people: People, now: datetime = NOW) -> FastAPI:
    """The whole application; its clock stands still."""
    app = requests_alone(create_app(Settings(DATABASE_URL=SecretStr(database_url))))
    app.state.clock = lambda: now
    app.state.outbound = _Nowhere()
    app.state.give_up = lambda: None  # the lifespan fails the test all the same, at its end
    app.state.caller = people
    return app


def requests_alone(app: FastAPI) -> FastAPI:
    """The same, without what acts on events and without jobs, which would all run once beside the
    first requests: they have tests of their own."""
    app.state.consumers = lambda *_: ()
    app.state.jobs = lambda *_: ()
    return app


@asynccontextmanager
async def client(app: FastAPI, acting: str) -> AsyncIterator[httpx2.AsyncClient]:
    """A client in the same process. Faults come back as responses, as they would on a network."""
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(
            transport=transport, base_url="http://localhost", headers={ACTING: acting}
        ) as opened,
    ):
        yield opened


@asynccontextmanager
async def served(app: FastAPI) -> AsyncIterator[str]:
    """The application behind a real server on loopback; gives its address."""
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listening:
        config = uvicorn.Config(app, log_config=None, access_log=False, ws="none")
        server = uvicorn.Server(config)
        async with asyncio.TaskGroup() as tasks:
            serving = tasks.create_task(server.serve(sockets=[listening]))
            while not server.started:  # uvicorn has no event to wait for
                if serving.done():
                    break
                await asyncio.sleep(0.01)
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
            server.should_exit = True
