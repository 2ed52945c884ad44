"""Labels in the chunks of AIFF where none belongs: texts, comments, XMP, a chunk of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.carriers import glued, keyword, record, xmp
from aigc_label.containers import aiff
from aigc_label.edits import Span, Splice
from aigc_label.model import FoundLabel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset
    from aigc_label.containers.aiff import Chunk
    from aigc_label.model import Observation

_TEXTS = (b"NAME", b"AUTH", b"ANNO", b"(c) ")
_GLANCE = 64 << 10  # bytes of a text that is not called AIGC
_LONGEST_XMP = 8 << 20


def observe(asset: Asset, chunk: Chunk) -> Iterator[Observation]:
    """Yield the labels and other statements of origin in a chunk of any kind but ID3's."""
    if chunk.id in _TEXTS or keyword.is_named(chunk.id):
        carrier = "aiff.text" if chunk.id in _TEXTS else "aiff.chunk"
        text = _text(asset, chunk).rstrip(b"\x00")
        at = chunk.start
        yield from keyword.observe(chunk.id, text, carrier=carrier, home=False, offset=at)
    elif chunk.id == b"COMT":
        for at, _, found in glued.find(_text(asset, chunk)):
            yield FoundLabel(
                carrier="aiff.comment",
                fields=found.fields,
                quirks=found.quirks,
                home=False,
                offset=chunk.body + at,
            )
    elif packet := _packet(asset, chunk):
        yield from xmp.observe(packet, carrier="aiff.xmp", home=False, offset=chunk.start)


def without_label(asset: Asset, chunk: Chunk) -> list[Splice]:
    """The splices that take every label out of a chunk, or the chunk away if it is one.

    Raises:
        CannotCarry: if it stands in XMP that cannot be edited without loss.
    """
    if not any(isinstance(seen, FoundLabel) for seen in observe(asset, chunk)):
        return [aiff.removed(chunk)] if keyword.is_named(chunk.id) else []
    if packet := _packet(asset, chunk):
        at, old, new = chunk.body + 4, packet, xmp.without_label(packet) or packet
    elif chunk.id == b"COMT":  # they are counted, so that one stays, of spaces
        at, old = chunk.body, _text(asset, chunk)
        new = glued.blanked(old)
    else:
        return [aiff.removed(chunk)]
    return aiff.edited(chunk, [Splice(Span(at, at + len(old)), new)])


def _text(asset: Asset, chunk: Chunk) -> bytes:
    most = record.LONGEST if keyword.is_named(chunk.id) else _GLANCE
    return asset.peek(chunk.body, min(chunk.size, most))


def _packet(asset: Asset, chunk: Chunk) -> bytes:
    """The XMP packet in an application's chunk; empty if there is none."""
    if chunk.id != b"APPL" or asset.peek(chunk.body, min(chunk.size, 4)) != b"XMP ":
        return b""
    return asset.peek(chunk.body + 4, min(chunk.size - 4, _LONGEST_XMP))
