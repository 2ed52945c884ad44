"""Marks for those who draw them on pictures themselves, and a view of the looks to choose from.

>>> from aigc_label import ExplicitLabel
>>> from aigc_label.looks import overlay_crop
>>> mark = overlay_crop((1920, 1080), ExplicitLabel())
>>> mark.left + mark.width, mark.top + mark.height
(1898, 1058)
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from aigc_label import registry
from aigc_label.asset import open_asset
from aigc_label.errors import CannotCarry, Malformed, UsageError
from aigc_label.explicit_label import ExplicitLabel
from aigc_label.model import Medium

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL.Image import Image

    from aigc_label.asset import Asset, Source
    from aigc_label.explicit.drawing.overlay import Overlay

    Ground: TypeAlias = Source | Image

MOST_SIDE = 65_535
"""Pixels on a side of what marks are made for; no format in use goes further."""


class OverlayCrop(NamedTuple):
    """A mark alone, and where it stands.

    Attributes:
        png: an RGBA PNG, straight (not premultiplied) opacity, sRGB.
        left: of the PNG in the picture as displayed, in pixels.
        top: likewise.
        width: of the PNG, in pixels.
        height: likewise.
        words_box: x, y, width, height of the words' ink in the picture, in pixels.
        ink_height: of the tallest character, in pixels.
        place: the anchor it stands at; empty for a free position.
    """

    png: bytes
    left: int
    top: int
    width: int
    height: int
    words_box: tuple[int, int, int, int]
    ink_height: int
    place: str


def overlay(
    size: tuple[int, int], explicit: ExplicitLabel | None = None, *, ground: Ground | None = None
) -> bytes:
    """The mark as a transparent PNG as large as the picture, to be laid over it.

    Args:
        size: width and height of the picture as displayed, in pixels.
        explicit: what it shall say and how it shall look; the default one if ``None``.
        ground: the picture, for ``position="auto"`` and the styles that look at what is under
            them: a path, bytes, a stream or a Pillow image; of a film, the first frame counts.
            Without one, the contrast holds on any ground.

    Raises:
        UsageError: if the size is none, or the ground no picture.
        InvalidLabel: if the words or the icon cannot be drawn.
        CannotCarry: if the picture is too small for the words.
        AssetError: if the ground cannot be decoded.
    """
    from PIL import Image  # noqa: PLC0415 - loaded where something is drawn

    mark = _composed(size, explicit, ground)
    whole = Image.new("RGBA", (size[0], size[1]), (0, 0, 0, 0))
    whole.paste(mark.image, (mark.left, mark.top))
    return _png(whole)


def overlay_crop(
    size: tuple[int, int], explicit: ExplicitLabel | None = None, *, ground: Ground | None = None
) -> OverlayCrop:
    """The mark alone and its offset; arguments and errors as :func:`overlay`."""
    mark = _composed(size, explicit, ground)
    return OverlayCrop(
        _png(mark.image), mark.left, mark.top, *mark.image.size,
        mark.words_box, mark.ink_height, mark.place,
    )  # fmt: skip


def contact_sheet(ground: Ground, labels: Sequence[tuple[str, ExplicitLabel]]) -> Image:
    """A sheet that shows a picture with every label at several positions, captioned.

    Args:
        ground: a picture or a film as :func:`overlay` takes it.
        labels: captions and labels, one a row.

    Raises:
        UsageError, AssetError, InvalidLabel: as :func:`overlay`.
    """
    from aigc_label.explicit.drawing import sheet  # noqa: PLC0415 - it loads Pillow

    return sheet.drawn(still(ground), labels)


def still(ground: Ground) -> Image:
    """A picture, or the first frame of a film, as displayed: RGB.

    Raises:
        UsageError: if it is neither.
        AssetError: if it cannot be decoded.
    """
    from PIL.Image import Image as Picture  # noqa: PLC0415 - loaded where something is drawn

    if isinstance(ground, Picture):
        return ground.convert("RGB")
    with open_asset(ground) as asset:
        fmt = registry.identify(asset)
        if fmt.medium is Medium.VIDEO:
            return _first_frame(asset)
        marker = registry.marker_for(fmt.id)
        if fmt.medium is not Medium.IMAGE or marker is None or marker.id != "image":
            raise CannotCarry(f"no look can be shown on {fmt.id}; give a picture or a film")
        from aigc_label.explicit.drawing import pictures  # noqa: PLC0415 - it loads Pillow

        return pictures.opened(asset, fmt).pages[0].ground().convert("RGB")


def _composed(
    size: tuple[int, int], explicit: ExplicitLabel | None, ground: Ground | None
) -> Overlay:
    from aigc_label.explicit.drawing.overlay import compose  # noqa: PLC0415 - it loads Pillow

    if not _is_size(size):
        raise UsageError(f"a size is two whole numbers of 1 to {MOST_SIDE} pixels, not {size!r}")
    under = None if ground is None else still(ground)
    return compose(explicit or ExplicitLabel(), (size[0], size[1]), under)


def _is_size(size: Any) -> bool:
    return (
        isinstance(size, (tuple, list))
        and len(size) == 2
        and all(type(n) is int and 1 <= n <= MOST_SIDE for n in size)
    )


def _first_frame(asset: Asset) -> Image:
    import tempfile  # noqa: PLC0415 - films only
    from pathlib import Path  # noqa: PLC0415 - as above

    from PIL import Image  # noqa: PLC0415 - as above

    from aigc_label import ffmpeg, output  # noqa: PLC0415 - as above

    with tempfile.TemporaryDirectory() as folder:
        path = output.as_file(asset, Path(folder, "film"))
        frame = ("-map", "0:v:0", "-frames:v", "1", "-c:v", "png", "-f", "image2pipe", "pipe:1")
        png = ffmpeg.run(["-i", ffmpeg.url(path), *frame], timeout=60)
    if not png:
        raise Malformed("a film without a frame that could be shown")
    with Image.open(io.BytesIO(png)) as opened:
        return opened.convert("RGB")


def _png(image: Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=6)
    return out.getvalue()
