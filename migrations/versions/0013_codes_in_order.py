"""Codes in the order in which they were made: on SQLite as rows, and in the index by use.

What is drawn falls anywhere: a table by key and an index with texts behind counts each had a
page changed for every new code.

The running release goes on, but sorts all codes for each page by use. An SQLite file needs room
for its codes a second time while they are laid out anew.

Revision ID: 0013
Revises: 0012
"""

from alembic import op

from xrpc_invites.storage.rebuild import rebuild

revision = "0013"
down_revision = "0012"

BY_USE, BY_USE_OF_BEFORE = (
    "ix_invite_code_use_count_created_at_code",
    "ix_invite_code_use_count_code",
)
IN_ORDER = "created_at, code"


def upgrade() -> None:
    op.create_index(BY_USE, "invite_code", ["use_count", "created_at", "code"])
    op.drop_index(BY_USE_OF_BEFORE, "invite_code")
    rebuild(
        op.get_bind(),
        "invite_code",
        lambda made: made.strip().removesuffix("WITHOUT ROWID"),
        order=IN_ORDER,
    )


def downgrade() -> None:
    op.create_index(BY_USE_OF_BEFORE, "invite_code", ["use_count", "code"])
    op.drop_index(BY_USE, "invite_code")
    rebuild(op.get_bind(), "invite_code", lambda made: f"{made} WITHOUT ROWID", order=IN_ORDER)
