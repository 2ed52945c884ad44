"""Encoding one stretch once more, with words drawn over it: as many frames out as in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label import ffmpeg
from aigc_label.asset import open_asset
from aigc_label.errors import AssetError, CannotCarry
from aigc_label.explicit.film import tables
from aigc_label.explicit.film.codecs import prores
from aigc_label.explicit.film.segment import Made

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from aigc_label.explicit.film.codecs import Codec
    from aigc_label.explicit.film.segment import Picture, Plate, Showing, Stretch

QUALITY = 17
"""Constant rate factor of x264 and x265: nobody sees a difference to the source."""

LARGEST_MADE = 256 << 20
"""Bytes of new frames that are held in memory; longer stretches are for the whole-film path."""

DRAWABLE = {
    "yuv420p": ("yuv420", "yuva420p"),
    "yuvj420p": ("yuv420", "yuva420p"),
    "yuv422p": ("yuv422", "yuva422p"),
    "yuvj422p": ("yuv422", "yuva422p"),
    "yuv444p": ("yuv444", "yuva444p"),
    "yuvj444p": ("yuv444", "yuva444p"),
    "yuva420p": ("yuv420", "yuva420p"),
    "yuv420p10le": ("yuv420p10", "yuva420p10le"),
    "yuv422p10le": ("yuv422p10", "yuva422p10le"),
}
"""Pixel formats: what ffmpeg's overlay filter must be told to draw in, and the plate's own."""

_DEEP = "yuv444p10"
_HALF_TICK = 0.5
_HIGH = 720  # lines from which a picture without a word about it is taken for BT.709


def encoded(
    codec: Codec,
    config: bytes,
    picture: Picture,
    stretch: Stretch,
    *,
    plate: Plate,
    showings: Sequence[Showing],
    target: Path,
    beside: Sequence[bytes] = (),
) -> Made:
    """Draw on a stretch and encode it like its source, without B-frames.

    So the order of decoding is that of showing: the i-th sample is the i-th frame that was shown.

    Args:
        codec: the source's, from :mod:`codecs`.
        config: its decoder configuration.
        picture: what is known of its pictures.
        stretch: the frames.
        plate: the mark in stored pixels.
        showings: when it stands, in seconds on the excerpt's clock.
        target: a new file for ffmpeg's output, which is removed.
        beside: the source's samples at both joints, as :mod:`codecs` has it.

    Raises:
        CannotCarry: ffmpeg cannot decode or encode it, or another number of frames came out.
        MissingExtra: there is no ffmpeg.
    """
    require_drawable(picture)
    arguments = codec.arguments(config, picture, stretch, beside)
    still = ["-loop", "1", "-framerate", str(stretch.rate)] if _fades(showings) else []
    own = {} if "-crf" in arguments else {"-crf": str(QUALITY)}
    options = ["-g", str(stretch.group)] if "-g" not in arguments else []
    if not {"-qscale:v", "prores_ks"} & set(arguments):
        options += [word for pair in own.items() for word in pair]
    if "libx264" in arguments or "libx265" in arguments:
        options += ["-udu_sei", "1"]  # what generators say of themselves in the first frame stays
    for key, value in picture.colours.items():
        options += [f"-{key.replace('range', 'color_range')}", value]
    base = 1 / stretch.rate
    told = [
        # Without -xerror, frames that cannot be decoded would be left out in silence.
        "-xerror", "-copyts", "-noautorotate", "-f", stretch.container,
        "-i", ffmpeg.url(stretch.excerpt), *still, "-i", ffmpeg.url(plate.path),
        "-filter_complex", graph(picture, stretch, plate, showings), "-map", "[out]",
        "-fps_mode", "passthrough", "-enc_time_base", f"{base.numerator}/{base.denominator}",
        *arguments, *options, "-f", "mp4" if codec.CONFIG else "mov", ffmpeg.url(target),
    ]  # fmt: skip
    try:
        ffmpeg.encode(told, float(stretch.frames * base))
        made = collected(target, codec)
    except CannotCarry:
        raise
    except AssetError as error:
        if _DEEP in error.reason:
            raise CannotCarry(
                f"this ffmpeg does not draw on 4:4:4 with 10 bits; {ffmpeg.VARIABLE} may name a "
                "newer one"
            ) from None
        raise CannotCarry(f"a part of it could not be encoded again ({error.reason})") from None
    finally:
        target.unlink(missing_ok=True)
    if len(made.samples) != stretch.frames:
        raise CannotCarry(
            f"{len(made.samples)} frames came out of a part of it that has {stretch.frames}"
        )
    return made


def require_drawable(picture: Picture) -> None:
    """Refuse pixels that nothing here draws on.

    Raises:
        CannotCarry: naming them.
    """
    if not _drawn(picture)[0]:
        raise CannotCarry(f"its picture has the pixel format {picture.pixels}")


def _drawn(picture: Picture) -> tuple[str, str]:
    """What of :data:`DRAWABLE` holds for a picture."""
    deep = prores.DEEP if picture.codec == prores.NAME else {}
    return deep.get(picture.pixels) or DRAWABLE.get(picture.pixels, ("", ""))


def graph(picture: Picture, stretch: Stretch, plate: Plate, showings: Sequence[Showing]) -> str:
    """The filters: the frames of the stretch alone, the plate over them, their own colours."""
    drawn_in, _ = _drawn(picture)
    said = [f"{key}={value}" for key, value in picture.colours.items()]
    colours = f"setparams={':'.join(said)}," if said else ""
    parts = [f"[0:v:0]trim=start_pts={stretch.first}:end_pts={stretch.end},{colours}null[v0]"]
    copies = "".join(f"[p{number}]" for number in range(len(showings)))
    parts.append(f"[1:v]{plate_colours(picture)},split={len(showings)}{copies}")
    tick = _HALF_TICK / stretch.clock
    ends = ":shortest=1" if _fades(showings) else ""  # the plate is then repeated for ever
    for number, showing in enumerate(showings):
        start, end = showing.start - showing.rise, showing.end + showing.fall
        fades = []
        if showing.rise:
            fades.append(f"fade=in:st={start:.6f}:d={showing.rise:.6f}:alpha=1")
        if showing.fall:
            fades.append(f"fade=out:st={showing.end:.6f}:d={showing.fall:.6f}:alpha=1")
        parts.append(f"[p{number}]{','.join(fades) or 'null'}[q{number}]")
        parts.append(
            f"[v{number}][q{number}]overlay=x={plate.left}:y={plate.top}:format={drawn_in}{ends}"
            f":enable='gte(t,{start - tick:.9f})*lt(t,{end - tick:.9f})'[v{number + 1}]"
        )
    base = 1 / stretch.rate
    parts.append(
        f"[v{len(showings)}]{colours}format={picture.pixels},"
        f"settb={base.numerator}/{base.denominator},setpts=N[out]"
    )
    return ";".join(parts)


def plate_colours(picture: Picture) -> str:
    """The filters that make of an RGB plate what is laid over this picture, alpha included."""
    matrix = picture.colours.get("colorspace") or (
        "bt709" if picture.size[1] >= _HIGH else "smpte170m"
    )
    ranged = picture.colours.get("range") or ("pc" if picture.pixels.startswith("yuvj") else "tv")
    named = _MATRICES.get(matrix, "bt709")
    return f"scale=out_color_matrix={named}:out_range={ranged},format={_drawn(picture)[1]}"


def _fades(showings: Sequence[Showing]) -> bool:
    return any(showing.rise or showing.fall for showing in showings)


_MATRICES = {
    "bt709": "bt709",
    "smpte170m": "smpte170m",
    "bt470bg": "bt470",
    "fcc": "fcc",
    "smpte240m": "smpte240m",
    "bt2020nc": "bt2020",
    "bt2020c": "bt2020",
}
"""ffmpeg's names of colour spaces, as its scale filter calls them."""


def collected(path: Path, codec: Codec) -> Made:
    """The frames of an encoder's output, an MP4 file of one track.

    Raises:
        CannotCarry: if they are more than memory should hold, or not in the order of showing.
    """
    with open_asset(path) as asset:
        track = tables.pictures(asset)[0]
        if int(track.sizes.sum()) > LARGEST_MADE:
            raise CannotCarry(f"the marked part of it takes more than {LARGEST_MADE >> 20} MiB")
        if (track.times[1:] <= track.times[:-1]).any():
            raise CannotCarry("the encoder changed the order of the frames")
        config = tables.configuration(asset, track, codec)
        return Made(config, [tables.sample(asset, track, n) for n in range(len(track.sizes))])
