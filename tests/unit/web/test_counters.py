"""Every store counts alike; one that is away is stood in for."""

import logging
import socket
from collections.abc import AsyncGenerator, Generator

import pytest
from redis.asyncio import Redis

from tests import redis_servers
from tests.redis_servers import RedisServer
from tests.unit.web.clocks import Clock
from xrpc_invites.web.counters import Count, Counters, Fallback, Memory, StoreAway
from xrpc_invites.web.redis import RedisCounters, counters

pytestmark = pytest.mark.anyio


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def redis_server() -> Generator[RedisServer]:
    with redis_servers.running() as server:
        yield server


@pytest.fixture(params=["memory", "redis"])
async def store(request: pytest.FixtureRequest) -> AsyncGenerator[Counters]:
    """Every test that asks for a store runs once on each kind."""
    if request.param == "memory":
        yield Memory()
        return
    server: RedisServer = request.getfixturevalue("redis_server")
    shared = RedisCounters(server.url)
    yield shared
    await shared.close()


async def test_uses_are_counted_one_by_one_and_by_key(store: Counters) -> None:
    used = [(await store.add("a", 300)).used for _ in range(3)]

    assert used == [1, 2, 3]
    assert (await store.count("a")).used == 3
    assert (await store.add("b", 300)).used == 1


async def test_a_window_that_nobody_used_has_no_end(store: Counters) -> None:
    assert await store.count("a") == Count(0, 0)


async def test_a_window_says_when_it_ends(store: Counters) -> None:
    begun = await store.add("a", 300)
    later = await store.add("a", 9_999)

    for count in (begun, later, await store.count("a")):
        assert 0 < round(count.seconds) <= 300


class TestMemory:
    """Counts for one process, in bounded room."""

    async def test_a_window_ends_so_long_after_its_first_use(self, clock: Clock) -> None:
        memory = Memory(clock)
        await memory.add("a", 300)
        clock.now += 299
        last = await memory.add("a", 300)
        clock.now += 1

        assert last == Count(2, 1)
        assert await memory.count("a") == Count(0, 0)
        assert await memory.add("a", 300) == Count(1, 300)

    async def test_what_has_ended_makes_room(self, clock: Clock) -> None:
        memory = Memory(clock, most=10)
        for number in range(9):
            await memory.add(f"short {number}", 1)
        await memory.add("long", 300)
        clock.now += 2
        await memory.add("new", 300)

        assert (await memory.count("long")).used == 1
        assert len(memory._windows) == 2

    async def test_a_crowd_pushes_out_those_who_began_first(self, clock: Clock) -> None:
        memory = Memory(clock, most=10)
        for number in range(1_000):
            await memory.add(str(number), 300)
            assert len(memory._windows) <= 10

        assert (await memory.count("999")).used == 1
        assert (await memory.count("0")).used == 0

    async def test_a_window_that_begins_anew_is_a_young_one(self, clock: Clock) -> None:
        memory = Memory(clock, most=4)
        for name, seconds in (("again", 1), ("b", 300), ("c", 300)):
            await memory.add(name, seconds)
        clock.now += 1
        for name in ("again", "d", "e"):
            await memory.add(name, 300)

        assert (await memory.count("again")).used == 1


class TestRedis:
    """Counts for many processes."""

    async def test_two_processes_count_together(self, redis_server: RedisServer) -> None:
        one, two = RedisCounters(redis_server.url), RedisCounters(redis_server.url)

        used = [(await each.add("a", 300)).used for each in (one, two, one)]

        assert used == [1, 2, 3]
        await one.close()
        await two.close()

    async def test_a_counter_is_gone_when_its_window_ends(self, redis_server: RedisServer) -> None:
        store = RedisCounters(redis_server.url)
        client = Redis.from_url(redis_server.url.replace("redis+", ""))
        await store.add("a", 300)
        await store.add("a", 300)

        [key] = await client.keys()
        assert 0 < await client.ttl(key) <= 300
        await client.expire(key, 0)
        assert await store.count("a") == Count(0, 0)
        assert (await store.add("a", 300)).used == 1
        await client.aclose()
        await store.close()

    async def test_a_server_that_is_gone_is_away(self, redis_server: RedisServer) -> None:
        store = RedisCounters(redis_server.url)
        await store.add("a", 300)
        redis_server.process.kill()
        redis_server.process.wait(30)

        with pytest.raises(StoreAway, match=r"^ConnectionError$"):
            await store.add("a", 300)
        await store.close()

    async def test_a_server_that_does_not_answer_is_away(self, redis_server: RedisServer) -> None:
        store = RedisCounters(redis_server.url)
        await store.add("a", 300)
        redis_server.freeze()

        with pytest.raises(StoreAway, match=r"^TimeoutError$"):
            await store.count("a")

        redis_server.thaw()
        assert (await store.add("b", 300)).used == 1
        await store.close()

    async def test_a_server_that_nobody_accepts_for_is_away(self) -> None:
        with socket.create_server(("127.0.0.1", 0), backlog=1) as silent:
            store = RedisCounters(f"redis://127.0.0.1:{silent.getsockname()[1]}")
            with pytest.raises(StoreAway, match=r"^TimeoutError$"):
                await store.add("a", 300)
            await store.close()

    async def test_an_option_that_the_client_does_not_know_is_no_fault_of_a_request(
        self, redis_server: RedisServer
    ) -> None:
        store = RedisCounters(f"{redis_server.url}?nonsense=1")

        with pytest.raises(StoreAway, match=r"^TypeError$"):
            await store.add("a", 300)
        await store.close()

    async def test_what_is_no_counter_is_away_and_not_told(self, redis_server: RedisServer) -> None:
        store = RedisCounters(redis_server.url)
        client = Redis.from_url(redis_server.url.replace("redis+", ""))
        await client.set("xrpc-invites:a", "hunter2")

        with pytest.raises(StoreAway) as raised:
            await store.add("a", 300)
        assert "hunter2" not in f"{raised.value} {raised.value.__cause__}"
        await client.aclose()
        await store.close()


