"""com.atproto.admin.getSubjectStatus: whether an account is taken down or deactivated."""

from xrpc_invites.accounts.directory import Directory
from xrpc_invites.accounts.model import Standing
from xrpc_invites.methods.com_atproto_admin.subjects import (
    StatusAttr,
    Subject,
    repo_ref,
    takedown_of,
)
from xrpc_invites.methods.errors import not_found
from xrpc_invites.xrpc.errors import invalid_request
from xrpc_invites.xrpc.method import Call, Query
from xrpc_invites.xrpc.roles import Operator, Role
from xrpc_invites.xrpc.views import AtUri, Cid, Did, Omittable, View


class Params(View):
    """The subject; this server has accounts only, no records and no blobs."""

    did: Omittable[Did] = None
    uri: Omittable[AtUri] = None
    blob: Omittable[Cid] = None


class Output(View):
    """What holds for it."""

    subject: Subject
    takedown: StatusAttr | None = None
    deactivated: StatusAttr | None = None


def method(directory: Directory) -> Query[Params, Output]:
    """Bind the method to the use cases of accounts."""

    async def handle(asked: Params, _call: Call) -> Output:
        if asked.did is None and asked.uri is None and asked.blob is None:
            raise invalid_request("name a subject: did, uri or blob")
        account = await directory.account(asked.did) if asked.did else None
        if account is None or account.standing is Standing.DELETED or asked.uri or asked.blob:
            raise not_found("Subject")
        return Output(
            subject=repo_ref(account.did),
            takedown=takedown_of(account),
            deactivated=StatusAttr(applied=account.deactivated_at is not None),
        )

    return Query(
        nsid="com.atproto.admin.getSubjectStatus",
        params=Params,
        output=Output,
        needs=Operator(Role.VIEWER, moderation=True),
        handle=handle,
    )
