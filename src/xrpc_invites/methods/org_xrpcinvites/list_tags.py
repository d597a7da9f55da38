"""org.xrpcinvites.listTags: tags, a page at a time."""

from typing import Annotated

from pydantic import Field

from xrpc_invites.invites.tagging import Tagging
from xrpc_invites.invites.tags import TagType
from xrpc_invites.methods.fields import Cursor
from xrpc_invites.methods.invitation_views import TagView, tag_view
from xrpc_invites.methods.tag_fields import TagTypeName
from xrpc_invites.xrpc.cursor import of_number, to_number
from xrpc_invites.xrpc.errors import invalid_request
from xrpc_invites.xrpc.method import Call, Query
from xrpc_invites.xrpc.roles import Operator, Role
from xrpc_invites.xrpc.views import Omittable, View


class Params(View):
    """Which tags, and which part of the list."""

    type: Omittable[TagTypeName] = None
    include_deleted: bool = False
    limit: Annotated[int, Field(ge=1, le=500)] = 100
    cursor: Omittable[Cursor] = None


class Output(View):
    """A page of tags; the cursor continues it."""

    cursor: str | None = None
    tags: list[TagView]


def method(tagging: Tagging) -> Query[Params, Output]:
    """Bind the method to the use cases of tags."""

    async def handle(asked: Params, _call: Call) -> Output:
        if asked.type is not None and asked.type not in {*TagType}:
            raise invalid_request(f"type must be one of {', '.join(TagType)}")
        tags = await tagging.page(
            type_=asked.type,
            deleted=asked.include_deleted,
            before=None if asked.cursor is None else to_number(asked.cursor),
            limit=asked.limit + 1,
        )
        shown = tags[: asked.limit]
        return Output(
            tags=[tag_view(tag) for tag in shown],
            cursor=of_number(shown[-1].id) if len(tags) > len(shown) else None,
        )

    return Query(
        nsid="org.xrpcinvites.listTags",
        params=Params,
        output=Output,
        needs=Operator(Role.VIEWER),
        handle=handle,
    )
