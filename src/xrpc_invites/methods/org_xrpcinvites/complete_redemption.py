"""org.xrpcinvites.completeRedemption: the account exists, so the use that is held is spent."""

from xrpc_invites.invites.redeeming import Redeeming
from xrpc_invites.invites.redemption import RedemptionRefusal
from xrpc_invites.methods.fields import RedemptionId
from xrpc_invites.methods.redemption_views import (
    GrantView,
    grant_view,
    redemption_error,
    settler,
)
from xrpc_invites.xrpc.method import Call, Procedure
from xrpc_invites.xrpc.roles import Operator, Role
from xrpc_invites.xrpc.views import Did, View


class Input(View):
    """The redemption, and who joined."""

    id: RedemptionId
    used_by: Did


def method(redeeming: Redeeming) -> Procedure[Input, GrantView]:
    """Bind the method to the use cases of redemption."""

    async def handle(asked: Input, call: Call) -> GrantView:
        granted = await redeeming.complete(asked.id, asked.used_by, by=settler(call))
        if isinstance(granted, RedemptionRefusal):
            raise redemption_error(granted)
        return grant_view(granted)

    return Procedure(
        nsid="org.xrpcinvites.completeRedemption",
        input=Input,
        output=GrantView,
        needs=Operator(Role.APP),
        handle=handle,
    )
