"""A picture as a person sees it, decoded no finer than is needed to read its words."""

# ruff: noqa: PLC0415 - Pillow is loaded only where something is looked at

from __future__ import annotations

import math
import re
from io import BytesIO
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from aigc_label.contract import Unseen
from aigc_label.errors import AssetError, LimitExceeded, Malformed, MissingExtra

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.Image import Image

    from aigc_label.asset import Asset

MOST_PIXELS = 150_000_000
"""A bound on what a small file may unfold to."""

MOST_BYTES = 512 << 20

FINE = 768
"""Pixels of the shortest side at least, in which ink is measured: 4 % of them are 31."""

_OF_MANY_KINDS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+", b"\xff\xd8\xff")  # TIFF, JPEG
_ORIENTATION = 0x0112  # EXIF's tag


class Seen(NamedTuple):
    """A picture as displayed, its first frame or page if there are several.

    Attributes:
        pixels: height x width x 3, RGB; transparent parts over white.
        scale: how many pixels of the file one of these stands for.
        size: width and height of the picture as displayed, in its own pixels.
    """

    pixels: NDArray[np.uint8]
    scale: float
    size: tuple[int, int]


def decoded(asset: Asset) -> Seen:
    """Decode a picture that Pillow knows.

    Raises:
        Malformed: it cannot be decoded.
        LimitExceeded: it has too many bytes or pixels.
        MissingExtra: HEIC is decoded by an extra.
        Unseen: its pixels are of a kind that is not decoded here: Lab, or lossless JPEG.
    """
    from PIL import Image as Images
    from PIL import ImageOps, UnidentifiedImageError

    if asset.size > MOST_BYTES:
        raise LimitExceeded(
            f"{asset.size} bytes of picture are over the {MOST_BYTES >> 20} MiB limit"
        )
    if asset.head[4:8] == b"ftyp" and not re.search(b"avi[fs]", asset.head[8:40]):
        _learn_heif()
    try:
        with Images.open(_file(asset)) as picture:
            if math.prod(picture.size) > MOST_PIXELS:
                raise LimitExceeded(
                    f"{picture.width}x{picture.height} pixels are over the limit of "
                    f"{MOST_PIXELS // 1_000_000} million"
                )
            whole = picture.size
            least = FINE / min(whole)
            if least < 1:  # JPEG decodes to a half, a quarter or an eighth in far less time
                picture.draft("RGB", (math.ceil(whole[0] * least), math.ceil(whole[1] * least)))
            image = _in_rgb(picture)
            if picture.getexif().get(_ORIENTATION, 1) != 1:
                image = ImageOps.exif_transpose(_carrying(image, picture))
    except AssetError:
        raise
    except UnidentifiedImageError as error:
        if asset.head.startswith(_OF_MANY_KINDS):  # of which Pillow does not know all
            raise Unseen("its kind of pixels cannot be decoded here; look at it") from None
        raise _undecodable(error) from None
    except Images.DecompressionBombError as error:
        pixels = re.search(r"\d+", str(error))
        raise LimitExceeded(
            f"{pixels[0] if pixels else 'its'} pixels are over the limit of "
            f"{MOST_PIXELS // 1_000_000} million"
        ) from None
    except Exception as error:  # noqa: BLE001 - its plugins raise nearly anything on bad bytes
        raise _undecodable(error) from None
    turned = (image.width > image.height) != (whole[0] > whole[1])
    size = (whole[1], whole[0]) if turned else whole
    return Seen(np.asarray(image), size[0] / image.width, size)


def _undecodable(error: Exception) -> Malformed:
    said = re.sub(r" '[^']*'\Z|<_io\.\S+ object at \w+>", "", " ".join(str(error).split()))
    reason = said[:120].strip() or type(error).__name__
    return Malformed(f"the picture cannot be decoded: {reason}")


def _learn_heif() -> None:
    """Teach Pillow to decode HEIC."""
    try:
        from pillow_heif import register_heif_opener
    except ImportError:
        raise MissingExtra("to look at HEIC: pip install 'aigc-label[heif]'") from None
    register_heif_opener()


def _file(asset: Asset) -> str | BytesIO:
    if asset.path is not None:
        return asset.path
    data = BytesIO()
    asset.copy_to(data, 0, asset.size)
    data.seek(0)
    return data


def _in_rgb(picture: Image) -> Image:
    """The pixels as 8-bit RGB, over white where they are transparent."""
    from PIL import Image as Images

    if picture.mode.startswith("I"):  # 16 bits of grey, which Pillow would clip
        grey = np.asarray(picture).astype(np.int64)
        return Images.fromarray((grey >> 8).clip(0, 255).astype(np.uint8)).convert("RGB")
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        above = picture.convert("RGBA")
        white = Images.new("RGBA", above.size, "white")
        return Images.alpha_composite(white, above).convert("RGB")
    if picture.mode == "RGB":
        picture.load()
        return picture  # to convert it would copy it
    return picture.convert("RGB")


def _carrying(image: Image, source: Image) -> Image:
    """The image with the orientation that its source states."""
    image.info["exif"] = source.getexif().tobytes()
    return image
