"""DIDs that speak for themselves: their keys, their documents and the tokens that they sign."""

import json
from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from typing import Any

import base58
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from xrpc_invites.identity.signatures import CURVES, SECP256K1, Curve, sign

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
SERVICE = "did:web:invites.test"
DID = "did:web:ada.test"
NSID = "com.example.method"
KEYS = {curve: ec.derive_private_key(7_000_000_007, curve.group) for curve in CURVES}
OTHER_KEYS = {curve: ec.derive_private_key(9_000_000_009, curve.group) for curve in CURVES}

CLAIMS: dict[str, Any] = {
    "iss": DID,
    "aud": SERVICE,
    "lxm": NSID,
    "iat": int(NOON.timestamp()),
    "exp": int(NOON.timestamp()) + 60,
    "jti": "a number used once",
}


def curve_of(key: ec.EllipticCurvePrivateKey) -> Curve:
    return next(curve for curve in CURVES if curve.group.name == key.curve.name)


def multikey_of(key: ec.EllipticCurvePrivateKey) -> str:
    """The public half, as documents have it."""
    point = key.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    return f"z{base58.b58encode(curve_of(key).codec + point).decode()}"


def document(did: str, multikey: str, fragment: str = "atproto") -> dict[str, Any]:
    """A document with one key."""
    return {
        "@context": ["https://www.w3.org/ns/did/v1"],
        "id": did,
        "verificationMethod": [
            {
                "id": f"{did}#{fragment}",
                "type": "Multikey",
                "controller": did,
                "publicKeyMultibase": multikey,
            }
        ],
    }


def encoded(part: bytes) -> str:
    return urlsafe_b64encode(part).rstrip(b"=").decode()


def signed(
    key: ec.EllipticCurvePrivateKey = KEYS[SECP256K1], header: object = None, /, **changed: Any
) -> str:
    """A token that differs from a good one; what is None is left out."""
    curve = curve_of(key)
    claims = {name: value for name, value in (CLAIMS | changed).items() if value is not None}
    head = {"typ": "JWT", "alg": curve.algorithm} if header is None else header
    content = f"{encoded(json.dumps(head).encode())}.{encoded(json.dumps(claims).encode())}"
    return f"{content}.{encoded(sign(key, content.encode(), curve=curve))}"
