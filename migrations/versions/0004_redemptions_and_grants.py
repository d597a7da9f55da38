"""Redemptions that hold a use for a while, and what a use grants.

Expand step only: the running release does not know the table and the columns; what it
spends meanwhile grants nothing but the use.

Revision ID: 0004
Revises: 0003
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

bytewise = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
moment = sa.BigInteger()  # whole milliseconds since 1970

HELD = "state = 'reserved'"


def granted() -> list[sa.Column[Any]]:
    # Made anew each time: a column belongs to the table that it was added to.
    return [
        sa.Column("role", sa.Text),
        sa.Column("tags", sa.Text, nullable=False, server_default="[]"),
        sa.Column("revoked_at", moment),
        sa.Column("revoked_reason", sa.Text),
    ]


def upgrade() -> None:
    for column in granted():
        op.add_column("invite_code_use", column)
    op.create_table(
        "redemption",
        sa.Column("code_key", bytewise, nullable=False),
        sa.Column("id", bytewise, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("lease_expires_at", moment),
        sa.Column("settled_at", moment),
        sa.Column("used_by", bytewise),
        sa.Column("caller", bytewise, nullable=False),
        sa.Column("idempotency_key", bytewise),
        sa.Column("request", sa.Text, nullable=False),
        sa.Column("email_domain", sa.Text),
        sa.PrimaryKeyConstraint("code_key", "id", name="pk_redemption"),
        sa.ForeignKeyConstraint(
            ["code_key"], ["invite_code.code_key"], name="fk_redemption_code_key"
        ),
        sa.UniqueConstraint("id", name="uq_redemption_id"),
        sa.UniqueConstraint(
            "code_key",
            "caller",
            "idempotency_key",
            name="uq_redemption_code_key_caller_idempotency_key",
        ),
        sqlite_with_rowid=False,
    )
    for name, columns in (
        ("ix_redemption_code_key_lease_expires_at", ["code_key", "lease_expires_at"]),
        ("ix_redemption_lease_expires_at", ["lease_expires_at", "code_key"]),
    ):
        held = sa.text(HELD)
        op.create_index(name, "redemption", columns, sqlite_where=held, postgresql_where=held)


def downgrade() -> None:
    op.drop_table("redemption")
    for column in reversed(granted()):
        op.drop_column("invite_code_use", column.name)