class Wavering:
    """A store that is away when it is told to be."""

    def __init__(self) -> None:
        self.away = False
        self.asked = 0

    async def add(self, _key: str, seconds: int, /) -> Count:
        return self._answer(seconds)

    async def count(self, _key: str, /) -> Count:
        return self._answer(1)

    async def close(self) -> None:
        pass

    def _answer(self, seconds: float) -> Count:
        self.asked += 1
        if self.away:
            raise StoreAway("ConnectionError")
        return Count(77, seconds)


class TestFallback:
    """A store that is away delays nobody, and nobody is unlimited meanwhile."""

    @pytest.fixture
    def shared(self) -> Wavering:
        return Wavering()

    async def test_a_store_that_answers_is_asked(self, shared: Wavering, clock: Clock) -> None:
        assert await Fallback(shared, clock).add("a", 300) == Count(77, 300)

    async def test_while_it_is_away_this_process_counts(
        self, shared: Wavering, clock: Clock
    ) -> None:
        fallback = Fallback(shared, clock)
        shared.away = True

        used = [(await fallback.add("a", 300)).used for _ in range(3)]

        assert used == [1, 2, 3]
        assert await fallback.count("a") == Count(3, 300)

    async def test_it_is_asked_once_in_a_second_and_warned_of_once(
        self, shared: Wavering, clock: Clock, caplog: pytest.LogCaptureFixture
    ) -> None:
        fallback = Fallback(shared, clock)
        shared.away = True

        with caplog.at_level(logging.WARNING):
            for second in range(3):
                for _ in range(10):
                    await fallback.add("a", 300)
                assert shared.asked == second + 1
                clock.now += 1

        assert [record.getMessage() for record in caplog.records] == [
            "limit_store_away error=ConnectionError; each process counts for itself"
        ]

    async def test_when_it_is_back_it_is_asked_again(
        self, shared: Wavering, clock: Clock, caplog: pytest.LogCaptureFixture
    ) -> None:
        fallback = Fallback(shared, clock)
        shared.away = True
        await fallback.add("a", 300)
        shared.away = False

        assert (await fallback.add("a", 300)).used == 2
        clock.now += 1
        assert (await fallback.add("a", 300)).used == 77
        assert (await fallback.add("a", 300)).used == 77

        shared.away = True
        assert (await fallback.add("a", 300)).used == 3
        assert len(caplog.records) == 2


class TestUrls:
    """The setting is read before anything is served, and its password is told to nobody."""

    def test_memory_needs_nothing(self) -> None:
        assert isinstance(counters("memory://"), Memory)

    @pytest.mark.parametrize(
        "scheme", ["redis", "rediss", "valkey", "valkeys", "redis+unix", "valkey+unix"]
    )
    def test_both_servers_are_named_by_their_own_schemes(self, scheme: str) -> None:
        assert isinstance(counters(f"{scheme}://localhost/1"), Fallback)

    @pytest.mark.parametrize(
        "url",
        [
            "",
            "hunter2",
            "memcached://hunter2",
            "http://hunter2@localhost",
            "redis://:hunter2@localhost:port",
            "redis://:hunter2/x@localhost:6379",
            "redis://:hunter2@localhost?socket_timeout=soon",
        ],
    )
    def test_what_cannot_be_read_is_not_repeated(self, url: str) -> None:
        with pytest.raises(ValueError, match=r"must begin|cannot be read") as raised:
            counters(url)

        assert "hunter2" not in str(raised.value)
        assert raised.value.__cause__ is None
        assert raised.value.__suppress_context__ or raised.value.__context__ is None
