"""org.xrpcinvites.searchCodes: the codes that are as somebody remembers them."""

from typing import Annotated

from pydantic import Field

from xrpc_invites.invites.catalog import Catalog
from xrpc_invites.invites.paging import Position, Sort
from xrpc_invites.invites.search import Search
from xrpc_invites.invites.status import Status
from xrpc_invites.invites.words import MAX_WORDS, words
from xrpc_invites.methods.code_views import CodeView, code_views
from xrpc_invites.methods.fields import Cursor
from xrpc_invites.methods.terms import instant
from xrpc_invites.xrpc.cursor import pack, unpack
from xrpc_invites.xrpc.errors import invalid_request
from xrpc_invites.xrpc.method import Call, Query
from xrpc_invites.xrpc.roles import Operator, Role
from xrpc_invites.xrpc.views import Datetime, Omittable, View

_Word = Annotated[str, Field(max_length=32)]
_Owner = Annotated[str, Field(max_length=2_048)]


class Params(View):
    """What the codes are like, their order, and which part of it."""

    status: Omittable[_Word] = None
    for_account: Omittable[_Owner] = None
    created_by: Omittable[_Owner] = None
    tag: Omittable[Annotated[str, Field(max_length=128)]] = None
    text: Omittable[Annotated[str, Field(min_length=1, max_length=300)]] = None
    created_after: Omittable[Datetime] = None
    created_before: Omittable[Datetime] = None
    sort: _Word = "recent"
    limit: Annotated[int, Field(ge=1, le=500)] = 100
    cursor: Omittable[Cursor] = None


class Output(View):
    """Codes; the cursor asks for more."""

    codes: list[CodeView]
    cursor: str | None = None


def method(catalog: Catalog) -> Query[Params, Output]:
    """Bind the method to the use cases of looking at codes."""

    async def handle(asked: Params, _call: Call) -> Output:
        wanted, sort = _wanted(asked), asked.sort
        if sort not in {*Sort}:
            raise invalid_request(f"sort must be one of {', '.join(Sort)}")
        after = None if asked.cursor is None else Position(*unpack(asked.cursor))
        found = await catalog.search(wanted, sort=Sort(sort), after=after, limit=asked.limit)
        following = found.position
        return Output(
            codes=code_views(found.codes),
            cursor=None if following is None else pack(following.primary, following.code),
        )

    return Query(
        nsid="org.xrpcinvites.searchCodes",
        params=Params,
        output=Output,
        needs=Operator(Role.VIEWER),
        handle=handle,
    )


def _wanted(asked: Params) -> Search:
    if asked.status is not None and asked.status not in {*Status}:
        raise invalid_request(f"status must be one of {', '.join(sorted(Status))}")
    if len({*words(asked.text or "")}) > MAX_WORDS:
        raise invalid_request(f"text must have at most {MAX_WORDS} words")
    after, before = asked.created_after, asked.created_before
    return Search(
        status=None if asked.status is None else Status(asked.status),
        for_account=asked.for_account,
        created_by=asked.created_by,
        tag=asked.tag,
        text=asked.text,
        created_after=None if after is None else instant(after, "createdAfter"),
        created_before=None if before is None else instant(before, "createdBefore"),
    )
