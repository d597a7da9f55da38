"""What the domain needs of a store besides codes: trees, redemptions, the log, tokens, leases."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from xrpc_invites.invites.audit import Entry, EntryFilter, Listed
from xrpc_invites.invites.old import Old
from xrpc_invites.invites.operators import OperatorToken
from xrpc_invites.invites.redemption import Redemption
from xrpc_invites.invites.seals import Checkpoint, Fields, Head, Link
from xrpc_invites.invites.tree import Batch, Branch, Join, Thawed


class Redemptions(Protocol):
    """Reading redemptions."""

    def find(self, id_: str, /) -> Redemption | None: ...

    def due(self, *, now: datetime, limit: int) -> Sequence[str]:
        """Keys of codes, one for each lease that has ended and was not written down as ended."""
        ...

    def settled(self, *, before: datetime, limit: int) -> Sequence[Old]:
        """At most `limit` that were settled before, in that order; `group` is the code's key."""
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

    def drop(self, key: str, ids: Sequence[str], /, *, before: datetime) -> None:
        """Remove those of a code's redemptions that were settled before, and not since."""
        ...


class Tree(Protocol):
    """Reading who invited whom."""

    def joined(self, did: str, /) -> Join | None:
        """The first use of a code by this DID."""
        ...

    def invited(self, did: str, /, *, root: str, after: Join | None) -> Iterator[Join]:
        """Those who joined by a code of this DID, `root` aside, read as they are asked for.

        In the order in which the codes were made, and those of one code as they joined.
        """
        ...

    def branches(self, dids: Sequence[str], /, *, root: str) -> Mapping[str, Branch]:
        """What hangs on each of these DIDs, `root` aside."""
        ...

    def below(self, root: str, /, *, depth: int | None, limit: int) -> Sequence[str]:
        """At most `limit` DIDs below one, those near it first."""
        ...

    def stoppable(self, dids: Sequence[str], /) -> int:
        """How many codes of these DIDs are not disabled."""
        ...


class TreeBook(Tree, Protocol):
    """Freezing trees inside one unit of work, while nobody else does."""

    def freeze(self, batch: Batch, dids: Sequence[str], /) -> int:
        """Mark DIDs as frozen, and disable their codes; how many were not disabled before."""
        ...

    def find(self, id_: str, /) -> Batch | None: ...

    def thaw(self, batch: Batch, /, *, at: datetime) -> Thawed:
        """End a batch; what another batch or somebody's hand holds stays as it is."""
        ...

    def hold(self, keys: Sequence[str], batches: Sequence[str], /) -> None:
        """Let disabled codes come back when the last of these batches ends."""
        ...


class AuditTrail(Protocol):
    """Reading what operators changed."""

    def page(self, wanted: EntryFilter, /, *, before: str | None, limit: int) -> Sequence[Listed]:
        """At most `limit` entries with ids below one, newest first, sealed or not."""
        ...

    def links(self) -> Iterator[Link]:
        """Every sealed entry by its place, read as it is asked for."""
        ...

    def oldest(self, *, before: datetime, limit: int) -> Sequence[Link]:
        """At most `limit` sealed entries from the first on, up to one that is not so old."""
        ...

    def head(self) -> Head | None: ...

    def checkpoint(self) -> Checkpoint | None:
        """Where the archived part ends; None where nothing was archived."""
        ...

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

    def drop_archived(self, *, behind: Checkpoint | None, checkpoint: Checkpoint) -> bool:
        """Remove the entries up to the checkpoint, which moves on.

        False, and nothing written, when it is another by now.

        Raises:
            BrokenChainError: Some of the entries are missing.
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

    def by_hashes(self, hashes: Sequence[str], /) -> Mapping[str, OperatorToken]:
        """The tokens whose texts have these hashes, dead or alive, by the hash."""
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
