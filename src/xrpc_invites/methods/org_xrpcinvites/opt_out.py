"""org.xrpcinvites.optOut: who reads mail at an address wants no more invitations."""

from typing import Annotated

from pydantic import Field

from xrpc_invites.invites.corresponding import Invitations
from xrpc_invites.xrpc.errors import XrpcError
from xrpc_invites.xrpc.limits import Rule
from xrpc_invites.xrpc.method import Call, Procedure
from xrpc_invites.xrpc.roles import Public
from xrpc_invites.xrpc.views import View


class Input(View):
    """The token of a mail that came there."""

    token: Annotated[str, Field(min_length=1, max_length=200)]


class Output(View):
    """Nothing is left to say."""


def method(invitations: Invitations) -> Procedure[Input, Output]:
    """Bind the method to the use cases of invitations."""

    async def handle(asked: Input, call: Call) -> Output:
        if not await invitations.opt_out(asked.token):
            call.missed()
            raise XrpcError("TokenNotFound", "no mail had this token: copy the whole link")
        return Output()

    return Procedure(
        nsid="org.xrpcinvites.optOut",
        input=Input,
        output=Output,
        needs=Public(),
        guesses=Rule.FAILED_CODES,
        handle=handle,
    )
