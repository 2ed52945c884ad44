"""Words over the start frames of a film (GB 45438-2025 clause 5.4).

The picture track is encoded once more, with the codec, pixel format, colours and times it has;
every other track is copied, and ``Format.graft`` brings the metadata back. The header stays first
or last; a film in fragments comes out in one piece, its header first.
"""

# ruff: noqa: PLC0415 - Pillow and ffmpeg-python are loaded only where something is drawn

from __future__ import annotations

import io
import math
from typing import TYPE_CHECKING, Any, NamedTuple

from aigc_label import ffmpeg
from aigc_label.asset import open_asset
from aigc_label.edits import EditPlan, Span, Splice
from aigc_label.errors import AssetError, CannotCarry
from aigc_label.explicit.drawing.lettering import patch
from aigc_label.explicit.drawing.placing import placed
from aigc_label.explicit.film import footage, timing
from aigc_label.model import FoundMark

if TYPE_CHECKING:
    from pathlib import Path

    from PIL.Image import Image

    from aigc_label.asset import Asset
    from aigc_label.contract import Format
    from aigc_label.explicit.film.footage import Footage
    from aigc_label.explicit_label import ExplicitLabel
    from aigc_label.output import Scratch

LEAST_INK = 12
"""Pixels; strokes of Chinese characters run together below that. Small pictures get this much."""

QUALITY = 17
"""Constant rate factor: nobody sees a difference to the source; x264 and x265 agree on it."""

PRESET = "fast"
"""A tenth larger than ``medium`` at the same quality, in two thirds of the time."""

_SAME = 40  # grey levels by which coding may blur a standing mark; another character makes 60
_ENCODERS = {"h264": "libx264", "hevc": "libx265"}
_PROFILES = {
    "h264": {
        "Baseline": "baseline",
        "Constrained Baseline": "baseline",
        "Main": "main",
        "High": "high",
        "Constrained High": "high",
        "High 10": "high10",
        "High 4:2:2": "high422",
        "High 4:4:4 Predictive": "high444",
    },
    "hevc": {"Main": "main", "Main 10": "main10"},
}
_OVERLAYS = {  # pixel format: what the overlay filter must be told to draw in
    "yuv420p": "yuv420",
    "yuvj420p": "yuv420",
    "yuv422p": "yuv422",
    "yuvj422p": "yuv422",
    "yuv444p": "yuv444",
    "yuvj444p": "yuv444",
    "yuv420p10le": "yuv420p10",
    "yuv422p10le": "yuv422p10",
}


def mark(
    asset: Asset, fmt: Format, explicit: ExplicitLabel, scratch: Scratch
) -> tuple[Asset, FoundMark]:
    """Put the words on the asked place for the first seconds, or throughout a shorter film.

    Returns the asset unchanged when the same mark stands on the first frame already.

    Raises:
        InvalidLabel: if the font lacks characters of the words.
        CannotCarry: no picture track, or one that cannot be encoded again without loss.
        Malformed: if the film is damaged.
        MissingExtra: if there is no ffmpeg.
    """
    if fmt.graft is None:
        raise CannotCarry(f"{fmt.id} cannot keep its metadata through a new encoding")
    path = _as_file(asset, scratch)
    film = footage.probe(asset, path)
    if film.pixels not in _OVERLAYS:
        raise CannotCarry(
            f"its picture has the pixel format {film.pixels}, which is not encoded again without "
            "loss yet; ask for the implicit label only"
        )
    drawing, found = _layout(film, explicit)
    if _stands(path, film, drawing):
        return asset, found
    kind = fmt.extensions[0]
    plate, encoded, result = (scratch(n) for n in ("plate.png", f"encoded{kind}", f"marked{kind}"))
    drawing.plate.save(plate)
    _encode(film, _graph(path, film, drawing, plate, _enabled(explicit, film)), encoded)
    with open_asset(encoded, name=asset.name) as plain:
        # The pixels are stored as they were, so they must also be turned as they were.
        at = footage.matrix_place(plain, film.streams.index(film.picture))
        turned = EditPlan([Splice(Span(at, at + 36), film.matrix)]).view(plain)
        with result.open("wb") as file:
            fmt.graft(asset, turned).apply(turned, file)
    encoded.unlink()
    return open_asset(result, name=asset.name), found


