"""Two servers on one PostgreSQL: what each does between the other's reading and its commit."""

import asyncio
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import URL, Engine, func, select

from tests.storage.books import NOON, account, code
from xrpc_invites.accounts.admission import Admission, Wanted, admit
from xrpc_invites.accounts.model import Account
from xrpc_invites.accounts.sessions import new_session
from xrpc_invites.invites.grants import Grant
from xrpc_invites.invites.model import InviteCode
from xrpc_invites.invites.ports import one_by_one
from xrpc_invites.invites.redeeming import Redeeming, Wish, _redeem, _Redeeming, _reserve
from xrpc_invites.invites.redemption import Redemption, RedemptionRefusal
from xrpc_invites.invites.status import Attempt
from xrpc_invites.storage import engines
from xrpc_invites.storage.database import Database
from xrpc_invites.storage.store import SqlStore
from xrpc_invites.storage.tables import invite_code, invite_code_use

pytestmark = pytest.mark.anyio

ADA = "did:web:ada.test"
RIVALS = 40
_WAITING = (
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event_type = 'Lock'"
)
Work = Callable[[SqlStore, Sequence[Any]], Sequence[Any]]


@one_by_one
def add(store: SqlStore, made: InviteCode) -> None:
    store.codes.add([made])


@one_by_one
def claim(store: SqlStore, did: str) -> bool:
    return store.codes.claim("code", Attempt(NOON), did=did)


@one_by_one
def books(store: SqlStore, _: None) -> tuple[int, int, int]:
    """Uses counted, uses there, and uses held."""
    ask = store.codes._connection.execute
    row = ask(select(invite_code)).one()
    return (
        row.use_count,
        ask(select(func.count(invite_code_use.c.used_by))).scalar_one(),
        row.pending,
    )


REDEEM = _Redeeming("code", ADA, Attempt(NOON))
RESERVE = Redemption(
    id="first",
    key="code",
    code="code",
    created_at=NOON,
    lease_expires_at=NOON + timedelta(minutes=1),
    caller="token:1",
    idempotency_key="a key",
    request="a request",
)
SIGN_UP = Admission(
    wanted=Wanted("ada.test", "ada@mail.test", "code", ADA),
    account=account("ada"),
    session=new_session(ADA, jti="1", now=NOON),
    code_key="code",
    proof=None,
)


def overtaken(
    engine: Engine, first: tuple[Work, Any], second: tuple[Work, Any]
) -> tuple[Any, Any, Any]:
    """What two units answer of which the second comes before the first commits; then the books."""
    with ThreadPoolExecutor(1) as other:
        with engine.begin() as connection:
            one = _answer(connection, first)
            two = other.submit(_alone, engine, second)
            while not (two.done() or _waiting(engine)):
                pass
        return one, two.result(), _alone(engine, (books, None))


def _answer(connection: Any, asked: tuple[Work, Any]) -> Any:
    work, argument = asked
    [answer] = work(SqlStore(connection), [argument])
    return answer


def _alone(engine: Engine, asked: tuple[Work, Any]) -> Any:
    with engine.begin() as connection:
        return _answer(connection, asked)


def _waiting(engine: Engine) -> bool:
    with engine.connect() as connection:
        return bool(connection.exec_driver_sql(_WAITING).scalar_one())


@pytest.fixture(params=[1, 2], ids=["the last use", "one of two"])
def shared(request: pytest.FixtureRequest, postgres_url: URL) -> Generator[Engine]:
    """A database with one code."""
    engine = engines.writing(postgres_url, lanes=3)
    _alone(engine, (add, code("code", available=request.param)))
    yield engine
    engine.dispose()


def test_who_redeems_through_both_at_once_has_one_use_and_one_answer(shared: Engine) -> None:
    first, second, counted = overtaken(shared, (_redeem, REDEEM), (_redeem, REDEEM))

    assert isinstance(first, Grant)
    assert second == first
    assert counted == (1, 1, 0)


def test_a_reservation_asked_for_through_both_at_once_is_one(shared: Engine) -> None:
    again = replace(RESERVE, id="second")

    first, second, counted = overtaken(shared, (_reserve, RESERVE), (_reserve, again))

    assert first == second == RESERVE
    assert counted == (0, 0, 1)


def test_one_key_for_two_requests_through_both_at_once_is_told(shared: Engine) -> None:
    other = replace(RESERVE, id="second", request="another")

    _, second, counted = overtaken(shared, (_reserve, RESERVE), (_reserve, other))

    assert second is RedemptionRefusal.MISMATCH
    assert counted == (0, 0, 1)


