"""The ledger keeps its promises where every transaction is serializable, as distributed engines run them."""

import asyncio

import pytest
from sqlalchemy import URL, text

from tests.storage.books import NOON, code
from tests.storage.test_codes import (
    test_a_did_that_claims_a_code_again_has_one_use,
)
from tests.storage.test_ledgers import test_the_ledger_in_sql_does_what_the_one_in_memory_does
from tests.storage.test_redemptions import test_redemptions_in_sql_do_what_the_model_foretells
from xrpc_invites.invites.model import InviteCode
from xrpc_invites.invites.ports import StoreBusyError, one_by_one
from xrpc_invites.invites.status import Attempt
from xrpc_invites.storage.database import Database
from xrpc_invites.storage.store import SqlStore

# Collected here too, with the database of this module.
__all__ = [
    "test_a_did_that_claims_a_code_again_has_one_use",
    "test_redemptions_in_sql_do_what_the_model_foretells",
    "test_the_ledger_in_sql_does_what_the_one_in_memory_does",
]

pytestmark = pytest.mark.anyio

RIVALS, USES = 60, 20


@one_by_one
def add(store: SqlStore, made: InviteCode) -> None:
    store.codes.add([made])


@one_by_one
def claim(store: SqlStore, did: str) -> bool:
    return store.codes.claim("code", Attempt(NOON), did=did)


@one_by_one
def isolation(store: SqlStore, _: None) -> str:
    asked = text("SELECT current_setting('transaction_isolation')")
    return str(store.codes._connection.execute(asked).scalar_one())


@pytest.fixture
def url(postgres_url: URL) -> URL:
    """A database whose transactions are serializable unless they say otherwise."""
    return postgres_url.update_query_dict(
        {"options": "-c default_transaction_isolation=serializable"}
    )


async def test_writing_transactions_are_serializable_here(database: Database) -> None:
    assert await database.write(isolation, None) == "serializable"


async def test_a_crowd_at_two_replicas_has_the_uses_of_a_code(url: URL) -> None:
    async def ask(database: Database, did: str) -> bool:
        while True:
            try:
                return await database.write(claim, did, lane=did)
            except StoreBusyError:
                continue  # as a client does that is told to try again

    async with Database(url, lanes=4) as one, Database(url, lanes=4) as two:
        await one.write(add, code("code", available=USES))
        dids = [f"did:web:{number}.test" for number in range(RIVALS)]
        told = await asyncio.gather(
            *(ask((one, two)[number % 2], did) for number, did in enumerate(dids))
        )
        found = await one.read(lambda store: store.codes.uses("code", after=None, limit=RIVALS))

    admitted = {did for did, answer in zip(dids, told, strict=True) if answer}
    assert {use.used_by for use, _ in found} == admitted
    assert len(admitted) == USES
