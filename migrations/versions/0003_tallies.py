"""Tallies: what happened in each hour and who invites most, counted ahead of the asking.

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

DISABLED = "disabled_at IS NOT NULL"


def upgrade() -> None:
    op.create_index(
        "ix_invite_code_disabled_at",
        "invite_code",
        ["disabled_at"],
        sqlite_where=sa.text(DISABLED),
        postgresql_where=sa.text(DISABLED),
    )
    op.create_index(
        "ix_invite_code_use_used_at_code_key", "invite_code_use", ["used_at", "code_key"]
    )
    op.create_table(
        "tally",
        sa.Column("hour", moment, nullable=False),
        sa.Column("what", bytewise, nullable=False),
        sa.Column("count", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("hour", "what", name="pk_tally"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "tally_stale",
        sa.Column("hour", moment, nullable=False, autoincrement=False),
        sa.PrimaryKeyConstraint("hour", name="pk_tally_stale"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "inviter_tally",
        sa.Column("did", bytewise, nullable=False),
        sa.Column("uses", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("did", name="pk_inviter_tally"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_inviter_tally_uses_did", "inviter_tally", ["uses", "did"])


def downgrade() -> None:
    for table in ("inviter_tally", "tally_stale", "tally"):
        op.drop_table(table)
    op.drop_index("ix_invite_code_use_used_at_code_key", "invite_code_use")
    op.drop_index("ix_invite_code_disabled_at", "invite_code")
