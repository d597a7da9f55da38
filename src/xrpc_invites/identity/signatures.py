"""ECDSA signatures as the AT Protocol has them: two curves, 64 bytes, low S."""

from dataclasses import dataclass

import base58
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

MAX_MULTIBASE = 128
"""Characters of a key's text: decoding base58 takes the square of them."""

_SHA256 = ec.ECDSA(hashes.SHA256())
_SCALAR = 32
_COMPRESSED, _UNCOMPRESSED = 33, 65
_DID_KEY = "did:key:"


class InvalidKey(ValueError):
    """A text is not a public key of a curve that the protocol has."""


@dataclass(frozen=True, slots=True)
class Curve:
    """A curve, with the names that it goes by."""

    algorithm: str
    """In the header of a JWT."""
    codec: bytes
    """The multicodec of its compressed points."""
    suite: str
    """The older type of verification method, whose key names no codec."""
    order: int
    group: ec.EllipticCurve


SECP256K1 = Curve(
    algorithm="ES256K",
    codec=b"\xe7\x01",
    suite="EcdsaSecp256k1VerificationKey2019",
    order=0xFFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFE_BAAEDCE6_AF48A03B_BFD25E8C_D0364141,
    group=ec.SECP256K1(),
)
P256 = Curve(
    algorithm="ES256",
    codec=b"\x80\x24",
    suite="EcdsaSecp256r1VerificationKey2019",
    order=0xFFFFFFFF_00000000_FFFFFFFF_FFFFFFFF_BCE6FAAD_A7179E84_F3B9CAC2_FC632551,
    group=ec.SECP256R1(),
)
CURVES = (SECP256K1, P256)


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A point of one of the curves."""

    curve: Curve
    point: bytes
    """Compressed."""

    def verify(self, message: bytes, signature: bytes, *, allow_high_s: bool = False) -> bool:
        """Whether a signature is this key's over the message.

        Args:
            message: What was signed; it is hashed here, by SHA-256.
            signature: 32 bytes of r, 32 bytes of s. DER is none.
            allow_high_s: Whether the second of the two forms that each signature has counts
                too. Only JWTs are read so, as the reference does: other libraries make them.
        """
        if len(signature) != 2 * _SCALAR:
            return False
        r, s = int.from_bytes(signature[:_SCALAR]), int.from_bytes(signature[_SCALAR:])
        if s > self.curve.order // 2 and not allow_high_s:
            return False
        key = ec.EllipticCurvePublicKey.from_encoded_point(self.curve.group, self.point)
        try:
            key.verify(utils.encode_dss_signature(r, s), message, _SHA256)
        except InvalidSignature:
            return False
        return True


def sign(key: ec.EllipticCurvePrivateKey, message: bytes, *, curve: Curve = SECP256K1) -> bytes:
    """The signature of a message, in the one form that is valid everywhere."""
    r, s = utils.decode_dss_signature(key.sign(message, _SHA256))
    s = min(s, curve.order - s)
    return r.to_bytes(_SCALAR) + s.to_bytes(_SCALAR)


def from_did_key(did: str) -> PublicKey:
    """The key that a did:key is. Raises InvalidKey."""
    if not did.startswith(_DID_KEY):
        raise InvalidKey("no did:key")
    return from_multikey(did.removeprefix(_DID_KEY))


def from_multikey(text: str) -> PublicKey:
    """The key of a verification method of type `Multikey`. Raises InvalidKey."""
    decoded = _decoded(text)
    for curve in CURVES:
        if decoded.startswith(curve.codec):
            point = decoded.removeprefix(curve.codec)
            if len(point) != _COMPRESSED:
                raise InvalidKey("a Multikey holds a compressed point")
            return _key(curve, point)
    raise InvalidKey("a key of no curve that the protocol has")


def from_suite(suite: str, text: str) -> PublicKey:
    """The key of a verification method of one of the older types. Raises InvalidKey."""
    for curve in CURVES:
        if curve.suite == suite:
            return _key(curve, _decoded(text))
    raise InvalidKey("a verification method of a type that the protocol has not")


def _decoded(text: str) -> bytes:
    if not text.startswith("z") or len(text) > MAX_MULTIBASE:
        raise InvalidKey("no base58btc multibase")
    try:
        return base58.b58decode(text.removeprefix("z"))
    except ValueError:
        raise InvalidKey("no base58btc multibase") from None


def _key(curve: Curve, point: bytes) -> PublicKey:
    """The key of a point, once it is known to lie on the curve."""
    if len(point) not in {_COMPRESSED, _UNCOMPRESSED}:
        raise InvalidKey("no encoded point")
    try:
        key = ec.EllipticCurvePublicKey.from_encoded_point(curve.group, point)
    except ValueError:
        raise InvalidKey("no point of its curve") from None
    x, y = key.public_numbers().x, key.public_numbers().y
    return PublicKey(curve, bytes([2 + y % 2]) + x.to_bytes(_SCALAR))
