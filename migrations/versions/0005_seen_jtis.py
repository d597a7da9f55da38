"""Seen jtis: proofs by service auth that were used, for as long as they could be used again.

Expand step only: the running release does not know the table, and accepts no proof.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

bytewise = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
moment = sa.BigInteger()  # whole milliseconds since 1970


def upgrade() -> None:
    op.create_table(
        "seen_jti",
        sa.Column("key", bytewise, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("ends_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_seen_jti"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_seen_jti_ends_at", "seen_jti", ["ends_at"])


def downgrade() -> None:
    op.drop_table("seen_jti")
