"""AVI files as a RIFF and those that follow it; no label is known here.

AVI after Microsoft (1992); OpenDML 1.02 (1996), by which a film goes on in ``RIFF`` segments of
the form type ``AVIX`` once the first passes 1 GB. Offsets are bytes from the file's beginning.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from aigc_label.containers.riff import Chunk, Form, require_whole
from aigc_label.errors import LimitExceeded, Malformed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset

MOST_SEGMENTS = 4096
"""Each is about 1 GB, or 4 GB at most."""

_UNKNOWN = 0xFFFF_FFFF
_REMUX = "copy it first: ffmpeg -i FILE.avi -map 0 -c copy NEW.avi"


class Film(NamedTuple):
    """A whole file.

    Attributes:
        form: its first RIFF.
        size: of the first RIFF, as its header says, or would if it told the truth.
        hdrl: the list of headers.
        movi: the first RIFF's list of media.
        segments: the ``RIFF AVIX`` behind it.
        streamed: ``movi`` runs to the end of the file, as its writer could not know the size.
    """

    form: Form
    size: int
    hdrl: Chunk
    movi: Chunk
    segments: tuple[Chunk, ...]
    streamed: bool

    @property
    def behind(self) -> int:
        """Where the media and its index end, and nothing that is pointed at follows."""
        index = self.form.find(b"idx1")
        return max(self.movi.end, index.end) if index else self.movi.end

    def is_found(self, at: int) -> bool:
        """Whether players read a list that stands there, in the first RIFF.

        They go on behind the media for ``idx1`` and lists next to it; but not where OpenDML's
        indexes spare them that.
        """
        if at < self.movi.start:
            return True
        if self.segments or self.streamed:
            return False
        return all(c.id == b"LIST" for c in self.form.chunks if self.behind <= c.start < at)


def kind_of(asset: Asset, chunk: Chunk) -> bytes:
    """The type of a ``LIST``; empty for any other chunk."""
    return asset.peek(chunk.body, 4) if chunk.id == b"LIST" and chunk.size >= 4 else b""


def survey(asset: Asset, form: Form) -> Film:
    """The parts of a film, each whole.

    Raises:
        Malformed: if one is missing or cut short.
        LimitExceeded: if there are more than :data:`MOST_SEGMENTS` segments.
    """
    lists = {kind_of(asset, chunk): chunk for chunk in reversed(form.chunks) if chunk.id == b"LIST"}
    hdrl, movi = lists.get(b"hdrl"), lists.get(b"movi")
    if hdrl is None or movi is None:
        missing = "headers ('hdrl')" if hdrl is None else "media ('movi')"
        raise Malformed(
            f"no list of {missing}, or bytes that are no chunk before it", offset=form.end
        )
    if form.find(b"RIFF"):
        raise Malformed(f"the first RIFF does not say where it ends; {_REMUX}", offset=4)
    streamed = movi.declared == _UNKNOWN and movi is form.chunks[-1]
    if not streamed:
        require_whole(form)
    declared = int.from_bytes(asset.read(4, 4), "little")
    if streamed:
        return Film(form, declared, hdrl, movi, (), streamed)
    size = max(declared, form.end - 8) if declared + 8 <= asset.size else form.end - 8
    return Film(form, size, hdrl, movi, tuple(_segments(asset, 8 + size + size % 2)), streamed)


def _segments(asset: Asset, at: int) -> Iterator[Chunk]:
    for _ in range(MOST_SEGMENTS):
        header = asset.peek(at, 12)
        if header[:4] != b"RIFF" or header[8:] != b"AVIX":
            return  # bytes behind the film
        size = int.from_bytes(header[4:8], "little")
        end = at + 8 + size
        if end > asset.size:
            raise Malformed(
                f"cut short: a segment should have {size} bytes, {asset.size - at - 8} are there; "
                f"get the whole file, or {_REMUX}",
                offset=at,
            )
        yield Chunk(b"RIFF", at, size, size, end + size % 2)
        at = end + size % 2
    raise LimitExceeded(f"more than {MOST_SEGMENTS} RIFF segments", offset=at)
