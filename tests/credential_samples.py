"""Certificates for content credentials, made for the test and never kept."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID, ObjectIdentifier

from aigc_label import Credentials

CLAIM_SIGNING = "1.3.6.1.4.1.62558.2.1"
DOCUMENT_SIGNING = "1.3.6.1.5.5.7.3.36"
EMAIL = "1.3.6.1.5.5.7.3.4"
TIME_STAMPING = "1.3.6.1.5.5.7.3.8"
SERVER = "1.3.6.1.5.5.7.3.1"


class Identity(NamedTuple):
    chain: bytes
    key: bytes
    root: str


def identity(use: str = CLAIM_SIGNING, kind: str = "p256", days: int = 30) -> Identity:
    """A signer, and the root that vouches for it; the same for the same words."""
    return _identity(use, kind, days)


@cache
def _identity(use, kind, days):
    root_key, key = ec.generate_private_key(ec.SECP256R1()), _key(kind)
    root = _certificate("Test Root", root_key, "Test Root", root_key, days=30)
    signer = _certificate("Example Studio", key, "Test Root", root_key, days=days, use=use)
    return Identity(chain=_pem(signer), key=_plain(key), root=_pem(root).decode())


@cache
def stamper() -> Identity:
    """A time-stamping service, and the root that vouches for it."""
    root_key, key = _key("rsa"), _key("rsa")
    root = _certificate("Test Root", root_key, "Test Root", root_key, days=30)
    signer = _certificate("Test Clock", key, "Test Root", root_key, days=30, use=TIME_STAMPING)
    return Identity(chain=_pem(signer), key=_plain(key), root=_pem(root).decode())


def credentials(use: str = CLAIM_SIGNING, kind: str = "p256", **more) -> Credentials:
    one = identity(use, kind)
    return Credentials(chain=one.chain, key=one.key, **more)


def _key(kind):
    if kind == "rsa":
        return rsa.generate_private_key(65537, 2048)
    if kind == "ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    curves = {"p256": ec.SECP256R1, "p384": ec.SECP384R1, "p521": ec.SECP521R1, "k1": ec.SECP256K1}
    return ec.generate_private_key(curves[kind]())


def _certificate(name, key, issuer, issuer_key, *, days, use=None):
    now = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + dt.timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=use is None, path_length=None), critical=True)
        .add_extension(_usage(use is None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()),
            critical=False,
        )
    )
    if use is not None:
        uses = x509.ExtendedKeyUsage([ObjectIdentifier(use)])
        builder = builder.add_extension(uses, critical=use == TIME_STAMPING)
    return builder.sign(issuer_key, hashes.SHA256())


def _usage(root):
    names = ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement")
    off = dict.fromkeys((*names, "encipher_only", "decipher_only"), False)
    return x509.KeyUsage(digital_signature=not root, key_cert_sign=root, crl_sign=root, **off)


def _name(organisation):
    return x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation)])


def _plain(key):
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM)
