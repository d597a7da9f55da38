"""The tables of mail: what is to be sent, and how much was."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    text,
)

from xrpc_invites.storage.columns import Bytewise, Moment, metadata
from xrpc_invites.storage.invitation_tables import invitation

outbox = Table(
    "outbox",
    metadata,
    Column("id", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("invitation_id", BigInteger, ForeignKey(invitation.c.id), nullable=False),
    Column("sender", Bytewise, nullable=False),
    Column("by_account", Boolean, nullable=False),
    Column("domain", Bytewise, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("tries", BigInteger, nullable=False, server_default="0"),
    # Who sends it now, and until when nobody else does.
    Column("holder", Text),
    Column("lease_until", Moment),
    Column("ended_at", Moment),
    Column("ending", Text),
    # Of an id a mail server has heard, so no later mail may have it.
    sqlite_autoincrement=True,
)
_WAITING = text("ended_at IS NULL")
for _name, _columns in {
    "ix_outbox_due_at_id": ("due_at", "id"),
    "ix_outbox_invitation_id": ("invitation_id",),
}.items():
    _of_waiting = (outbox.c[column] for column in _columns)
    Index(_name, *_of_waiting, sqlite_where=_WAITING, postgresql_where=_WAITING)
_REMINDERS = text("kind = 'reminder'")
Index(
    "uq_outbox_reminder",
    outbox.c.invitation_id,
    unique=True,
    sqlite_where=_REMINDERS,
    postgresql_where=_REMINDERS,
)
NO_REMINDER = text("kind <> 'reminder'")
"""What the index of those that may be archived asks, in its very words."""
_ENDED = text("ended_at IS NOT NULL AND kind <> 'reminder'")
Index("ix_outbox_ended_at", outbox.c.ended_at, sqlite_where=_ENDED, postgresql_where=_ENDED)

mail_tally = Table(
    "mail_tally",
    metadata,
    Column("name", Bytewise, primary_key=True),
    Column("used", BigInteger, nullable=False),
    Column("ends_at", Moment, nullable=False),
    Index(None, "ends_at"),
    sqlite_with_rowid=False,
)
