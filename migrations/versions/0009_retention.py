"""What finds redemptions and mails that have had their time, and counts those archived.

Expand step only: the running release knows none of it, and keeps everything.

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

bytewise = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

INDEXES = {
    "redemption": ("settled_at", "settled_at IS NOT NULL"),
    "outbox": ("ended_at", "ended_at IS NOT NULL AND kind <> 'reminder'"),
}


def upgrade() -> None:
    for table, (column, few) in INDEXES.items():
        where = sa.text(few)
        op.create_index(
            f"ix_{table}_{column}", table, [column], sqlite_where=where, postgresql_where=where
        )

    op.create_table(
        "tally_archived",
        sa.Column("hour", sa.BigInteger, nullable=False),  # milliseconds since 1970
        sa.Column("what", bytewise, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("hour", "what", name="pk_tally_archived"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("tally_archived")
    for table, (column, _few) in INDEXES.items():
        op.drop_index(f"ix_{table}_{column}", table)
