"""FLV (Adobe's specification 10.1, annex E): the header and the tags at the beginning of a file.

A film has thousands of tags and no index of them, so only the first :data:`MOST_TAGS` are walked:
what describes the whole file stands there. Codecs, Enhanced FLV's among them, are not looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from aigc_label.edits import Span, Splice
from aigc_label.errors import CannotCarry, LimitExceeded, Malformed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset

AUDIO = 8
VIDEO, SCRIPT = 9, 18
MOST_TAGS = 64
"""Tags that are walked. Recorders write the script data first, or behind a few codec headers."""

LARGEST_SCRIPT = 4 << 20
"""Bytes of script data that are read of one file: an index of ten hours has 700 KB."""

_SIGNATURE = b"FLV\x01"
_HEADER = 11  # bytes in front of a tag's data; four bytes behind it repeat the tag's length
_KINDS = (AUDIO, VIDEO, SCRIPT)
_FILTERED = 0x20
_WINDOW = 1024
_PICTURE = 2048  # bytes of a picture that are looked at
_LARGEST = (1 << 24) - 1


class Tag(NamedTuple):
    """One tag; offsets are bytes of the file.

    Attributes:
        kind: :data:`AUDIO`, :data:`VIDEO`, :data:`SCRIPT`, or 0 if encrypted and so of no use.
        start: of its header.
        body: of its data.
        end: behind its data.
        behind: behind the length that follows, where the next tag begins.
    """

    kind: int
    start: int
    body: int
    end: int
    behind: int


def is_header(head: bytes) -> bool:
    """Whether a file begins like this."""
    return head[:4] == _SIGNATURE and int.from_bytes(head[5:9], "big") >= 9


def first(asset: Asset) -> int:
    """Where the first tag begins: behind the header, and a length of no tag."""
    return int.from_bytes(asset.read(5, 4), "big") + 4


def tags(asset: Asset, most: int = MOST_TAGS) -> Iterator[Tag]:
    """Yield the first tags, ``most`` of them.

    Raises:
        Malformed: where the structure breaks; the tags before that have been yielded.
    """
    at = first(asset)
    base, window = 0, asset.head
    if at > asset.size:
        raise Malformed("cut short: the FLV header is longer than the file", offset=5)
    for _ in range(most):
        if at == asset.size:
            return
        if at + _HEADER > base + len(window):
            base, window = at, asset.peek(at, _WINDOW)
        header = window[at - base : at - base + _HEADER]
        if not any(header):
            return  # room that a recorder has reserved
        kind = header[0] & 0x1F
        if len(header) < _HEADER or kind not in _KINDS or header[0] & 0xC0:
            raise Malformed(f"no FLV tag where one should be, at byte {at}", offset=at)
        body = at + _HEADER
        end = body + int.from_bytes(header[1:4], "big")
        if end > asset.size:
            raise Malformed("cut short: the last FLV tag is not whole", offset=at)
        behind = min(end + 4, asset.size)
        yield Tag(0 if header[0] & _FILTERED else kind, at, body, end, behind)
        at = behind


def scripts(asset: Asset) -> Iterator[tuple[Tag, bytes]]:
    """Yield the script tags among the first ones, each with its data.

    Raises:
        Malformed: where the structure breaks; the tags before that have been yielded.
        LimitExceeded: if they have more than :data:`LARGEST_SCRIPT` bytes.
    """
    room = LARGEST_SCRIPT
    for tag in tags(asset):
        if tag.kind == SCRIPT:
            room -= tag.end - tag.body
            if room < 0:
                raise LimitExceeded(
                    f"the script data is over the {LARGEST_SCRIPT >> 20} MiB limit",
                    offset=tag.start,
                )
            yield tag, asset.read(tag.body, tag.end - tag.body)


def first_frame(asset: Asset) -> bytes:
    """The beginning of the first two video tags: the codec's set-up, and a picture."""
    parts: list[bytes] = []
    for tag in tags(asset):
        if tag.kind == VIDEO:
            parts.append(asset.peek(tag.body, min(tag.end - tag.body, _PICTURE)))
            if len(parts) == 2:
                break
    return b"".join(parts)


def script_tag(data: bytes) -> bytes:
    """A whole script tag with the length behind it: at time 0, of stream 0.

    Raises:
        CannotCarry: if a tag cannot be that long.
    """
    return bytes((SCRIPT,)) + _size(data) + bytes(7) + data + _length(data)


def replaced(tag: Tag, data: bytes) -> list[Splice]:
    """The splices that give a tag other data, and the lengths around it.

    Raises:
        CannotCarry: if a tag cannot be that long.
    """
    splices = [Splice(Span(tag.body, tag.end), data)]
    if len(data) != tag.end - tag.body:
        splices.append(Splice(Span(tag.start + 1, tag.start + 4), _size(data)))
        if tag.behind == tag.end + 4:
            splices.append(Splice(Span(tag.end, tag.behind), _length(data)))
    return splices


def _size(data: bytes) -> bytes:
    if len(data) > _LARGEST:
        raise CannotCarry("the script data is full: an FLV tag has 16 MiB at most")
    return len(data).to_bytes(3, "big")


def _length(data: bytes) -> bytes:
    return (len(data) + _HEADER).to_bytes(4, "big")
