"""How often somebody may ask, by address and by account, and what he hears past the limit."""

import asyncio
import time
from collections.abc import Generator
from typing import Any

import httpx
import pytest

from tests import redis_servers
from tests.conftest import Serve
from tests.redis_servers import RedisServer
from tests.servers import ADMIN, Served, bearer, error_of

pytestmark = pytest.mark.anyio

CREATE = "com.atproto.server.createInviteCode"
DESCRIBE = "com.atproto.server.describeServer"
LIST = "com.atproto.admin.getInviteCodes"
SESSION = "com.atproto.server.getSession"
SIGN_IN = "com.atproto.server.createSession"
SIGN_UP = "com.atproto.server.createAccount"

WRONG = httpx.BasicAuth("admin", "a wrong guess")
HOME = {"X-Forwarded-For": "203.0.113.7"}
ELSEWHERE = {"X-Forwarded-For": "198.51.100.1"}
TOO_MANY = (429, "RateLimitExceeded")
OK = 200


async def limited(serve: Serve, **settings: object) -> Served:
    """A server with limits, behind a proxy through which every test's client comes."""
    return await serve(rate_limits=True, trusted_proxies="127.0.0.1", **settings)


def of_sign_up(name: str, code: str) -> dict[str, str]:
    return {"handle": f"{name}.test", "email": f"{name}@mail.test", "inviteCode": code}


async def sign_up(
    server: Served, name: str, code: str, where: dict[str, str] = HOME
) -> httpx.Response:
    return await server.post(SIGN_UP, of_sign_up(name, code), headers=where)


async def sign_in(
    server: Served, name: str, password: str, where: dict[str, str] = HOME
) -> httpx.Response:
    body = {"identifier": f"{name}.test", "password": password}
    return await server.post(SIGN_IN, body, headers=where)


class TestPublic:
    """Methods that need no credentials, per address."""

    async def test_an_answer_says_what_is_left(self, serve: Serve) -> None:
        server = await limited(serve, limit_public="3/5 minutes")
        before = time.time()

        answers = [await server.get(DESCRIBE, headers=HOME) for _ in range(3)]

        assert [answer.status_code for answer in answers] == [OK] * 3
        assert [answer.headers["RateLimit-Remaining"] for answer in answers] == ["2", "1", "0"]
        for answer in answers:
            assert answer.headers["RateLimit-Limit"] == "3"
            assert answer.headers["RateLimit-Policy"] == "3;w=300"
            # Atproto has a time here, and no number of seconds.
            assert before < int(answer.headers["RateLimit-Reset"]) <= time.time() + 301
            assert "Retry-After" not in answer.headers

    async def test_one_too_many_is_told_when_to_come_again(self, serve: Serve) -> None:
        server = await limited(serve, limit_public="3/5 minutes")
        for _ in range(3):
            await server.get(DESCRIBE, headers=HOME)

        refused = await server.get(DESCRIBE, headers=HOME)
        elsewhere = await server.get(DESCRIBE, headers=ELSEWHERE)

        assert error_of(refused) == TOO_MANY
        assert refused.headers["RateLimit-Remaining"] == "0"
        assert 0 < int(refused.headers["Retry-After"]) <= 300
        assert "x-request-id" in refused.headers
        assert elsewhere.status_code == OK

    async def test_all_public_methods_share_it(self, serve: Serve) -> None:
        server = await limited(serve, limit_public="3/5 minutes")
        await server.get(DESCRIBE, headers=HOME)
        await server.get("com.atproto.temp.checkSignupQueue", headers=HOME)
        await sign_up(server, "ada", "no-such-code")

        assert error_of(await sign_in(server, "ada", "pw")) == TOO_MANY

    async def test_what_does_not_fit_the_lexicon_is_refused_as_that(self, serve: Serve) -> None:
        server = await limited(serve, limit_public="1/5 minutes")
        await server.get(DESCRIBE, headers=HOME)

        unfit = await server.get("com.atproto.identity.resolveHandle", headers=HOME)
        wrong_method = await server.post(DESCRIBE, headers=HOME)

        assert (unfit.status_code, wrong_method.status_code) == (400, 405)

    async def test_operators_are_not_counted(self, serve: Serve) -> None:
        server = await limited(serve, limit_public="1/5 minutes", limit_account="1/5 minutes")

        answers = [await server.get(LIST, auth=ADMIN, headers=HOME) for _ in range(5)]

        assert {answer.status_code for answer in answers} == {OK}
        assert "RateLimit-Limit" not in answers[0].headers

    async def test_health_is_always_told(self, serve: Serve) -> None:
        server = await limited(serve, limit_public="1/5 minutes")

        answers = [await server.get("_health", headers=HOME) for _ in range(5)]

        assert {answer.status_code for answer in answers} == {OK}


