"""The essence of sounds: coded frames or samples, without the tags around them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.edits import Span
from aigc_label.errors import LimitExceeded, Malformed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset

_MOST_PAGES = 1 << 22


def frames(asset: Asset) -> Iterator[Span]:
    """The frames of MP3 and ADTS: all between the tags in front and those at the end."""
    from aigc_label.containers import id3, mpeg_audio  # noqa: PLC0415 - as the package says

    start = id3.behind(asset)
    yield Span(start, max(start, mpeg_audio.before_tags(asset)))


def flac(asset: Asset) -> Iterator[Span]:
    """STREAMINFO and the frames behind the metadata blocks."""
    from aigc_label.containers import flac as container  # noqa: PLC0415 - as the package says
    from aigc_label.containers import id3, mpeg_audio  # noqa: PLC0415 - as the package says

    end = 0
    for number, block in enumerate(container.blocks(asset, id3.behind(asset))):
        if number == 0:
            yield Span(block.body, block.end)
        end = block.end
    yield Span(end, max(end, mpeg_audio.before_tags(asset)))


def wav(asset: Asset) -> Iterator[Span]:
    """The samples and the chunk that says how they are written."""
    from aigc_label.containers import riff  # noqa: PLC0415 - as the package says

    for chunk in riff.walk(asset).chunks:
        if chunk.id in (b"fmt ", b"data"):
            yield Span(chunk.body, chunk.body + chunk.size)


def aiff(asset: Asset) -> Iterator[Span]:
    """The samples and the chunk that says how they are written."""
    from aigc_label.containers import aiff as container  # noqa: PLC0415 - as the package says

    for chunk in container.walk(asset).chunks:
        if chunk.id in (b"COMM", b"SSND"):
            yield Span(chunk.body, chunk.body + chunk.size)


def ogg(asset: Asset) -> Iterator[Span]:
    """The bodies of all pages behind the headers of each link.

    Raises:
        Malformed: where bytes stand between two pages.
        LimitExceeded: after four million pages.
    """
    from aigc_label.containers import ogg as container  # noqa: PLC0415 - as the package says

    found = list(container.links(asset))
    stops = [link.streams[0].pages[0].start for link in found[1:] if link.streams]
    left = _MOST_PAGES
    for link, stop in zip(found, [*stops, asset.size], strict=False):
        if link.fault is not None:
            raise link.fault
        at = link.end
        while at < stop:
            page = container.page_at(asset, at)
            if page is None:
                raise Malformed("cut short: no whole Ogg page here", offset=at)
            yield Span(page.body, page.end)
            at = page.end
            left -= 1
            if left < 0:
                raise LimitExceeded(f"more than {_MOST_PAGES} Ogg pages", offset=at)
