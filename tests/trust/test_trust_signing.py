"""What ``sign=`` asks for, refuses and notes; and what the pieces do at their edges."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from trust_authorities import certificate
from trust_samples import STUDIO, made, picture

from aigc_label import (
    ExplicitLabel,
    ImplicitLabel,
    SigningKey,
    TrustStore,
    UsageError,
    check,
    label,
    propagate,
    read,
)
from aigc_label.carriers import security
from aigc_label.errors import Malformed
from aigc_label.trust import bindings, der, public, signing, verifying
from aigc_label.trust.store import Producer, TrustedKey

TOLD = ImplicitLabel(content_producer=STUDIO, produce_id="1")


@pytest.fixture
def key(signers) -> SigningKey:
    return signers[STUDIO, "sm2"]


def worth(data: bytes, store: TrustStore | None = None, name: str | None = None):
    (found,) = check(data, trust=store, only="implicit", name=name).inspection.labels
    return found.security


def test_what_cannot_be_signed_is_refused(key):
    coded = replace(TOLD, reserved_code1="x")
    for told, signer, reason in (
        (None, key, "none is asked for"),
        (coded, key, "not both"),
        (TOLD, "key.pem", "must be a SigningKey or None, not str"),
    ):
        with pytest.raises(UsageError, match=reason):
            label(picture(), told, explicit=ExplicitLabel(), sign=signer)


def test_the_marked_picture_is_what_is_signed(key, sm2_store):
    written = label(picture(), TOLD, explicit=ExplicitLabel(), sign=key)
    assert written.mark is not None
    assert worth(written.data, sm2_store).binding == "matches"
    assert not label(written.data, TOLD, explicit=ExplicitLabel(), sign=key).changed


def test_another_number_key_or_picture_is_signed_anew(key, signers, sm2_store):
    first = label(picture(), TOLD, sign=key).data
    other = label(first, replace(TOLD, produce_id="2", propagate_id="2"), sign=key)
    assert other.changed
    assert worth(other.data, sm2_store).status == "verified"
    rekeyed = label(first, TOLD, sign=signers[STUDIO, "ecdsa"])
    assert rekeyed.changed
    assert worth(rekeyed.data).algorithm == "ecdsa"
    marked = label(first, TOLD, explicit=ExplicitLabel(), sign=key)
    assert worth(marked.data, sm2_store).binding == "matches"


def test_a_signature_of_the_own_label_outlives_a_platform(key, sm2_store):
    spread = propagate(label(picture(), TOLD, sign=key).data, "Platform", "77")
    again = label(spread.data, TOLD, sign=key)
    assert worth(again.data, sm2_store).status == "verified"
    assert again.label.content_propagator == "Platform"


def test_labelling_again_without_the_key_says_what_is_lost(key):
    written = label(label(picture(), TOLD, sign=key).data, TOLD)
    assert worth(written.data) is None
    assert any("sign it anew" in note for note in written.notes)
    assert label(written.data, TOLD).notes == ()


def test_a_dry_run_signs_nothing_that_stays(key):
    assert label(picture(), TOLD, sign=key, dry_run=True).data is None


def test_what_cannot_be_told_from_its_label_is_signed_without_a_binding(key, sm2_store):
    written = label(b'{"a": 1}', TOLD, sign=key, name="a.json")
    assert any("not bound to its content" in note for note in written.notes)
    assert worth(written.data, sm2_store, "a.json").binding == "absent"


def test_a_structure_that_breaks_late_is_signed_without_a_binding(key, monkeypatch):
    def broken(*_):
        raise Malformed("its end is missing")

    monkeypatch.setattr(bindings, "digest", broken)
    written = label(picture(), TOLD, sign=key)
    assert "signed, but not bound to its content: its end is missing" in written.notes
    assert worth(written.data).binding == "absent"


def test_reading_verifies_too(key):
    data = label(picture(), TOLD, sign=key).data
    assert read(data).labels[0].security.status == "intact"
    assert check(data, only="explicit").inspection.labels[0].security is None


def test_a_selection_of_somebody_else_can_be_added(key, monkeypatch):
    monkeypatch.setattr(bindings, "_SELECTORS", dict(bindings._SELECTORS))
    entry = {**bindings.entry(b"\1" * 32, "1"), "CntSel": "example/first-32"}
    code = signing._code(TOLD.fields, key, None)
    inner = security.parse(code)
    signature = security.Signature(
        public.OIDS["sm2"], security.BINDING, key.sign(security.binding_messages([entry])[0])
    )
    bound = inner._replace(bindings=(entry,), signatures=(*inner.signatures, signature))
    given = replace(TOLD, reserved_code1=security.dump(bound))
    data = label(picture(), given).data
    assert worth(data).binding == "unsupported"
    for answer, expected in (
        (b"\1" * 32, "matches"),
        (b"\2" * 32, "differs"),
        (None, "unsupported"),
    ):
        bindings.register("example/first-32", lambda *_, answer=answer: answer)
        assert worth(data).binding == expected

    def broken(*_):
        raise Malformed("its end is missing")

    bindings.register("example/first-32", broken)
    assert worth(data).binding == "unsupported"
    assert verifying.verify(given.fields).binding == "unsupported"  # no content to ask about


@pytest.mark.parametrize(
    "changes",
    [{"BType": 1}, {"AlgID": "1.2.3"}, {"CntSel": None}, {"CntSel": ["x"]}, {"CntSel": "y"}],
)
def test_other_bindings_are_not_ours(changes):
    assert bindings.is_known(bindings.entry(b"", "1"))
    assert not bindings.is_known({**bindings.entry(b"", "1"), **changes})


def test_a_binding_signed_in_an_unknown_way_is_not_understood(key):
    entry = bindings.entry(b"\1" * 32, "1")
    inner = security.parse(signing._code(TOLD.fields, key, None))
    odd = security.Signature("1.2.3.4", security.BINDING, b"\0")
    bound = inner._replace(bindings=(entry,), signatures=(*inner.signatures, odd))
    found = verifying.verify(replace(TOLD, reserved_code1=security.dump(bound)).fields)
    assert (found.status, found.detail, found.binding) == (
        "intact",
        "binding-changed",
        "unsupported",
    )


def test_no_signature_and_only_the_platforms():
    empty = security.dump(security.SecurityData())
    found = verifying.verify({**TOLD.fields, "ReservedCode1": empty})
    assert (found.status, found.detail) == ("unsupported", "no-signature")
    found = verifying.verify({**TOLD.fields, "ReservedCode2": "x"})
    assert (found.status, found.detail) == ("unsupported", "platform-only")


def test_no_label_keeps_a_checker_busy(signers, monkeypatch):
    """Eight signatures, eight keys that stand for two each, eight bindings: thousands of tries."""
    oid = public.OIDS["sm2"]
    x = signers[STUDIO, "sm2"].public.value[1:33]
    signature = signers[STUDIO, "sm2"].sign(b"something else")
    many = security.SecurityData(
        bindings=tuple({"BType": number} for number in range(8)),
        signatures=tuple(
            security.Signature(oid, over, signature, "7")
            for over in (security.BINDING, security.METADATA)
            for _ in range(4)
        ),
        keys=(security.KeyEntry(oid, x),) * 8,
    )
    tries = []
    real = public.PublicKey.verify
    monkeypatch.setattr(public.PublicKey, "verify", lambda *given: tries.append(1) or real(*given))
    fields = {**TOLD.fields, "ReservedCode1": security.dump(many)}
    assert verifying.verify(fields).status == "failed"
    assert 8 < len(tries) <= 32


class TestPublicKeys:
    def test_rsa_in_both_forms(self):
        loaded = rsa.generate_private_key(65537, 2048).public_key()
        both = [
            loaded.public_bytes(serialization.Encoding.DER, form)
            for form in (
                serialization.PublicFormat.SubjectPublicKeyInfo,
                serialization.PublicFormat.PKCS1,
            )
        ]
        (first,), (second,) = (public.decoded("rsa", value) for value in both)
        assert first == second

    def test_an_elliptic_point_in_its_forms(self):
        loaded = ec.generate_private_key(ec.SECP256R1()).public_key()
        whole = loaded.public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        short = loaded.public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.CompressedPoint
        )
        for value in (whole, whole[1:], short):
            (found,) = public.decoded("ecdsa", value)
            assert found.value == whole
        assert len(public.decoded("ecdsa", short[1:])) == 2

    def test_a_point_that_begins_as_a_sequence_does(self):
        """One key in 256 does, in the encodings without a first byte of their own."""
        found = None
        x = b"\x30" + b"\0" * 31
        while found is None:
            x = (int.from_bytes(x, "big") + 1).to_bytes(32, "big")
            found = public.from_point("sm2", b"\x02" + x)
        assert public.decoded("sm2", found.value[1:]) == (found,)
        assert found in public.decoded("sm2", x)

    @pytest.mark.parametrize("algorithm", public.OIDS)
    def test_a_key_for_another_algorithm(self, algorithm, signers):
        for (_, other), key in signers.items():
            found = public.decoded(algorithm, key.public.info)
            assert found == ((key.public,) if other == algorithm else ())

    def test_what_is_none(self, signers):
        info = signers[STUDIO, "ecdsa"].public.info
        for value in (b"\x04" + b"\1" * 64, b"\5" * 33, b"\x30\0", info[:-1], b"", b"\x30" * 70):
            for algorithm in public.OIDS:
                assert public.decoded(algorithm, value) == ()
        other = ec.generate_private_key(ec.SECP384R1()).public_key()
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        assert public.from_info(other.public_bytes(serialization.Encoding.DER, form)) is None
        broken = public.PublicKey("ecdsa", b"\x30\0")
        with pytest.raises(ValueError, match=r"DER|ASN|data"):
            broken.verify(b"", b"")


@pytest.mark.parametrize(
    "data", [b"\x30", b"\x30\x05\0", b"\x30\x85\0\0\0\0\0", b"\x30\x80", b"\x04\x00", b"\5\0" * 70]
)
def test_der_that_is_none(data):
    with pytest.raises(ValueError, match="DER"):
        der.sequence(data)


def test_der_of_any_length():
    for size in (0, 127, 128, 255, 256, 70_000):
        whole = der.encoded(der.SEQUENCE, der.encoded(der.OCTETS, b"x" * size))
        assert der.sequence(whole) == [der.Element(der.OCTETS, b"x" * size)]


def test_a_certificate_among_the_keys_of_another(signers):
    """A certificate that has nothing to do with the signature does no harm."""
    stranger = ec.generate_private_key(ec.SECP256R1())
    own = certificate(stranger, "S", stranger).public_bytes(serialization.Encoding.DER)
    assert x509.load_der_x509_certificate(own)
    for algorithm in ("sm2", "ecdsa"):
        key = signers[STUDIO, algorithm]
        inner = security.parse(signing._code(TOLD.fields, key, None))
        more = inner._replace(certificates=(security.KeyEntry("", own),))
        fields = {**TOLD.fields, "ReservedCode1": security.dump(more)}
        store = TrustStore((Producer(STUDIO, (TrustedKey(key.public),)),))
        assert verifying.verify(fields).status == "intact"
        assert verifying.verify(fields, trust=store).status == "verified"


def test_a_label_of_another_producer_is_not_signed_over(key):
    from aigc_label import LabelConflict

    with pytest.raises(LabelConflict):
        label(made(None, producer="Somebody"), TOLD, sign=key)