class TestAddresses:
    """Who is asking is what trusted proxies say, and nobody else."""

    async def test_a_client_cannot_choose_his_address(self, serve: Serve) -> None:
        server = await serve(rate_limits=True, limit_public="3/5 minutes")

        answers = [
            await server.get(DESCRIBE, headers={"X-Forwarded-For": f"203.0.113.{n}"})
            for n in range(4)
        ]

        assert error_of(answers[3]) == TOO_MANY

    async def test_what_a_client_adds_before_the_proxy_is_not_heard(self, serve: Serve) -> None:
        server = await limited(serve, limit_public="3/5 minutes")

        answers = [
            await server.get(DESCRIBE, headers={"X-Forwarded-For": f"192.0.2.{n}, 203.0.113.7"})
            for n in range(4)
        ]

        assert error_of(answers[3]) == TOO_MANY

    async def test_a_second_line_of_a_header_continues_the_first(self, serve: Serve) -> None:
        server = await limited(serve, limit_public="3/5 minutes")

        answers = [
            await server.get(
                DESCRIBE,
                headers=[("X-Forwarded-For", "203.0.113.7"), ("X-Forwarded-For", "127.0.0.1")],
            )
            for _ in range(4)
        ]
        elsewhere = await server.get(DESCRIBE, headers=ELSEWHERE)

        assert error_of(answers[3]) == TOO_MANY
        assert elsewhere.status_code == OK

    async def test_a_home_cannot_change_its_address(self, serve: Serve) -> None:
        server = await limited(serve, limit_public="3/5 minutes")

        answers = [
            await server.get(DESCRIBE, headers={"X-Forwarded-For": f"2001:db8::{n}"})
            for n in range(4)
        ]

        assert error_of(answers[3]) == TOO_MANY


class TestSignUp:
    """createAccount, per address."""

    async def test_it_has_a_limit_of_its_own(self, serve: Serve) -> None:
        server = await limited(serve, limit_create_account="3/5 minutes")
        code = await server.code(uses=9)

        answers = [await sign_up(server, f"ada{n}", code) for n in range(4)]
        elsewhere = await sign_up(server, "bea", code, ELSEWHERE)
        other = await server.get(DESCRIBE, headers=HOME)

        assert [answer.status_code for answer in answers] == [OK, OK, OK, 429]
        assert [answer.headers["RateLimit-Remaining"] for answer in answers[:3]] == ["2", "1", "0"]
        assert answers[3].json()["error"] == "RateLimitExceeded"
        assert (elsewhere.status_code, other.status_code) == (OK, OK)

    async def test_it_comes_before_credentials(self, serve: Serve) -> None:
        server = await limited(serve, limit_create_account="1/5 minutes")
        wrong = {**HOME, **bearer("no-token")}

        answers = [await server.post(SIGN_UP, of_sign_up("ada", "x"), headers=wrong) for _ in "12"]

        assert [error_of(answer) for answer in answers] == [(401, "BadJwt"), TOO_MANY]


