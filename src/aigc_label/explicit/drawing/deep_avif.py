"""Pictures of AV1 with 10 or 12 bits a channel, decoded and coded by ffmpeg: Pillow knows 8."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from aigc_label import ffmpeg
from aigc_label.asset import open_asset
from aigc_label.errors import AssetError, CannotCarry, Malformed
from aigc_label.explicit.drawing.coded_items import Items

if TYPE_CHECKING:
    from aigc_label.explicit.drawing.coded_items import Coded
    from aigc_label.explicit.drawing.colours import Pixels

_FINE = "flags=accurate_rnd+full_chroma_int+full_chroma_inp"
_MATRICES = {1: "bt709", 5: "bt470bg", 6: "smpte170m", 9: "bt2020nc"}  # as ISO/IEC 23091-2 counts
_QUALITY = ("-crf", "10", "-b:v", "0", "-cpu-used", "6")  # near to what cannot be seen


def decoded(file: bytes, coded: Coded, *, alone: bool) -> Pixels:
    """Rows, columns and channels, 16 bits each.

    Args:
        file: that holds one picture.
        coded: it, or its first tile.
        alone: whether it is no grid of tiles.

    Raises:
        CannotCarry: if it is, or its colours are made in a way that ffmpeg could not make again.
        Malformed: if it cannot be decoded.
    """
    if not alone:
        raise CannotCarry(
            "an AVIF of more than 8 bits a channel in tiles; save it in one piece, or ask for the "
            "implicit label only"
        )
    _matrix(coded)
    grey = bool(coded.configuration[10] & 0x10)
    kind, channels = ("gray16le", 1) if grey else ("rgb48le", 3)
    width, height = coded.size
    arguments = ["-i", "-", "-frames:v", "1", "-vf", f"scale={_FINE}"]
    try:
        raw = ffmpeg.run([*arguments, "-f", "rawvideo", "-pix_fmt", kind, "-"], input=file)
    except AssetError as error:
        raise Malformed(f"the picture cannot be decoded: {error.reason}") from None
    if len(raw) != 2 * width * height * channels:
        raise Malformed("the picture cannot be decoded: it is of another size than it says")
    return np.frombuffer(raw, "<u2").astype(np.uint16).reshape(height, width, channels)


def encoded(pixels: Pixels, like: Coded, bits: int) -> Coded:
    """Code them with the sampling, matrix and range of another picture.

    Raises:
        CannotCarry: if ffmpeg cannot.
    """
    height, width, channels = pixels.shape
    matrix = _matrix(like)
    flags = like.configuration[10]
    sampling = {0x0C: "420", 0x08: "422"}.get(flags & 0x0C, "444")
    kind = f"gray{bits}le" if channels == 1 else f"yuv{sampling}p{bits}le"
    reach = "pc" if not like.colour or like.colour[10] & 0x80 else "tv"
    scale = f"scale=out_color_matrix={matrix}:out_range={reach}:{_FINE}"
    source = ["-f", "rawvideo", "-pix_fmt", "gray16le" if channels == 1 else "rgb48le"]
    with tempfile.TemporaryDirectory(prefix="aigc-label-") as folder:
        target = Path(folder, "picture.avif")
        arguments = [*source, "-video_size", f"{width}x{height}", "-i", "-", "-vf", scale]
        arguments += ["-pix_fmt", kind, "-color_range", reach, "-colorspace", matrix]
        arguments += ["-c:v", "libaom-av1", "-still-picture", "1", *_QUALITY, str(target)]
        try:
            ffmpeg.run(arguments, input=np.ascontiguousarray(pixels.astype("<u2")).tobytes())
        except AssetError as error:
            raise CannotCarry(f"the picture cannot be encoded again: {error.reason}") from None
        with open_asset(target.read_bytes()) as made:
            items = Items(made)
            return items.coded(items.primary)


def _matrix(coded: Coded) -> str:
    number = int.from_bytes(coded.colour[8:10]) if coded.colour else 6
    if number == 2:  # not said
        number = 6
    if number not in _MATRICES:
        raise CannotCarry(
            f"an AVIF of more than 8 bits a channel with matrix coefficients {number}; save it "
            "with those of BT.2020 or BT.709, or ask for the implicit label only"
        )
    return _MATRICES[number]
