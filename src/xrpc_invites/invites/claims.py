"""Spending many uses in a few statements, however many codes they are of."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from xrpc_invites.invites.grants import Grant
from xrpc_invites.invites.status import Attempt

Holder = tuple[str, str]
"""The key of a code, and a DID that has a use of it."""


class Claim(NamedTuple):
    """Somebody's wish to spend one use of a code."""

    key: str
    did: str
    attempt: Attempt

    @property
    def holder(self) -> Holder:
        """Whose use it would be."""
        return self.key, self.did


class ClaimBook(Protocol):
    """Spending uses inside one unit of work."""

    def each(self, claims: Sequence[Claim], /) -> Mapping[Holder, Grant]:
        """Spend one use for each that has none yet and may; what all have who have one then."""
        ...
