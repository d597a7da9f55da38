"""The client for Python programs and the server understand each other."""

from collections.abc import AsyncGenerator

import httpx
import pytest

from tests.servers import ADMIN, Served
from xrpc_invites.client import (
    AuthenticationRequired,
    Forbidden,
    IdempotencyMismatch,
    InvalidInviteCode,
    InvalidRequest,
    InvitesClient,
    RedemptionNotFound,
    RedemptionSettled,
)

pytestmark = pytest.mark.anyio

ADA, BEA = (f"did:web:{name}.example" for name in ("ada", "bea"))


def client(server: Served, token: str) -> InvitesClient:
    return InvitesClient("http://localhost:2585", token, transport=Seen(server.client._transport))


class Seen(httpx.AsyncBaseTransport):
    """Remembers the statuses of answers."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner
        self.statuses: list[int] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await self._inner.handle_async_request(request)
        self.statuses.append(answer.status_code)
        return answer


@pytest.fixture
async def invites(server: Served) -> AsyncGenerator[InvitesClient]:
    async with client(server, await server.token("app")) as made:
        yield made


async def made(server: Served, **terms: object) -> str:
    answer = await server.post("org.xrpcinvites.createCodes", terms, auth=ADMIN)
    code: str = answer.json()["codes"][0]["code"]
    return code


async def counts(server: Served, code: str) -> tuple[int, int]:
    """Uses that are made, and that are held."""
    answer = await server.get("org.xrpcinvites.getCode", params={"code": code}, auth=ADMIN)
    view = answer.json()["code"]
    return view["useCount"], view["reservedCount"]


async def test_the_example_works(server: Served, invites: InvitesClient) -> None:
    code = await made(server, role="editor", tags=["beta"], emailDomains=["example.org"])

    async def create_the_account() -> str:
        assert await counts(server, code) == (0, 1)
        return ADA

    async with invites.redeeming(code, email="ada@example.org") as seat:
        did = await create_the_account()
        seat.complete(did)

    assert await counts(server, code) == (1, 0)
    assert seat.grant is not None
    assert (seat.grant.did, seat.grant.role, seat.grant.tags) == (ADA, "editor", ("beta",))
    assert seat.grant.code == code
    assert await invites.check_access([ADA, BEA]) == (seat.grant,)


async def test_a_use_that_is_not_wanted_is_there_for_the_next(
    server: Served, invites: InvitesClient
) -> None:
    code = await made(server)

    async with invites.redeeming(code):
        assert (await invites.preview(code)).usable is False

    assert (await invites.preview(code)).usable
    assert (await invites.redeem(code, did=ADA)).in_force
    assert await invites.redeem(code, did=ADA) == await invites.redeem(code, did=ADA)


async def test_what_is_settled_stays_so(server: Served, invites: InvitesClient) -> None:
    code = await made(server, available=2)
    held = await invites.reserve(code, idempotency_key="k", handle="ada.test", lease_seconds=60)
    assert held.lease_expires_at is not None
    assert (held.lease_expires_at - held.created_at).seconds == 60
    assert (await invites.release(held.id)).state == "released"

    with pytest.raises(RedemptionSettled):
        await invites.complete(held.id, ADA)
    with pytest.raises(IdempotencyMismatch):
        await invites.reserve(code, idempotency_key="k")
    again = await invites.reserve(code, idempotency_key="k", handle="ada.test", lease_seconds=60)
    assert (again.id, again.state, again.idempotency_key) == (held.id, "released", "k")


async def test_each_refusal_has_its_class(server: Served, invites: InvitesClient) -> None:
    code = await made(server)

    with pytest.raises(InvalidInviteCode):
        await invites.reserve("no-such-code")
    with pytest.raises(RedemptionNotFound):
        await invites.complete("none", ADA)
    with pytest.raises(InvalidRequest):
        await invites.redeem(code, did="nobody")
    with pytest.raises(Forbidden):
        await client(server, await server.token("viewer")).reserve(code)
    with pytest.raises(AuthenticationRequired):
        await client(server, "xit_" + "a" * 49).check_access([ADA])


async def test_grants_that_have_not_changed_are_not_sent_again(
    server: Served, invites: InvitesClient
) -> None:
    code = await made(server, available=2)
    await invites.redeem(code, did=ADA)
    seen = invites._transport
    assert isinstance(seen, Seen)
    seen.statuses.clear()

    first = await invites.check_access([ADA, BEA])
    same = await invites.check_access([BEA, ADA])
    revoke = {"did": ADA}
    await server.post("org.xrpcinvites.revokeGrant", revoke, auth=ADMIN)
    revoked = await invites.check_access([ADA, BEA])

    assert seen.statuses == [200, 304, 200]
    assert [grant.did for grant in first] == [ADA]
    assert same == first
    assert revoked == ()
