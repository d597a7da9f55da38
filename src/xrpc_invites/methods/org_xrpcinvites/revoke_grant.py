"""org.xrpcinvites.revokeGrant: an operator takes back what uses gave to a DID."""

from xrpc_invites.invites.access import Access
from xrpc_invites.methods.authors import author
from xrpc_invites.methods.fields import CodeText, Reason
from xrpc_invites.xrpc.method import Call, Procedure
from xrpc_invites.xrpc.roles import Operator, Role
from xrpc_invites.xrpc.views import Did, Omittable, View


class Input(View):
    """Whose grants, all or those of one code, and why."""

    did: Did
    code: Omittable[CodeText] = None
    reason: Omittable[Reason] = None


class Output(View):
    """How many grants were revoked."""

    revoked: int


def method(access: Access) -> Procedure[Input, Output]:
    """Bind the method to the use cases of grants."""

    async def handle(asked: Input, call: Call) -> Output:
        revoked = await access.revoke(
            asked.did, code=asked.code, reason=asked.reason, by=author(call)
        )
        return Output(revoked=revoked)

    return Procedure(
        nsid="org.xrpcinvites.revokeGrant",
        input=Input,
        output=Output,
        needs=Operator(Role.MODERATOR),
        handle=handle,
    )
