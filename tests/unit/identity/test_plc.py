"""Operations of did:plc: what is signed, what follows from it, and how a directory is told."""

import json
from base64 import urlsafe_b64decode
from typing import Any

import base58
import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from xrpc_invites.accounts.model import DraftDid, SigningKey
from xrpc_invites.accounts.ports import DirectoryFailedError
from xrpc_invites.identity.fetching import Fetcher
from xrpc_invites.identity.plc import PlcRegistrar, RotationKey, cid, encoded
from xrpc_invites.identity.signatures import P256, SECP256K1, InvalidKey, from_did_key

pytestmark = pytest.mark.anyio

HEX = "9085d2bef69286a6cbb51623c8fa258629945cd55ca705cc4e66700396894e0c"
PUBLIC = "zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme"
KEY = SigningKey(bytes.fromhex(HEX), PUBLIC)

# Made by npm's @did-plc/lib, whose hash of it is the DID.
OPERATION: dict[str, Any] = {
    "type": "plc_operation",
    "verificationMethods": {"atproto": f"did:key:{PUBLIC}"},
    "rotationKeys": [f"did:key:{PUBLIC}"],
    "alsoKnownAs": ["at://ada.test"],
    "services": {
        "atproto_pds": {"type": "AtprotoPersonalDataServer", "endpoint": "https://pds.test"}
    },
    "prev": None,
    "sig": "dty4R2zNAj2Bn4ptQ1DBKIb1LOLHdox5NiueISK1EwoA9Z-tysW1Wio8NuhrzHRVD7O82MOg_Ko7VA3ks-0bMA",
}
DID = "did:plc:aysfk6dxqeaporjaegkmz42h"


class Directory:
    """Notes what it is sent, and answers with this status."""

    def __init__(self, status: int = 200) -> None:
        self.status = status
        self.sent: list[tuple[str, Any]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.sent.append((str(request.url), json.loads(request.content)))
        return httpx.Response(self.status, stream=httpx.ByteStream(b"{}"))

    @property
    def registrar(self) -> PlcRegistrar:
        return PlcRegistrar(
            Fetcher(httpx.MockTransport(self)),
            "https://plc.test",
            key=RotationKey.parse(HEX),
            endpoint="https://pds.test",
        )


def signature_holds(operation: dict[str, Any]) -> bool:
    unsigned = {name: value for name, value in operation.items() if name != "sig"}
    return from_did_key(f"did:key:{PUBLIC}").verify(
        encoded(unsigned), urlsafe_b64decode(operation["sig"] + "==")
    )


def test_an_operation_is_signed_and_hashed_as_others_do_it() -> None:
    drafted = Directory().registrar.draft("ada.test", KEY)

    assert signature_holds(OPERATION)
    assert signature_holds(dict(drafted.operation))
    assert drafted.operation == {**OPERATION, "sig": drafted.operation["sig"]}
    assert drafted.did.startswith("did:plc:")
    assert len(drafted.did) == len(DID)


def test_a_did_is_the_hash_of_its_first_operation() -> None:
    class Signed(RotationKey):
        def signed(self, operation: Any) -> dict[str, object]:
            return {**operation, "sig": OPERATION["sig"]}

    registrar = PlcRegistrar(
        Fetcher(httpx.MockTransport(Directory())),
        "https://plc.test",
        key=Signed.parse(HEX),
        endpoint="https://pds.test",
    )

    assert registrar.draft("ada.test", KEY).did == DID


async def test_a_draft_is_submitted_under_its_did() -> None:
    directory = Directory()
    draft = directory.registrar.draft("ada.test", KEY)

    await directory.registrar.submit(draft)

    assert directory.sent == [(f"https://plc.test/{draft.did}", dict(draft.operation))]


async def test_a_did_is_withdrawn_by_a_tombstone_on_its_first_operation() -> None:
    directory = Directory()

    await directory.registrar.withdraw(DraftDid(DID, OPERATION))

    [(url, sent)] = directory.sent
    assert url == f"https://plc.test/{DID}"
    assert (sent["type"], sent["prev"]) == ("plc_tombstone", cid(OPERATION))
    assert sent["prev"].startswith("bafyrei")
    assert signature_holds(sent)


@pytest.mark.parametrize("status", [201, 302, 400, 429, 500])
async def test_a_directory_that_does_not_take_it_has_failed(status: int) -> None:
    registrar = Directory(status).registrar

    with pytest.raises(DirectoryFailedError, match=str(status)):
        await registrar.submit(registrar.draft("ada.test", KEY))


async def test_a_directory_that_is_not_there_has_failed() -> None:
    def away(_request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("away")

    fetcher = Fetcher(httpx.MockTransport(away))
    registrar = PlcRegistrar(fetcher, "http://x.test", key=RotationKey.parse(HEX), endpoint="")

    with pytest.raises(DirectoryFailedError):
        await registrar.submit(registrar.draft("ada.test", KEY))


def secret_multikey(codec: bytes, scalar: bytes = bytes.fromhex(HEX)) -> str:
    return f"z{base58.b58encode(codec + scalar).decode()}"


def test_a_rotation_key_is_written_as_hex_or_as_a_multikey() -> None:
    public = ec.derive_private_key(int(HEX, 16), P256.group).public_key().public_numbers()

    assert RotationKey.parse(f" {HEX}\n").did_key == f"did:key:{PUBLIC}"
    assert RotationKey.parse(secret_multikey(b"\x81\x26")).did_key == f"did:key:{PUBLIC}"
    other = from_did_key(RotationKey.parse(secret_multikey(b"\x86\x26")).did_key)
    assert (other.curve, other.point[1:]) == (P256, public.x.to_bytes(32))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "z",
        "nonsense",
        HEX[:-2],
        f"{HEX}00",
        "00" * 32,
        "ff" * 32,
        f"{SECP256K1.order:064x}",
        PUBLIC,
        secret_multikey(b"\x81\x26", b"\x01" * 31),
        secret_multikey(b"\x80\x26"),
        "z" + "1" * 5_000,
        "zé",
        "z0",
    ],
    ids=range(14),
)
def test_what_is_no_secret_key_is_refused(text: str) -> None:
    with pytest.raises(InvalidKey) as refused:
        RotationKey.parse(text)

    assert not text.strip() or text not in str(refused.value)


def test_a_draft_does_not_show_its_signature() -> None:
    assert OPERATION["sig"] not in repr(DraftDid(DID, OPERATION))
