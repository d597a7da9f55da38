"""com.atproto.server.refreshSession: trade a refresh token for the next session."""

from xrpc_invites.accounts.refusals import SessionRefusal
from xrpc_invites.accounts.sessions import Sessions
from xrpc_invites.methods.errors import session_error
from xrpc_invites.methods.views import Document, TokenSession, token_session
from xrpc_invites.xrpc.method import Call, Nothing, Procedure
from xrpc_invites.xrpc.roles import OfSession


def method(sessions: Sessions, document: Document) -> Procedure[Nothing, TokenSession]:
    """Bind the method to the use cases of sessions."""

    async def handle(_asked: Nothing, call: Call) -> TokenSession:
        signed_in = await sessions.refresh(call.caller.did or "", call.caller.jti or "")
        if isinstance(signed_in, SessionRefusal):
            raise session_error(signed_in)
        return token_session(signed_in, document)

    return Procedure(
        nsid="com.atproto.server.refreshSession",
        input=Nothing,
        output=TokenSession,
        needs=OfSession(),
        handle=handle,
    )
