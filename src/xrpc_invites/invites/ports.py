"""What the domain needs of a store, as plain promises."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import wraps
from typing import Protocol, TypeVar

from xrpc_invites.invites.books import (
    AuditLog,
    AuditTrail,
    LeaseBook,
    Leases,
    RedemptionBook,
    Redemptions,
    TokenBook,
    Tokens,
    Tree,
    TreeBook,
)
from xrpc_invites.invites.claims import ClaimBook
from xrpc_invites.invites.grants import Grant
from xrpc_invites.invites.invitation_books import InvitationBook, Invitations
from xrpc_invites.invites.listing import Listing
from xrpc_invites.invites.model import InviteCode, InviteCodeUse, Owner
from xrpc_invites.invites.outbox import Outbox, OutboxBook
from xrpc_invites.invites.preview import Previewed
from xrpc_invites.invites.proofs import ProofBook, Proofs
from xrpc_invites.invites.search import Cut, Search
from xrpc_invites.invites.status import Attempt, Described
from xrpc_invites.invites.switching import Switch, Switched
from xrpc_invites.invites.tags import TagBook, Tags
from xrpc_invites.invites.tallies import Tallies, TallyBook

A = TypeVar("A")
T = TypeVar("T")
S = TypeVar("S")


class CodeTakenError(Exception):
    """A new code's key is there already; nothing of the unit of work was kept."""


class StoreBusyError(Exception):
    """The store cannot take the work now; it is worth another try a little later."""


class Codes(Protocol):
    """Reading codes."""

    def find(self, text: str, /) -> InviteCode | None:
        """The code that this input means, without its uses."""
        ...

    def keys(self, texts: Sequence[str], /) -> Mapping[str, str]:
        """The keys of the codes that inputs mean, of those that mean any."""
        ...

    def show(self, text: str, /) -> InviteCode | None:
        """The code that this input means, with its newest uses."""
        ...

    def described(self, text: str, /, *, now: datetime) -> Described | None:
        """The code that this input means and its status, without its uses."""
        ...

    def preview(self, text: str, /, *, now: datetime) -> Previewed | None:
        """The same with the owner's handle, by the same statements whatever is there."""
        ...

    def search(self, wanted: Search, cut: Cut, /) -> Sequence[Described]:
        """Codes that are wanted, without their uses, and one more than the cut shows."""
        ...

    def uses(
        self, key: str, /, *, after: InviteCodeUse | None, limit: int
    ) -> Sequence[tuple[InviteCodeUse, str | None]]:
        """Uses of a code behind one, the newest first, with the handles of accounts here."""
        ...

    def grant(self, key: str, did: str, /) -> Grant | None:
        """What a use of the code gave this DID, revoked or not; None where it has no use."""
        ...

    def grants(self, dids: Sequence[str], /) -> Sequence[Grant]:
        """All grants of these DIDs that are in force, in one query."""
        ...

    def first_use(self, key: str, /) -> InviteCodeUse | None:
        """The oldest use of a code."""
        ...

    def owner_available(self, owner: str, /) -> bool:
        """False when the owner is an account here that is taken down or deleted."""
        ...

    def owned_by(self, owners: Sequence[str], /) -> Sequence[InviteCode]:
        """Every code of these owners, oldest first, with its newest uses."""
        ...

    def joined_with(self, dids: Sequence[str], /) -> Mapping[str, InviteCode]:
        """The code that each of these DIDs used first, where there is one."""
        ...

    def owner(self, did: str, /) -> Owner | None:
        """The account that earns codes, if it is here and not deleted."""
        ...


