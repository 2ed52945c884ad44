"""Words on a PNG, JPEG or WebP picture (GB 45438-2025 clause 5.2).

The picture is decoded, the plate is drawn on it, and it is encoded again in the same format;
``Format.graft`` brings the other metadata back. In PNG and lossless WebP every pixel outside the
plate keeps its value; in JPEG only the codec's rounding changes them.
"""

# ruff: noqa: PLC0415 - Pillow is loaded only where something is drawn

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from aigc_label.asset import open_asset
from aigc_label.errors import CannotCarry
from aigc_label.explicit.drawing import pictures
from aigc_label.explicit.drawing.lettering import patch
from aigc_label.explicit.drawing.placing import placed
from aigc_label.model import FoundMark

if TYPE_CHECKING:
    from PIL.Image import Image

    from aigc_label.asset import Asset
    from aigc_label.contract import Format
    from aigc_label.explicit.drawing.lettering import Patch
    from aigc_label.explicit.drawing.pictures import Picture
    from aigc_label.explicit_label import ExplicitLabel
    from aigc_label.output import Scratch

LEAST_INK = 12
"""Pixels; strokes of Chinese characters run together below that. Small pictures get this much."""

_SAME = 40  # grey levels that JPEG may blur a standing mark by; another character makes 60 or more


def mark(
    asset: Asset, fmt: Format, explicit: ExplicitLabel, _scratch: Scratch
) -> tuple[Asset, FoundMark]:
    """Put the words on the asked place of the picture as displayed.

    Returns the asset unchanged when the same mark stands there already.

    Raises:
        InvalidLabel: if the font lacks characters of the words.
        CannotCarry: if the picture is too small for them, or would lose more than the mark covers.
        LimitExceeded: if the picture has too many pixels or bytes.
        Malformed: if the picture cannot be decoded.
    """
    picture = pictures.decode(asset, fmt.id)
    width, height = picture.shown
    ink = max(math.ceil(explicit.height * min(width, height)), LEAST_INK)
    margin = round(explicit.look.margin * min(width, height))
    too_small = CannotCarry(
        f"a picture of {width}x{height} pixels is too small for readable words; give shorter "
        "words, or leave the explicit label to the page around it (--no-explicit)"
    )
    if width < ink + 2 * margin:
        raise too_small
    lettering = patch(explicit.text, ink, max_width=width - 2 * margin)
    size = lettering.image.size
    if size[1] + 2 * margin > height:
        raise too_small
    at = placed(explicit.position, (width, height), size, margin)
    words_x, words_y, words_width, words_height = lettering.words_box
    found = FoundMark(
        kind="text",
        text=explicit.text,
        place=explicit.position if isinstance(explicit.position, str) else "",
        box=(at[0] + words_x, at[1] + words_y, words_width, words_height),
        ratio=lettering.ink_height / min(width, height),
    )
    if not _draw(picture, lettering, at):
        return asset, found
    if fmt.graft is None:
        raise CannotCarry(f"{fmt.id} cannot keep its metadata through a new encoding")
    encoded = open_asset(pictures.encode(picture, fmt.id), name=asset.name)
    return fmt.graft(asset, encoded).view(encoded), found


def _draw(picture: Picture, lettering: Patch, at: tuple[int, int]) -> bool:
    """Draw the plate so that it stands upright when displayed; false if it stands there already."""
    plate = _turned_back(lettering.image, picture.turn)
    left, top = _stored_origin(at, lettering.image.size, picture.shown, picture.turn)
    grey, cover = plate.getchannel("R"), plate.getchannel("A")
    if picture.key is not None:  # no pixel of the mark may turn out transparent
        levels = list(range(256))
        levels[picture.key] += 1 if picture.key < 255 else -1
        grey = grey.point(levels)
    before = picture.image.crop((left, top, left + plate.width, top + plate.height))
    after = _covered(before, grey, cover)
    if _same(before, after, lettering.ink_height // 3):
        return False
    picture.image.paste(after, (left, top))
    return True


def _turned_back(plate: Image, turn: int) -> Image:
    """The plate as it must be stored, so that a viewer that obeys EXIF shows it upright."""
    from PIL.Image import Transpose

    inverse = {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_90,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_270,
    }.get(turn)
    return plate if inverse is None else plate.transpose(inverse)


def _stored_origin(
    at: tuple[int, int], plate: tuple[int, int], shown: tuple[int, int], turn: int
) -> tuple[int, int]:
    """Left and top, in the stored pixels, of what stands at ``at`` in the displayed picture."""
    x, y = at
    if turn in (2, 3, 6, 7):  # these look from the right
        x = shown[0] - x - plate[0]
    if turn in (3, 4, 7, 8):  # these look from below
        y = shown[1] - y - plate[1]
    return (x, y) if turn < 5 else (y, x)


def _covered(region: Image, grey: Image, cover: Image) -> Image:
    """The region with the plate over it, in the region's own mode."""
    from PIL import Image as Images
    from PIL import ImageChops

    if region.mode in ("RGBA", "LA"):
        plate = Images.merge("RGBA", (grey, grey, grey, cover))
        return Images.alpha_composite(region.convert("RGBA"), plate).convert(region.mode)
    if region.mode == "I;16":  # 257 times a level has that level in both bytes
        halves = [_covered(half, grey, cover).tobytes() for half in _bytes_of_16(region)]
        pairs = bytearray(2 * len(halves[0]))
        pairs[0::2], pairs[1::2] = halves
        return Images.frombytes("I;16", region.size, bytes(pairs))
    if region.mode == "CMYK":  # black ink alone: no colour fringes, whatever the profile
        none = Images.new("L", grey.size)
        plate = Images.merge("CMYK", (none, none, none, ImageChops.invert(grey)))
    else:
        plate = Images.merge(region.mode, [grey] * len(region.getbands()))
    return Images.composite(plate, region, cover)


def _bytes_of_16(region: Image) -> tuple[Image, Image]:
    """The low and the high bytes of a picture with 16-bit greys."""
    from PIL import Image as Images

    data = region.tobytes()
    low, high = (Images.frombytes("L", region.size, data[first::2]) for first in (0, 1))
    return low, high


def _same(before: Image, after: Image, cell: int) -> bool:
    """Whether drawing changes next to nothing in any cell of ``cell`` pixels.

    Cell by cell, because one other character in long words changes the whole by very little; in
    brightness, because coarse JPEG coding smears colours into the plate's edges.
    """
    from PIL import ImageChops

    if before.mode == "I;16":
        before, after = _bytes_of_16(before)[1], _bytes_of_16(after)[1]
    change = ImageChops.difference(before.convert("L"), after.convert("L"))
    if "A" in before.getbands():
        opacity = ImageChops.difference(before.getchannel("A"), after.getchannel("A"))
        change = ImageChops.lighter(change, opacity)
    rim = cell // 2  # the rim and the round corners stand beside whatever the picture shows
    columns, rows = (change.width - 2 * rim) // cell, (change.height - 2 * rim) // cell
    change = change.crop((rim, rim, rim + columns * cell, rim + rows * cell))
    extrema: Any = change.reduce(cell).getextrema()
    return bool(extrema[1] <= _SAME)
