"""The tables of operators: their tokens, the audit log, leases of workers, and tallies."""

from typing import Any

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text
from sqlalchemy.types import TypeEngine

from xrpc_invites.storage.columns import Bytewise, Moment, metadata

operator_token = Table(
    "operator_token",
    metadata,
    Column("id", Bytewise, primary_key=True),
    Column("name", Text, nullable=False),
    # What no two live tokens share: a token that ends gives its name back.
    Column("name_key", Bytewise, unique=True),
    Column("role", Text, nullable=False),
    Column("token_hash", Bytewise, nullable=False, unique=True),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment),
    Column("last_used_at", Moment),
    Column("revoked_at", Moment),
    Index(None, "created_at", "id"),
)

_ENTRY: dict[str, TypeEngine[Any]] = {
    "at": Moment(),
    "actor": Bytewise,
    "role": Text(),
    "credentials": Text(),
    "address": Text(),
    "request": Text(),
    "action": Bytewise,
    "subject": Bytewise,
    "reason": Text(),
    "detail": Text(),
}

audit_inbox = Table(
    "audit_inbox",
    metadata,
    # Ids begin with the time, so that entries are appended and need no other index.
    Column("id", Bytewise, primary_key=True),
    *(Column(name, kind, nullable=name == "reason") for name, kind in _ENTRY.items()),
    sqlite_with_rowid=False,
)

# What SQLite takes for the number of the row itself, of 64 bits as well.
_Place = BigInteger().with_variant(Integer, "sqlite")

audit_entry = Table(
    "audit_entry",
    metadata,
    Column("seq", _Place, primary_key=True, autoincrement=False),
    Column("id", Bytewise, nullable=False, unique=True),
    *(Column(name, kind, nullable=name == "reason") for name, kind in _ENTRY.items()),
    Column("seal", Text, nullable=False),
    Index(None, "actor", "id"),
    Index(None, "action", "id"),
    Index(None, "subject", "id"),
)

audit_head = Table(
    "audit_head",
    metadata,
    Column("chain", Text, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("seal", Text, nullable=False),
    Column("proof", Text, nullable=False),
)

lease = Table(
    "lease",
    metadata,
    Column("name", Bytewise, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("until", Moment, nullable=False),
)

tally = Table(
    "tally",
    metadata,
    Column("hour", Moment, primary_key=True),
    Column("what", Bytewise, primary_key=True),
    Column("number", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

# What hours had of rows that were archived: they were counted one by one before.
tally_archived = Table(
    "tally_archived",
    metadata,
    Column("hour", Moment, primary_key=True),
    Column("what", Bytewise, primary_key=True),
    Column("number", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

tally_total = Table(
    "tally_total",
    metadata,
    Column("name", Bytewise, primary_key=True),
    Column("value", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

inviter_tally = Table(
    "inviter_tally",
    metadata,
    Column("did", Bytewise, primary_key=True),
    Column("uses", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
