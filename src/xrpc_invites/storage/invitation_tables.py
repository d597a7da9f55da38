"""The tables of invitations: codes made for one person, who is invited, and tags."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
)

from xrpc_invites.storage.columns import Bytewise, Moment, metadata
from xrpc_invites.storage.tables import invite_code

_Number = BigInteger().with_variant(Integer(), "sqlite")

invitee = Table(
    "invitee",
    metadata,
    # One row for each address that was ever invited: who invites it locks it, so that two
    # who do so at once see each other.
    Column("email", Bytewise, primary_key=True),
    Column("opted_out_at", Moment),
    sqlite_with_rowid=False,
)

invitation = Table(
    "invitation",
    metadata,
    Column("id", _Number, primary_key=True, autoincrement=True),
    Column("code_key", Bytewise, ForeignKey(invite_code.c.code_key), nullable=False, unique=True),
    Column("email", Bytewise, ForeignKey(invitee.c.email), nullable=False),
    Column("name", Text),
    Column("language", Text),
    Column("invited_by", Bytewise, nullable=False),
    Column("credentials", Text, nullable=False),
    Column("generated_at", Moment, nullable=False),
    # What became of the last mail; where the invitation stands follows from its code too.
    Column("delivery", Bytewise, nullable=False),
    Column("sent_at", Moment),
    Column("last_sent_at", Moment),
    Column("send_count", BigInteger, nullable=False, server_default="0"),
    Column("failure", Text),
    Index(None, "email"),
    Index(None, "invited_by", "id"),
    Index(None, "delivery", "id"),
)

invitation_word = Table(
    "invitation_word",
    metadata,
    Column("invitation_id", BigInteger, ForeignKey(invitation.c.id), primary_key=True),
    # A word of the name or of the address.
    Column("word", Bytewise, primary_key=True),
    Index(None, "word", "invitation_id"),
    sqlite_with_rowid=False,
)

tag = Table(
    "tag",
    metadata,
    Column("id", _Number, primary_key=True, autoincrement=True),
    Column("name", Bytewise, nullable=False),
    Column("type", Bytewise, nullable=False),
    # What no two tags of a type share: a deleted one gives its name back.
    Column("live_name", Bytewise),
    Column("description", Text),
    Column("color", Text),
    Column("visible", Boolean, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("visibility_boost", Boolean, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("deleted_at", Moment),
    UniqueConstraint("type", "live_name"),
    Index(None, "name", "id"),
)
