"""org.xrpcinvites.listTokens: operators' tokens, a page at a time."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import Field

from xrpc_invites.invites.operators import OperatorToken
from xrpc_invites.invites.tokens import Tokens
from xrpc_invites.methods.fields import Cursor
from xrpc_invites.methods.org_xrpcinvites.tokens import TokenView, token_view
from xrpc_invites.xrpc.cursor import pack, unpack
from xrpc_invites.xrpc.method import Call, Query
from xrpc_invites.xrpc.roles import Operator, Role
from xrpc_invites.xrpc.views import Omittable, View

_1970 = datetime(1970, 1, 1, tzinfo=UTC)


class Params(View):
    """Which part of the list."""

    limit: Annotated[int, Field(ge=1, le=500)] = 100
    cursor: Omittable[Cursor] = None


class Output(View):
    """A page of tokens; the cursor continues it."""

    cursor: str | None = None
    tokens: list[TokenView]


def method(tokens: Tokens) -> Query[Params, Output]:
    """Bind the method to the use cases of tokens."""

    async def handle(asked: Params, _call: Call) -> Output:
        after = None if asked.cursor is None else unpack(asked.cursor)
        page = await tokens.page(after=after, limit=asked.limit)
        return Output(
            cursor=_cursor(page[-1]) if page else None,
            tokens=[token_view(token) for token in page],
        )

    return Query(
        nsid="org.xrpcinvites.listTokens",
        params=Params,
        output=Output,
        needs=Operator(Role.OWNER),
        handle=handle,
    )


def _cursor(last: OperatorToken) -> str:
    return pack((last.created_at - _1970) // timedelta(milliseconds=1), last.id)
