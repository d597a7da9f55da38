"""A use that is held while an account is made."""

from xrpc_invites.client.answers import Grant, Redemption


class Seat:
    """What the block of `redeeming` has: it says whether the account was made."""

    def __init__(self, redemption: Redemption) -> None:
        self.redemption = redemption
        self.grant: Grant | None = None
        """What the code grants, once the block has ended and the use is spent."""
        self.did: str | None = None
        """Who joined."""

    def complete(self, did: str) -> None:
        """Say that `did` has joined: when the block ends well, the use is spent for it.

        Nothing is sent before that: make it the last thing in the block, since an exception
        after it gives the use back all the same.
        """
        self.did = did
