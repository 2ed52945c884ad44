"""Keys on the command line: made, kept from others, signing labels and deciding whom to believe."""

from __future__ import annotations

import json
import os
import stat

import pytest

from aigc_label.cli import main

LABEL = ("label", "--no-explicit", "--producer", "Studio")


@pytest.fixture(autouse=True)
def _no_key(monkeypatch):
    for name in ("AIGC_LABEL_SIGN_KEY", "AIGC_LABEL_SIGN_PASSWORD"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def keys(cli):
    """A key, its public half and a store that has it for the studio."""
    assert cli("keygen", "-o", "key.pem", "--public", "pub.pem").code == 0
    with open("trust.toml", "w", encoding="utf-8") as stream:
        stream.write('[[producer]]\ncode = "Studio"\n[[producer.key]]\nfile = "pub.pem"\n')


@pytest.fixture
def signed(cli, sample, keys):  # noqa: ARG001 - they are signed with
    sample("picture.jpg", to="a.jpg")
    done = cli(*LABEL, "--sign-key", "key.pem", "--in-place", "a.jpg")
    assert (done.code, done.err) == (0, "")


class TestKeygen:
    def test_a_key_is_for_nobody_elses_eyes(self, cli):
        done = cli("keygen", "-o", "key.pem", "--public", "pub.pem")
        assert (done.code, done.err) == (0, "")
        assert done.out.startswith("wrote key.pem and pub.pem: sm2 key sha256:")
        assert stat.S_IMODE(os.stat("key.pem").st_mode) == 0o600

    def test_the_public_key_is_printed_where_it_has_no_file(self, cli):
        done = cli("keygen", "--alg", "ecdsa", "-o", "key.pem")
        assert "-----BEGIN PUBLIC KEY-----" in done.out
        assert "PRIVATE" not in done.out

    @pytest.mark.parametrize("taken", ["key.pem", "pub.pem"])
    def test_nothing_is_overwritten(self, cli, taken):
        with open(taken, "w", encoding="utf-8") as stream:
            stream.write("mine")
        done = cli("keygen", "-o", "key.pem", "--public", "pub.pem")
        assert (done.code, done.out) == (2, "")
        assert f"{taken} exists" in done.err
        assert os.listdir() == [taken]

    def test_half_a_pair_does_not_stay(self, cli):
        done = cli("keygen", "-o", "key.pem", "--public", "no/such/folder/pub.pem")
        assert done.code == 2
        assert os.listdir() == []

    @pytest.mark.parametrize(
        ("arguments", "reason"),
        [
            ((), "give -o KEY.pem"),
            (("-o", "k.pem", "--public", "./k.pem"), "two files"),
            (("-o", "k.pem", "--alg", "dsa"), "no such choice"),
            (("-o", "k.pem", "--encrypt"), "the password is missing"),
            (("-o", "no/folder/k.pem"), "no/folder/k.pem"),
        ],
    )
    def test_what_cannot_be(self, cli, arguments, reason, monkeypatch):
        monkeypatch.setattr("sys.stdin", None)
        done = cli("keygen", *arguments)
        assert done.code == 2
        assert reason in done.err
        assert os.listdir() == []

    def test_help(self, cli):
        assert "trust.toml" in cli("keygen", "--help").out


class TestLabel:
    @pytest.mark.usefixtures("signed")
    def test_a_second_run_changes_nothing(self, cli):
        done = cli(*LABEL, "--sign-key", "key.pem", "--in-place", "a.jpg")
        assert done.out.startswith("unchanged a.jpg")

    def test_a_key_that_others_may_read_is_noted(self, cli, sample, keys):  # noqa: ARG002 - made by it
        sample("picture.jpg", to="a.jpg")
        os.chmod("key.pem", 0o644)
        done = cli(*LABEL, "--sign-key", "key.pem", "--in-place", "a.jpg")
        assert done.code == 0
        assert "note: others may read the key key.pem; chmod 600 key.pem" in done.err

    def test_an_encrypted_key(self, cli, sample, monkeypatch):
        sample("picture.jpg", to="a.jpg")
        monkeypatch.setenv("AIGC_LABEL_SIGN_PASSWORD", "pw")
        assert cli("keygen", "--alg", "ecdsa", "--encrypt", "-o", "key.pem").code == 0
        assert cli(*LABEL, "--sign-key", "key.pem", "--in-place", "a.jpg").code == 0

    def test_a_password_is_asked_for_on_a_terminal(self, cli, sample, monkeypatch):
        class Terminal:
            def isatty(self):
                return True

        sample("picture.jpg", to="a.jpg")
        monkeypatch.setattr("sys.stdin", Terminal())
        typed = iter(["pw", "pw", "pw", "", "one", "other"])
        monkeypatch.setattr("getpass.getpass", lambda *_: next(typed))
        assert cli("keygen", "--alg", "ecdsa", "--encrypt", "-o", "key.pem").code == 0
        assert cli(*LABEL, "--sign-key", "key.pem", "--in-place", "a.jpg").code == 0
        assert "is missing" in cli(*LABEL, "--sign-key", "key.pem", "--in-place", "a.jpg").err
        assert "differ" in cli("keygen", "--encrypt", "-o", "other.pem").err

    @pytest.mark.parametrize(
        ("arguments", "reason"),
        [
            (("--sign-key", "gone.pem"), "gone.pem: cannot be read: No such file"),
            (("--sign-key", "a.jpg"), "a.jpg: no private key in PEM"),
            (("--sign-key", "key.pem", "--sign-alg", "rsa"), "a key for sm2, not for rsa"),
            (("--sign-key", "key.pem", "--reserved-code", "x"), "exclude one another"),
            (("--sign-alg", "sm2"), "give one with --sign-key"),
            (("--sign-key", "key.p12"), "the password is missing"),
        ],
    )
    @pytest.mark.usefixtures("keys")
    def test_what_cannot_be(self, cli, sample, arguments, reason, monkeypatch):
        monkeypatch.setattr("sys.stdin", None)
        path = sample("picture.jpg", to="a.jpg")
        with open(path, "rb") as stream:
            before = stream.read()
        done = cli(*LABEL, *arguments, "--in-place", "a.jpg")
        assert done.code == 2
        assert reason in done.err
        with open(path, "rb") as stream:
            assert stream.read() == before

    @pytest.mark.usefixtures("keys")
    def test_the_key_in_the_environment_or_the_settings(self, cli, sample, monkeypatch):
        for number in (1, 2, 3):
            sample("picture.jpg", to=f"{number}.jpg")
        with open("key.pem", encoding="utf-8") as stream:
            monkeypatch.setenv("AIGC_LABEL_SIGN_KEY", stream.read())
        assert cli(*LABEL, "--in-place", "1.jpg").code == 0
        monkeypatch.setenv("AIGC_LABEL_SIGN_KEY", os.path.abspath("key.pem"))
        assert cli(*LABEL, "--in-place", "2.jpg").code == 0
        monkeypatch.delenv("AIGC_LABEL_SIGN_KEY")
        with open("aigc-label.toml", "w", encoding="utf-8") as stream:
            stream.write('sign-key = "key.pem"\ntrust = "trust.toml"\n')
        os.mkdir("below")
        os.chdir("below")
        assert cli(*LABEL, "--in-place", "../3.jpg").code == 0
        done = cli("check", "--no-explicit", *(f"../{number}.jpg" for number in (1, 2, 3)))
        assert done.out.count("signature=verified") == 3

    @pytest.mark.usefixtures("keys")
    def test_a_key_travels_to_other_processes(self, cli, sample):
        names = [f"{number}.jpg" for number in range(4)]
        for name in names:
            sample("picture.jpg", to=name)
        assert cli(*LABEL, "-j", "2", "--sign-key", "key.pem", "--in-place", *names).code == 0
        done = cli("check", "-j", "2", "--trust", "trust.toml", "--no-explicit", *names)
        assert done.out.count("signature=verified") == 4


@pytest.mark.usefixtures("signed")
class TestCheck:
    def report(self, cli, *arguments):
        done = cli("check", "--no-explicit", "--output-format", "json", *arguments, "a.jpg")
        return done.code, json.loads(done.out)["reports"][0]["labels"][0]["security"]

    def test_without_a_store_it_is_intact(self, cli):
        code, security = self.report(cli)
        assert code == 0
        assert security["status"] == "intact"
        assert security["binding"] == "matches"
        assert "signature=intact" in cli("check", "--no-explicit", "a.jpg").out

    def test_with_one_it_is_verified(self, cli):
        assert self.report(cli, "--trust", "trust.toml")[1]["status"] == "verified"
        shown = cli("check", "--no-explicit", "--lang", "zh", "--trust", "trust.toml", "a.jpg")
        assert "签名=已验证" in shown.out

    def test_a_revoked_key_fails_from_its_day_on(self, cli):
        with open("trust.toml", "a", encoding="utf-8") as stream:
            stream.write("revoked = 2026-06-01\n")
        trusted = ("--trust", "trust.toml")
        assert self.report(cli, *trusted, "--trust-on", "2026-05-31")[1]["status"] == "verified"
        code, security = self.report(cli, *trusted, "--trust-on", "2026-06-01")
        assert (code, security["status"], security["detail"]) == (1, "failed", "revoked")
        assert "error[implicit.security]" in cli("check", *trusted, "a.jpg").out

    def test_show_tells_it(self, cli):
        assert "signature   intact, algorithm=sm2, variant=plain, key=sha256:" in (
            cli("show", "a.jpg").out
        )
        assert "signature   verified, " in cli("show", "--trust", "trust.toml", "a.jpg").out
        with open("aigc-label.toml", "w", encoding="utf-8") as stream:
            stream.write('trust = "trust.toml"\n')
        assert "signature   verified, " in cli("show", "a.jpg").out

    @pytest.mark.parametrize(
        ("arguments", "reason"),
        [
            (("--trust", "gone.toml"), "gone.toml: cannot be read"),
            (("--trust", "pub.pem"), "pub.pem: not valid TOML"),
            (("--trust-on", "2026-06-01"), "give one with --trust"),
            (("--trust", "trust.toml", "--trust-on", "June"), "not a date"),
        ],
    )
    def test_what_cannot_be(self, cli, arguments, reason):
        done = cli("check", *arguments, "a.jpg")
        assert done.code == 2
        assert reason in done.err

    def test_standard_input(self, cli, monkeypatch):
        import io

        with open("a.jpg", "rb") as stream:
            data = stream.read()
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
        done = cli("check", "--no-explicit", "--trust", "trust.toml", "-")
        assert "signature=verified" in done.out


def test_a_start_without_a_signature_loads_nothing_of_it(sample):
    import subprocess
    import sys

    code = (
        "import sys; from aigc_label.cli import main; main(sys.argv[1:]);"
        "print(*[m for m in sys.modules if 'trust' in m or 'tongsuo' in m or 'cryptogr' in m])"
    )
    path = sample("picture.jpg", to="a.jpg")
    for argv in (("check", "--no-explicit", path), (*LABEL, "--in-place", path)):
        done = subprocess.run(
            [sys.executable, "-c", code, *map(str, argv)],
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.splitlines()[-1] == ""
    assert main(["check", "--no-explicit", str(path)]) == 0


@pytest.mark.parametrize(
    "arguments", [(*LABEL, "--sign-key", "", "--in-place"), ("check", "--trust", "")]
)
def test_a_variable_that_was_not_set_is_no_wish_for_no_signature(cli, sample, arguments):
    sample("picture.jpg", to="a.jpg")
    with open("a.jpg", "rb") as stream:
        before = stream.read()
    done = cli(*arguments, "a.jpg")
    assert (done.code, done.out) == (2, "")
    assert "names no file" in done.err
    with open("a.jpg", "rb") as stream:
        assert stream.read() == before
