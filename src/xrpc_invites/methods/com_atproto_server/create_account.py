"""com.atproto.server.createAccount: sign up, and spend a use of an invite code."""

from collections.abc import Callable

from xrpc_invites.accounts.admission import Refused
from xrpc_invites.accounts.sign_up import Application, SignUp
from xrpc_invites.invites.status import Refusal
from xrpc_invites.methods.errors import sign_up_error
from xrpc_invites.methods.proofs import proof
from xrpc_invites.methods.views import Document
from xrpc_invites.xrpc.limits import Rule
from xrpc_invites.xrpc.method import Call, Procedure
from xrpc_invites.xrpc.roles import SignUp as NeedsSignUp
from xrpc_invites.xrpc.views import Did, Handle, Omittable, Unknown, View

Record = Callable[[Refusal, str], None]
"""Notes that a code was refused, without its text."""


class Input(View):
    """The account that is asked for."""

    email: Omittable[str] = None
    handle: Handle
    did: Omittable[Did] = None
    invite_code: Omittable[str] = None
    verification_code: Omittable[str] = None
    verification_phone: Omittable[str] = None
    password: Omittable[str] = None
    recovery_key: Omittable[str] = None
    plc_op: Omittable[Unknown] = None


class Output(View):
    """The account that was made, signed in."""

    access_jwt: str
    refresh_jwt: str
    handle: Handle
    did: Did
    did_doc: Unknown | None = None


def method(sign_up: SignUp, document: Document, record: Record) -> Procedure[Input, Output]:
    """Bind the method to the use case of signing up."""

    async def handle(asked: Input, call: Call) -> Output:
        answer = await sign_up.admit(
            Application(
                handle=asked.handle,
                email=asked.email,
                password=asked.password,
                code=asked.invite_code,
                did=asked.did,
                proven=call.caller.did,
                proof=proof(call),
                has_plc_operation=asked.plc_op is not None,
            )
        )
        if isinstance(answer, Refused):
            if answer.code:
                call.missed()
                record(answer.code, asked.invite_code or "")
            raise sign_up_error(answer.why)
        return Output(
            access_jwt=answer.access,
            refresh_jwt=answer.refresh,
            handle=answer.account.handle,
            did=answer.account.did,
            did_doc=document(answer.account),
        )

    return Procedure(
        nsid="com.atproto.server.createAccount",
        input=Input,
        output=Output,
        needs=NeedsSignUp(),
        spends=Rule.CREATE_ACCOUNT,
        guesses=Rule.FAILED_CODES,
        handle=handle,
    )
