"""What the rules of accounts need of a store, of cryptography and of a directory of keys."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from xrpc_invites.accounts.model import Account, DraftDid, Session, SigningKey
from xrpc_invites.invites import ports as invites
from xrpc_invites.invites.ports import Clock, Draw

A = TypeVar("A")
T = TypeVar("T")


class Accounts(Protocol):
    """Reading accounts. Handles and e-mails are compared lower-case."""

    def by_did(self, did: str, /) -> Account | None:
        """The account, also a deleted one."""
        ...

    def by_dids(self, dids: Sequence[str], /) -> Sequence[Account]:
        """The accounts that are here, in the order asked."""
        ...

    def by_handle(self, handle: str, /) -> Account | None:
        """The account, also a deleted one."""
        ...

    def by_email(self, email: str, /) -> Account | None: ...

    def handles_taken(self, handles: Sequence[str], /) -> frozenset[str]:
        """Those of the handles that an account has or had."""
        ...

    def search(
        self, email: str, /, *, after: tuple[datetime, str] | None, limit: int
    ) -> Sequence[Account]:
        """Accounts whose e-mail contains the text, by creation time and DID, behind a place."""
        ...


class AccountBook(Accounts, Protocol):
    """Reading and changing accounts inside one unit of work. Unknown DIDs change nothing."""

    def add(self, account: Account, /) -> bool:
        """Store a new account; False, and nothing written, when handle, e-mail or DID is taken."""
        ...

    def withdraw(self, did: str, /) -> None:
        """Take back an account added in this unit of work."""
        ...

    def lock(self, did: str, /) -> Account | None:
        """The account, also a deleted one; nobody else changes it before this unit of work ends."""
        ...

    def set_invites(self, did: str, /, *, disabled: bool, note: str | None) -> None:
        """Switch an account's invites; a note replaces the one before, None leaves it."""
        ...

    def set_takedown(self, did: str, /, *, at: datetime | None, ref: str | None) -> None: ...

    def set_deactivated(self, did: str, /, *, at: datetime | None) -> None: ...

    def delete(self, did: str, /, *, at: datetime) -> None:
        """Erase everything but DID, handle and times."""
        ...


class SessionBook(Protocol):
    """Refresh tokens inside one unit of work."""

    def add(self, session: Session, /) -> None:
        """Store a new session."""
        ...

    def find(self, jti: str, /) -> Session | None:
        """The session, locked until the unit of work ends."""
        ...

    def rotate(self, jti: str, /, *, next_jti: str, expires_at: datetime) -> None: ...

    def end(self, family: str, /) -> None: ...

    def tidy(self, did: str, /, *, now: datetime) -> None:
        """Drop an account's sessions that have run out."""
        ...


class ReadStore(invites.ReadStore, Protocol):
    """A consistent view of codes and accounts."""

    @property
    def accounts(self) -> Accounts: ...


class Store(invites.Store, Protocol):
    """Codes, accounts and sessions inside one unit of work."""

    @property
    def accounts(self) -> AccountBook: ...

    @property
    def sessions(self) -> SessionBook: ...


class Read(Protocol):
    """Runs a query against one consistent view; `scan` marks one that no index serves."""

    async def __call__(self, query: Callable[[ReadStore], T], /, *, scan: bool = False) -> T: ...


class Write(Protocol):
    """Runs work in a transaction and answers after its commit. See `invites.ports.Write`."""

    async def __call__(
        self,
        work: Callable[[Store, Sequence[A]], Sequence[T]],
        argument: A,
        /,
        *,
        lane: str = "",
    ) -> T: ...


class Passwords(Protocol):
    """Slow hashes of passwords, made beside the event loop and a few at a time."""

    async def hash(self, password: str, /) -> str: ...

    async def verify(self, password_hash: str | None, password: str, /) -> bool:
        """Whether the password is the right one; None costs the same work and is never right."""
        ...


class Tokens(Protocol):
    """Signs the two tokens of a session."""

    def access(self, did: str, /, *, now: datetime, restricted: bool = False) -> str:
        """An access token; a restricted one, of an account taken down, opens nothing here."""
        ...

    def refresh(self, session: Session, /, *, now: datetime) -> str: ...


class DirectoryFailedError(Exception):
    """The directory of DIDs did not take what it was sent; the text names no account."""


class Registrar(Protocol):
    """Makes DIDs of new accounts in a directory that everyone asks."""

    def draft(self, handle: str, key: SigningKey, /) -> DraftDid:
        """The DID that a new account of this handle and key would have."""
        ...

    async def submit(self, draft: DraftDid, /) -> None:
        """Have the directory know the DID.

        Raises:
            DirectoryFailedError: It may know it or not.
        """
        ...

    async def withdraw(self, draft: DraftDid, /) -> None:
        """Have the directory know that the DID is nobody's. Raises like `submit`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """All that lies outside the rules: the store, cryptography, the clock and the dice."""

    read: Read
    write: Write
    passwords: Passwords
    tokens: Tokens
    new_key: Callable[[], SigningKey]
    did_of: Callable[[str], str]
    """Names the DID of a new handle."""
    now: Clock
    draw_jti: Draw
    """Draws what nobody can guess."""
    registrar: Registrar | None = None
    """Makes the DIDs of new accounts; without one they are named after their handles."""
