"""Documents that are encrypted and open without a password (ISO 32000-2 7.6).

Many are sealed in that way against changes only. What they say is read with the empty user
password, as every viewer does; a document that asks for one stays closed. Nothing is written.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple

from aigc_label.containers.pdf.lexer import Dictionary, Name
from aigc_label.errors import Malformed

if TYPE_CHECKING:
    from aigc_label.containers.pdf.lexer import Value

_PADDING = bytes.fromhex("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a")
_METHODS = {b"None": "", b"V2": "RC4", b"AESV2": "AES", b"AESV3": "AES-256"}
_BLOCK = 16


class Decipher(NamedTuple):
    """What opens the strings and streams of a document.

    Attributes:
        key: the document's.
        strings: how strings are encrypted: ``RC4``, ``AES``, ``AES-256``; empty for not at all.
        streams: how streams are.
        metadata: whether XMP packets are, too.
    """

    key: bytes
    strings: str
    streams: str
    metadata: bool

    def opened(self, value: Value, number: int, generation: int) -> Value:
        """A value of an object with its strings in plain text."""
        if type(value) is bytes:
            return self._plain(self.strings, value, number, generation)
        if isinstance(value, list):
            return [self.opened(one, number, generation) for one in value]
        if isinstance(value, Dictionary):
            plain = Dictionary()
            plain.update({k: self.opened(v, number, generation) for k, v in value.items()})
            return plain
        return value

    def stream(self, raw: bytes, described: Dictionary, number: int, generation: int) -> bytes:
        """The bytes of a stream, still packed; of its beginning as much as whole blocks give."""
        if described.get(b"Type") == b"Metadata" and not self.metadata:
            return raw
        return self._plain(self.streams, raw, number, generation)

    def _plain(self, method: str, raw: bytes, number: int, generation: int) -> bytes:
        if not method:
            return raw
        key = self.key
        if method != "AES-256":
            salt = b"sAlT" if method == "AES" else b""
            own = number.to_bytes(4, "little")[:3] + generation.to_bytes(4, "little")[:2]
            key = _md5(key + own + salt)[: min(len(key) + 5, 16)]
        return _rc4(key, raw) if method == "RC4" else _aes(key, raw)


def opened(sealed: Dictionary, identifier: bytes) -> Decipher | None:
    """What opens a document without a password; ``None`` if it takes one, or another handler.

    Args:
        sealed: the encryption dictionary, references resolved.
        identifier: the first part of the file's ``ID``.

    Raises:
        Malformed: the dictionary lacks what it needs.
    """
    version, revision = _number(sealed, b"V"), _number(sealed, b"R")
    if sealed.get(b"Filter") != b"Standard" or version not in (1, 2, 4, 5):
        return None
    metadata = sealed.get(b"EncryptMetadata") is not False
    key = (
        _key_of_new(sealed, revision)
        if version == 5
        else _key_of_old(sealed, revision, identifier, metadata=metadata)
    )
    if key is None:
        return None
    strings, streams = (_method(sealed, version, name) for name in (b"StrF", b"StmF"))
    if strings is None or streams is None:
        return None
    return Decipher(key, strings, streams, metadata)


def _method(sealed: Dictionary, version: int, name: bytes) -> str | None:
    """How strings or streams are encrypted; ``None`` if in no way that is known here."""
    if version < 4:
        return "RC4"
    filters, named = sealed.get(b"CF"), sealed.get(name, b"Identity")
    if named == b"Identity":
        return ""
    used = filters.get(named) if isinstance(filters, Dictionary) and type(named) is Name else None
    method = used.get(b"CFM") if isinstance(used, Dictionary) else None
    return _METHODS.get(method) if isinstance(method, Name) else None


def _key_of_old(
    sealed: Dictionary, revision: int, identifier: bytes, *, metadata: bool
) -> bytes | None:
    """Algorithm 2 with the empty password, and algorithms 4 and 5, which try it."""
    length = 16 if revision > 3 else _number(sealed, b"Length", 40) // 8 if revision == 3 else 5
    permissions = (_number(sealed, b"P") & 0xFFFF_FFFF).to_bytes(4, "little")
    digest = _md5(
        _PADDING
        + _text(sealed, b"O", 32)
        + permissions
        + identifier
        + (b"" if metadata or revision < 4 else b"\xff\xff\xff\xff")
    )
    if length not in (5, 16):  # what is in use, and what RC4 is to be had for
        return None
    if revision == 2:
        key = digest[:length]
        return key if _rc4(key, _PADDING) == _text(sealed, b"U", 32) else None
    for _ in range(50):
        digest = _md5(digest[:length])
    key = digest[:length]
    proof = _md5(_PADDING + identifier)
    for turn in range(20):
        proof = _rc4(bytes(byte ^ turn for byte in key), proof)
    return key if proof == _text(sealed, b"U", 16) else None


def _key_of_new(sealed: Dictionary, revision: int) -> bytes | None:
    """Algorithm 2.A with the empty password."""
    user, wrapped = _text(sealed, b"U", 48), _text(sealed, b"UE", 32)
    digest = _hash_of_6 if revision >= 6 else _sha256
    if digest(user[32:40]) != user[:32]:
        return None
    return _cbc(digest(user[40:48]), bytes(_BLOCK), wrapped, encrypt=False)


def _hash_of_6(salt: bytes) -> bytes:
    """Algorithm 2.B with the empty password."""
    key = _sha256(salt)
    turn, last = 0, 0
    while turn < 64 or last > turn - 32:
        mixed = _cbc(key[:16], key[16:32], key * 64, encrypt=True)
        digest = (hashlib.sha256, hashlib.sha384, hashlib.sha512)[sum(mixed[:16]) % 3]
        key, last = digest(mixed).digest(), mixed[-1]
        turn += 1
    return key[:32]


def _sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def _md5(data: bytes) -> bytes:
    return hashlib.md5(data, usedforsecurity=False).digest()


def _aes(key: bytes, raw: bytes) -> bytes:
    """CBC behind its first block, without the padding if it is all there."""
    start, rest = raw[:_BLOCK], raw[_BLOCK : len(raw) // _BLOCK * _BLOCK]
    if not rest:
        return b""
    plain = _cbc(key, start, rest, encrypt=False)
    padding = plain[-1]
    whole = 1 <= padding <= _BLOCK and plain.endswith(bytes((padding,)) * padding)
    return plain[:-padding] if whole else plain


def _cbc(key: bytes, start: bytes, data: bytes, *, encrypt: bool) -> bytes:
    from cryptography.hazmat.primitives.ciphers import (  # noqa: PLC0415 - few documents need it
        Cipher,
        algorithms,
        modes,
    )

    cipher = Cipher(algorithms.AES(key), modes.CBC(start))
    return (cipher.encryptor() if encrypt else cipher.decryptor()).update(data)


def _rc4(key: bytes, data: bytes) -> bytes:
    from cryptography.hazmat.decrepit.ciphers.algorithms import ARC4  # noqa: PLC0415 - as above
    from cryptography.hazmat.primitives.ciphers import Cipher  # noqa: PLC0415 - as above

    return Cipher(ARC4(key), mode=None).decryptor().update(data)


def _number(sealed: Dictionary, name: bytes, default: int = 0) -> int:
    value = sealed.get(name, default)
    return value if isinstance(value, int) else default


def _text(sealed: Dictionary, name: bytes, length: int) -> bytes:
    value = sealed.get(name)
    if type(value) is not bytes or len(value) < length:
        raise Malformed(f"the document's encryption lacks its {name.decode()}")
    return value[:length]
