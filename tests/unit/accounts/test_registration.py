"""A sign-up that fails at any step after its DID was thought of: what is left of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, TypeVar, cast

import pytest

from xrpc_invites.accounts.admission import Admission, Refused, Wanted
from xrpc_invites.accounts.model import Account, DraftDid, Session, SigningKey
from xrpc_invites.accounts.ports import DirectoryFailedError, Store, World
from xrpc_invites.accounts.refusals import SignUpRefusal
from xrpc_invites.accounts.registration import Registration
from xrpc_invites.invites.grants import Grant
from xrpc_invites.invites.ports import StoreBusyError
from xrpc_invites.invites.redemption import Redemption, State

pytestmark = pytest.mark.anyio
A = TypeVar("A")
T = TypeVar("T")

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
DID = "did:plc:made"
ADMISSION = Admission(
    wanted=Wanted("ada.test", "ada@mail.test", "code"),
    account=Account(did="", handle="ada.test", key=SigningKey(b"secret", "zKey"), created_at=NOON),
    session=Session(jti="1", family="1", did="", expires_at=NOON),
    code_key="code",
    proof=None,
)


@dataclass
class Failing:
    """A store of one code and a directory, each of which fails when it is told to."""

    submitting: bool = False
    withdrawing: bool = False
    admitting: bool = False
    lost: bool = False
    """Whether the transaction was committed, and nobody heard of it."""
    releasing: bool = False

    def __post_init__(self) -> None:
        self.said: list[str] = []
        self.state = State.RESERVED
        self.accounts: list[str] = []

    # The directory.

    def draft(self, handle: str, key: SigningKey, /) -> DraftDid:
        return DraftDid(DID, {"handle": handle, "key": key.multibase})

    async def submit(self, draft: DraftDid, /) -> None:
        self.said.append(f"submitted {draft.did}")
        if self.submitting:
            raise DirectoryFailedError("status 500")

    async def withdraw(self, draft: DraftDid, /) -> None:
        if self.withdrawing:
            raise DirectoryFailedError("status 500")
        self.said.append(f"withdrew {draft.did}")

    # The store.

    async def write(
        self, work: Callable[[Store, Sequence[A]], Sequence[T]], argument: A, /, *, lane: str = ""
    ) -> T:
        assert lane == "code"
        name = cast("Any", work).__name__
        if name == "admit" and (self.admitting or self.lost):
            if self.lost:
                work(self.store, [argument])
            raise StoreBusyError
        if name == "_let_go" and self.releasing:
            raise StoreBusyError
        return work(self.store, [argument])[0]

    @property
    def store(self) -> Any:
        redemptions = SimpleNamespace(
            add=lambda _: None, repeated=lambda _: None, lock=self.lock, settle=self.settle
        )
        codes = SimpleNamespace(
            hold=lambda *_: True,
            give_back=lambda _: self.said.append("gave the use back"),
            spend_held=lambda _, **__: None,
            grant=self.grant,
        )
        accounts = SimpleNamespace(add=self.add, by_did=self.by_did, withdraw=self.withdrawn)
        sessions = SimpleNamespace(add=lambda _: None)
        return SimpleNamespace(
            redemptions=redemptions, codes=codes, accounts=accounts, sessions=sessions
        )

    def lock(self, id_: str) -> Redemption:
        return Redemption(
            id=id_,
            key="code",
            code="code",
            state=self.state,
            created_at=NOON,
            lease_expires_at=None,
            used_by=DID if self.state is State.COMPLETED else None,
            caller="sign-up",
            request="",
        )

    def settle(self, settled: Redemption) -> None:
        self.state = settled.state

    def grant(self, key: str, did: str) -> Any:
        return Grant(did=did, code=key, granted_at=NOON)

    def add(self, account: Account) -> bool:
        self.accounts.append(account.did)
        return True

    def by_did(self, did: str) -> str | None:
        return did if did in self.accounts else None

    def withdrawn(self, did: str) -> None:
        self.accounts.remove(did)

    async def signed_up(self) -> Account | Refused:
        world: Any = SimpleNamespace(write=self.write, now=lambda: NOON, draw_jti=lambda: "id")
        return await Registration(cast("World", world), self).admit(ADMISSION)


async def test_an_account_has_the_did_that_was_made_for_it() -> None:
    world = Failing()

    account = await world.signed_up()

    assert isinstance(account, Account)
    assert account.did == DID
    assert world.said == [f"submitted {DID}"]
    assert world.state is State.COMPLETED


async def test_a_directory_that_fails_may_know_the_did_all_the_same() -> None:
    world = Failing(submitting=True)

    assert await world.signed_up() == Refused(SignUpRefusal.DIRECTORY_FAILED)
    assert world.said == [f"submitted {DID}", "gave the use back", f"withdrew {DID}"]


async def test_a_directory_that_cannot_be_told_hinders_no_answer() -> None:
    world = Failing(submitting=True, withdrawing=True)

    assert await world.signed_up() == Refused(SignUpRefusal.DIRECTORY_FAILED)
    assert world.state is State.RELEASED


async def test_a_store_that_fails_leaves_no_did() -> None:
    world = Failing(admitting=True)

    with pytest.raises(StoreBusyError):
        await world.signed_up()

    assert world.said == [f"submitted {DID}", "gave the use back", f"withdrew {DID}"]


async def test_an_account_that_was_made_unheard_keeps_its_did() -> None:
    """The connection was lost at the commit, which came through."""
    world = Failing(lost=True)

    with pytest.raises(StoreBusyError):
        await world.signed_up()

    assert world.accounts == [DID]
    assert world.said == [f"submitted {DID}"]
    assert world.state is State.COMPLETED


async def test_while_nobody_knows_what_became_of_it_a_did_stays() -> None:
    world = Failing(lost=True, releasing=True)

    with pytest.raises(StoreBusyError):
        await world.signed_up()

    assert world.said == [f"submitted {DID}"]
