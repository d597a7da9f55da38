"""org.xrpcinvites.updateTag: what is known of a tag changes."""

from xrpc_invites.invites.tagging import Tagging
from xrpc_invites.methods.authors import author
from xrpc_invites.methods.invitation_views import TagView, tag_view
from xrpc_invites.methods.tag_fields import Color, TagDescription, TagId, TagName, known
from xrpc_invites.xrpc.method import Call, Procedure
from xrpc_invites.xrpc.roles import Operator, Role
from xrpc_invites.xrpc.views import Omittable, View


class Input(View):
    """The tag, and what is to be otherwise; null takes a description or a colour away."""

    id: TagId
    name: Omittable[TagName] = None
    description: TagDescription | None = None
    color: Color | None = None
    visible: Omittable[bool] = None
    active: Omittable[bool] = None
    visibility_boost: Omittable[bool] = None


def method(tagging: Tagging) -> Procedure[Input, TagView]:
    """Bind the method to the use cases of tags."""

    async def handle(asked: Input, call: Call) -> TagView:
        return tag_view(await tagging.change(asked.id, known(asked), by=author(call)))

    return Procedure(
        nsid="org.xrpcinvites.updateTag",
        input=Input,
        output=TagView,
        needs=Operator(Role.ISSUER),
        handle=handle,
    )
