"""Questions that are asked all the time: one call for those who ask together."""

import asyncio
from collections.abc import Sequence

import pytest
from sqlalchemy import URL, select, text

from tests.storage.books import code
from xrpc_invites.invites.ports import one_by_one
from xrpc_invites.storage import engines
from xrpc_invites.storage.database import Database
from xrpc_invites.storage.store import SqlReadStore, SqlStore

pytestmark = pytest.mark.anyio


@one_by_one
def add(store: SqlStore, name: str) -> None:
    store.codes.add([code(name)])


class Keys:
    """Asks for keys, and counts how many asked together."""

    def __init__(self) -> None:
        self.together: list[int] = []

    def __call__(self, store: SqlReadStore, texts: Sequence[str]) -> Sequence[str | None]:
        self.together.append(len(texts))
        found = store.codes.keys(texts)
        return [found.get(one) for one in texts]


async def test_everybody_gets_his_own_answer(database: Database) -> None:
    names = [f"code-{letter}" for letter in "abcdefghij"]
    for name in names[::2]:
        await database.write(add, name)

    found = await asyncio.gather(*(database.ask(Keys(), name.upper()) for name in names))

    known = [name.replace("-", "") for name in names]
    assert found == [key if n % 2 == 0 else None for n, key in enumerate(known)]


async def test_those_who_ask_a_server_together_are_one_question(database: Database) -> None:
    keys = Keys()

    await asyncio.gather(*(database.ask(keys, f"code-{n}") for n in range(60)))

    assert sum(keys.together) == 60
    alone = database.read._near is not None
    assert len(keys.together) == 60 if alone else len(keys.together) < 12


async def test_what_was_answered_is_seen_by_who_asks_next(database: Database) -> None:
    keys = Keys()

    for n in range(20):
        name = f"code-{chr(97 + n)}"
        assert await database.ask(keys, name) is None
        await database.write(add, name)
        assert await database.ask(keys, name)


async def test_a_question_that_fails_fails_alone(database: Database) -> None:
    def answer(_store: SqlReadStore, numbers: Sequence[int]) -> Sequence[int]:
        if 3 in numbers:
            raise LookupError
        return numbers

    answers = await asyncio.gather(
        *(database.ask(answer, n) for n in range(9)), return_exceptions=True
    )

    assert [one for one in answers if isinstance(one, int)] == [0, 1, 2, 4, 5, 6, 7, 8]
    assert isinstance(answers[3], LookupError)


async def test_a_question_that_fails_is_told_and_the_next_is_answered(database: Database) -> None:
    def fail(_store: SqlReadStore, _names: Sequence[str]) -> Sequence[str]:
        raise LookupError

    failed = await asyncio.gather(
        *(database.ask(fail, str(n)) for n in range(5)), return_exceptions=True
    )

    assert {type(one) for one in failed} == {LookupError}
    assert await database.ask(Keys(), "code") is None


async def test_no_question_leaves_a_transaction_behind(database: Database) -> None:
    def roundabout(store: SqlReadStore, names: Sequence[str]) -> Sequence[int]:
        connection = store.codes._connection
        return [connection.scalar(select(text("1"))) or 0 for _ in names]

    assert await database.ask(roundabout, "one") == 1
    await database.write(add, "code")

    assert await database.ask(Keys(), "code") == "code"


@pytest.mark.parametrize("scan", [True, False])
async def test_a_query_sees_one_state_however_often_it_looks(
    database: Database, url: URL, *, scan: bool
) -> None:
    rival = engines.writing(url, lanes=1)

    def twice(store: SqlReadStore) -> list[bool]:
        seen = [bool(store.codes.keys(["code"]))]
        with rival.begin() as connection:
            SqlStore(connection).codes.add([code("code")])
        return [*seen, bool(store.codes.keys(["code"])), store.codes.find("code") is not None]

    assert await database.read(twice, scan=scan) == [False, False, False]
    assert await database.read(lambda store: store.codes.keys(["code"]))
    rival.dispose()
