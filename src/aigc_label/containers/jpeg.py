"""JPEG: the marker segments in front of the picture, and moving them to a re-encoding.

Structure only: what a segment says about labels is the format's business.
"""

from __future__ import annotations

import contextlib
import re
import struct
from typing import TYPE_CHECKING, NamedTuple

from aigc_label.edits import EditPlan, Span, Splice
from aigc_label.errors import CannotCarry, LimitExceeded, Malformed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset

SIGNATURE = b"\xff\xd8\xff"
APP0, APP1, APP2, APP11, APP13, APP14, APP15 = 0xE0, 0xE1, 0xE2, 0xEB, 0xED, 0xEE, 0xEF
COM, SOS, EOI = 0xFE, 0xDA, 0xD9

XMP = b"http://ns.adobe.com/xap/1.0/\x00"
EXTENDED_XMP = b"http://ns.adobe.com/xmp/extension/\x00"
EXIF = (b"Exif\x00\x00", b"Exif\x00\xff")
MULTI_PICTURE = b"MPF\x00"
PROFILE = b"ICC_PROFILE\x00"

LONGEST_SEGMENT = 65_533
"""Bytes of payload: the length field counts itself and has 16 bits."""

MOST_SEGMENTS = 4096
"""Segments in front of the picture; a profile or a manifest of 64 MiB needs a thousand."""

_ALONE = (0x01, *range(0xD0, 0xD8))  # TEM and the restart markers have no length
_METADATA = frozenset((COM, *range(APP0, APP15 + 1))) - {APP14}
_STRAY = 4096  # bytes between segments that decoders skip, and so do we
_TAIL = 4096
_LONGEST_NOTES = 64 << 10
_WINDOW = 1 << 20
_MP_ENTRIES = 0xB002  # 16 bytes a picture: attributes, size, offset, two dependents
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # not tables, not reserved
_LENGTH = struct.Struct(">H")
_END = b"\xff\xd9"
_MARKER = rb"\xff(?=[^\x00\xff])"
# Bytes after FF that stand within a scan: a stuffed zero, a restart, fill.
_NOT_OF_A_SCAN = rb"\xff[^\x00\xd0-\xd7\xff]"


class Segment(NamedTuple):
    """One marker segment.

    Attributes:
        marker: the second byte of the marker.
        start: offset of the ``FF`` in front of it.
        length: bytes of payload.
    """

    marker: int
    start: int
    length: int

    @property
    def end(self) -> int:
        """The offset behind its payload."""
        return self.start + 4 + self.length

    @property
    def span(self) -> Span:
        """All of its bytes, with marker and length."""
        return Span(self.start, self.end)

    @property
    def is_application(self) -> bool:
        """Whether it is one of APP0 to APP15."""
        return APP0 <= self.marker <= APP15


def segment(marker: int, payload: bytes) -> bytes:
    """A segment as bytes.

    Raises:
        CannotCarry: if the payload is over :data:`LONGEST_SEGMENT`.
    """
    if len(payload) > LONGEST_SEGMENT:
        raise CannotCarry(f"a JPEG segment holds {LONGEST_SEGMENT} bytes, not {len(payload)}")
    return bytes((0xFF, marker)) + _LENGTH.pack(len(payload) + 2) + payload


def segments(asset: Asset) -> Iterator[Segment]:
    """Yield the segments up to and with the first start of scan.

    Raises:
        Malformed: where the structure breaks, or if there is no scan; the segments before that
            have been yielded.
        LimitExceeded: after :data:`MOST_SEGMENTS`.
    """
    head, size = asset.head, asset.size
    near = len(head) - 4
    at = 2
    for _ in range(MOST_SEGMENTS):
        four = head[at : at + 4] if at <= near else asset.peek(at, 4)
        if len(four) < 4:
            raise _cut_short(at, size)
        mark, marker, length = four[0], four[1], (four[2] << 8) | four[3]
        if mark != 0xFF or marker in (0x00, 0xFF):
            at = _next_marker(asset, at)
            continue
        if marker in _ALONE:
            at += 2
            continue
        if marker == EOI:
            raise Malformed("the JPEG ends before a picture begins", offset=at)
        if length < 2:
            raise Malformed(f"a segment at byte {at} of impossible length", offset=at)
        if at + 2 + length > size:
            raise _cut_short(at, size)
        yield Segment(marker, at, length - 2)
        if marker == SOS:
            return
        at += 2 + length
    raise LimitExceeded(f"more than {MOST_SEGMENTS} segments", offset=at)


