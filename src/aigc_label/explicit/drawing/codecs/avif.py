"""AVIF, coded again by Pillow's libavif; 10 and 12 bits a channel by ffmpeg's libaom."""

# ruff: noqa: PLC0415 - Pillow is loaded only where something is drawn

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np

from aigc_label.asset import open_asset
from aigc_label.errors import Malformed
from aigc_label.explicit.drawing import coded_stills, pictures
from aigc_label.explicit.drawing.coded_items import Items

if TYPE_CHECKING:
    from aigc_label.asset import Asset
    from aigc_label.contract import Format
    from aigc_label.explicit.drawing.coded_items import Coded
    from aigc_label.explicit.drawing.colours import Pixels
    from aigc_label.explicit.drawing.pages import Picture

_QUALITY = 90  # pictures do not say at which they were coded
_SPEED = 6  # of 10: a second for 4 megapixels


def picture(asset: Asset, _fmt: Format) -> Picture:
    """Take an AVIF apart.

    Raises:
        CannotCarry: if it is not one still picture.
        LimitExceeded, Malformed: as the reason says.
    """
    return coded_stills.picture(asset, _Coder())


class _Coder:
    """AV1 by Pillow."""

    def bits(self, coded: Coded) -> int:
        """Bits a channel."""
        flags = coded.configuration[10]
        return 8 if not flags & 0x40 else 12 if flags & 0x20 else 10

    def decode(self, file: bytes) -> Pixels:
        """Rows, columns and channels; more than 8 bits as 16."""
        items = Items(open_asset(file))
        first = items.uses.get((b"dimg", items.primary), [items.primary])[0]
        coded = items.coded(first)
        if self.bits(coded) > 8:
            from aigc_label.explicit.drawing import deep_avif

            return deep_avif.decoded(file, coded, alone=first == items.primary)
        from PIL.AvifImagePlugin import AvifImageFile

        guard = pictures.guarded(Malformed, pictures.UNDECODED)
        with guard, AvifImageFile(BytesIO(file)) as image:
            pixels = np.asarray(image)
        return pixels if pixels.ndim == 3 else pixels[..., None]

    def encode(self, pixels: Pixels, like: Coded) -> Coded:
        """Code them with the sampling of another picture."""
        if self.bits(like) > 8:
            from aigc_label.explicit.drawing import deep_avif

            return deep_avif.encoded(pixels, like, self.bits(like))
        from PIL import Image as Images

        flags = like.configuration[10]
        sampling = {0x0C: "4:2:0", 0x08: "4:2:2"}.get(flags & 0x0C, "4:4:4")
        if flags & 0x10:
            sampling = "4:0:0"
        full = not like.colour or like.colour[10] & 0x80
        lossless = like.colour[8:10] == bytes(2)  # red, green and blue themselves
        flat = pixels[..., 0] if pixels.shape[-1] == 1 else pixels
        image = Images.fromarray(np.ascontiguousarray(flat))
        made = pictures.written(
            lambda out: image.save(
                out,
                quality=100 if lossless else _QUALITY,
                subsampling=sampling,
                speed=_SPEED,
                range="full" if full else "limited",
            ),
            "avif",
        )
        found = Items(open_asset(made))
        return found.coded(found.primary)
