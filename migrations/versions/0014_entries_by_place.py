"""The place of an entry in the chain is its row: on SQLite one index less to keep.

The running release goes on. An SQLite file needs room for its sealed entries a second time while
they are laid out anew.

Revision ID: 0014
Revises: 0013
"""

from alembic import op

from xrpc_invites.storage.rebuild import rebuild

revision = "0014"
down_revision = "0013"

# A key of the type INTEGER is the number of the row itself, of 64 bits like any other.
INDEXED, OF_THE_ROW = "seq BIGINT", "seq INTEGER"


def upgrade() -> None:
    _change(INDEXED, OF_THE_ROW)


def downgrade() -> None:
    _change(OF_THE_ROW, INDEXED)


def _change(before: str, after: str) -> None:
    rebuild(op.get_bind(), "audit_entry", lambda made: made.replace(before, after), order="seq")
