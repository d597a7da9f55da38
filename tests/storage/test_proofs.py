"""What the store promises of proofs: each counts for one request, until it is past."""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import URL

from tests.storage.books import NOON
from xrpc_invites.invites.ports import one_by_one
from xrpc_invites.invites.proofs import Consumed, Proof, proof_key
from xrpc_invites.invites.proving import TIDIED, Proving, consume, give_back
from xrpc_invites.storage.database import Database
from xrpc_invites.storage.store import SqlStore

pytestmark = pytest.mark.anyio

MOMENT = timedelta(milliseconds=1)
PROOF = Proof(proof_key("did:web:ada.test", "1"), "a body", NOON + timedelta(minutes=1))
OTHER = replace(PROOF, body="another body")


@dataclass(frozen=True)
class Use:
    proof: Proof | None = PROOF
    now: datetime = NOON
    refused: bool = False


@one_by_one
def use(store: SqlStore, asked: Use) -> Consumed:
    consumed = consume(store, asked.proof, now=asked.now)
    if asked.refused:
        give_back(store, asked.proof)
    return consumed


async def seen(database: Database, proof: Proof, now: datetime = NOON) -> Consumed:
    return await database.read(lambda store: store.proofs.seen(proof, now=now))


async def test_a_proof_is_fresh_once_and_then_a_retry(database: Database) -> None:
    assert await seen(database, PROOF) is Consumed.FRESH
    assert await database.write(use, Use()) is Consumed.FRESH

    assert await seen(database, PROOF) is Consumed.AGAIN
    assert await database.write(use, Use()) is Consumed.AGAIN
    assert await database.write(use, Use()) is Consumed.AGAIN


async def test_a_proof_counts_for_no_other_request(database: Database) -> None:
    await database.write(use, Use())

    assert await seen(database, OTHER) is Consumed.REPLAYED
    assert await database.write(use, Use(OTHER)) is Consumed.REPLAYED
    assert await database.write(use, Use()) is Consumed.AGAIN


async def test_a_proof_counts_up_to_its_end(database: Database) -> None:
    await database.write(use, Use())

    assert await database.write(use, Use(OTHER, PROOF.ends_at)) is Consumed.REPLAYED
    # From then on the token itself is refused; a new one may have the same number.
    later = replace(OTHER, ends_at=PROOF.ends_at + timedelta(minutes=1))
    assert await seen(database, later, PROOF.ends_at + MOMENT) is Consumed.FRESH
    assert await database.write(use, Use(later, PROOF.ends_at + MOMENT)) is Consumed.FRESH
    assert await database.write(use, Use(PROOF, PROOF.ends_at + MOMENT)) is Consumed.REPLAYED


async def test_a_proof_of_what_was_refused_is_as_good_as_before(database: Database) -> None:
    assert await database.write(use, Use(refused=True)) is Consumed.FRESH

    assert await seen(database, OTHER) is Consumed.FRESH
    assert await database.write(use, Use(OTHER)) is Consumed.FRESH


async def test_without_a_proof_there_is_none_to_use(database: Database) -> None:
    assert await database.write(use, Use(None)) is Consumed.FRESH
    assert await database.write(use, Use(None, refused=True)) is Consumed.FRESH


async def test_of_rivals_with_one_proof_one_is_first(url: URL) -> None:
    """Through two writers, as two servers have them, and in lanes of their own."""
    async with Database(url) as one, Database(url) as two:
        uses = [
            (one, two)[n % 2].write(use, Use(replace(PROOF, body=f"body {n}")), lane=str(n))
            for n in range(40)
        ]

        outcomes = await asyncio.gather(*uses)

    assert sorted(outcomes) == [Consumed.FRESH] + [Consumed.REPLAYED] * 39


async def test_proofs_that_are_past_are_dropped_a_number_at_a_time(database: Database) -> None:
    past = [Proof(proof_key("did", str(n)), "", NOON) for n in range(TIDIED + 1)]
    await asyncio.gather(*(database.write(use, Use(one)) for one in past))
    await database.write(use, Use())
    now = NOON

    proving = Proving(database.write, now=lambda: now)

    assert not await proving.tidy()
    assert await seen(database, past[0]) is Consumed.AGAIN
    now += MOMENT
    assert await proving.tidy()
    assert not await proving.tidy()
    assert [await seen(database, one) for one in past[:3]] == [Consumed.FRESH] * 3
    assert await seen(database, PROOF, now) is Consumed.AGAIN


def test_a_key_is_of_both_and_of_one_length() -> None:
    pairs = [
        ("a", "bc"),
        ("ab", "c"),
        ("bc", "a"),
        ("", "abc"),
        ("a", "b" * 9_000),
        ("\ud800", "\x00"),
    ]

    keys = {proof_key(*pair) for pair in pairs}

    assert len(keys) == len(pairs)
    assert {len(key) for key in keys} == {64}


def test_a_proof_shows_nothing_of_itself() -> None:
    assert PROOF.key not in repr(PROOF)
    assert PROOF.body not in repr(PROOF)
