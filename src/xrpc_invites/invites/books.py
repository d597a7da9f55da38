"""What the domain needs of a store besides codes: redemptions, the audit log, tokens, leases."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Protocol

from xrpc_invites.invites.audit import Entry, EntryFilter, Listed
from xrpc_invites.invites.operators import OperatorToken
from xrpc_invites.invites.redemption import Redemption
from xrpc_invites.invites.seals import Fields, Head, Link


class Redemptions(Protocol):
    """Reading redemptions."""

    def find(self, id_: str, /) -> Redemption | None: ...

    def due(self, *, now: datetime, limit: int) -> Sequence[str]:
        """Keys of codes, one for each lease that has ended and was not written down as ended."""
        ...


class RedemptionBook(Redemptions, Protocol):
    """Keeping redemptions inside one unit of work."""

    def lock(self, id_: str, /) -> Redemption | None:
        """The redemption; nobody else changes what its code holds until this unit ends."""
        ...

    def repeated(self, new: Redemption, /) -> Redemption | None:
        """The redemption that the same caller asked for by the same idempotency key."""
        ...

    def add(self, new: Redemption, /) -> None: ...

    def settle(self, settled: Redemption, /) -> None:
        """Keep the state, and when and by whom it was settled."""
        ...

    def end_leases(self, key: str, /, *, now: datetime) -> int:
        """Write down the leases of a code that have ended, and free what they held; how many."""
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
