"""New DIDs of did:plc: the operations that make and end them, signed by this server's key."""

from base64 import b32encode, urlsafe_b64encode
from collections.abc import Mapping
from hashlib import sha256

import base58
import libipld
from cryptography.hazmat.primitives.asymmetric import ec

from xrpc_invites.accounts.model import DraftDid, SigningKey
from xrpc_invites.accounts.ports import DirectoryFailedError
from xrpc_invites.identity.fetched import Fetches, FetchFailed
from xrpc_invites.identity.keys import multikey
from xrpc_invites.identity.signatures import P256, SECP256K1, Curve, InvalidKey, sign

SECONDS = 10.0
"""How long the directory may take to take an operation."""

_PRIVATE = {SECP256K1: b"\x81\x26", P256: b"\x86\x26"}
"""The multicodecs of secret scalars."""

_SCALAR = 32
_CID = b"\x01\x71\x12\x20"
"""Version 1, DAG-CBOR, and a SHA-256 of 32 bytes."""

_DID_LENGTH = 24


class RotationKey:
    """The key that may change what the directory says of the DIDs made here."""

    def __init__(self, key: ec.EllipticCurvePrivateKey, curve: Curve) -> None:
        self._key = key
        self._curve = curve
        self.did_key = f"did:key:{multikey(key.public_key(), curve)}"

    @classmethod
    def parse(cls, text: str) -> "RotationKey":
        """A key from 64 hex digits, which is one of secp256k1, or from a secret Multikey.

        Raises:
            InvalidKey: It is neither.
        """
        curve, scalar = _scalar(text.strip())
        try:
            return cls(ec.derive_private_key(int.from_bytes(scalar), curve.group), curve)
        except ValueError:
            raise InvalidKey("no secret key of its curve") from None

    def signed(self, operation: Mapping[str, object]) -> dict[str, object]:
        """The operation with its signature."""
        signature = sign(self._key, encoded(operation), curve=self._curve)
        return {**operation, "sig": urlsafe_b64encode(signature).rstrip(b"=").decode()}


class PlcRegistrar:
    """Makes DIDs of new accounts. See `accounts.ports.Registrar`."""

    def __init__(self, fetcher: Fetches, url: str, *, key: RotationKey, endpoint: str) -> None:
        """`endpoint` is where accounts are served."""
        self._fetcher = fetcher
        self._url = url
        self._key = key
        self._endpoint = endpoint

    def draft(self, handle: str, key: SigningKey, /) -> DraftDid:
        operation = self._key.signed(
            {
                "type": "plc_operation",
                "rotationKeys": [self._key.did_key],
                "verificationMethods": {"atproto": f"did:key:{key.multibase}"},
                "alsoKnownAs": [f"at://{handle}"],
                "services": {
                    "atproto_pds": {
                        "type": "AtprotoPersonalDataServer",
                        "endpoint": self._endpoint,
                    }
                },
                "prev": None,
            }
        )
        digest = sha256(encoded(operation)).digest()
        return DraftDid(f"did:plc:{_base32(digest)[:_DID_LENGTH]}", operation)

    async def submit(self, draft: DraftDid, /) -> None:
        await self._post(draft.did, draft.operation)

    async def withdraw(self, draft: DraftDid, /) -> None:
        tombstone = self._key.signed({"type": "plc_tombstone", "prev": cid(draft.operation)})
        await self._post(draft.did, tombstone)

    async def _post(self, did: str, operation: Mapping[str, object]) -> None:
        try:
            answer = await self._fetcher.post(f"{self._url}/{did}", operation)
        except FetchFailed as error:
            raise DirectoryFailedError(str(error)) from error
        if answer.status != 200:  # noqa: PLR2004
            raise DirectoryFailedError(f"status {answer.status}")


def cid(operation: Mapping[str, object]) -> str:
    """By which later operations name this one."""
    return f"b{_base32(_CID + sha256(encoded(operation)).digest())}"


def encoded(operation: Mapping[str, object]) -> bytes:
    """An operation as it is signed and hashed."""
    return bytes(libipld.encode_dag_cbor(dict(operation)))


def _base32(data: bytes) -> str:
    return b32encode(data).rstrip(b"=").decode().lower()


def _scalar(text: str) -> tuple[Curve, bytes]:
    try:
        if not text.startswith("z"):
            return SECP256K1, _sized(bytes.fromhex(text))
        decoded = base58.b58decode(text.removeprefix("z")) if len(text) < _SCALAR * 3 else b""
    except ValueError:
        raise InvalidKey("neither hex nor a Multikey") from None
    for curve, codec in _PRIVATE.items():
        if decoded.startswith(codec):
            return curve, _sized(decoded.removeprefix(codec))
    raise InvalidKey("a Multikey of no secret key")


def _sized(scalar: bytes) -> bytes:
    if len(scalar) != _SCALAR:
        raise InvalidKey("a secret key has 32 bytes")
    return scalar
