"""Tallies: numbers over all codes, what happened in each hour, and who invites most.

Expand step only: the running release does not know the tables, and the first recount
finds whatever it wrote meanwhile.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

bytewise = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
moment = sa.BigInteger()  # whole milliseconds since 1970


def upgrade() -> None:
    op.create_table(
        "tally",
        sa.Column("hour", moment, nullable=False),
        sa.Column("what", bytewise, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("hour", "what", name="pk_tally"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "tally_total",
        sa.Column("name", bytewise, nullable=False),
        sa.Column("value", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_tally_total"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "inviter_tally",
        sa.Column("did", bytewise, nullable=False),
        sa.Column("uses", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("did", name="pk_inviter_tally"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    for table in ("inviter_tally", "tally_total", "tally"):
        op.drop_table(table)
