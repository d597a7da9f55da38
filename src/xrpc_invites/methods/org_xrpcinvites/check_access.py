"""org.xrpcinvites.checkAccess: which of these DIDs may come in, and as what."""

from typing import Annotated

from pydantic import Field

from xrpc_invites.invites.access import Access
from xrpc_invites.methods.redemption_views import GrantView, grant_view
from xrpc_invites.xrpc.method import Call, Query
from xrpc_invites.xrpc.roles import Operator, Role
from xrpc_invites.xrpc.views import Did, View


class Params(View):
    """The DIDs."""

    dids: Annotated[list[Did], Field(max_length=100)]


class Output(View):
    """The grants that are in force."""

    grants: list[GrantView]


def method(access: Access) -> Query[Params, Output]:
    """Bind the method to the use cases of grants."""

    async def handle(asked: Params, _call: Call) -> Output:
        return Output(grants=[grant_view(one) for one in await access.of(asked.dids)])

    return Query(
        nsid="org.xrpcinvites.checkAccess",
        params=Params,
        output=Output,
        needs=Operator(Role.APP),
        revalidates=True,
        handle=handle,
    )
