"""com.atproto.server.getAccountInviteCodes: an account's own codes, with those just earned."""

from xrpc_invites.accounts.directory import Directory
from xrpc_invites.accounts.model import Standing
from xrpc_invites.invites.codes import InviteCodes
from xrpc_invites.methods.errors import not_found, present
from xrpc_invites.methods.views import InviteCode, listed_codes
from xrpc_invites.xrpc.method import Call, Encoded, Query
from xrpc_invites.xrpc.roles import OfAccount
from xrpc_invites.xrpc.views import View


class Params(View):
    """Which codes to list, and whether to create what is earned first."""

    include_used: bool = True
    create_available: bool = True


class Output(View):
    """The codes, oldest first."""

    codes: list[InviteCode]


def method(codes: InviteCodes, directory: Directory) -> Query[Params, Output]:
    """Bind the method to the use cases of codes and accounts."""

    async def handle(asked: Params, call: Call) -> Encoded[Output]:
        account = present(await directory.account(call.caller.did or ""))
        if account.standing is Standing.DEACTIVATED:
            raise not_found("Account")
        owned = await codes.owned(
            account.did,
            include_used=asked.include_used,
            create_available=asked.create_available,
        )
        return Encoded(listed_codes(owned))

    return Query(
        nsid="com.atproto.server.getAccountInviteCodes",
        params=Params,
        output=Output,
        needs=OfAccount(),
        handle=handle,
    )
