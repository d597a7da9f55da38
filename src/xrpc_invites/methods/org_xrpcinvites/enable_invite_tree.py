"""org.xrpcinvites.enableInviteTree: undo what one disableInviteTree did, and nothing else."""

from typing import Annotated

from pydantic import Field

from xrpc_invites.invites.freezing import InviteTrees
from xrpc_invites.invites.tree import TreeRefusal
from xrpc_invites.methods.authors import author
from xrpc_invites.methods.tree_views import tree_error
from xrpc_invites.xrpc.method import Call, Procedure
from xrpc_invites.xrpc.roles import Operator, Role
from xrpc_invites.xrpc.views import View


class Input(View):
    """What to undo."""

    batch_id: Annotated[str, Field(min_length=1, max_length=64)]


class Output(View):
    """What works again."""

    codes: int
    accounts: int


def method(trees: InviteTrees) -> Procedure[Input, Output]:
    """Bind the method to the use cases of invite trees."""

    async def handle(asked: Input, call: Call) -> Output:
        done = await trees.thaw(asked.batch_id, by=author(call))
        if isinstance(done, TreeRefusal):
            raise tree_error(done)
        return Output(codes=done.codes, accounts=done.accounts)

    return Procedure(
        nsid="org.xrpcinvites.enableInviteTree",
        input=Input,
        output=Output,
        needs=Operator(Role.MODERATOR),
        handle=handle,
    )
