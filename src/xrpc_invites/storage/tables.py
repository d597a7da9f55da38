"""The tables, as both databases have them.

Everything about codes is keyed by `code_key`, so that a redemption touches rows of one
key. Texts compare by their bytes in both databases; moments are whole milliseconds.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Dialect,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    false,
    text,
)
from sqlalchemy.types import TypeEngine

_1970 = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)

Bytewise = Text().with_variant(Text(collation="C"), "postgresql")
"""Text that sorts by its bytes; SQLite's does already."""


class Moment(TypeDecorator[datetime]):
    """An aware instant, kept as whole milliseconds since 1970."""

    # The base class names the dialect, which makes no difference here.
    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        return None if value is None else (value - _1970) // _MILLISECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else _1970 + value * _MILLISECOND


metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    }
)

invite_code = Table(
    "invite_code",
    metadata,
    Column("code_key", Bytewise, primary_key=True),
    Column("code", Bytewise, nullable=False),
    Column("available", BigInteger, nullable=False),
    Column("use_count", BigInteger, nullable=False, server_default="0"),
    Column("pending", BigInteger, nullable=False, server_default="0"),
    Column("imported_uses", BigInteger, nullable=False, server_default="0"),
    Column("disabled", Boolean, nullable=False, server_default=false()),
    Column("for_account", Bytewise, nullable=False),
    Column("created_by", Bytewise, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("not_before", Moment),
    Column("expires_at", Moment),
    Column("disabled_at", Moment),
    Column("disabled_reason", Text),
    Column("note", Text),
    Column("role", Text),
    # Lists of texts as JSON: the claim looks into the domains of the row that it locks.
    Column("tags", Text, nullable=False, server_default="[]"),
    Column("email_domains", Text, nullable=False, server_default="[]"),
    Column("show_inviter", Boolean, nullable=False, server_default=false()),
    Column("last_used_at", Moment),
    # The claim's WHERE clause keeps the promise; this stands behind it. Codes that came
    # from elsewhere may have been over-spent there, and stay as they came.
    CheckConstraint(
        "use_count + pending <= available OR (pending = 0 AND use_count <= imported_uses)",
        name="never_over_spent",
    ),
    CheckConstraint("use_count >= 0 AND pending >= 0", name="counts_are_counts"),
    Index(None, "created_at", "code"),
    Index(None, "use_count", "code"),
    Index(None, "for_account", "created_at", "code"),
    Index(None, "created_by", "created_at", "code"),
    sqlite_with_rowid=False,
)


def _among_codes(name: str, *columns: str, where: str, sqlite: str | None = None) -> None:
    """Index those codes alone of which `where` holds; all others cost nothing."""
    Index(
        f"ix_invite_code_{name}",
        *(invite_code.c[column] for column in columns),
        sqlite_where=text(sqlite or where),
        postgresql_where=text(where),
    )


_NEWEST = ("created_at", "code")
_among_codes("disabled", *_NEWEST, where="disabled", sqlite="disabled = 1")
_among_codes(
    "open",
    *_NEWEST,
    where="NOT disabled AND available > use_count + pending",
    sqlite="disabled = 0 AND available > use_count + pending",
)
_among_codes("exhausted", *_NEWEST, where="available <= use_count + pending")
_among_codes("expires_at", "expires_at", "code", where="expires_at IS NOT NULL")
_among_codes("not_before", "not_before", where="not_before IS NOT NULL")

invite_code_tag = Table(
    "invite_code_tag",
    metadata,
    Column("code_key", Bytewise, ForeignKey(invite_code.c.code_key), primary_key=True),
    Column("tag", Bytewise, primary_key=True),
    Index(None, "tag", "code_key"),
    sqlite_with_rowid=False,
)

invite_code_word = Table(
    "invite_code_word",
    metadata,
    Column("code_key", Bytewise, ForeignKey(invite_code.c.code_key), primary_key=True),
    # A word of the note. Words that begin alike lie side by side in the index.
    Column("word", Bytewise, primary_key=True),
    Index(None, "word", "code_key"),
    sqlite_with_rowid=False,
)

invite_code_use = Table(
    "invite_code_use",
    metadata,
    Column("code_key", Bytewise, ForeignKey(invite_code.c.code_key), primary_key=True),
    Column("used_by", Bytewise, primary_key=True),
    Column("used_at", Moment, nullable=False),
    Index(None, "code_key", "used_at", "used_by"),
    Index(None, "used_by"),
    sqlite_with_rowid=False,
)

account = Table(
    "account",
    metadata,
    Column("did", Bytewise, primary_key=True),
    Column("handle", Bytewise, nullable=False, unique=True),
    Column("email", Bytewise, unique=True),
    Column("password_hash", Text),
    Column("key_secret", LargeBinary),
    Column("key_multibase", Text),
    Column("created_at", Moment, nullable=False),
    Column("invites_disabled", Boolean, nullable=False, server_default=false()),
    Column("invite_note", Text),
    Column("taken_down_at", Moment),
    Column("takedown_ref", Text),
    Column("deactivated_at", Moment),
    Column("deleted_at", Moment),
    Index(None, "created_at", "did"),
)
_GONE = "taken_down_at IS NOT NULL OR deleted_at IS NOT NULL"
Index("ix_account_gone", account.c.did, sqlite_where=text(_GONE), postgresql_where=text(_GONE))

session = Table(
    "session",
    metadata,
    Column("jti", Bytewise, primary_key=True),
    Column("family", Bytewise, nullable=False),
    Column("did", Bytewise, ForeignKey(account.c.did), nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("next_jti", Bytewise),
    Index(None, "family"),
    Index(None, "did", "expires_at"),
)

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

audit_entry = Table(
    "audit_entry",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
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

_among_codes("disabled_at", "disabled_at", where="disabled_at IS NOT NULL")
Index(None, invite_code_use.c.used_at, invite_code_use.c.code_key)

tally = Table(
    "tally",
    metadata,
    Column("hour", Moment, primary_key=True),
    Column("what", Bytewise, primary_key=True),
    Column("count", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

tally_stale = Table(
    "tally_stale",
    metadata,
    Column("hour", Moment, primary_key=True),
    sqlite_with_rowid=False,
)

inviter_tally = Table(
    "inviter_tally",
    metadata,
    Column("did", Bytewise, primary_key=True),
    Column("uses", BigInteger, nullable=False),
    Index(None, "uses", "did"),
    sqlite_with_rowid=False,
)
