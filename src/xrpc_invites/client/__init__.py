"""A client for Python programs that let people in by invite codes: `httpx` and nothing else."""

from xrpc_invites.client.answers import Grant, Preview, Redemption
from xrpc_invites.client.asynchronous import InvitesClient
from xrpc_invites.client.errors import (
    AuthenticationRequired,
    Forbidden,
    IdempotencyMismatch,
    InvalidInviteCode,
    InvalidRequest,
    InvitesError,
    LeaseExpired,
    RateLimited,
    RedemptionNotFound,
    RedemptionSettled,
    Refused,
    Unavailable,
    UnexpectedAnswer,
)
from xrpc_invites.client.patience import Patience
from xrpc_invites.client.protocol import Joining
from xrpc_invites.client.seats import Seat
from xrpc_invites.client.synchronous import SyncInvitesClient

__all__ = [
    "AuthenticationRequired",
    "Forbidden",
    "Grant",
    "IdempotencyMismatch",
    "InvalidInviteCode",
    "InvalidRequest",
    "InvitesClient",
    "InvitesError",
    "Joining",
    "LeaseExpired",
    "Patience",
    "Preview",
    "RateLimited",
    "Redemption",
    "RedemptionNotFound",
    "RedemptionSettled",
    "Refused",
    "Seat",
    "SyncInvitesClient",
    "Unavailable",
    "UnexpectedAnswer",
]
