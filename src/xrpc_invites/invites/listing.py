"""Codes as long lists show them: plain values, since a page has hundreds and is read all day."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from xrpc_invites.invites.model import InviteCode
from xrpc_invites.invites.paging import EPOCH, Position, Sort, milliseconds


class ListedUse(NamedTuple):
    """One DID that joined with a code, and when."""

    used_by: str
    used_at: int
    """Milliseconds since 1970."""


@dataclass(slots=True)
class ListedCode:
    """A code, its counters and its newest uses. See `InviteCode`.

    It may be given out again and again, as long as the code stays as it is.
    """

    key: str
    code: str
    available: int
    use_count: int
    pending: int
    disabled: bool
    for_account: str
    created_by: str
    created: int
    """Milliseconds since 1970."""
    uses: Sequence[ListedUse] = ()
    shown: bytes = field(default=b"", compare=False, repr=False)
    """What it looks like to whoever lists it, once somebody has written that down."""

    @property
    def created_at(self) -> datetime:
        """When the code was made."""
        return EPOCH + timedelta(milliseconds=self.created)

    @property
    def unspent(self) -> bool:
        """Whether a use is left."""
        return self.use_count + self.pending < self.available

    @property
    def open(self) -> bool:
        """Whether a use is left and the code is not withdrawn."""
        return not self.disabled and self.unspent


class Listing(Protocol):
    """Reading long lists of codes, each with its newest uses."""

    def page(self, sort: Sort, /, *, after: Position | None, limit: int) -> Sequence[ListedCode]:
        """At most `limit` codes behind a position, recent or by usage."""
        ...

    def owned_by(self, owner: str, /) -> Sequence[ListedCode]:
        """Every code of an owner, oldest first."""
        ...


class Page(NamedTuple):
    """A part of a list, and where the next part starts; None behind an empty part."""

    codes: Sequence[ListedCode]
    position: Position | None


def page_of(codes: Sequence[ListedCode], sort: Sort) -> Page:
    """The part of a list that ends with the last of these codes."""
    if not codes:
        return Page(codes, None)
    last = codes[-1]
    return Page(codes, Position(last.use_count if sort is Sort.USAGE else last.created, last.code))


def listed(code: InviteCode) -> ListedCode:
    """A code as lists show it."""
    return ListedCode(
        code.key,
        code.code,
        code.available,
        code.use_count,
        code.pending,
        code.disabled,
        code.for_account,
        code.created_by,
        milliseconds(code.created_at),
        tuple(ListedUse(use.used_by, milliseconds(use.used_at)) for use in code.uses),
    )
