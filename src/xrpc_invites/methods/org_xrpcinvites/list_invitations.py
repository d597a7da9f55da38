"""org.xrpcinvites.listInvitations: who is invited, a page at a time."""

from typing import Annotated

from pydantic import Field

from xrpc_invites.invites.corresponding import Invitations
from xrpc_invites.invites.invitations import InvitationFilter, Standing
from xrpc_invites.invites.words import MAX_WORDS, words
from xrpc_invites.methods.fields import Cursor
from xrpc_invites.methods.invitation_views import InvitationView, invitation_view
from xrpc_invites.xrpc.cursor import of_number, to_number
from xrpc_invites.xrpc.errors import invalid_request
from xrpc_invites.xrpc.method import Call, Query
from xrpc_invites.xrpc.roles import Operator, Role
from xrpc_invites.xrpc.views import Omittable, View


class Params(View):
    """What the invitations are like, and which part of the list."""

    status: Omittable[Annotated[str, Field(max_length=32)]] = None
    text: Omittable[Annotated[str, Field(min_length=1, max_length=320)]] = None
    tag: Omittable[Annotated[str, Field(max_length=640)]] = None
    invited_by: Omittable[Annotated[str, Field(max_length=2_048)]] = None
    limit: Annotated[int, Field(ge=1, le=500)] = 100
    cursor: Omittable[Cursor] = None


class Output(View):
    """Invitations; the cursor asks for more."""

    invitations: list[InvitationView]
    cursor: str | None = None


def method(invitations: Invitations, origin: str) -> Query[Params, Output]:
    """Bind the method to the use cases of invitations."""

    async def handle(asked: Params, _call: Call) -> Output:
        found = await invitations.page(
            _wanted(asked),
            before=None if asked.cursor is None else to_number(asked.cursor),
            limit=asked.limit + 1,
        )
        shown = found[: asked.limit]
        return Output(
            invitations=[invitation_view(one, origin) for one in shown],
            cursor=of_number(shown[-1].invitation.id) if len(found) > len(shown) else None,
        )

    return Query(
        nsid="org.xrpcinvites.listInvitations",
        params=Params,
        output=Output,
        needs=Operator(Role.VIEWER),
        handle=handle,
    )


def _wanted(asked: Params) -> InvitationFilter:
    if asked.status is not None and asked.status not in {*Standing}:
        raise invalid_request(f"status must be one of {', '.join(Standing)}")
    if len({*words(asked.text or "")}) > MAX_WORDS:
        raise invalid_request(f"text must have at most {MAX_WORDS} words")
    return InvitationFilter(
        standing=None if asked.status is None else Standing(asked.status),
        text=asked.text,
        tag=asked.tag,
        invited_by=asked.invited_by,
    )
