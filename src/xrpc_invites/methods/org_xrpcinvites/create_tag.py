"""org.xrpcinvites.createTag: more is known of a tag than its name."""

from xrpc_invites.invites.tagging import Tagging
from xrpc_invites.invites.tags import TagType
from xrpc_invites.methods.authors import author
from xrpc_invites.methods.invitation_views import TagView, tag_view
from xrpc_invites.methods.tag_fields import Color, TagDescription, TagName, TagTypeName, known
from xrpc_invites.xrpc.errors import invalid_request
from xrpc_invites.xrpc.method import Call, Procedure
from xrpc_invites.xrpc.roles import Operator, Role
from xrpc_invites.xrpc.views import Omittable, View


class Input(View):
    """The tag."""

    name: TagName
    type: TagTypeName = "user"
    description: Omittable[TagDescription] = None
    color: Omittable[Color] = None
    visible: bool = True
    active: bool = True
    visibility_boost: bool = False


def method(tagging: Tagging) -> Procedure[Input, TagView]:
    """Bind the method to the use cases of tags."""

    async def handle(asked: Input, call: Call) -> TagView:
        if asked.type not in {*TagType}:
            raise invalid_request(f"type must be one of {', '.join(TagType)}")
        return tag_view(await tagging.create(known(asked), by=author(call)))

    return Procedure(
        nsid="org.xrpcinvites.createTag",
        input=Input,
        output=TagView,
        needs=Operator(Role.ISSUER),
        handle=handle,
    )
