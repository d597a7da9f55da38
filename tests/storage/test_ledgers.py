"""The ledger in SQL and the one in memory, driven side by side through anything that can happen."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any, ClassVar, TypeVar

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import URL, Engine, delete

from tests.storage.books import NOON, account, code
from tests.storage.memory import MemoryLedger
from xrpc_invites.invites.model import ADMIN, InviteCode
from xrpc_invites.invites.paging import Position, Sort, position
from xrpc_invites.invites.ports import CodeTakenError, Ledger
from xrpc_invites.storage import engines
from xrpc_invites.storage.store import SqlStore
from xrpc_invites.storage.tables import metadata

T = TypeVar("T")

NAMES = ["ada", "bea", "cid"]
DIDS = [f"did:web:{name}.test" for name in NAMES]
TEXTS = ["abc-de", "ABC-DE", "abcde", "x0-1", "xo-l", "not a code!", "fgh"]
texts = st.sampled_from(TEXTS)
dids = st.sampled_from(DIDS)


class Ledgers(RuleBasedStateMachine):
    """Does everything to both, and compares what they answer."""

    engine: ClassVar[Engine]

    @initialize()
    def begin_empty(self) -> None:
        self.memory = MemoryLedger()
        self.seconds = 0
        self.joined = 0
        with self.store() as store:
            for table in reversed(metadata.sorted_tables):
                store.codes._connection.execute(delete(table))
            for name in NAMES:
                store.accounts.add(account(name))

    @contextmanager
    def store(self) -> Iterator[SqlStore]:
        with self.engine.begin() as connection:
            yield SqlStore(connection)

    def both(self, ask: Callable[[Ledger], T]) -> T:
        """The one answer of both."""
        expected = _answer(ask, self.memory)
        try:
            with self.store() as store:
                found: Any = ask(store.codes)
        except CodeTakenError:
            found = CodeTakenError
        assert found == expected
        return expected  # type: ignore[no-any-return]

    def tick(self) -> timedelta:
        self.seconds += 1
        return timedelta(seconds=self.seconds)

    @rule(
        names=st.lists(texts, max_size=3), available=st.integers(1, 3), owner=dids | st.just(ADMIN)
    )
    def add(self, names: Sequence[str], available: int, owner: str) -> None:
        at = NOON + self.tick()
        new = [
            code(
                text,
                key=text.lower().replace("-", "")
                if text.isascii() and " " not in text
                else f"={text}",
                available=available,
                for_account=owner,
                created_at=at,
            )
            for text in names
        ]
        self.both(lambda ledger: ledger.add(new))

    @rule(text=texts)
    def claim(self, text: str) -> None:
        self.joined += 1
        did, at = f"did:web:joined{self.joined}.test", NOON + self.tick()
        found = self.both(lambda ledger: ledger.find(text))
        if found is not None:
            self.both(lambda ledger: ledger.claim(found.key, did=did, at=at))
            self.both(lambda ledger: sorted(ledger.joined_with([did, "did:web:nobody.test"])))

    @rule(names=st.lists(texts, max_size=2), owners=st.lists(dids, max_size=2))
    def disable(self, names: Sequence[str], owners: Sequence[str]) -> None:
        self.both(lambda ledger: ledger.disable(texts=names, owners=owners))

    @rule(did=dids, applied=st.booleans())
    def take_down(self, did: str, applied: bool) -> None:  # noqa: FBT001  # as Hypothesis calls it
        with self.store() as store:
            store.accounts.set_takedown(did, at=NOON if applied else None, ref=None)
        self.memory.gone = self.memory.gone | {did} if applied else self.memory.gone - {did}
        self.both(lambda ledger: ledger.owner_available(did))

    @rule(text=texts)
    def show(self, text: str) -> None:
        self.both(lambda ledger: ledger.show(text))

    @rule(owners=st.lists(dids, max_size=3, unique=True))
    def list_owned(self, owners: Sequence[str]) -> None:
        self.both(lambda ledger: list(ledger.owned_by(owners)))

    @rule(sort=st.sampled_from(Sort), limit=st.integers(1, 3))
    def list_pages(self, sort: Sort, limit: int) -> None:
        after = None
        while page := self.both(partial(_page, sort, after, limit)):
            after = position(page[-1], sort)

    @invariant()
    def no_code_is_overspent(self) -> None:
        if hasattr(self, "memory"):
            for found in self.memory.page(Sort.RECENT, after=None, limit=100):
                assert found.use_count == len(found.uses) <= found.available


def _page(sort: Sort, after: Position | None, limit: int, ledger: Ledger) -> Sequence[InviteCode]:
    return list(ledger.page(sort, after=after, limit=limit))


def _answer(ask: Callable[[Ledger], T], ledger: Ledger) -> Any:
    try:
        return ask(ledger)
    except CodeTakenError:
        return CodeTakenError


def test_the_ledger_in_sql_does_what_the_one_in_memory_does(url: URL) -> None:
    class OnThisDatabase(Ledgers):
        engine = engines.writing(url, lanes=1)

    run_state_machine_as_test(
        OnThisDatabase, settings=settings(max_examples=25, stateful_step_count=30, deadline=None)
    )
    OnThisDatabase.engine.dispose()
