"""Pictures taken apart for drawing, and put together again as they were, whatever their format.

What each format takes is in :mod:`codecs`, one module each, found by the format's id. Pixels that
a mark does not cover keep their values wherever the format allows it; what would lose anything
else is refused.
"""

# ruff: noqa: PLC0415 - Pillow is loaded only where something is drawn

from __future__ import annotations

import struct
from contextlib import contextmanager
from importlib import import_module
from io import BytesIO
from typing import TYPE_CHECKING

from aigc_label.asset import LARGEST_READ, open_asset
from aigc_label.errors import AssetError, CannotCarry, LimitExceeded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aigc_label.asset import Asset
    from aigc_label.contract import Format
    from aigc_label.explicit.drawing.pages import Picture

MOST_PIXELS = 150_000_000
"""A bound on what a small file may unfold to; the largest cameras make 100 to 150 million."""

MOST_BYTES = 512 << 20
"""A bound on the encoded picture, which is held in memory."""

UNDECODED = "the picture cannot be decoded"


def opened(asset: Asset, fmt: Format) -> Picture:
    """Take a picture apart.

    Raises:
        Malformed: if it cannot be decoded.
        CannotCarry: if putting it together again would lose more than the codec's rounding.
        LimitExceeded: if it is over :data:`MOST_PIXELS` or :data:`MOST_BYTES`.
        MissingExtra: if a package is needed that is not installed.
    """
    if asset.size > MOST_BYTES:
        raise LimitExceeded(
            f"{asset.size} bytes of picture are over the {MOST_BYTES >> 20} MiB limit"
        )
    codec = import_module(f"aigc_label.explicit.drawing.codecs.{fmt.id}")
    picture: Picture = codec.picture(asset, fmt)
    return picture


def grafted(asset: Asset, fmt: Format, encoded: memoryview | bytes) -> Asset:
    """A new encoding of a picture, with the other metadata of the old one.

    Raises:
        CannotCarry: if the format cannot do that.
    """
    if fmt.graft is None:
        raise CannotCarry(f"{fmt.id} cannot keep its metadata through a new encoding")
    new = open_asset(encoded, name=asset.name)
    return fmt.graft(asset, new).view(new)


def written(save: Callable[[BytesIO], object], kind: str) -> memoryview:
    """What a Pillow plugin writes.

    Raises:
        CannotCarry: if it cannot.
        LimitExceeded: if there is not enough memory.
    """
    out = BytesIO()
    out.name = f"picture.{kind}"  # told so, Pillow loads this one plugin only
    with guarded(CannotCarry, "the picture cannot be encoded again"):
        save(out)
    return out.getbuffer()


@contextmanager
def guarded(kind: type[AssetError], what: str) -> Iterator[None]:
    """Turn whatever a codec raises into one of our errors."""
    from PIL.Image import DecompressionBombError

    try:
        yield
    except AssetError:
        raise
    except DecompressionBombError as error:
        raise LimitExceeded(_one_line(error)) from None
    except MemoryError:
        raise LimitExceeded(f"{what}: not enough memory") from None
    except Exception as error:  # noqa: BLE001 - plugins raise nearly anything on bad bytes
        raise kind(f"{what}: {_one_line(error)}") from None


def _one_line(error: Exception) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return "".join(c for c in text if c.isprintable())[:120]


def whole(asset: Asset) -> BytesIO:
    """All bytes of an asset, for libraries that want a file."""
    if asset.size <= LARGEST_READ:
        return BytesIO(asset.read(0, asset.size))  # which shares the bytes, not copies them
    data = BytesIO()
    asset.copy_to(data, 0, asset.size)
    data.seek(0)
    return data


def stretch(asset: Asset, start: int, end: int) -> bytes:
    """Bytes of an asset, however many.

    Raises:
        Malformed: if the file ends before that.
    """
    parts = []
    while start < end:
        parts.append(asset.read(start, min(end - start, LARGEST_READ)))
        start += len(parts[-1])
    return b"".join(parts)


def bounded(width: int, height: int, frames: int = 1) -> None:
    """Refuse what would unfold to too many pixels.

    Raises:
        LimitExceeded: if it is over :data:`MOST_PIXELS`, or an animation over ten times that.
    """
    if width * height > MOST_PIXELS:
        raise LimitExceeded(
            f"{width}x{height} pixels are over the limit of {MOST_PIXELS // 1_000_000} million"
        )
    if width * height * frames > 40 * MOST_PIXELS:
        raise LimitExceeded(
            f"{frames} frames of {width}x{height} pixels are too long an animation; make it a film"
        )


def orientation(exif: object) -> int:
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
