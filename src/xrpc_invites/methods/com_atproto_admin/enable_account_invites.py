"""com.atproto.admin.enableAccountInvites: let an account invite again."""

from xrpc_invites.accounts.directory import Directory
from xrpc_invites.methods.authors import author
from xrpc_invites.methods.proofs import first_or_again
from xrpc_invites.xrpc.method import NOTHING, Call, Nothing, Procedure
from xrpc_invites.xrpc.roles import Operator, Role
from xrpc_invites.xrpc.views import Did, Omittable, View


class Input(View):
    """The account, and a note that is kept."""

    account: Did
    note: Omittable[str] = None


def method(directory: Directory) -> Procedure[Input, Nothing]:
    """Bind the method to the use cases of accounts."""

    async def handle(asked: Input, call: Call) -> Nothing:
        done = await directory.switch_invites(
            asked.account, disabled=False, note=asked.note, by=author(call)
        )
        first_or_again(done, again=None)
        return NOTHING

    return Procedure(
        nsid="com.atproto.admin.enableAccountInvites",
        input=Input,
        output=Nothing,
        needs=Operator(Role.MODERATOR, moderation=True),
        handle=handle,
    )
