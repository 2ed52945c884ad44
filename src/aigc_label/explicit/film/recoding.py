"""Words over films in AVI, FLV, MPEG-TS and WMV (GB 45438-2025 clause 5.4).

The whole picture stream is encoded once more, into the coding it has where there is an encoder;
all other streams are copied. What is written is compared with the source: every packet of the
other streams, the number and times of the frames, and the metadata. What differs is refused.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from aigc_label import cores, ffmpeg
from aigc_label.asset import open_asset
from aigc_label.contract import Marked
from aigc_label.errors import CannotCarry
from aigc_label.explicit.film import encoder, laying, restoring, streams, transport
from aigc_label.explicit.film.plate import Screen
from aigc_label.explicit.film.whole import PRESET
from aigc_label.output import as_file

if TYPE_CHECKING:
    from aigc_label.asset import Asset
    from aigc_label.contract import Format
    from aigc_label.explicit.film.laying import Laid, Reel
    from aigc_label.explicit.film.streams import Survey
    from aigc_label.explicit_label import ExplicitLabel
    from aigc_label.output import Scratch

CONTAINERS = {"avi": "avi", "flv": "flv", "mpegts": "mpegts", "wmv": "asf"}
"""ffmpeg's names of the formats."""

_FINEST = "2"  # quantiser of the codings before H.264 at which nobody sees a difference
_X26 = ("-crf", str(encoder.QUALITY), "-preset", PRESET)
_Q = ("-qscale:v", _FINEST)
_ENCODERS = {
    "h264": ("libx264", *_X26),
    "hevc": ("libx265", *_X26),
    "mpeg4": ("mpeg4", *_Q),
    "msmpeg4v3": ("msmpeg4", *_Q),
    "msmpeg4v2": ("msmpeg4v2", *_Q),
    "mpeg2video": ("mpeg2video", *_Q),
    "mpeg1video": ("mpeg1video", *_Q),
    "mjpeg": ("mjpeg", "-qscale:v", "2"),
    "flv1": ("flv", *_Q),
    "vp6f": ("libx264", *_X26, "-pix_fmt", "yuv420p"),
    "wmv1": ("wmv1", *_Q),
    "wmv2": ("wmv2", *_Q),
    "wmv3": ("wmv2", *_Q),
    "vc1": ("wmv2", *_Q),
}
_OTHERS = {"vp6f": "H.264", "wmv3": "WMV 8", "vc1": "WMV 8"}
"""Codings that nobody writes, and what takes their place."""

_COARSE = ("mpeg2video", "mpeg1video")  # they count time in frames
_FINEST_TICK = Fraction(1, 45_000)  # MPEG-4 counts no finer
_REORDERED = ("h264", "hevc", "mpeg2video", "mpeg1video")
_MOST_GROUP = 250
_SHIFT = 0.002  # seconds by which coarse clocks may move a time


class _Job(NamedTuple):
    fmt: Format
    film: Survey
    reel: Reel
    laid: Laid

    @property
    def shown(self) -> list[float]:
        """When frames are shown. AVI does not say so: then, they begin as ffmpeg shows them."""
        times = sorted(shown for _, shown, _ in self.laid.packets.rows)
        late = self.laid.start - times[0] if self.fmt.id == "avi" else 0.0
        return [time + late for time in times]


def mark(asset: Asset, fmt: Format, explicit: ExplicitLabel, scratch: Scratch) -> Marked:
    """Put the words on the asked place for the asked spans.

    Returns the asset unchanged when the same mark stands on the first frame already.

    Raises:
        InvalidLabel: if the font lacks characters of the words.
        CannotCarry: if the film cannot be encoded again without loss.
        Malformed: if the film is damaged.
        MissingExtra: if there is no ffmpeg.
    """
    container = CONTAINERS[fmt.id]
    restoring.refuse_unkept(asset, fmt)
    path = as_file(asset, scratch(f"source{fmt.extensions[0]}"))
    film = streams.survey(path, container)
    look = film.picture
    if look.codec not in _ENCODERS:
        raise CannotCarry(
            f"its picture is coded as {look.codec}, for which there is no encoder; ask for the "
            "implicit label only, or convert it first"
        )
    if look.pixels not in encoder.DRAWABLE or look.pixels.startswith("yuva"):
        raise CannotCarry(f"its picture has the pixel format {look.pixels}; convert it first")
    reel = laying.Reel(path, ("-f", container), film.shown.number)
    screen = Screen(look, (1, 0, 0, 1))
    laid = laying.laid(reel, screen, explicit, scratch)
    if laid.stands:
        return Marked(asset, laid.found)
    job = _Job(fmt, film, reel, laid)
    encoded = scratch(f"encoded{fmt.extensions[0]}")
    filters, plate = laying.graph(reel, screen, laid, look.rate)
    numbers = [stream.number for stream in film.streams]
    maps = [w for n in numbers for w in ("-map", "[out]" if n == reel.stream else f"0:{n}")]
    told = [*reel.opened, *plate, "-filter_complex", filters, *maps, *_options(job)]
    told += [*restoring.options(asset, fmt, film), "-f", container]
    laying.encode(told, encoded, laid)
    made = reel._replace(path=encoded, stream=numbers.index(reel.stream))
    _verify(job, made)
    laying.require_seen(made, laid, scratch)
    result = restoring.restored(asset, fmt, encoded, scratch)
    restoring.verify(asset, fmt, film, result, container)
    return Marked(open_asset(result, name=asset.name), laid.found, tuple(_notes(fmt, film, asset)))


