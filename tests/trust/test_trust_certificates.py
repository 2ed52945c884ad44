"""Certificates in labels: an authority that the store names stands behind them, or it does not."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st
from trust_authorities import DAY, NOW, certificate
from trust_samples import STUDIO, made

from aigc_label import SigningKey, TrustStore, check
from aigc_label.trust import certificates
from aigc_label.trust.certificates import Authority
from aigc_label.trust.store import Producer

ROOT, MIDDLE, LEAF = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
TODAY = NOW.date()


def der(found: x509.Certificate) -> bytes:
    return found.public_bytes(serialization.Encoding.DER)


def pem(*found: x509.Certificate) -> bytes:
    return b"".join(each.public_bytes(serialization.Encoding.PEM) for each in found)


def private(key) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def root(**changes):
    return certificate(ROOT, "Root", ROOT, ca=True, **changes)


def middle(**changes):
    return certificate(MIDDLE, "Middle", ROOT, "Root", **{"ca": True, **changes})


def leaf(**changes):
    return certificate(LEAF, "Studio", MIDDLE, "Middle", **changes)


GOOD = leaf()


def is_backed(own=None, between=None, top=None, day=TODAY, subject=()) -> bool:
    authority = Authority(der(top or root()), tuple(subject))
    others = [der(each) for each in ([middle()] if between is None else between)]
    return certificates.is_backed(der(own or leaf()), others, [authority], day)


def test_a_chain_leads_to_the_root():
    assert is_backed()
    assert is_backed(subject=["O=Example", "CN=Studio"])
    assert is_backed(certificate(LEAF, "Studio", ROOT, "Root"), between=[])
    assert is_backed(leaf(usage=["digital_signature"]), [middle(usage=["key_cert_sign"])])
    alternative = x509.SubjectAlternativeName([x509.DNSName("studio.example")])
    assert is_backed(leaf(extra=[(alternative, True)]))


@pytest.mark.parametrize(
    ("what", "arguments"),
    {
        "nobody between": {"between": []},
        "expired": {"own": leaf(days=(-10, -2))},
        "not yet": {"own": leaf(days=(2, 10))},
        "expired between": {"between": [middle(days=(-10, -2))]},
        "expired root": {"top": root(days=(-10, -2))},
        "no authority between": {"between": [middle(ca=None)]},
        "an end between": {"between": [middle(ca=False)]},
        "may not issue": {"between": [middle(usage=["digital_signature"])]},
        "may not sign": {"own": leaf(usage=["key_encipherment"])},
        "chain too long": {"top": certificate(ROOT, "Root", ROOT, ca=0)},
        "somebody else": {"subject": ["CN=Rival"]},
        "part of a name": {"subject": ["CN=Stu"]},
        "a comma in a name": {
            "own": certificate(LEAF, "x,O=Studio", MIDDLE, "Middle"),
            "subject": ["O=Studio"],
        },
        "another root of the name": {"top": certificate(LEAF, "Root", LEAF, ca=True)},
        "signed by another": {"own": certificate(LEAF, "Studio", LEAF, "Middle")},
        "unknown and critical": {
            "own": leaf(
                extra=[(x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3"), b"\5\0"), True)]
            )
        },
        "another day": {"day": TODAY + 30 * DAY},
    }.items(),
)
def test_no_chain(what, arguments):
    assert not is_backed(**arguments), what


def test_a_revoked_authority_counts_until_its_day():
    for revoked, counts in ((TODAY, False), (TODAY + DAY, True)):
        authority = Authority(der(root()), (), revoked)
        assert certificates.is_backed(der(leaf()), [der(middle())], [authority], TODAY) is counts


@given(st.data())
def test_a_damaged_certificate_is_none_or_not_backed(data):
    whole = der(GOOD)
    good = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 3))):
        good[data.draw(st.integers(0, len(good) - 1))] = data.draw(st.integers(0, 255))
    certificates.public_key(bytes(good))
    certificates.period(bytes(good))
    if bytes(good) != whole:
        certificates.is_backed(bytes(good), [bytes(good)], [Authority(bytes(good))], TODAY)


def test_rubbish_is_no_certificate():
    good = der(leaf())
    for data in (b"", b"\x30\x00", good[:-1], b"\x30" * 50, b"\0" * (1 << 16), good[:60] * 3):
        assert not certificates.is_backed(data, [], [Authority(data)], TODAY)
        assert certificates.period(data) is None
        certificates.public_key(data)
    assert certificates.public_key(good).algorithm == "ecdsa"
    assert certificates.period(good) == ((NOW - 10 * DAY).date(), (NOW + 10 * DAY).date())


@pytest.fixture
def signed() -> bytes:
    key = SigningKey.from_pem(pem(middle()) + pem(leaf()) + private(LEAF))
    return made(key)


def verdict(data: bytes, *authorities: Authority) -> tuple[str, str]:
    store = TrustStore((Producer(STUDIO, authorities=authorities),)) if authorities else None
    worth = check(data, only="implicit", trust=store).inspection.labels[0].security
    return worth.status, worth.detail


def test_a_label_with_certificates(signed):
    found = json.loads(check(signed).inspection.labels[0].fields["ReservedCode1"])
    kinds = [each["Type"] for each in found["SecurityData"]["PubSD"]]
    assert kinds == ["DS", "DS", "Cert", "Cert"]
    assert verdict(signed) == ("intact", "")
    assert verdict(signed, Authority(der(root()))) == ("verified", "")
    assert verdict(signed, Authority(der(root()), ("CN=Rival",))) == ("failed", "foreign-key")
    stranger = certificate(MIDDLE, "Other", MIDDLE, ca=True)
    assert verdict(signed, Authority(der(stranger))) == ("failed", "foreign-key")


def test_signing_again_with_certificates_changes_nothing(signed):
    from aigc_label import ImplicitLabel, label

    found = check(signed).inspection.labels[0].fields
    key = SigningKey.from_pem(private(LEAF))
    certified = replace(
        key,
        certificates=tuple(
            bytes.fromhex(each["CertValue"])
            for each in json.loads(found["ReservedCode1"])["SecurityData"]["PubSD"]
            if each["Type"] == "Cert"
        ),
    )
    told = ImplicitLabel(content_producer=STUDIO, produce_id="1")
    assert not label(signed, told, sign=certified).changed
    assert label(signed, told, sign=key).changed


def test_certificates_of_another_key_are_left_out():
    key = SigningKey.from_pem(pem(middle()) + private(LEAF))
    assert key.certificates == ()
