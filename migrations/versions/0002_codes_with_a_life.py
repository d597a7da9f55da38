"""Codes with times, notes, tags and domains; operators' tokens; the audit log.

Expand step only: existing codes read as without any of it, and the running release,
which does not know the columns, keeps working until it is replaced.

Revision ID: 0002
Revises: 0001
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

bytewise = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
moment = sa.BigInteger()  # whole milliseconds since 1970


def new_columns() -> list[sa.Column[Any]]:
    # Made anew each time: a column belongs to the table that it was added to.
    return [
        sa.Column("not_before", moment),
        sa.Column("expires_at", moment),
        sa.Column("disabled_at", moment),
        sa.Column("disabled_reason", sa.Text),
        sa.Column("note", sa.Text),
        sa.Column("role", sa.Text),
        sa.Column("tags", sa.Text, nullable=False, server_default="[]"),
        sa.Column("email_domains", sa.Text, nullable=False, server_default="[]"),
        sa.Column("show_inviter", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("last_used_at", moment),
    ]


NEWEST = ["created_at", "code"]
OPEN = "available > use_count + pending"
# Where each index applies: on PostgreSQL, and on SQLite where that says it otherwise.
FEW: dict[str, tuple[list[str], str, str | None]] = {
    "disabled": (NEWEST, "disabled", "disabled = 1"),
    "open": (NEWEST, f"NOT disabled AND {OPEN}", f"disabled = 0 AND {OPEN}"),
    "exhausted": (NEWEST, "available <= use_count + pending", None),
    "expires_at": (["expires_at", "code"], "expires_at IS NOT NULL", None),
    "not_before": (["not_before"], "not_before IS NOT NULL", None),
}
CREATED_BY = "ix_invite_code_created_by_created_at_code"
GONE = "taken_down_at IS NOT NULL OR deleted_at IS NOT NULL"
TABLES = (
    "invite_code_tag",
    "invite_code_word",
    "operator_token",
    "audit_inbox",
    "audit_entry",
    "audit_head",
    "lease",
)


def upgrade() -> None:
    for column in new_columns():
        op.add_column("invite_code", column)
    op.execute(
        "UPDATE invite_code SET last_used_at = (SELECT max(used_at) FROM invite_code_use "
        "WHERE invite_code_use.code_key = invite_code.code_key) WHERE use_count > 0"
    )
    op.create_index(CREATED_BY, "invite_code", ["created_by", "created_at", "code"])
    for name, (columns, where, sqlite) in FEW.items():
        op.create_index(
            f"ix_invite_code_{name}",
            "invite_code",
            columns,
            sqlite_where=sa.text(sqlite or where),
            postgresql_where=sa.text(where),
        )
    gone = sa.text(GONE)
    op.create_index("ix_account_gone", "account", ["did"], sqlite_where=gone, postgresql_where=gone)
    create_search_tables()
    create_token_table()
    create_audit_tables()
    op.create_table(
        "lease",
        sa.Column("name", bytewise, nullable=False),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("until", moment, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_lease"),
    )


def create_search_tables() -> None:
    for table, column in (("invite_code_tag", "tag"), ("invite_code_word", "word")):
        op.create_table(
            table,
            sa.Column("code_key", bytewise, nullable=False),
            sa.Column(column, bytewise, nullable=False),
            sa.PrimaryKeyConstraint("code_key", column, name=f"pk_{table}"),
            sa.ForeignKeyConstraint(
                ["code_key"], ["invite_code.code_key"], name=f"fk_{table}_code_key"
            ),
            sqlite_with_rowid=False,
        )
        op.create_index(f"ix_{table}_{column}_code_key", table, [column, "code_key"])


def create_token_table() -> None:
    op.create_table(
        "operator_token",
        sa.Column("id", bytewise, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("name_key", bytewise),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("token_hash", bytewise, nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("expires_at", moment),
        sa.Column("last_used_at", moment),
        sa.Column("revoked_at", moment),
        sa.PrimaryKeyConstraint("id", name="pk_operator_token"),
        sa.UniqueConstraint("name_key", name="uq_operator_token_name_key"),
        sa.UniqueConstraint("token_hash", name="uq_operator_token_token_hash"),
    )
    op.create_index("ix_operator_token_created_at_id", "operator_token", ["created_at", "id"])


def entry_columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("at", moment, nullable=False),
        sa.Column("actor", bytewise, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("credentials", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("request", sa.Text, nullable=False),
        sa.Column("action", bytewise, nullable=False),
        sa.Column("subject", bytewise, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("detail", sa.Text, nullable=False),
    ]


def create_audit_tables() -> None:
    op.create_table(
        "audit_inbox",
        sa.Column("id", bytewise, nullable=False),
        *entry_columns(),
        sa.PrimaryKeyConstraint("id", name="pk_audit_inbox"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "audit_entry",
        sa.Column("seq", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("id", bytewise, nullable=False),
        *entry_columns(),
        sa.Column("seal", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_audit_entry"),
        sa.UniqueConstraint("id", name="uq_audit_entry_id"),
    )
    for column in ("actor", "action", "subject"):
        op.create_index(f"ix_audit_entry_{column}_id", "audit_entry", [column, "id"])
    op.create_table(
        "audit_head",
        sa.Column("chain", sa.Text, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("seal", sa.Text, nullable=False),
        sa.Column("proof", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("chain", name="pk_audit_head"),
    )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    op.drop_index("ix_account_gone", "account")
    for name in FEW:
        op.drop_index(f"ix_invite_code_{name}", "invite_code")
    op.drop_index(CREATED_BY, "invite_code")
    for column in reversed(new_columns()):
        op.drop_column("invite_code", column.name)
