"""org.xrpcinvites.revokeToken: an owner ends a token at once."""

from typing import Annotated

from pydantic import Field

from xrpc_invites.invites.tokens import Tokens
from xrpc_invites.methods.authors import author
from xrpc_invites.methods.org_xrpcinvites.tokens import TokenView, token_view
from xrpc_invites.xrpc.errors import XrpcError
from xrpc_invites.xrpc.method import Call, Procedure
from xrpc_invites.xrpc.roles import Operator, Role
from xrpc_invites.xrpc.views import View


class Input(View):
    """The token."""

    id: Annotated[str, Field(max_length=128)]


def method(tokens: Tokens) -> Procedure[Input, TokenView]:
    """Bind the method to the use cases of tokens."""

    async def handle(asked: Input, call: Call) -> TokenView:
        revoked = await tokens.revoke(asked.id, by=author(call))
        if revoked is None:
            raise XrpcError("TokenNotFound", "No token has this id")
        return token_view(revoked)

    return Procedure(
        nsid="org.xrpcinvites.revokeToken",
        input=Input,
        output=TokenView,
        needs=Operator(Role.OWNER),
        handle=handle,
    )
