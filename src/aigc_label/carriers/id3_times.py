"""Times in ID3v2 tags, and how they follow when sound is put in: playing time, chapters, lyrics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.containers import id3, id3_body

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aigc_label.asset import Asset
    from aigc_label.containers.id3 import Frame, Tag
    from aigc_label.edits import Splice

_LARGEST = 1 << 20  # bytes of a frame with times
_MILLISECONDS = 2  # the other format counts frames of MPEG, whose number nobody uses


def retimed(asset: Asset, tag: Tag, added: Sequence[tuple[int, int]]) -> list[Splice]:
    """The splices that let ``TLEN``, ``CHAP``, ``SYLT`` and ``ETCO`` follow.

    Args:
        asset: the file.
        tag: one of its tags.
        added: at which millisecond of the old sound how many were put in, in order.

    Raises:
        CannotCarry: if the tag is full.
        Malformed: if a frame is longer than the tag.
    """
    changed: list[Frame] = []
    new = b""
    for frame in tag.frames:
        if (follow := _FOLLOW.get(frame.id)) is None or frame.end - frame.body > _LARGEST:
            continue
        raw = asset.read(frame.body, frame.end - frame.body)
        body = id3_body.decoded(
            raw, tag.version, frame.flags, _LARGEST, unsynchronised=tag.unsynchronised
        )
        after = follow(body, added) if body else None
        if after is not None and after != body:
            changed.append(frame)
            new += id3.encoded(tag, frame.id, after)
    return id3.edits(asset, tag, changed, new) if changed else []


def _moved(at: int, added: Sequence[tuple[int, int]], *, is_end: bool = False) -> int:
    """A time after the additions; an end stays before what is put in right there."""
    return at + sum(more for place, more in added if place < at or (place == at and not is_end))


def _length(body: bytes, added: Sequence[tuple[int, int]]) -> bytes | None:
    """``TLEN``: some players believe it rather than the sound."""
    digits = bytes(byte for byte in body[1:] if byte not in b"\x00\xff\xfe ")
    if not digits.isdigit():
        return None
    return b"\x00%d" % (int(digits) + sum(more for _, more in added))


def _chapter(body: bytes, added: Sequence[tuple[int, int]]) -> bytes | None:
    """``CHAP``; where it counts bytes too, they are said to be unknown."""
    at = body.find(b"\x00") + 1
    if not at or len(body) < at + 16:
        return None
    start, end = (int.from_bytes(body[i : i + 4], "big") for i in (at, at + 4))
    times = _four(_moved(start, added)) + _four(max(_moved(end, added, is_end=True), start))
    return body[:at] + times + b"\xff" * 8 + body[at + 16 :]


def _lyrics(body: bytes, added: Sequence[tuple[int, int]]) -> bytes | None:
    """``SYLT``: encoding, language, format, kind, description, then words and times in turn."""
    if len(body) < 6 or body[4] != _MILLISECONDS:
        return None
    width = 2 if body[0] in (1, 2) else 1
    at = _behind_text(body, 6, width)
    out = bytearray(body)
    while 0 < at < len(body):
        at = _behind_text(body, at, width)
        if not at or at + 4 > len(body):
            break
        out[at : at + 4] = _four(_moved(int.from_bytes(body[at : at + 4], "big"), added))
        at += 4
    return bytes(out)


def _behind_text(body: bytes, at: int, width: int) -> int:
    """Behind the zero that ends a text; 0 if none does."""
    for end in range(at, len(body) - width + 1, width):
        if not any(body[end : end + width]):
            return end + width
    return 0


def _events(body: bytes, added: Sequence[tuple[int, int]]) -> bytes | None:
    """``ETCO``: format, then kinds and times in turn."""
    if body[0] != _MILLISECONDS:
        return None
    out = bytearray(body)
    for at in range(2, len(body) - 3, 5):
        out[at : at + 4] = _four(_moved(int.from_bytes(body[at : at + 4], "big"), added))
    return bytes(out)


def _four(number: int) -> bytes:
    return min(number, 0xFFFF_FFFF).to_bytes(4, "big")


_FOLLOW = {
    "TLEN": _length,
    "TLE": _length,
    "CHAP": _chapter,
    "SYLT": _lyrics,
    "SLT": _lyrics,
    "ETCO": _events,
    "ETC": _events,
}
