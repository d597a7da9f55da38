"""Batches that overlap, hands that meddle, and codes earned meanwhile, against a model."""

from collections.abc import Iterator
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

from tests.storage.books import NOON, account, by
from tests.storage.forests import DIDS, Forest, forests
from xrpc_invites.invites.allowance import Earning
from xrpc_invites.invites.changes import _switch, _Switching
from xrpc_invites.invites.codes import _Earned, _give
from xrpc_invites.invites.freezing import Frozen, Wish, _freeze, _Freezing, _thaw, _Thawing
from xrpc_invites.invites.switching import Switch
from xrpc_invites.invites.tree import Thawed, TreeRefusal
from xrpc_invites.storage import engines
from xrpc_invites.storage.columns import metadata
from xrpc_invites.storage.store import SqlStore
from xrpc_invites.storage.tables import invite_code, invite_code_use
from xrpc_invites.storage.tree_tables import frozen_code, frozen_did

EARNING = Earning(timedelta(days=1), NOON - timedelta(days=9), max_open=9)
dids = st.sampled_from(DIDS)
numbers = st.integers(0, 9)


@dataclass
class Held:
    """A code as the model has it."""

    owner: str
    by_hand: bool = False
    batches: set[str] = field(default_factory=set)

    @property
    def disabled(self) -> bool:
        return self.by_hand or bool(self.batches)