class TestAccount:
    """What one account asks, from wherever."""

    async def test_an_account_has_a_limit_at_all_its_addresses(self, serve: Serve) -> None:
        server = await limited(serve, limit_account="3/5 minutes")
        ada, bea = await server.account("ada"), await server.account("bea")
        of_ada, of_bea = bearer(ada["accessJwt"]), bearer(bea["accessJwt"])

        answers = [
            await server.get(SESSION, headers={**of_ada, "X-Forwarded-For": f"203.0.113.{n}"})
            for n in range(4)
        ]
        other = await server.get(SESSION, headers=of_bea)

        assert [answer.status_code for answer in answers] == [OK, OK, OK, 429]
        assert answers[0].headers["RateLimit-Remaining"] == "2"
        assert error_of(answers[3]) == TOO_MANY
        assert other.status_code == OK

    async def test_it_comes_after_credentials(self, serve: Serve) -> None:
        server = await limited(serve, limit_account="1/5 minutes")
        ada = await server.account("ada")
        await server.get(SESSION, headers=bearer(ada["accessJwt"]))

        answers = [await server.get(SESSION, headers=bearer("wrong")) for _ in range(3)]

        assert {error_of(answer) for answer in answers} == {(400, "InvalidToken")}


class TestFailedCodes:
    """Codes that could not be used, per address; never per code."""

    async def test_the_eleventh_guess_is_not_looked_at(self, serve: Serve) -> None:
        server = await limited(serve)
        code = await server.code()

        wrong = [await sign_up(server, "ada", f"localhost-aaaaa-{n:05}") for n in range(10)]
        right = await sign_up(server, "ada", code)

        assert {error_of(answer) for answer in wrong} == {(400, "InvalidInviteCode")}
        assert [answer.headers["RateLimit-Remaining"] for answer in wrong] == [
            str(left) for left in range(9, -1, -1)
        ]
        assert error_of(right) == TOO_MANY
        assert right.headers["RateLimit-Policy"] == "10;w=300"
        assert 0 < int(right.headers["Retry-After"]) <= 300
        assert (await server.listed())[0]["uses"] == []

    async def test_a_stranger_who_guesses_a_code_keeps_nobody_from_it(self, serve: Serve) -> None:
        server = await limited(serve)
        code = await server.code(uses=2)
        near = [code[:-1] + letter for letter in "abcdefghij" if letter != code[-1]][:9]

        for wrong in near:
            assert error_of(await sign_up(server, "eve", wrong)) == (400, "InvalidInviteCode")
        found = await sign_up(server, "eve", code)
        for _ in range(20):
            await sign_up(server, "mallory", "localhost-wrong-guess")
            await sign_up(server, "mallory", code)
        owner = await sign_up(server, "ada", code, ELSEWHERE)

        assert found.status_code == OK
        assert owner.status_code == OK

    async def test_the_owner_of_a_used_up_code_is_not_counted_for_others_guesses(
        self, serve: Serve
    ) -> None:
        server = await limited(serve, limit_failed_codes="2/5 minutes")
        for _ in range(5):
            await sign_up(server, "eve", "localhost-wrong-guess")

        answers = [await sign_up(server, "ada", "localhost-wrong-guess", ELSEWHERE) for _ in "123"]

        assert [answer.status_code for answer in answers] == [400, 400, 429]

    async def test_codes_that_work_do_not_count(self, serve: Serve) -> None:
        server = await limited(serve, limit_failed_codes="2/5 minutes")
        code = await server.code(uses=9)

        answers = [await sign_up(server, f"ada{n}", code) for n in range(5)]

        assert {answer.status_code for answer in answers} == {OK}

    async def test_other_faults_of_a_sign_up_do_not_count(self, serve: Serve) -> None:
        server = await limited(serve, limit_failed_codes="2/5 minutes")
        code = await server.code(uses=9)

        faulty = [await sign_up(server, "no", code) for _ in range(5)]
        missing = [
            await server.post(SIGN_UP, {"handle": "ada.test"}, headers=HOME) for _ in range(5)
        ]
        after = await sign_up(server, "ada", code)

        assert {error_of(answer) for answer in faulty} == {(400, "InvalidHandle")}
        assert {error_of(answer) for answer in missing} == {(400, "InvalidInviteCode")}
        assert after.status_code == OK

    async def test_many_at_once_get_no_more_guesses(self, serve: Serve) -> None:
        server = await limited(serve)

        answers = await asyncio.gather(
            *(sign_up(server, "eve", f"localhost-aaaaa-{n:05}") for n in range(50))
        )

        statuses = [answer.status_code for answer in answers]
        assert (statuses.count(400), statuses.count(429)) == (10, 40)

    async def test_a_crowd_with_a_good_code_gets_in(self, serve: Serve) -> None:
        server = await limited(serve)
        code = await server.code(uses=30)

        answers = await asyncio.gather(*(sign_up(server, f"ada{n}", code) for n in range(30)))

        assert {answer.status_code for answer in answers} == {OK}


