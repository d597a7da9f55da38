"""com.atproto.server.createInviteCode: an operator makes one code."""

from xrpc_invites.invites.codes import InviteCodes
from xrpc_invites.invites.making import Order
from xrpc_invites.invites.model import ADMIN
from xrpc_invites.methods.authors import author
from xrpc_invites.xrpc.errors import invalid_request
from xrpc_invites.xrpc.method import Call, Procedure
from xrpc_invites.xrpc.roles import Operator, Role
from xrpc_invites.xrpc.views import Did, Omittable, View


class Input(View):
    """How often the code can be used, and who may hand it out."""

    use_count: int
    for_account: Omittable[Did] = None


class Output(View):
    """The code's text."""

    code: str


def method(codes: InviteCodes) -> Procedure[Input, Output]:
    """Bind the method to the use cases of codes."""

    async def handle(asked: Input, call: Call) -> Output:
        check_use_count(asked.use_count)
        order = Order(available=asked.use_count, owners=[asked.for_account or ADMIN])
        [created] = await codes.create(order, by=author(call))
        return Output(code=created.code)

    return Procedure(
        nsid="com.atproto.server.createInviteCode",
        input=Input,
        output=Output,
        needs=Operator(Role.ISSUER),
        handle=handle,
    )


def check_use_count(use_count: int) -> None:
    """Refuse a code that could never be used."""
    if use_count < 1:
        raise invalid_request(f"useCount must be at least 1, got {use_count}")
