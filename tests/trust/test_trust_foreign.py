"""OpenSSL verifies what we sign, and we verify what OpenSSL signs; keys and certificates alike."""

from __future__ import annotations

import datetime as dt
import json
import subprocess

import pytest
from trust_samples import STUDIO, made, picture

from aigc_label import ImplicitLabel, SigningKey, TrustStore, UsageError, check, label
from aigc_label.trust import keys

pytestmark = pytest.mark.foreign("openssl")

SIGNER = ["-pkeyopt", "distid:1234567812345678"]
NEW = {
    "sm2": ["-algorithm", "SM2"],
    "rsa": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
    "ecdsa": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
}


@pytest.fixture
def openssl(tmp_path):
    def run(*arguments: str, ok: bool = True) -> str:
        done = subprocess.run(
            ["openssl", *arguments], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert (done.returncode == 0) is ok, done.stderr
        return done.stdout

    return run


def hashed(algorithm: str) -> list[str]:
    return ["-digest", "sm3", *SIGNER] if algorithm == "sm2" else ["-digest", "sha256"]


def told(data: bytes) -> list[dict]:
    (found,) = check(data, only="implicit").inspection.labels
    return json.loads(found.fields["ReservedCode1"])["SecurityData"]


def test_openssl_verifies_a_signed_label(studio, pems, openssl, tmp_path):
    _, public = pems[STUDIO, studio.algorithm]
    (tmp_path / "pub.pem").write_bytes(public)
    inner = told(made(studio, number="42"))
    messages = {
        "Md": f'"Label":"1","ContentProducer":"{STUDIO}","ProduceID":"42"',
        "Bnd": json.dumps(inner["Bindings"][0], separators=(",", ":")),
    }
    for entry in inner["PubSD"]:
        if entry["Type"] != "DS":
            continue
        message = messages.pop(entry["TBSData"]["Type"])
        (tmp_path / "sig").write_bytes(bytes.fromhex(entry["Signature"]))
        arguments = ["-verify", "-pubin", "-inkey", "pub.pem", "-rawin", "-in", "msg"]
        arguments += ["-sigfile", "sig", *hashed(studio.algorithm)]
        for text, good in ((message, True), (message.replace("42", "43"), False)):
            (tmp_path / "msg").write_text(text, "utf-8")
            openssl("pkeyutl", *arguments, ok=good)
    assert not messages


@pytest.mark.parametrize("algorithm", NEW)
def test_we_verify_what_openssl_signs(algorithm, openssl, tmp_path):
    """A producer with OpenSSL and nothing of ours, and a platform with its public key."""
    openssl("genpkey", *NEW[algorithm], "-out", "key.pem")
    openssl("pkey", "-in", "key.pem", "-pubout", "-out", "pub.pem")
    message = f'"Label":"1","ContentProducer":"{STUDIO}","ProduceID":"42"'
    (tmp_path / "msg").write_text(message, "utf-8")
    arguments = ["-sign", "-inkey", "key.pem", "-rawin", "-in", "msg", "-out", "sig"]
    openssl("pkeyutl", *arguments, *hashed(algorithm))
    oid = {"sm2": "1.2.156.10197.1.501", "rsa": "1.2.840.113549.1.1.11"}.get(
        algorithm, "1.2.840.10045.4.3.2"
    )
    signature = (tmp_path / "sig").read_bytes().hex()
    entry = {"Type": "DS", "AlgID": oid, "TBSData": {"Type": "Md"}, "Signature": signature}
    code = {"SecurityData": {"Type": "TC260PG", "Version": 1, "PubSD": [entry]}}
    (tmp_path / "trust.toml").write_text(
        f'[[producer]]\ncode = "{STUDIO}"\n[[producer.key]]\nfile = "pub.pem"\n', "utf-8"
    )
    store = TrustStore.load(tmp_path / "trust.toml")
    for number, expected in (("42", "verified"), ("43", "failed")):
        given = ImplicitLabel(
            content_producer=STUDIO, produce_id=number, reserved_code1=json.dumps(code)
        )
        data = label(picture(), given).data
        worth = check(data, only="implicit", trust=store).inspection.labels[0].security
        assert (worth.status, worth.algorithm) == (expected, algorithm)


@pytest.mark.parametrize("algorithm", NEW)
def test_openssls_keys_are_ours_and_ours_are_its(algorithm, openssl, tmp_path):
    openssl("genpkey", *NEW[algorithm], "-out", "key.pem")
    plain = SigningKey.from_pem(tmp_path / "key.pem")
    for cipher in ("-aes-256-cbc", "-aes128"):
        openssl("pkey", "-in", "key.pem", cipher, "-passout", "pass:pw", "-out", "locked.pem")
        assert SigningKey.from_pem(tmp_path / "locked.pem", "pw") == plain
    if algorithm != "rsa":
        openssl("ec", "-in", "key.pem", "-out", "old.pem")
        assert SigningKey.from_pem(tmp_path / "old.pem") == plain
        openssl("ec", "-in", "key.pem", "-no_public", "-out", "half.pem")
        assert SigningKey.from_pem(tmp_path / "half.pem") == plain
    for password in (None, b"pw"):
        private, public = keys.generate(algorithm, password)
        (tmp_path / "ours.pem").write_bytes(private)
        shown = openssl("pkey", "-in", "ours.pem", "-passin", "pass:pw", "-pubout")
        assert shown.encode() == public


def test_an_sm2_key_in_pkcs12_is_refused_with_what_to_do(openssl, tmp_path):
    openssl("genpkey", *NEW["sm2"], "-out", "key.pem")
    openssl("req", "-new", "-x509", "-key", "key.pem", "-sm3", "-subj", "/CN=S", "-out", "c.pem")
    arguments = ["-export", "-inkey", "key.pem", "-in", "c.pem", "-passout", "pass:pw"]
    openssl("pkcs12", *arguments, "-out", "key.p12")
    with pytest.raises(UsageError, match="openssl pkcs12 -in FILE"):
        SigningKey.from_pkcs12(tmp_path / "key.p12", "pw")


def test_an_sm2_certificate_leads_to_its_authority(openssl, tmp_path):
    signing = ["-sm3", "-sigopt", "distid:1234567812345678"]
    for who in ("ca", "studio"):
        openssl("genpkey", *NEW["sm2"], "-out", f"{who}.key")
    openssl(
        *["req", "-new", "-x509", "-key", "ca.key", "-subj", "/O=CA/CN=Root", "-days", "30"],
        *[*signing, "-out", "ca.pem"],
    )
    openssl(
        *["req", "-new", "-key", "studio.key", "-subj", "/O=Studio/CN=Labels", *signing],
        *["-out", "studio.csr"],
    )
    openssl(
        *["x509", "-req", "-in", "studio.csr", "-CA", "ca.pem", "-CAkey", "ca.key", *signing],
        *["-vfyopt", "distid:1234567812345678", "-days", "20", "-out", "studio.pem"],
    )
    both = (tmp_path / "studio.pem").read_bytes() + (tmp_path / "studio.key").read_bytes()
    key = SigningKey.from_pem(both)
    assert len(key.certificates) == 1
    data = made(key)
    (tmp_path / "trust.toml").write_text(
        f'[[producer]]\ncode = "{STUDIO}"\n'
        '[[producer.authority]]\nfile = "ca.pem"\nsubject = ["O=Studio"]\n',
        "utf-8",
    )
    today = dt.datetime.now(dt.UTC).date()
    for days, expected in ((0, "verified"), (25, "failed"), (-1, "failed")):
        store = TrustStore.load(tmp_path / "trust.toml", today + dt.timedelta(days=days))
        worth = check(data, only="implicit", trust=store).inspection.labels[0].security
        assert worth.status == expected
