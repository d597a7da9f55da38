"""org.xrpcinvites.releaseRedemption: no account was made, so the use is given back."""

from xrpc_invites.invites.redeeming import Redeeming
from xrpc_invites.invites.redemption import RedemptionRefusal
from xrpc_invites.methods.fields import RedemptionId
from xrpc_invites.methods.redemption_views import (
    RedemptionView,
    redemption_error,
    redemption_view,
    settler,
)
from xrpc_invites.xrpc.method import Call, Procedure
from xrpc_invites.xrpc.roles import Operator, Role
from xrpc_invites.xrpc.views import View


class Input(View):
    """The redemption."""

    id: RedemptionId


def method(redeeming: Redeeming) -> Procedure[Input, RedemptionView]:
    """Bind the method to the use cases of redemption."""

    async def handle(asked: Input, call: Call) -> RedemptionView:
        released = await redeeming.release(asked.id, by=settler(call))
        if isinstance(released, RedemptionRefusal):
            raise redemption_error(released)
        return redemption_view(released)

    return Procedure(
        nsid="org.xrpcinvites.releaseRedemption",
        input=Input,
        output=RedemptionView,
        needs=Operator(Role.APP),
        handle=handle,
    )
