"""A place for mails, until the outbox is there."""

from collections.abc import Sequence

from xrpc_invites.invites.outbox import Mail


class SqlOutbox:
    """Keeps nothing."""

    def add(self, mails: Sequence[Mail], /) -> None:
        """Keep nothing."""

    def cancel(self, invitation: int, /) -> None:
        """Cancel nothing."""
