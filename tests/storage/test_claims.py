"""Claims that are made together spend what claims made one after another would, and no more."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest

from tests.storage.books import NOON, account, code
from xrpc_invites.invites.claims import Claim, Holder
from xrpc_invites.invites.grants import Grant
from xrpc_invites.invites.model import InviteCode, Terms
from xrpc_invites.invites.ports import one_by_one
from xrpc_invites.invites.status import Attempt
from xrpc_invites.storage.database import Database
from xrpc_invites.storage.store import SqlStore

pytestmark = pytest.mark.anyio

MILLISECOND = timedelta(milliseconds=1)


@one_by_one
def prepare(store: SqlStore, codes: Sequence[InviteCode]) -> None:
    store.accounts.add(account("gone"))
    store.accounts.set_takedown("did:web:gone.test", at=NOON, ref=None)
    store.codes.add(codes)


@one_by_one
def hold(store: SqlStore, key: str) -> bool:
    return store.codes.hold(key, Attempt(NOON))


@one_by_one
def together(store: SqlStore, claims: Sequence[Claim]) -> Mapping[Holder, Grant]:
    return store.claims.each(claims)


def claims(key: str, count: int, **attempt: Any) -> list[Claim]:
    return [Claim(key, f"did:web:u{n}.test", Attempt(NOON, **attempt)) for n in range(count)]


async def counted(database: Database, text: str) -> tuple[int, int]:
    """The uses that are counted, and those that are recorded."""
    found = await database.read(lambda store: store.codes.show(text))
    assert found is not None
    return found.use_count, len(found.uses)


async def test_all_of_many_codes_are_served_at_once(database: Database) -> None:
    terms = Terms(role="editor", tags=("red",))
    await database.write(prepare, [code(f"c{n}x", available=5, terms=terms) for n in (2, 3, 4)])

    granted = await database.write(together, [c for n in (2, 3, 4) for c in claims(f"c{n}x", 4)])

    assert len(granted) == 12
    assert {(one.role, one.tags) for one in granted.values()} == {("editor", ("red",))}
    assert [await counted(database, f"c{n}x") for n in (2, 3, 4)] == [(4, 4)] * 3


async def test_of_ten_for_three_uses_the_first_three_get_one(database: Database) -> None:
    await database.write(prepare, [code("few", available=3), code("many", available=50)])

    granted = await database.write(together, [*claims("few", 10), *claims("many", 10)])

    assert [did for key, did in granted if key == "few"] == [f"did:web:u{n}.test" for n in range(3)]
    assert await counted(database, "few") == (3, 3)
    assert await counted(database, "many") == (10, 10)


async def test_what_is_reserved_is_not_spent(database: Database) -> None:
    await database.write(prepare, [code("few", available=3)])
    assert await database.write(hold, "few")

    assert len(await database.write(together, claims("few", 3))) == 2
    assert await counted(database, "few") == (2, 2)


async def test_who_has_a_use_or_asks_twice_spends_one(database: Database) -> None:
    await database.write(prepare, [code("few", available=3)])

    for _ in range(2):
        assert len(await database.write(together, claims("few", 2) * 2)) == 2

    assert await counted(database, "few") == (2, 2)


@pytest.mark.parametrize("order", [1, -1])
async def test_who_tries_twice_with_one_right_address_gets_in(
    database: Database, order: int
) -> None:
    terms = Terms(email_domains=("example.org",))
    await database.write(prepare, [code("few", available=2, terms=terms)])
    [right] = claims("few", 1, email_domain="example.org")
    [wrong] = claims("few", 1, email_domain="example.com")

    granted = await database.write(together, [right, wrong][::order])

    assert [did for _, did in granted] == ["did:web:u0.test"]
    assert await counted(database, "few") == (1, 1)


@pytest.mark.parametrize(
    "changed",
    [
        {"disabled": True},
        {"email": "ada@example.org"},
        {"terms": Terms(email_domains=("example.org",))},
        {"terms": Terms(not_before=NOON + MILLISECOND)},
        {"terms": Terms(expires_at=NOON)},
        {"for_account": "did:web:gone.test"},
    ],
    ids=["disabled", "for another", "for a domain", "not begun", "over", "owner gone"],
)
async def test_a_code_that_nobody_here_may_use_is_spent_by_nobody(
    database: Database, changed: dict[str, Any]
) -> None:
    await database.write(prepare, [code("kept", available=9, **changed)])

    assert await database.write(together, claims("kept", 3)) == {}
    assert await counted(database, "kept") == (0, 0)


async def test_those_whom_the_terms_admit_are_served_too(database: Database) -> None:
    domains = Terms(email_domains=("example.org",))
    codes = [code("domain", available=9, terms=domains), code("hers", email="ada@example.org")]
    await database.write(prepare, codes)
    theirs = {"email_domain": "example.org", "email": "ada@example.org"}

    granted = await database.write(
        together, [*claims("domain", 2, **theirs), *claims("hers", 1, **theirs)]
    )

    assert len(granted) == 3


async def test_at_its_edges_the_time_of_a_code_holds(database: Database) -> None:
    edges = Terms(not_before=NOON, expires_at=NOON + MILLISECOND)
    await database.write(prepare, [code("edge", available=9, terms=edges)])
    late = Claim("edge", "did:web:late.test", Attempt(NOON + MILLISECOND))

    granted = await database.write(together, [*claims("edge", 2), late])

    assert len(granted) == 2
    assert await counted(database, "edge") == (2, 2)


async def test_nobody_asks(database: Database) -> None:
    assert await database.write(together, []) == {}
