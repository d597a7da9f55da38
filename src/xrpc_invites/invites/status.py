"""Where a code stands: derived from its facts when asked, never stored."""

from enum import StrEnum

from xrpc_invites.invites.model import InviteCode


class Status(StrEnum):
    """Every status a code can have, the one that outranks the others first."""

    DISABLED = "disabled"
    OWNER_UNAVAILABLE = "owner-unavailable"
    EXHAUSTED = "exhausted"
    ACTIVE = "active"


class Refusal(StrEnum):
    """Why a code cannot be spent. Told apart only to operators and in logs."""

    UNKNOWN = "unknown"
    DISABLED = "disabled"
    OWNER_UNAVAILABLE = "owner-unavailable"
    EXHAUSTED = "exhausted"


def status(code: InviteCode, *, owner_available: bool) -> Status:
    """The first status that holds."""
    if code.disabled:
        return Status.DISABLED
    if not owner_available:
        return Status.OWNER_UNAVAILABLE
    return Status.ACTIVE if code.open else Status.EXHAUSTED


def refusal(code: InviteCode | None, *, owner_available: bool) -> Refusal | None:
    """Why `code` cannot be spent; None when it can."""
    if code is None:
        return Refusal.UNKNOWN
    standing = status(code, owner_available=owner_available)
    return None if standing is Status.ACTIVE else Refusal(standing.value)
