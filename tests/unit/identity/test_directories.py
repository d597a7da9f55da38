"""Where documents lie, and what is read of them."""

import json
from typing import Any

import httpx
import pytest

from tests.unit.identity.speaking import KEYS, document, multikey_of
from xrpc_invites.identity.directories import (
    MAX_METHODS,
    DidDocument,
    Directories,
    Unknown,
    Unresolvable,
    read,
)
from xrpc_invites.identity.fetching import Fetcher
from xrpc_invites.identity.signatures import P256, SECP256K1, from_multikey

pytestmark = pytest.mark.anyio

PLC = "did:plc:ewvi7nxzyoun6zhxrhs64oiz"
WEB = "did:web:ada.test"
KEY = from_multikey(multikey_of(KEYS[SECP256K1]))


class Internet:
    """Answers every GET with a document of the DID that is asked for, or with this status."""

    def __init__(self, did: str, *, status: int = 200) -> None:
        self.asked: list[str] = []
        self._did = did
        self._status = status

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(str(request.url))
        body = json.dumps(document(self._did, multikey_of(KEYS[SECP256K1])))
        return httpx.Response(self._status, stream=httpx.ByteStream(body.encode()))

    async def resolve(self, plc_url: str | None = "https://plc.test/dir") -> DidDocument:
        fetcher = Fetcher(httpx.MockTransport(self))
        directories = Directories(plc=fetcher, plc_url=plc_url, web=fetcher)
        try:
            return await directories.document(self._did)
        finally:
            await directories.close()


@pytest.mark.parametrize(
    ("did", "url"),
    [
        (PLC, f"https://plc.test/dir/{PLC}"),
        (WEB, "https://ada.test/.well-known/did.json"),
        ("did:web:ada.test%3A8443", "https://ada.test:8443/.well-known/did.json"),
    ],
)
async def test_a_document_lies_where_its_did_says(did: str, url: str) -> None:
    internet = Internet(did)

    found = await internet.resolve()

    assert internet.asked == [url]
    assert found == DidDocument(did, {"atproto": KEY})


@pytest.mark.parametrize(
    "did",
    [
        "did:plc:short",
        PLC.replace("e", "1"),
        f"{PLC}a",
        PLC.upper(),
        "did:web:ada.test:users:ada",
        "did:web:ada.test%2Fusers",
        "did:web:ada.test%3A",
        "did:web:ada.test%3A123456",
        "did:web:ada.test%3A80%2F",
        "did:web:%5B::1%5D",
        "did:web:",
        "did:web:-ada.test",
        "did:web:ada@eve.test",
        "did:key:zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme",
        "",
    ],
)
async def test_any_other_did_is_nowhere(did: str) -> None:
    internet = Internet(did)

    with pytest.raises(Unresolvable):
        await internet.resolve()

    assert internet.asked == []


async def test_without_a_directory_did_plc_is_nowhere() -> None:
    internet = Internet(PLC)

    with pytest.raises(Unresolvable):
        await internet.resolve(plc_url=None)

    assert internet.asked == []


@pytest.mark.parametrize("status", [201, 400, 404, 410, 500])
@pytest.mark.parametrize("did", [PLC, WEB])
async def test_only_the_directory_knows_that_there_is_no_such_did(did: str, status: int) -> None:
    with pytest.raises(Unresolvable) as refused:
        await Internet(did, status=status).resolve()

    assert isinstance(refused.value, Unknown) is (did == PLC and status in {404, 410})


def found(changed: dict[str, Any]) -> DidDocument:
    return read(WEB, json.dumps(document(WEB, multikey_of(KEYS[P256])) | changed).encode())


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"{}",
        b"\xff\xfe",
        b"[" * 60_000,
        json.dumps({"id": "did:web:eve.test"}).encode(),
        json.dumps({"id": [WEB]}).encode(),
    ],
    ids=range(8),
)
def test_what_is_no_document_of_this_did_is_refused(body: bytes) -> None:
    with pytest.raises(Unresolvable):
        read(WEB, body)


def method(**changed: object) -> dict[str, object]:
    [made] = document(WEB, multikey_of(KEYS[P256]))["verificationMethod"]
    return dict(made | changed)


@pytest.mark.parametrize("id_", ["#atproto", f"{WEB}#atproto"])
def test_a_key_is_found_by_its_fragment(id_: str) -> None:
    key = from_multikey(multikey_of(KEYS[P256]))

    assert found({"verificationMethod": [method(id=id_)]}).keys == {"atproto": key}


def test_a_labelers_key_is_another() -> None:
    label = method(id="#atproto_label", publicKeyMultibase=multikey_of(KEYS[SECP256K1]))

    keys = found({"verificationMethod": [label, method()]}).keys

    assert keys == {"atproto": from_multikey(multikey_of(KEYS[P256])), "atproto_label": KEY}


@pytest.mark.parametrize(
    "methods",
    [
        None,
        {},
        [None],
        [[]],
        ["#atproto"],
        [method(id="atproto")],
        [method(id="#atproto2")],
        [method(id="did:web:eve.test#atproto")],
        [method(id=f"{WEB}#x#atproto")],
        [method(id=7)],
        [method(id=["#atproto"])],
        [method(controller="did:web:eve.test")],
        [method(controller=None)],
        [method(type="JsonWebKey2020")],
        [method(type=None)],
        [method(type="EcdsaSecp256k1VerificationKey2019")],
        [method(publicKeyMultibase=None)],
        [method(publicKeyMultibase="nonsense")],
        # The first that bears the name counts: there is no choosing among them.
        [method(publicKeyMultibase="nonsense"), method()],
        [*[method(id="#other")] * MAX_METHODS, method()],
    ],
)
def test_a_method_that_is_not_quite_right_gives_no_key(methods: object) -> None:
    assert found({"verificationMethod": methods}).keys == {}
