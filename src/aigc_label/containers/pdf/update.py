"""Incremental updates: new versions of objects behind a file that stays as it is (7.5.6).

An update made here has one form only, so that making it again tells whether the end of a file is
one: then it can be replaced instead of being followed by another.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple

from aigc_label.containers.pdf import xref
from aigc_label.containers.pdf.lexer import Dictionary, Ref
from aigc_label.errors import CannotCarry

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aigc_label.containers.pdf.document import Document

MOST_OWN = 16
"""Objects in an update that is made here."""

_FARTHEST = 9_999_999_999  # ten digits in a table
_OF_THE_SECTION = (
    *(b"Size", b"Prev", b"XRefStm", b"ID"),
    *(b"Type", b"W", b"Index", b"Length", b"Filter", b"DecodeParms", b"DL"),
    *(b"F", b"FFilter", b"FDecodeParms"),
)


class New(NamedTuple):
    """A new version of an object.

    Attributes:
        ref: its number and generation.
        body: the object as it is written, up to ``endobj``.
    """

    ref: Ref
    body: bytes


def dictionary(*entries: bytes) -> bytes:
    """A dictionary of entries as they are written."""
    return b"<< " + b" ".join(entries) + b" >>"


def stream(described: Dictionary, content: bytes) -> bytes:
    """A stream that is not packed, its other entries kept."""
    kept = described.entries(b"Length", b"Filter", b"DecodeParms")
    head = dictionary(*kept, b"/Length %d" % len(content))
    return head + b"\nstream\n" + content + b"\nendstream"


def made(document: Document, info: Ref | None, objects: Sequence[New], seed: bytes) -> bytes:
    """The update that gives a document new versions of objects, as bytes to put behind it.

    Its cross-reference section is of the kind that the document's last one is, as it must be.

    Args:
        document: the document, read by its cross-references.
        info: the information dictionary, one of ``objects``; ``None`` if it stays as it is.
        objects: what changes.
        seed: what the change is; the second part of the file's identifier follows from it.

    Raises:
        CannotCarry: the file is longer than a table can say.
        Malformed, LimitExceeded: the document's older sections are damaged.
    """
    asset = document.asset
    parts = [b"" if asset.peek(asset.size - 1, 1) in (b"\n", b"\r") else b"\n"]
    at = asset.size - document.base + len(parts[0])
    places: dict[Ref, int] = {}
    for one in sorted(objects):
        written = b"%d %d obj\n%b\nendobj\n" % (*one.ref, one.body)
        places[one.ref] = at
        parts.append(written)
        at += len(written)
    if document.newest.rows is None:
        if at > _FARTHEST:
            raise CannotCarry("a cross-reference table cannot reach behind 10 GB; split the file")
        size = max(document.next_number(), *(ref.number + 1 for ref in places))
        lines = [b"%d 1\n%010d %05d n \n" % (r.number, p, r.generation) for r, p in places.items()]
        trailer = dictionary(*_trailer(document, info, size, seed))
        parts += [b"xref\n", *lines, b"trailer\n", trailer, b"\n"]
    else:
        parts.append(_packed(document, info, places, at, seed))
    parts.append(b"startxref\n%d\n%%%%EOF\n" % at)
    return b"".join(parts)


def _packed(
    document: Document, info: Ref | None, places: dict[Ref, int], at: int, seed: bytes
) -> bytes:
    """The section as a stream, which is an object of its own."""
    number = max(document.next_number(), *(ref.number + 1 for ref in places))
    places = {**places, Ref(number, 0): at}
    width = max(4, (at.bit_length() + 7) // 8)
    rows = b"".join(
        b"\x01" + place.to_bytes(width) + ref.generation.to_bytes(2)
        for ref, place in places.items()
    )
    index = b" ".join(b"%d 1" % ref.number for ref in places)
    described = dictionary(
        b"/Type /XRef",
        *_trailer(document, info, number + 1, seed),
        b"/W [1 %d 2]" % width,
        b"/Index [%b]" % index,
        b"/Length %d" % len(rows),
    )
    return b"%d 0 obj\n%b\nstream\n%b\nendstream\nendobj\n" % (number, described, rows)


def _trailer(document: Document, info: Ref | None, size: int, seed: bytes) -> Iterator[bytes]:
    """The entries of the new trailer: the old ones, and what the section brings along."""
    old = document.trailer
    yield b"/Size %d" % size
    yield b"/Prev %d" % (document.newest.start - document.base)
    if info is not None:
        yield b"/Info %d %d R" % info
    if b"Root" not in old and isinstance(root := document.root(), Ref):
        yield b"/Root %d %d R" % root
    yield from old.entries(*_OF_THE_SECTION, *([] if info is None else [b"Info"]))
    halves = document.array(old.get(b"ID"))
    if len(halves) == 2 and all(type(half) is bytes for half in halves):
        first, second = (half for half in halves if isinstance(half, bytes))
        digest = hashlib.md5(second + seed, usedforsecurity=False).hexdigest()
        yield b"/ID [<%b> <%b>]" % (first.hex().encode(), digest.encode())


def begins_at(document: Document) -> int | None:
    """Where the last update of a document begins, if it could have been made here."""
    numbers = document.newest.numbers(MOST_OWN)
    if not numbers or not isinstance(document.trailer.get(b"Prev"), int):
        return None
    found = [document.newest.entry(document.asset, number) for number in numbers]
    places = [one.place + document.base for one in found if one and one.kind == xref.PLAIN]
    return min(places) if len(places) == len(numbers) else None
