"""Redemptions against a model of a few lines, through everything that can come between."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar

import hypothesis.strategies as st
from hypothesis import Phase, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import URL, Engine, delete, func, select

from tests.storage.books import NOON, by, code
from xrpc_invites.invites.changes import _amend, _Amending, _switch, _Switching
from xrpc_invites.invites.grants import Grant
from xrpc_invites.invites.model import Terms
from xrpc_invites.invites.paging import Sort
from xrpc_invites.invites.redeeming import (
    Settler,
    Settling,
    _complete,
    _redeem,
    _Redeeming,
    _release,
    _reserve,
    _tidy,
)
from xrpc_invites.invites.redemption import Redemption, RedemptionRefusal
from xrpc_invites.invites.search import Cut, Search
from xrpc_invites.invites.status import Attempt, Status
from xrpc_invites.invites.switching import Switch
from xrpc_invites.invites.terms import Amendment
from xrpc_invites.storage import engines
from xrpc_invites.storage.columns import metadata
from xrpc_invites.storage.store import SqlStore
from xrpc_invites.storage.tables import invite_code, invite_code_use, redemption

KEY = "code"
DIDS = [f"did:web:{name}.test" for name in ("ada", "bea", "cid")]
APPS = ["token:1", "token:2"]
dids = st.sampled_from(DIDS)
apps = st.sampled_from(APPS)
ids = st.integers(0, 5)


@dataclass
class Seat:
    """A reservation, as the model has it."""

    app: str
    lease: datetime
    request: str
    key: str | None
    made: datetime
    state: str = "reserved"
    did: str | None = None

    def holds(self, now: datetime) -> bool:
        return self.state == "reserved" and now < self.lease


@dataclass
class Model:
    """One code and those who sit on it."""

    available: int = 3
    disabled: bool = False
    uses: set[str] = field(default_factory=set)
    seats: list[Seat] = field(default_factory=list)

    def free(self, now: datetime) -> bool:
        taken = len(self.uses) + sum(seat.holds(now) for seat in self.seats)
        return not self.disabled and taken < self.available


class Redemptions(RuleBasedStateMachine):
    """Does everything to one code in SQL, and foretells each answer from the model."""

    engine: ClassVar[Engine]

    @initialize()
    def begin(self) -> None:
        self.model, self.now = Model(), NOON
        with self.store() as store:
            for table in reversed(metadata.sorted_tables):
                store.codes._connection.execute(delete(table))
            store.codes.add([code(KEY, available=3, terms=Terms(role="editor", tags=("x",)))])

    @contextmanager
    def store(self) -> Iterator[SqlStore]:
        with self.engine.begin() as connection:
            yield SqlStore(connection)

    def do(self, work: Any, argument: Any) -> Any:
        with self.store() as store:
            [answer] = work(store, [argument])
        return answer

    @rule(app=apps, seconds=st.integers(30, 90), key=st.sampled_from([None, "k", "l"]))
    def reserve(self, app: str, seconds: int, key: str | None) -> None:
        lease, number = self.now + timedelta(seconds=seconds), len(self.model.seats)
        wanted = Redemption(
            id=str(number),
            key=KEY,
            code=KEY,
            created_at=self.now,
            lease_expires_at=lease,
            caller=app,
            idempotency_key=key,
            request=str(seconds),
        )
        answer = self.do(_reserve, wanted)

        earlier = [s for s in self.model.seats if key and (s.app, s.key) == (app, key)]
        recent = [s for s in earlier if self.now < s.made + timedelta(hours=24)]
        if recent:
            if recent[-1].request != str(seconds):
                assert answer is RedemptionRefusal.MISMATCH
            else:
                assert answer.id == str(self.model.seats.index(recent[-1]))
                self.check_state(answer, recent[-1])
        elif self.model.free(self.now):
            self.model.seats.append(Seat(app, lease, str(seconds), key, self.now))
            assert answer == wanted
        else:
            assert answer is RedemptionRefusal.CODE

    @rule(number=ids, app=apps, owner=st.booleans(), did=dids)
    def complete(self, number: int, app: str, owner: bool, did: str) -> None:  # noqa: FBT001
        answer = self.do(_complete, Settling(str(number), Settler(app, owner), self.now, did))
        seat = self.allowed(answer, number, app, owner=owner)
        if seat is None:
            return
        if seat.state == "released" or (seat.state == "completed" and seat.did != did):
            assert answer is RedemptionRefusal.SETTLED
            return
        late = seat.state == "reserved" and not seat.holds(self.now)
        if late and did not in self.model.uses and not self.model.free(self.now):
            assert answer is RedemptionRefusal.LEASE_EXPIRED
            return
        seat.state, seat.did = "completed", did
        self.model.uses.add(did)
        assert (answer.did, answer.role, answer.tags) == (did, "editor", ("x",))

    @rule(number=ids, app=apps, owner=st.booleans())
    def release(self, number: int, app: str, owner: bool) -> None:  # noqa: FBT001
        answer = self.do(_release, Settling(str(number), Settler(app, owner), self.now))
        seat = self.allowed(answer, number, app, owner=owner)
        if seat is None:
            return
        if seat.state == "completed":
            assert answer is RedemptionRefusal.SETTLED
            return
        if seat.holds(self.now):
            seat.state = "released"
        self.check_state(answer, seat)

    @rule(did=dids)
    def redeem(self, did: str) -> None:
        answer = self.do(_redeem, _Redeeming(KEY, did, Attempt(self.now)))

        if did in self.model.uses or self.model.free(self.now):
            self.model.uses.add(did)
            assert isinstance(answer, Grant)
        else:
            assert answer is RedemptionRefusal.CODE

    @rule(disabled=st.booleans())
    def switch(self, disabled: bool) -> None:  # noqa: FBT001
        self.model.disabled = disabled
        self.do(
            _switch, _Switching(by(), self.now, Switch(disabled=disabled, texts=[KEY], at=self.now))
        )

    @rule(available=st.integers(1, 5))
    def amend(self, available: int) -> None:
        self.do(_amend, _Amending(by(), self.now, KEY, Amendment(available=available)))
        taken = len(self.model.uses) + sum(seat.holds(self.now) for seat in self.model.seats)
        if available >= taken:
            self.model.available = available

    @rule(seconds=st.sampled_from([1, 30, 60, 90, 86_400]))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule()
    def tidy(self) -> None:
        with self.store() as store:
            due = store.redemptions.due(now=self.now, limit=10)
        for key in due:
            self.do(_tidy, (key, self.now))

    @rule()
    def restart(self) -> None:
        self.engine.dispose()

    def allowed(self, answer: Any, number: int, app: str, *, owner: bool) -> Seat | None:
        """The seat that may be settled so; else the answer is the one that says why not."""
        if number >= len(self.model.seats):
            assert answer is RedemptionRefusal.UNKNOWN
            return None
        seat = self.model.seats[number]
        if not owner and seat.app != app:
            assert answer is RedemptionRefusal.FORBIDDEN
            return None
        return seat

    def check_state(self, answer: Redemption, seat: Seat) -> None:
        expired = seat.state == "reserved" and not seat.holds(self.now)
        assert answer.state == ("expired" if expired else seat.state)

    @invariant()
    def the_books_are_true(self) -> None:
        if not hasattr(self, "model"):
            return
        with self.store() as store:
            ask = store.codes._connection.execute
            row = ask(select(invite_code)).one()
            used = {*store.codes._connection.scalars(select(invite_code_use.c.used_by))}
            stored = select(func.count()).where(redemption.c.state == "reserved")
            reserved = ask(stored).scalar_one()
            found = store.codes.described(KEY, now=self.now)
            sought = self.sought(store)
        holding = sum(seat.holds(self.now) for seat in self.model.seats)
        assert used == self.model.uses
        assert row.use_count == len(used)
        assert row.pending == reserved >= holding
        assert found is not None
        assert found.code.pending == holding
        assert found.code.use_count + holding <= found.code.available == self.model.available
        assert sought == [found.status]

    def sought(self, store: SqlStore) -> Sequence[Status]:
        """The status under which a search finds the code."""
        cut = Cut(sort=Sort.RECENT, after=None, limit=10, now=self.now)
        return [one for one in Status if store.codes.search(Search(status=one), cut)]


def test_redemptions_in_sql_do_what_the_model_foretells(url: URL) -> None:
    class OnThisDatabase(Redemptions):
        engine = engines.writing(url, lanes=1)

    run_state_machine_as_test(
        OnThisDatabase,
        settings=settings(
            max_examples=60,
            stateful_step_count=40,
            deadline=None,
            phases=[Phase.explicit, Phase.reuse, Phase.generate],
        ),
    )
    OnThisDatabase.engine.dispose()
