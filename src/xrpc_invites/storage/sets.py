"""What both databases do in words of their own: many values as one parameter, lenient inserts."""

import json
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
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


def insert_all(connection: Connection, table: Table, rows: Sequence[Mapping[str, object]]) -> None:
    """Insert rows that all have the same columns."""
    if connection.dialect.name == "postgresql":
        connection.execute(insert(table), rows)
        return
    # Rows as the driver wants them: what SQLAlchemy does for each costs as much as storing it.
    statement, converters = _inserting(table, frozenset(rows[0]), connection.dialect)
    given = [tuple([to(row[name]) if to else row[name] for name, to in converters]) for row in rows]
    connection.exec_driver_sql(statement, given)


@cache
def _inserting(
    table: Table, names: frozenset[str], dialect: Dialect
) -> tuple[str, Sequence[tuple[str, Callable[[Any], Any] | None]]]:
    """An insert, and how the value of each of its parameters is made."""
    columns = [column for column in table.c if column.name in names]
    converters = [
        (column.name, column.type.dialect_impl(dialect).bind_processor(dialect))
        for column in columns
    ]
    statement = insert(table).compile(dialect=dialect, column_keys=[c.name for c in columns])
    return str(statement), converters


def insert_or_ignore(connection: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """An insert that does nothing when one of the row's keys is taken."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table).on_conflict_do_nothing()
    return sqlite.insert(table).on_conflict_do_nothing()
