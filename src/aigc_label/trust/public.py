"""Public keys: every encoding that labels hold them in, their fingerprints, and verification."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from aigc_label.trust import der, sm2

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

Algorithm: TypeAlias = Literal["sm2", "rsa", "ecdsa"]
"""SM2 with SM3, RSA (PKCS#1 v1.5) with SHA-256, ECDSA on P-256 with SHA-256."""

Variant: TypeAlias = Literal["plain", "digest"]
"""Whether the message itself was signed, or its SM3 digest as a message (both are in use)."""

OIDS: dict[Algorithm, str] = {
    "sm2": "1.2.156.10197.1.501",
    "rsa": "1.2.840.113549.1.1.11",
    "ecdsa": "1.2.840.10045.4.3.2",
}
"""The object identifiers of the signature algorithms."""

ALGORITHMS: dict[str, Algorithm] = {oid: name for name, oid in OIDS.items()}

SM2_INFO = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200")
"""What stands before the uncompressed point in a SubjectPublicKeyInfo on the SM2 curve."""

_LEAST_RSA, _MOST_RSA = 2048, 8192  # bits


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key that signatures are verified with.

    Attributes:
        algorithm: the one it is for.
        info: its SubjectPublicKeyInfo in DER.
    """

    algorithm: Algorithm
    info: bytes

    @property
    def fingerprint(self) -> str:
        """``sha256:`` and the SHA-256 of the SubjectPublicKeyInfo, as ``openssl`` would give it."""
        return f"sha256:{hashlib.sha256(self.info).hexdigest()}"

    @property
    def value(self) -> bytes:
        """The bytes that we write as ``KeyValue``: the uncompressed point, for RSA the info."""
        return self.info if self.algorithm == "rsa" else self.info[-65:]

    def verify(self, message: bytes, signature: bytes) -> Variant | None:
        """How a signature over a message was made, or ``None`` if it is not one of this key.

        Raises:
            MissingExtra: what SM2 takes is not installed.
        """
        if self.algorithm != "sm2":
            return "plain" if _verified(self, message, signature) else None
        point = self.info[-sm2.POINT :]
        if sm2.verify(point, message, signature):
            return "plain"
        return "digest" if sm2.verify(point, sm2.digest(message), signature) else None


def _verified(key: PublicKey, message: bytes, signature: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - only for these
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa  # noqa: PLC0415 - as above
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415 - as above

    loaded = _loaded(key.info)
    try:
        if isinstance(loaded, rsa.RSAPublicKey):
            loaded.verify(signature, message, padding.PKCS1v15(), SHA256())
        elif isinstance(loaded, ec.EllipticCurvePublicKey):
            loaded.verify(signature, message, ec.ECDSA(SHA256()))
        else:
            return False
    except (InvalidSignature, ValueError):
        return False
    return True


def decoded(algorithm: Algorithm, value: bytes) -> tuple[PublicKey, ...]:
    """The keys that bytes may stand for; none if they are no key for this algorithm.

    Every encoding that was seen in labels: a SubjectPublicKeyInfo, ``04 x y``, ``x y``,
    ``02 x``, ``03 x``, ``00 x`` (the even point) and the bare ``x``, which is either point.

    Raises:
        MissingExtra: what SM2 takes is not installed.
    """
    if algorithm == "rsa":
        return tuple(_rsa(value))
    points = _points(algorithm, value)
    if not points:
        found = from_info(value)
        return (found,) if found is not None and found.algorithm == algorithm else ()
    return tuple(key for point in points if (key := from_point(algorithm, point)) is not None)


def _points(algorithm: Algorithm, value: bytes) -> tuple[bytes, ...]:
    """The same with the first byte that tells the encoding."""
    match len(value):
        case 65:
            return (value,)
        case 64:
            return (b"\x04" + value,)
        case 33 if value[0] == 0 and algorithm == "sm2":
            return (b"\x02" + value[1:],)
        case 33:
            return (value,)
        case 32:
            return (b"\x02" + value, b"\x03" + value)
    return ()


def from_point(algorithm: Algorithm, encoded: bytes) -> PublicKey | None:
    """The key of an encoded point, ``None`` if it is not on the algorithm's curve.

    Raises:
        MissingExtra: what SM2 takes is not installed.
    """
    if algorithm == "sm2":
        point = sm2.point(encoded)
        return None if point is None else PublicKey("sm2", SM2_INFO + b"\x04" + point)
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415 - on use

    try:
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), encoded)
    except ValueError:
        return None
    return _known(key)


def from_info(info: bytes) -> PublicKey | None:
    """The key of a SubjectPublicKeyInfo in DER; ``None`` if it is none that labels are signed with.

    Raises:
        MissingExtra: what SM2 takes is not installed.
    """
    if info.startswith(SM2_INFO):
        return from_point("sm2", info[len(SM2_INFO) :])
    try:
        return _known(_loaded(info))
    except ValueError:
        return None


def _rsa(value: bytes) -> Iterator[PublicKey]:
    """A SubjectPublicKeyInfo, or the two numbers of PKCS#1 alone."""
    try:
        bare = [part.tag for part in der.sequence(value)] == [der.INTEGER, der.INTEGER]
    except ValueError:
        return
    if bare:
        kind = der.encoded(
            der.SEQUENCE,
            der.encoded(der.OID, bytes.fromhex("2a864886f70d010101")),
            der.encoded(der.NULL),
        )
        value = der.encoded(der.SEQUENCE, kind, der.encoded(der.BITS, b"\x00", value))
    found = from_info(value)
    if found is not None and found.algorithm == "rsa":
        yield found


def _loaded(info: bytes) -> PublicKeyTypes:
    """What ``cryptography`` makes of a SubjectPublicKeyInfo.

    Raises:
        ValueError: it is none.
    """
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 - on use
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415 - on use
        load_der_public_key,
    )

    try:
        return load_der_public_key(info)
    except UnsupportedAlgorithm as error:
        raise ValueError(str(error)) from None


def _known(key: object) -> PublicKey | None:
    from cryptography.hazmat.primitives.asymmetric import ec, rsa  # noqa: PLC0415 - on use
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415 - on use
        Encoding,
        PublicFormat,
    )

    algorithm: Algorithm
    if isinstance(key, rsa.RSAPublicKey) and _LEAST_RSA <= key.key_size <= _MOST_RSA:
        algorithm = "rsa"
    elif isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        algorithm = "ecdsa"
    else:
        return None
    return PublicKey(algorithm, key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
