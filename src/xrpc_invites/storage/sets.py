"""What both databases do in words of their own: many values as one parameter, lenient inserts."""

import json
from bisect import bisect_right
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import chain
from operator import itemgetter
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Dialect,
    Select,
    Table,
    TableClause,
    TableValuedAlias,
    Text,
    any_,
    bindparam,
    func,
    insert,
    select,
    type_coerce,
)
from sqlalchemy import column as named
from sqlalchemy.dialects import postgresql, sqlite

from xrpc_invites.storage.prepared import run


def among(
    connection: Connection, column: Column[Any], values: Sequence[str]
) -> ColumnElement[bool]:
    """`column` is one of `values`: no limit on their number, one prepared statement."""
    if connection.dialect.name == "postgresql":
        return column == any_(bindparam(None, list(values), type_=ARRAY(Text)))
    return column.in_(each(connection, values))


def among_numbers(
    connection: Connection, column: Column[Any], values: Sequence[int]
) -> ColumnElement[bool]:
    """`column` is one of these numbers. See `among`."""
    if connection.dialect.name == "postgresql":
        return column == any_(bindparam(None, list(values), type_=ARRAY(BigInteger)))
    listed = func.json_each(json.dumps(list(values))).table_valued(named("value", BigInteger))
    return column.in_(select(listed.c.value))


def among_named(dialect: str, column: Column[Any], name: str) -> ColumnElement[bool]:
    """`column` is one of the values of a parameter, for statements that are made once."""
    if dialect == "postgresql":
        return column == any_(bindparam(name, type_=ARRAY(Text)))
    listed = func.json_each(bindparam(name, type_=Text)).table_valued(named("value", Text))
    return column.in_(select(listed.c.value))


def values_named(dialect: str, values: Sequence[str]) -> object:
    """The value of such a parameter."""
    return list(values) if dialect == "postgresql" else json.dumps(values)


def table_of(dialect: str, *columns: tuple[str, Any]) -> Any:  # noqa: ANN401  # a table of columns
    """A table of rows that are given as parameters."""
    if dialect == "postgresql":
        given = [bindparam(f"c{n}", type_=ARRAY(kind)) for n, (_, kind) in enumerate(columns)]
        table: TableValuedAlias = func.unnest(*given).table_valued(
            *(named(name, kind) for name, kind in columns), name="wanted"
        )
        return table.render_derived()
    listed = func.json_each(bindparam("rows", type_=Text)).table_valued("value", name="given")
    cells = [func.json_extract(listed.c.value, f"$[{n}]") for n in range(len(columns))]
    typed = (
        type_coerce(cell, kind).label(name)
        for cell, (name, kind) in zip(cells, columns, strict=True)
    )
    return select(*typed).subquery("wanted")


def rows_named(dialect: str, rows: Sequence[tuple[Any, ...]]) -> dict[str, object]:
    """The values of the parameters of such a table: a list for each column, or all as JSON."""
    if dialect == "postgresql":
        return {f"c{n}": list(values) for n, values in enumerate(zip(*rows, strict=True))}
    return {"rows": json.dumps(rows)}


def each(connection: Connection, values: Sequence[str]) -> Select[str]:
    """A row for each of `values`."""
    if connection.dialect.name == "postgresql":
        return select(func.unnest(bindparam(None, list(values), type_=ARRAY(Text))).label("value"))
    listed = func.json_each(json.dumps(list(values))).table_valued(named("value", Text))
    return select(listed.c.value)


def lock_rows(connection: Connection, rows: Select[Any]) -> None:
    """Nobody else changes these rows before the transaction ends."""
    # SQLite has one writer at a time anyway.
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.count()).select_from(rows.with_for_update().subquery()))


@contextmanager
def by_index(connection: Connection) -> Generator[None]:
    """Rows are found by indexes within the block, whatever the database believes of its tables."""
    if connection.dialect.name != "postgresql":
        yield
        return
    # PostgreSQL counts a table only some time after it was filled. Before that it would read
    # all codes and all uses for each step down a tree, which takes minutes for seconds.
    connection.execute(_planned("off"))
    yield
    connection.execute(_planned("on"))


def _planned(how: str) -> Select[Any]:
    ways = ("enable_seqscan", "enable_hashjoin", "enable_mergejoin")
    return select(*(func.set_config(way, how, True) for way in ways))  # noqa: FBT003  # until the transaction ends


def insert_all(
    connection: Connection,
    table: TableClause,
    columns: Sequence[str],
    rows: Sequence[Sequence[object]],
) -> None:
    """Insert rows that each have the values of these columns.

    A row that a constraint refuses raises an error, after which the transaction cannot go on.
    """
    if connection.dialect.name == "postgresql":
        named_rows = [dict(zip(columns, row, strict=True)) for row in rows]
        connection.execute(insert(table), named_rows)
        return
    to_driver = _to_driver(table, tuple(columns), connection.dialect)
    given = [to_driver(row) for row in rows]
    while given:
        size = _SIZES[bisect_right(_SIZES, len(given)) - 1]
        statement = _inserting(table, tuple(columns), size, connection.dialect)
        run(connection, statement, [*chain.from_iterable(given[:size])])
        del given[:size]


_SIZES = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128)
"""Rows of one statement: few sizes, so that all stay prepared, and any number in few steps."""


@cache
def _inserting(table: TableClause, columns: Sequence[str], size: int, dialect: Dialect) -> str:
    """SQLite works without the interpreter as long as a statement takes, so it is one for many.

    Failing without undoing what the statement did before, which the transaction's end does, spares
    SQLite a copy of each page that it changes.
    """
    rows = [dict.fromkeys(columns) for _ in range(size)]
    return str(insert(table).prefix_with("OR FAIL").values(rows).compile(dialect=dialect))


@cache
def _to_driver(
    table: TableClause, columns: Sequence[str], dialect: Dialect
) -> Callable[[Sequence[object]], Sequence[object]]:
    """How a row becomes what the driver wants: what SQLAlchemy does costs as much as storing it."""
    # The statement has the columns as the table has them.
    ordered = [column for column in table.c if column.name in columns]
    pick = itemgetter(*(columns.index(column.name) for column in ordered))
    kinds = (column.type.dialect_impl(dialect) for column in ordered)
    turns = [(n, turn) for n, kind in enumerate(kinds) if (turn := kind.bind_processor(dialect))]

    if not turns:
        return pick

    def turned(row: Sequence[object]) -> Sequence[object]:
        changed = [*pick(row)]
        for place, turn in turns:
            changed[place] = turn(changed[place])
        return changed

    return turned


def insert_or_ignore(connection: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """An insert that does nothing when one of the row's keys is taken."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table).on_conflict_do_nothing()
    return sqlite.insert(table).on_conflict_do_nothing()
