"""Keys to sign labels with: from PEM, PKCS#12, the environment, or held by somebody else."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from aigc_label.errors import MissingExtra, UsageError
from aigc_label.trust import envelope, pem, sm2
from aigc_label.trust.public import OIDS, SM2_INFO, Algorithm, PublicKey, from_info

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

KEY_VARIABLE = "AIGC_LABEL_SIGN_KEY"
PASSWORD_VARIABLE = "AIGC_LABEL_SIGN_PASSWORD"  # noqa: S105 - the name of a variable

_PRIVATE = (
    "PRIVATE KEY",
    "ENCRYPTED PRIVATE KEY",
    "EC PRIVATE KEY",
    "SM2 PRIVATE KEY",  # as OpenSSL calls the same on that curve
    "RSA PRIVATE KEY",
)
_WHICH = "keys on the SM2 curve or P-256 and RSA keys of 2048 to 8192 bits sign labels"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key that signs labels; make one by ``SigningKey.from_...``.

    Attributes:
        public: its public half, which goes into the label.
        certificates: X.509 certificates in DER that go into the label, the key's own first.
    """

    public: PublicKey
    certificates: tuple[bytes, ...] = ()
    _private: bytes = field(default=b"", repr=False)
    _call: Callable[[bytes], object] | None = field(default=None, repr=False)

    @property
    def algorithm(self) -> Algorithm:
        """``"sm2"``, ``"rsa"`` or ``"ecdsa"``."""
        return self.public.algorithm

    @classmethod
    def from_pem(cls, source: pem.Source, password: str | bytes | None = None) -> Self:
        """A key from PEM: PKCS#8, SEC 1 or PKCS#1, plain or encrypted; certificates beside it.

        Args:
            source: a path, or the PEM itself as bytes.
            password: of an encrypted key.

        Raises:
            UsageError: there is no such key in it, or the password is missing or wrong.
            MissingExtra: what SM2 takes is not installed.
        """
        name, data = pem.content(source)
        found = list(pem.blocks(data))
        block = next((block for block in found if block.kind in _PRIVATE), None)
        if block is None:
            raise UsageError(f"{name}: no private key in PEM stands in it; `aigc-label keygen`")
        chain = tuple(block.data for block in found if block.kind == "CERTIFICATE")
        secret = password.encode() if isinstance(password, str) else password
        try:
            public, private = _from_block(block, secret or None)
        except MissingExtra:  # which is a ValueError, too
            raise
        except ValueError as error:
            raise UsageError(f"{name}: the key cannot be used: {error}") from None
        return cls(public, _own_first(public, chain), private)

    @classmethod
    def from_pkcs12(cls, source: pem.Source, password: str | bytes | None = None) -> Self:
        """A key and its certificates from PKCS#12 (``.p12``, ``.pfx``); not on the SM2 curve.

        Args:
            source: a path, or the bytes.
            password: of the file.

        Raises:
            UsageError: there is no such key in it, or the password is missing or wrong.
        """
        from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 - on use
        from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415 - on use
            Encoding,
            pkcs12,
        )

        name, data = pem.content(source)
        secret = password.encode() if isinstance(password, str) else password
        try:
            found = pkcs12.load_pkcs12(data, secret)
        except (ValueError, UnsupportedAlgorithm) as error:
            raise UsageError(
                f"{name}: cannot be used: {error}; a key on the SM2 curve must be turned into PEM: "
                "openssl pkcs12 -in FILE -out KEY.pem"
            ) from None
        if found.key is None:
            raise UsageError(f"{name}: no private key stands in it")
        try:
            public, private = _from_loaded(found.key)
        except ValueError as error:
            raise UsageError(f"{name}: the key cannot be used: {error}") from None
        first = [found.cert] if found.cert else []
        chain = [each.certificate for each in (*first, *found.additional_certs)]
        return cls(public, tuple(each.public_bytes(Encoding.DER) for each in chain), private)

    @classmethod
    def from_environment(
        cls, name: str = KEY_VARIABLE, password_name: str = PASSWORD_VARIABLE
    ) -> Self:
        """A key from an environment variable that holds PEM, or the path of a PEM file.

        Args:
            name: of the variable.
            password_name: of the variable with the password of an encrypted key.

        Raises:
            UsageError: the variable is not set, or as :meth:`from_pem`.
        """
        value = os.environ.get(name, "")
        if not value:
            raise UsageError(f"{name} is not set; it shall hold a key in PEM, or a file's path")
        password = os.environ.get(password_name)
        return cls.from_pem(value.encode() if "-----BEGIN" in value else value, password)

    @classmethod
    def from_callable(
        cls,
        sign: Callable[[bytes], bytes],
        algorithm: Algorithm,
        public_key: PublicKey | pem.Source,
    ) -> Self:
        """A key that never leaves its place: a key management service, a hardware module.

        Args:
            sign: takes the message and returns the signature: of SM2 (signer
                ``1234567812345678``) and ECDSA the DER of r and s, of RSA PKCS#1 v1.5.
            algorithm: ``"sm2"``, ``"rsa"`` or ``"ecdsa"``.
            public_key: its public half; or PEM of it or of its certificate, or the path of that.

        Raises:
            UsageError: the public key is none, or one for another algorithm.
        """
        public, chain = (
            (public_key, ()) if isinstance(public_key, PublicKey) else read_public(public_key)
        )
        if algorithm not in OIDS:
            raise UsageError(f"algorithm must be sm2, rsa or ecdsa, not {algorithm!r}")
        if public.algorithm != algorithm:
            raise UsageError(f"the public key is one for {public.algorithm}, not for {algorithm}")
        return cls(public, chain, _call=sign)

    def sign(self, message: bytes) -> bytes:
        """A signature that has been verified: none leaves here that nobody could verify.

        Raises:
            UsageError: what came out does not verify with the public key.
            MissingExtra: what SM2 takes is not installed.
        """
        signature: object
        if self._call is not None:
            signature = self._call(message)
        elif self.algorithm == "sm2":
            signature = sm2.library().sign(self._private, message)
        else:
            signature = _signed(self._private, message)
        if not isinstance(signature, bytes) or self.public.verify(message, signature) != "plain":
            raise UsageError("the signature does not fit the public key; is it the right one?")
        return signature


