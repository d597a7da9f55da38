"""The audit log in SQL. See `invites.ports.AuditLog`."""

import json
from collections.abc import Sequence

from sqlalchemy import Connection, insert

from xrpc_invites.invites.audit import Entry
from xrpc_invites.storage.tables import audit_inbox


class SqlAuditLog:
    """Writes entries inside one unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, entries: Sequence[Entry], /) -> None:
        if entries:
            self._connection.execute(insert(audit_inbox), [_row(entry) for entry in entries])


def _row(entry: Entry) -> dict[str, object]:
    author, change = entry.author, entry.change
    return {
        "id": entry.id,
        "at": entry.at,
        "actor": author.actor,
        "role": author.role,
        "credentials": author.credentials,
        "address": author.address,
        "request": author.request,
        "action": author.action,
        "subject": change.subject,
        "reason": change.reason,
        "detail": json.dumps(dict(change.detail), ensure_ascii=False, sort_keys=True),
    }
