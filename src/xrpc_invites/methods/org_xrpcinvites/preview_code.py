"""org.xrpcinvites.previewCode: whether a code can be used, for anyone who has it."""

from xrpc_invites.invites.catalog import Catalog
from xrpc_invites.methods.fields import CodeText
from xrpc_invites.xrpc.limits import Rule
from xrpc_invites.xrpc.method import Call, Query
from xrpc_invites.xrpc.roles import Public
from xrpc_invites.xrpc.views import Handle, Omittable, View


class Params(View):
    """The code."""

    code: CodeText


class Output(View):
    """Whether it can be used, where, and perhaps by whose invitation."""

    usable: bool
    inviter: Omittable[Handle] = None
    host: str


def method(catalog: Catalog, host: str) -> Query[Params, Output]:
    """Bind the method to the use cases of looking at codes."""

    async def handle(asked: Params, call: Call) -> Output:
        found = await catalog.preview(asked.code)
        if not found.usable:
            call.missed()
        return Output(usable=found.usable, inviter=found.inviter, host=host)

    return Query(
        nsid="org.xrpcinvites.previewCode",
        params=Params,
        output=Output,
        needs=Public(),
        guesses=Rule.FAILED_CODES,
        handle=handle,
    )
