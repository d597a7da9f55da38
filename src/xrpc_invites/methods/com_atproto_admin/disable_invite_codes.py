"""com.atproto.admin.disableInviteCodes: withdraw codes, by text or by owner."""

from xrpc_invites.invites.changes import Changes
from xrpc_invites.invites.model import ADMIN
from xrpc_invites.methods.authors import author
from xrpc_invites.methods.proofs import first_or_again
from xrpc_invites.xrpc.errors import invalid_request
from xrpc_invites.xrpc.method import NOTHING, Call, Nothing, Procedure
from xrpc_invites.xrpc.roles import Operator, Role
from xrpc_invites.xrpc.views import Omittable, View


class Input(View):
    """Codes, and accounts whose codes are meant, all of them."""

    codes: Omittable[list[str]] = None
    accounts: Omittable[list[str]] = None


def method(changes: Changes) -> Procedure[Input, Nothing]:
    """Bind the method to the use cases of codes."""

    async def handle(asked: Input, call: Call) -> Nothing:
        owners = asked.accounts or []
        if ADMIN in owners:
            raise invalid_request("accounts must not hold 'admin': name the codes instead")
        changed = await changes.switch(
            disabled=True, texts=asked.codes or [], owners=owners, by=author(call)
        )
        first_or_again(changed, again=0)
        return NOTHING

    return Procedure(
        nsid="com.atproto.admin.disableInviteCodes",
        input=Input,
        output=Nothing,
        needs=Operator(Role.MODERATOR, moderation=True),
        handle=handle,
    )
