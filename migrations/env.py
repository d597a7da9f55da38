"""Runs the migrations on the connection that `storage.schema` hands over."""

from alembic import context

from xrpc_invites.storage import journal, mail_tables, operator_tables, schema, tables, tree_tables
from xrpc_invites.storage.columns import metadata

# Tables are known to the metadata once their modules are there.
_ = journal, mail_tables, operator_tables, schema, tables, tree_tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
