"""The outbox: mails that are to be sent, and counts of those that were.

Expand step only: the running release does not know the tables, and sends no mail.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

bytewise = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
moment = sa.BigInteger()  # whole milliseconds since 1970
number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")  # of rows, counted up

WAITING = sa.text("ended_at IS NULL")
REMINDERS = sa.text("kind = 'reminder'")


def upgrade() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", number, nullable=False, autoincrement=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("invitation_id", sa.BigInteger, nullable=False),
        sa.Column("sender", bytewise, nullable=False),
        sa.Column("by_account", sa.Boolean, nullable=False),
        sa.Column("domain", bytewise, nullable=False),
        sa.Column("due_at", moment, nullable=False),
        sa.Column("tries", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("holder", sa.Text),
        sa.Column("lease_until", moment),
        sa.Column("ended_at", moment),
        sa.Column("ending", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["invitation.id"], name="fk_outbox_invitation_id"
        ),
        sqlite_autoincrement=True,
    )
    for name, columns in {
        "ix_outbox_due_at_id": ["due_at", "id"],
        "ix_outbox_invitation_id": ["invitation_id"],
    }.items():
        op.create_index(name, "outbox", columns, sqlite_where=WAITING, postgresql_where=WAITING)
    op.create_index(
        "uq_outbox_reminder",
        "outbox",
        ["invitation_id"],
        unique=True,
        sqlite_where=REMINDERS,
        postgresql_where=REMINDERS,
    )
    op.create_table(
        "mail_tally",
        sa.Column("name", bytewise, nullable=False),
        sa.Column("used", sa.BigInteger, nullable=False),
        sa.Column("ends_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_mail_tally"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_mail_tally_ends_at", "mail_tally", ["ends_at"])


def downgrade() -> None:
    op.drop_table("mail_tally")
    op.drop_table("outbox")
