"""Keys from wherever producers keep them, and what is said where there is none."""

from __future__ import annotations

import pickle
import sys

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from trust_authorities import certificate
from trust_samples import STUDIO, made

from aigc_label import MissingExtra, SigningKey, UsageError, check
from aigc_label.trust import envelope, keys, pem, sm2

ALGORITHMS = ("sm2", "rsa", "ecdsa")
WEAK = rsa.generate_private_key(65537, 1024)  # noqa: S505 - it shall be refused


def private_pem(key, password: bytes | None = None, form: str = "PKCS8") -> bytes:
    sealed = serialization.BestAvailableEncryption(password) if password else None
    return key.private_bytes(
        serialization.Encoding.PEM,
        getattr(serialization.PrivateFormat, form),
        sealed or serialization.NoEncryption(),
    )


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("password", [None, "p ä s s"])
def test_a_generated_key_signs(algorithm, password, tmp_path):
    private, public = keys.generate(algorithm, password and password.encode())
    path = tmp_path / "key.pem"
    path.write_bytes(private)
    assert keys.is_encrypted(path) is (password is not None)
    key = SigningKey.from_pem(path, password)
    assert key.algorithm == algorithm
    assert keys.read_public(public) == (key.public, ())
    assert key.public.verify(b"message", key.sign(b"message")) == "plain"
    assert key.public.verify(b"massage", key.sign(b"message")) is None


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_wrong_or_missing_password_is_said(algorithm):
    private, _ = keys.generate(algorithm, b"right")
    with pytest.raises(UsageError, match="the password is wrong"):
        SigningKey.from_pem(private, "wrong")
    with pytest.raises(UsageError, match="it is encrypted; give its password"):
        SigningKey.from_pem(private)


def test_the_older_forms_are_read(pems):
    for key in (ec.generate_private_key(ec.SECP256R1()), rsa.generate_private_key(65537, 2048)):
        text = private_pem(key, form="TraditionalOpenSSL")
        assert SigningKey.from_pem(text).sign(b"m")
        locked = private_pem(key, b"pw", form="TraditionalOpenSSL")
        assert SigningKey.from_pem(locked, b"pw").sign(b"m")
        with pytest.raises(UsageError, match="password"):
            SigningKey.from_pem(locked)
    private = SigningKey.from_pem(pems[STUDIO, "sm2"][0])._private
    bare = envelope.der.encoded(
        envelope.der.SEQUENCE,
        envelope.der.encoded(envelope.der.INTEGER, b"\1"),
        envelope.der.encoded(envelope.der.OCTETS, private),
        envelope.der.encoded(0xA0, envelope.der.encoded(envelope.der.OID, envelope.SM2_CURVE)),
    )
    assert SigningKey.from_pem(pem.written("EC PRIVATE KEY", bare)).algorithm == "sm2"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"", "no private key in PEM"),
        (b"-----BEGIN PRIVATE KEY-----\n!!!\n-----END PRIVATE KEY-----\n", "no private key"),
        (pem.written("PRIVATE KEY", b"\x30\x03\x02\x01\x00"), "damaged"),
        (pem.written("ENCRYPTED PRIVATE KEY", b"\x30\x03\x02\x01\x00"), "unknown way"),
        (private_pem(ed25519.Ed25519PrivateKey.generate()), "sign labels"),
        (private_pem(ec.generate_private_key(ec.SECP384R1())), "sign labels"),
        (private_pem(WEAK), "sign labels"),
        (pem.written("PRIVATE KEY", envelope.closed(b"\0" * 32, b"\4" * 65)), "damaged"),
        (pem.written("PRIVATE KEY", envelope.closed(b"\1" * 33, b"\4" * 65)), "damaged"),
    ],
)
def test_what_is_no_key_is_refused(text, reason):
    with pytest.raises(UsageError, match=reason):
        SigningKey.from_pem(text, "pw")


def test_a_file_that_cannot_be_read(tmp_path):
    with pytest.raises(UsageError, match=r"gone\.pem: cannot be read: No such file"):
        SigningKey.from_pem(tmp_path / "gone.pem")
    with pytest.raises(UsageError, match="cannot be read"):
        SigningKey.from_pem("nul\0byte")


