"""com.atproto.admin.deleteAccount: erase an account; its handle stays taken."""

from xrpc_invites.accounts.directory import Directory
from xrpc_invites.methods.authors import author
from xrpc_invites.xrpc.method import NOTHING, Call, Nothing, Procedure
from xrpc_invites.xrpc.roles import Operator, Role
from xrpc_invites.xrpc.views import Did, View


class Input(View):
    """The account."""

    did: Did


def method(directory: Directory) -> Procedure[Input, Nothing]:
    """Bind the method to the use cases of accounts."""

    async def handle(asked: Input, call: Call) -> Nothing:
        await directory.delete(asked.did, by=author(call))
        return NOTHING

    return Procedure(
        nsid="com.atproto.admin.deleteAccount",
        input=Input,
        output=Nothing,
        needs=Operator(Role.OWNER),
        handle=handle,
    )
