"""Certificates as authorities issue them, made anew for every run."""

from __future__ import annotations

import datetime as dt
import inspect

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import NameOID

DAY = dt.timedelta(days=1)
NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)


def named(text: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Example"),
            x509.NameAttribute(NameOID.COMMON_NAME, text),
        ]
    )


def certificate(
    key, subject, issuer_key, issuer=None, *, ca=None, days=(-10, 10), usage=None, extra=()
):
    """A certificate.

    Args:
        key: whose it is, private.
        subject: its common name.
        issuer_key: who signs, private.
        issuer: the issuer's common name; the subject's own if none.
        ca: whether it may issue others; with a number, how long the chain below may be.
        days: first and last day, from now.
        usage: names of KeyUsage, or none for no such extension.
        extra: further extensions, each with whether it is critical.
    """
    builder = (
        x509.CertificateBuilder()
        .subject_name(named(subject))
        .issuer_name(named(issuer or subject))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW + days[0] * DAY)
        .not_valid_after(NOW + days[1] * DAY)
    )
    if ca is not None:
        limit = None if isinstance(ca, bool) else ca
        constraints = x509.BasicConstraints(ca=ca is not False, path_length=limit)
        builder = builder.add_extension(constraints, critical=True)
    if usage is not None:
        uses = list(inspect.signature(x509.KeyUsage.__init__).parameters)[1:]
        allowed = x509.KeyUsage(**{use: use in usage for use in uses})
        builder = builder.add_extension(allowed, critical=True)
    for extension, critical in extra:
        builder = builder.add_extension(extension, critical=critical)
    return builder.sign(issuer_key, hashes.SHA256())