class _Drawing(NamedTuple):
    """The plate as it must be stored, and its left and top in stored pixels."""

    plate: Image
    left: int
    top: int


def _as_file(asset: Asset, scratch: Scratch) -> Path:
    """The asset's own file, or a copy that ffmpeg can seek in."""
    from pathlib import Path

    if asset.path is not None:
        return Path(asset.path)
    path = scratch("source.mp4")
    with path.open("wb") as file:
        asset.copy_to(file, 0, asset.size)
    return path


def _layout(film: Footage, explicit: ExplicitLabel) -> tuple[_Drawing, FoundMark]:
    """What to draw, and what people will see of it."""
    width, height = film.shown
    ink = max(math.ceil(explicit.height * min(width, height)), LEAST_INK)
    margin = round(explicit.look.margin * min(width, height))
    lettering = patch(explicit.text, ink, max_width=max(width - 2 * margin, 1))
    size = lettering.image.size
    if size[1] + 2 * margin > height:
        raise CannotCarry(
            f"a picture of {width}x{height} pixels is too small for readable words; give shorter "
            "words, or leave the explicit label to the player around it (--no-explicit)"
        )
    left, top = placed(explicit.position, (width, height), size, margin)
    words = lettering.words_box
    found = FoundMark(
        kind="text",
        text=explicit.text,
        place=explicit.position if isinstance(explicit.position, str) else "",
        box=(left + words[0], top + words[1], words[2], words[3]),
        ratio=lettering.ink_height / min(width, height),
        at=(0.0, min(explicit.seconds, film.seconds or explicit.seconds)),
    )
    return _stored(film, lettering.image, left, top), found


def _stored(film: Footage, plate: Image, left: int, top: int) -> _Drawing:
    """A plate at its place in the displayed picture, as the pixels are stored.

    A point (x, y) is displayed at (ax + cy, bx + dy), from the side that makes it positive; before
    that, stored pixels are ``aspect`` wide.
    """
    from PIL.Image import Resampling, Transpose

    a, b, c, d = film.turn
    turned = {
        (-1, 0, 0, 1): Transpose.FLIP_LEFT_RIGHT,
        (1, 0, 0, -1): Transpose.FLIP_TOP_BOTTOM,
        (-1, 0, 0, -1): Transpose.ROTATE_180,
        (0, 1, -1, 0): Transpose.ROTATE_90,
        (0, -1, 1, 0): Transpose.ROTATE_270,
        (0, 1, 1, 0): Transpose.TRANSPOSE,
        (0, -1, -1, 0): Transpose.TRANSVERSE,
    }.get(film.turn)
    right, bottom = film.shown[0] - left - plate.width, film.shown[1] - top - plate.height
    x = (left if a > 0 else right) if a else (top if b > 0 else bottom)
    y = (top if d > 0 else bottom) if d else (left if c > 0 else right)
    if turned is not None:
        plate = plate.transpose(turned)
    if film.aspect != 1:
        width = max(1, round(plate.width / film.aspect))
        plate = plate.resize((width, plate.height), Resampling.LANCZOS)
        x = min(round(x / film.aspect), film.size[0] - width)
    # Chroma is stored for every second pixel; between two, ffmpeg would shift its half of the mark.
    return _Drawing(plate, x & ~1, y & ~1)


