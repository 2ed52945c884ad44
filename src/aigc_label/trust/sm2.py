"""SM2 with SM3 (GB/T 32918, signer ``1234567812345678``), by a library that is there.

``tongsuopy`` is Tongsuo, a descendant of OpenSSL; where it has no wheel, ``gmalg`` does the same in
Python, fifty times slower. See docs/explanation/decisions/signing.md.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

from aigc_label.errors import MissingExtra

if TYPE_CHECKING:
    from typing import Any

SIGNER = b"1234567812345678"
"""The identity that SM2 mixes into what is signed, where no other was agreed on."""

POINT = 64
"""Bytes of a point: x and y."""

_LONGEST_SIGNATURE = 72  # DER of two integers of 33 bytes at most


class Library(Protocol):
    """What a library must be able to do. Points are x and y, 64 bytes; keys 32."""

    def generate(self) -> bytes:
        """A new private key."""

    def derive(self, private: bytes) -> bytes:
        """The point of a private key; raises where it is none."""

    def sign(self, private: bytes, message: bytes) -> bytes:
        """A signature in DER."""

    def verify(self, point: bytes, message: bytes, signature: bytes) -> bool:
        """Whether a signature in DER is good; raises whatever it likes where it is not one."""

    def point(self, encoded: bytes) -> bytes:
        """The point of an encoding with a first byte of 2, 3 or 4; raises where it is none."""

    def digest(self, message: bytes) -> bytes:
        """SM3."""


class Tongsuo:
    """``tongsuopy``."""

    def __init__(self) -> None:
        from tongsuopy.crypto import hashes  # noqa: PLC0415 - only where something is signed
        from tongsuopy.crypto.asymciphers import ec  # noqa: PLC0415 - as above

        self._ec: Any = ec
        self._hashes: Any = hashes
        self._curve = ec.SM2()
        self._sm3 = ec.ECDSA(hashes.SM3())  # its name for SM2 on this curve, with the usual signer
        self._load = lru_cache(maxsize=4)(self._loaded)

    def derive(self, private: bytes) -> bytes:
        """As the protocol says."""
        return self._numbers(self._load(private).public_key())

    def generate(self) -> bytes:
        """As the protocol says."""
        numbers = self._ec.generate_private_key(self._curve).private_numbers()
        return bytes(numbers.private_value.to_bytes(32, "big"))

    def sign(self, private: bytes, message: bytes) -> bytes:
        """As the protocol says."""
        return bytes(self._load(private).sign(message, self._sm3))

    def verify(self, point: bytes, message: bytes, signature: bytes) -> bool:
        """As the protocol says."""
        key = self._ec.EllipticCurvePublicKey.from_encoded_point(self._curve, b"\x04" + point)
        key.verify(signature, message, self._sm3)  # or an exception
        return True

    def point(self, encoded: bytes) -> bytes:
        """As the protocol says."""
        key = self._ec.EllipticCurvePublicKey.from_encoded_point(self._curve, encoded)
        return self._numbers(key)

    def digest(self, message: bytes) -> bytes:
        """As the protocol says."""
        state = self._hashes.Hash(self._hashes.SM3())
        state.update(message)
        return bytes(state.finalize())

    def _loaded(self, private: bytes) -> Any:
        return self._ec.derive_private_key(int.from_bytes(private, "big"), self._curve)

    @staticmethod
    def _numbers(key: Any) -> bytes:
        numbers = key.public_numbers()
        return bytes(numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big"))


class GmAlg:
    """``gmalg``."""

    def __init__(self) -> None:
        import gmalg  # noqa: PLC0415 - only where something is signed

        self._gmalg: Any = gmalg

    def generate(self) -> bytes:
        """As the protocol says."""
        return bytes(self._gmalg.SM2().generate_keypair()[0])

    def derive(self, private: bytes) -> bytes:
        """As the protocol says."""
        return bytes(self._gmalg.SM2().generate_pk(private))[-POINT:]

    def sign(self, private: bytes, message: bytes) -> bytes:
        """As the protocol says."""
        from aigc_label.trust import der  # noqa: PLC0415 - the other library writes DER itself

        signer = self._gmalg.SM2(sk=private, uid=SIGNER)
        numbers = [int.from_bytes(part, "big") for part in signer.sign(message)]
        return der.encoded(
            der.SEQUENCE,
            *(
                der.encoded(der.INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))
                for value in numbers
            ),
        )

    def verify(self, point: bytes, message: bytes, signature: bytes) -> bool:
        """As the protocol says."""
        from aigc_label.trust import der  # noqa: PLC0415 - as above

        r, s = (int.from_bytes(part.content, "big") for part in der.sequence(signature))
        verifier = self._gmalg.SM2(uid=SIGNER, pk=b"\x04" + point)
        return bool(verifier.verify(message, r.to_bytes(32, "big"), s.to_bytes(32, "big")))

    def point(self, encoded: bytes) -> bytes:
        """As the protocol says."""
        from gmalg import sm2  # noqa: PLC0415 - as in the constructor

        x, y = sm2.bytes_to_point(encoded)
        whole: bytes = x.to_bytes(32, "big") + y.to_bytes(32, "big")
        if not self._gmalg.SM2().verify_pk(b"\x04" + whole):
            raise ValueError("not on the curve")
        return whole

    def digest(self, message: bytes) -> bytes:
        """As the protocol says."""
        state = self._gmalg.SM3()
        state.update(message)
        return bytes(state.value())


_chosen: list[Library] = []


def library() -> Library:
    """The library, imported once.

    Raises:
        MissingExtra: there is none.
    """
    if not _chosen:
        for choice in (Tongsuo, GmAlg):
            try:
                _chosen.append(choice())
                break
            except ImportError:
                continue
        else:
            raise MissingExtra(
                "to sign or verify with SM2: pip install 'aigc-label[crypto]'; RSA and ECDSA do "
                "without"
            )
    return _chosen[0]


def verify(point: bytes, message: bytes, signature: bytes) -> bool:
    """Whether a signature is good. Never raises for what is wrong with it.

    Raises:
        MissingExtra: there is no library.
    """
    known = library()
    if not 8 <= len(signature) <= _LONGEST_SIGNATURE:
        return False
    try:
        return known.verify(point, message, signature)
    except Exception:  # noqa: BLE001 - the libraries agree on no exception for a bad signature
        return False


def derive(private: bytes) -> bytes | None:
    """The point of a private key, ``None`` if it is none.

    Raises:
        MissingExtra: there is no library.
    """
    known = library()
    try:
        return known.derive(private)
    except Exception:  # noqa: BLE001 - as above
        return None


def point(encoded: bytes) -> bytes | None:
    """The point that bytes encode with a first byte of 2, 3 or 4, ``None`` if it encodes none.

    Raises:
        MissingExtra: there is no library.
    """
    known = library()
    try:
        return known.point(encoded)
    except Exception:  # noqa: BLE001 - as above
        return None


def digest(message: bytes) -> bytes:
    """SM3 of a message.

    Raises:
        MissingExtra: there is no library.
    """
    return library().digest(message)
