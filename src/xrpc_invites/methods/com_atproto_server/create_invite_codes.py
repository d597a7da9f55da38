"""com.atproto.server.createInviteCodes: an operator makes codes for many accounts at once."""

from xrpc_invites.invites.codes import MAX_BATCH, InviteCodes
from xrpc_invites.invites.making import Order
from xrpc_invites.invites.model import ADMIN
from xrpc_invites.methods.authors import author
from xrpc_invites.methods.com_atproto_server.create_invite_code import check_use_count
from xrpc_invites.xrpc.errors import invalid_request
from xrpc_invites.xrpc.method import Call, Procedure
from xrpc_invites.xrpc.roles import Operator, Role
from xrpc_invites.xrpc.views import Did, Omittable, View


class Input(View):
    """How many codes for each account, and how often each can be used."""

    code_count: int = 1
    use_count: int
    for_accounts: Omittable[list[Did]] = None


class AccountCodes(View):
    """com.atproto.server.createInviteCodes#accountCodes."""

    account: str
    codes: list[str]


class Output(View):
    """An entry for each account asked, in their order."""

    codes: list[AccountCodes]


def method(codes: InviteCodes) -> Procedure[Input, Output]:
    """Bind the method to the use cases of codes."""

    async def handle(asked: Input, call: Call) -> Output:
        owners = [ADMIN] if asked.for_accounts is None else asked.for_accounts
        _check(asked, len(owners))
        order = Order(available=asked.use_count, owners=owners, each=asked.code_count)
        created = await codes.create(order, by=author(call))
        texts = iter([code.code for code in created])
        return Output(
            codes=[
                AccountCodes(account=owner, codes=[next(texts) for _ in range(asked.code_count)])
                for owner in owners
            ]
        )

    return Procedure(
        nsid="com.atproto.server.createInviteCodes",
        input=Input,
        output=Output,
        needs=Operator(Role.ISSUER),
        handle=handle,
    )


def _check(asked: Input, accounts: int) -> None:
    check_use_count(asked.use_count)
    if asked.code_count < 1:
        raise invalid_request(f"codeCount must be at least 1, got {asked.code_count}")
    if asked.code_count * accounts > MAX_BATCH:
        raise invalid_request(
            f"codeCount times accounts must be at most {MAX_BATCH}: ask in several requests"
        )
