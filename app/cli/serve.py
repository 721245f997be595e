"""`openconsult serve`: the supervisor of one node, from the database up to the first page."""

import asyncio
import contextlib
import datetime
import os
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from pydantic import SecretStr

from app.cli.addresses import listen, media_ports, own_addresses
from app.cli.certificate import CertificateFiles, certificate_for
from app.cli.health import ready_within
from app.cli.plan import (
    Plan,
    media_addresses,
    public_url,
    room_server_count,
    room_sockets,
    serves_tls,
)
from app.cli.supervisor import Deaths, Supervisor, TooManyDeaths, rotated
from app.config import Settings
from app.embedded import EmbeddedPostgres

READY_SECONDS = 120.0


class StartError(Exception):
    """The node cannot start. The text is one line and says what to do."""


class Gate:
    """Holds web processes until the database is ready; open for ever after.

    A pipe whose other end each of them reads to its end: once ours is closed nobody waits.
    """

    def __init__(self) -> None:
        self.fd, self._ours = os.pipe()
        self._is_open = False

    def open(self) -> None:
        """Let everyone through."""
        if not self._is_open:
            os.close(self._ours)
            self._is_open = True

    def close(self) -> None:
        """Give both ends back."""
        self.open()
        os.close(self.fd)


@dataclass(frozen=True)
class Request:
    """What the command line asked for."""

    settings: Settings
    port: int
    """0 takes any free one; the settings' own is replaced by it."""
    log_to_file: bool


def serve(request: Request) -> None:
    """Run a node until SIGINT or SIGTERM.

    Raises StartError, AddressError, EmbeddedDatabaseError or TooManyDeaths.
    """
    settings = _usable(request.settings)
    with (
        contextlib.closing(listen(settings.host, request.port)) as listener,
        contextlib.closing(Gate()) as gate,
        _log(settings, to_file=request.log_to_file) as log,
    ):
        settings = settings.model_copy(update={"port": listener.getsockname()[1]})
        settings = with_media_port(settings, any_will_do=request.port == 0)
        node = Node(settings, listener_fd=listener.fileno(), gate=gate, log=log)
        asyncio.run(node.run())


def with_media_port(settings: Settings, *, any_will_do: bool) -> Settings:
    """The same with the first port for media: left alone the one after the pages', which have
    theirs for TCP. Raises AddressError."""
    host, _ = media_addresses(settings)
    wanted = settings.media_port or (0 if any_will_do else settings.port + 1)
    port = media_ports(host, wanted, room_server_count(settings))
    return settings.model_copy(update={"media_port": port})