def _stands(path: Path, film: Footage, drawing: _Drawing) -> bool:
    """Whether drawing would change next to nothing in any part of the first frame.

    Part by part, because another character in long words changes the whole by very little.
    """
    from PIL import Image, ImageChops

    frame = ("-map", f"0:{film.picture}", "-frames:v", "1")
    grey = ("-pix_fmt", "gray", "-c:v", "pgm", "-f", "image2pipe", "pipe:1")
    source = ("-f", "mov", "-noautorotate", "-i", ffmpeg.url(path))
    plate, left, top = drawing
    with Image.open(io.BytesIO(ffmpeg.run([*source, *frame, *grey]))) as still:
        box = (left, top, left + plate.width, top + plate.height)
        before = still.convert("L").crop(box)
    after = Image.composite(plate.getchannel("R"), before, plate.getchannel("A"))
    part = max(4, min(plate.size) // 6)
    change = ImageChops.difference(before, after).reduce(part)
    brightest = max(level for level, count in enumerate(change.histogram()) if count)
    return brightest <= _SAME


def _enabled(explicit: ExplicitLabel, film: Footage) -> str:
    """When the words stand, as an expression of ffmpeg's, without fades.

    Counted from the first frame, which need not stand at 0: that one's time is kept in variable 0.
    """
    length = film.seconds or max(explicit.seconds, 3600.0)
    spans = timing.showings(explicit, timing.Played(0.0, length))
    # What shall stand to the end stands to the end, though its length is known by hundredths.
    ends = [span.end if span.end < length else length + 1 for span in spans]
    terms = [
        (f"gte(t-ld(0),{span.start:g})*" if span.start else "") + f"lt(t-ld(0),{end:g})"
        for span, end in zip(spans, ends, strict=True)
    ]
    return "+".join(["0*if(ld(1),0,st(0,t)+st(1,1))", *terms])


def _graph(path: Path, film: Footage, drawing: _Drawing, plate: Path, enabled: str) -> list[Any]:
    """The streams of the result: the picture drawn on, the others as they come."""
    import ffmpeg as graphs  # the package; this package's own module runs what it builds

    source = graphs.input(ffmpeg.url(path), f="mov", noautorotate=None)
    drawn = graphs.filter(
        [source[str(film.picture)], graphs.input(ffmpeg.url(plate))],
        "overlay",
        x=drawing.left,
        y=drawing.top,
        format=_OVERLAYS[film.pixels],
        enable=enabled,
    )
    if film.colours:
        drawn = drawn.filter("setparams", **film.colours)
    drawn = drawn.filter("format", film.pixels)
    return [drawn if n == film.picture else source[str(n)] for n in film.streams]


def _encode(film: Footage, streams: list[Any], target: Path) -> None:
    import ffmpeg as graphs

    output = graphs.output(*streams, ffmpeg.url(target), **_options(film))
    try:
        # Without -xerror, frames that cannot be decoded would be left out in silence.
        ffmpeg.run(["-xerror", *graphs.get_args(output)], timeout=None)
    except AssetError as error:
        raise CannotCarry(
            f"the film could not be encoded again ({error.reason}); repair or remux it, or ask "
            "for the implicit label only"
        ) from None


def _options(film: Footage) -> dict[str, str | int]:
    """Everything that shall be as it was, said to ffmpeg."""
    at = film.streams.index(film.picture)
    options: dict[str, str | int] = {
        "c": "copy",
        "map_metadata": 0,
        "map_chapters": 0 if film.chapters else -1,
        "max_muxing_queue_size": 4096,
        "video_track_timescale": film.clock,
        f"c:{at}": _ENCODERS[film.codec],
        f"crf:{at}": QUALITY,
        f"preset:{at}": PRESET,
        f"fps_mode:{at}": "passthrough",
        f"enc_time_base:{at}": f"1/{film.clock}",
        f"disposition:{at}": "default" if film.is_default else 0,
    }
    for number, stream in enumerate(film.streams):
        options[f"map_metadata:s:{number}"] = f"0:s:{stream}"
    for key, value in film.colours.items():
        options[f"{key.replace('range', 'color_range')}:{at}"] = value
    if profile := _PROFILES[film.codec].get(film.profile):
        options[f"profile:{at}"] = profile
    # Else both would take the track's clock for the number of frames a second.
    if film.codec == "hevc":
        pools = f":pools={most}" if (most := ffmpeg.threads()) else ""
        options[f"x265-params:{at}"] = f"log-level=error:fps={film.rate}{pools}"
        options[f"tag:{at}"] = film.tag
    elif film.step:
        options[f"x264-params:{at}"] = f"fps={film.rate}:force-cfr=1"
    if film.header_first:
        options["movflags"] = "+faststart"
    return options
