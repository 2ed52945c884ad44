"""The trust store: read exactly, dates obeyed, and every slip in it said."""

from __future__ import annotations

import datetime as dt
import pickle

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from trust_authorities import NOW, certificate
from trust_samples import RIVAL, STUDIO, made

from aigc_label import TrustStore, UsageError, check

DAY = dt.date(2026, 6, 1)


@pytest.fixture
def folder(tmp_path, pems):
    (tmp_path / "studio.pem").write_bytes(pems[STUDIO, "sm2"][1])
    (tmp_path / "rival.pem").write_bytes(pems[RIVAL, "sm2"][1])
    key = ec.generate_private_key(ec.SECP256R1())
    own = certificate(key, "CA", key, ca=True)
    (tmp_path / "ca.pem").write_bytes(own.public_bytes(serialization.Encoding.PEM))
    return tmp_path


def load(folder, text: str, day: dt.date | None = DAY) -> TrustStore:
    path = folder / "trust.toml"
    path.write_text(text, "utf-8")
    return TrustStore.load(path, day)


def keyed(*lines: str) -> str:
    told = [f'[[producer]]\ncode = "{STUDIO}"\n[[producer.key]]\nfile = "studio.pem"', *lines]
    return "\n".join(told)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ((), ("verified", "")),
        (("not-before = 2026-06-01", "not-after = 2026-06-01"), ("verified", "")),
        (("not-before = 2026-06-02",), ("intact", "out-of-date")),
        (("not-after = 2026-05-31",), ("intact", "out-of-date")),
        (("revoked = 2026-06-02",), ("verified", "")),
        (("revoked = 2026-06-01",), ("failed", "revoked")),
        (("revoked = 2026-01-01", "not-after = 2025-12-31"), ("failed", "revoked")),
    ],
)
def test_dates_are_compared_with_the_day_on_which_a_file_was_seen(lines, expected, folder, signers):
    data = made(signers[STUDIO, "sm2"])
    report = check(data, only="implicit", trust=load(folder, keyed(*lines)))
    worth = report.inspection.labels[0].security
    assert (worth.status, worth.detail) == expected
    assert report.ok is (expected[0] != "failed")


def test_a_new_key_beside_an_old_one(folder, signers):
    more = '[[producer.key]]\nfile = "rival.pem"\nrevoked = 2026-01-01'
    store = load(folder, keyed(more))
    for who, status in ((STUDIO, "verified"), (RIVAL, "failed")):
        data = made(signers[who, "sm2"])
        assert check(data, trust=store).inspection.labels[0].security.status == status


def test_everything_that_may_stand_in_it(folder, signers):
    point = signers[RIVAL, "ecdsa"].public.value.hex()
    store = load(
        folder,
        keyed(
            f'[[producer]]\ncode = "{RIVAL}"\nsigns = true\nbinds = true',
            f'[[producer.key]]\nhex = "{point}"\nalgorithm = "ecdsa"',
            '[[producer.key]]\nfile = "ca.pem"',
            '[[producer.authority]]\nfile = "ca.pem"\nsubject = ["O=Example"]',
        ),
        None,
    )
    found = store.of(RIVAL)
    assert (found.signs, found.binds) == (True, True)
    assert found.keys[0].key == signers[RIVAL, "ecdsa"].public
    assert found.keys[1].not_after == (NOW + dt.timedelta(days=10)).date()
    assert found.authorities[0].subject == ("O=Example",)
    assert store.of("nobody") is None
    assert store.today == dt.datetime.now(dt.UTC).date()
    assert pickle.loads(pickle.dumps(store)) == store  # noqa: S301 - our own


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", r"names no \[\[producer\]\]"),
        ("producer = 1", "producer in the file must be a list"),
        ("producer = [1]", "written in the wrong form"),
        ("producers = []", "knows no 'producers'; it knows producer"),
        ("[[producer]]", "has no code"),
        ('[[producer]]\ncode = "S"', "neither key nor authority"),
        ('[[producer]]\ncode = "S"\nkeys = []', r"\[\[producer\]\] knows no 'keys'"),
        (keyed(keyed()), "same code"),
        (keyed("expires = 2026-01-01"), "producer.key]] knows no 'expires'"),
        (keyed('revoked = "soon"'), "must be a date"),
        (keyed("revoked = 2026-01-01T00:00:00"), "must be a date"),
        (keyed('hex = "00"'), "either file or hex"),
        (keyed('algorithm = "sm2"'), "algorithm goes with hex"),
        (keyed('[[producer.key]]\nhex = "00"'), "no key for sm2"),
        (keyed('[[producer.key]]\nhex = "zz"'), "no key for sm2"),
        (keyed('[[producer.key]]\nhex = "00"\nalgorithm = "dsa"'), "must be sm2, rsa or ecdsa"),
        (keyed('[[producer.key]]\nfile = "gone.pem"'), r"gone\.pem: cannot be read"),
        (keyed('[[producer.key]]\nfile = "trust.toml"'), "no public key"),
        (keyed('[[producer.authority]]\nfile = "studio.pem"'), "is a certificate"),
        (keyed("[[producer.authority]]"), "has a file"),
        (keyed('[[producer.authority]]\nfile = "ca.pem"\nsubject = [1]'), "wrong form"),
        ("=", "not valid TOML"),
    ],
)
def test_a_slip_is_said(text, reason, folder):
    with pytest.raises(UsageError, match=reason) as raised:
        load(folder, text)
    assert str(raised.value).startswith(str(folder / "trust.toml"))


def test_a_file_that_is_not_there_or_no_text(tmp_path):
    with pytest.raises(UsageError, match="cannot be read"):
        TrustStore.load(tmp_path / "trust.toml")
    (tmp_path / "trust.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="not valid TOML"):
        TrustStore.load(tmp_path / "trust.toml")
