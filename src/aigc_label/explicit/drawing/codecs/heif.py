"""HEIF and HEIC, coded again by pillow-heif, an extra; 8, 10 and 12 bits a channel."""

# ruff: noqa: PLC0415 - pillow-heif is loaded only where something is drawn

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np

from aigc_label.asset import open_asset
from aigc_label.errors import CannotCarry, Malformed, MissingExtra
from aigc_label.explicit.drawing import coded_stills, pictures
from aigc_label.explicit.drawing.coded_items import Items

if TYPE_CHECKING:
    from aigc_label.asset import Asset
    from aigc_label.contract import Format
    from aigc_label.explicit.drawing.coded_items import Coded
    from aigc_label.explicit.drawing.colours import Pixels
    from aigc_label.explicit.drawing.pages import Picture

_QUALITY = 85  # pictures do not say at which they were coded; on their own scale, this loses little
_SAMPLING = {1: 420, 2: 422, 3: 444}


def picture(asset: Asset, _fmt: Format) -> Picture:
    """Take a HEIF apart.

    Raises:
        MissingExtra: if pillow-heif is not installed.
        CannotCarry: if it is not one still picture coded by HEVC.
        LimitExceeded, Malformed: as the reason says.
    """
    return coded_stills.picture(asset, _Coder(_library()))


def _library() -> Any:
    try:
        import pillow_heif
    except ImportError:
        raise MissingExtra(
            "marks on HEIF and HEIC need pillow-heif: pip install 'aigc-label[heif]'; or ask for "
            "the implicit label only (--no-explicit)"
        ) from None
    return pillow_heif


class _Coder:
    """HEVC by pillow-heif."""

    def __init__(self, library: Any) -> None:
        self.library = library

    def bits(self, coded: Coded) -> int:
        """Bits a channel.

        Raises:
            CannotCarry: if brightness and colour have different ones.
        """
        luma, chroma = (8 + (coded.configuration[at] & 7) for at in (25, 26))
        if coded.configuration[4:8] != b"hvcC" or luma != chroma or luma not in (8, 10, 12):
            raise CannotCarry(f"a HEIF of {luma} and {chroma} bits a channel")
        return luma

    def decode(self, file: bytes) -> Pixels:
        """Rows, columns and channels; more than 8 bits as 16."""
        with pictures.guarded(Malformed, pictures.UNDECODED):
            opened = self.library.open_heif(BytesIO(file), convert_hdr_to_8bit=False)
            pixels = np.asarray(opened[0])
        return pixels if pixels.ndim == 3 else pixels[..., None]

    def encode(self, pixels: Pixels, like: Coded) -> Coded:
        """Code them with the sampling and the bits of another picture."""
        grey = pixels.shape[-1] == 1
        mode = ("L" if grey else "RGB") + ("" if pixels.dtype == np.uint8 else ";16")
        size = (pixels.shape[1], pixels.shape[0])
        options = self.library.options
        before, options.SAVE_HDR_TO_12_BIT = options.SAVE_HDR_TO_12_BIT, self.bits(like) == 12
        sampling = _SAMPLING.get(like.configuration[24] & 3, 420)
        try:
            made = pictures.written(
                lambda out: self.library.from_bytes(
                    mode, size, np.ascontiguousarray(pixels).tobytes()
                ).save(out, quality=_QUALITY, **({} if grey else {"chroma": sampling})),
                "heif",
            )
        finally:
            options.SAVE_HDR_TO_12_BIT = before
        found = Items(open_asset(made))
        return found.coded(found.primary)