def test_who_signs_up_while_redeeming_elsewhere_is_admitted_by_that_use(shared: Engine) -> None:
    _, second, counted = overtaken(shared, (_redeem, REDEEM), (admit, SIGN_UP))

    assert isinstance(second, Account)
    assert counted == (1, 1, 0)


def test_who_redeems_while_signing_up_elsewhere_has_that_use(shared: Engine) -> None:
    _, second, counted = overtaken(shared, (admit, SIGN_UP), (_redeem, REDEEM))

    assert isinstance(second, Grant)
    assert counted == (1, 1, 0)


def test_a_did_that_claims_through_both_at_once_is_counted_once(shared: Engine) -> None:
    first, _, counted = overtaken(shared, (claim, ADA), (claim, ADA))

    assert first
    assert counted == (1, 1, 0)


@pytest.mark.parametrize("shared", [2], indirect=True)
def test_what_ended_leases_give_back_is_there_for_all_who_come_at_once(shared: Engine) -> None:
    for id_ in ("first", "second"):
        held = replace(RESERVE, id=id_, idempotency_key=None)
        assert _alone(shared, (_reserve, held)) == held
    ended = Attempt(NOON + timedelta(minutes=1))
    ada, bea = (_Redeeming("code", f"did:web:{name}.test", ended) for name in ("ada", "bea"))

    first, second, counted = overtaken(shared, (_redeem, ada), (_redeem, bea))

    assert isinstance(first, Grant)
    assert isinstance(second, Grant)
    assert counted == (2, 2, 0)


async def test_a_crowd_at_both_has_one_use_for_each_did(postgres_url: URL) -> None:
    dids = [f"did:web:{number}.test" for number in range(4)]
    async with Database(postgres_url, lanes=4) as one, Database(postgres_url, lanes=4) as two:
        await one.write(add, code("code", available=len(dids) - 1))
        redeeming = [_redeeming(database) for database in (one, two)]
        answers = await asyncio.gather(
            *(
                redeeming[number % 2].redeem("code", did, address=None)
                for number in range(RIVALS)
                for did in dids
            )
        )
        counted = await one.write(books, None)

    admitted = {answer.did for answer in answers if isinstance(answer, Grant)}
    assert counted == (len(dids) - 1, len(dids) - 1, 0)
    # Whoever was admitted was told so each time, and whoever was not, never.
    assert sum(isinstance(answer, Grant) for answer in answers) == RIVALS * len(admitted)
    assert len(admitted) == len(dids) - 1


async def test_a_crowd_that_repeats_itself_at_both_holds_one_use(postgres_url: URL) -> None:
    wish = Wish(
        code="code", idempotency_key="a key", request="a request", lease=timedelta(minutes=1)
    )
    async with Database(postgres_url, lanes=4) as one, Database(postgres_url, lanes=4) as two:
        await one.write(add, code("code", available=3))
        redeeming = [_redeeming(database) for database in (one, two)]
        answers = await asyncio.gather(
            *(redeeming[number % 2].reserve(wish, caller="token:1") for number in range(RIVALS))
        )
        counted = await one.write(books, None)

    assert len({answer.id for answer in answers if isinstance(answer, Redemption)}) == 1
    assert all(isinstance(answer, Redemption) for answer in answers)
    assert counted == (0, 0, 1)


async def test_crowds_at_many_codes_wait_for_each_other_and_not_in_a_circle(
    postgres_url: URL,
) -> None:
    names = [f"code-{number}" for number in range(40)]
    async with Database(postgres_url, lanes=4) as one, Database(postgres_url, lanes=4) as two:
        for name in names:
            await one.write(add, code(name, available=RIVALS))
        asked = [
            redeeming.redeem(name, f"did:web:{number}.test", address=None)
            # In opposite orders, and in groups.
            for redeeming, those in ((_redeeming(one), names), (_redeeming(two), names[::-1]))
            for number in range(RIVALS // 4)
            for name in those
        ]
        answers = await asyncio.gather(*asked)

    assert all(isinstance(answer, Grant) for answer in answers)


def _redeeming(database: Database) -> Redeeming:
    return Redeeming(
        database.read,
        database.write,
        now=lambda: NOON,
        draw=lambda: uuid4().hex,
        fingerprint=lambda request: request,
    )
