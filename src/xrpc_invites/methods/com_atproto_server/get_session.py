"""com.atproto.server.getSession: the account that an access token speaks for."""

from xrpc_invites.accounts.directory import Directory
from xrpc_invites.methods.errors import present
from xrpc_invites.methods.views import AccountSession, Document, account_session
from xrpc_invites.xrpc.method import Call, Nothing, Query
from xrpc_invites.xrpc.roles import OfAccount


def method(directory: Directory, document: Document) -> Query[Nothing, AccountSession]:
    """Bind the method to the use cases of accounts."""

    async def handle(_asked: Nothing, call: Call) -> AccountSession:
        account = present(await directory.account(call.caller.did or ""))
        return AccountSession(**account_session(account, document))

    return Query(
        nsid="com.atproto.server.getSession",
        params=Nothing,
        output=AccountSession,
        needs=OfAccount(),
        handle=handle,
    )