def is_encrypted(source: pem.Source) -> bool:
    """Whether the private key in PEM takes a password.

    Raises:
        UsageError: it cannot be read.
    """
    found = pem.blocks(pem.content(source)[1])
    block = next((block for block in found if block.kind in _PRIVATE), None)
    return block is not None and _takes_password(block)


def read_public(source: pem.Source) -> tuple[PublicKey, tuple[bytes, ...]]:
    """The first public key in PEM, or that of its first certificate, and all certificates.

    Raises:
        UsageError: there is none.
    """
    name, data = pem.content(source)
    found = list(pem.blocks(data))
    chain = tuple(block.data for block in found if block.kind == "CERTIFICATE")
    for block in found:
        if block.kind == "PUBLIC KEY":
            key = from_info(block.data)
        elif block.kind == "CERTIFICATE":
            from aigc_label.trust import certificates  # noqa: PLC0415 - most have none

            key = certificates.public_key(block.data)
        else:
            continue
        if key is None:
            break
        return key, chain
    raise UsageError(f"{name}: no public key that labels are signed with stands in it; {_WHICH}")


def generate(algorithm: Algorithm, password: bytes | None = None) -> tuple[bytes, bytes]:
    """A new key: the private half and the public one, both in PEM.

    Args:
        algorithm: ``"sm2"``, ``"rsa"`` (3072 bits) or ``"ecdsa"``.
        password: to encrypt the private half.

    Raises:
        MissingExtra: what SM2 takes is not installed.
    """
    if algorithm == "sm2":
        private = sm2.library().generate()
        point = b"\x04" + sm2.library().derive(private)
        key, info = envelope.closed(private, point), SM2_INFO + point
        if password is None:
            return pem.written("PRIVATE KEY", key), pem.written("PUBLIC KEY", info)
        sealed = envelope.encrypted(key, password)
        return pem.written("ENCRYPTED PRIVATE KEY", sealed), pem.written("PUBLIC KEY", info)
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - on use
    from cryptography.hazmat.primitives.asymmetric import ec, rsa  # noqa: PLC0415 - on use

    made = (
        rsa.generate_private_key(public_exponent=65537, key_size=3072)
        if algorithm == "rsa"
        else ec.generate_private_key(ec.SECP256R1())
    )
    form = (
        serialization.NoEncryption()
        if password is None
        else serialization.BestAvailableEncryption(password)
    )
    text = made.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, form)
    public, _ = _from_loaded(made)
    return text, pem.written("PUBLIC KEY", public.info)


def _from_block(block: pem.Block, password: bytes | None) -> tuple[PublicKey, bytes]:
    """The key of a PEM block.

    Raises:
        ValueError: it cannot be used, with the reason.
    """
    encrypted = _takes_password(block)
    if encrypted and password is None:
        raise ValueError(f"it is encrypted; give its password ({PASSWORD_VARIABLE})")
    if not encrypted and envelope.on_sm2(block.data):
        return _from_sm2(block.data)
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 - on use
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415 - on use
        load_pem_private_key,
    )

    try:
        loaded = load_pem_private_key(block.text, password if encrypted else None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        if block.kind.startswith("ENCRYPTED"):
            plain = envelope.decrypted(block.data, password or b"")
            if envelope.on_sm2(plain):
                return _from_sm2(plain)
        reason = "the password is wrong" if encrypted else "it is damaged"
        unsupported = isinstance(error, UnsupportedAlgorithm)
        raise ValueError(_WHICH if unsupported else reason) from None
    return _from_loaded(loaded)


def _takes_password(block: pem.Block) -> bool:
    return block.kind.startswith("ENCRYPTED") or not block.data


def _from_sm2(data: bytes) -> tuple[PublicKey, bytes]:
    private = envelope.opened(data)
    point = sm2.derive(private)
    if point is None:
        raise ValueError("it is damaged")
    return PublicKey("sm2", SM2_INFO + b"\x04" + point), private


def _from_loaded(key: PrivateKeyTypes) -> tuple[PublicKey, bytes]:
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - on use

    encoding, form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    public = from_info(key.public_key().public_bytes(encoding, form))
    if public is None:
        raise ValueError(_WHICH)
    plain = serialization.NoEncryption()
    return public, key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, plain)


def _own_first(public: PublicKey, chain: tuple[bytes, ...]) -> tuple[bytes, ...]:
    """The certificates, that of the key itself first; none of them if it has none there."""
    if not chain:
        return ()
    from aigc_label.trust import certificates  # noqa: PLC0415 - most keys have none

    own = [each for each in chain if certificates.public_key(each) == public]
    return (own[0], *(each for each in chain if each != own[0])) if own else ()


@lru_cache(maxsize=4)
def _loaded(private: bytes) -> PrivateKeyTypes:
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415 - on use
        load_der_private_key,
    )

    return load_der_private_key(private, None)


def _signed(private: bytes, message: bytes) -> bytes:
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa  # noqa: PLC0415 - slow to load
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415 - on use

    key = _loaded(private)
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(message, padding.PKCS1v15(), SHA256())
    assert isinstance(key, ec.EllipticCurvePrivateKey)  # noqa: S101 - the public half says so
    return key.sign(message, ec.ECDSA(SHA256()))