def _notes(fmt: Format, film: Survey, asset: Asset) -> list[str]:
    why = f"single parts of {fmt.id} files are not replaced; all other streams were copied"
    said = [f"the whole picture was encoded again, because {why}"]
    if film.shown.codec in _OTHERS:
        said.append(
            f"the picture is now coded as {_OTHERS[film.shown.codec]}, as nothing writes "
            f"{film.shown.codec}"
        )
    if fmt.id == "mpegts" and transport.has_guides(asset):
        said.append("tables of the broadcast about other programmes and times were not kept")
    return said


def _options(job: _Job) -> list[str]:
    """How the picture is encoded."""
    look, rows = job.film.picture, job.laid.packets.rows
    name, *words = _ENCODERS[look.codec]
    base: Fraction = job.laid.packets.tick
    if name in _COARSE:
        base = 1 / look.rate
    elif name == "mpeg4":
        base = max(base, _FINEST_TICK)
    told = [
        "-c", "copy", "-map_metadata", "0", "-map_chapters", "0", "-max_muxing_queue_size", "4096",
        "-c:v", name, *words, "-fps_mode", "passthrough",
        "-enc_time_base", f"{base.numerator}/{base.denominator}",
    ]  # fmt: skip
    for number, stream in enumerate(job.film.streams):
        told += [f"-map_metadata:s:{number}", f"0:s:{stream.number}"]
    if name in ("libx264", "libx265"):
        told += ["-udu_sei", "1"]  # what generators say of themselves in the first frame stays
    reordered = job.fmt.id != "avi" and any(shown > decoded for decoded, shown, _ in rows)
    if name == "libx265":
        pools = f":pools={most}" if (most := cores.threads()) else ""
        frames = "bframes=3:b-pyramid=0" if reordered else "bframes=0"
        told += ["-x265-params", f"log-level=error:fps={look.rate}:{frames}{pools}"]
    elif name == "libx264":
        # Pictures wait for one other at most, as those of the source do: no time is negative.
        told += ["-bf", "3" if reordered else "0", "-x264-params", f"fps={look.rate}:b-pyramid=0"]
        if job.fmt.id == "mpegts":
            told += ["-aud", "1"]
    elif look.codec in _REORDERED:
        told += ["-bf", "2" if reordered else "0"]
    if name != "mjpeg":
        told += ["-g", str(_MOST_GROUP if look.rate > 10 else 25)]
    if job.fmt.id == "avi" and len(look.tag) == 4 and look.tag.isascii() and look.tag.isalnum():
        told += ["-tag:v", look.tag]
    for key, value in look.colours.items():
        told += [f"-{key.replace('range', 'color_range')}", value]
    return told


def _verify(job: _Job, made: Reel) -> None:
    """Compare the packets of what was written with the source's.

    Raises:
        CannotCarry: if frames or other packets are missing, changed or moved.
    """
    new = laying.packets(made)
    before, after = job.shown, sorted(shown for _, shown, _ in new.rows)
    if len(before) != len(after):
        raise CannotCarry(
            f"{len(after)} frames came out of {len(before)}; remux it with ffmpeg first, or ask "
            "for the implicit label only"
        )
    if job.fmt.id == "avi" and after[0] < before[0]:
        before[0] = after[0]  # a frame stands where an AVI begins, and then lasts until the second
    allowed = max(_SHIFT, float(max(job.laid.packets.tick, new.tick)) / 2)
    stated = job.laid.packets.stated
    if job.fmt.id != "avi" and len(stated) < len(before):
        # What says no time, as a second frame in one PES packet, is shown where decoders show it.
        places = [bisect_left(after, one - allowed) for one in stated]
        before, after = stated, [after[at] if at < len(after) else math.inf for at in places]
    if any(abs(one - other) > allowed for one, other in zip(before, after, strict=True)):
        raise CannotCarry("its frames would not keep their times; remux it with ffmpeg first")
    order = [stream.number for stream in job.film.streams if stream != job.film.shown]
    if not order:
        return
    sources = _copied(job.reel, order)
    kept = [n for n in range(len(job.film.streams)) if n != made.stream]
    copies = _copied(made, kept)
    for one, other in zip(sources, copies, strict=False):
        if one[0] != other[0] or abs(one[1] - other[1]) > allowed:
            raise CannotCarry(
                "its sound or subtitles would not stay as they are; remux it with ffmpeg first"
            )
    if len(sources) != len(copies):
        raise CannotCarry("some of its sound or subtitles would be lost; remux it first")


def _copied(reel: Reel, numbers: list[int]) -> list[tuple[tuple[int, str], float]]:
    """What packets other streams have, and when: stream by stream."""
    maps = [word for number in numbers for word in ("-map", f"0:{number}")]
    told = [*reel.opened, *maps, "-c", "copy", "-f", "framemd5", "pipe:1"]
    ticks: dict[int, float] = {}
    rows: list[tuple[tuple[int, str], float]] = []
    for line in ffmpeg.run(told, timeout=None).decode("ascii", "replace").splitlines():
        if line.startswith("#tb "):
            stream, _, tick = line[4:].partition(": ")
            ticks[int(stream)] = float(Fraction(tick))
        elif line[:1] != "#":
            fields = [field.strip() for field in line.split(",")]
            number = int(fields[0])
            rows.append(((number, fields[5]), int(fields[1]) * ticks[number]))
    return sorted(rows, key=lambda row: row[0][0])
