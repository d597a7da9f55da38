"""What the store promises of accounts and sessions, on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import URL
from sqlalchemy.exc import OperationalError

from tests.storage.books import NOON, account
from xrpc_invites.accounts.model import Account, Session, Standing
from xrpc_invites.invites.model import Owner
from xrpc_invites.invites.ports import one_by_one
from xrpc_invites.storage import engines
from xrpc_invites.storage.database import Database
from xrpc_invites.storage.store import SqlStore

pytestmark = pytest.mark.anyio


@one_by_one
def add(store: SqlStore, new: Account) -> bool:
    return store.accounts.add(new)


@one_by_one
def add_session(store: SqlStore, new: Session) -> None:
    store.sessions.add(new)


async def by_did(database: Database, name: str) -> Account | None:
    return await database.read(lambda store: store.accounts.by_did(f"did:web:{name}.test"))


def session(jti: str, **changed: object) -> Session:
    given = {"jti": jti, "family": "f", "did": "did:web:ada.test", "expires_at": NOON}
    return Session(**(given | changed))  # type: ignore[arg-type]


async def test_an_account_comes_back_as_it_was_stored(database: Database) -> None:
    ada = account("ada")

    assert await database.write(add, ada)

    assert await by_did(database, "ada") == ada
    assert await database.read(lambda store: store.accounts.by_handle("ada.test")) == ada
    assert await database.read(lambda store: store.accounts.by_email("ada@mail.test")) == ada


@pytest.mark.parametrize("field", ["did", "handle", "email"])
async def test_a_taken_key_adds_nothing(database: Database, field: str) -> None:
    ada = account("ada")
    await database.write(add, ada)

    rival = account("eve", **{field: getattr(ada, field)})

    assert not await database.write(add, rival)
    assert (
        await database.read(lambda store: store.accounts.search("eve@", after=None, limit=9)) == []
    )


async def test_a_deleted_account_keeps_its_handle_alone(database: Database) -> None:
    @one_by_one
    def delete(store: SqlStore, did: str) -> None:
        store.accounts.set_invites(did, disabled=True, note="a note")
        store.accounts.delete(did, at=NOON)
        store.accounts.set_takedown(did, at=NOON, ref="late")

    await database.write(add, account("ada"))
    await database.write(add_session, session("jti"))

    await database.write(delete, "did:web:ada.test")

    ada = await by_did(database, "ada")
    assert ada is not None
    assert ada.standing is Standing.DELETED
    assert (ada.email, ada.password_hash, ada.key, ada.invite_note) == (None,) * 4
    assert ada.taken_down_at is None
    assert not await database.write(add, account("ada", email="new@mail.test"))
    assert await database.write(add, account("eve", email="ada@mail.test"))


async def test_a_note_stays_until_another_replaces_it(database: Database) -> None:
    @one_by_one
    def switch(store: SqlStore, asked: tuple[bool, str | None]) -> None:
        disabled, note = asked
        store.accounts.set_invites("did:web:ada.test", disabled=disabled, note=note)

    await database.write(add, account("ada"))
    await database.write(switch, (True, "spam"))
    await database.write(switch, (False, None))

    ada = await by_did(database, "ada")
    assert ada is not None
    assert (ada.invites_disabled, ada.invite_note) == (False, "spam")


async def test_an_account_that_is_being_changed_is_locked_for_others(postgres_url: URL) -> None:
    engine = engines.writing(postgres_url, lanes=2)
    with engine.begin() as connection:
        SqlStore(connection).accounts.add(account("ada"))

    with engine.begin() as connection, engine.begin() as rival:
        assert SqlStore(connection).accounts.lock("did:web:ada.test") == account("ada")
        rival.exec_driver_sql("SET LOCAL lock_timeout = '1ms'")

        with pytest.raises(OperationalError, match="lock timeout"):
            SqlStore(rival).accounts.lock("did:web:ada.test")
    engine.dispose()


async def test_a_search_finds_a_part_of_the_address(database: Database) -> None:
    names = ["ada", "bea", "cid", "100%"]
    for number, name in enumerate(names):
        at = NOON + timedelta(seconds=number)
        await database.write(add, account(name, created_at=at))

    async def emails(part: str, **paging: object) -> list[str | None]:
        given = {"after": None, "limit": 10} | paging
        found = await database.read(
            lambda store: store.accounts.search(part, **given),  # type: ignore[arg-type]
            scan=True,
        )
        return [one.email for one in found]

    assert await emails("a@mail") == ["bea@mail.test", "ada@mail.test"]
    assert await emails("%") == ["100%@mail.test"]
    assert await emails("_") == []
    assert await emails("", limit=2) == ["100%@mail.test", "cid@mail.test"]
    place = (NOON + timedelta(seconds=2), "did:web:cid.test")
    assert await emails("", after=place) == ["bea@mail.test", "ada@mail.test"]


async def test_accounts_come_in_the_order_asked(database: Database) -> None:
    for name in ("ada", "bea"):
        await database.write(add, account(name))

    asked = ["did:web:bea.test", "did:web:nobody.test", "did:web:ada.test"]
    found = await database.read(lambda store: store.accounts.by_dids(asked))

    assert [one.handle for one in found] == ["bea.test", "ada.test"]


async def test_the_domain_sees_owners_that_are_not_deleted(database: Database) -> None:
    await database.write(add, account("ada"))

    owner = await database.read(lambda store: store.codes.owner("did:web:ada.test"))

    assert owner == Owner("did:web:ada.test", NOON, invites_disabled=False)
    assert await database.read(lambda store: store.codes.owner("did:web:nobody.test")) is None


async def test_withdrawing_leaves_no_trace(database: Database) -> None:
    @one_by_one
    def add_and_withdraw(store: SqlStore, new: Account) -> None:
        store.accounts.add(new)
        store.sessions.add(session("jti"))
        store.accounts.withdraw(new.did)

    await database.write(add_and_withdraw, account("ada"))

    assert await by_did(database, "ada") is None


async def test_a_family_of_sessions_ends_together(database: Database) -> None:
    @one_by_one
    def end(store: SqlStore, family: str) -> list[Session | None]:
        store.sessions.end(family)
        return [store.sessions.find(jti) for jti in ("one", "two", "other")]

    await database.write(add, account("ada"))
    for new in (session("one"), session("two"), session("other", family="g")):
        await database.write(add_session, new)

    assert await database.write(end, "f") == [None, None, session("other", family="g")]


async def test_sessions_that_ran_out_are_tidied_away(database: Database) -> None:
    @one_by_one
    def tidy(store: SqlStore, did: str) -> list[bool]:
        store.sessions.tidy(did, now=NOON)
        return [store.sessions.find(jti) is None for jti in ("old", "young")]

    await database.write(add, account("ada"))
    await database.write(add_session, session("old"))
    await database.write(add_session, session("young", expires_at=NOON + timedelta(seconds=1)))

    assert await database.write(tidy, "did:web:ada.test") == [True, False]
