"""org.xrpcinvites.revokeInvitation: an operator takes an invitation back."""

from typing import Annotated

from pydantic import Field

from xrpc_invites.invites.corresponding import Invitations
from xrpc_invites.methods.authors import author
from xrpc_invites.methods.fields import Reason
from xrpc_invites.methods.invitation_views import InvitationView, invitation_view, not_there
from xrpc_invites.xrpc.method import Call, Procedure
from xrpc_invites.xrpc.roles import Operator, Role
from xrpc_invites.xrpc.views import Omittable, View


class Input(View):
    """The invitation, and why."""

    id: Annotated[int, Field(ge=1)]
    reason: Omittable[Reason] = None


def method(invitations: Invitations, origin: str) -> Procedure[Input, InvitationView]:
    """Bind the method to the use cases of invitations."""

    async def handle(asked: Input, call: Call) -> InvitationView:
        found = await invitations.revoke(asked.id, reason=asked.reason, by=author(call))
        if found is None:
            raise not_there()
        return invitation_view(found, origin)

    return Procedure(
        nsid="org.xrpcinvites.revokeInvitation",
        input=Input,
        output=InvitationView,
        needs=Operator(Role.ISSUER),
        handle=handle,
    )
