"""The label in the comment header of an Ogg stream (202510A, Annex C).

All links of a chain and all streams of a mix are read. Written to the one stream of the first
link: where there are more, players disagree about whose comments count.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from aigc_label.asset import open_asset
from aigc_label.carriers import vorbis
from aigc_label.containers import ogg
from aigc_label.edits import EditPlan
from aigc_label.errors import CannotCarry, LimitExceeded, Malformed
from aigc_label.model import FoundLabel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset
    from aigc_label.containers.ogg import Link, Stream
    from aigc_label.model import ImplicitLabel, Observation

ROOM = 512
"""Bytes of padding left in a comment packet that has to grow, as opusenc does, so that the next
write need not change the file's length."""

LARGEST = 16 << 20
"""Bytes of a comment packet that is rewritten; pictures in it count."""

_BEFORE = {  # what stands before the list
    "vorbis": b"\x03vorbis",
    "opus": b"OpusTags",
    "theora": b"\x81theora",
    "speex": b"",
    "flac": b"",  # a block's header, see below
}
_FRAMED = {"vorbis": 1}  # a byte behind the list
_FLAC_BLOCK = 4  # bytes in front of the list: a block's kind and its length


def observe(asset: Asset) -> Iterator[Observation]:
    """Yield the labels and other statements of origin in the comments of all streams.

    Raises:
        Malformed: at the end, if headers break off.
        LimitExceeded: if the chain has too many links.
    """
    for link in ogg.links(asset):
        yield from _in_link(asset, link)
        if link.fault is not None:
            raise link.fault


def _in_link(asset: Asset, link: Link) -> Iterator[Observation]:
    for stream in link.streams:
        if stream.codec in _BEFORE and stream.packets:
            packet = ogg.packet(asset, stream.packets[0])
            start = _list_in(packet, stream.codec)
            comments = vorbis.walk(packet, start, packet.size)
            at = stream.pages[0].start
            prefix = "oggflac" if stream.codec == "flac" else stream.codec
            yield from vorbis.observe(packet, comments, carrier=f"{prefix}.comment", offset=at)


def _list_in(packet: Asset, codec: str) -> int:
    if codec == "flac":  # any flag of the last block, and the kind of comments
        head = packet.peek(0, _FLAC_BLOCK)
        if head[:1] not in (b"\x04", b"\x84") or _FLAC_BLOCK + _size(head) != packet.size:
            raise Malformed("no block of comments where FLAC in Ogg must have it")
        return _FLAC_BLOCK
    before = _BEFORE[codec]
    if packet.peek(0, len(before)) != before:
        raise Malformed(f"no comment header where {codec} must have it")
    return len(before)


def _size(head: bytes) -> int:
    return int.from_bytes(head[1:], "big")


def plan(asset: Asset, label: ImplicitLabel) -> EditPlan:
    """The edits that make the label the file's only one.

    Raises:
        CannotCarry: if streams are mixed, or a later link of a chain bears a label.
        Malformed: if the headers break off.
        LimitExceeded: if the comments are over :data:`LARGEST`.
    """
    first, *later = ogg.links(asset)
    if first.fault is not None:
        raise first.fault
    if len(first.streams) != 1:
        raise CannotCarry(
            "several streams are mixed in this Ogg file, and it is unclear whose comments count; "
            "put the sound into a file of its own, then label that"
        )
    for link in later:
        if any(isinstance(seen, FoundLabel) for seen in _in_link(asset, link)):
            raise CannotCarry(
                "a later link of this Ogg chain bears a label of its own; take the chain apart "
                "and label its links one by one"
            )
    (stream,) = first.streams
    if stream.codec not in _BEFORE:
        raise Malformed("the Ogg stream begins without the header of a known codec")
    return EditPlan(ogg.replaced(asset, stream, _labelled(asset, stream, label)))


def _labelled(asset: Asset, stream: Stream, label: ImplicitLabel) -> bytes:
    """The comment packet with the label; padding gives and takes."""
    packet = ogg.packet(asset, stream.packets[0])
    if packet.size > LARGEST:
        raise LimitExceeded(f"the Ogg comments are over {LARGEST >> 20} MiB")
    data = packet.read(0, packet.size)
    with open_asset(data) as old:
        comments = vorbis.walk(old, _list_in(old, stream.codec), len(data))
        edits = EditPlan(vorbis.labelled(old, comments, label))
        out = io.BytesIO()
        edits.apply(old, out)
    new = out.getvalue()
    spare = len(data) - comments.end - _FRAMED.get(stream.codec, 0)
    if spare < 0:
        raise Malformed("the comment header lacks its last byte")
    if stream.codec == "flac":  # it knows padding as a block of its own
        return _flac_block(new)
    if any(data[len(data) - spare :]):  # Opus: bytes that must be kept, no padding
        return new
    left = spare - edits.growth()
    new = new[: len(new) - spare]
    return new + bytes(left if left >= 0 else ROOM)


def _flac_block(data: bytes) -> bytes:
    """A block with its length made right."""
    size = len(data) - _FLAC_BLOCK
    if size >= 1 << 24:
        raise CannotCarry("the comments would be over FLAC's 16 MiB; shorten or remove some first")
    return data[:1] + size.to_bytes(3, "big") + data[_FLAC_BLOCK:]
