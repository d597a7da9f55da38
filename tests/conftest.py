"""Fixtures: both databases, migrated and empty, and a whole server on each of them."""

import shutil
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import hypothesis
import pytest
from sqlalchemy import URL

from tests import commands, postgres, processes
from tests.servers import Served, settings_of
from tests.speakers import PlcDirectory
from xrpc_invites.app import build, shipped
from xrpc_invites.storage import schema
from xrpc_invites.storage.database import Database

MIGRATIONS = shipped("migrations")

# A busy machine is no fault of what is tested.
hypothesis.settings.register_profile(
    "unhurried", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("unhurried")


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, bool]]:
    """Every test runs on the event loop of production."""
    return ("asyncio", {"use_uvloop": True})


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Postgres]:
    """One real PostgreSQL for this test process."""
    with postgres.running() as server:
        yield server


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with the current schema."""
    file = tmp_path_factory.mktemp("template") / "invites.db"
    schema.migrate(URL.create("sqlite", database=str(file)), MIGRATIONS)
    return file


@pytest.fixture(scope="session")
def postgres_template(postgres_server: postgres.Postgres) -> str:
    """The name of a PostgreSQL database with the current schema."""
    url = postgres_server.create()
    schema.migrate(url, MIGRATIONS)
    return str(url.database)


@pytest.fixture
def sqlite_url(tmp_path: Path, sqlite_template: Path) -> URL:
    """A fresh SQLite database."""
    file = tmp_path / "invites.db"
    shutil.copy(sqlite_template, file)
    return URL.create("sqlite", database=str(file))


@pytest.fixture
def postgres_url(postgres_server: postgres.Postgres, postgres_template: str) -> Generator[URL]:
    """A fresh PostgreSQL database."""
    url = postgres_server.create(template=postgres_template)
    yield url
    postgres_server.drop(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> URL:
    """Every test that asks for a database runs once on each kind."""
    name = {"sqlite": "sqlite_url", "postgresql": "postgres_url"}[request.param]
    made: URL = request.getfixturevalue(name)
    return made


@pytest.fixture
async def database(url: URL) -> AsyncGenerator[Database]:
    """A database in use."""
    async with Database(url, lanes=4) as opened:
        yield opened


Serve = Callable[..., Awaitable[Served]]


@pytest.fixture
async def serve(url: URL, tmp_path: Path) -> AsyncGenerator[Serve]:
    """Makes servers of this test's database, with settings of the test's choice."""
    async with AsyncExitStack() as stack:

        async def start(**changed: object) -> Served:
            app = build(settings_of(url, tmp_path, **changed))
            await stack.enter_async_context(app.router.lifespan_context(app))
            transport = httpx.ASGITransport(app, raise_app_exceptions=True)
            client = httpx.AsyncClient(transport=transport, base_url="http://localhost:2585")
            await stack.enter_async_context(client)
            return Served(client)

        yield start


@pytest.fixture
async def server(serve: Serve) -> Served:
    """A server with the default settings."""
    return await serve()


@pytest.fixture(scope="module")
def place(
    tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path
) -> Generator[commands.Place]:
    """A server process with an SQLite database, for all commands of a module."""
    folder = tmp_path_factory.mktemp("place")
    shutil.copy(sqlite_template, folder / "invites.db")
    settings = {**processes.SECRETS, "INVITES_DATA_DIR": str(folder)}
    with processes.serving(folder, **settings) as server:
        yield commands.Place(folder, settings, server.url)


@pytest.fixture
async def plc() -> AsyncGenerator[PlcDirectory]:
    """A directory of did:plc that a test fills."""
    async with PlcDirectory().running() as directory:
        yield directory
