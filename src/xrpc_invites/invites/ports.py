"""What the domain needs of a store, as plain promises."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import wraps
from typing import Protocol, TypeVar

from xrpc_invites.invites.audit import Entry, EntryFilter, Listed
from xrpc_invites.invites.model import InviteCode, InviteCodeUse, Owner
from xrpc_invites.invites.operators import OperatorToken
from xrpc_invites.invites.paging import Position, Sort
from xrpc_invites.invites.preview import Previewed
from xrpc_invites.invites.seals import Fields, Head, Link
from xrpc_invites.invites.search import Cut, Search
from xrpc_invites.invites.status import Attempt, Described
from xrpc_invites.invites.switching import Switch, Switched

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

    def owner_available(self, owner: str, /) -> bool:
        """False when the owner is an account here that is taken down or deleted."""
        ...

    def page(self, sort: Sort, /, *, after: Position | None, limit: int) -> Sequence[InviteCode]:
        """At most `limit` codes behind a position, with their newest uses."""
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

    def lock(self, text: str, /) -> InviteCode | None:
        """The code that this input means; nobody changes it until this unit of work ends."""
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


class AuditTrail(Protocol):
    """Reading what operators changed."""

    def page(self, wanted: EntryFilter, /, *, before: str | None, limit: int) -> Sequence[Listed]:
        """At most `limit` entries with ids below one, newest first, sealed or not."""
        ...

    def links(self) -> Iterator[Link]:
        """Every sealed entry by its place, read as it is asked for."""
        ...

    def head(self) -> Head | None: ...

    def last(self) -> int:
        """The last place that an entry has; 0 where nothing is sealed."""
        ...

    def unsealed(self) -> int:
        """How many entries wait for their seal."""
        ...

    def waiting(self, limit: int, /) -> Sequence[Fields]:
        """The fields of at most `limit` entries that wait for their seal, lowest ids first."""
        ...


class AuditLog(AuditTrail, Protocol):
    """Writing down what operators change, inside the unit of work that changes it."""

    def add(self, entries: Sequence[Entry], /) -> None:
        """Keep entries; they commit with the change or not at all."""
        ...

    def seal(self, links: Sequence[Link], /, *, behind: Head | None, head: Head) -> None:
        """Put waiting entries behind the head, which moves on.

        Raises:
            BrokenChainError: The head is another by now, or the entries are.
        """
        ...


class Leases(Protocol):
    """Who may do what only one may do at a time. A lease ends by the clock."""

    def free(self, name: str, /, *, holder: str, at: datetime) -> bool:
        """Whether `holder` could take the lease."""
        ...


class LeaseBook(Leases, Protocol):
    """Taking leases inside the unit of work that they are for."""

    def take(self, name: str, /, *, holder: str, at: datetime, until: datetime) -> bool:
        """Take or keep a lease; False, and nothing written, while another has it.

        Nobody else takes it before this unit of work ends.
        """
        ...


TokenPlace = tuple[int, str]
"""Where a token stands in a list: milliseconds since 1970 when it was made, and its id."""


class Tokens(Protocol):
    """Reading operators' tokens."""

    def by_hash(self, token_hash: str, /) -> OperatorToken | None:
        """The token whose text has this hash, dead or alive."""
        ...

    def by_id(self, id_: str, /) -> OperatorToken | None: ...

    def page(self, *, after: TokenPlace | None, limit: int) -> Sequence[OperatorToken]:
        """At most `limit` tokens behind a place, newest first."""
        ...


class TokenBook(Tokens, Protocol):
    """Reading and changing operators' tokens inside one unit of work."""

    def add(self, token: OperatorToken, /) -> bool:
        """Store a new token; False, and nothing written, when a live one has its name."""
        ...

    def revoke(self, id_: str, /, *, at: datetime) -> bool:
        """End a token; False, and nothing written, when it is unknown or was revoked before."""
        ...

    def touch(self, id_: str, /, *, at: datetime, unless_since: datetime) -> None:
        """Note a use, unless a later one than `unless_since` is noted already."""
        ...


class ReadStore(Protocol):
    """A consistent view of the store."""

    @property
    def codes(self) -> Codes: ...

    @property
    def tokens(self) -> Tokens: ...

    @property
    def audit(self) -> AuditTrail: ...

    @property
    def leases(self) -> Leases: ...


class Store(Protocol):
    """The store inside one unit of work."""

    @property
    def codes(self) -> Ledger: ...

    @property
    def audit(self) -> AuditLog: ...

    @property
    def tokens(self) -> TokenBook: ...

    @property
    def leases(self) -> LeaseBook: ...


class Read(Protocol):
    """Runs a query against one consistent view; `scan` marks one that reads much."""

    async def __call__(self, query: Callable[[ReadStore], T], /, *, scan: bool = False) -> T: ...


class Write(Protocol):
    """Runs work in a transaction and answers after its commit.

    Work is a function of the store and of many arguments, with an answer for each: what
    is asked at the same time of the same function is done in one call. It has no effect
    outside the store and may be run again.
    """

    async def __call__(
        self,
        work: Callable[[Store, Sequence[A]], Sequence[T]],
        argument: A,
        /,
        *,
        lane: str = "",
    ) -> T: ...


def one_by_one(unit: Callable[[S, A], T]) -> Callable[[S, Sequence[A]], Sequence[T]]:
    """Make work of a unit that takes a single argument."""

    @wraps(unit)
    def work(store: S, arguments: Sequence[A]) -> Sequence[T]:
        return [unit(store, argument) for argument in arguments]

    return work


Clock = Callable[[], datetime]
Draw = Callable[[], str]
