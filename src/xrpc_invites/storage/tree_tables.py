"""The tables of frozen trees: each batch, the DIDs that it froze, and the codes that it holds shut.

A code in `frozen_code` is disabled by batches alone. Whoever switches it by hand takes it out.
"""

from sqlalchemy import Column, ForeignKey, Index, Table, Text

from xrpc_invites.storage.columns import Bytewise, Moment, metadata
from xrpc_invites.storage.tables import invite_code

tree_batch = Table(
    "tree_batch",
    metadata,
    Column("id", Bytewise, primary_key=True),
    Column("did", Bytewise, nullable=False),
    Column("reason", Text),
    Column("disabled_at", Moment, nullable=False),
    Column("enabled_at", Moment),
    sqlite_with_rowid=False,
)

frozen_did = Table(
    "frozen_did",
    metadata,
    # By DID and not by account: the users of apps have no account here.
    Column("did", Bytewise, primary_key=True),
    Column("batch_id", Bytewise, ForeignKey(tree_batch.c.id), primary_key=True),
    Index(None, "batch_id", "did"),
    sqlite_with_rowid=False,
)

frozen_code = Table(
    "frozen_code",
    metadata,
    Column("code_key", Bytewise, ForeignKey(invite_code.c.code_key), primary_key=True),
    Column("batch_id", Bytewise, ForeignKey(tree_batch.c.id), primary_key=True),
    Index(None, "batch_id", "code_key"),
    sqlite_with_rowid=False,
)
