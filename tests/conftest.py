"""A real PostgreSQL for the whole run, built by the migrations; each test in its own transaction
or, where it must commit, in a database of its own copied from a template."""

import asyncio
import gc
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import asyncpg
import hypothesis
import pytest
from playwright.async_api import Browser
from sqlalchemy.engine import make_url

from app.database import Database, migrate
from app.embedded import running
from app.garbage import look_seldom
from tests import turns
from tests.browsers import SharedChromium
from tests.server import RunningServer, running_server

# How long an example takes says more of what else the machine does than of the code; each test has
# a limit of its own.
hypothesis.settings.register_profile("openconsult", deadline=None)
hypothesis.settings.load_profile("openconsult")

TEMPLATE = "openconsult_template"
LONGEST = ("stories/test_without_signal.py", "faults/test_bookings.py")
"""Files of few tests that take minutes each, the longest first."""


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """A directory of this run's own: each other run beside it shuts the shared one to PostgreSQL,
    which runs as another user where the tests run as root."""
    if hasattr(config, "workerinput"):  # one of several processes: the run has its directory
        return
    own = tempfile.mkdtemp(prefix="openconsult-tests-")
    config.add_cleanup(lambda: shutil.rmtree(own, ignore_errors=True))
    os.environ[turns.PLACE] = own
    if config.option.basetemp is None:
        config.option.basetemp = str(Path(own) / "tests")


@pytest.hookimpl(tryfirst=True, wrapper=True)  # outermost: waiting for a turn is not timed
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, bool, bool]:
    """A test marked `alone` waits until no other runs, and the others wait for it."""
    alone = item.get_closest_marker("alone") is not None
    with turns.turn(Path(os.environ[turns.PLACE]), alone=alone):
        return (yield)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The longest files start first: a whole file goes to one process (`--dist loadfile`), and one
    that starts last is waited for by all others. (pytest-xdist's own order, most tests first, would
    put these at the end: `make test` switches it off.)

    What measures in real time is measured once more where it fails, and the run says so: what the
    code does wrong it does each time, what the machine was short of it is seldom short of twice."""
    here = config.rootpath / "tests"
    order = {here / name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: order.get(item.path, len(order)))
    for item in items:
        if item.get_closest_marker("alone") is not None:
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is loaded stays: looking for garbage among it takes a fifth of the time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


def pytest_collection_finish() -> None:
    """A test makes many objects beside all that is loaded, which stays."""
    look_seldom()


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The owner's connection to the server's `postgres` database.

    TEST_DATABASE_URL names another server, to run on the version production runs on.
    """
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield given
        return
    with running(tmp_path_factory.mktemp("pg"), durable=False) as url:
        yield _named(url, "postgres")


def _run_sql(url: str, *statements: str) -> None:
    async def run() -> None:
        connection = await asyncpg.connect(url)
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    asyncio.run(run())


def _named(url: str, database: str, driver: str = "postgresql") -> str:
    changed = make_url(url).set(database=database, drivername=driver)
    return changed.render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def template_url(postgres_url: str) -> str:
    """A migrated, empty database that others are copied from."""
    _run_sql(postgres_url, f"DROP DATABASE IF EXISTS {TEMPLATE}", f"CREATE DATABASE {TEMPLATE}")
    migrate(_named(postgres_url, TEMPLATE, "postgresql+asyncpg"))
    return _named(postgres_url, TEMPLATE)


@pytest.fixture(scope="session")
def make_database(postgres_url: str, template_url: str) -> Callable[[], str]:
    """Copies the template; gives the new database's SQLAlchemy address. Takes about 30 ms."""
    template = make_url(template_url).database

    def make() -> str:
        name = f"test_{uuid4().hex}"
        _run_sql(postgres_url, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        return _named(postgres_url, name, "postgresql+asyncpg")

    return make


@pytest.fixture
def database_url(make_database: Callable[[], str]) -> str:
    """A fresh migrated database for one test."""
    return make_database()


@asynccontextmanager
async def _opened(url: str) -> AsyncIterator[Database]:
    database = Database(url)
    try:
        yield database
    finally:
        await database.close()


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """The service's own view of that database: the runtime role, row-level security in force."""
    async with _opened(database_url) as opened:
        yield opened


@pytest.fixture(scope="session")
def live_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A whole Openconsult with demo data, for tests that go through the pages."""
    with running_server(tmp_path_factory.mktemp("live")) as running:
        yield running


@pytest.fixture
async def browser(chromium: SharedChromium) -> Browser:
    """Of the `chromium` that a package or a module has."""
    return await chromium.browser()
