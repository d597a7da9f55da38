"""Invitations: codes made for one person and bound to an e-mail address; tags and what they are.

Expand step only: the running release does not know the tables; it would let anyone use a code
that is bound to an address, so bind codes once every replica runs this release.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

bytewise = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
moment = sa.BigInteger()  # whole milliseconds since 1970
number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")  # of rows, counted up


def upgrade() -> None:
    op.add_column("invite_code", sa.Column("email", bytewise))
    op.create_table(
        "invitee",
        sa.Column("email", bytewise, nullable=False),
        sa.Column("opted_out_at", moment),
        sa.PrimaryKeyConstraint("email", name="pk_invitee"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "invitation",
        sa.Column("id", number, nullable=False, autoincrement=True),
        sa.Column("code_key", bytewise, nullable=False),
        sa.Column("email", bytewise, nullable=False),
        sa.Column("name", sa.Text),
        sa.Column("language", sa.Text),
        sa.Column("invited_by", bytewise, nullable=False),
        sa.Column("credentials", sa.Text, nullable=False),
        sa.Column("generated_at", moment, nullable=False),
        sa.Column("delivery", bytewise, nullable=False),
        sa.Column("sent_at", moment),
        sa.Column("last_sent_at", moment),
        sa.Column("send_count", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("failure", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_invitation"),
        sa.UniqueConstraint("code_key", name="uq_invitation_code_key"),
        sa.ForeignKeyConstraint(
            ["code_key"], ["invite_code.code_key"], name="fk_invitation_code_key"
        ),
        sa.ForeignKeyConstraint(["email"], ["invitee.email"], name="fk_invitation_email"),
    )
    op.create_index("ix_invitation_email", "invitation", ["email"])
    op.create_index("ix_invitation_invited_by_id", "invitation", ["invited_by", "id"])
    op.create_index("ix_invitation_delivery_id", "invitation", ["delivery", "id"])
    op.create_table(
        "invitation_word",
        sa.Column("invitation_id", sa.BigInteger, nullable=False),
        sa.Column("word", bytewise, nullable=False),
        sa.PrimaryKeyConstraint("invitation_id", "word", name="pk_invitation_word"),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["invitation.id"], name="fk_invitation_word_invitation_id"
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_invitation_word_word_invitation_id", "invitation_word", ["word", "invitation_id"]
    )
    op.create_table(
        "tag",
        sa.Column("id", number, nullable=False, autoincrement=True),
        sa.Column("name", bytewise, nullable=False),
        sa.Column("type", bytewise, nullable=False),
        sa.Column("live_name", bytewise),
        sa.Column("description", sa.Text),
        sa.Column("color", sa.Text),
        sa.Column("visible", sa.Boolean, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("visibility_boost", sa.Boolean, nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("deleted_at", moment),
        sa.PrimaryKeyConstraint("id", name="pk_tag"),
        sa.UniqueConstraint("type", "live_name", name="uq_tag_type_live_name"),
    )
    op.create_index("ix_tag_name_id", "tag", ["name", "id"])


def downgrade() -> None:
    for table in ("tag", "invitation_word", "invitation", "invitee"):
        op.drop_table(table)
    op.drop_column("invite_code", "email")
