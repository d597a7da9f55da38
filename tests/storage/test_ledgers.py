"""The ledger in SQL and the one in memory, driven side by side through anything that can happen."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
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
from xrpc_invites.invites.claims import Claim
from xrpc_invites.invites.domains import admitted
from xrpc_invites.invites.listing import listed, page_of
from xrpc_invites.invites.making import key_of
from xrpc_invites.invites.model import ADMIN, InviteCodeUse, Terms
from xrpc_invites.invites.paging import Position, Sort
from xrpc_invites.invites.ports import CodeTakenError, Ledger
from xrpc_invites.invites.search import Cut, Search, cut_off
from xrpc_invites.invites.status import Attempt, Status
from xrpc_invites.invites.switching import Switch
from xrpc_invites.storage import engines
from xrpc_invites.storage.columns import metadata
from xrpc_invites.storage.store import SqlStore

T = TypeVar("T")

NAMES = ["ada", "bea", "cid"]
DIDS = [f"did:web:{name}.test" for name in NAMES]
TEXTS = ["abc-de", "ABC-DE", "abcde", "x0-1", "xo-l", "not a code!", "fgh"]
DOMAINS = ["example.org", "org", "x.example.org", "evilexample.org", None]
texts = st.sampled_from(TEXTS)
dids = st.sampled_from(DIDS)
emails = st.sampled_from([None, None, "ada@example.org", "bea@example.org"])
moments = st.sampled_from([None, *(NOON + timedelta(seconds=n) for n in (3, 10, 20))])
terms = st.builds(
    Terms,
    not_before=moments,
    expires_at=moments,
    note=st.sampled_from([None, "Spring campaign", "the spring, again", "ÉTÉ 2026", "_"]),
    role=st.sampled_from([None, "editor"]),
    tags=st.sampled_from([(), ("red",), ("red", "blue")]),
    email_domains=st.sampled_from([(), ("example.org",), ("example.com", "org")]),
    show_inviter=st.booleans(),
)
searches = st.builds(
    Search,
    status=st.none() | st.sampled_from(Status),
    for_account=st.none() | dids | st.just(ADMIN),
    created_by=st.sampled_from([None, ADMIN, "did:web:else.test"]),
    tag=st.sampled_from([None, None, "red", "re"]),
    text=st.sampled_from([None, None, "ab", "AB-c", "not", "spr", "camp SPRING", "été", "%", "_"]),
    created_after=moments,
    created_before=moments,
)


class Ledgers(RuleBasedStateMachine):
    """Does everything to both, and compares what they answer."""

    engine: ClassVar[Engine]

    @initialize()
    def begin_empty(self) -> None:
        self.memory = MemoryLedger()
        self.memory.handles = dict(zip(DIDS, [f"{name}.test" for name in NAMES], strict=True))
        self.seconds = 0
        self.joined = 0
        self.brought: dict[str, int] = {}
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

    def tick(self) -> datetime:
        self.seconds += 1
        return NOON + timedelta(seconds=self.seconds)

    @rule(
        names=st.lists(texts, max_size=3),
        available=st.integers(1, 3),
        owner=dids | st.just(ADMIN),
        given=terms,
        email=emails,
    )
    def add(
        self, names: Sequence[str], available: int, owner: str, given: Terms, email: str | None
    ) -> None:
        at = self.tick()
        new = [
            code(
                text,
                key=key_of(text),
                available=available,
                for_account=owner,
                created_at=at,
                terms=given,
                email=email,
            )
            for text in names
            if f"={text}" not in self.brought  # who makes codes looks for such first
        ]
        self.both(lambda ledger: ledger.add(new))

    @rule(
        text=texts,
        available=st.integers(-1, 2),
        joined=st.lists(dids, max_size=2, unique=True),
        uncounted=st.integers(0, 2),
    )
    def bring(self, text: str, available: int, joined: Sequence[str], uncounted: int) -> None:
        """A code with a history, perhaps used more often than it allows or than anyone recorded."""
        at = self.tick()
        there = self.both(lambda ledger: ledger.find(text))
        if there is not None and there.code == text:
            return
        uses = tuple(InviteCodeUse(did, at) for did in sorted(joined, reverse=True))
        count = len(uses) + uncounted
        old = code(
            text,
            key=f"={text}",
            available=available,
            use_count=count,
            uses=uses,
            last_used_at=at if uses else None,
            created_at=at,
        )
        if self.both(lambda ledger: ledger.add([old])) is None:
            self.brought[old.key] = count

    @rule(text=texts, did=dids)
    def bring_more_uses(self, text: str, did: str) -> None:
        locked = self.both(lambda ledger: ledger.lock_keys([f"={text}", "=none"]))
        for key, found in locked.items():
            stored, count = self.both(lambda ledger, key=key: ledger.recorded(key, [did]))  # type: ignore[misc]
            if did not in stored and count < found.use_count:
                at = self.tick()
                more = found._replace(uses=(InviteCodeUse(did, at),), last_used_at=at)
                self.both(lambda ledger, more=more: ledger.add_uses(more))  # type: ignore[misc]

    @rule(text=texts, domain=st.sampled_from(DOMAINS), email=emails)
    def claim(self, text: str, domain: str | None, email: str | None) -> None:
        self.joined += 1
        did, attempt = f"did:web:joined{self.joined}.test", Attempt(self.tick(), domain, email)
        found = self.both(lambda ledger: ledger.find(text))
        if found is None:
            return
        won = self.both(lambda ledger: ledger.claim(found.key, attempt, did=did))
        assert not won or admitted(domain, found.terms.email_domains)
        assert not won or found.email in {None, email}
        self.both(lambda ledger: sorted(ledger.joined_with([did, "did:web:nobody.test"])))

    @rule(
        asked=st.lists(
            st.tuples(texts, st.integers(1, 6), st.sampled_from(DOMAINS), emails), max_size=6
        )
    )
    def claim_together(self, asked: Sequence[tuple[str, int, str | None, str | None]]) -> None:
        """Many claims in a few statements come to what they come to one after another."""
        at = self.tick()
        claims = [
            Claim(found.key, f"did:web:joined{who}.test", Attempt(at, domain, email))
            for text, who, domain, email in asked
            if (found := self.memory.find(text)) is not None
        ]
        with self.store() as store:
            together = store.claims.each(claims)
        for claim in claims:
            if self.memory.grant(claim.key, claim.did) is None:
                self.memory.claim(claim.key, claim.attempt, did=claim.did)
        expected = {one.holder: self.memory.grant(*one.holder) for one in claims}
        assert together == {holder: grant for holder, grant in expected.items() if grant}
        for claim in claims:
            self.both(lambda ledger, key=claim.key: ledger.lock_keys([key]))  # type: ignore[misc]

    @rule(
        names=st.lists(texts, max_size=2),
        owners=st.lists(dids, max_size=2),
        disabled=st.booleans(),
        reason=st.sampled_from([None, "it leaked"]),
    )
    def switch(
        self,
        names: Sequence[str],
        owners: Sequence[str],
        disabled: bool,  # noqa: FBT001  # as Hypothesis calls it
        reason: str | None,
    ) -> None:
        asked = Switch(disabled=disabled, texts=names, owners=owners, at=self.tick(), reason=reason)
        self.both(lambda ledger: _sorted(ledger, asked))

    @rule(text=texts, available=st.integers(3, 5), given=terms)
    def amend(self, text: str, available: int, given: Terms) -> None:
        now = self.tick()
        found = self.both(lambda ledger: ledger.lock(text, now=now))
        if found is not None and available >= found.use_count:
            after = found._replace(available=available, terms=given)
            self.both(lambda ledger: ledger.amend(after))

    @rule(text=texts, joined=st.integers(1, 5), spent=st.booleans())
    def hold(self, text: str, joined: int, spent: bool) -> None:  # noqa: FBT001
        did, attempt = f"did:web:joined{joined}.test", Attempt(self.tick())
        found = self.both(lambda ledger: ledger.find(text))
        if found is None or not self.both(lambda ledger: ledger.hold(found.key, attempt)):
            return
        if spent:
            self.both(lambda ledger: ledger.spend_held(found.key, did=did, at=attempt.at))
            self.both(lambda ledger: ledger.grant(found.key, did))
        else:
            self.both(lambda ledger: ledger.give_back(found.key))

    @rule(text=st.none() | texts, joined=st.integers(1, 5))
    def revoke(self, text: str | None, joined: int) -> None:
        did, at = f"did:web:joined{joined}.test", self.tick()
        self.both(lambda ledger: ledger.revoke(did, text=text, at=at, reason="why"))
        asked = [f"did:web:joined{n}.test" for n in range(6)]
        self.both(lambda ledger: list(ledger.grants(asked)))

    @rule(did=dids, applied=st.booleans())
    def take_down(self, did: str, applied: bool) -> None:  # noqa: FBT001  # as Hypothesis calls it
        with self.store() as store:
            store.accounts.set_takedown(did, at=NOON if applied else None, ref=None)
        self.memory.gone = self.memory.gone | {did} if applied else self.memory.gone - {did}
        self.both(lambda ledger: ledger.owner_available(did))

    @rule(text=texts, did=dids)
    def claim_again(self, text: str, did: str) -> None:
        """A DID that perhaps joined with this code elsewhere, and that is no error."""
        attempt = Attempt(self.tick(), "example.org")
        found = self.both(lambda ledger: ledger.find(text))
        if found is not None and found.key in self.brought:
            self.both(lambda ledger: ledger.claim(found.key, attempt, did=did))

    @rule(text=texts)
    def show(self, text: str) -> None:
        now = self.tick()
        self.both(lambda ledger: ledger.show(text))
        self.both(lambda ledger: ledger.described(text, now=now))
        self.both(lambda ledger: ledger.preview(text, now=now))

    @rule(text=texts)
    def list_uses(self, text: str) -> None:
        found = self.both(lambda ledger: ledger.find(text))
        after: InviteCodeUse | None = None
        while found is not None:
            page = self.both(partial(_uses, found.key, after))
            if not page:
                break
            after = page[-1][0]

    @rule(owners=st.lists(dids, max_size=3, unique=True))
    def list_owned(self, owners: Sequence[str]) -> None:
        self.both(lambda ledger: list(ledger.owned_by(owners)))

    @rule(sort=st.sampled_from([Sort.RECENT, Sort.USAGE]), limit=st.integers(1, 3))
    def list_pages(self, sort: Sort, limit: int) -> None:
        after: Position | None = None
        while True:
            expected = [listed(c) for c in self.memory.page(sort, after=after, limit=limit)]
            with self.store() as store:
                assert store.listing.page(sort, after=after, limit=limit) == expected
            if not expected:
                break
            after = page_of(expected, sort).position

    @rule(owner=dids | st.just(ADMIN))
    def list_all_of_one(self, owner: str) -> None:
        expected = [listed(found) for found in self.memory.owned_by([owner])]
        with self.store() as store:
            assert store.listing.owned_by(owner) == expected

    @rule(wanted=searches, sort=st.sampled_from(Sort), limit=st.integers(1, 3))
    def search(self, wanted: Search, sort: Sort, limit: int) -> None:
        now, after = self.tick(), None
        while True:
            cut = Cut(sort=sort, after=after, limit=limit, now=now)
            after = cut_off(self.both(partial(_search, wanted, cut)), cut).position
            if after is None:
                break

    @invariant()
    def no_code_is_overspent(self) -> None:
        if hasattr(self, "memory"):
            for found in self.memory.page(Sort.RECENT, after=None, limit=100):
                brought = self.brought.get(found.key)
                assert found.use_count <= max(found.available, brought or 0)
                assert len(found.uses) <= found.use_count
                assert brought is not None or len(found.uses) == found.use_count


def _search(wanted: Search, cut: Cut, ledger: Ledger) -> Any:
    return list(ledger.search(wanted, cut))


def _uses(key: str, after: InviteCodeUse | None, ledger: Ledger) -> Any:
    return list(ledger.uses(key, after=after, limit=2))


def _sorted(ledger: Ledger, asked: Switch) -> Any:
    switched = ledger.switch(asked)
    return sorted(switched.codes), dict(switched.owned), switched.count


def _answer(ask: Callable[[Ledger], T], ledger: Ledger) -> Any:
    try:
        return ask(ledger)
    except CodeTakenError:
        return CodeTakenError


def test_the_ledger_in_sql_does_what_the_one_in_memory_does(url: URL) -> None:
    class OnThisDatabase(Ledgers):
        engine = engines.writing(url, lanes=1)

    run_state_machine_as_test(
        OnThisDatabase, settings=settings(max_examples=40, stateful_step_count=40, deadline=None)
    )
    OnThisDatabase.engine.dispose()
