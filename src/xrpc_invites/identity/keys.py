"""The keys of new accounts."""

import base58
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from xrpc_invites.accounts.model import SigningKey
from xrpc_invites.identity.signatures import SECP256K1, Curve


def new_key() -> SigningKey:
    """A secp256k1 key, drawn by the operating system's dice."""
    key = ec.generate_private_key(SECP256K1.group)
    scalar = key.private_numbers().private_value.to_bytes(32, "big")
    return SigningKey(scalar, multikey(key.public_key()))


def multikey(key: ec.EllipticCurvePublicKey, curve: Curve = SECP256K1) -> str:
    """A public key as DID documents have it: `z` and base58btc of codec and compressed point."""
    point = key.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    return "z" + base58.b58encode(curve.codec + point).decode()
