"""org.xrpcinvites.deleteTag: a tag goes, and what has it keeps it."""

from xrpc_invites.invites.tagging import Tagging
from xrpc_invites.methods.authors import author
from xrpc_invites.methods.invitation_views import TagView, tag_view
from xrpc_invites.methods.tag_fields import TagId
from xrpc_invites.xrpc.method import Call, Procedure
from xrpc_invites.xrpc.roles import Operator, Role
from xrpc_invites.xrpc.views import View


class Input(View):
    """The tag."""

    id: TagId


def method(tagging: Tagging) -> Procedure[Input, TagView]:
    """Bind the method to the use cases of tags."""

    async def handle(asked: Input, call: Call) -> TagView:
        return tag_view(await tagging.delete(asked.id, by=author(call)))

    return Procedure(
        nsid="org.xrpcinvites.deleteTag",
        input=Input,
        output=TagView,
        needs=Operator(Role.ISSUER),
        handle=handle,
    )
