"""com.atproto.admin.getInviteCodes: every code, a page at a time."""

from typing import Annotated

from pydantic import Field

from xrpc_invites.invites.codes import InviteCodes
from xrpc_invites.invites.paging import Position, Sort
from xrpc_invites.methods.views import InviteCode, listed_codes
from xrpc_invites.xrpc.cursor import pack, unpack
from xrpc_invites.xrpc.errors import invalid_request
from xrpc_invites.xrpc.method import Call, Encoded, Query
from xrpc_invites.xrpc.roles import Operator, Role
from xrpc_invites.xrpc.views import Omittable, View

_SORTS = (Sort.RECENT, Sort.USAGE)


class Params(View):
    """The order, and which part of it."""

    sort: str = "recent"
    limit: Annotated[int, Field(ge=1, le=500)] = 100
    cursor: Omittable[str] = None


class Output(View):
    """A page of codes; the cursor continues it."""

    cursor: str | None = None
    codes: list[InviteCode]


def method(codes: InviteCodes) -> Query[Params, Output]:
    """Bind the method to the use cases of codes."""

    async def handle(asked: Params, _call: Call) -> Encoded[Output]:
        if asked.sort not in _SORTS:
            raise invalid_request(f"sort must be {' or '.join(_SORTS)}")
        after = None if asked.cursor is None else Position(*unpack(asked.cursor))
        page = await codes.page(Sort(asked.sort), after=after, limit=asked.limit)
        following = page.position
        cursor = None if following is None else pack(following.primary, following.code)
        return Encoded(listed_codes(page.codes, cursor=cursor))

    return Query(
        nsid="com.atproto.admin.getInviteCodes",
        params=Params,
        output=Output,
        needs=Operator(Role.VIEWER, moderation=True),
        handle=handle,
    )