def _next_marker(asset: Asset, at: int) -> int:
    """The offset of the marker behind fill bytes or a little stray data."""
    window = asset.peek(at, _STRAY)
    if (found := re.search(_MARKER, window)) is not None:
        return at + found.start()
    if at + len(window) >= asset.size:
        raise _cut_short(at, asset.size)
    raise Malformed(f"no marker where one should be, at byte {at}", offset=at)


def _cut_short(at: int, size: int) -> Malformed:
    return Malformed(f"cut short: the JPEG ends at byte {size} before its picture", offset=at)


def is_metadata(segment: Segment) -> bool:
    """Whether it is an application's or a comment; APP14 belongs to the coded colours."""
    return segment.marker in _METADATA


def is_xmp(asset: Asset, segment: Segment) -> bool:
    """Whether it holds a main XMP packet."""
    return segment.marker == APP1 and payload(asset, segment, len(XMP)) == XMP


def box_part(asset: Asset, segment: Segment, *, first: bool) -> bytes:
    """An APP11 segment's part of a JUMBF box (ISO 19566-5 D.2), ``b""`` if it is something else.

    Each part repeats the box's header, of which one is needed.
    """
    data = payload(asset, segment)
    return data[8 if first else 16 :] if data.startswith(b"JP") else b""


def payload(asset: Asset, segment: Segment, most: int | None = None) -> bytes:
    """The segment's payload, or its first ``most`` bytes."""
    length = segment.length if most is None else min(segment.length, most)
    return asset.read(segment.start + 4, length)


def require_end(asset: Asset, scan: Segment) -> None:
    """Refuse a picture that breaks off within its last scan.

    Only the end of the file is looked at. Where that is not all of the picture, what was appended
    to one passes: it does not look like the inside of a scan, where ``FF`` stands before a zero
    or a restart only.

    Raises:
        Malformed: if it does break off.
    """
    start = max(scan.span.end, asset.size - _TAIL)
    tail = asset.peek(start, asset.size - start)
    if tail.endswith(_END) or _END in tail:
        return
    within = b"\xff\x00" in tail and re.search(_NOT_OF_A_SCAN, tail) is None
    if within or start == scan.span.end:
        raise Malformed(
            f"cut short: the JPEG ends at byte {asset.size} within its picture", offset=asset.size
        )


def phone_notes(asset: Asset) -> bytes:
    """What a Samsung phone has appended behind the picture, at most 64 KiB of it.

    Blocks of data, a directory of them, its length, and ``SEFT`` as the last bytes of the file.
    """
    if asset.peek(max(asset.size - 4, 0), 4) != b"SEFT":
        return b""
    start = max(asset.size - _LONGEST_NOTES, 0)
    return asset.peek(start, asset.size - start)


def place_for_metadata(asset: Asset, found: list[Segment]) -> int:
    """Where a new APP1 may stand: behind JFIF and Exif, which want to be first."""
    place = 2
    for one in found:
        if not one.is_application:
            break
        if one.marker == APP0 or (one.marker == APP1 and payload(asset, one, 6) in EXIF):
            place = one.span.end
    return place


def follow(asset: Asset, found: list[Segment], splices: list[Splice]) -> list[Splice]:
    """The edits that keep the index of further pictures (MPF, CIPA DC-007) true to ``splices``.

    It gives each picture's size, and the others' offsets from the index itself. An index that
    cannot be read is left alone.
    """
    edits = []
    for one in found:
        if one.marker != APP2 or not payload(asset, one, 4).startswith(MULTI_PICTURE):
            continue
        index = payload(asset, one)[len(MULTI_PICTURE) :]
        header = one.start + 4 + len(MULTI_PICTURE)
        new = _moved(index, header, splices)
        if new != index:
            edits.append(Splice(Span(header, one.span.end), new))
    return edits


def _moved(index: bytes, header: int, splices: list[Splice]) -> bytes:
    """An MPF index at ``header`` as it must be after the splices."""
    new = bytearray(index)
    order = "<" if index.startswith(b"II") else ">"

    def growth(start: int, end: int) -> int:
        return EditPlan(s for s in splices if start <= s.span.start < end).growth()

    try:
        for number, entry in enumerate(_entries(index, order)):
            length, offset = struct.unpack_from(order + "LL", index, entry + 4)
            start = header + offset if number else 0
            size = length + growth(start, start + length)
            place = offset + growth(header, start) if number else offset
            struct.pack_into(order + "LL", new, entry + 4, size, place)
    except struct.error:
        return index
    return bytes(new)