class Ledger(Codes, Protocol):
    """Reading and changing codes inside one unit of work."""

    def add(self, codes: Sequence[InviteCode], /) -> None:
        """Store new codes with their uses, all or none.

        Raises:
            CodeTakenError: A key is taken.
        """
        ...

    def claim(self, key: str, attempt: Attempt, /, *, did: str) -> bool:
        """Spend one use for `did`; False, and nothing written, when none can be spent so."""
        ...

    def hold(self, key: str, attempt: Attempt, /) -> bool:
        """Reserve one use; False, and nothing written, when none can be spent so."""
        ...

    def spend_held(self, key: str, /, *, did: str, at: datetime) -> None:
        """Turn a use that is held into one of `did`, or give it back if `did` has one already."""
        ...

    def give_back(self, key: str, /) -> None:
        """Free a use that is held."""
        ...

    def revoke(self, did: str, /, *, text: str | None, at: datetime, reason: str | None) -> int:
        """Revoke the grants of a DID, those of one code where a text is given; how many."""
        ...

    def lock(self, text: str, /, *, now: datetime) -> InviteCode | None:
        """The code that this input means, without what ended leases hold.

        Nobody else changes it until this unit of work ends.
        """
        ...

    def amend(self, code: InviteCode, /) -> None:
        """Keep the number of uses and the terms that a code now has."""
        ...

    def switch(self, asked: Switch, /) -> Switched:
        """Switch the codes named or owned so; what changed by it."""
        ...

    def lock_keys(self, keys: Sequence[str], /) -> Mapping[str, InviteCode]:
        """Those codes that are here, without their uses; nobody changes them meanwhile."""
        ...

    def recorded(self, key: str, dids: Sequence[str], /) -> tuple[Mapping[str, datetime], int]:
        """When each of these DIDs used a code, if it did, and how many uses are recorded in all."""
        ...

    def add_uses(self, code: InviteCode, /) -> None:
        """Record more uses of a code that counts them already, and when it was last used."""
        ...

    def lock_owner(self, did: str, /) -> Owner | None:
        """The account that earns codes; no other unit of work sees it until this one ends."""
        ...


class ReadStore(Protocol):
    """A consistent view of the store."""

    @property
    def codes(self) -> Codes: ...

    @property
    def listing(self) -> Listing: ...

    @property
    def redemptions(self) -> Redemptions: ...

    @property
    def tree(self) -> Tree: ...

    @property
    def tokens(self) -> Tokens: ...

    @property
    def audit(self) -> AuditTrail: ...

    @property
    def leases(self) -> Leases: ...

    @property
    def tallies(self) -> Tallies: ...

    @property
    def proofs(self) -> Proofs: ...

    @property
    def invitations(self) -> Invitations: ...

    @property
    def tags(self) -> Tags: ...

    @property
    def outbox(self) -> Outbox: ...


class Store(Protocol):
    """The store inside one unit of work."""

    @property
    def codes(self) -> Ledger: ...

    @property
    def claims(self) -> ClaimBook: ...

    @property
    def listing(self) -> Listing: ...

    @property
    def redemptions(self) -> RedemptionBook: ...

    @property
    def tree(self) -> TreeBook: ...

    @property
    def audit(self) -> AuditLog: ...

    @property
    def tokens(self) -> TokenBook: ...

    @property
    def leases(self) -> LeaseBook: ...

    @property
    def tallies(self) -> TallyBook: ...

    @property
    def proofs(self) -> ProofBook: ...

    @property
    def invitations(self) -> InvitationBook: ...

    @property
    def tags(self) -> TagBook: ...

    @property
    def outbox(self) -> OutboxBook: ...


class Read(Protocol):
    """Runs a query against one consistent view; `scan` marks one that reads much."""

    async def __call__(self, query: Callable[[ReadStore], T], /, *, scan: bool = False) -> T: ...


class Ask(Protocol):
    """Answers what is asked all the time; those who ask the same function together share a call."""

    async def __call__(
        self, question: Callable[[ReadStore, Sequence[A]], Sequence[T]], argument: A, /
    ) -> T: ...


class Write(Protocol):
    """Runs work in a transaction and answers after its commit.

    Work is a function of the store and of many arguments, with an answer for each: what
    is asked at the same time of the same function is done in one call. It has no effect
    outside the store and may be run again. `brief` work takes well below a millisecond, so that
    it may be done where it is asked.
    """

    async def __call__(
        self,
        work: Callable[[Store, Sequence[A]], Sequence[T]],
        argument: A,
        /,
        *,
        lane: str = "",
        brief: bool = False,
    ) -> T: ...


def one_by_one(unit: Callable[[S, A], T]) -> Callable[[S, Sequence[A]], Sequence[T]]:
    """Make work of a unit that takes a single argument."""

    @wraps(unit)
    def work(store: S, arguments: Sequence[A]) -> Sequence[T]:
        return [unit(store, argument) for argument in arguments]

    return work


Clock = Callable[[], datetime]
Draw = Callable[[], str]
