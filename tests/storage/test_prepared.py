"""Prepared statements say what SQLAlchemy says, to both databases."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import URL, Select, bindparam, select
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError

from tests.storage.books import NOON, account, code
from xrpc_invites.storage import engines
from xrpc_invites.storage.columns import Moment
from xrpc_invites.storage.prepared import Prepared
from xrpc_invites.storage.store import SqlStore
from xrpc_invites.storage.tables import account as accounts
from xrpc_invites.storage.tables import invite_code

_SINCE = invite_code.c.created_at >= bindparam("since", type_=Moment)


@pytest.fixture
def filled(url: URL) -> URL:
    """A database with values of every kind, and without."""
    engine = engines.writing(url, lanes=1)
    with engine.begin() as connection:
        store = SqlStore(connection)
        store.codes.add([code("plain"), code("older", created_at=NOON - timedelta(days=1))])
        store.codes.add([code("off", disabled=True, disabled_at=NOON, email="a@mail.test")])
        store.accounts.add(account("ada"))
        store.accounts.add(replace(account("bea"), key=None, email=None, password_hash=None))
    engine.dispose()
    return url


def test_rows_are_those_of_sqlalchemy(filled: URL) -> None:
    engine = engines.reading(filled)
    statements: list[tuple[Select[*tuple[Any, ...]], dict[str, Any]]] = [
        (select(invite_code).where(_SINCE).order_by(invite_code.c.code), {"since": NOON}),
        (select(accounts).order_by(accounts.c.did), {}),
        (select(accounts.c.did).where(accounts.c.handle == bindparam("name")), {"name": "x"}),
    ]

    for statement, asked in statements:
        prepared = Prepared(statement)
        with engine.connect() as connection:
            wanted = connection.execute(statement, asked).all()
            for _ in range(2):
                found = prepared.all(connection, **asked)
                assert [tuple(row) for row in found] == [tuple(row) for row in wanted]
                assert [row._asdict() for row in found] == [dict(row._mapping) for row in wanted]
            assert (prepared.first(connection, **asked) is None) == (not wanted)
    engine.dispose()


def test_a_value_that_is_forgotten_is_not_taken_for_null(filled: URL) -> None:
    engine = engines.reading(filled)

    with engine.connect() as connection, pytest.raises((KeyError, StatementError)):
        Prepared(select(invite_code).where(_SINCE)).all(connection)

    engine.dispose()


def test_errors_are_told_as_sqlalchemy_tells_them(filled: URL) -> None:
    engine = engines.writing(filled, lanes=1)
    added = accounts.insert().values(did="did:web:c.test", handle=bindparam("name"))
    handled = added.values(created_at=NOON).returning(accounts.c.did)

    with pytest.raises(IntegrityError) as told, engine.begin() as connection:
        Prepared(handled).all(connection, name="ada.test")

    assert isinstance(told.value, DBAPIError)
    assert told.value.hide_parameters
    engine.dispose()
