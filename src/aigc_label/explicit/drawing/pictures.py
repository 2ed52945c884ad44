"""Pictures decoded for drawing, and encoded again as they were: PNG, JPEG and WebP by Pillow.

In PNG and lossless WebP every pixel keeps its value. A JPEG keeps its quantisation tables and its
colour coding, so that only the codec's rounding remains. What would lose more than that (16 bits a
channel, animation) is refused.
"""

# ruff: noqa: PLC0415 - Pillow is loaded only where something is drawn

from __future__ import annotations

import struct
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING, Any

from aigc_label.asset import LARGEST_READ
from aigc_label.containers import png, riff
from aigc_label.edits import EditPlan, Splice
from aigc_label.errors import AssetError, CannotCarry, LimitExceeded, Malformed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL.Image import Image
    from PIL.JpegImagePlugin import JpegImageFile

    from aigc_label.asset import Asset

MOST_PIXELS = 150_000_000
"""A bound on what a small file may unfold to; the largest cameras make 100 to 150 million."""

MOST_BYTES = 512 << 20
"""A bound on the encoded picture, which is held in memory."""

WEBP_QUALITY = 90
"""For lossy WebP, which does not say with which quality it was made."""

_PNG_LEVEL = 4  # of 9: half the time of the usual 6, files a tenth larger at most


@dataclass(slots=True)
class Picture:
    """A decoded picture in a mode that can be drawn on.

    Attributes:
        image: the stored pixels, not turned as EXIF says.
        save: Pillow's options for encoding it as it was.
        key: the grey level that stands for transparent, if one does.
        turn: EXIF's orientation, 1 to 8.
    """

    image: Image
    save: dict[str, Any] = field(default_factory=dict)
    key: int | None = None
    turn: int = 1

    @property
    def shown(self) -> tuple[int, int]:
        """Width and height as displayed."""
        width, height = self.image.size
        return (width, height) if self.turn < 5 else (height, width)


def decode(asset: Asset, kind: str) -> Picture:
    """Decode a picture of the format ``kind``: ``png``, ``jpeg`` or ``webp``.

    Raises:
        Malformed: if Pillow cannot decode it.
        CannotCarry: if encoding it again would lose more than rounding.
        LimitExceeded: if it is over :data:`MOST_PIXELS` or :data:`MOST_BYTES`.
    """
    if asset.size > MOST_BYTES:
        raise LimitExceeded(
            f"{asset.size} bytes of picture are over the {MOST_BYTES >> 20} MiB limit"
        )
    picture = {"png": _png, "jpeg": _jpeg, "webp": _webp}[kind](asset)
    picture.turn = _orientation(picture.image.info.get("exif"))
    return picture


def encode(picture: Picture, kind: str) -> memoryview:
    """The picture as a file of its format, without metadata.

    Raises:
        CannotCarry: if Pillow cannot encode it.
        LimitExceeded: if there is not enough memory.
    """
    out = BytesIO()
    out.name = f"picture.{kind}"  # told so, Pillow loads this one plugin only
    with _pillow(CannotCarry, "the picture cannot be encoded again"):
        picture.image.save(out, **picture.save)
    return out.getbuffer()


@contextmanager
def _pillow(kind: type[AssetError], what: str) -> Iterator[None]:
    """Turn whatever Pillow raises into one of our errors."""
    from PIL.Image import DecompressionBombError

    try:
        yield
    except AssetError:
        raise
    except DecompressionBombError as error:
        raise LimitExceeded(_one_line(error)) from None
    except MemoryError:
        raise LimitExceeded(f"{what}: not enough memory") from None
    except Exception as error:  # noqa: BLE001 - its plugins raise nearly anything on bad bytes
        raise kind(f"{what}: {_one_line(error)}") from None


_UNDECODED = "the picture cannot be decoded"


def _whole(asset: Asset) -> BytesIO:
    if asset.size <= LARGEST_READ:
        return BytesIO(asset.read(0, asset.size))  # which shares the bytes, not copies them
    data = BytesIO()
    asset.copy_to(data, 0, asset.size)
    data.seek(0)
    return data


def _one_line(error: Exception) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return "".join(c for c in text if c.isprintable())[:120]


def _bounded(image: Image) -> None:
    _bounded_to(*image.size)


