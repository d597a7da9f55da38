"""com.atproto.admin.searchAccounts: accounts by a part of their e-mail address."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import Field

from xrpc_invites.accounts.directory import Directory, Place, Profile
from xrpc_invites.methods.views import AccountView, account_view
from xrpc_invites.xrpc.cursor import pack, unpack
from xrpc_invites.xrpc.errors import invalid_request
from xrpc_invites.xrpc.method import Call, Query
from xrpc_invites.xrpc.roles import Operator, Role
from xrpc_invites.xrpc.views import Omittable, View

_1970 = datetime(1970, 1, 1, tzinfo=UTC)


class Params(View):
    """A part of the address, and which part of the list."""

    email: Omittable[str] = None
    cursor: Omittable[str] = None
    limit: Annotated[int, Field(ge=1, le=100)] = 50


class Output(View):
    """A page of accounts; the cursor continues it."""

    cursor: str | None = None
    accounts: list[AccountView]


def method(directory: Directory) -> Query[Params, Output]:
    """Bind the method to the use cases of accounts."""

    async def handle(asked: Params, _call: Call) -> Output:
        after = None if asked.cursor is None else _place(asked.cursor)
        found = await directory.search(asked.email or "", after=after, limit=asked.limit)
        return Output(
            cursor=_cursor(found[-1]) if found else None,
            accounts=[account_view(profile) for profile in found],
        )

    return Query(
        nsid="com.atproto.admin.searchAccounts",
        params=Params,
        output=Output,
        needs=Operator(Role.VIEWER, moderation=True),
        handle=handle,
    )


def _cursor(last: Profile) -> str:
    milliseconds = (last.account.created_at - _1970) // timedelta(milliseconds=1)
    return pack(milliseconds, last.account.did)


def _place(cursor: str) -> Place:
    milliseconds, did = unpack(cursor)
    try:
        return _1970 + timedelta(milliseconds=milliseconds), did
    except OverflowError:
        raise invalid_request("cursor is malformed: use one that this server gave") from None
