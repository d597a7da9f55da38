"""org.xrpcinvites.enableCodes: switch codes on again, by text or by owner."""

from xrpc_invites.invites.changes import Changes
from xrpc_invites.methods.switching import Input, Output, switch
from xrpc_invites.xrpc.method import Call, Procedure
from xrpc_invites.xrpc.roles import Operator, Role


def method(changes: Changes) -> Procedure[Input, Output]:
    """Bind the method to the use cases of changing codes."""

    async def handle(asked: Input, call: Call) -> Output:
        return await switch(changes, asked, call, disabled=False)

    return Procedure(
        nsid="org.xrpcinvites.enableCodes",
        input=Input,
        output=Output,
        needs=Operator(Role.MODERATOR),
        handle=handle,
    )
