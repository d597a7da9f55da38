"""org.xrpcinvites.disableInviteTree: stop everyone below a DID from inviting."""

from typing import Annotated

from pydantic import Field

from xrpc_invites.invites.freezing import InviteTrees, Wish
from xrpc_invites.invites.tree import TreeRefusal
from xrpc_invites.methods.authors import author
from xrpc_invites.methods.tree_views import tree_error
from xrpc_invites.xrpc.method import Call, Procedure
from xrpc_invites.xrpc.roles import Operator, Role
from xrpc_invites.xrpc.views import Did, Omittable, View


class Input(View):
    """Which part of which tree, and why."""

    did: Did
    depth: Omittable[Annotated[int, Field(ge=1, le=20)]] = None
    include_root: bool = True
    dry_run: bool = False
    reason: Omittable[Annotated[str, Field(max_length=3_000)]] = None


class Output(View):
    """What was stopped, and the id by which it is undone."""

    batch_id: str | None = None
    codes: int
    accounts: int
    sample: list[Did]


def method(trees: InviteTrees) -> Procedure[Input, Output]:
    """Bind the method to the use cases of invite trees."""

    async def handle(asked: Input, call: Call) -> Output:
        wish = Wish(
            did=asked.did,
            depth=asked.depth,
            include_root=asked.include_root,
            reason=asked.reason,
        )
        done = await (trees.foresee(wish) if asked.dry_run else trees.freeze(wish, by=author(call)))
        if isinstance(done, TreeRefusal):
            raise tree_error(done)
        return Output(
            batch_id=done.batch, codes=done.codes, accounts=done.accounts, sample=[*done.sample]
        )

    return Procedure(
        nsid="org.xrpcinvites.disableInviteTree",
        input=Input,
        output=Output,
        needs=Operator(Role.MODERATOR),
        handle=handle,
    )
