"""Codes, uses, accounts and sessions: the first tables.

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

bytewise = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
moment = sa.BigInteger()  # whole milliseconds since 1970


def upgrade() -> None:
    op.create_table(
        "invite_code",
        sa.Column("code_key", bytewise, nullable=False),
        sa.Column("code", bytewise, nullable=False),
        sa.Column("available", sa.BigInteger, nullable=False),
        sa.Column("use_count", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("pending", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("imported_uses", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("disabled", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("for_account", bytewise, nullable=False),
        sa.Column("created_by", bytewise, nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("code_key", name="pk_invite_code"),
        sa.CheckConstraint(
            "use_count + pending <= available OR (pending = 0 AND use_count <= imported_uses)",
            name="ck_invite_code_never_over_spent",
        ),
        sa.CheckConstraint(
            "use_count >= 0 AND pending >= 0", name="ck_invite_code_counts_are_counts"
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_invite_code_created_at_code", "invite_code", ["created_at", "code"])
    op.create_index("ix_invite_code_use_count_code", "invite_code", ["use_count", "code"])
    op.create_index(
        "ix_invite_code_for_account_created_at_code",
        "invite_code",
        ["for_account", "created_at", "code"],
    )
    op.create_table(
        "invite_code_use",
        sa.Column("code_key", bytewise, nullable=False),
        sa.Column("used_by", bytewise, nullable=False),
        sa.Column("used_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("code_key", "used_by", name="pk_invite_code_use"),
        sa.ForeignKeyConstraint(
            ["code_key"], ["invite_code.code_key"], name="fk_invite_code_use_code_key"
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_invite_code_use_code_key_used_at_used_by",
        "invite_code_use",
        ["code_key", "used_at", "used_by"],
    )
    op.create_index("ix_invite_code_use_used_by", "invite_code_use", ["used_by"])
    op.create_table(
        "account",
        sa.Column("did", bytewise, nullable=False),
        sa.Column("handle", bytewise, nullable=False),
        sa.Column("email", bytewise),
        sa.Column("password_hash", sa.Text),
        sa.Column("key_secret", sa.LargeBinary),
        sa.Column("key_multibase", sa.Text),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("invites_disabled", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("invite_note", sa.Text),
        sa.Column("taken_down_at", moment),
        sa.Column("takedown_ref", sa.Text),
        sa.Column("deactivated_at", moment),
        sa.Column("deleted_at", moment),
        sa.PrimaryKeyConstraint("did", name="pk_account"),
        sa.UniqueConstraint("handle", name="uq_account_handle"),
        sa.UniqueConstraint("email", name="uq_account_email"),
    )
    op.create_index("ix_account_created_at_did", "account", ["created_at", "did"])
    op.create_table(
        "session",
        sa.Column("jti", bytewise, nullable=False),
        sa.Column("family", bytewise, nullable=False),
        sa.Column("did", bytewise, nullable=False),
        sa.Column("expires_at", moment, nullable=False),
        sa.Column("next_jti", bytewise),
        sa.PrimaryKeyConstraint("jti", name="pk_session"),
        sa.ForeignKeyConstraint(["did"], ["account.did"], name="fk_session_did"),
    )
    op.create_index("ix_session_family", "session", ["family"])
    op.create_index("ix_session_did_expires_at", "session", ["did", "expires_at"])


def downgrade() -> None:
    for table in ("session", "account", "invite_code_use", "invite_code"):
        op.drop_table(table)
