"""Who may come in is one query by an index, and leases that ended are written down."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import URL, event, select

from tests.storage.books import NOON, code
from xrpc_invites.invites.redeeming import Redeeming, Wish
from xrpc_invites.invites.redemption import Redemption, State
from xrpc_invites.invites.status import Attempt
from xrpc_invites.storage import engines
from xrpc_invites.storage.database import Database
from xrpc_invites.storage.store import SqlStore
from xrpc_invites.storage.tables import invite_code, redemption

DIDS = [f"did:web:a{n}.test" for n in range(100)]


def test_the_access_of_a_hundred_dids_is_one_query_by_an_index(url: URL) -> None:
    engine = engines.writing(url, lanes=1)
    asked: list[tuple[str, object]] = []

    def note(*given: object) -> None:
        asked.append((str(given[2]), given[3]))

    with engine.begin() as connection:
        store = SqlStore(connection)
        store.codes.add([code("code", available=100)])
        assert all(store.codes.claim("code", Attempt(NOON), did=did) for did in DIDS)
        event.listen(engine, "before_cursor_execute", note)
        assert [grant.did for grant in store.codes.grants(DIDS)] == sorted(DIDS)
        event.remove(engine, "before_cursor_execute", note)
        [(statement, parameters)] = asked
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        explain = "EXPLAIN QUERY PLAN" if connection.dialect.name == "sqlite" else "EXPLAIN"
        plan = connection.exec_driver_sql(f"{explain} {statement}", parameters)  # type: ignore[arg-type]
        planned = "\n".join(str(row[-1]) for row in plan)

    assert "ix_invite_code_use_used_by" in planned
    assert "Seq Scan" not in planned
    assert "SCAN invite_code" not in planned
    engine.dispose()


@pytest.mark.anyio
async def test_leases_that_ended_are_written_down_in_the_background(database: Database) -> None:
    now = [NOON]
    ids = iter("123")
    redeeming = Redeeming(
        database.read,
        database.write,
        now=lambda: now[0],
        draw=lambda: next(ids),
        fingerprint=str,
    )
    await database.write(_add, "code")
    wish = Wish(code="code", request="", lease=timedelta(seconds=60))
    held = [await redeeming.reserve(wish, caller="token:1") for _ in range(2)]
    assert all(isinstance(one, Redemption) for one in held)

    assert await redeeming.tidy() is False
    assert await _books(database) == ([State.RESERVED] * 2, 2)
    now[0] += timedelta(seconds=60)
    assert await redeeming.tidy() is False

    assert await _books(database) == ([State.EXPIRED] * 2, 0)


def _add(store: SqlStore, texts: Sequence[str]) -> Sequence[None]:
    store.codes.add([code(text, available=2) for text in texts])
    return [None] * len(texts)


async def _books(database: Database) -> tuple[list[State], int]:
    states = select(redemption.c.state)
    pending = select(invite_code.c.pending)
    return await database.read(
        lambda store: (
            [State(one) for one in store.codes._connection.scalars(states)],
            store.codes._connection.scalar(pending) or 0,
        )
    )
