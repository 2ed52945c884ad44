"""PNG of every bit depth and colour type, interlaced or not, and APNG.

Only the rows under the mark change, within the pixel data; everything else keeps its bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.edits import EditPlan
from aigc_label.explicit.drawing.codecs import apng
from aigc_label.explicit.drawing.pages import Page, Picture
from aigc_label.explicit.drawing.png_still import File, Still

if TYPE_CHECKING:
    from aigc_label.asset import Asset
    from aigc_label.contract import Format


def picture(asset: Asset, _fmt: Format) -> Picture:
    """Take a PNG apart.

    Raises:
        CannotCarry: if it is of Apple's own kind.
        LimitExceeded, Malformed: as the reason says.
    """
    file = File(asset)
    if file.find(b"acTL"):
        return apng.picture(file)
    still = Still(file, file.pixels(b"IDAT"))
    return Picture(
        pages=[Page(still.raster(), file.turn)],
        finish=lambda: EditPlan(still.splices()).view(asset),
    )