def _bounded_to(width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise LimitExceeded(
            f"{width}x{height} pixels are over the limit of {MOST_PIXELS // 1_000_000} million"
        )


def _png(asset: Asset) -> Picture:
    from PIL.PngImagePlugin import PngImageFile

    chunks = list(png.chunks(asset))
    if any(chunk.kind == b"acTL" for chunk in chunks):
        raise CannotCarry("animated PNG cannot be marked yet; ask for the implicit label only")
    # Pillow gives up on long texts and the like, which have no bearing on the pixels.
    needless = (c for c in chunks if c.kind[:1].islower() and c.kind not in (b"tRNS", b"eXIf"))
    data = _whole(EditPlan(Splice(chunk.span, b"") for chunk in needless).view(asset))
    with _pillow(Malformed, _UNDECODED):
        opened = PngImageFile(data)
        depth, colour = data.getbuffer()[24:26]
        _bounded(opened)
        if depth == 16 and colour != 0:
            raise CannotCarry(
                "16 bits a channel in colour would be flattened to 8; convert the picture to 8 "
                "bits first, or ask for the implicit label only"
            )
        opened.load()
        image: Image = opened
        if image.mode == "P":  # the palette need not have the plate's greys
            image = image.convert("RGBA" if "transparency" in image.info else "RGB")
        elif image.mode == "1":
            image = image.convert("L")
    picture = Picture(image, {"compress_level": _PNG_LEVEL, "icc_profile": None})
    key = image.info.pop("transparency", None)
    if key is not None:
        if 1 < depth < 8:  # Pillow spreads the pixels over 0 to 255, but not the key
            key = key * 255 // (2**depth - 1)
        picture.save["transparency"] = key
        picture.key = _grey_level(key, depth)
    return picture


def _grey_level(key: int | tuple[int, int, int], depth: int) -> int | None:
    """The level of grey that a colour key is, if it is one that a plate can have."""
    if isinstance(key, tuple):
        key = key[0] if len(set(key)) == 1 else -1
    level, rest = divmod(key, 257 if depth == 16 else 1)
    return level if 0 <= level <= 255 and rest == 0 else None


def _jpeg(asset: Asset) -> Picture:
    from PIL.JpegImagePlugin import JpegImageFile, get_sampling

    data = _whole(asset)
    with _pillow(Malformed, _UNDECODED):
        image = JpegImageFile(data)  # not Image.open: a file of several pictures is a JPEG, too
        _bounded(image)
        if image.layers == 4 and "adobe" not in image.info:
            raise CannotCarry(
                "a CMYK JPEG without Adobe's marker does not say whether it is inverted; convert "
                "it to RGB first, or ask for the implicit label only"
            )
        tables = [image.quantization[layer[3]] for layer in image.layer]
        image.load()
    return Picture(
        image,
        {
            # One table a component, as in the source; Pillow repeats the last for the rest. The
            # second of YCCK is for colour differences, which Pillow does not encode to: CMYK.
            "qtables": tables[:1] if image.layers == 4 else _without_repeats(tables),
            # Pillow writes three samplings. Others become the finest, which loses nothing.
            "subsampling": max(get_sampling(image), 0),
            "keep_rgb": _is_stored_as_rgb(image),
            "progressive": bool(image.info.get("progressive")),
            "comment": b"",  # comes back with the graft
        },
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


def _webp(asset: Asset) -> Picture:
    from PIL.WebPImagePlugin import WebPImageFile

    chunks = {chunk.id: chunk for chunk in riff.walk(asset).chunks}
    if b"ANIM" in chunks or b"ANMF" in chunks:
        raise CannotCarry("animated WebP cannot be marked yet; ask for the implicit label only")
    if b"VP8X" in chunks:  # before Pillow allocates the canvas
        canvas = asset.read(chunks[b"VP8X"].body + 4, 6)
        _bounded_to(*(int.from_bytes(side, "little") + 1 for side in (canvas[:3], canvas[3:])))
    data = _whole(asset)
    with _pillow(Malformed, _UNDECODED):
        image = WebPImageFile(data)
        _bounded(image)
        image.load()
    if b"VP8L" in chunks:
        return Picture(image, {"lossless": True, "exact": True, "quality": 60, "method": 4})
    return Picture(image, {"quality": WEBP_QUALITY, "method": 4})


def _orientation(exif: object) -> int:
    """EXIF tag 0x0112 of the first directory, 1 to 8; 1 where there is none that makes sense.

    Browsers obey it in JPEG and mostly in PNG; in WebP WebKit does and Chromium does not, so there
    the words of a turned picture stand on end for one half of the viewers whatever is done.
    """
    block = exif.removeprefix(b"Exif\x00\x00") if isinstance(exif, bytes) else b""
    order = {b"II*\x00": "<", b"MM\x00*": ">"}.get(block[:4])
    if order is None:
        return 1
    try:
        (start,) = struct.unpack_from(f"{order}I", block, 4)
        (count,) = struct.unpack_from(f"{order}H", block, start)
        for entry in range(start + 2, start + 2 + 12 * count, 12):
            tag, kind, _, value = struct.unpack_from(f"{order}HHIH", block, entry)
            if tag == 0x0112:
                return value if kind == 3 and 1 <= value <= 8 else 1
    except struct.error:  # cut short
        pass
    return 1
