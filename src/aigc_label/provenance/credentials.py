"""What is needed to sign content credentials, checked before any file is touched."""

from __future__ import annotations

import os
from collections.abc import Callable  # noqa: TC003 - dataclass fields are resolved at run time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, get_args

from aigc_label.errors import UsageError
from aigc_label.origin import Origin  # noqa: TC001 - dataclass fields are resolved at run time
from aigc_label.provenance.trust import read_file

if TYPE_CHECKING:
    from typing import Any, Self

Training = Literal["allowed", "notAllowed"]
Oversight = Literal["fully_autonomous", "prompt_guided", "human_validated"]

ALGORITHMS = ("es256", "es384", "es512", "ps256", "ps384", "ps512", "ed25519")
"""What C2PA signs with."""

_REMEDY = f"use one for {', '.join(ALGORITHMS)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """A signer of C2PA content credentials, and what it states.

    Attributes:
        chain: certificates in PEM form: the signer's first, then who vouches for it; no root.
        key: its private key in PEM form; or a callable that signs bytes, as a KMS or HSM does
            (ECDSA signatures as the two numbers one after the other), together with ``algorithm``.
        algorithm: ``"es256"``, ``"es384"``, ``"es512"``, ``"ps256"``, ``"ps384"``, ``"ps512"`` or
            ``"ed25519"``; ``""`` to tell it by the key.
        tsa: address of a time-stamping service; ``None`` for none. Without it nothing is fetched.
        origin: generator, version, created or edited, and digital source type, where they differ
            from those that the label states. Without either, its producer created it.
        ingredient: path of the file that was edited; then the content counts as edited.
        training: whether others may mine it or train on it; ``None`` says nothing about that.
        oversight: how a person took part (C2PA 2.4, 18.28); ``None`` says nothing about that.
        sidecar: put the credentials into a file beside it (``FILE.c2pa``), for formats that cannot
            hold them.
        repack: store the parts of a document or book uncompressed, without which C2PA cannot sign
            it.

    Raises:
        UsageError: a certificate or the key cannot be used.
    """

    chain: bytes = field(repr=False)
    key: bytes | Callable[[bytes], bytes] = field(repr=False)
    algorithm: str = ""
    tsa: str | None = None
    origin: Origin | None = None
    ingredient: str | os.PathLike[str] | None = None
    training: Training | None = None
    oversight: Oversight | None = None
    sidecar: bool = False
    repack: bool = False

    def __post_init__(self) -> None:
        for name, words in (("training", Training), ("oversight", Oversight)):
            if getattr(self, name) not in (None, *get_args(words)):
                raise UsageError(f"{name} must be one of {', '.join(get_args(words))}")
        if self.tsa is not None and not self.tsa.startswith(("http://", "https://")):
            raise UsageError(f"a time-stamping service has an http address, not {self.tsa!r}")
        if self.ingredient is not None and not os.path.isfile(self.ingredient):
            raise UsageError(f"{os.fspath(self.ingredient)}, said to be edited, is no file")
        certificate = _signer_of(self.chain)
        if callable(self.key):
            found = self.algorithm
            if found not in ALGORITHMS:
                raise UsageError(f"say which algorithm the key signs with: {', '.join(ALGORITHMS)}")
        else:
            found, key = _told(self.key, certificate)
            object.__setattr__(self, "key", key)
        if self.algorithm and self.algorithm != found:
            raise UsageError(f"the key signs with {found}, not with {self.algorithm!r}")
        object.__setattr__(self, "algorithm", found)

    @classmethod
    def load(cls, chain: str | os.PathLike[str], key: str | os.PathLike[str], **more: Any) -> Self:
        """Read certificates and key from files; ``more`` as for the class.

        Raises:
            UsageError: a file cannot be read, or as for the class.
        """
        return cls(
            chain=read_file(chain, "certificate chain"), key=read_file(key, "private key"), **more
        )


def _signer_of(chain: bytes) -> Any:
    """The certificate that signs."""
    from cryptography import x509  # noqa: PLC0415 - only who signs needs it
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 - as above

    try:
        certificates = x509.load_pem_x509_certificates(chain)
        certificates[0].public_key()
    except UnsupportedAlgorithm:  # SM2, which signs labels
        raise UsageError(f"C2PA does not sign with such a certificate; {_REMEDY}") from None
    except (ValueError, TypeError):
        raise UsageError(
            "the certificate chain is not in PEM form: it begins with -----BEGIN CERTIFICATE-----"
        ) from None
    signer = certificates[0]
    if signer.subject == signer.issuer:
        raise UsageError(
            "the first certificate of the chain vouches for itself, which C2PA does not allow; "
            "the signer's own comes first, and after it who vouches for it"
        )
    return signer


def _told(key: bytes, certificate: Any) -> tuple[str, bytes]:
    """Which algorithm a private key signs with, and the key as PKCS#8, which c2pa wants.

    Raises:
        UsageError: it is none of C2PA's, or not the certificate's.
    """
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 - as above
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - as above

    try:
        private: Any = serialization.load_pem_private_key(key, None)
    except TypeError:
        raise UsageError(
            "the private key is encrypted; decrypt it first: openssl pkcs8 -in KEY -out PLAIN"
        ) from None
    except UnsupportedAlgorithm:  # SM2, which signs labels
        raise UsageError(f"C2PA does not sign with such a key; {_REMEDY}") from None
    except ValueError:
        raise UsageError("the private key is not in PEM form") from None
    form = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    if private.public_key().public_bytes(*form) != certificate.public_key().public_bytes(*form):
        raise UsageError("the private key does not belong to the chain's first certificate")
    plain = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return _algorithm(private), plain


def _algorithm(private: Any) -> str:
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa  # noqa: PLC0415 - slow to load

    if isinstance(private, ed25519.Ed25519PrivateKey):
        return "ed25519"
    if isinstance(private, rsa.RSAPrivateKey):
        return "ps256"
    if isinstance(private, ec.EllipticCurvePrivateKey):
        curves = {"secp256r1": "es256", "secp384r1": "es384", "secp521r1": "es512"}
        if private.curve.name in curves:
            return curves[private.curve.name]
    raise UsageError(f"C2PA does not sign with such a key; {_REMEDY}")
