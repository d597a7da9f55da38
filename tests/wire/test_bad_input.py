"""No input makes a 500: every field of every method is given what it must not have."""

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from tests.servers import ADMIN, Served, bearer
from xrpc_invites.app import shipped
from xrpc_invites.lexicon import schema
from xrpc_invites.lexicon.load import load

pytestmark = pytest.mark.anyio

LEXICONS = load(shipped("lexicons"))
NASTY: list[Any] = [
    None,
    True,
    0,
    -1,
    2**53 - 1,
    -(2**53) + 1,
    2**63,
    1e300,
    1.5,
    "",
    " ",
    "a\0b",
    "\ud800",
    "x" * 100_000,
    "'; DROP TABLE invite_code; --",
    "%_\\",
    "\N{ZERO WIDTH SPACE}\N{RIGHT-TO-LEFT OVERRIDE}",
    "did:web:" + "x" * 2_000,
    f"{'a' * 63}.test",
    "1::2",
    "9" * 4_000,
    [],
    [[]],
    [None],
    ["x"] * 30_000,
    {},
    {"$type": "x"},
    {"$type": 7, "did": []},
    "2026-02-30T00:00:00Z",
]
GOOD: dict[str, Any] = {
    "useCount": 1,
    "handle": "ada.test",
    "did": "did:web:ada.test",
    "account": "did:web:ada.test",
    "identifier": "ada.test",
    "password": "pw",
    "email": "ada@mail.test",
    "inviteCode": "nope",
    "name": "a name",
    "role": "viewer",
    "id": "0011223344556677",
    "dids": ["did:web:ada.test"],
    "subject": {"$type": "com.atproto.admin.defs#repoRef", "did": "did:web:ada.test"},
}
TYPED = {"Content-Type": "application/json"}
QUERIES = {
    nsid: main
    for nsid, document in LEXICONS.items()
    if isinstance(main := document.defs.get("main"), schema.Query)
}
PROCEDURES = {
    nsid: main
    for nsid, document in LEXICONS.items()
    if isinstance(main := document.defs.get("main"), schema.Procedure)
}


def good(properties: Any) -> dict[str, Any]:
    return {name: value for name, value in GOOD.items() if name in properties}


def bodies(procedure: schema.Procedure) -> Iterator[bytes]:
    """A good body with one field spoiled, for every field and every way; and bodies that are none."""
    wanted = procedure.input.schema if procedure.input else None
    properties = wanted.properties if isinstance(wanted, schema.Object) else {}
    for name in properties:
        for value in NASTY:
            yield json.dumps(good(properties) | {name: value}).encode()
    for value in NASTY:
        yield json.dumps(value).encode()


@pytest.mark.parametrize("nsid", PROCEDURES)
async def test_no_body_makes_a_500(server: Served, nsid: str) -> None:
    token = bearer((await server.account("eve"))["refreshJwt"])
    credentials: list[dict[str, Any]] = [
        {"auth": ADMIN, "headers": TYPED},
        {"headers": token | TYPED},
        {"headers": TYPED},
    ]

    for body in bodies(PROCEDURES[nsid]):
        for given in credentials:
            answer = await server.post(nsid, content=body, **given)
            assert answer.status_code < 500, (body[:200], answer.text)


@pytest.mark.parametrize("nsid", QUERIES)
async def test_no_parameter_makes_a_500(server: Served, nsid: str) -> None:
    properties = QUERIES[nsid].parameters.properties
    token = bearer((await server.account("eve"))["accessJwt"])
    texts = [value for value in NASTY if isinstance(value, str) and value != "\ud800"]

    for name in properties:
        for text in [*texts, "-1", "0", "99999999999999999999", "1e5", "true"]:
            for given in ({"auth": ADMIN}, {"headers": token}):
                params = good(properties) | {name: text[:4_000]}
                answer = await server.get(nsid, params=params, **given)
                assert answer.status_code < 500, (params, answer.text)


@pytest.mark.parametrize(
    "header",
    [
        "Basic",
        "Basic \xff",
        "Bearer \xff.\xff.\xff",
        "Bearer " + "a." * 5_000,
        "é",
        "Basic " + "A" * 9_999,
        "Bearer a.b.c",
    ],
    ids=range(7),
)
@pytest.mark.parametrize(
    "nsid",
    ["com.atproto.server.getSession", "com.atproto.admin.getInviteCodes"],
)
async def test_no_credentials_make_a_500(server: Served, nsid: str, header: str) -> None:
    answer = await server.get(nsid, headers={"Authorization": header.encode("latin-1")})

    assert answer.status_code in {400, 401}


async def test_a_body_that_is_too_large_is_refused_before_it_is_read_whole(server: Served) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(1_000):
            sent += 1
            yield b" " * 65_536

    answer = await server.client.post(
        "/xrpc/com.atproto.server.createInviteCode",
        content=endless(),
        headers={"Content-Type": "application/json"},
        auth=ADMIN,
    )

    assert answer.status_code == 413
    assert sent <= 4
