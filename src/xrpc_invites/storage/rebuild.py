"""Laying out a table of an SQLite file anew, for migrations: SQLite changes none that is there."""

from collections.abc import Callable

from sqlalchemy import Connection, text

_MADE = "SELECT sql FROM sqlite_master WHERE tbl_name = :table AND type = :kind AND sql IS NOT NULL"


def rebuild(
    connection: Connection, table: str, change: Callable[[str], str], *, order: str
) -> None:
    """Make a table again, by its statement as it is changed, with its rows in an order.

    On PostgreSQL, which keeps rows as it likes, nothing is done.
    """
    if connection.dialect.name != "sqlite":
        return
    [made] = connection.scalars(text(_MADE), {"table": table, "kind": "table"})
    indexes = connection.scalars(text(_MADE), {"table": table, "kind": "index"}).all()
    for statement in (
        change(made).replace(table, f"{table}_new", 1),
        f"INSERT INTO {table}_new SELECT * FROM {table} ORDER BY {order}",  # noqa: S608  # names of ours
        f"DROP TABLE {table}",
        f"ALTER TABLE {table}_new RENAME TO {table}",
        *indexes,
    ):
        connection.exec_driver_sql(statement)
