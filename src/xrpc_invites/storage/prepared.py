"""Statements that are asked all the time: made once, and given to SQLite as they are.

SQLAlchemy takes ten times as long over a row as SQLite takes to find it. What a statement says
is SQLAlchemy's all the same, and PostgreSQL, which is asked over a network, is asked through it.
"""

import sqlite3
from collections import namedtuple
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import Connection, Dialect, Select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.dml import ReturningInsert, ReturningUpdate
from sqlalchemy.types import TypeEngine

Row = Any
"""A tuple whose values have the names of the columns, too."""

Statement = (
    Select[*tuple[Any, ...]] | ReturningInsert[*tuple[Any, ...]] | ReturningUpdate[*tuple[Any, ...]]
)

_Turn = Callable[[Any], Any]


class Prepared:
    """A statement with the parameters that `bindparam` names in it; none of them is a list."""

    def __init__(self, statement: Statement) -> None:
        self._statement = statement
        self._made: _Made | None = None

    def all(self, connection: Connection, /, **given: object) -> Sequence[Row]:
        """Every row, its values as the types of their columns have them."""
        raw = driver(connection)
        if raw is None:
            return connection.execute(self._statement, given).all()
        made = self._made_for(connection.dialect)
        return [made.row(values) for values in made.values(raw, given)]

    def first(self, connection: Connection, /, **given: object) -> Row | None:
        """The first row, if there is one."""
        rows = self.all(connection, **given)
        return rows[0] if rows else None

    def plain(self, connection: Connection, /, **given: object) -> Sequence[Sequence[Any]]:
        """Every row as the driver has it, where nothing is to be made of it."""
        raw = driver(connection)
        if raw is None:
            return connection.execute(self._statement, given).all()
        return self._made_for(connection.dialect).values(raw, given)

    def _made_for(self, dialect: Dialect) -> "_Made":
        made = self._made
        if made is None:
            made = self._made = _make(self._statement, dialect)
        return made


class _Made(NamedTuple):
    """What SQLite is given, and what becomes of its rows."""

    text: str
    parameters: Sequence[tuple[str, _Turn | None]]
    """By their place: the name, and how the driver wants the value."""
    fixed: Mapping[str, object]
    """Values that the statement brings along."""
    row: Callable[[Sequence[Any]], Row]

    def values(self, raw: sqlite3.Connection, given: Mapping[str, object]) -> list[Any]:
        known = {**self.fixed, **given} if self.fixed else given
        asked = [turn(known[name]) if turn else known[name] for name, turn in self.parameters]
        try:
            return raw.execute(self.text, asked).fetchall()
        except sqlite3.Error as error:
            raise _told(error) from None


def driver(connection: Connection) -> sqlite3.Connection | None:
    """SQLite's own connection behind one; None where there is a server."""
    raw = connection.connection.driver_connection
    return raw if isinstance(raw, sqlite3.Connection) else None


def run(connection: Connection, text: str, values: Sequence[object] = ()) -> None:
    """Give SQLite a statement that has no rows, with values as it stores them.

    SQLAlchemy hears nothing of it: a transaction that it is to be part of was begun before.
    """
    raw = driver(connection)
    assert raw  # noqa: S101  # no server is asked so
    try:
        raw.execute(text, values)
    except sqlite3.Error as error:
        raise _told(error) from None


@contextmanager
def impatient(connection: Connection) -> Generator[None]:
    """Within the block SQLite says at once that it is busy."""
    raw = driver(connection)
    assert raw  # noqa: S101  # no server is asked so
    [patience] = raw.execute("PRAGMA busy_timeout").fetchone()
    raw.execute("PRAGMA busy_timeout=0")
    try:
        yield
    finally:
        raw.execute(f"PRAGMA busy_timeout={patience}")


def in_transaction(connection: Connection) -> bool:
    """Whether SQLite has begun a transaction there."""
    raw = driver(connection)
    return raw is not None and raw.in_transaction


def _told(error: sqlite3.Error) -> DBAPIError:
    """An error of SQLite as SQLAlchemy tells it; what was asked is left out, and may be a code."""
    told = DBAPIError.instance(None, None, error, sqlite3.Error, hide_parameters=True)
    assert isinstance(told, DBAPIError)  # noqa: S101  # since the error is one of the driver's
    return told


def _make(statement: Statement, dialect: Dialect) -> _Made:
    compiled = statement.compile(dialect=dialect)
    bound = {name: compiled.binds[name] for name in compiled.positiontup or ()}
    parameters = [
        (name, _turn_to(bound[name].type, dialect)) for name in compiled.positiontup or ()
    ]
    # Whoever asks must give the others; one that is forgotten is not taken for NULL.
    fixed = {name: one.effective_value for name, one in bound.items() if not one.required}
    columns = statement.exported_columns
    turns = [
        (place, turn)
        for place, column in enumerate(columns)
        if (turn := _turn_from(column.type, dialect))
    ]
    return _Made(
        str(compiled), parameters, fixed, _rows([column.key or "" for column in columns], turns)
    )


def _rows(names: Sequence[str], turns: Sequence[tuple[int, _Turn]]) -> Callable[..., Row]:
    """How a row is made of values."""
    named = namedtuple("Row", names, rename=True)  # type: ignore[misc]  # noqa: PYI024  # as the statement says
    make = partial(tuple.__new__, named)

    def turned(values: Sequence[Any]) -> Row:
        changed = [*values]
        for place, turn in turns:
            changed[place] = turn(changed[place])
        return make(changed)

    return turned if turns else make


def _turn_to(kind: TypeEngine[Any], dialect: Dialect) -> _Turn | None:
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _turn_from(kind: TypeEngine[Any], dialect: Dialect) -> _Turn | None:
    return kind.dialect_impl(dialect).result_processor(dialect, None)
