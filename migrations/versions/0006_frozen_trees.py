"""Invite trees that are frozen, and an index by which it is found who joined with what first.

Expand step only: the running release does not know the tables; the index that goes is a
part of the one that comes.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

bytewise = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
moment = sa.BigInteger()  # whole milliseconds since 1970

USES = "invite_code_use"
BY_USER, BY_FIRST_USE = "ix_invite_code_use_used_by", "ix_invite_code_use_used_by_used_at_code_key"


def upgrade() -> None:
    op.create_index(BY_FIRST_USE, USES, ["used_by", "used_at", "code_key"])
    op.drop_index(BY_USER, USES)
    op.create_table(
        "tree_batch",
        sa.Column("id", bytewise, nullable=False),
        sa.Column("did", bytewise, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("disabled_at", moment, nullable=False),
        sa.Column("enabled_at", moment),
        sa.PrimaryKeyConstraint("id", name="pk_tree_batch"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "frozen_did",
        sa.Column("did", bytewise, nullable=False),
        sa.Column("batch_id", bytewise, nullable=False),
        sa.PrimaryKeyConstraint("did", "batch_id", name="pk_frozen_did"),
        sa.ForeignKeyConstraint(["batch_id"], ["tree_batch.id"], name="fk_frozen_did_batch_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_frozen_did_batch_id_did", "frozen_did", ["batch_id", "did"])
    op.create_table(
        "frozen_code",
        sa.Column("code_key", bytewise, nullable=False),
        sa.Column("batch_id", bytewise, nullable=False),
        sa.PrimaryKeyConstraint("code_key", "batch_id", name="pk_frozen_code"),
        sa.ForeignKeyConstraint(
            ["code_key"], ["invite_code.code_key"], name="fk_frozen_code_code_key"
        ),
        sa.ForeignKeyConstraint(["batch_id"], ["tree_batch.id"], name="fk_frozen_code_batch_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_frozen_code_batch_id_code_key", "frozen_code", ["batch_id", "code_key"])


def downgrade() -> None:
    for table in ("frozen_code", "frozen_did", "tree_batch"):
        op.drop_table(table)
    op.create_index(BY_USER, USES, ["used_by"])
    op.drop_index(BY_FIRST_USE, USES)
