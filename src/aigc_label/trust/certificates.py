"""X.509 certificates in labels, and whether an authority that somebody trusts stands behind them.

RSA, P-256 and SM2 alike: ``cryptography`` takes them apart, the signatures are verified as those of
labels are. Deliberately strict: a critical extension that is not understood refuses the chain.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from aigc_label.trust import der
from aigc_label.trust.public import ALGORITHMS, PublicKey, from_info

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

    from cryptography.x509 import Certificate, KeyUsage

_LONGEST_CHAIN = 5
_LONGEST = 1 << 15


class Authority(NamedTuple):
    """An authority whose certificates are trusted.

    Attributes:
        certificate: its own, in DER.
        subject: what the subject of a certificate must contain (RFC 4514: ``O=Studio``), each
            part; empty where the authority issues to nobody else.
        revoked: the day from which nothing that it issued can be believed.
    """

    certificate: bytes
    subject: tuple[str, ...] = ()
    revoked: dt.date | None = None


def public_key(data: bytes) -> PublicKey | None:
    """The key in a certificate in DER; ``None`` if it is none, or one that signs no labels.

    Raises:
        MissingExtra: what SM2 takes is not installed.
    """
    try:
        to_be_signed = der.sequence(data)[0].children
        first = 1 if to_be_signed[0].tag == 0xA0 else 0  # the version is optional
        info = to_be_signed[first + 5]
    except (ValueError, IndexError):
        return None
    return from_info(der.encoded(info.tag, info.content)) if info.tag == der.SEQUENCE else None


def period(data: bytes) -> tuple[dt.date, dt.date] | None:
    """The first and last day of a certificate; ``None`` if it is none."""
    found = _parsed(data)
    if found is None:
        return None
    return found.not_valid_before_utc.date(), found.not_valid_after_utc.date()


def is_backed(
    leaf: bytes, others: Sequence[bytes], authorities: Iterable[Authority], day: dt.date
) -> bool:
    """Whether a chain leads from a certificate to an authority, all of it valid on that day.

    Args:
        leaf: the certificate, in DER.
        others: certificates that may stand between.
        authorities: where the chain may end.
        day: the day.
    """
    current = _parsed(leaf)
    if current is None or not _may_sign_labels(current, day):
        return False
    parts = {each.rfc4514_string() for each in current.subject}  # a comma in one is no end of it
    roots = [
        parsed
        for each in authorities
        if parts.issuperset(each.subject)
        and (each.revoked is None or day < each.revoked)
        and (parsed := _parsed(each.certificate)) is not None
    ]
    between = [parsed for each in others[:_LONGEST_CHAIN] if (parsed := _parsed(each)) is not None]
    for below in range(_LONGEST_CHAIN):
        if any(_issued(root, current, below, day) for root in roots):
            return True
        above = next((each for each in between if _issued(each, current, below, day)), None)
        if above is None:
            return False
        between.remove(above)
        current = above
    return False


def _parsed(data: bytes) -> Certificate | None:
    if len(data) > _LONGEST:
        return None
    from cryptography import x509  # noqa: PLC0415 - 30 ms, and few labels have certificates

    try:
        found = x509.load_der_x509_certificate(data)
        _ = found.subject, found.issuer, found.extensions, found.not_valid_after_utc
    except Exception:  # noqa: BLE001 - from a stranger's file: it raises and warns in many ways
        return None
    return found


def _is_valid(found: Certificate, day: dt.date) -> bool:
    from cryptography import x509  # noqa: PLC0415 - loaded already

    known = (
        x509.BasicConstraints,
        x509.KeyUsage,
        x509.ExtendedKeyUsage,
        x509.CertificatePolicies,
        x509.SubjectAlternativeName,
    )
    if any(each.critical and not isinstance(each.value, known) for each in found.extensions):
        return False
    return found.not_valid_before_utc.date() <= day <= found.not_valid_after_utc.date()


def _may_sign_labels(found: Certificate, day: dt.date) -> bool:
    usage = _usage(found)
    return _is_valid(found, day) and (
        usage is None or bool(usage.digital_signature or usage.content_commitment)
    )


def _usage(found: Certificate) -> KeyUsage | None:
    from cryptography import x509  # noqa: PLC0415 - loaded already

    values = (each.value for each in found.extensions)
    return next((each for each in values if isinstance(each, x509.KeyUsage)), None)


def _issued(issuer: Certificate, issued: Certificate, below: int, day: dt.date) -> bool:
    """Whether a certificate, with so many others below it, was issued by another one."""
    from cryptography import x509  # noqa: PLC0415 - loaded already

    if issuer.subject != issued.issuer or not _is_valid(issuer, day):
        return False
    values = (each.value for each in issuer.extensions)
    limits = next((each for each in values if isinstance(each, x509.BasicConstraints)), None)
    usage = _usage(issuer)
    if limits is None or not limits.ca or (usage is not None and not usage.key_cert_sign):
        return False
    if limits.path_length is not None and limits.path_length < below:
        return False
    algorithm = ALGORITHMS.get(issued.signature_algorithm_oid.dotted_string)
    from cryptography.hazmat.primitives.serialization import Encoding  # noqa: PLC0415 - loaded

    key = public_key(issuer.public_bytes(Encoding.DER))
    if key is None or key.algorithm != algorithm:
        return False
    return key.verify(issued.tbs_certificate_bytes, issued.signature) == "plain"
