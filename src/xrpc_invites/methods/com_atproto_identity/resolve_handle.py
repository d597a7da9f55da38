"""com.atproto.identity.resolveHandle: the DID of a handle of this server."""

from xrpc_invites.accounts.directory import Directory
from xrpc_invites.accounts.model import Standing
from xrpc_invites.xrpc.errors import XrpcError
from xrpc_invites.xrpc.method import Call, Query
from xrpc_invites.xrpc.roles import Public
from xrpc_invites.xrpc.views import Did, Handle, View


class Params(View):
    """The handle."""

    handle: Handle


class Output(View):
    """Its DID."""

    did: Did


def method(directory: Directory) -> Query[Params, Output]:
    """Bind the method to the use cases of accounts."""

    async def handle(asked: Params, _call: Call) -> Output:
        account = await directory.by_handle(asked.handle)
        if account is None or account.standing is not Standing.ACTIVE:
            raise XrpcError("HandleNotFound", "Unable to resolve handle")
        return Output(did=account.did)

    return Query(
        nsid="com.atproto.identity.resolveHandle",
        params=Params,
        output=Output,
        needs=Public(),
        handle=handle,
    )
