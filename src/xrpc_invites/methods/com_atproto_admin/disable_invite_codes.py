"""com.atproto.admin.disableInviteCodes: withdraw codes, by text or by owner."""

from xrpc_invites.invites.codes import InviteCodes
from xrpc_invites.invites.model import ADMIN
from xrpc_invites.xrpc.errors import invalid_request
from xrpc_invites.xrpc.method import NOTHING, Call, Nothing, Procedure
from xrpc_invites.xrpc.roles import Operator, Role
from xrpc_invites.xrpc.views import Omittable, View


class Input(View):
    """Codes, and accounts whose codes are meant, all of them."""

    codes: Omittable[list[str]] = None
    accounts: Omittable[list[str]] = None


def method(codes: InviteCodes) -> Procedure[Input, Nothing]:
    """Bind the method to the use cases of codes."""

    async def handle(asked: Input, _call: Call) -> Nothing:
        owners = asked.accounts or []
        if ADMIN in owners:
            raise invalid_request("accounts must not hold 'admin': name the codes instead")
        await codes.disable(texts=asked.codes or [], owners=owners)
        return NOTHING

    return Procedure(
        nsid="com.atproto.admin.disableInviteCodes",
        input=Input,
        output=Nothing,
        needs=Operator(Role.MODERATOR, moderation=True),
        handle=handle,
    )
