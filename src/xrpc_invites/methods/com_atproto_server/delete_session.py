"""com.atproto.server.deleteSession: sign out; the token may have run out already."""

from xrpc_invites.accounts.sessions import Sessions
from xrpc_invites.xrpc.method import NOTHING, Call, Nothing, Procedure
from xrpc_invites.xrpc.roles import OfSession


def method(sessions: Sessions) -> Procedure[Nothing, Nothing]:
    """Bind the method to the use cases of sessions."""

    async def handle(_asked: Nothing, call: Call) -> Nothing:
        await sessions.end(call.caller.did or "", call.caller.jti or "")
        return NOTHING

    return Procedure(
        nsid="com.atproto.server.deleteSession",
        input=Nothing,
        output=Nothing,
        needs=OfSession(expired_ok=True),
        handle=handle,
    )
