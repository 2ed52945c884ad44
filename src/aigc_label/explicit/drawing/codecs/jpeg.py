"""JPEG: spliced where that can be done, else encoded again by Pillow.

Encoded again, it keeps its quantisation tables, sampling and colour coding.
"""

# ruff: noqa: PLC0415 - Pillow is loaded only where something is drawn

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aigc_label.errors import CannotCarry, Malformed
from aigc_label.explicit.drawing import pictures
from aigc_label.explicit.drawing.jpeg_process import NotSpliced
from aigc_label.explicit.drawing.jpeg_splice import Splicing

if TYPE_CHECKING:
    from PIL.JpegImagePlugin import JpegImageFile

    from aigc_label.asset import Asset
    from aigc_label.contract import Format
    from aigc_label.explicit.drawing.pages import Picture


def picture(asset: Asset, fmt: Format) -> Picture:
    """Take a JPEG apart.

    Raises:
        CannotCarry: if its colours are not told.
        LimitExceeded, Malformed: as the reason says.
    """
    try:
        splicing = Splicing(asset)
    except NotSpliced as error:
        whole = _to_be_encoded(asset, fmt)
        whole.notes.append(error.note)
        return whole
    # Only now: what this imports takes as long as it takes to decode the coefficients.
    from aigc_label.explicit.drawing.jpeg_surface import spliced

    return spliced(asset, splicing, lambda: _to_be_encoded(asset, fmt))


def _to_be_encoded(asset: Asset, fmt: Format) -> Picture:
    from PIL.JpegImagePlugin import JpegImageFile, get_sampling

    from aigc_label.explicit.drawing.pages import Page, Picture, drawn_on

    data = pictures.whole(asset)
    with pictures.guarded(Malformed, pictures.UNDECODED):
        image = JpegImageFile(data)  # not Image.open: a file of several pictures is a JPEG, too
        pictures.bounded(*image.size)
        if image.layers == 4 and "adobe" not in image.info:
            raise CannotCarry(
                "a CMYK JPEG without Adobe's marker does not say whether it is inverted; convert "
                "it to RGB first, or ask for the implicit label only"
            )
        tables = [image.quantization[layer[3]] for layer in image.layer]
        image.load()
    save: dict[str, Any] = {
        # One table a component, as in the source; Pillow repeats the last for the rest. The
        # second of YCCK is for colour differences, which Pillow does not encode to: CMYK.
        "qtables": tables[:1] if image.layers == 4 else _without_repeats(tables),
        # Pillow writes three samplings. Others become the finest, which loses nothing.
        "subsampling": max(get_sampling(image), 0),
        "keep_rgb": _is_stored_as_rgb(image),
        "progressive": bool(image.info.get("progressive")),
        "comment": b"",  # comes back with the graft
    }
    return Picture(
        pages=[Page(drawn_on(image), pictures.orientation(image.info.get("exif")))],
        finish=lambda: pictures.grafted(
            asset, fmt, pictures.written(lambda out: image.save(out, **save), "jpeg")
        ),
    )


def _is_stored_as_rgb(image: JpegImageFile) -> bool:
    """Whether three components are red, green and blue themselves, by libjpeg's reasoning."""
    if image.layers != 3 or "jfif" in image.info:
        return False
    if "adobe" in image.info:
        return image.info.get("adobe_transform") == 0
    return bytes(layer[0] for layer in image.layer) == b"RGB"


def _without_repeats(tables: list[list[int]]) -> list[list[int]]:
    """The tables without the last ones that equal the one before."""
    while len(tables) > 1 and tables[-1] == tables[-2]:
        tables = tables[:-1]
    return tables
