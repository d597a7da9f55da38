"""org.xrpcinvites.getInviteTree: who was invited by a DID, by those it invited, and so on."""

from typing import Annotated

from pydantic import Field

from xrpc_invites.invites.freezing import InviteTrees
from xrpc_invites.invites.tree import TreeRefusal
from xrpc_invites.methods.tree_views import TreeNode, tree_error, tree_node
from xrpc_invites.xrpc.cursor import pack, unpack
from xrpc_invites.xrpc.method import Call, Query
from xrpc_invites.xrpc.roles import Operator, Role
from xrpc_invites.xrpc.views import Did, Omittable, View


class Params(View):
    """The root, how deep to look, and which part of it."""

    did: Did
    depth: Annotated[int, Field(ge=1, le=20)] = 3
    limit: Annotated[int, Field(ge=1, le=1_000)] = 200
    cursor: Omittable[Annotated[str, Field(max_length=3_000)]] = None


class Output(View):
    """The root, and nodes below it; the cursor asks for more."""

    root: TreeNode
    nodes: list[TreeNode]
    cursor: str | None = None


def method(trees: InviteTrees) -> Query[Params, Output]:
    """Bind the method to the use cases of invite trees."""

    async def handle(asked: Params, _call: Call) -> Output:
        after = None if asked.cursor is None else unpack(asked.cursor)
        shown = await trees.show(asked.did, depth=asked.depth, after=after, limit=asked.limit)
        if isinstance(shown, TreeRefusal):
            raise tree_error(shown)
        last = shown.nodes[-1] if shown.more else None
        return Output(
            root=tree_node(shown.root),
            nodes=[tree_node(node) for node in shown.nodes],
            cursor=None if last is None else pack(last.depth, last.did),
        )

    return Query(
        nsid="org.xrpcinvites.getInviteTree",
        params=Params,
        output=Output,
        needs=Operator(Role.VIEWER),
        handle=handle,
    )
