"""com.atproto.admin.getAccountInfos: several accounts as operators see them."""

from xrpc_invites.accounts.directory import Directory
from xrpc_invites.methods.views import AccountView, account_view
from xrpc_invites.xrpc.method import Call, Query
from xrpc_invites.xrpc.roles import Operator, Role
from xrpc_invites.xrpc.views import Did, View


class Params(View):
    """The accounts."""

    dids: list[Did]


class Output(View):
    """Those that are here, in the order asked."""

    infos: list[AccountView]


def method(directory: Directory) -> Query[Params, Output]:
    """Bind the method to the use cases of accounts."""

    async def handle(asked: Params, _call: Call) -> Output:
        profiles = await directory.profiles(asked.dids)
        return Output(infos=[account_view(profile) for profile in profiles])

    return Query(
        nsid="com.atproto.admin.getAccountInfos",
        params=Params,
        output=Output,
        needs=Operator(Role.VIEWER, moderation=True),
        handle=handle,
    )
