"""org.xrpcinvites.createInvitations: people are invited, each by a code of their own."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from xrpc_invites.accounts.directory import Directory
from xrpc_invites.accounts.emails import normal_email
from xrpc_invites.accounts.model import Standing
from xrpc_invites.invites.guests import Guests, Inviter, Person
from xrpc_invites.invites.invitations import MOST_USES, InvitationRefusal
from xrpc_invites.invites.inviting import Inviting, Outcome
from xrpc_invites.methods.authors import author
from xrpc_invites.methods.errors import not_found, present
from xrpc_invites.methods.fields import Email, GrantedRole, Note
from xrpc_invites.methods.invitation_views import MESSAGES, InvitationView, invitation_view
from xrpc_invites.methods.terms import instant
from xrpc_invites.xrpc.errors import XrpcError, invalid_request
from xrpc_invites.xrpc.method import KIB, Call, Procedure
from xrpc_invites.xrpc.roles import AccountOrOperator, Operator, Role
from xrpc_invites.xrpc.views import Datetime, Omittable, View, is_language

BODY_LIMIT = 2 * KIB * KIB

_Tag = Annotated[str, Field(min_length=1, max_length=640)]
_OF_OPERATORS = ("role", "tags")


class Row(View):
    """A person to invite."""

    email: Email
    name: Omittable[Annotated[str, Field(max_length=1_280)]] = None
    role: Omittable[GrantedRole] = None
    tags: Omittable[Annotated[list[_Tag], Field(max_length=32)]] = None
    language: Omittable[Annotated[str, Field(max_length=64)]] = None
    note: Omittable[Note] = None


class Input(View):
    """The people, and how they are invited."""

    invitations: Annotated[list[Row], Field(min_length=1, max_length=1_000)]
    available: Annotated[int, Field(ge=1, le=MOST_USES)] = 1
    expires_at: Omittable[Datetime] = None
    send: bool = True
    again: bool = False
    dry_run: bool = False


class Created(View):
    """Someone who is invited."""

    type_: Literal["org.xrpcinvites.createInvitations#created"] = Field(
        default="org.xrpcinvites.createInvitations#created", alias="$type"
    )
    email: str
    invitation: InvitationView | None = None


class Refused(View):
    """Someone who is not invited."""

    type_: Literal["org.xrpcinvites.createInvitations#refused"] = Field(
        default="org.xrpcinvites.createInvitations#refused", alias="$type"
    )
    email: str
    reason: str
    message: str


Result = Annotated[Created | Refused, Field(discriminator="type_")]


class Output(View):
    """What became of each."""

    results: list[Result]


def method(
    inviting: Inviting, directory: Directory, origin: str, *, accounts: bool
) -> Procedure[Input, Output]:
    """Bind the method to the use cases of inviting; `accounts` says whether they may, too."""

    async def handle(asked: Input, call: Call) -> Output:
        # The account first: what is wrong with one is no matter of its guests.
        by = await _inviter(asked, call, directory)
        # Beside the event loop, since a thousand addresses take their time.
        people = await asyncio.to_thread(_people, asked.invitations)
        guests = Guests(
            people=people,
            available=asked.available,
            expires_at=_ends(asked, inviting),
            send=asked.send,
            again=asked.again,
        )
        invite = inviting.would_invite if asked.dry_run else inviting.invite
        outcomes = await invite(guests, by=by)
        pairs = zip(asked.invitations, outcomes, strict=True)
        return Output(results=[_result(row.email, outcome, origin) for row, outcome in pairs])

    return Procedure(
        nsid="org.xrpcinvites.createInvitations",
        input=Input,
        output=Output,
        needs=AccountOrOperator(Role.ISSUER) if accounts else Operator(Role.ISSUER),
        handle=handle,
        body_limit=BODY_LIMIT,
    )


async def _inviter(asked: Input, call: Call, directory: Directory) -> Inviter:
    caller = call.caller
    if caller.role is not None:
        return Inviter(caller.name, caller.credentials, author(call))
    account = present(await directory.account(caller.did or ""))
    if account.standing is Standing.DEACTIVATED:
        raise not_found("Account")
    granting = any(getattr(row, name) for row in asked.invitations for name in _OF_OPERATORS)
    if granting or asked.available > 1 or asked.expires_at is not None:
        raise XrpcError(
            "Forbidden", "role, tags, available and expiresAt are for operators: leave them out"
        )
    return Inviter(account.did, account.did, None)


def _ends(asked: Input, inviting: Inviting) -> datetime | None:
    ends = None if asked.expires_at is None else instant(asked.expires_at, "expiresAt")
    if ends is not None and ends <= inviting.now():
        raise invalid_request("expiresAt must lie in the future")
    return ends


def _people(rows: Sequence[Row]) -> Sequence[Person]:
    return [
        Person(
            email=normal_email(row.email.strip()),
            name=row.name or None,
            role=row.role,
            tags=tuple(dict.fromkeys(row.tags or ())),
            language=row.language or None,
            known_language=not row.language or is_language(row.language),
            note=row.note or None,
        )
        for row in rows
    ]


def _result(email: str, outcome: Outcome, origin: str) -> Created | Refused:
    if isinstance(outcome, InvitationRefusal):
        return Refused(email=email, reason=outcome, message=MESSAGES[outcome])
    return Created(
        email=email, invitation=None if outcome is None else invitation_view(outcome, origin)
    )
