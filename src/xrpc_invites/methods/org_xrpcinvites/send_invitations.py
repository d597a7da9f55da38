"""org.xrpcinvites.sendInvitations: invitations are mailed, for the first time or again."""

from typing import Annotated, Literal

from pydantic import Field

from xrpc_invites.invites.corresponding import Invitations
from xrpc_invites.invites.invitations import InvitationRefusal
from xrpc_invites.methods.authors import author
from xrpc_invites.methods.invitation_views import MESSAGES, InvitationView, invitation_view
from xrpc_invites.xrpc.method import Call, Procedure
from xrpc_invites.xrpc.roles import Operator, Role
from xrpc_invites.xrpc.views import View

_Id = Annotated[int, Field(ge=1)]


class Input(View):
    """The invitations."""

    ids: Annotated[list[_Id], Field(min_length=1, max_length=1_000)]


class Queued(View):
    """A mail waits to be sent."""

    type_: Literal["org.xrpcinvites.sendInvitations#queued"] = Field(
        default="org.xrpcinvites.sendInvitations#queued", alias="$type"
    )
    id: int
    invitation: InvitationView


class Refused(View):
    """No mail is sent."""

    type_: Literal["org.xrpcinvites.sendInvitations#refused"] = Field(
        default="org.xrpcinvites.sendInvitations#refused", alias="$type"
    )
    id: int
    reason: str
    message: str


Result = Annotated[Queued | Refused, Field(discriminator="type_")]


class Output(View):
    """What became of each."""

    results: list[Result]


def method(invitations: Invitations, origin: str) -> Procedure[Input, Output]:
    """Bind the method to the use cases of invitations."""

    async def handle(asked: Input, call: Call) -> Output:
        answers = await invitations.send(asked.ids, by=author(call))
        return Output(
            results=[
                Refused(id=id_, reason=answer, message=MESSAGES[answer])
                if isinstance(answer, InvitationRefusal)
                else Queued(id=id_, invitation=invitation_view(answer, origin))
                for id_, answer in zip(asked.ids, answers, strict=True)
            ]
        )

    return Procedure(
        nsid="org.xrpcinvites.sendInvitations",
        input=Input,
        output=Output,
        needs=Operator(Role.ISSUER),
        handle=handle,
    )
