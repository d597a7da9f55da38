"""Searches use indexes, and a preview does the same work whatever is there."""

import re
from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import URL, Connection, Engine, event, insert

from tests.storage.books import NOON, account, code
from xrpc_invites.invites.model import Terms
from xrpc_invites.invites.paging import Sort
from xrpc_invites.invites.preview import preview
from xrpc_invites.invites.search import Cut, Search
from xrpc_invites.invites.status import Attempt, Status
from xrpc_invites.invites.switching import Switch
from xrpc_invites.storage import engines
from xrpc_invites.storage.search import FEW, more_than_few, searched
from xrpc_invites.storage.store import SqlStore
from xrpc_invites.storage.tables import invite_code

FILTERS = {
    "ix_invite_code_disabled": Search(status=Status.DISABLED),
    "ix_invite_code_expires_at": Search(status=Status.EXPIRED),
    "ix_invite_code_not_before": Search(status=Status.SCHEDULED),
    "ix_account_gone": Search(status=Status.OWNER_UNAVAILABLE),
    "ix_invite_code_exhausted": Search(status=Status.EXHAUSTED),
    "ix_invite_code_open": Search(status=Status.ACTIVE),
    "ix_invite_code_for_account_created_at_code": Search(for_account="did:web:a.test"),
    "ix_invite_code_created_by_created_at_code": Search(created_by="admin"),
    "ix_invite_code_tag_tag_code_key": Search(tag="red"),
    "ix_invite_code_word_word_code_key": Search(text="spring camp"),
    "ix_invite_code_created_at_code": Search(created_after=NOON, created_before=NOON),
}


