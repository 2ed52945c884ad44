"""ID3v2 tags as lists of frames (id3.org: 2.2, 2.3 and 2.4); no label is known here.

Frames are found by seeking over them, so that a cover picture is never read. Whole-tag
unsynchronisation (2.2 and 2.3) makes sizes count bytes that are not in the file; only there the
tag is read through, within :data:`MOST_UNSYNCHRONISED` bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from aigc_label.edits import Span, Splice
from aigc_label.errors import CannotCarry, LimitExceeded, Malformed

if TYPE_CHECKING:
    from collections.abc import Collection

    from aigc_label.asset import Asset

PADDING = 1024
"""Bytes left free in a tag that has to grow, so that the next write need not move the audio."""

MOST_FRAMES = 4096
MOST_UNSYNCHRONISED = 16 << 20
MOST_TAGS = 8

_AHEAD = 64  # bytes behind a frame that tell whether its size is plain
_LARGEST = (1 << 28) - 1  # four syncsafe bytes
_UNSYNCHRONISED, _EXTENDED, _FOOTER = 0x80, 0x40, 0x10
_FRAME_ID = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")


class Frame(NamedTuple):
    """One frame of a tag; offsets are bytes of the file.

    Attributes:
        id: three characters in 2.2, four later.
        start: where its header begins.
        body: where the content begins, encoded as ``flags`` say.
        end: behind the content.
        flags: the two flag bytes; 0 in 2.2.
    """

    id: str
    start: int
    body: int
    end: int
    flags: int


class Tag(NamedTuple):
    """One tag; offsets are bytes of the file.

    Attributes:
        version: 2, 3 or 4.
        flags: the header's.
        start: where ``ID3`` stands.
        first: behind the header and the extended header.
        frames: in order.
        padding: behind the last frame.
        limit: behind the padding; the footer, if there is one, follows.
        end: behind the tag.
        plain_sizes: a 2.4 tag with plain frame sizes, as iTunes once wrote them.
        fault: where a frame begins that is longer than the tag; nothing behind it is known.
    """

    version: int
    flags: int
    start: int
    first: int
    frames: tuple[Frame, ...]
    padding: int
    limit: int
    end: int
    plain_sizes: bool = False
    fault: int | None = None

    @property
    def unsynchronised(self) -> bool:
        """Whether the header says so: the tag as a whole in 2.2 and 2.3, every frame in 2.4."""
        return bool(self.flags & _UNSYNCHRONISED)


def syncsafe(number: int) -> bytes:
    """A number below 2**28 in four bytes of seven bits."""
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))


def _from_syncsafe(four: bytes) -> int:
    return four[0] << 21 | four[1] << 14 | four[2] << 7 | four[3]


def end_of(header: bytes, start: int) -> int | None:
    """Where a tag ends whose ten-byte header stands at ``start``; ``None`` if it is no header."""
    if len(header) < 10 or header[:3] not in (b"ID3", b"3DI") or not 2 <= header[3] <= 4:
        return None
    if header[4] == 0xFF or any(byte & 0x80 for byte in header[6:10]):
        return None
    footer = 10 if header[3] == 4 and header[5] & _FOOTER else 0
    return start + 10 + _from_syncsafe(header[6:10]) + footer


def behind(asset: Asset) -> int:
    """Where the tags at the beginning of the file end; 0 if there is none, or the next is cut."""
    at = 0
    for _ in range(MOST_TAGS):
        end = end_of(asset.peek(at, 10), at)
        if end is None or end > asset.size:
            break
        at = end
    return at


def stacked(asset: Asset) -> tuple[Tag, ...]:
    """The tags at the beginning of the file, one behind the other, and one at its end.

    Raises:
        Malformed: if a tag breaks off.
        LimitExceeded: if there are too many tags or frames.
    """
    tags: list[Tag] = []
    at = 0
    while (tag := walk(asset, at)) is not None:
        if len(tags) == MOST_TAGS:
            raise LimitExceeded(f"more than {MOST_TAGS} ID3 tags", offset=at)
        tags.append(tag)
        at = tag.end
    last = asset.peek(max(asset.size - 138, at), 138)
    for after in (0, 128):  # 128: an ID3v1 tag behind it
        footer = last[-10 - after : len(last) - after]
        start = asset.size - after - (end_of(footer, 0) or 0)
        if footer[:3] == b"3DI" and start >= at and (tag := walk(asset, start)) is not None:
            tags.append(tag)
            break
    return tuple(tags)


def walk(asset: Asset, start: int, limit: int | None = None) -> Tag | None:
    """The tag at ``start``, or ``None`` if none stands there.

    Args:
        asset: the file.
        start: where ``ID3`` should stand.
        limit: where the tag must have ended; the end of the file by default.

    Raises:
        Malformed: if the tag breaks off.
        LimitExceeded: if there are too many frames.
    """
    header = asset.peek(start, 10)
    end = end_of(header, start)
    if end is None or header[:1] == b"3":
        return None
    if end > (asset.size if limit is None else limit):
        raise Malformed("the ID3 tag is cut short", offset=start)
    version, flags = header[3], header[5]
    if version == 2 and flags & _EXTENDED:
        return Tag(version, flags, start, end, (), end, end, end)  # "compressed": never defined
    limit = end - 10 if version == 4 and flags & _FOOTER else end
    reader = _Reader(asset, limit, joined=version < 4 and bool(flags & _UNSYNCHRONISED))
    at = start + 10
    if version > 2 and flags & _EXTENDED:
        four, _ = reader.take(at, 4)
        if len(four) < 4:
            raise Malformed("the ID3 extended header is cut short", offset=at)
        size = 4 + int.from_bytes(four, "big") if version == 3 else _from_syncsafe(four)
        _, at = reader.take(at, size, keep=False)
        if at > limit:
            raise Malformed("the ID3 extended header is longer than its tag", offset=start + 10)
    return _with_frames(reader, Tag(version, flags, start, at, (), at, limit, end))


class _Reader:
    """Takes bytes of a tag as they were before whole-tag unsynchronisation, if it is in force."""

    def __init__(self, asset: Asset, limit: int, *, joined: bool) -> None:
        self.asset = asset
        self.limit = limit
        self.joined = joined
        self._left = MOST_UNSYNCHRONISED

    def take(self, at: int, length: int, *, keep: bool = True) -> tuple[bytes, int]:
        """Up to ``length`` bytes at ``at``, and where the next stands: perhaps behind the tag."""
        if not self.joined:
            data = self.asset.peek(at, min(length, self.limit - at)) if keep else b""
            return data, at + (len(data) if keep else length)
        parts = []
        while length > 0 and at < self.limit:
            raw = self.asset.peek(at, min(length, self.limit - at, 1 << 16))
            self._left -= len(raw)
            if self._left < 0:
                raise LimitExceeded("an unsynchronised ID3 tag is too large to read", offset=at)
            at += len(raw)
            if raw[-1:] == b"\xff" and at < self.limit and self.asset.peek(at, 1) == b"\x00":
                at += 1
            data = raw.replace(b"\xff\x00", b"\xff")
            length -= len(data)
            if keep:
                parts.append(data)
        return b"".join(parts), at + length * (length > 0)


def _with_frames(reader: _Reader, tag: Tag) -> Tag:
    """The tag with its frames, which begin at ``tag.first``."""
    frames: list[Frame] = []
    at, plain, fault = tag.first, False, None
    length = 6 if tag.version == 2 else 10
    while True:
        header, body = reader.take(at, length)
        if not _is_frame(header, length):
            break
        if len(frames) == MOST_FRAMES:
            raise LimitExceeded(f"more than {MOST_FRAMES} frames in an ID3 tag", offset=at)
        if tag.version == 2:
            frame_id, size, flags = header[:3], int.from_bytes(header[3:6], "big"), 0
        else:
            frame_id, size = header[:4], int.from_bytes(header[4:8], "big")
            flags = int.from_bytes(header[8:10], "big")
            if tag.version == 4 and size > 0x7F:
                size, is_plain = _size_of_2_4(reader, body, header[4:8])
                plain = plain or is_plain
        _, end = reader.take(body, size, keep=False)
        if end > tag.limit:
            fault = at
            break
        frames.append(Frame(frame_id.decode("ascii"), at, body, end, flags))
        at = end
    return tag._replace(frames=tuple(frames), padding=at, plain_sizes=plain, fault=fault)


def _is_frame(header: bytes, length: int) -> bool:
    return len(header) == length and _FRAME_ID.issuperset(header[: 3 if length == 6 else 4])


def _size_of_2_4(reader: _Reader, body: int, four: bytes) -> tuple[int, bool]:
    """A frame's size, and whether it is plain where 2.4 asks for syncsafe.

    The size that leads to another frame, or to the end of the tag, is the right one.
    """
    safe, plain = _from_syncsafe(four), int.from_bytes(four, "big")
    if any(byte & 0x80 for byte in four):
        return plain, True
    if _leads_on(reader, body + safe) or not _leads_on(reader, body + plain):
        return safe, False
    return plain, True


def _leads_on(reader: _Reader, at: int) -> bool:
    if at >= reader.limit - 10:
        return at <= reader.limit
    ahead, _ = reader.take(at, _AHEAD)
    return _is_frame(ahead[:10], 10) or not any(ahead)


def parted(data: bytes) -> bytes:
    """Apply unsynchronisation: nothing in the result looks like an MPEG frame header."""
    parts = bytearray()
    for byte in data:
        if parts and parts[-1] == 0xFF and (byte == 0 or byte >= 0xE0):
            parts.append(0)
        parts.append(byte)
    return bytes(parts) + b"\x00" * (data[-1:] == b"\xff")


def encoded(tag: Tag, frame_id: str, body: bytes) -> bytes:
    """A frame to be put into ``tag``, in its version.

    Raises:
        CannotCarry: if it is too long for that.
    """
    name = frame_id.encode("ascii")
    if len(body) > (0xFF_FFFF if tag.version == 2 else _LARGEST):
        raise CannotCarry("the text is too long for an ID3 frame; shorten the reserved codes")
    if tag.version == 2:
        frame = name + len(body).to_bytes(3, "big") + body
    elif tag.version == 3 or tag.plain_sizes:
        frame = name + len(body).to_bytes(4, "big") + b"\x00\x00" + body
    else:
        frame = name + syncsafe(len(body)) + b"\x00\x00" + body
    return parted(frame) if tag.version < 4 and tag.unsynchronised else frame


def new(version: int, frames: bytes) -> bytes:
    """A whole tag with :data:`PADDING` behind the frames."""
    header = b"ID3" + bytes((version, 0, 0)) + syncsafe(_fitting(len(frames) + PADDING))
    return header + frames + bytes(PADDING)


def _fitting(size: int) -> int:
    if size > _LARGEST:
        raise CannotCarry("the ID3 tag is full (256 MiB)")
    return size


def edits(
    asset: Asset, tag: Tag, without: Collection[Frame], added: bytes = b"", *, fixed: bool = False
) -> list[Splice]:
    """The splices that take frames out of a tag and put an encoded one in; others stay as they are.

    The new frame stands where the first removed one was, or behind the last. Padding gives and
    takes, so that the tag keeps its size if it can; bytes that are neither frame nor padding are
    kept at a distance, as the last frame's size would be unclear. An extended header is dropped.

    Args:
        asset: the file.
        tag: as :func:`walk` gave it.
        without: frames of it.
        added: an encoded frame.
        fixed: whether the tag must keep its size; nothing may be added then.

    Raises:
        CannotCarry: if the tag would pass 256 MiB.
        Malformed: if the tag has a frame that is longer than the tag.
    """
    if tag.fault is not None:
        raise Malformed(
            "an ID3 frame is longer than its tag; repair the tag first, for example by copying the "
            "file with ffmpeg -c copy",
            offset=tag.fault,
        )
    dropped = sorted(without, key=lambda frame: frame.start)
    if not dropped and not added:
        return []
    at = dropped[0].start if dropped else tag.padding
    splices = [Splice(Span(at, at), added), *(Splice(Span(f.start, f.end), b"") for f in dropped)]
    if added and any(asset.peek(tag.padding, min(_AHEAD, tag.limit - tag.padding))):
        splices.append(Splice(Span(tag.padding, tag.padding), bytes(_AHEAD)))
    flags = tag.flags
    if flags & _EXTENDED and not fixed:
        splices.append(Splice(Span(tag.start + 10, tag.first), b""))
        flags &= ~_EXTENDED
        splices.append(Splice(Span(tag.start + 5, tag.start + 6), bytes((flags,))))
    growth = sum(len(s.data) - (s.span.end - s.span.start) for s in splices)
    if fixed or tag.end == tag.limit:  # where a footer stands, no padding may
        if growth <= 0:
            splices.append(Splice(Span(tag.limit, tag.limit), bytes(-growth)))
            return splices
        if growth <= tag.limit - tag.padding and not any(asset.read(tag.limit - growth, growth)):
            splices.append(Splice(Span(tag.limit - growth, tag.limit), b""))
            return splices
        splices.append(Splice(Span(tag.limit, tag.limit), bytes(PADDING)))
        growth += PADDING
    size = syncsafe(_fitting(tag.limit - tag.start - 10 + growth))
    splices.append(Splice(Span(tag.start + 6, tag.start + 10), size))
    if tag.end > tag.limit:
        splices.append(Splice(Span(tag.end - 5, tag.end), bytes((flags,)) + size))
    return splices
