"""org.xrpcinvites.listAuditEntries: what operators changed, newest first, a page at a time."""

import re
from typing import Annotated

from pydantic import Field

from xrpc_invites.invites.audit import EntryFilter, Listed
from xrpc_invites.invites.auditing import Auditing
from xrpc_invites.methods.fields import Cursor
from xrpc_invites.methods.terms import instant
from xrpc_invites.methods.views import moment
from xrpc_invites.xrpc.cursor import malformed
from xrpc_invites.xrpc.method import Call, Query
from xrpc_invites.xrpc.roles import Operator, Role
from xrpc_invites.xrpc.views import Datetime, Omittable, Unknown, View

_ID = re.compile(r"[0-9]{13}-[!-~]{1,64}")

Name = Annotated[str, Field(max_length=2_048)]


class Params(View):
    """Which entries, and which part of them."""

    actor: Omittable[Name] = None
    action: Omittable[Name] = None
    subject: Omittable[Name] = None
    since: Omittable[Datetime] = None
    until: Omittable[Datetime] = None
    limit: Annotated[int, Field(ge=1, le=500)] = 100
    cursor: Omittable[Cursor] = None


class AuditEntry(View):
    """org.xrpcinvites.defs#auditEntry."""

    id: str
    seq: int | None = None
    at: Datetime
    actor: str
    role: str
    credentials: str
    address: str
    request: str
    action: str
    subject: str
    reason: str | None = None
    detail: Unknown | None = None


class Output(View):
    """A page of entries; the cursor continues it."""

    entries: list[AuditEntry]
    cursor: str | None = None


def method(auditing: Auditing) -> Query[Params, Output]:
    """Bind the method to the use cases of the audit log."""

    async def handle(asked: Params, _call: Call) -> Output:
        if asked.cursor is not None and not _ID.fullmatch(asked.cursor):
            raise malformed()
        wanted = EntryFilter(
            actor=asked.actor,
            action=asked.action,
            subject=asked.subject,
            since=None if asked.since is None else instant(asked.since, "since"),
            until=None if asked.until is None else instant(asked.until, "until"),
        )
        found = await auditing.page(wanted, before=asked.cursor, limit=asked.limit)
        full = len(found) == asked.limit
        return Output(
            entries=[entry_view(one) for one in found],
            cursor=found[-1].entry.id if full else None,
        )

    return Query(
        nsid="org.xrpcinvites.listAuditEntries",
        params=Params,
        output=Output,
        needs=Operator(Role.VIEWER),
        handle=handle,
    )


def entry_view(listed: Listed) -> AuditEntry:
    """The wire's form of an entry."""
    entry, author, change = listed.entry, listed.entry.author, listed.entry.change
    return AuditEntry(
        id=entry.id,
        seq=listed.seq,
        at=moment(entry.at),
        actor=author.actor,
        role=author.role,
        credentials=author.credentials,
        address=author.address,
        request=author.request,
        action=author.action,
        subject=change.subject,
        reason=change.reason,
        detail=dict(change.detail) or None,
    )
