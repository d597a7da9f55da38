"""Invite trees on the wire, and why one is not shown, frozen or thawed."""

from collections.abc import Mapping
from types import MappingProxyType

from xrpc_invites.invites.tree import MAX_FROZEN, Node, TreeRefusal
from xrpc_invites.methods.views import moment
from xrpc_invites.xrpc.errors import XrpcError
from xrpc_invites.xrpc.views import Datetime, Did, Handle, View, is_did

_WIRE: Mapping[TreeRefusal, tuple[str, str]] = MappingProxyType(
    {
        TreeRefusal.PLACE: (
            "InvalidRequest",
            "cursor does not lead into this tree at this depth: begin again without it",
        ),
        TreeRefusal.TOO_LARGE: (
            "InvalidRequest",
            f"the tree has more than {MAX_FROZEN:,} DIDs: give a depth, or freeze its branches",
        ),
        TreeRefusal.UNKNOWN_BATCH: ("BatchNotFound", "there is no such batch"),
    }
)


class TreeNode(View):
    """org.xrpcinvites.defs#treeNode."""

    did: Did
    handle: Handle | None = None
    invited_by: Did | None = None
    code: str | None = None
    used_at: Datetime | None = None
    depth: int
    children: int
    descendants: int
    frozen: bool


def tree_node(node: Node) -> TreeNode:
    """The wire's form of a node."""
    join, branch = node.join, node.branch
    return TreeNode(
        did=node.did,
        handle=branch.handle,
        # Codes that came from elsewhere may have any text for an owner.
        invited_by=join.owner if join and is_did(join.owner) else None,
        code=join.code if join else None,
        used_at=moment(join.at) if join else None,
        depth=node.depth,
        children=branch.children,
        descendants=branch.descendants,
        frozen=branch.frozen,
    )


def tree_error(refusal: TreeRefusal) -> XrpcError:
    """The wire's error for a tree."""
    return XrpcError(*_WIRE[refusal])
