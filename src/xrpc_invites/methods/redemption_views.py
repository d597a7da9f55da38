"""Redemptions and grants on the wire, and why one is refused."""

from collections.abc import Mapping
from types import MappingProxyType

from xrpc_invites.accounts.emails import address_of
from xrpc_invites.invites import grants
from xrpc_invites.invites.redeeming import Settler
from xrpc_invites.invites.redemption import Redemption, RedemptionRefusal
from xrpc_invites.invites.status import Address
from xrpc_invites.methods.errors import REPLAYED
from xrpc_invites.methods.views import moment
from xrpc_invites.xrpc.errors import XrpcError, invalid_request
from xrpc_invites.xrpc.method import Call
from xrpc_invites.xrpc.roles import Role
from xrpc_invites.xrpc.views import Datetime, Did, View

_WIRE: Mapping[RedemptionRefusal, tuple[str, str]] = MappingProxyType(
    {
        # One answer for every cause: telling them apart would help a guesser.
        RedemptionRefusal.CODE: ("InvalidInviteCode", "Provided invite code not available"),
        RedemptionRefusal.MISMATCH: (
            "IdempotencyMismatch",
            "this idempotencyKey came with another request: draw a new one for each",
        ),
        RedemptionRefusal.UNKNOWN: ("RedemptionNotFound", "there is no such redemption"),
        RedemptionRefusal.FORBIDDEN: ("Forbidden", "only who reserved a use may settle it"),
        RedemptionRefusal.SETTLED: (
            "RedemptionSettled",
            "the redemption was completed by another DID, or released",
        ),
        RedemptionRefusal.LEASE_EXPIRED: (
            "LeaseExpired",
            "the lease ended, and no use of the code is free any more",
        ),
        RedemptionRefusal.REPLAYED: REPLAYED,
    }
)


class GrantView(View):
    """org.xrpcinvites.defs#grant."""

    did: Did
    code: str
    role: str | None = None
    tags: list[str]
    granted_at: Datetime
    revoked_at: Datetime | None = None


class RedemptionView(View):
    """org.xrpcinvites.defs#redemptionView."""

    id: str
    code: str
    state: str
    created_at: Datetime
    lease_expires_at: Datetime | None = None
    settled_at: Datetime | None = None
    used_by: Did | None = None
    idempotency_key: str | None = None


def grant_view(grant: grants.Grant) -> GrantView:
    """The wire's form of a grant."""
    return GrantView(
        did=grant.did,
        code=grant.code,
        role=grant.role,
        tags=list(grant.tags),
        granted_at=moment(grant.granted_at),
        revoked_at=None if grant.revoked_at is None else moment(grant.revoked_at),
    )


def redemption_view(found: Redemption) -> RedemptionView:
    """The wire's form of a redemption."""
    lease, settled = found.lease_expires_at, found.settled_at
    return RedemptionView(
        id=found.id,
        code=found.code,
        state=found.state,
        created_at=moment(found.created_at),
        lease_expires_at=None if lease is None else moment(lease),
        settled_at=None if settled is None else moment(settled),
        used_by=found.used_by,
        idempotency_key=found.idempotency_key,
    )


def redemption_error(refusal: RedemptionRefusal) -> XrpcError:
    """The wire's error for a redemption that is refused."""
    return XrpcError(*_WIRE[refusal])


def settler(call: Call) -> Settler:
    """Who settles: the credentials that reserved, or an owner."""
    return Settler(call.caller.credentials, owner=call.caller.role is Role.OWNER)


def given_address(email: str | None) -> Address | None:
    """The address that was given.

    Raises:
        XrpcError: The address is none that an account can have.
    """
    if email is None:
        return None
    address = address_of(email)
    if address is None:
        raise invalid_request("email is not supported: use another address")
    return address
