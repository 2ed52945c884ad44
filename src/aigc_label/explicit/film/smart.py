"""Words over some seconds of a film: only the groups of pictures under them are encoded again.

All other samples are copied bit for bit, all other boxes byte for byte, and no time changes.
"""

from __future__ import annotations

import io
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from aigc_label import ffmpeg
from aigc_label.containers import bmff
from aigc_label.contract import Marked
from aigc_label.errors import AssetError, CannotCarry
from aigc_label.explicit.film import (
    checking,
    codecs,
    composing,
    encoder,
    excerpt,
    footage,
    picture,
    splicing,
    tables,
    timing,
)
from aigc_label.explicit.film import (
    plate as plates,
)
from aigc_label.explicit.film.codecs import prores
from aigc_label.explicit.film.regions import regions
from aigc_label.explicit.film.segment import Stretch

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from aigc_label.asset import Asset
    from aigc_label.explicit.film.codecs import Codec
    from aigc_label.explicit.film.regions import Region
    from aigc_label.explicit.film.segment import Picture
    from aigc_label.explicit.film.tables import Track
    from aigc_label.explicit_label import ExplicitLabel
    from aigc_label.output import Scratch

LONGEST = 60.0
"""Seconds of words beyond which, if they are most of the film, it is rather encoded whole: with
B-frames it takes less room, and the memory that it takes does not grow."""

LONG_BEHIND = 5.0
"""Seconds behind the words whose encoding is worth a note: most films have shorter groups."""

_MOST_GROUP = 250  # frames from one starting point to the next, if the film has fewer of them
_UNSAFE = ("dovi", "dolby vision")


def mark(asset: Asset, explicit: ExplicitLabel, scratch: Scratch) -> Marked:
    """Draw words on a film, and encode no more than the groups of pictures under them.

    Returns:
        The film seen through an edit plan; or as it was, when the same mark stands already.

    Raises:
        InvalidLabel: as :func:`overlays.compose`.
        CannotCarry: with the reason why it must be encoded whole, if at all.
        Malformed: the film is damaged.
        MissingExtra: there is no ffmpeg.
    """
    track = _only_track(asset)
    codec = codecs.by_entry(track.entry.type)
    if codec is None:
        raise CannotCarry(f"its picture is coded as {track.entry.name!r}")
    config = tables.configuration(asset, track, codec)
    film = timing.played(asset, track)
    showings = timing.showings(explicit, film)
    found = regions(asset, track, lambda sample: codec.start(config, sample), showings)
    _refuse_most(track, found)
    part = scratch("part.mp4")
    _cut(asset, track, found[0], part)
    look = picture.described(part, "mov")
    screen = plates.Screen(look, _turn(asset, track))
    _refuse_unsafe(look, codec)
    first = _first_frame(part, track, found[0])
    ground = screen.shown(first)
    words = composing.composed(explicit, screen.size, ground, film.film_seconds(showings[0]))
    plate = screen.stored(words.overlay, scratch("plate.png"))
    before = plates.difference(first, plate)
    if words.stands or before[1] <= composing.SAME:
        return Marked(asset, words.found)
    grafts = []
    whole = config
    for number, region in enumerate(found):
        if number:
            _cut(asset, track, region, part)
        beside = _beside(asset, track, region)
        stretch = _stretch(track, region, look, part)
        base = excerpt.base(track, *_decoded(track, region)) / track.clock
        shown = [s._replace(start=s.start - base, end=s.end - base) for s in region.showings]
        made = encoder.encoded(
            codec,
            whole,
            look,
            stretch,
            plate=plate,
            showings=shown,
            target=scratch("made.mp4"),
            beside=beside,
        )
        joined = codec.join(whole, made, beside)
        whole = joined.config
        behind = b""
        if region.key < len(track.sizes):
            behind = joined.bridge + beside[-1]
            if region.open:
                behind = joined.bridge + codecs.restarted(codec, config, beside[-1])
        changed = region.leading or behind != beside[-1]
        grafts.append(splicing.Graft(region, joined, behind if changed else b""))
    plan = splicing.plan(asset, track, codec, whole, grafts)
    marked = plan.view(asset)
    checking.verify(asset, marked, grafts, part)
    _cut(marked, tables.pictures(marked)[0], found[0], part)
    after = plates.difference(_first_frame(part, track, found[0]), plate)
    composing.require_seen(before, after)
    part.unlink()
    notes = list(_notes(track, found))
    if look.pixels in prores.DEEP:
        notes.append("the frames under the words have 10 bits now: nothing here writes 12")
    return Marked(marked, words.found, tuple(notes))


