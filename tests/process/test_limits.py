"""Rate limits as an operator meets them: on from the start, and shared where that is set."""

from collections import Counter
from pathlib import Path

import httpx

from tests import redis_servers
from tests.processes import SECRETS, serving
from tests.servers import ADMIN

CREATE = "/xrpc/com.atproto.server.createInviteCode"
DESCRIBE = "/xrpc/com.atproto.server.describeServer"
SIGN_UP = "/xrpc/com.atproto.server.createAccount"

DEFAULT = {"INVITES_RATE_LIMITS": ""}
"""An empty variable is an unset one."""


def test_a_server_that_nobody_configured_stops_a_guesser(tmp_path: Path) -> None:
    wrong = {"handle": "eve.test", "email": "eve@mail.test", "inviteCode": "localhost-wrong-guess"}

    with serving(tmp_path, **SECRETS, **DEFAULT) as server:
        described = httpx.get(f"{server.url}{DESCRIBE}")
        answers = [
            # Nobody is trusted to say where this comes from.
            httpx.post(f"{server.url}{SIGN_UP}", json=wrong, headers={"X-Forwarded-For": f"::{n}"})
            for n in range(12)
        ]
        created = httpx.post(f"{server.url}{CREATE}", json={"useCount": 1}, auth=ADMIN)

    assert described.headers["RateLimit-Policy"] == "3000;w=300"
    assert [answer.status_code for answer in answers] == [400] * 10 + [429] * 2
    assert created.status_code == 200


def test_workers_share_what_is_left_in_a_store(tmp_path: Path) -> None:
    with redis_servers.running() as redis:
        settings = {
            **SECRETS,
            **DEFAULT,
            "INVITES_LIMIT_PUBLIC": "20/hour",
            "INVITES_RATE_LIMIT_STORE": redis.url,
        }
        with serving(tmp_path, "--workers", "2", **settings) as server:
            # Each connection may be another worker's.
            answers = [httpx.get(f"{server.url}{DESCRIBE}") for _ in range(30)]

    assert Counter(answer.status_code for answer in answers) == {200: 20, 429: 10}
