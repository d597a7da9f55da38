"""com.atproto.server.createSession: sign in with a password."""

from xrpc_invites.accounts.refusals import SessionRefusal
from xrpc_invites.accounts.sessions import Sessions
from xrpc_invites.accounts.sign_up import MAX_PASSWORD
from xrpc_invites.methods.errors import session_error
from xrpc_invites.methods.views import Document, TokenSession, token_session
from xrpc_invites.xrpc.limits import Rule
from xrpc_invites.xrpc.method import Call, Procedure
from xrpc_invites.xrpc.roles import Public
from xrpc_invites.xrpc.views import Omittable, View


class Input(View):
    """Who signs in: a handle, an e-mail address or a DID; and the password."""

    identifier: str
    password: str
    auth_factor_token: Omittable[str] = None
    allow_takendown: Omittable[bool] = None


def method(sessions: Sessions, document: Document) -> Procedure[Input, TokenSession]:
    """Bind the method to the use cases of sessions."""

    async def handle(asked: Input, call: Call) -> TokenSession:
        # No password is longer, and hashing a long text is work for nothing.
        signed_in = await sessions.create(
            asked.identifier,
            asked.password[: MAX_PASSWORD + 1],
            allow_taken_down=asked.allow_takendown or False,
        )
        if signed_in is SessionRefusal.WRONG_PASSWORD:
            call.missed()
        if isinstance(signed_in, SessionRefusal):
            raise session_error(signed_in)
        return token_session(signed_in, document)

    return Procedure(
        nsid="com.atproto.server.createSession",
        input=Input,
        output=TokenSession,
        needs=Public(),
        guesses=Rule.FAILED_CREDENTIALS,
        handle=handle,
    )