def plan(connection: Connection, wanted: Search, sort: Sort, *, many: bool = False) -> str:
    """How the database would search, without the help of full scans where it can do so."""
    cut = Cut(sort=sort, after=None, limit=100, now=NOON)
    statement = searched(wanted, cut, many=many)
    dialect = connection.dialect
    if dialect.name == "sqlite":
        # With parameters, as the server asks: SQLite plans otherwise where it sees the values.
        asked = statement.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
        unknown = (None,) * len(asked.positiontup or ())
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked}", unknown)
        return "\n".join(str(row[3]) for row in rows)
    sql = str(statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
    connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
    return "\n".join(str(row[0]) for row in connection.exec_driver_sql(f"EXPLAIN {sql}"))


def full_scans(planned: str) -> Sequence[str]:
    """Lines of a plan that read a whole table."""
    ways = r"^.*(?:Seq Scan|SCAN (?!.*USING).*|AUTOMATIC.*INDEX.*)$"
    return re.findall(ways, planned, re.MULTILINE)


@pytest.mark.parametrize("sort", Sort)
@pytest.mark.parametrize("wanted", [*FILTERS.values(), Search()], ids=[*FILTERS, "none"])
def test_no_single_filter_reads_a_whole_table(url: URL, wanted: Search, sort: Sort) -> None:
    engine = engines.writing(url, lanes=1)

    with engine.begin() as connection:
        planned = plan(connection, wanted, sort)

    constants = [line for line in full_scans(planned) if "CONSTANT" not in line]
    assert constants == [], planned
    engine.dispose()


@pytest.mark.parametrize("sort", [Sort.RECENT, Sort.USAGE])
@pytest.mark.parametrize("status", [Status.EXPIRED, Status.SCHEDULED])
def test_codes_of_a_time_are_not_looked_for_among_all_codes(
    url: URL, status: Status, sort: Sort
) -> None:
    engine = engines.writing(url, lanes=1)

    with engine.begin() as connection:
        planned = plan(connection, Search(status=status), sort)

    assert "ix_invite_code_created_at_code" not in planned, planned
    assert "ix_invite_code_use_count_created_at_code" not in planned, planned
    engine.dispose()


@pytest.mark.parametrize("status", [Status.EXPIRED, Status.SCHEDULED])
def test_many_codes_of_a_time_are_read_in_order(url: URL, status: Status) -> None:
    engine = engines.writing(url, lanes=1)
    column = {Status.EXPIRED: "expires_at", Status.SCHEDULED: "not_before"}[status]
    at = NOON + timedelta(hours=-1 if status is Status.EXPIRED else 1)

    def add(connection: Connection, numbers: range) -> tuple[bool, list[str], str]:
        rows = [
            {
                "code_key": f"code{n}",
                "code": f"code{n}",
                "available": 1,
                "for_account": "admin",
                "created_by": "admin",
                "created_at": NOON + timedelta(seconds=n),
                column: at,
            }
            for n in numbers
        ]
        connection.execute(insert(invite_code), rows)
        cut = Cut(sort=Sort.RECENT, after=None, limit=2, now=NOON)
        found = SqlStore(connection).codes.search(Search(status=status), cut)
        many = more_than_few(connection, status, NOON)
        order = plan(connection, Search(status=status), Sort.RECENT, many=many)
        return many, [one.code.code for one in found], order

    with engine.begin() as connection:
        few, newest_of_few, sorted_plan = add(connection, range(FEW))
        many, newest_of_many, ordered_plan = add(connection, range(FEW, FEW + 1))
    engine.dispose()

    assert (few, many) == (False, True)
    assert newest_of_few == [f"code{FEW - n}" for n in (1, 2, 3)]
    assert newest_of_many == [f"code{FEW - n}" for n in (0, 1, 2)]
    if url.get_backend_name() == "sqlite":
        # PostgreSQL knows how many there are, and chooses by itself.
        assert f"ix_invite_code_{column}" in sorted_plan
        assert "ix_invite_code_created_at_code" in ordered_plan


@pytest.mark.parametrize(("index", "wanted"), FILTERS.items(), ids=[*FILTERS])
def test_each_filter_has_an_index_of_its_own(url: URL, index: str, wanted: Search) -> None:
    engine = engines.writing(url, lanes=1)

    with engine.begin() as connection:
        planned = plan(connection, wanted, Sort.RECENT)

    assert index in planned, planned
    engine.dispose()


def test_a_table_without_an_index_would_be_noticed(url: URL) -> None:
    engine = engines.writing(url, lanes=1)

    with engine.begin() as connection:
        connection.exec_driver_sql("DROP INDEX ix_invite_code_tag_tag_code_key")
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(
                "ALTER TABLE invite_code_tag DROP CONSTRAINT pk_invite_code_tag"
            )
        planned = plan(connection, Search(tag="red"), Sort.RECENT)

    assert "ix_invite_code_tag_tag_code_key" not in planned
    engine.dispose()


def statements(engine: Engine, text: str) -> Sequence[str]:
    """What the database is asked for a preview."""
    asked: list[str] = []

    def note(*given: object) -> None:
        asked.append(str(given[2]))

    event.listen(engine, "before_cursor_execute", note)
    with engine.begin() as connection:
        previewed = SqlStore(connection).codes.preview(text, now=NOON)
        asked.append(f"usable: {preview(previewed).usable}")
    event.remove(engine, "before_cursor_execute", note)
    return asked


def test_a_preview_asks_the_same_of_a_code_that_is_not_there(url: URL) -> None:
    engine = engines.writing(url, lanes=1)
    past, future = NOON - timedelta(days=1), NOON + timedelta(days=1)
    with engine.begin() as connection:
        store = SqlStore(connection)
        store.accounts.add(account("gone"))
        store.accounts.set_takedown("did:web:gone.test", at=NOON, ref=None)
        store.codes.add(
            [
                code("usable"),
                code("used-up"),
                code("disabled"),
                code("expired", terms=Terms(expires_at=NOON)),
                code("scheduled", terms=Terms(not_before=future, expires_at=future)),
                code("ownerless", for_account="did:web:gone.test"),
                code("restricted", terms=Terms(not_before=past, email_domains=("example.org",))),
            ]
        )
        store.codes.claim("usedup", Attempt(NOON), did="did:web:a.test")
        store.codes.switch(Switch(disabled=True, texts=["disabled"], at=NOON))

    unusable = {
        name: statements(engine, name)
        for name in ("unknown", "used-up", "disabled", "expired", "scheduled", "ownerless")
    }

    assert {name: asked[-1] for name, asked in unusable.items()} == dict.fromkeys(
        unusable, "usable: False"
    )
    assert len({tuple(asked) for asked in unusable.values()}) == 1
    for name in ("usable", "restricted"):
        usable = statements(engine, name)
        assert usable[-1] == "usable: True"
        assert usable[:-1] == unusable["unknown"][:-1]
    engine.dispose()
