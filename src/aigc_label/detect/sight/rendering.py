"""The ends of a PDF as a person sees them, rendered by PDFium."""

# ruff: noqa: PLC0415 - an extra, loaded only where a page is looked at

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from aigc_label.detect.sight.decoding import FINE, Seen
from aigc_label.errors import LimitExceeded, Malformed, MissingExtra

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset

MOST_BYTES = 64 << 20
"""Bytes of a document that is rendered."""

_REMEDY = "to look at pages without text: pip install 'aigc-label[ocr]'"
_LONGEST = 8192  # pixels of the longest side
_WIDEST = 14_400.0  # points of a side, the most that PDF 1.7 has


def ends(asset: Asset) -> Iterator[Seen]:
    """The first page and the last one, no finer than their words need.

    Raises:
        LimitExceeded: the document is too large.
        Malformed: they cannot be rendered.
        MissingExtra: PDFium is not installed.
    """
    try:
        import pypdfium2
    except ImportError:
        raise MissingExtra(_REMEDY) from None
    if asset.size > MOST_BYTES:
        raise LimitExceeded(f"{asset.size} bytes of PDF are over the {MOST_BYTES >> 20} MiB limit")
    try:
        with pypdfium2.PdfDocument(asset.read(0, asset.size)) as opened:
            for number in sorted({0, len(opened) - 1}):
                yield _rendered(opened[number])
    except pypdfium2.PdfiumError as error:
        raise Malformed(f"the document cannot be rendered: {error}") from None


def _rendered(page: Any) -> Seen:
    width, height = page.get_size()
    if not (0 < width <= _WIDEST and 0 < height <= _WIDEST):
        raise Malformed("a page is of no size")
    scale = min(FINE / min(width, height), _LONGEST / max(width, height))
    pixels = page.render(scale=scale, rev_byteorder=True).to_numpy()
    picture = np.ascontiguousarray(pixels[..., :3])
    return Seen(picture, 1.0, (picture.shape[1], picture.shape[0]))
