"""org.xrpcinvites.createToken: an owner makes a token, and is told its text this once."""

from typing import Annotated

from pydantic import Field

from xrpc_invites.invites.operators import TokenRefusal
from xrpc_invites.invites.tokens import Tokens
from xrpc_invites.methods.authors import author
from xrpc_invites.methods.errors import token_error
from xrpc_invites.methods.org_xrpcinvites.tokens import TokenView, token_view
from xrpc_invites.methods.terms import instant
from xrpc_invites.xrpc.method import Call, Procedure
from xrpc_invites.xrpc.roles import Operator, Role
from xrpc_invites.xrpc.views import Datetime, Omittable, View


class Input(View):
    """Who will hold the token, what it may do, and how long."""

    name: Annotated[str, Field(max_length=640)]
    role: str
    expires_at: Omittable[Datetime] = None


class Output(View):
    """The token and what is kept of it."""

    token: str = Field(repr=False)
    view: TokenView


def method(tokens: Tokens) -> Procedure[Input, Output]:
    """Bind the method to the use cases of tokens."""

    async def handle(asked: Input, call: Call) -> Output:
        until = None if asked.expires_at is None else instant(asked.expires_at, "expiresAt")
        made = await tokens.create(asked.name, asked.role, expires_at=until, by=author(call))
        if isinstance(made, TokenRefusal):
            raise token_error(made)
        return Output(token=made.text, view=token_view(made.token))

    return Procedure(
        nsid="org.xrpcinvites.createToken",
        input=Input,
        output=Output,
        needs=Operator(Role.OWNER),
        handle=handle,
        reveals=True,
    )