def further_pictures(asset: Asset, segment: Segment) -> Iterator[tuple[int, int, int]]:
    """Attributes, size and offset of each entry but the first of an MPF index.

    Offsets count from behind the segment's ``MPF`` and zero. What cannot be read is left out.
    """
    index = payload(asset, segment)[len(MULTI_PICTURE) :]
    order = "<" if index.startswith(b"II") else ">"
    with contextlib.suppress(struct.error):
        for entry in _entries(index, order)[1:]:
            yield struct.unpack_from(order + "LLL", index, entry)


def _entries(index: bytes, order: str) -> list[int]:
    """Where the entries of an MPF index begin in it; ``struct.error`` if it is cut short."""
    (at,) = struct.unpack_from(order + "L", index, 4)
    (count,) = struct.unpack_from(order + "H", index, at)
    for place in range(at + 2, at + 2 + 12 * count, 12):
        tag, _, size, entries = struct.unpack_from(order + "HHLL", index, place)
        if tag == _MP_ENTRIES:
            return list(range(entries, entries + min(size, len(index)), 16))
    return []


def end_of_picture(asset: Asset, scan: Segment) -> int:
    """The offset behind the end-of-image marker. Reads the whole picture.

    Raises:
        Malformed: if there is none.
        LimitExceeded: after :data:`MOST_SEGMENTS` segments between scans.
    """
    *_, last = between_scans(asset, scan)
    return last.start + 2


def between_scans(asset: Asset, scan: Segment) -> Iterator[Segment]:
    """Yield the segments behind the first scan's data, and the end of image. Reads all of it.

    Raises:
        Malformed: if there is no end of image.
        LimitExceeded: after :data:`MOST_SEGMENTS`.
    """
    at = scan.span.end
    for _ in range(MOST_SEGMENTS):
        marker, at = _end_of_scan(asset, at)
        length = 2 if marker == EOI else _LENGTH.unpack(asset.read(at + 2, 2))[0]
        yield Segment(marker, at, length - 2)
        if marker == EOI:
            return
        at += 2 + length
    raise LimitExceeded(f"more than {MOST_SEGMENTS} segments between scans", offset=at)


def _end_of_scan(asset: Asset, at: int) -> tuple[int, int]:
    """The marker that ends the entropy-coded data from ``at`` on, and its offset."""
    while window := asset.peek(at, _WINDOW):
        if (found := re.search(_NOT_OF_A_SCAN, window)) is not None:
            return window[found.start() + 1], at + found.start()
        if len(window) < _WINDOW:
            break
        at += len(window) - 1  # a marker may lie across the windows
    raise Malformed("cut short: the JPEG has no end of image", offset=asset.size)


def grafted(source: Asset, encoded: Asset) -> EditPlan:
    """Edits to ``encoded``, a re-encoding of ``source``, that bring its metadata back.

    That is APPn, COM, and what was appended to the picture. APP14 stays the encoder's, since it
    says how the colours are coded, and a colour profile for another number of channels stays
    behind.

    Raises:
        CannotCarry: if other pictures are appended to ``source``: their offsets would break.
        Malformed: if either file is damaged.
    """
    old, new = list(segments(source)), list(segments(encoded))
    end = end_of_picture(source, old[-1])
    appended = source.read(end, source.size - end)
    kept = [s for s in old if is_metadata(s)]
    starts = {s: payload(source, s, len(PROFILE)) for s in kept if s.marker == APP2}
    if SIGNATURE in appended or any(p.startswith(MULTI_PICTURE) for p in starts.values()):
        raise CannotCarry(
            "the JPEG holds further pictures (a gain map, a depth map or previews), which "
            "re-encoding the first would break; use --no-explicit to add the implicit label "
            "only, or save the main picture alone"
        )
    if _channels(source, old) != _channels(encoded, new):
        kept = [s for s in kept if starts.get(s) != PROFILE]
    brought = b"".join(source.read(s.start, s.length + 4) for s in kept)
    return EditPlan(
        [
            Splice(Span(2, 2), brought),
            *(Splice(s.span, b"") for s in new if is_metadata(s)),
            Splice(Span(encoded.size, encoded.size), appended),
        ]
    )


def _channels(asset: Asset, found: list[Segment]) -> int:
    """The number of components that the frame header gives."""
    for one in found:
        if one.marker in _FRAMES and one.length > 5:
            return payload(asset, one, 6)[5]
    raise Malformed("the JPEG has no frame header", offset=2)
