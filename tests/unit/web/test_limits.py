"""The rules: how they are written, what they leave, and that nobody gets more by being many."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import pytest

from tests.unit.web.clocks import Clock
from xrpc_invites.web.counters import Count, Counters, Memory
from xrpc_invites.web.limits import RateLimits, Window, windows
from xrpc_invites.xrpc.limits import Quota, Rule

pytestmark = pytest.mark.anyio

HOME = "203.0.113.7"


def limits(counters: Counters | None = None, **rules: str) -> RateLimits:
    wanted: Mapping[Rule, str] = {Rule(name): text for name, text in rules.items()}
    read = {rule: windows(text) for rule, text in wanted.items()}
    return RateLimits(read, counters or Memory())


class TestWindows:
    """Rules are written in the notation of the limits library."""

    @pytest.mark.parametrize(
        ("text", "read"),
        [
            ("10/5 minutes", [Window(10, 300)]),
            ("10 per 5 minute", [Window(10, 300)]),
            ("1/second", [Window(1, 1)]),
            ("1000/day; 100/5 minutes", [Window(100, 300), Window(1000, 86_400)]),
            ("10/minute, 10/minute", [Window(10, 60)]),
        ],
    )
    def test_they_are_read_shortest_first(self, text: str, read: list[Window]) -> None:
        assert windows(text) == read

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "often",
            "10",
            "10/fortnight",
            "0/minute",
            "-1/minute",
            "1.5/minute",
            "10/2 years",
            "10/999999999999 days",
            "9" * 30 + "/day",
            "9" * 5_000 + "/day",
            "10/minute; often",
        ],
    )
    def test_what_cannot_be_meant_is_refused_with_an_example(self, text: str) -> None:
        with pytest.raises(ValueError, match="100/5 minutes"):
            windows(text)


class TestSpend:
    """Each request counts, and hears what is left."""

    async def test_the_quota_says_what_is_left_and_until_when(self) -> None:
        clock = Clock()
        rules = {Rule.PUBLIC: windows("3/5 minutes")}
        counted = RateLimits(rules, Memory(clock), lambda: 1_800_000_000.5)

        first = await counted.spend(Rule.PUBLIC, HOME)
        clock.now += 100.5
        second = await counted.spend(Rule.PUBLIC, HOME)

        assert first == Quota(limit=3, window=300, remaining=2, wait=300, reset=1_800_000_301)
        assert second == Quota(limit=3, window=300, remaining=1, wait=200, reset=1_800_000_201)

    async def test_the_one_past_the_last_is_exceeded_until_the_window_ends(self) -> None:
        clock = Clock()
        counted = limits(Memory(clock), public="3/5 minutes")

        exceeded = [(await counted.spend(Rule.PUBLIC, HOME)).exceeded for _ in range(5)]
        clock.now += 299.9
        last = await counted.spend(Rule.PUBLIC, HOME)
        clock.now += 0.1
        after = await counted.spend(Rule.PUBLIC, HOME)

        assert exceeded == [False, False, False, True, True]
        assert (last.exceeded, last.remaining, last.wait) == (True, 0, 1)
        assert (after.exceeded, after.remaining) == (False, 2)

    async def test_rules_and_keys_do_not_share(self) -> None:
        counted = limits(public="1/minute", account="1/minute")
        await counted.spend(Rule.PUBLIC, HOME)

        assert not (await counted.spend(Rule.PUBLIC, "198.51.100.1")).exceeded
        assert not (await counted.spend(Rule.ACCOUNT, HOME)).exceeded

    async def test_of_several_windows_the_one_that_leaves_least_is_told(self) -> None:
        clock = Clock()
        counted = limits(Memory(clock), public="2/minute; 3/hour")

        told = []
        for _ in range(2):
            told.append(await counted.spend(Rule.PUBLIC, HOME))
            clock.now += 60
        told.append(await counted.spend(Rule.PUBLIC, HOME))
        refused = await counted.spend(Rule.PUBLIC, HOME)

        assert [(quota.limit, quota.remaining) for quota in told] == [(2, 1), (3, 1), (3, 0)]
        assert (refused.exceeded, refused.limit, refused.wait) == (True, 3, 3_480)

    async def test_what_a_short_window_refuses_does_not_use_up_a_long_one(self) -> None:
        clock = Clock()
        counted = limits(Memory(clock), public="1/minute; 3/hour")
        for _ in range(50):
            await counted.spend(Rule.PUBLIC, HOME)
        clock.now += 60

        assert not (await counted.spend(Rule.PUBLIC, HOME)).exceeded


class Slow:
    """A store across a network: what it is asked is answered after others had their turn."""

    def __init__(self) -> None:
        self._memory = Memory()

    async def add(self, key: str, seconds: int, /) -> Count:
        await self._travel()
        count = await self._memory.add(key, seconds)
        await self._travel()
        return count

    async def count(self, key: str, /) -> Count:
        await self._travel()
        count = await self._memory.count(key)
        await self._travel()
        return count

    async def close(self) -> None:
        pass

    async def _travel(self) -> None:
        for _ in range(3):
            await asyncio.sleep(0)


@pytest.fixture(params=[Memory, Slow])
def guesses(request: pytest.FixtureRequest) -> RateLimits:
    """Ten wrong ones are allowed."""
    return limits(request.param(), failed_codes="10/5 minutes")


Try = Callable[[], Awaitable[bool]]


class Guesser:
    """Tries, and counts what it was allowed."""

    def __init__(self, guesses: RateLimits) -> None:
        self._guesses = guesses
        self.looked = 0
        self.wrong = 0
        self.at_once = 0
        self.most_at_once = 0

    async def guess(self, *, right: bool = False, key: str = HOME) -> bool:
        """Whether the guess was looked at."""
        async with self._guesses.turn(Rule.FAILED_CODES, key) as quota:
            if quota.exceeded:
                return False
            self.looked += 1
            self.at_once += 1
            self.most_at_once = max(self.at_once, self.most_at_once)
            for _ in range(7):
                await asyncio.sleep(0)
            self.at_once -= 1
            if not right:
                self.wrong += 1
                await self._guesses.spend(Rule.FAILED_CODES, key)
            return True


class TestTurn:
    """What may fail waits for its turn, so that many at once get no more tries than one."""

    async def test_one_after_another_ten_wrong_guesses_are_looked_at(
        self, guesses: RateLimits
    ) -> None:
        guesser = Guesser(guesses)

        looked = [await guesser.guess() for _ in range(15)]

        assert looked == [True] * 10 + [False] * 5

    async def test_a_thousand_at_once_get_no_more(self, guesses: RateLimits) -> None:
        guesser = Guesser(guesses)

        looked = await asyncio.gather(*(guesser.guess() for _ in range(1_000)))

        assert sum(looked) == guesser.looked == 10

    async def test_right_guesses_never_count_and_all_get_their_turn(
        self, guesses: RateLimits
    ) -> None:
        guesser = Guesser(guesses)

        looked = await asyncio.gather(*(guesser.guess(right=True) for _ in range(200)))

        assert all(looked)
        assert guesser.most_at_once == 10

    async def test_right_among_wrong_ones_do_not_make_room_for_more(
        self, guesses: RateLimits
    ) -> None:
        guesser = Guesser(guesses)

        await asyncio.gather(*(guesser.guess(right=number % 3 == 0) for number in range(300)))

        assert guesser.wrong == 10
        assert not await guesser.guess(right=True)

    async def test_when_the_window_ends_guesses_are_looked_at_again(self) -> None:
        clock = Clock()
        guesser = Guesser(limits(Memory(clock), failed_codes="10/5 minutes"))
        for _ in range(10):
            await guesser.guess()
        clock.now += 299
        before = await guesser.guess(right=True)
        clock.now += 1

        assert (before, await guesser.guess()) == (False, True)

    async def test_others_do_not_wait(self, guesses: RateLimits) -> None:
        guesser = Guesser(guesses)
        for _ in range(10):
            await guesser.guess()

        assert not await guesser.guess(right=True)
        assert await guesser.guess(key="198.51.100.1")

    async def test_one_who_gives_up_waiting_holds_up_nobody(self, guesses: RateLimits) -> None:
        guesser = Guesser(guesses)
        crowd = [asyncio.create_task(guesser.guess(right=True)) for _ in range(60)]
        for _ in range(10):
            await asyncio.sleep(0)
        for task in crowd[10:40]:
            task.cancel()

        outcomes = await asyncio.gather(*crowd, return_exceptions=True)

        assert [outcome for outcome in outcomes if outcome is not True] != []
        assert all(outcome is True for outcome in outcomes[:10] + outcomes[40:])

    async def test_a_queue_lasts_no_longer_than_somebody_is_in_it(
        self, guesses: RateLimits
    ) -> None:
        guesser = Guesser(guesses)

        await asyncio.gather(*(guesser.guess() for _ in range(20)))

        assert len(guesses._queues) == 0
