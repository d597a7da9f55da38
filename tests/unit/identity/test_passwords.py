"""Password hashes: right, slow for everybody alike, and never too many at a time."""

import asyncio
from collections.abc import Generator

import pytest
from argon2 import Type, extract_parameters
from argon2.exceptions import VerifyMismatchError
from argon2.low_level import verify_secret

from xrpc_invites.identity import passwords
from xrpc_invites.identity.passwords import Argon2Passwords
from xrpc_invites.xrpc.errors import XrpcError

pytestmark = pytest.mark.anyio

BROKEN = [
    "",
    "x",
    "$argon2id$",
    "$argon2id$v=19$m=19456,t=2,p=1$short",
    "$argon2id$v=19$m=0,t=0,p=0$bm9ib2R5IGhhcyB0aGlz$AAAA",
    "$argon2id$v=19$m=19456,t=2,p=1$é$é",
    "$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW",
    "\ud800",
]


@pytest.fixture
def hashes() -> Generator[Argon2Passwords]:
    hashes = Argon2Passwords(threads=1)
    yield hashes
    hashes.close()


@pytest.mark.parametrize("password", ["secret", "x", "pässwörd 🔑", "p" * 256], ids=len)
async def test_the_right_password_is_right(hashes: Argon2Passwords, password: str) -> None:
    assert await hashes.verify(await hashes.hash(password), password)


@pytest.mark.parametrize("other", ["Secret", "secret ", "", "secre", "\ud800"])
async def test_another_password_is_wrong(hashes: Argon2Passwords, other: str) -> None:
    assert not await hashes.verify(await hashes.hash("secret"), other)


async def test_one_password_has_many_hashes(hashes: Argon2Passwords) -> None:
    assert await hashes.hash("secret") != await hashes.hash("secret")


async def test_a_hash_is_argon2id_of_the_recommended_size(hashes: Argon2Passwords) -> None:
    made = extract_parameters(await hashes.hash("secret"))

    assert made.type is Type.ID
    assert (made.memory_cost, made.time_cost, made.parallelism) == (19 * 1024, 2, 1)


async def test_a_hash_does_not_hold_its_password(hashes: Argon2Passwords) -> None:
    assert "secret" not in await hashes.hash("secret")


@pytest.mark.parametrize("password", ["", "secret", "nobody has this"])
async def test_who_has_no_password_has_no_right_one(hashes: Argon2Passwords, password: str) -> None:
    assert not await hashes.verify(None, password)


async def test_who_has_no_password_costs_the_work_of_one_who_has(hashes: Argon2Passwords) -> None:
    own = extract_parameters(await hashes.hash("secret"))
    nobodys = extract_parameters(passwords._NOBODYS)

    costs = ("type", "version", "memory_cost", "time_cost", "parallelism", "hash_len")
    assert [getattr(nobodys, cost) for cost in costs] == [getattr(own, cost) for cost in costs]
    # A mismatch, not a malformed hash: the work is done to the end.
    with pytest.raises(VerifyMismatchError):
        verify_secret(passwords._NOBODYS.encode(), b"secret", Type.ID)


@pytest.mark.parametrize("stored", BROKEN)
async def test_a_broken_hash_makes_every_password_wrong(
    hashes: Argon2Passwords, stored: str
) -> None:
    assert not await hashes.verify(stored, "secret")


async def test_other_work_goes_on_while_a_password_is_hashed(hashes: Argon2Passwords) -> None:
    hashing = asyncio.ensure_future(hashes.hash("secret"))

    await asyncio.sleep(0)

    assert not hashing.done()
    assert await hashing


async def test_one_password_too_many_is_told_to_come_back() -> None:
    hashes = Argon2Passwords(threads=1, waiting=2)

    answers = await asyncio.gather(
        *(hashes.hash("secret") for _ in range(3)), return_exceptions=True
    )
    hashes.close()

    refused = answers[2]
    assert [type(answer) for answer in answers[:2]] == [str, str]
    assert isinstance(refused, XrpcError)
    assert (refused.name, refused.status) == ("ServiceUnavailable", 503)
    assert refused.headers["Retry-After"] == "1"


async def test_places_are_free_again_once_their_passwords_are_done() -> None:
    hashes = Argon2Passwords(threads=1, waiting=1)

    stored = await hashes.hash("secret")

    assert not await hashes.verify("broken", "secret")
    assert await hashes.verify(stored, "secret")
    hashes.close()


async def test_a_caller_who_leaves_gives_up_the_place() -> None:
    hashes = Argon2Passwords(threads=1, waiting=1)
    left = asyncio.ensure_future(hashes.hash("secret"))
    await asyncio.sleep(0)

    left.cancel()

    assert isinstance((await asyncio.gather(left, return_exceptions=True))[0], BaseException)
    assert await hashes.hash("secret")
    hashes.close()


def test_there_are_threads_unless_told_otherwise() -> None:
    hashes = Argon2Passwords()

    assert hashes._threads._max_workers >= 1
    hashes.close()