def _only_track(asset: Asset) -> Track:
    top = bmff.top_level(asset)
    moov = bmff.sole_moov(top)
    if bmff.find(bmff.children(asset, moov), b"mvex"):
        raise CannotCarry("it is in fragments")
    found = tables.pictures(asset)
    if not found:
        raise CannotCarry("it has no picture track to draw on; ask for the implicit label only")
    if len(found) > 1:
        raise CannotCarry(f"it has {len(found)} picture tracks")
    if not len(found[0].sizes):
        raise CannotCarry("its picture track has no frames")
    if (name := tables.unfollowed(found[0])) is not None:
        raise CannotCarry(f"its picture track has a table {name!r}, which would no longer fit")
    return found[0]


def _turn(asset: Asset, track: Track) -> tuple[int, int, int, int]:
    tkhd = bmff.find(bmff.children(asset, track.inside[1]), b"tkhd")
    if tkhd is None:
        raise CannotCarry("its picture track has no header")
    return footage.turn(asset, track.inside[0], tkhd)


def _refuse_most(track: Track, found: list[Region]) -> None:
    frames = sum(region.frames for region in found)
    covered = sum(
        float(track.times[r.first : r.end].max() - track.times[r.first : r.end].min())
        for r in found
    )
    if covered / track.clock > LONGEST and 2 * frames > len(track.sizes):
        raise CannotCarry("the words stand over most of it")


def _notes(track: Track, found: list[Region]) -> Iterator[str]:
    """That more was encoded than the groups of pictures of usual films hold."""
    for region in found:
        shown = region.showings[-1]
        behind = float(track.times[region.first : region.end].max()) / track.clock
        behind -= shown.end + shown.fall
        if behind > LONG_BEHIND:
            yield (
                f"{behind:.0f} seconds behind the words were encoded again as well, because no "
                "frame there can be decoded by itself"
            )


def _refuse_unsafe(look: Picture, codec: Codec) -> None:
    if look.codec != codec.NAME:
        raise CannotCarry(f"its picture is coded as {look.codec}")
    if any(word in look.notes.lower() for word in _UNSAFE):
        raise CannotCarry("its picture has Dolby Vision metadata for each frame")
    encoder.require_drawable(look)


def _decoded(track: Track, region: Region) -> tuple[int, int]:
    """The samples that must be decoded to have the frames of a region."""
    return region.decoded, min(region.end, len(track.sizes))


def _cut(asset: Asset, track: Track, region: Region, target: Path) -> None:
    excerpt.written(asset, track, *_decoded(track, region), target)


def _stretch(track: Track, region: Region, look: Picture, path: Path) -> Stretch:
    first, end = region.first, min(region.end, len(track.sizes))
    times = np.sort(track.times[first:end]) - excerpt.base(track, *_decoded(track, region))
    last = int(times[-1]) + 1
    if region.leading:  # the starting point behind the region is in the excerpt, and shown last
        last = int(times[-1])
    lengths = np.diff(times)
    even = bool(len(lengths)) and bool((lengths == lengths[0]).all())
    rate = look.rate
    if even or not rate:
        mean = (
            Fraction(int(times[-1] - times[0]), len(times) - 1)
            if len(times) > 1
            else track.clock / 25
        )
        rate = (Fraction(track.clock) / Fraction(mean)).limit_denominator(1001)
    gaps = np.diff(np.flatnonzero(track.keys[first : end + 1]))
    group = int(gaps.max()) if len(gaps) else _MOST_GROUP
    return Stretch(
        excerpt=path,
        container="mov",
        clock=track.clock,
        first=int(times[0]),
        end=last,
        frames=region.frames,
        rate=rate,
        even=even,
        group=max(1, min(group, _MOST_GROUP)),
    )


def _beside(asset: Asset, track: Track, region: Region) -> list[bytes]:
    points = [region.first]
    if region.key < len(track.sizes):
        points.append(region.key)
    return [tables.sample(asset, track, number) for number in points]


def _first_frame(path: Path, track: Track, region: Region) -> Image.Image:
    """The first frame under the words, as it is stored, in RGB."""
    begin = region.showings[0].start - excerpt.base(track, *_decoded(track, region)) / track.clock
    tick = 0.5 / track.clock
    args = [
        "-copyts", "-noautorotate", "-f", "mov", "-i", ffmpeg.url(path),
        "-vf", f"select=gte(t\\,{begin - tick:.9f})", "-frames:v", "1", "-fps_mode", "passthrough",
        "-pix_fmt", "rgb24", "-c:v", "ppm", "-f", "image2pipe", "pipe:1",
    ]  # fmt: skip
    try:
        with Image.open(io.BytesIO(ffmpeg.run(args))) as still:
            return still.convert("RGB")
    except (AssetError, OSError):
        raise CannotCarry("its first frames cannot be decoded") from None
