"""org.xrpcinvites.redeemCode: a DID that exists already spends one use at once."""

from xrpc_invites.invites.redeeming import Redeeming
from xrpc_invites.invites.redemption import RedemptionRefusal
from xrpc_invites.methods.fields import CodeText, Email
from xrpc_invites.methods.proofs import proof
from xrpc_invites.methods.redemption_views import (
    GrantView,
    given_address,
    grant_view,
    redemption_error,
)
from xrpc_invites.xrpc.errors import XrpcError, invalid_request
from xrpc_invites.xrpc.limits import Rule
from xrpc_invites.xrpc.method import Call, Procedure
from xrpc_invites.xrpc.roles import Role, SelfOrOperator
from xrpc_invites.xrpc.views import Did, Omittable, View


class Input(View):
    """The code, and who joins."""

    code: CodeText
    did: Omittable[Did] = None
    email: Omittable[Email] = None


def method(redeeming: Redeeming) -> Procedure[Input, GrantView]:
    """Bind the method to the use cases of redemption."""

    async def handle(asked: Input, call: Call) -> GrantView:
        did, address = _who(asked, call), given_address(asked.email)
        granted = await redeeming.redeem(asked.code, did, address=address, proof=proof(call))
        if isinstance(granted, RedemptionRefusal):
            if granted is RedemptionRefusal.CODE:
                call.missed()
            raise redemption_error(granted)
        return grant_view(granted)

    return Procedure(
        nsid="org.xrpcinvites.redeemCode",
        input=Input,
        output=GrantView,
        needs=SelfOrOperator(Role.APP),
        guesses=Rule.FAILED_CODES,
        handle=handle,
    )


def _who(asked: Input, call: Call) -> str:
    """The DID that joins: one that speaks for itself joins alone."""
    own = call.caller.did
    if own is None and asked.did is None:
        raise invalid_request("did is required: say who joins")
    if own is not None and asked.did not in {None, own}:
        raise XrpcError("Forbidden", "a DID may redeem a code for itself alone")
    return own or asked.did or ""
