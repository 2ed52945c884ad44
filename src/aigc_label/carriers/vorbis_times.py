"""Times in Vorbis comments, and how they follow when sound is put in: chapters and timed lyrics."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from aigc_label.carriers import vorbis
from aigc_label.edits import Span, Splice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aigc_label.asset import Asset

_CHAPTER = rb"CHAPTER\d{3}"
_LYRICS = (b"LYRICS", b"SYNCEDLYRICS", b"SYNCHRONIZEDLYRICS")
_CLOCK = rb"^(\d\d):(\d\d):(\d\d)\.(\d{3})$"
_LINE = rb"([\[<])(\d{1,3}):(\d\d)\.(\d{2,3})([\]>])"  # of LRC: a line's or a word's time
_LONGEST = 1 << 20


def retimed(asset: Asset, start: int, limit: int, added: Sequence[tuple[int, int]]) -> list[Splice]:
    """The splices that let ``CHAPTER000=00:00:00.000`` and LRC in ``LYRICS`` follow.

    Args:
        asset: what holds the list of comments.
        start: where it begins with the vendor's name.
        limit: where it must have ended.
        added: at which millisecond of the old sound how many were put in, in order.
    """
    splices = []
    for comment in vorbis.walk(asset, start, limit).entries:
        is_chapter = re.fullmatch(_CHAPTER, comment.name)
        if comment.end - comment.start > _LONGEST or not (is_chapter or comment.name in _LYRICS):
            continue
        at = comment.start + 5 + len(comment.name)
        old = asset.read(at, comment.end - at)
        follow = partial(_clock if is_chapter else _line, added=added)
        new = re.sub(_CLOCK if is_chapter else _LINE, follow, old)
        if new != old:
            length = (at - comment.start - 4 + len(new)).to_bytes(4, "little")
            splices.append(Splice(Span(comment.start, comment.start + 4), length))
            splices.append(Splice(Span(at, comment.end), new))
    return splices


def _after(at: int, added: Sequence[tuple[int, int]]) -> int:
    return at + sum(more for place, more in added if place <= at)


def _clock(found: re.Match[bytes], added: Sequence[tuple[int, int]]) -> bytes:
    hours, minutes, seconds, thousandths = map(int, found.groups())
    at = _after(((hours * 60 + minutes) * 60 + seconds) * 1000 + thousandths, added)
    return b"%02d:%02d:%02d.%03d" % (at // 3_600_000, at // 60_000 % 60, at // 1000 % 60, at % 1000)


def _line(found: re.Match[bytes], added: Sequence[tuple[int, int]]) -> bytes:
    fraction = found[4]
    at = (int(found[2]) * 60 + int(found[3])) * 1000 + int(fraction.ljust(3, b"0"))
    at = _after(at, added)
    parts = b"%03d" % (at % 1000)
    time = b"%02d:%02d." % (at // 60_000, at // 1000 % 60) + parts[: len(fraction)]
    return found[1] + time + found[5]
