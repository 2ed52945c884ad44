"""WebP: lossless pictures stay so, lossy ones are coded again; of animations, the frames touched.

An animation's frames that the mark does not touch keep their bytes.
"""

# ruff: noqa: PLC0415 - Pillow is loaded only where something is drawn

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from aigc_label.asset import open_asset
from aigc_label.containers import riff, webp_canvas
from aigc_label.edits import EditPlan, Span, Splice
from aigc_label.errors import Malformed
from aigc_label.explicit.drawing import pictures
from aigc_label.explicit.drawing.animation import Animation, first_frame
from aigc_label.explicit.drawing.pages import Page, Picture, drawn_on

if TYPE_CHECKING:
    from PIL.Image import Image

    from aigc_label.asset import Asset
    from aigc_label.containers.riff import Chunk, Form
    from aigc_label.contract import Format
    from aigc_label.explicit.drawing.animation import Change
    from aigc_label.explicit.drawing.colours import Pixels
    from aigc_label.explicit.drawing.stamp import Box

QUALITY = 90
"""For lossy WebP, which does not say with which quality it was made."""

_LOSSLESS: dict[str, Any] = {"lossless": True, "exact": True, "quality": 60, "method": 4}
_LOSSY: dict[str, Any] = {"quality": QUALITY, "method": 4}


def picture(asset: Asset, fmt: Format) -> Picture:
    """Take a WebP apart.

    Raises:
        LimitExceeded, Malformed: as the reason says.
    """
    form = riff.walk(asset)
    riff.require_whole(form, *webp_canvas.IMAGE)
    chunks = {chunk.id: chunk for chunk in form.chunks}
    if b"VP8X" in chunks:  # before Pillow allocates the canvas
        canvas = asset.read(chunks[b"VP8X"].body + 4, 6)
        size = (int.from_bytes(canvas[:3], "little") + 1, int.from_bytes(canvas[3:], "little") + 1)
        frames = [chunk for chunk in form.chunks if chunk.id == b"ANMF"]
        pictures.bounded(*size, len(frames) or 1)
        if frames:
            return _moving(asset, form, size, [Cel(asset, chunk) for chunk in frames])
    image = _decoded(pictures.whole(asset))
    save = _LOSSLESS if b"VP8L" in chunks else _LOSSY
    notes = [] if save is _LOSSLESS else [f"the whole picture was coded anew, at quality {QUALITY}"]
    return Picture(
        notes=notes,
        pages=[Page(drawn_on(image), pictures.orientation(image.info.get("exif")))],
        finish=lambda: pictures.grafted(
            asset, fmt, pictures.written(lambda out: image.save(out, **save), "webp")
        ),
    )


def _decoded(data: Any) -> Image:
    from PIL.WebPImagePlugin import WebPImageFile

    with pictures.guarded(Malformed, pictures.UNDECODED):
        image = WebPImageFile(data)
        pictures.bounded(*image.size)
        image.load()
    return image


def _moving(asset: Asset, form: Form, size: tuple[int, int], cels: list[Cel]) -> Picture:
    def preview() -> Image:
        return first_frame(size, cels[0])

    exif = form.find(b"EXIF")
    block = asset.peek(exif.body, exif.size) if exif else b""
    surface = Animation(size=size, cels=cels, preview=preview, grid=2)
    return Picture(
        pages=[Page(surface, pictures.orientation(block))],
        finish=lambda: _spliced(asset, form, cels),
    )


def _spliced(asset: Asset, form: Form, cels: list[Cel]) -> Asset:
    splices = [riff.replaced(cel.chunk, cel.new) for cel in cels if cel.new]
    header = form.find(b"VP8X")
    if header and any(cel.has_opacity for cel in cels):
        flags = asset.read(header.body, 1)[0] | webp_canvas.ALPHA
        splices.append(Splice(Span(header.body, header.body + 1), bytes((flags,))))
    return EditPlan(riff.plan(form, splices).splices).view(asset)


class Cel:
    """One ``ANMF`` chunk."""

    disposal: Literal["keep", "clear", "restore"]

    def __init__(self, asset: Asset, chunk: Chunk) -> None:
        self.asset = asset
        self.chunk = chunk
        self.new = b""
        self.has_opacity = False
        head = asset.read(chunk.body, 16)
        x, y, width, height = (int.from_bytes(head[at : at + 3], "little") for at in (0, 3, 6, 9))
        self.box: Box = (2 * x, 2 * y, 2 * x + width + 1, 2 * y + height + 1)
        self.over = not head[15] & 2
        self.disposal = "clear" if head[15] & 1 else "keep"

    def _parts(self) -> dict[bytes, bytes]:
        data = pictures.stretch(self.asset, self.chunk.body + 16, self.chunk.body + self.chunk.size)
        parts: dict[bytes, bytes] = {}
        at = 0
        while at + 8 <= len(data):
            size = int.from_bytes(data[at + 4 : at + 8], "little")
            parts.setdefault(data[at : at + 4], data[at + 8 : at + 8 + size])
            at += 8 + size + size % 2
        return parts

    def read(self) -> Pixels:
        """Its pixels."""
        parts = self._parts()
        size = (self.box[2] - self.box[0], self.box[3] - self.box[1])
        file = b""
        if b"ALPH" in parts:
            canvas = b"".join((side - 1).to_bytes(3, "little") for side in size)
            file = riff.encoded(b"VP8X", webp_canvas.extended(webp_canvas.ALPHA, canvas))
        for kind in (b"ALPH", b"VP8 ", b"VP8L"):
            if kind in parts:
                file += riff.encoded(kind, parts[kind])
        image = _decoded(BytesIO(riff.encoded(b"RIFF", b"WEBP" + file)))
        if image.size != size:
            raise Malformed("a frame of another size than it says", offset=self.chunk.start)
        return np.asarray(image.convert("RGBA"))

    def write(self, change: Change) -> None:
        """Code it again, as it was coded."""
        from PIL import Image as Images

        save = _LOSSLESS if b"VP8L" in self._parts() else _LOSSY
        image = Images.fromarray(np.ascontiguousarray(change.pixels), "RGBA")
        if (change.pixels[..., 3] == 255).all():
            image = image.convert("RGB")
        else:
            self.has_opacity = True
        encoded = open_asset(pictures.written(lambda out: image.save(out, **save), "webp"))
        parts = [c for c in riff.walk(encoded).chunks if c.id in (b"ALPH", b"VP8 ", b"VP8L")]
        left, top, right, bottom = change.box
        sides = (left // 2, top // 2, right - left - 1, bottom - top - 1)
        head = b"".join(side.to_bytes(3, "little") for side in sides)
        old = self.asset.read(self.chunk.body, 16)
        flags = old[15] & ~2 | (0 if change.over else 2)
        body = b"".join(riff.encoded(c.id, encoded.read(c.body, c.size)) for c in parts)
        self.new = head + old[12:15] + bytes((flags,)) + body