def test_pkcs12(tmp_path):
    key = ec.generate_private_key(ec.SECP256R1())
    own = certificate(key, "Studio", key, "Studio")
    path = tmp_path / "key.p12"
    path.write_bytes(
        pkcs12.serialize_key_and_certificates(
            b"studio", key, own, None, serialization.BestAvailableEncryption(b"pw")
        )
    )
    found = SigningKey.from_pkcs12(path, "pw")
    assert found.certificates == (own.public_bytes(serialization.Encoding.DER),)
    assert found.sign(b"m")
    with pytest.raises(UsageError, match="cannot be used"):
        SigningKey.from_pkcs12(path, "wrong")
    sealed = serialization.NoEncryption()
    bare = pkcs12.serialize_key_and_certificates(b"x", None, own, None, sealed)
    with pytest.raises(UsageError, match="no private key"):
        SigningKey.from_pkcs12(bare)
    with pytest.raises(UsageError, match="sign labels"):
        SigningKey.from_pkcs12(
            pkcs12.serialize_key_and_certificates(b"x", WEAK, None, None, sealed)
        )


def test_the_environment(monkeypatch, tmp_path):
    private, _ = keys.generate("sm2", b"pw")
    monkeypatch.delenv(keys.KEY_VARIABLE, raising=False)
    with pytest.raises(UsageError, match="AIGC_LABEL_SIGN_KEY is not set"):
        SigningKey.from_environment()
    monkeypatch.setenv(keys.KEY_VARIABLE, private.decode())
    monkeypatch.setenv(keys.PASSWORD_VARIABLE, "pw")
    key = SigningKey.from_environment()
    path = tmp_path / "key.pem"
    path.write_bytes(private)
    monkeypatch.setenv("OTHER", str(path))
    assert SigningKey.from_environment("OTHER") == key


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_key_that_somebody_else_holds(algorithm, signers, pems):
    inner = signers[STUDIO, algorithm]
    key = SigningKey.from_callable(inner.sign, algorithm, pems[STUDIO, algorithm][1])
    assert SigningKey.from_callable(inner.sign, algorithm, inner.public) == key
    assert check(made(key), only="implicit").inspection.labels[0].security.status == "intact"


def test_a_key_that_somebody_else_holds_and_that_does_not_fit(signers, pems):
    public = pems[STUDIO, "sm2"][1]
    for wrong in (signers["RivalStudio", "sm2"].sign, lambda _: b"", lambda _: "text"):
        with pytest.raises(UsageError, match="does not fit the public key"):
            SigningKey.from_callable(wrong, "sm2", public).sign(b"m")

    def digest(message):
        return signers[STUDIO, "sm2"].sign(sm2.digest(message))

    with pytest.raises(UsageError, match="does not fit"):  # the plain form is what is written
        SigningKey.from_callable(digest, "sm2", public).sign(b"m")
    with pytest.raises(UsageError, match="one for sm2, not for rsa"):
        SigningKey.from_callable(digest, "rsa", public)
    with pytest.raises(UsageError, match="must be sm2, rsa or ecdsa"):
        SigningKey.from_callable(digest, "dsa", public)
    with pytest.raises(UsageError, match="no public key"):
        SigningKey.from_callable(digest, "sm2", b"")


def test_public_keys_that_sign_no_labels():
    key = ed25519.Ed25519PrivateKey.generate()
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    text = key.public_key().public_bytes(serialization.Encoding.PEM, form)
    with pytest.raises(UsageError, match="no public key that labels are signed with"):
        keys.read_public(text)
    found = keys.read_public(
        certificate(
            ec.generate_private_key(ec.SECP256R1()), "S", ec.generate_private_key(ec.SECP256R1())
        ).public_bytes(serialization.Encoding.PEM)
    )
    assert found[0].algorithm == "ecdsa"
    assert len(found[1]) == 1


def test_a_key_travels_to_another_process_and_shows_no_secret(signers):
    for key in signers.values():
        again = pickle.loads(pickle.dumps(key))  # noqa: S301 - our own
        assert again == key
        assert again.sign(b"m")
        assert "_private" not in repr(key)
        assert key._private.hex() not in repr(key)


def test_what_is_missing_for_sm2_is_named(monkeypatch, pems):
    private, public = pems[STUDIO, "sm2"]
    locked, _ = keys.generate("sm2", b"pw")
    monkeypatch.setattr(sm2, "_chosen", [])
    for name in ("tongsuopy", "tongsuopy.crypto", "gmalg"):
        monkeypatch.setitem(sys.modules, name, None)
    for attempt in (
        lambda: SigningKey.from_pem(private),
        lambda: SigningKey.from_pem(locked, "pw"),
        lambda: keys.read_public(public),
        lambda: keys.generate("sm2"),
    ):
        with pytest.raises(MissingExtra, match=r"pip install 'aigc-label\[crypto\]'"):
            attempt()
