"""Marks in FLAC in Ogg: its packets are a FLAC file's blocks and frames, and are marked as these.

The pages are made anew around what comes out; no frame of the programme is coded again. Every
header packet gets pages of its own, as the mapping of FLAC into Ogg asks for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.asset import open_asset
from aigc_label.containers import flac, flac_frames, ogg
from aigc_label.edits import EditPlan, Span, Splice
from aigc_label.errors import CannotCarry, LimitExceeded, Malformed
from aigc_label.explicit.sound.flac import Flac
from aigc_label.explicit.sound.ogg_pages import MOST_PAGES
from aigc_label.explicit.sound.programme import Result

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aigc_label.asset import Asset
    from aigc_label.explicit.sound.programme import Addition
    from aigc_label.output import Scratch

_IDENTITY = 9  # bytes of the first packet in front of what begins a FLAC file
_COUNT = 7  # where these say how many header packets follow
_CONTINUED, _BEGINS, _ENDS = 1, 2, 4
_NOWHERE = (1 << 64) - 1
_FULL = 4096  # bytes of a page with sound, as libogg makes them
_SEGMENTS = 255
_LAST = 0x80
_SYNC = 0xFF  # begins a frame, and no block


def opened(asset: Asset, scratch: Scratch, *, inside: bool) -> OggFlac:
    """The sound of a FLAC stream in Ogg.

    Raises:
        CannotCarry: if the file holds more than one stream.
        Malformed: if the file is damaged.
    """
    del inside  # every frame is found anyway
    return OggFlac(asset, scratch)


class OggFlac(Flac):
    """See :class:`aigc_label.explicit.sound.programme.Programme`."""

    def __init__(self, asset: Asset, scratch: Scratch) -> None:
        self._pages = _pages(asset)
        self._name = asset.name
        first = self._pages[0]
        self._before = asset.read(first.body, min(_IDENTITY, first.end - first.body))
        super().__init__(_bare(asset, self._pages), scratch)

    def inserted(self, additions: Sequence[Addition]) -> Result:
        """The file with sounds put in; see the module."""
        result = super().inserted(additions)
        final = self._scratch("marked.oga")
        with final.open("wb") as file:
            file.writelines(self._paged(result.asset))
        return Result(open_asset(final, name=self._name), result.begins, result.notes)

    def _paged(self, marked: Asset) -> Iterator[bytes]:
        """The pages of a FLAC file's blocks and frames."""
        serial = self._pages[0].serial
        blocks = list(flac.blocks(marked, 0))
        before = self._before
        if any(before[_COUNT:]):  # 0: nobody has counted
            before = before[:_COUNT] + (len(blocks) - 1).to_bytes(_IDENTITY - _COUNT, "big")
        identity = before + marked.read(0, blocks[0].end)
        yield ogg.encoded(ogg.laced(identity), identity, (_BEGINS, 0, serial, 0))
        number = 1
        for block in blocks[1:]:
            packet = marked.read(block.start, block.end - block.start)
            for page in _laid(iter([(packet, 0)]), serial, number):
                yield page
                number += 1
        places = flac_frames.places(marked, blocks[-1].end, marked.size)
        samples = 0
        frames = []
        for place in places:
            samples += place.header.block
            frames.append((place, samples))
        packets = ((marked.read(p.start, p.end - p.start), at) for p, at in frames)
        last: bytes | None = None
        for page in _laid(packets, serial, number):
            if last is not None:
                yield last
            last = page
        if last is not None:
            yield _ended(last)


def _pages(asset: Asset) -> list[ogg.Page]:
    """All pages of a file that holds one stream."""
    pages: list[ogg.Page] = []
    at = 0
    while at < asset.size:
        page = ogg.page_at(asset, at)
        if page is None:
            raise Malformed("cut short: no whole Ogg page here", offset=at)
        if pages and (page.serial != pages[0].serial or page.flags & _BEGINS):
            raise CannotCarry(
                "the Ogg file holds several streams, or a chain of them; copy one of them into a "
                "file of its own first: ffmpeg -i FILE -map 0:a:0 -c copy NEW.oga"
            )
        pages.append(page)
        if len(pages) > MOST_PAGES:
            raise LimitExceeded(f"more than {MOST_PAGES} Ogg pages", offset=at)
        at = page.end
    if not pages:
        raise Malformed("no Ogg page")
    return pages


def _bare(asset: Asset, pages: Sequence[ogg.Page]) -> Asset:
    """The file as FLAC without Ogg, the last of its blocks marked as such."""
    ends = [pages[0].body + _IDENTITY, *(page.body for page in pages[1:])]
    starts = [0, *(page.end for page in pages[:-1])]
    gaps = [Splice(Span(a, b), b"") for a, b in zip(starts, ends, strict=True)]
    bare = EditPlan(gaps).view(asset)
    at = len(flac.SIGNATURE)
    flags: list[tuple[int, int]] = []
    for _ in range(flac.MOST_BLOCKS):
        head = bare.peek(at, 4)
        if len(head) < 4 or (head[0] == _SYNC and flags):
            break
        flags.append((at, head[0]))
        at += 4 + int.from_bytes(head[1:], "big")
    wrong = [
        Splice(Span(place, place + 1), bytes((kind ^ _LAST,)))
        for number, (place, kind) in enumerate(flags)
        if bool(kind & _LAST) is not (number == len(flags) - 1)
    ]
    return EditPlan(wrong).view(bare) if wrong else bare


def _laid(packets: Iterator[tuple[bytes, int]], serial: int, number: int) -> Iterator[bytes]:
    """Packets on pages: each with the position behind it, which its page gets if it ends there."""
    table, body = bytearray(), bytearray()
    granule, flags = _NOWHERE, 0

    def page() -> bytes:
        return ogg.encoded(bytes(table), bytes(body), (flags, granule, serial, number))

    for packet, position in packets:
        at = 0
        for length in ogg.laced(packet):
            if len(table) == _SEGMENTS:
                yield page()
                table, body, number = bytearray(), bytearray(), number + 1
                granule, flags = _NOWHERE, _CONTINUED if at else 0
            table.append(length)
            body += packet[at : at + length]
            at += length
        granule = position
        if len(body) >= _FULL:
            yield page()
            table, body, number = bytearray(), bytearray(), number + 1
            granule, flags = _NOWHERE, 0
    if table:
        yield page()


def _ended(page: bytes) -> bytes:
    """The page, as the last of its stream."""
    flags, granule, serial, number = (
        page[5],
        *(int.from_bytes(page[a:b], "little") for a, b in ((6, 14), (14, 18), (18, 22))),
    )
    count = page[26]
    numbers = (flags | _ENDS, granule, serial, number)
    return ogg.encoded(page[27 : 27 + count], page[27 + count :], numbers)
