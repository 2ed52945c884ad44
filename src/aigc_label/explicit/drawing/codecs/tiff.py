"""TIFF and BigTIFF of any number of pages: strips and tiles under the mark are written anew.

They go to the end of the file, and their places in the page's lists are changed; uncompressed
rows are replaced where they stand. Nothing else is touched: other strips, pages and tags keep
their bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.containers import tiff
from aigc_label.edits import EditPlan, Span, Splice
from aigc_label.errors import CannotCarry, LimitExceeded, Malformed
from aigc_label.explicit.drawing.pages import Page, Picture
from aigc_label.explicit.drawing.tiff_pages import KIND, PARTS, WANTED, Sheet, numbers

if TYPE_CHECKING:
    from aigc_label.asset import Asset
    from aigc_label.containers.tiff import Directory
    from aigc_label.contract import Format

_CLASSIC = 0xFFFFFFFF  # the last byte that offsets of 32 bits reach
_MOST_PAGES = 1000
_MOST_PARTS = 64
_THUMBNAIL = 200  # pixels of the shortest side below which a reduced picture is none to read
_REDUCED, _MASK = 1, 4


def picture(asset: Asset, _fmt: Format) -> Picture:
    """Take a TIFF apart.

    Raises:
        CannotCarry: if its pixels are floating-point numbers, planes, or packed by what cannot be
            packed again.
        LimitExceeded, Malformed: as the reason says.
    """
    file = _File(asset)
    pages = [Page(page.raster(), page.turn) for page in file.pages]
    return Picture(pages=pages, finish=lambda: EditPlan(file.splices()).view(asset))


class _File:
    """The pages, and what is written behind the last byte."""

    def __init__(self, asset: Asset) -> None:
        self.asset = asset
        self.added: list[bytes] = []
        self.end = asset.size
        self.pages: list[Sheet] = []
        for page in tiff.pages(asset, WANTED):
            self._take(page)
            if parts := page.find(PARTS):
                for at in numbers(asset, page, parts)[:_MOST_PARTS]:
                    self._take(tiff.directory(asset, page.kind, at, WANTED))
        if not self.pages:
            raise Malformed("a TIFF without a picture")

    def _take(self, page: Directory) -> None:
        sheet = Sheet(self, page)
        if len(self.pages) >= _MOST_PAGES:
            raise LimitExceeded(f"more than {_MOST_PAGES} pages to mark")
        kind = sheet.one(KIND)
        if not kind & _MASK and not (kind & _REDUCED and min(sheet.size) < _THUMBNAIL):
            sheet.take_apart()
            self.pages.append(sheet)

    def append(self, data: bytes) -> int:
        """Put bytes behind all others, at an even offset; where they stand."""
        if self.end % 2:
            self.added.append(b"\0")
            self.end += 1
        at = self.end
        self.added.append(data)
        self.end += len(data)
        kind = tiff.flavour(self.asset)
        if kind is not None and not kind.big and self.end > _CLASSIC:
            raise CannotCarry(
                "the TIFF is too near to 4 GiB, where its offsets end; convert it to BigTIFF, "
                "then label again"
            )
        return at

    def splices(self) -> list[Splice]:
        """What makes the file show what was drawn."""
        # Pages may share rows, which then change in the same way.
        splices = dict.fromkeys(splice for page in self.pages for splice in page.splices())
        end = Span(self.asset.size, self.asset.size)
        return [*splices, Splice(end, b"".join(self.added))]
