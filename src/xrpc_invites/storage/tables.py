"""The tables, as both databases have them.

Everything about codes is keyed by `code_key`, so that a redemption touches rows of one
key. Texts compare by their bytes in both databases; moments are whole milliseconds.
"""

from datetime import UTC, datetime, timedelta

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
)

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
