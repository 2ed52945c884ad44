"""``aigc-label keygen``: make a key to sign labels with."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING

from aigc_label.cli import dispatch, parsing, signing, terminal
from aigc_label.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

_EXAMPLES = """\
  aigc-label keygen -o studio.key.pem --public studio.pub.pem
  aigc-label keygen --alg ecdsa --encrypt -o studio.key.pem

Keep the private key to yourself, and give the public one to whoever checks your labels: it goes
into their trust store (aigc-label check --trust trust.toml)."""


def run(argv: Sequence[str]) -> int:
    """Run the verb."""
    parser = parsing.Parser("keygen", "Make a key to sign labels with.", _EXAMPLES)
    parser.add_argument(
        "--alg",
        type=parsing.one_of(*signing.ALGORITHMS),
        default="sm2",
        metavar="|".join(signing.ALGORITHMS),
        help="SM2 with SM3, RSA of 3072 bits or ECDSA on P-256 with SHA-256 (default: sm2)",
    )
    parser.add_argument("-o", "--output", metavar="KEY.pem", help="write the private key here")
    parser.add_argument("--public", metavar="PUB.pem", help="write the public key here")
    parser.add_argument(
        "--encrypt",
        action="store_true",
        help="under a password, from AIGC_LABEL_SIGN_PASSWORD or asked for",
    )
    args = parser.parse(argv)
    if args is None:
        return dispatch.FINE
    if not args.output:
        raise UsageError("where shall the private key go? give -o KEY.pem")
    targets = [path for path in (args.output, args.public) if path]
    if len({os.path.abspath(path) for path in targets}) < len(targets):
        raise UsageError("the private and the public key go into two files")
    for path in targets:
        if os.path.lexists(path):
            raise UsageError(f"{path} exists; a key is never overwritten")
    password = signing.asked_twice() if args.encrypt else None
    from aigc_label.trust import keys  # noqa: PLC0415 - the help does without

    private, public = keys.generate(args.alg, password)
    fingerprint = keys.read_public(public)[0].fingerprint
    _write(args.output, private, 0o600)
    if args.public:
        try:
            _write(args.public, public, 0o644)
        except BaseException:
            os.unlink(args.output)  # half a pair is of no use, and in the way of the next run
            raise
    shown = " and ".join(terminal.printable(path) for path in targets)
    sys.stdout.write(f"wrote {shown}: {args.alg} key {fingerprint}\n")
    if not args.public:
        sys.stdout.write(public.decode())
    return dispatch.FINE


def _write(path: str, data: bytes, mode: int) -> None:
    """Write a new file; nothing of it stays if that fails.

    Raises:
        OSError: unwrapped.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with open(descriptor, "wb") as stream:
            stream.write(data)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(path)
        raise
