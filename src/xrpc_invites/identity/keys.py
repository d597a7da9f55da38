"""The keys of new accounts."""

import base58
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from xrpc_invites.accounts.model import SigningKey

_SECP256K1 = b"\xe7\x01"
"""The multicodec of a compressed secp256k1 point."""


def new_key() -> SigningKey:
    """A secp256k1 key, drawn by the operating system's dice."""
    key = ec.generate_private_key(ec.SECP256K1())
    scalar = key.private_numbers().private_value.to_bytes(32, "big")
    return SigningKey(scalar, multikey(key.public_key()))


def multikey(key: ec.EllipticCurvePublicKey) -> str:
    """A public key as DID documents have it: `z` and base58btc of codec and compressed point."""
    point = key.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    return "z" + base58.b58encode(_SECP256K1 + point).decode()