class TestFailedCredentials:
    """Wrong passwords and tokens, per address."""

    @pytest.fixture
    async def server(self, serve: Serve) -> Served:
        return await limited(serve, limit_failed_credentials="3/5 minutes")

    @staticmethod
    async def guess(server: Served, times: int = 3, **options: Any) -> list[httpx.Response]:
        options = {"auth": WRONG, "headers": HOME, **options}
        return [await server.get(LIST, **options) for _ in range(times)]

    async def test_after_too_many_even_the_right_password_waits(self, server: Served) -> None:
        wrong = await self.guess(server)
        right = await server.get(LIST, auth=ADMIN, headers=HOME)
        elsewhere = await server.get(LIST, auth=ADMIN, headers=ELSEWHERE)

        assert {error_of(answer) for answer in wrong} == {(401, "AuthenticationRequired")}
        assert [answer.headers["RateLimit-Remaining"] for answer in wrong] == ["2", "1", "0"]
        assert error_of(right) == TOO_MANY
        assert 0 < int(right.headers["Retry-After"]) <= 300
        assert right.headers["Cache-Control"] == "private"
        assert elsewhere.status_code == OK

    async def test_no_operators_method_is_open_to_more_guesses(self, server: Served) -> None:
        await self.guess(server)

        assert (
            error_of(await server.post(CREATE, {"useCount": 1}, auth=ADMIN, headers=HOME))
            == TOO_MANY
        )

    async def test_a_right_password_never_counts(self, server: Served) -> None:
        await self.guess(server, 2)
        right = [await server.get(LIST, auth=ADMIN, headers=HOME) for _ in range(20)]
        wrong = await self.guess(server, 1)

        assert {answer.status_code for answer in right} == {OK}
        assert wrong[0].status_code == 401

    async def test_many_operators_at_once_are_all_answered(self, server: Served) -> None:
        answers = await asyncio.gather(
            *(server.get(LIST, auth=ADMIN, headers=HOME) for _ in range(30))
        )

        assert {answer.status_code for answer in answers} == {OK}

    async def test_who_sends_no_credentials_guesses_nothing(self, server: Served) -> None:
        none = [await server.get(LIST, headers=HOME) for _ in range(9)]
        right = await server.get(LIST, auth=ADMIN, headers=HOME)
        await self.guess(server)
        still = await server.get(LIST, headers=HOME)

        assert {error_of(answer) for answer in none} == {(401, "AuthenticationRequired")}
        assert right.status_code == OK
        assert still.status_code == 401

    @pytest.mark.parametrize(
        "header", ["Bearer wrong", "Basic wrong", "Basic", "Digest wrong", "wrong", "Bearer a.b.c"]
    )
    async def test_whatever_is_wrong_counts(self, server: Served, header: str) -> None:
        wrong = await self.guess(server, auth=None, headers={**HOME, "Authorization": header})
        right = await server.get(LIST, auth=ADMIN, headers=HOME)

        assert {answer.status_code for answer in wrong} == {401}
        assert error_of(right) == TOO_MANY

    async def test_a_wrong_password_of_an_account_counts_as_well(self, server: Served) -> None:
        await server.account("ada")

        wrong = [await sign_in(server, "ada", "a wrong guess") for _ in range(3)]
        right = await sign_in(server, "ada", "a good password")
        operator = await server.get(LIST, auth=ADMIN, headers=HOME)
        elsewhere = await sign_in(server, "ada", "a good password", ELSEWHERE)

        assert {error_of(answer) for answer in wrong} == {(401, "AuthenticationRequired")}
        assert [answer.headers["RateLimit-Remaining"] for answer in wrong] == ["2", "1", "0"]
        assert error_of(right) == error_of(operator) == TOO_MANY
        assert elsewhere.status_code == OK

    async def test_signing_in_does_not_count(self, server: Served) -> None:
        await server.account("ada")

        answers = [await sign_in(server, "ada", "a good password") for _ in range(5)]

        assert {answer.status_code for answer in answers} == {OK}
        assert answers[0].headers["RateLimit-Limit"] == "3000"

    async def test_many_at_once_get_no_more_guesses(self, server: Served) -> None:
        await server.account("ada")

        answers = await asyncio.gather(*(sign_in(server, "ada", f"guess {n}") for n in range(12)))

        statuses = [answer.status_code for answer in answers]
        assert (statuses.count(401), statuses.count(429)) == (3, 9)

    async def test_an_expired_session_is_no_guess(self, server: Served) -> None:
        stale = [await server.get(SESSION, headers={**HOME, **bearer("stale")}) for _ in range(5)]

        assert {answer.status_code for answer in stale} == {400}
        assert (await server.get(LIST, auth=ADMIN, headers=HOME)).status_code == OK


