"""Operators' tokens as the methods about them show them."""

from xrpc_invites.invites.operators import OperatorToken
from xrpc_invites.methods.views import moment
from xrpc_invites.xrpc.views import Datetime, View


class TokenView(View):
    """org.xrpcinvites.defs#tokenView."""

    id: str
    name: str
    role: str
    created_at: Datetime
    expires_at: Datetime | None = None
    last_used_at: Datetime | None = None
    revoked_at: Datetime | None = None


def token_view(token: OperatorToken) -> TokenView:
    """The wire's form of a token."""
    expires, used, revoked = token.expires_at, token.last_used_at, token.revoked_at
    return TokenView(
        id=token.id,
        name=token.name,
        role=token.role,
        created_at=moment(token.created_at),
        expires_at=None if expires is None else moment(expires),
        last_used_at=None if used is None else moment(used),
        revoked_at=None if revoked is None else moment(revoked),
    )
