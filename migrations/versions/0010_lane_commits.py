"""The row by which a writer's lane learns whether a commit came through.

Expand step only: the running release does not know the table, and asks nobody.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

bytewise = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "lane_commit",
        sa.Column("lane", bytewise, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("lane", name="pk_lane_commit"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("lane_commit")
