"""The audit log: what operators change, by whom and why, as the units of work write it down."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from xrpc_invites.invites.proofs import Proof

_NONE: Mapping[str, object] = {}


class Author(NamedTuple):
    """Who makes a change, by what right, and in which request."""

    actor: str
    """`admin`, the name of a token, or a DID."""
    role: str
    credentials: str
    """What showed who it is: `password`, `token:` and its id, `service-auth`, or `local`."""
    address: str
    """A keyed hash of the client's address: alike for one client, and no address."""
    request: str
    """The id of the request; no two requests have the same."""
    action: str
    """The NSID of the method."""
    proof: Proof | None = None
    """What was signed for this request, where that is what gives the right to it."""


class Change(NamedTuple):
    """One thing that was changed."""

    subject: str
    """A code, a DID, or the id of a token."""
    reason: str | None = None
    detail: Mapping[str, object] = _NONE
    """What JSON can say: what was asked, and what it was before."""

    def __repr__(self) -> str:
        """Without what may hold a code."""
        return f"Change(reason={self.reason!r})"


class Entry(NamedTuple):
    """A change as the log keeps it."""

    id: str
    """Ids sort by time."""
    at: datetime
    author: Author
    change: Change


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryFilter:
    """Which entries are wanted; what is None does not matter."""

    actor: str | None = None
    action: str | None = None
    subject: str | None = field(default=None, repr=False)
    since: datetime | None = None
    """From this instant on."""
    until: datetime | None = None
    """Before this instant."""


@dataclass(frozen=True, slots=True)
class Listed:
    """An entry, and its place in the chain once it is sealed."""

    entry: Entry
    seq: int | None


def entries(author: Author, at: datetime, changes: Iterable[Change]) -> list[Entry]:
    """The entries of one unit of work. A request has one unit of work that changes something."""
    return [
        Entry(id=entry_id(author, at, n), at=at, author=author, change=change)
        for n, change in enumerate(changes)
    ]


def entry_id(author: Author, at: datetime, number: int) -> str:
    """The id of the entry of this number, from 0, of a unit of work."""
    return f"{round(at.timestamp() * 1_000):013d}-{author.request}-{number:05d}"
