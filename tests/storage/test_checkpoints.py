"""SQLite's log is moved into its file although the writer never does it."""

import shutil
from pathlib import Path

import pytest
from sqlalchemy import URL

from tests.storage.books import code
from xrpc_invites.invites.model import InviteCode
from xrpc_invites.invites.ports import one_by_one
from xrpc_invites.storage import engines
from xrpc_invites.storage.checkpoints import Checkpoints
from xrpc_invites.storage.database import Database
from xrpc_invites.storage.store import SqlStore

pytestmark = pytest.mark.anyio


@one_by_one
def add(store: SqlStore, new: InviteCode) -> None:
    store.codes.add([new])


async def test_what_was_committed_gets_into_the_file(sqlite_url: URL, tmp_path: Path) -> None:
    # While a connection is open, none that closes takes the log for its own to tidy up.
    other = engines.reading(sqlite_url)
    with other.connect():
        async with Database(sqlite_url) as database:
            await database.write(add, code("code"))

        alone = tmp_path / "alone.db"
        shutil.copy(engines.sqlite_file(sqlite_url), alone)
    other.dispose()

    async with Database(URL.create("sqlite", database=str(alone))) as copied:
        assert await copied.read(lambda store: store.codes.find("code")) is not None


def test_a_file_that_cannot_be_moved_into_stops_nothing(tmp_path: Path) -> None:
    file = tmp_path / "invites.db"
    file.write_bytes(b"no database, and long enough to be taken for one" * 100)
    checkpoints = Checkpoints(URL.create("sqlite", database=str(file)))

    checkpoints.start()
    checkpoints.written()
    checkpoints.close()


def test_one_that_never_began_can_end(sqlite_url: URL) -> None:
    Checkpoints(sqlite_url).close()
