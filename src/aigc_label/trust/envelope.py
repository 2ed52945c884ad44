"""Private keys on the SM2 curve as PKCS#8 (RFC 5958), plain or under a password (PBES2, RFC 8018).

``cryptography`` does this for the other curves, and refuses this one.
"""

from __future__ import annotations

import hashlib
import os

from aigc_label.trust import der

SM2_CURVE = bytes.fromhex("2a811ccf5501822d")
_EC_KEY = bytes.fromhex("2a8648ce3d0201")
_PBES2 = bytes.fromhex("2a864886f70d01050d")
_PBKDF2 = bytes.fromhex("2a864886f70d01050c")
_HASHES = {
    bytes.fromhex("2a864886f70d0207"): "sha1",
    bytes.fromhex("2a864886f70d0209"): "sha256",
    bytes.fromhex("2a864886f70d020b"): "sha512",
}
_SHA256 = bytes.fromhex("2a864886f70d0209")
_CIPHERS = {
    bytes.fromhex("608648016503040102"): 16,
    bytes.fromhex("60864801650304012a"): 32,
}
_AES256 = bytes.fromhex("60864801650304012a")
_ROUNDS, _MOST_ROUNDS = 600_000, 10_000_000
_PRIVATE = 32


def on_sm2(data: bytes) -> bool:
    """Whether DER is a plain PKCS#8 or SEC 1 private key on the SM2 curve."""
    try:
        parts = der.sequence(data)
        named = parts[1].children if parts[1].tag == der.SEQUENCE else parts[2].children
    except (ValueError, IndexError):
        return False
    return any(part == der.Element(der.OID, SM2_CURVE) for part in named)


def opened(data: bytes) -> bytes:
    """The private key in a plain PKCS#8 or SEC 1 structure.

    Raises:
        ValueError: it is damaged.
    """
    parts = der.sequence(data)
    if len(parts) > 2 and parts[1].tag == der.SEQUENCE:
        parts = der.sequence(parts[2].content)
    if len(parts) < 2 or parts[1].tag != der.OCTETS or len(parts[1].content) > _PRIVATE:
        raise ValueError("it is damaged")
    return parts[1].content.rjust(_PRIVATE, b"\0")


def closed(private: bytes, point: bytes) -> bytes:
    """A private key and its uncompressed point as plain PKCS#8."""
    bits = der.encoded(der.BITS, b"\0", point)
    inner = der.encoded(
        der.SEQUENCE,
        der.encoded(der.INTEGER, b"\1"),
        der.encoded(der.OCTETS, private),
        der.encoded(0xA1, bits),
    )
    kind = der.encoded(der.SEQUENCE, der.encoded(der.OID, _EC_KEY), der.encoded(der.OID, SM2_CURVE))
    version = der.encoded(der.INTEGER, b"\0")
    return der.encoded(der.SEQUENCE, version, kind, der.encoded(der.OCTETS, inner))


def decrypted(data: bytes, password: bytes) -> bytes:
    """What an EncryptedPrivateKeyInfo holds.

    Raises:
        ValueError: the password is wrong, or the encryption is none of PBKDF2 with AES in CBC.
    """
    unknown = ValueError("it is encrypted in an unknown way; `openssl pkcs8 -topk8 -v2 aes256`")
    try:
        scheme, sealed = der.sequence(data)
        name, parameters = scheme.children
        derivation, cipher = parameters.children
        derivation_name, settings = derivation.children
        cipher_name, start = cipher.children
        salt, rounds, *rest = settings.children
    except (ValueError, IndexError):
        raise unknown from None
    digest = "sha1"
    for part in rest:
        if part.tag == der.SEQUENCE:
            digest = _HASHES.get(part.children[0].content, "")
    size = _CIPHERS.get(cipher_name.content)
    count = int.from_bytes(rounds.content, "big")
    known = (name.content, derivation_name.content) == (_PBES2, _PBKDF2)
    if not (known and size and digest and 0 < count <= _MOST_ROUNDS):
        raise unknown
    key = hashlib.pbkdf2_hmac(digest, password, salt.content, count, size)
    plain = _cbc(key, start.content, sealed.content, encrypt=False)
    padding = plain[-1] if plain else 0
    if not 1 <= padding <= 16 or plain[-padding:] != bytes((padding,)) * padding:
        raise ValueError("the password is wrong")
    return plain[:-padding]


def encrypted(data: bytes, password: bytes) -> bytes:
    """A PKCS#8 key under a password: PBKDF2 with SHA-256, AES-256 in CBC."""
    salt, start = os.urandom(16), os.urandom(16)
    key = hashlib.pbkdf2_hmac("sha256", password, salt, _ROUNDS, 32)
    padding = 16 - len(data) % 16
    sealed = _cbc(key, start, data + bytes((padding,)) * padding, encrypt=True)
    seq, oid = der.SEQUENCE, der.OID
    digest = der.encoded(seq, der.encoded(oid, _SHA256), der.encoded(der.NULL))
    rounds = der.encoded(der.INTEGER, _ROUNDS.to_bytes(3, "big"))
    settings = der.encoded(seq, der.encoded(der.OCTETS, salt), rounds, digest)
    derivation = der.encoded(seq, der.encoded(oid, _PBKDF2), settings)
    cipher = der.encoded(seq, der.encoded(oid, _AES256), der.encoded(der.OCTETS, start))
    scheme = der.encoded(seq, der.encoded(oid, _PBES2), der.encoded(seq, derivation, cipher))
    return der.encoded(seq, scheme, der.encoded(der.OCTETS, sealed))


def _cbc(key: bytes, start: bytes, data: bytes, *, encrypt: bool) -> bytes:
    from cryptography.hazmat.primitives.ciphers import (  # noqa: PLC0415 - for few keys
        Cipher,
        algorithms,
        modes,
    )

    cipher = Cipher(algorithms.AES(key), modes.CBC(start))
    context = cipher.encryptor() if encrypt else cipher.decryptor()
    return context.update(data) + context.finalize()
