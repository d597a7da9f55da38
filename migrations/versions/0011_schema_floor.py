"""The oldest program that a schema still serves.

Expand step only: earlier releases do not know the table, and refuse every schema but their own.
A later step that takes something away raises the floor to the first release that can do without it:
`op.execute("UPDATE schema_floor SET revision = '…'")`.

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

bytewise = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    floor = op.create_table(
        "schema_floor",
        sa.Column("revision", bytewise, nullable=False),
        sa.PrimaryKeyConstraint("revision", name="pk_schema_floor"),
        sqlite_with_rowid=False,
    )
    op.bulk_insert(floor, [{"revision": revision}])


def downgrade() -> None:
    op.drop_table("schema_floor")