class Node:
    """One run of the database, the preparations, the room servers and the web processes."""

    def __init__(
        self, settings: Settings, *, listener_fd: int, gate: Gate, log: IO[bytes] | None
    ) -> None:
        self._settings = settings
        self._gate = gate
        self._listener_fd = listener_fd
        self._log = log
        self._started = time.monotonic()
        self._stop = asyncio.Event()
        self._database: EmbeddedPostgres | None = None

    async def run(self) -> None:
        """Until told to stop; the database goes last."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stop.set)
        try:
            plan = self._plan(await self._start_database())
            await self._supervise(plan)
        finally:
            if self._database is not None:
                await asyncio.to_thread(self._database.stop)
            if self._stop.is_set():
                say("Stopped.")

    async def _start_database(self) -> Settings:
        if self._settings.database_url is not None:
            return self._settings
        say("Starting the database")
        self._database = EmbeddedPostgres(self._settings.data_dir)
        url = await asyncio.to_thread(self._database.start)
        return self._settings.model_copy(update={"database_url": SecretStr(url)})

    def _plan(self, settings: Settings) -> Plan:
        return Plan(
            settings=settings,
            listener_fd=self._listener_fd,
            gate_fd=self._gate.fd,
            room_sockets=room_sockets(settings),
            tls=_tls(settings),
        )

    async def _supervise(self, plan: Plan) -> None:
        supervisor = Supervisor(plan.children, say=say, log=self._log)
        running = asyncio.create_task(supervisor.run())
        database = asyncio.create_task(self._keep_database(supervisor))
        beginning = asyncio.create_task(self._begin(plan))
        try:
            await self._first(running, database, beginning)
            if beginning.done() and not (running.done() or database.done()):
                beginning.result()
                await self._first(running, database)
        finally:
            if self._stop.is_set():
                say("Stopping")
            beginning.cancel()
            supervisor.stop()
            await asyncio.wait([running, beginning])
            database.cancel()
        self._raise_failure(running, database)

    async def _begin(self, plan: Plan) -> None:
        """Prepare while the web processes load their code, then let them go and wait for them."""
        say("Bringing the database up to date")
        sign_ins = await self._prepare(plan)
        say("Starting the pages and the calls")
        self._gate.open()
        await self._greet(plan, sign_ins)

    async def _prepare(self, plan: Plan) -> str:
        """Migrations and demo data, in a process of their own so that ours stays small."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "app.cli", "migrate"),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=self._log,
            env=plan.environment(),
            start_new_session=True,
        )
        try:
            output, _ = await process.communicate()
        finally:
            if process.returncode is None:
                process.terminate()
                await process.wait()
        if process.returncode != 0:
            raise StartError(f"The database could not be brought up to date. {self._where()}")
        return output.decode()

    def _raise_failure(self, *tasks: asyncio.Task[None]) -> None:
        for task in tasks:
            failure = task.exception() if task.done() and not task.cancelled() else None
            if isinstance(failure, TooManyDeaths):
                raise StartError(f"{failure} {self._where()}") from failure
            if failure is not None:
                raise failure

    async def _first(self, *tasks: asyncio.Task[None]) -> None:
        """Wait until one of them is done, or somebody asks us to stop."""
        asked = asyncio.create_task(self._stop.wait())
        await asyncio.wait([asked, *tasks], return_when=asyncio.FIRST_COMPLETED)
        asked.cancel()

    async def _keep_database(self, supervisor: Supervisor) -> None:
        """Start the embedded PostgreSQL again should it ever end by itself."""
        deaths = Deaths("database")
        if self._database is None:
            await self._stop.wait()
            return
        while True:
            await asyncio.to_thread(self._database.wait)
            if self._stop.is_set() or supervisor.is_stopping:
                return
            say("The database ended. Starting it again.")
            await asyncio.sleep(deaths.another(time.monotonic()))
            await asyncio.to_thread(self._database.stop)
            await asyncio.to_thread(self._database.start)

    async def _greet(self, plan: Plan, sign_ins: str) -> None:
        host, port = plan.settings.host, plan.settings.port
        if not await ready_within(READY_SECONDS, host, port, secure=plan.tls is not None):
            raise StartError(f"The pages were not ready after two minutes. {self._where()}")
        lines = greeting(plan, sign_ins)
        if self._log is not None:
            lines.append(f"The log is {self._log.name}. Ctrl-C stops everything.")
        seconds = time.monotonic() - self._started
        say(f"\nOpenconsult is ready after {seconds:.1f} s.\n" + "\n".join(lines))

    def _where(self) -> str:
        return f"{self._log.name} says why." if self._log else "The lines above say why."


def greeting(plan: Plan, sign_ins: str) -> list[str]:
    """What a person needs next: the addresses, and who to sign in as."""
    settings = plan.settings
    here = "localhost" if settings.host in {"0.0.0.0", "::"} else settings.host  # noqa: S104
    scheme = "http" if plan.tls is None else "https"
    local = f"{scheme}://{here}:{settings.port}"
    lines = [f"  Pages     {local}/", f"  API       {local}/docs"]
    if public_url(settings) != local:
        lines.append(f"  Others    {public_url(settings)}/")
    if plan.tls is not None and settings.tls_certificate is None:
        lines.append("            The certificate is this machine's own: browsers warn once.")
    if settings.demo and not settings.shows_demo:
        lines.append(
            "  Demo accounts are off, because others can reach this address. "
            "DEMO=anywhere turns them on."
        )
    return [*lines, "", *sign_ins.splitlines(), ""] if sign_ins else [*lines, ""]


def _usable(settings: Settings) -> Settings:
    """The same settings with an absolute data directory that exists and can be written to."""
    data_dir = settings.data_dir.expanduser().resolve()
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        probe = data_dir / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise StartError(
            f"The data directory {data_dir} cannot be used ({error.strerror}). "
            "Choose another with OPENCONSULT_DATA_DIR."
        ) from error
    return settings.model_copy(update={"data_dir": data_dir})


def _tls(settings: Settings) -> CertificateFiles | None:
    if not serves_tls(settings):
        return None
    if settings.tls_certificate and settings.tls_key:
        return CertificateFiles(settings.tls_certificate, settings.tls_key)
    now = datetime.datetime.now(datetime.UTC)
    return certificate_for(settings.data_dir / "tls", own_addresses(), now=now)


@contextlib.contextmanager
def _log(settings: Settings, *, to_file: bool) -> Iterator[IO[bytes] | None]:
    if not to_file:
        yield None
        return
    with rotated(settings.data_dir / "openconsult.log") as file:
        yield file


def say(line: str) -> None:
    """Tell the person at the terminal."""
    print(line, flush=True)
