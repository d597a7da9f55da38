"""The invite tree in SQL against plain Python, over forests with circles in them."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import URL, Connection, Engine, event
from sqlalchemy.exc import OperationalError

from tests.storage.books import NOON, account, by, code
from tests.storage.forests import DIDS, Forest, forests
from xrpc_invites.invites.freezing import Wish, _freeze, _Freezing, _thaw, _Thawing
from xrpc_invites.invites.model import InviteCodeUse
from xrpc_invites.invites.tree import COUNTED, Batch, path, walk
from xrpc_invites.storage import engines
from xrpc_invites.storage.store import SqlStore
from xrpc_invites.storage.tree import STRIDE

ROOT = DIDS[0]
BY_FIRST_USE = "ix_invite_code_use_used_by_used_at_code_key"


@pytest.fixture
def engine(url: URL) -> Iterator[Engine]:
    made = engines.writing(url, lanes=2)
    yield made
    made.dispose()


@contextmanager
def store(engine: Engine) -> Iterator[SqlStore]:
    """A store of which nothing stays."""
    with engine.connect() as connection, connection.begin() as begun:
        yield SqlStore(connection)
        begun.rollback()


def test_a_walk_meets_whom_the_model_meets(engine: Engine) -> None:
    @given(forests, st.integers(1, 5))
    def check(forest: Forest, depth: int) -> None:
        with store(engine) as books:
            books.codes.add(forest.codes)
            found = [(level, join.did) for level, join in walk(books.tree, ROOT, depth=depth)]

        assert found == forest.walked(ROOT, ROOT, depth)

    check()


def test_a_walk_goes_on_behind_each_node(engine: Engine) -> None:
    @given(forests, st.integers(1, 4))
    def check(forest: Forest, depth: int) -> None:
        whole = forest.walked(ROOT, ROOT, depth)
        with store(engine) as books:
            books.codes.add(forest.codes)
            for number, place in enumerate(whole):
                behind = path(books.tree, ROOT, place)
                assert behind is not None
                rest = walk(books.tree, ROOT, depth=depth, behind=behind)
                assert [(level, join.did) for level, join in rest] == whole[number + 1 :]

    check()


def test_only_places_in_the_tree_have_a_path(engine: Engine) -> None:
    @given(forests, st.integers(-1, 21), st.sampled_from([*DIDS, "did:web:nobody.test"]))
    def check(forest: Forest, depth: int, did: str) -> None:
        with store(engine) as books:
            books.codes.add(forest.codes)
            found = path(books.tree, ROOT, (depth, did))

        assert (found is not None) == ((depth, did) in forest.walked(ROOT, ROOT, 9))

    check()


def test_the_recursive_query_finds_whom_the_model_finds(engine: Engine) -> None:
    @given(forests, st.none() | st.integers(1, 4), st.integers(0, 8))
    def check(forest: Forest, depth: int | None, limit: int) -> None:
        with store(engine) as books:
            books.codes.add(forest.codes)
            found = books.tree.below(ROOT, depth=depth, limit=9)
            some = books.tree.below(ROOT, depth=depth, limit=limit)
            branches = books.tree.branches(DIDS, root=ROOT)

        assert found == [did for _, did in sorted(forest.walked(ROOT, ROOT, depth or 9))]
        assert len(some) == min(limit, len(found))
        assert set(some) <= set(found)
        for did in (did for did in DIDS if did == ROOT or did in found):
            assert branches[did].children == len(forest.children(did, ROOT))
            assert branches[did].descendants == len(forest.walked(did, ROOT, 9))

    check()


def crowd(inviter: str, texts: Sequence[str], each: int) -> list[Any]:
    """Codes that brought many."""
    return [
        code(
            text,
            for_account=inviter,
            available=each,
            use_count=each,
            uses=tuple(InviteCodeUse(f"did:web:{text}{n:05}.test", NOON) for n in range(each)),
        )
        for text in texts
    ]


@pytest.mark.parametrize(
    ("codes", "each"), [(1, STRIDE), (1, 2 * STRIDE + 1), (STRIDE, 1), (2 * STRIDE + 1, 1)]
)
def test_a_walk_is_whole_where_it_reads_in_strides(engine: Engine, codes: int, each: int) -> None:
    texts = [f"c-{n:04}" for n in range(codes)]

    with store(engine) as books:
        books.codes.add(crowd(ROOT, texts, each))
        found = [join.did for _, join in walk(books.tree, ROOT, depth=2)]

    assert found == sorted(set(found))
    assert len(found) == codes * each


def test_a_walk_reads_no_more_than_it_is_asked_for(engine: Engine) -> None:
    read: list[int] = []

    def note(*_given: object) -> None:
        read.append(1)

    with store(engine) as books:
        books.codes.add(crowd(ROOT, [f"c-{n:04}" for n in range(20)], 20))
        event.listen(engine, "before_cursor_execute", note)
        assert len([*islice(walk(books.tree, ROOT, depth=1), 20)]) == 20

    assert len(read) == 2


def test_a_crowd_is_counted_up_to_a_limit(engine: Engine) -> None:
    with store(engine) as books:
        books.codes.add(crowd(ROOT, ["c-1"], COUNTED + 5))
        branch = books.tree.branches([ROOT], root=ROOT)[ROOT]

    assert (branch.children, branch.descendants) == (COUNTED, COUNTED)


def explained(connection: Connection, asked: Sequence[tuple[str, Any]]) -> Iterator[str]:
    """How the database does what it was asked."""
    sqlite = connection.dialect.name == "sqlite"
    if not sqlite:
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
    for sql, parameters in asked:
        if sql.startswith("INSERT") and "SELECT" not in sql:
            continue
        words = "EXPLAIN QUERY PLAN" if sqlite else "EXPLAIN"
        rows = connection.exec_driver_sql(f"{words} {sql}", parameters)
        yield sql + "\n" + "\n".join(str(row[3 if sqlite else 0]) for row in rows)


def whole_reads(plan: str) -> list[str]:
    """Lines of a plan that go through all codes, all uses, or all of an index of them."""
    tables = r"(?:invite_code|invite_code_use|earlier)\b"
    # An automatic index is made of all rows, for one query.
    ways = rf"^\W*SCAN {tables}.*$|^.*AUTOMATIC.*INDEX.*$|^.*Seq Scan on {tables}.*$"
    scans = re.findall(ways, plan, re.MULTILINE)
    by_index = rf"^.*Index (?:Only )?Scan using \w+ on {tables}.*\n(?!\s*Index Cond).*$"
    return scans + re.findall(by_index, plan, re.MULTILINE)


def test_nothing_about_trees_reads_all_codes_or_uses(engine: Engine) -> None:
    asked: list[tuple[str, Any]] = []

    def note(*given: Any) -> None:
        asked.append((given[2], given[3]))

    batch = Batch("batch", ROOT, "spam", NOON)
    with store(engine) as books:
        connection = books.codes._connection
        books.codes.add([*crowd(ROOT, ["c-1"], 3), *crowd("did:web:c-100000.test", ["d-1"], 2)])
        event.listen(engine, "before_cursor_execute", note)
        joins = [join for _, join in walk(books.tree, ROOT, depth=3)]
        behind = path(books.tree, ROOT, (1, joins[-1].did))
        assert [*walk(books.tree, ROOT, depth=3, behind=behind or ())] == []
        dids = [ROOT, *books.tree.below(ROOT, depth=None, limit=10)]
        books.tree.below(ROOT, depth=3, limit=10)
        books.tree.branches(dids, root=ROOT)
        books.tree.stoppable(dids)
        books.tree.freeze(batch, dids)
        books.codes.owner(ROOT)
        books.tree.thaw(batch, at=NOON)
        event.remove(engine, "before_cursor_execute", note)
        plans = [*explained(connection, asked)]

    assert len(dids) == 6
    assert len(plans) > 20
    assert [(plan, found) for plan in plans if (found := whole_reads(plan))] == []
    assert [plan for plan in plans if "AS earlier" in plan and BY_FIRST_USE not in plan] == []


def test_a_tree_is_gone_down_by_indexes_before_anything_was_counted(postgres_url: URL) -> None:
    """Just after an import PostgreSQL knows nothing of its tables."""
    engine = engines.writing(postgres_url, lanes=1)
    plans: list[str] = []

    def explain(connection: Connection, _cursor: Any, sql: str, parameters: Any, *_: Any) -> None:
        if "RECURSIVE" in sql and not sql.startswith("EXPLAIN"):
            plans.extend(explained_now(connection, sql, parameters))

    with store(engine) as books:
        books.codes.add(crowd(ROOT, [f"c-{n:04}" for n in range(500)], 4))
        event.listen(engine, "before_cursor_execute", explain)
        books.tree.branches([ROOT], root=ROOT)
        books.tree.below(ROOT, depth=None, limit=10)
        event.remove(engine, "before_cursor_execute", explain)
        left = books.codes._connection.exec_driver_sql("SHOW enable_hashjoin").scalar_one()
    engine.dispose()

    assert len(plans) == 2
    assert [found for plan in plans if (found := whole_reads(plan))] == []
    assert left == "on"


def explained_now(connection: Connection, sql: str, parameters: Any) -> Iterator[str]:
    rows = connection.exec_driver_sql(f"EXPLAIN {sql}", parameters)
    yield "\n".join(str(row[0]) for row in rows)


def test_a_missing_index_would_be_noticed(engine: Engine) -> None:
    with store(engine) as books:
        connection = books.codes._connection
        connection.exec_driver_sql("DROP INDEX ix_invite_code_for_account_created_at_code")
        asked: list[tuple[str, Any]] = []
        event.listen(engine, "before_cursor_execute", lambda *given: asked.append(given[2:4]))
        books.tree.below(ROOT, depth=3, limit=10)
        plans = [*explained(connection, [*asked])]

    assert any(map(whole_reads, plans))


def test_who_is_frozen_is_given_nothing_meanwhile(postgres_url: URL) -> None:
    engine = engines.writing(postgres_url, lanes=2)
    with engine.begin() as connection:
        SqlStore(connection).accounts.add(account("ada"))
    batch = Batch("batch", ROOT, None, NOON)

    for first, second in (("give", "freeze"), ("freeze", "give")):
        acts = {
            "give": lambda books: books.codes.lock_owner(ROOT),
            "freeze": lambda books: books.tree.freeze(batch, [ROOT]),
        }
        with engine.connect() as connection, engine.connect() as rival:
            acts[first](SqlStore(connection))
            rival.exec_driver_sql("SET LOCAL lock_timeout = '1ms'")
            with pytest.raises(OperationalError, match="lock timeout"):
                acts[second](SqlStore(rival))
    engine.dispose()


def test_batches_begin_and_end_one_after_the_other(postgres_url: URL) -> None:
    engine = engines.writing(postgres_url, lanes=2)
    freezing = _Freezing(by(), NOON, "batch", Wish(did=ROOT))
    for act in (lambda s: _freeze(s, [freezing]), lambda s: _thaw(s, [_Thawing(by(), NOON, "x")])):
        with engine.connect() as connection, engine.connect() as rival:
            _freeze(SqlStore(connection), [freezing])
            rival.exec_driver_sql("SET LOCAL lock_timeout = '1ms'")
            with pytest.raises(OperationalError, match="lock timeout"):
                act(SqlStore(rival))
    engine.dispose()
