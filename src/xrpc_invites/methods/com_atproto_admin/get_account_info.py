"""com.atproto.admin.getAccountInfo: one account as operators see it."""

from xrpc_invites.accounts.directory import Directory
from xrpc_invites.methods.errors import not_found
from xrpc_invites.methods.views import AccountView, account_view
from xrpc_invites.xrpc.method import Call, Query
from xrpc_invites.xrpc.roles import Operator, Role
from xrpc_invites.xrpc.views import Did, View


class Params(View):
    """The account."""

    did: Did


def method(directory: Directory) -> Query[Params, AccountView]:
    """Bind the method to the use cases of accounts."""

    async def handle(asked: Params, _call: Call) -> AccountView:
        for profile in await directory.profiles([asked.did]):
            return account_view(profile)
        raise not_found("Account")

    return Query(
        nsid="com.atproto.admin.getAccountInfo",
        params=Params,
        output=AccountView,
        needs=Operator(Role.VIEWER, moderation=True),
        handle=handle,
    )
