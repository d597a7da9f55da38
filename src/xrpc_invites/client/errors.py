"""What a call can come to instead of a result.

InvitesError
├── Refused                      the server says no; what it says has a name
│   ├── InvalidInviteCode        the code cannot be used, or not so
│   ├── IdempotencyMismatch      the key belongs to another request
│   ├── RedemptionNotFound
│   ├── RedemptionSettled        completed by another DID, or released
│   ├── LeaseExpired             and no use of the code is free any more
│   ├── InvalidRequest
│   ├── AuthenticationRequired   the token is wrong, expired or revoked
│   └── Forbidden                the token may not do this
├── RateLimited                  too many requests for now
├── Unavailable                  nobody answered in time, often enough; it may have been done
└── UnexpectedAnswer             what answers is no such server

No text holds the token, nor what was sent.
"""

from collections.abc import Mapping
from types import MappingProxyType

_LONGEST = 300
"""Characters of a message from elsewhere that are passed on."""


class InvitesError(Exception):
    """Base of all that a client raises for what a server says or does not say."""


class Refused(InvitesError):
    """The server answered that it does not do it."""

    def __init__(self, name: str, message: str = "", status: int = 400) -> None:
        super().__init__(name, message, status)
        self.name = name
        """By which programs know the reason."""
        self.message = message[:_LONGEST]
        """The reason for people."""
        self.status = status
        """Of HTTP."""

    def __str__(self) -> str:
        return f"{self.name}: {self.message}" if self.message else self.name


class InvalidInviteCode(Refused):
    """The code cannot be used, or not by this e-mail address, whatever the reason."""


class IdempotencyMismatch(Refused):
    """The idempotency key belongs to another request."""


class RedemptionNotFound(Refused):
    """No redemption has this id."""


class RedemptionSettled(Refused):
    """The redemption was completed by another DID, or released."""


class LeaseExpired(Refused):
    """The lease ended, and no use of the code is free any more."""


class InvalidRequest(Refused):
    """The request is not one that the server understands."""


class AuthenticationRequired(Refused):
    """The token is wrong, expired or revoked."""


class Forbidden(Refused):
    """The token may not do this: its role is another, or somebody else reserved."""


class RateLimited(InvitesError):
    """The server has had too many requests for now."""

    def __init__(self, retry_after: float | None = None) -> None:
        super().__init__(retry_after)
        self.retry_after = retry_after
        """Seconds, where the server says so."""

    def __str__(self) -> str:
        return f"too many requests{_soon(self.retry_after)}"


class Unavailable(InvitesError):
    """No answer, however often it was asked. Whether anything was done is not known."""

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason, retry_after)
        self.reason = reason
        self.retry_after = retry_after
        """Seconds, where the server says so."""

    def __str__(self) -> str:
        return f"the server is not there now ({self.reason}){_soon(self.retry_after)}"


class UnexpectedAnswer(InvitesError):
    """What answered is not a server of invite codes: is the address right?"""


NAMED: Mapping[str, type[Refused]] = MappingProxyType(
    {kind.__name__: kind for kind in Refused.__subclasses__()}
)
"""Each refusal that has a class, by its name on the wire."""


def _soon(retry_after: float | None) -> str:
    return "" if retry_after is None else f": come again in {retry_after:g} s"