class Freezes(RuleBasedStateMachine):
    """Freezes and thaws trees in SQL, and foretells each answer from the model."""

    engine: ClassVar[Engine]

    @initialize(forest=forests)
    def begin(self, forest: Forest) -> None:
        self.forest, self.now = forest, NOON
        self.codes = {one.code: Held(one.for_account) for one in forest.codes}
        self.frozen: dict[str, set[str]] = {did: set() for did in DIDS}
        self.stopped: set[str] = set()
        self.batches: list[str] = []
        with self.store() as store:
            for table in reversed(metadata.sorted_tables):
                store.codes._connection.execute(delete(table))
            store.codes.add(forest.codes)
            for did in DIDS[:3]:  # the others are users of apps
                store.accounts.add(account(did[8:11]))
            self.uses = self.count_uses(store)

    @contextmanager
    def store(self) -> Iterator[SqlStore]:
        with self.engine.begin() as connection:
            yield SqlStore(connection)

    def do(self, work: Any, argument: Any) -> Any:
        with self.store() as store:
            [answer] = work(store, [argument])
        return answer

    @rule(root=dids, depth=st.none() | st.integers(1, 3), include_root=st.booleans())
    def freeze(self, root: str, depth: int | None, include_root: bool) -> None:  # noqa: FBT001
        batch = f"batch-{len(self.batches)}"
        below = self.forest.walked(root, root, depth or 9)
        meant = [root] * include_root + [did for _, did in sorted(below)]
        with self.store() as store:
            foreseen = store.tree.stoppable(meant)

        wish = Wish(did=root, depth=depth, include_root=include_root, reason=batch)
        answer = self.do(_freeze, _Freezing(by(), self.now, batch, wish))

        theirs = [one for one in self.codes.values() if one.owner in meant and not one.by_hand]
        codes = sum(not one.disabled for one in theirs)
        assert answer == Frozen(batch if meant else None, codes, len(meant), meant)
        assert foreseen == codes
        for one in theirs:
            one.batches.add(batch)
        for did in meant:
            self.frozen[did].add(batch)
        if meant:
            self.batches.append(batch)

    @rule(number=numbers)
    def thaw(self, number: int) -> None:
        batch = f"batch-{number}"
        answer = self.do(_thaw, _Thawing(by(), self.now, batch))

        if batch not in self.batches:
            assert answer is TreeRefusal.UNKNOWN_BATCH
            return
        codes = sum(one.batches == {batch} for one in self.codes.values())
        accounts = sum(batches == {batch} for batches in self.frozen.values())
        assert answer == Thawed(codes, accounts)
        for holding in (*(one.batches for one in self.codes.values()), *self.frozen.values()):
            holding.discard(batch)

    @rule(number=numbers, owner=st.none() | dids, disabled=st.booleans())
    def switch(self, number: int, owner: str | None, disabled: bool) -> None:  # noqa: FBT001
        texts = [*self.codes]
        text = texts[number % len(texts)]
        asked = Switch(
            disabled=disabled,
            texts=[text],
            owners=[owner] if owner else [],
            at=self.now,
            reason="by hand",
        )
        answer = self.do(_switch, _Switching(by(), self.now, asked))

        meant = [one for t, one in self.codes.items() if t == text or one.owner == owner]
        changed = [one for one in meant if (not one.by_hand if disabled else one.disabled)]
        assert answer == len(changed)
        for one in meant:
            one.by_hand, one.batches = disabled, set()

    @rule(did=st.sampled_from(DIDS[:3]), disabled=st.booleans())
    def stop_invites(self, did: str, disabled: bool) -> None:  # noqa: FBT001
        with self.store() as store:
            store.accounts.set_invites(did, disabled=disabled, note=None)
        self.stopped = self.stopped | {did} if disabled else self.stopped - {did}

    @rule(did=st.sampled_from(DIDS[:4]), days=st.integers(0, 5))
    def earn(self, did: str, days: int) -> None:
        self.now += timedelta(days=days)
        texts = [f"earned-{len(self.codes)}-{n}" for n in range(2)]
        self.do(_give, _Earned(did, self.now, EARNING, texts))

        with self.store() as store:
            made = [text for text in texts if store.codes.find(text) is not None]
        assert not made or did in DIDS[:3]
        for text in made:
            stopped = did in self.stopped
            batches = set() if stopped else set(self.frozen[did])
            self.codes[text] = Held(did, by_hand=stopped, batches=batches)

    @invariant()
    def the_codes_stand_as_the_model_says(self) -> None:
        if not hasattr(self, "codes"):
            return
        with self.store() as store:
            ask = store.codes._connection.execute
            rows = {row.code: row for row in ask(select(invite_code))}
            held = ask(select(func.count()).select_from(frozen_code)).scalar_one()
            frozen = ask(select(func.count()).select_from(frozen_did)).scalar_one()
            branches = store.tree.branches(DIDS, root="")
            assert self.count_uses(store) == self.uses
        for text, one in self.codes.items():
            assert rows[text].disabled == one.disabled, text
            self.check_reason(one, rows[text].disabled_at, rows[text].disabled_reason)
        assert held == sum(len(one.batches) for one in self.codes.values())
        assert frozen == sum(len(batches) for batches in self.frozen.values())
        assert {did: branch.frozen for did, branch in branches.items()} == {
            did: bool(batches) for did, batches in self.frozen.items()
        }

    @staticmethod
    def check_reason(one: Held, at: datetime | None, reason: str | None) -> None:
        if one.by_hand:
            assert reason in {"by hand", None}  # None where invites were stopped
        elif one.batches:
            assert at is not None
            assert (reason or "").startswith("batch-")
        else:
            assert (at, reason) == (None, None)

    @staticmethod
    def count_uses(store: SqlStore) -> list[tuple[str, str]]:
        used = select(invite_code_use.c.code_key, invite_code_use.c.used_by)
        return sorted((row[0], row[1]) for row in store.codes._connection.execute(used))


def test_each_batch_undoes_only_its_own(url: URL) -> None:
    class OnThisDatabase(Freezes):
        engine = engines.writing(url, lanes=1)

    run_state_machine_as_test(
        OnThisDatabase,
        settings=settings(
            max_examples=60,
            stateful_step_count=30,
            deadline=None,
            phases=[Phase.explicit, Phase.reuse, Phase.generate],
        ),
    )
    OnThisDatabase.engine.dispose()
