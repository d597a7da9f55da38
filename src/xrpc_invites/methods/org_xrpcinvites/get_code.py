"""org.xrpcinvites.getCode: one code and who used it."""

from typing import Annotated

from pydantic import Field

from xrpc_invites.invites.catalog import Catalog, NamedUse
from xrpc_invites.invites.model import InviteCodeUse
from xrpc_invites.invites.paging import from_milliseconds, milliseconds
from xrpc_invites.invites.terms import TermsRefusal
from xrpc_invites.methods.code_views import CodeView, UseView, code_view
from xrpc_invites.methods.errors import terms_error
from xrpc_invites.methods.fields import CodeText, Cursor
from xrpc_invites.methods.views import moment
from xrpc_invites.xrpc.cursor import malformed, pack, unpack
from xrpc_invites.xrpc.method import Call, Query
from xrpc_invites.xrpc.roles import Operator, Role
from xrpc_invites.xrpc.views import Omittable, View


class Params(View):
    """The code, and which part of its uses."""

    code: CodeText
    limit: Annotated[int, Field(ge=1, le=1_000)] = 100
    cursor: Omittable[Cursor] = None


class Output(View):
    """The code and its uses; the cursor asks for older ones."""

    code: CodeView
    uses: list[UseView]
    cursor: str | None = None


def method(catalog: Catalog) -> Query[Params, Output]:
    """Bind the method to the use cases of looking at codes."""

    async def handle(asked: Params, _call: Call) -> Output:
        after = None if asked.cursor is None else _place(asked.cursor)
        shown = await catalog.show(asked.code, after=after, limit=asked.limit)
        if shown is None:
            raise terms_error(TermsRefusal.UNKNOWN)
        uses = shown.uses
        return Output(
            code=code_view(shown.found),
            uses=[_view(use) for use in uses],
            cursor=_cursor(uses[-1]) if shown.more else None,
        )

    return Query(
        nsid="org.xrpcinvites.getCode",
        params=Params,
        output=Output,
        needs=Operator(Role.VIEWER),
        handle=handle,
    )


def _view(named: NamedUse) -> UseView:
    use, handle = named
    return UseView(used_by=use.used_by, used_at=moment(use.used_at), handle=handle)


def _cursor(named: NamedUse) -> str:
    use, _ = named
    return pack(milliseconds(use.used_at), use.used_by)


def _place(cursor: str) -> InviteCodeUse:
    instant, did = unpack(cursor)
    at = from_milliseconds(instant)
    if at is None:
        raise malformed()
    return InviteCodeUse(did, at)
