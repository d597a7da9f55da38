"""com.atproto.admin.updateSubjectStatus: take an account down or deactivate it, or undo either."""

from xrpc_invites.accounts.directory import Directory, Takedown
from xrpc_invites.methods.authors import author
from xrpc_invites.methods.com_atproto_admin.subjects import RepoRef, StatusAttr, Subject
from xrpc_invites.methods.proofs import first_or_again
from xrpc_invites.xrpc.errors import invalid_request
from xrpc_invites.xrpc.method import Call, Procedure
from xrpc_invites.xrpc.roles import Operator, Role
from xrpc_invites.xrpc.views import Omittable, View


class Input(View):
    """The subject, and what is to hold for it."""

    subject: Subject
    takedown: Omittable[StatusAttr] = None
    deactivated: Omittable[StatusAttr] = None


class Output(View):
    """The subject, and what was asked."""

    subject: Subject
    takedown: StatusAttr | None = None


def method(directory: Directory) -> Procedure[Input, Output]:
    """Bind the method to the use cases of accounts."""

    async def handle(asked: Input, call: Call) -> Output:
        if not isinstance(asked.subject, RepoRef):
            raise invalid_request("subject must be an account: this server has no records")
        takedown, deactivated = asked.takedown, asked.deactivated
        if takedown or deactivated:
            done = await directory.set_status(
                asked.subject.did,
                takedown=Takedown(takedown.applied, takedown.ref) if takedown else None,
                deactivated=deactivated.applied if deactivated else None,
                by=author(call),
            )
            first_or_again(done, again=None)
        return Output(subject=asked.subject, takedown=takedown)

    return Procedure(
        nsid="com.atproto.admin.updateSubjectStatus",
        input=Input,
        output=Output,
        needs=Operator(Role.MODERATOR, moderation=True),
        handle=handle,
    )
