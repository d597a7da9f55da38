"""What the domain needs of a store for invitations."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from xrpc_invites.invites.invitations import (
    Invitation,
    InvitationFilter,
    Invited,
    Invitee,
    Letter,
)


class Invitations(Protocol):
    """Reading invitations."""

    def find(self, id_: int, /, *, now: datetime) -> Invited | None: ...

    def of_code(self, key: str, /, *, now: datetime) -> Invited | None:
        """The invitation that a code belongs to."""
        ...

    def of(self, ids: Sequence[int], /, *, now: datetime) -> Mapping[int, Invited]:
        """Those that are here."""
        ...

    def page(
        self, wanted: InvitationFilter, /, *, before: int | None, limit: int, now: datetime
    ) -> Sequence[Invited]:
        """At most `limit` invitations with ids below one, newest first."""
        ...

    def known(self, emails: Sequence[str], /, *, now: datetime) -> Mapping[str, Invitee]:
        """What is known of addresses; those of whom nothing is are left out."""
        ...

    def given(self, keys: Sequence[str], /) -> frozenset[str]:
        """Those of the codes that belong to invitations."""
        ...

    def letter(self, id_: int, /, *, now: datetime) -> Letter | None:
        """What a mail says; None where none is to be sent any more."""
        ...


class InvitationBook(Invitations, Protocol):
    """Keeping invitations inside one unit of work."""

    def lock(self, ids: Sequence[int], /, *, now: datetime) -> Mapping[int, Invited]:
        """Those that are here; nobody else changes them before this unit of work ends."""
        ...

    def lock_invitees(self, emails: Sequence[str], /) -> None:
        """Nobody else invites these addresses before this unit of work ends."""
        ...

    def add(self, new: Sequence[Invitation], /) -> Mapping[str, int]:
        """Store invitations of codes that are here; their ids by the keys of their codes."""
        ...

    def queued(self, ids: Sequence[int], /) -> None:
        """A mail waits to be sent."""
        ...

    def unqueued(self, id_: int, /) -> None:
        """No mail waits any more: it stands as it did before one was asked for."""
        ...

    def mailed(self, id_: int, /, *, at: datetime) -> None:
        """A mail server took a mail."""
        ...

    def bounced(self, id_: int, failure: str, /) -> None:
        """A mail could not be delivered."""
        ...

    def opt_out(self, email: str, /, *, at: datetime) -> None:
        """Have an address that was invited sent no more."""
        ...
