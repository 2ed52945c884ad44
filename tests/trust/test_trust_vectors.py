"""Signatures that others made: two public labels of StepFun, and every encoding of a key."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aigc_label.trust import public, sm2, verifying
from aigc_label.trust.store import Producer, TrustedKey, TrustStore

PRODUCER = "001191310104MACE0YX63918020"
KEY = (
    "3059301306072A8648CE3D020106082A811CCF5501822D03420004"
    "5728F08C58D9C72150A705693EF7337859F8FF216E802630041AFAE5C036F0A6"
    "7CB1FDF8C57F5F8B623284AE09E4E545464B7140B26BBDA51BAE965F854C57AA"
)
SIGNATURES = {
    "142569260085903360": "3046022100AE6B84B3342128AE301A597596FCD9EECF3EA0FC2DB6C250BAF234E167298E"
    "9002210097223ABB647B786A90D0A1B93CB9382EA879563B2C7F025FA006BE16AE926C14",
    "147392816552226816": "3045022100E816A5872275AE5414E7E0FD3D9B2C30F7B7FD68609D6486A38DF7CFAA1417"
    "B902201A510FBBE50819BAFF1FCC7B8527FF23CD40447D41A6776E6BCF1F773AE0DBBC",
}
VECTORS = list(SIGNATURES.items())


@pytest.fixture(params=[sm2.Tongsuo, sm2.GmAlg])
def library(request, monkeypatch):
    """Each of the two libraries in turn."""
    known = request.param()
    monkeypatch.setattr(sm2, "_chosen", [known])
    return known


def fields(number: str, signature: str, key: str = KEY, **changes: str) -> dict[str, str]:
    oid = public.OIDS["sm2"]
    told = [
        {
            "Type": "DS",
            "AlgID": oid,
            "TBSData": {"Type": "LabelMataData"},
            "Signature": signature,
        },
        {"Type": "PubKey", "AlgID": oid, "KeyValue": key},
    ]
    code = json.dumps({"SecurityData": {"Type": "TC260PG", "Version": 1, "PubSD": told}})
    found = {"Label": "1", "ContentProducer": PRODUCER, "ProduceID": number}
    return {**found, "ReservedCode1": code, **changes}


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize(("number", "signature"), VECTORS)
def test_a_label_of_stepfun_is_intact(number, signature):
    worth = verifying.verify(fields(number, signature))
    assert (worth.status, worth.algorithm, worth.variant) == ("intact", "sm2", "digest")
    assert worth.binding == "absent"
    assert worth.key == "sha256:9f17b839230204525b5c09926d7fd1667a8b0d6941e20203c168bea018330521"
    pinned = TrustStore((Producer(PRODUCER, (TrustedKey(public.from_info(bytes.fromhex(KEY))),)),))
    assert verifying.verify(fields(number, signature), trust=pinned).status == "verified"


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize(("number", "signature"), VECTORS)
@pytest.mark.parametrize("digit", range(0, 18, 5))
def test_one_digit_of_its_number_breaks_it(number, signature, digit):
    changed = number[:digit] + str((int(number[digit]) + 1) % 10) + number[digit + 1 :]
    worth = verifying.verify(fields(changed, signature))
    assert (worth.status, worth.detail) == ("failed", "changed")


@pytest.mark.parametrize(("number", "signature"), VECTORS)
def test_one_digit_of_the_signature_breaks_it(number, signature):
    for at in (20, 60, 90, 130):
        changed = signature[:at] + f"{int(signature[at], 16) ^ 1:X}" + signature[at + 1 :]
        assert verifying.verify(fields(number, changed)).status == "failed"


@pytest.mark.parametrize("change", [{"Label": "2"}, {"ContentProducer": PRODUCER[:-1] + "1"}])
def test_the_other_fields_are_signed_too(change):
    assert verifying.verify(fields(*VECTORS[0], **change)).status == "failed"


POINT = KEY[-128:]
ENCODINGS = {
    "info": KEY,
    "lower case": KEY.lower(),
    "04 x y": "04" + POINT,
    "x y": POINT,
    "02 x": "02" + POINT[:64],  # y is even
    "00 x": "00" + POINT[:64],
    "x": POINT[:64],
}


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_key_is_read_in_every_encoding(encoding):
    worth = verifying.verify(fields(*VECTORS[0], key=ENCODINGS[encoding]))
    assert worth.status == "intact"
    assert worth.key.endswith("30521")


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize(
    "key", ["", "00", "zz", "03" + POINT[:64], "05" + POINT[:64], "11" * 64, "30", KEY[:-2]]
)
def test_what_is_no_key_of_it_is_no_key(key):
    assert verifying.verify(fields(*VECTORS[0], key=key)).status in ("unsupported", "failed")


def test_the_two_libraries_agree():
    one, other = sm2.Tongsuo(), sm2.GmAlg()
    for maker, reader in ((one, other), (other, one)):
        private = maker.generate()
        point = maker.derive(private)
        assert reader.derive(private) == point
        assert reader.verify(point, b"message", maker.sign(private, b"message"))
        assert maker.point(b"\x02" + point[:32])[:32] == point[:32]
        assert reader.point(b"\x04" + point) == point
    assert one.digest(b"abc") == other.digest(b"abc")
    assert one.digest(b"abc").hex().startswith("66c7f0f4")  # GB/T 32905, annex A.1


@given(st.binary(max_size=80), st.binary(max_size=70))
def test_any_bytes_are_a_signature_or_none(signature, value):
    for algorithm in public.OIDS:
        public.decoded(algorithm, value)
    key = public.from_info(bytes.fromhex(KEY))
    assert key.verify(b"message", signature) is None
    assert sm2.point(value) is None or value[:1] in b"\x02\x03\x04"


@given(st.text(), st.dictionaries(st.sampled_from(["ReservedCode1", "ReservedCode2"]), st.text()))
def test_any_fields_have_a_worth(text, more):
    told = verifying.verify({"Label": "1", "ContentProducer": text, "ProduceID": text, **more})
    assert told.status in ("absent", "unsupported")


def test_vendors_bindings_are_not_understood_and_nothing_fails():
    told = json.loads(fields(*VECTORS[0])["ReservedCode1"])
    inner = told["SecurityData"]
    good = inner["PubSD"][0]
    inner["Bindings"] = [{"BType": 0, "AlgID": "1.2.156.10197.1.401", "Value": "00" * 32}]
    inner["PubSD"].append({**good, "TBSData": {"Type": "Binding"}})  # over who knows what
    code = {"ReservedCode1": json.dumps(told)}
    worth = verifying.verify({**fields(*VECTORS[0]), **code})
    assert (worth.status, worth.binding) == ("intact", "unsupported")
    inner["Bindings"] = {"BType": 0, "Value": None}  # Honor's
    code = {"ReservedCode1": json.dumps(told)}
    assert verifying.verify({**fields(*VECTORS[0]), **code}).binding == "unsupported"


def test_without_a_library_nothing_is_verified_and_nothing_passes(monkeypatch):
    monkeypatch.setattr(sm2, "_chosen", [])
    for name in ("tongsuopy", "tongsuopy.crypto", "gmalg"):
        monkeypatch.setitem(__import__("sys").modules, name, None)
    worth = verifying.verify(fields(*VECTORS[0]))
    assert (worth.status, worth.detail) == ("unsupported", "not-installed")
    trust = TrustStore((Producer(PRODUCER, signs=True, binds=True),))
    assert verifying.verify(fields(*VECTORS[0]), trust=trust) == worth
