"""Numbers over all codes, as programs are told them."""

from typing import Any

import pytest

from tests.servers import ADMIN, Served, error_of

pytestmark = pytest.mark.anyio

STATS = "org.xrpcinvites.getStats"
ADA = "did:web:ada.example"
AT = "2024-02-03T04:05:06.000Z"
ROWS = [
    {
        "code": "one",
        "available": 5,
        "forAccount": ADA,
        "createdAt": AT,
        "uses": [{"usedBy": ADA, "usedAt": "2024-02-04T00:00:00.000Z"}],
    },
    {"code": "two", "available": 1, "createdAt": AT, "disabled": True, "disabledAt": AT},
]


async def told(server: Served, **params: str) -> dict[str, Any]:
    answer = await server.get(STATS, params=params, auth=ADMIN)
    assert answer.status_code == 200, answer.text
    numbers: dict[str, Any] = answer.json()
    return numbers


async def bring(server: Served) -> None:
    answer = await server.post("org.xrpcinvites.importCodes", {"rows": ROWS}, auth=ADMIN)
    assert answer.status_code == 200, answer.text


async def test_all_numbers_are_told(server: Served) -> None:
    await bring(server)

    numbers = await told(server, since="2024-02-03T12:00:00Z", until="2024-02-04T12:00:00+00:00")

    assert numbers == {
        "totals": {
            "codes": 2,
            "uses": 1,
            "remaining": 5,
            "reserved": 0,
            "invitations": 0,
            "accounts": 0,
        },
        "funnel": {"created": 2, "sent": 0, "previewed": 0, "reserved": 0, "used": 1},
        "series": [
            {"at": "2024-02-03T00:00:00.000Z", "created": 2, "used": 0, "disabled": 1},
            {"at": "2024-02-04T00:00:00.000Z", "created": 0, "used": 1, "disabled": 0},
        ],
        "topInviters": [{"did": ADA, "uses": 1}],
    }


async def test_weeks_begin_on_mondays(server: Served) -> None:
    await bring(server)

    numbers = await told(server, since=AT, until="2024-02-06T00:00:00Z", bucket="week")

    assert [(part["at"], part["created"]) for part in numbers["series"]] == [
        ("2024-01-29T00:00:00.000Z", 2),
        ("2024-02-05T00:00:00.000Z", 0),
    ]


@pytest.mark.parametrize(("bucket", "count"), [("hour", 24), ("day", 30), ("week", 26)])
async def test_without_a_beginning_the_latest_are_told(
    server: Served, bucket: str, count: int
) -> None:
    assert len((await told(server, bucket=bucket))["series"]) == count
    until = {"until": "0001-01-02T00:00:00Z"}
    if bucket == "hour":
        assert len((await told(server, bucket=bucket, **until))["series"]) == 23


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"bucket": "month"}, "bucket must be one of hour, day, week"),
        ({"since": AT, "until": AT}, "since must be before until"),
        ({"since": "2999-01-01T00:00:00Z"}, "since must be before until"),
        ({"since": "2000-01-01T00:00:00Z"}, "by at most 1000 buckets"),
        ({"since": "soon"}, "since must be a datetime"),
        ({"until": "9999-12-31T23:59:59Z", "bucket": "week"}, "since must be before until"),
    ],
)
async def test_a_span_that_is_none_is_refused(
    server: Served, params: dict[str, str], said: str
) -> None:
    answer = await server.get(STATS, params=params, auth=ADMIN)

    assert error_of(answer) == (400, "InvalidRequest")
    assert said in answer.json()["message"]
