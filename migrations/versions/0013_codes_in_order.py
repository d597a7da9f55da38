"""Codes in the order in which they were made: on SQLite as rows, and in the index by use.

What is drawn falls anywhere: a table by key and an index with texts behind counts each had a
page changed for every new code.

The running release goes on, but sorts all codes for each page by use. An SQLite file needs room
for its codes a second time while they are laid out anew.

Revision ID: 0013
Revises: 0012
"""

from collections.abc import Callable

from alembic import op
from sqlalchemy import text

revision = "0013"
down_revision = "0012"

BY_USE, BY_USE_OF_BEFORE = (
    "ix_invite_code_use_count_created_at_code",
    "ix_invite_code_use_count_code",
)


def upgrade() -> None:
    op.create_index(BY_USE, "invite_code", ["use_count", "created_at", "code"])
    op.drop_index(BY_USE_OF_BEFORE, "invite_code")
    _rebuild(lambda made: made.strip().removesuffix("WITHOUT ROWID"))


def downgrade() -> None:
    op.create_index(BY_USE_OF_BEFORE, "invite_code", ["use_count", "code"])
    op.drop_index(BY_USE, "invite_code")
    _rebuild(lambda made: f"{made} WITHOUT ROWID")


def _rebuild(change: Callable[[str], str]) -> None:
    """Make the table of codes anew on SQLite, which has no other way to lay out its rows."""
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        return
    found = "SELECT sql FROM sqlite_master WHERE tbl_name = 'invite_code' AND type = :type"
    [made] = connection.scalars(text(found), {"type": "table"})
    indexes = connection.scalars(text(f"{found} AND sql IS NOT NULL"), {"type": "index"}).all()
    for statement in (
        change(made).replace("invite_code", "invite_code_new", 1),
        "INSERT INTO invite_code_new SELECT * FROM invite_code ORDER BY created_at, code",
        "DROP TABLE invite_code",
        "ALTER TABLE invite_code_new RENAME TO invite_code",
        *indexes,
    ):
        connection.exec_driver_sql(statement)
