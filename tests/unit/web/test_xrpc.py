"""What a method hears of its client: the address that limits count, and for operators its hash."""

from ipaddress import ip_network

import httpx
import pytest

from tests.unit.xrpc.test_pipeline import CREDENTIALS, NSID
from xrpc_invites.lexicon import schema
from xrpc_invites.lexicon.load import Lexicons
from xrpc_invites.lexicon.schema import Document
from xrpc_invites.web.addresses import Addresses
from xrpc_invites.web.xrpc import XrpcEndpoint
from xrpc_invites.xrpc.errors import XrpcError
from xrpc_invites.xrpc.method import Call, Nothing, Query
from xrpc_invites.xrpc.pipeline import Pipeline
from xrpc_invites.xrpc.registry import Registry
from xrpc_invites.xrpc.roles import Operator, Public, Role

pytestmark = pytest.mark.anyio

ADMIN = httpx.BasicAuth("admin", "pw")


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [("198.51.100.1, 203.0.113.7", "203.0.113.7"), ("2001:db8::9", "2001:db8::/64")],
)
async def test_the_client_behind_a_proxy_is_whom_a_method_hears_of(
    forwarded: str, address: str
) -> None:
    calls: list[Call] = []

    async def handle(_asked: Nothing, call: Call) -> Nothing:
        calls.append(call)
        return Nothing()

    needs = Operator(Role.VIEWER)
    method = Query(nsid=NSID, params=Nothing, output=Nothing, needs=needs, handle=handle)
    lexicons = Lexicons([Document(id=NSID, defs={"main": schema.Query()})])
    pipeline = Pipeline(Registry([method], lexicons), CREDENTIALS, trace=lambda a: f"hash of {a}")
    endpoint = XrpcEndpoint(
        pipeline, Addresses([ip_network("127.0.0.1")]), name=lambda: "0123456789abcdef", version="1"
    )
    transport = httpx.ASGITransport(endpoint)

    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        headers = {"X-Forwarded-For": forwarded}
        answer = await client.get(f"/xrpc/{NSID}", auth=ADMIN, headers=headers)

    [call] = calls
    assert (call.address, call.origin) == (address, f"hash of {address}")
    assert call.request == answer.headers["x-request-id"]
    call.missed()  # without limits nobody counts


async def test_a_header_has_no_second_line() -> None:
    async def handle(_asked: Nothing, _call: Call) -> Nothing:
        raise XrpcError("InvalidRequest", "no", headers={"Retry-After": "1\r\nSet-Cookie: a=b"})

    method = Query(nsid=NSID, params=Nothing, output=Nothing, needs=Public(), handle=handle)
    lexicons = Lexicons([Document(id=NSID, defs={"main": schema.Query()})])
    pipeline = Pipeline(Registry([method], lexicons), CREDENTIALS)
    endpoint = XrpcEndpoint(pipeline, Addresses(), name=lambda: "0123456789abcdef", version="1")

    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(endpoint), base_url="http://test"
    ) as client:
        with pytest.raises(ValueError, match="a header"):
            await client.get(f"/xrpc/{NSID}")
