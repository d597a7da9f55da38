"""The tables of codes and accounts, as both databases have them.

Everything about codes is keyed by `code_key`, so that a redemption touches rows of one
key. Texts compare by their bytes in both databases; moments are whole milliseconds.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from xrpc_invites.storage.columns import Bytewise, Moment, metadata

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
    # The one address, in normal form, that may use it.
    Column("email", Bytewise),
    # The entry of the audit log that tells of its making.
    Column("creation", Bytewise),
    # The claim's WHERE clause keeps the promise; this stands behind it. Codes that came
    # from elsewhere may have been over-spent there, and stay as they came.
    CheckConstraint(
        "use_count + pending <= available OR (pending = 0 AND use_count <= imported_uses)",
        name="never_over_spent",
    ),
    CheckConstraint("use_count >= 0 AND pending >= 0", name="counts_are_counts"),
    Index(None, "created_at", "code"),
    Index(None, "use_count", "created_at", "code"),
    Index(None, "for_account", "created_at", "code"),
    Index(None, "created_by", "created_at", "code"),
    # With row ids on SQLite: codes lie in the order in which they were made, where a table by
    # key would change a page for each new one, since their texts are drawn.
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
    # What the use grants, as the code had it at that moment.
    Column("role", Text),
    Column("tags", Text, nullable=False, server_default="[]"),
    Column("revoked_at", Moment),
    Column("revoked_reason", Text),
    Index(None, "code_key", "used_at", "used_by"),
    # A DID's uses, the first one first: that one tells who invited it.
    Index(None, "used_by", "used_at", "code_key"),
    sqlite_with_rowid=False,
)

redemption = Table(
    "redemption",
    metadata,
    Column("code_key", Bytewise, ForeignKey(invite_code.c.code_key), primary_key=True),
    Column("id", Bytewise, primary_key=True),
    Column("state", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("lease_expires_at", Moment),
    Column("settled_at", Moment),
    Column("used_by", Bytewise),
    Column("caller", Bytewise, nullable=False),
    Column("idempotency_key", Bytewise),
    Column("request", Text, nullable=False),
    Column("email_domain", Text),
    UniqueConstraint("id"),
    UniqueConstraint("code_key", "caller", "idempotency_key"),
    sqlite_with_rowid=False,
)
_HELD = text("state = 'reserved'")
for _name, _columns in {
    "ix_redemption_code_key_lease_expires_at": ("code_key", "lease_expires_at"),
    "ix_redemption_lease_expires_at": ("lease_expires_at", "code_key"),
}.items():
    _of_held = (redemption.c[column] for column in _columns)
    Index(_name, *_of_held, sqlite_where=_HELD, postgresql_where=_HELD)
_SETTLED = text("settled_at IS NOT NULL")
Index(
    "ix_redemption_settled_at",
    redemption.c.settled_at,
    sqlite_where=_SETTLED,
    postgresql_where=_SETTLED,
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

seen_jti = Table(
    "seen_jti",
    metadata,
    # Hashes of one length: what a caller sends may be long, and hold anything.
    Column("key", Bytewise, primary_key=True),
    Column("body", Text, nullable=False),
    Column("ends_at", Moment, nullable=False),
    Index(None, "ends_at"),
    sqlite_with_rowid=False,
)
