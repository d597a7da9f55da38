"""com.atproto.temp.checkHandleAvailability: whether a handle can be had, and others if not."""

from typing import Annotated, Literal

from pydantic import Field

from xrpc_invites.accounts.directory import Directory, supported_email
from xrpc_invites.xrpc.errors import XrpcError
from xrpc_invites.xrpc.method import Call, Query
from xrpc_invites.xrpc.roles import Public
from xrpc_invites.xrpc.views import Datetime, Handle, Omittable, View

_NSID = "com.atproto.temp.checkHandleAvailability"


class Params(View):
    """The handle, and what may help to find others."""

    handle: Handle
    email: Omittable[str] = None
    birth_date: Omittable[Datetime] = None


class Suggestion(View):
    """com.atproto.temp.checkHandleAvailability#suggestion."""

    handle: Handle
    method: str


class Available(View):
    """com.atproto.temp.checkHandleAvailability#resultAvailable."""

    type_: Literal["com.atproto.temp.checkHandleAvailability#resultAvailable"] = Field(
        default="com.atproto.temp.checkHandleAvailability#resultAvailable", alias="$type"
    )


class Unavailable(View):
    """com.atproto.temp.checkHandleAvailability#resultUnavailable."""

    type_: Literal["com.atproto.temp.checkHandleAvailability#resultUnavailable"] = Field(
        default="com.atproto.temp.checkHandleAvailability#resultUnavailable", alias="$type"
    )
    suggestions: list[Suggestion]


class Output(View):
    """The handle, and whether it can be had."""

    handle: Handle
    result: Annotated[Available | Unavailable, Field(discriminator="type_")]


def method(directory: Directory) -> Query[Params, Output]:
    """Bind the method to the use cases of accounts."""

    async def handle(asked: Params, _call: Call) -> Output:
        if asked.email is not None and not supported_email(asked.email):
            raise XrpcError("InvalidEmail", "email is not supported: use another address")
        found = await directory.availability(asked.handle, asked.email)
        if found.available:
            available = Available()
            return Output(handle=found.handle, result=available)
        others = [Suggestion(handle=one.handle, method=one.method) for one in found.suggestions]
        unavailable = Unavailable(suggestions=others)
        return Output(handle=found.handle, result=unavailable)

    return Query(nsid=_NSID, params=Params, output=Output, needs=Public(), handle=handle)
