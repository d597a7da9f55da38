"""org.xrpcinvites.getInvitation: an invitation as it stands."""

from typing import Annotated

from pydantic import Field

from xrpc_invites.invites.corresponding import Invitations
from xrpc_invites.methods.invitation_views import InvitationView, invitation_view, not_there
from xrpc_invites.xrpc.method import Call, Query
from xrpc_invites.xrpc.roles import Operator, Role
from xrpc_invites.xrpc.views import View


class Params(View):
    """The invitation."""

    id: Annotated[int, Field(ge=1)]


def method(invitations: Invitations, origin: str) -> Query[Params, InvitationView]:
    """Bind the method to the use cases of invitations."""

    async def handle(asked: Params, _call: Call) -> InvitationView:
        found = await invitations.find(asked.id)
        if found is None:
            raise not_there()
        return invitation_view(found, origin)

    return Query(
        nsid="org.xrpcinvites.getInvitation",
        params=Params,
        output=InvitationView,
        needs=Operator(Role.VIEWER),
        handle=handle,
    )
