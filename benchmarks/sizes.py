"""How many bytes a million codes take on PostgreSQL, by table and by index.

Each code was used once, by an account of its own, after a reservation. `python -m benchmarks.sizes`
prints a row for each table; it is no part of `make bench`, since sizes do not change by themselves.
"""

import sys

from sqlalchemy import text

from tests import postgres
from xrpc_invites.app import shipped
from xrpc_invites.storage import engines, schema

CODES = 1_000_000
# Texts that are spread over their indexes, as drawn ones are.
_FILL = """
WITH drawn AS MATERIALIZED (
  SELECT n, 1767268800000 + n AS at,
    'did:plc:' || lpad(to_hex(n * 2654435761 % 1099511627776), 24, 'z') AS did,
    lpad(to_hex(n * 2654435761 % 1099511627776), 10, 'a') AS drawn
  FROM generate_series(1, :codes) n
), code AS (
  INSERT INTO invite_code
    (code_key, code, available, use_count, for_account, created_by, created_at, last_used_at)
  SELECT 'invitesexamplecom' || drawn, 'invites-example-com-' || drawn, 1, 1, did, did, at, at + 9
  FROM drawn
), used AS (
  INSERT INTO invite_code_use (code_key, used_by, used_at)
  SELECT 'invitesexamplecom' || drawn, did, at + 9 FROM drawn
)
INSERT INTO redemption
  (code_key, id, state, created_at, settled_at, used_by, caller, idempotency_key, request)
SELECT 'invitesexamplecom' || drawn, left(md5(n::text), 22), 'completed', at, at + 9, did,
  'token:' || left(md5('app'), 22), left(md5('key' || n), 22), md5('a' || n) || md5('b' || n)
FROM drawn
"""
_SIZES = text(
    "SELECT relname AS name, CAST(reltuples AS bigint) AS rows, pg_table_size(oid) AS table_size,"
    " pg_indexes_size(oid) AS index_size FROM pg_class WHERE relkind = 'r'"
    " AND relname IN ('invite_code', 'invite_code_use', 'redemption') ORDER BY relname"
)
_INDEXES = text(
    "SELECT indexrelname AS name, pg_relation_size(indexrelid) AS size FROM pg_stat_user_indexes"
    " WHERE relname IN ('invite_code', 'invite_code_use', 'redemption')"
    " ORDER BY relname, size DESC"
)


def main() -> None:
    """Fill a database of its own, and measure it."""
    out = [
        f"| {CODES:,} codes | rows | table | bytes/row | indexes | bytes/row |",
        "|---" * 6 + "|",
    ]
    with postgres.running() as server:
        url = server.create()
        schema.migrate(url, shipped("migrations"))
        engine = engines.writing(url, lanes=1)
        with engine.connect() as connection:
            alone = connection.execution_options(isolation_level="AUTOCOMMIT")
            alone.execute(text(_FILL), {"codes": CODES})
            alone.execute(text("VACUUM ANALYZE"))
            for row in alone.execute(_SIZES):
                table, index = row.table_size, row.index_size
                out.append(
                    f"| `{row.name}` | {row.rows:,} | {table / 1e6:.0f} MB | {table / row.rows:.0f}"
                    f" | {index / 1e6:.0f} MB | {index / row.rows:.0f} |"
                )
            out += ["", "| index | MB |", "|---|---|"]
            out += [f"| `{row.name}` | {row.size / 1e6:.0f} |" for row in alone.execute(_INDEXES)]
        engine.dispose()
    sys.stdout.write("\n".join(out) + "\n")


if __name__ == "__main__":
    main()