async def test_previews_are_guesses_as_well(serve: Serve) -> None:
    server = await limited(serve, limit_failed_codes="3/5 minutes")
    code = await server.code()

    async def preview(text: str, where: dict[str, str] = HOME) -> httpx.Response:
        params = {"code": text}
        return await server.get("org.xrpcinvites.previewCode", params=params, headers=where)

    for guess in ("wrong", code, "wronger", code, "wrongest"):
        assert (await preview(guess)).status_code == OK

    assert error_of(await preview(code)) == TOO_MANY
    assert error_of(await sign_up(server, "ada", code)) == TOO_MANY
    assert (await preview(code, ELSEWHERE)).json()["usable"] is True


async def test_without_limits_nobody_is_counted(serve: Serve) -> None:
    server = await serve(rate_limits=False, limit_public="1/day", limit_failed_credentials="1/day")

    for _ in range(3):
        answer = await server.get(DESCRIBE)
        assert answer.status_code == OK
        assert "RateLimit-Limit" not in answer.headers
        assert (await server.get(LIST, auth=WRONG)).status_code == 401


class TestShared:
    """Many replicas, one store."""

    @pytest.fixture
    def redis_server(self) -> Generator[RedisServer]:
        with redis_servers.running() as server:
            yield server

    async def test_replicas_share_what_is_left(
        self, serve: Serve, redis_server: RedisServer
    ) -> None:
        rules = {"limit_public": "3/5 minutes", "rate_limit_store": redis_server.url}
        one, two = await limited(serve, **rules), await limited(serve, **rules)

        answers = [await each.get(DESCRIBE, headers=HOME) for each in (one, two, one, two, one)]

        assert [answer.status_code for answer in answers] == [OK, OK, OK, 429, 429]
        assert [answer.headers["RateLimit-Remaining"] for answer in answers[:3]] == ["2", "1", "0"]

    async def test_guesses_at_one_replica_count_at_the_other(
        self, serve: Serve, redis_server: RedisServer
    ) -> None:
        rules = {"limit_failed_codes": "4/5 minutes", "rate_limit_store": redis_server.url}
        one, two = await limited(serve, **rules), await limited(serve, **rules)
        code = await one.code()

        wrong = [await sign_up(each, "eve", "localhost-wrong-guess") for each in (one, two) * 2]
        right = [await sign_up(each, "eve", code) for each in (one, two)]

        assert {answer.status_code for answer in wrong} == {400}
        assert [error_of(answer) for answer in right] == [TOO_MANY, TOO_MANY]

    async def test_a_store_that_goes_away_stops_nothing(
        self, serve: Serve, redis_server: RedisServer
    ) -> None:
        server = await limited(serve, limit_public="3/5 minutes", rate_limit_store=redis_server.url)
        await server.get(DESCRIBE, headers=HOME)
        redis_server.process.kill()
        redis_server.process.wait(30)

        answers = [await server.get(DESCRIBE, headers=HOME) for _ in range(4)]

        # What the store knew is gone, and this replica counts for itself.
        assert [answer.status_code for answer in answers] == [OK, OK, OK, 429]
