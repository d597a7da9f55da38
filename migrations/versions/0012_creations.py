"""Which entry of the audit log tells of a code's making, where that tells of others too.

Expand step only: codes of before have an entry each, and the running release goes on so.

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

bytewise = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("invite_code", sa.Column("creation", bytewise))


def downgrade() -> None:
    op.drop_column("invite_code", "creation")
