"""Options for the signatures of labels: the key that signs, and whose signatures to believe."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from aigc_label.cli import parsing, terminal
from aigc_label.errors import UsageError

if TYPE_CHECKING:
    import argparse
    import datetime as dt

    from aigc_label.cli.config import Settings
    from aigc_label.trust.keys import SigningKey
    from aigc_label.trust.store import TrustStore

ALGORITHMS = ("sm2", "rsa", "ecdsa")
_PKCS12 = (".p12", ".pfx")
_OTHERS_MAY_READ = 0o044


def add_signing(parser: parsing.Parser) -> None:
    """The options of a verb that signs."""
    group = parser.add_argument_group("signature of the label (TC260-PG-202511A)")
    group.add_argument(
        "--sign-key",
        metavar="KEY.pem",
        help="sign the label with this key and bind it to the content; also AIGC_LABEL_SIGN_KEY, "
        "the password of an encrypted one from AIGC_LABEL_SIGN_PASSWORD or asked for",
    )
    group.add_argument(
        "--sign-alg",
        type=parsing.one_of(*ALGORITHMS),
        metavar="|".join(ALGORITHMS),
        help="refuse a key for another algorithm than this one",
    )


def chosen(args: argparse.Namespace, settings: Settings) -> SigningKey | None:
    """The key that the options, the environment or the settings name.

    Raises:
        UsageError: it cannot be used.
        MissingExtra: what signing takes is not installed.
    """
    value = _setting("sign-key", args.sign_key, settings)
    if not value:
        if args.sign_alg:
            raise UsageError("--sign-alg is about a key; give one with --sign-key KEY.pem")
        return None
    if getattr(args, "reserved_code", ""):
        raise UsageError("--reserved-code and a key exclude one another: the signature goes there")
    from aigc_label.trust import keys  # noqa: PLC0415 - most labels are not signed

    written_out = "-----BEGIN" in value
    if not written_out:
        _warn_of_readers(value)
    source = value.encode() if written_out else value
    password = os.environ.get(keys.PASSWORD_VARIABLE)
    if value.lower().endswith(_PKCS12):
        key = keys.SigningKey.from_pkcs12(source, password or _asked(value))
    else:
        if not password and keys.is_encrypted(source):
            password = _asked("the key" if written_out else value)
        key = keys.SigningKey.from_pem(source, password)
    if args.sign_alg not in (None, key.algorithm):
        raise UsageError(f"{value}: a key for {key.algorithm}, not for {args.sign_alg}")
    return key


def place(args: argparse.Namespace, settings: Settings) -> str:
    """Where the key stands, ``""`` for none: for what is kept, which no key may go into.

    Raises:
        UsageError: the key itself was given, or an algorithm without a key.
    """
    value = _setting("sign-key", args.sign_key, settings)
    if "-----BEGIN" in value:
        raise UsageError("a batch keeps its plan, and no key goes into it; give the key's file")
    if not value and args.sign_alg:
        raise UsageError("--sign-alg is about a key; give one with --sign-key KEY.pem")
    if value and getattr(args, "reserved_code", ""):
        raise UsageError("--reserved-code and a key exclude one another: the signature goes there")
    if value:
        _warn_of_readers(value)
    return value


def add_trust(parser: parsing.Parser) -> None:
    """The options of a verb that verifies."""
    group = parser.add_argument_group("signatures of labels (TC260-PG-202511A)")
    group.add_argument(
        "--trust",
        metavar="TRUST.toml",
        help="which keys speak for which producer; a signature by one of them is verified",
    )
    group.add_argument(
        "--trust-on",
        type=_day,
        metavar="DATE",
        help="the day on which the files were seen, for keys that were revoked (default: today)",
    )


def store(args: argparse.Namespace, settings: Settings) -> TrustStore | None:
    """Whom the options or the settings say to believe.

    Raises:
        UsageError: the file cannot be used.
    """
    path = store_place(args, settings)
    if not path:
        return None
    from aigc_label.trust.store import TrustStore  # noqa: PLC0415 - most runs have none

    return TrustStore.load(path, args.trust_on)


def store_place(args: argparse.Namespace, settings: Settings) -> str:
    """Where the trust store stands, ``""`` for none.

    Raises:
        UsageError: a day is given, and no store.
    """
    path = _setting("trust", args.trust, settings)
    if not path and args.trust_on:
        raise UsageError("--trust-on is about a trust store; give one with --trust TRUST.toml")
    return path


def _setting(name: str, given: str | None, settings: Settings) -> str:
    """A path as it was given; one in the settings file is relative to its folder.

    Raises:
        UsageError: it is empty, as a variable is that was not set: nothing would be signed.
    """
    if given == "":
        raise UsageError(f"--{name} names no file; leave it out, or say which")
    value: str = settings.get(name, given, "")
    if value and value == settings.values.get(name) and given is None and settings.path:
        return os.path.join(os.path.dirname(settings.path), value)
    return value


def asked_twice() -> bytes:
    """A new password from the environment, or typed twice.

    Raises:
        UsageError: there is nobody to ask, or the two differ.
    """
    from aigc_label.trust import keys  # noqa: PLC0415 - as above

    password = os.environ.get(keys.PASSWORD_VARIABLE)
    if not password:
        password = _asked("the new key")
        if _asked("the new key, again") != password:
            raise UsageError("the two passwords differ")
    return password.encode()


def _asked(what: str) -> str:
    """A password, typed unseen.

    Raises:
        UsageError: there is nobody to ask, or nothing was typed.
    """
    if not (sys.stdin and sys.stdin.isatty()):
        raise UsageError(f"{what}: the password is missing; set AIGC_LABEL_SIGN_PASSWORD")
    import getpass  # noqa: PLC0415 - seldom asked

    password = getpass.getpass(f"password of {terminal.printable(what)}: ", sys.stderr)
    if not password:
        raise UsageError(f"{what}: the password is missing")
    return password


def _warn_of_readers(path: str) -> None:
    try:
        mode = os.stat(path).st_mode
    except OSError:  # reading it will say so
        return
    if os.name == "posix" and mode & _OTHERS_MAY_READ:
        shown = terminal.printable(path)
        terminal.complain(f"note: others may read the key {shown}; chmod 600 {shown}")


def _day(text: str) -> dt.date:
    import argparse  # noqa: PLC0415 - loaded already
    import datetime as dt  # noqa: PLC0415 - seldom asked for

    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"not a date such as 2026-11-01: {text!r}") from None
