"""Bits that are drawn many at once are drawn by one alone."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest

from xrpc_invites.app.dice import Dice


def counted() -> Callable[[int], bytes]:
    """Bytes of which no two neighbours come again: 0, 1, 2 … as numbers of 32 bits."""
    numbers = count()
    return lambda size: b"".join(next(numbers).to_bytes(4, "big") for _ in range(size // 4))


@pytest.mark.parametrize("bits", [1, 7, 8, 50, 64, 40_000])
def test_a_number_has_at_most_so_many_bits(bits: int) -> None:
    dice = Dice()

    drawn = [dice(bits) for _ in range(200)]

    assert all(0 <= number < 1 << bits for number in drawn)
    assert max(drawn).bit_length() > bits - 9


def test_bits_are_used_once_and_in_their_order() -> None:
    dice = Dice(counted())

    assert [dice(32) for _ in range(3_000)] == [*range(3_000)]


def test_threads_share_no_bits() -> None:
    dice = Dice(counted())

    with ThreadPoolExecutor(8) as threads:
        drawn = [*threads.map(lambda _: dice(32), range(20_000))]

    assert sorted(drawn) == [*range(20_000)]


def test_a_name_is_sixteen_hex_digits() -> None:
    names = {Dice().name() for _ in range(100)}

    assert len(names) == 100
    assert {len(name) for name in names} == {16}
    assert all(int(name, 16) >= 0 for name in names)


def test_a_forked_process_draws_others() -> None:
    dice = Dice()
    dice(8)
    read, write = os.pipe()

    child = os.fork()
    if child == 0:
        os.write(write, dice.name().encode())
        os._exit(0)
    os.waitpid(child, 0)

    assert os.read(read, 16).decode() != dice.name()
    os.close(read)
    os.close(write)
