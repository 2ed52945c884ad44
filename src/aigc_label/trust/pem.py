"""PEM (RFC 7468): base64 between two lines that say what it is."""

from __future__ import annotations

import base64
import binascii
import os
import re
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from aigc_label.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

Source: TypeAlias = str | os.PathLike[str] | bytes
"""A path, or what would stand in the file."""

_BLOCK = rb"-----BEGIN ([A-Z0-9 ]{1,40})-----\s(.*?)-----END \1-----"
_LONGEST = 1 << 20


class Block(NamedTuple):
    """One block: what it says it is, its bytes, and the whole of it."""

    kind: str
    data: bytes
    text: bytes


def content(source: Source) -> tuple[str, bytes]:
    """What to call a source, and its bytes.

    Raises:
        UsageError: it cannot be read.
    """
    if isinstance(source, bytes):
        return "the key", source
    name = os.fspath(source)
    try:
        with open(source, "rb") as stream:
            return name, stream.read(_LONGEST)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"{name}: cannot be read: {reason}") from None


def blocks(data: bytes) -> Iterator[Block]:
    """The blocks in a file; those that are no base64 are left out, headed ones have no data."""
    for found in re.compile(_BLOCK, re.DOTALL).finditer(data):
        kind, body = found[1].decode("ascii"), found[2]
        try:
            raw = b"" if b":" in body else base64.b64decode(b"".join(body.split()), validate=True)
        except binascii.Error:
            continue
        yield Block(kind, raw, found[0] + b"\n")


def written(kind: str, data: bytes) -> bytes:
    """One block."""
    lines = base64.encodebytes(data).replace(b"\n", b"")
    folded = b"\n".join(lines[at : at + 64] for at in range(0, len(lines), 64))
    name = kind.encode("ascii")
    return b"-----BEGIN " + name + b"-----\n" + folded + b"\n-----END " + name + b"-----\n"
