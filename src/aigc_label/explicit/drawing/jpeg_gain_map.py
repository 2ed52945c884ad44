"""Gain maps: the small picture behind a JPEG that says where high dynamic range is brighter.

It would brighten a mark as it does what the mark covers, up to letters that dazzle and a plate that
glows. Under a mark the map is therefore made neutral: the value that means a gain of one. Known are
Adobe's and Android's maps (XMP ``hdrgm``), those of ISO 21496-1, and Apple's.
"""

from __future__ import annotations

import re
import struct
from io import BytesIO
from typing import TYPE_CHECKING, NamedTuple

from aigc_label.asset import Asset
from aigc_label.containers import jpeg
from aigc_label.edits import Span, Splice
from aigc_label.errors import AssetError, CannotCarry, LimitExceeded, Malformed
from aigc_label.explicit.drawing.jpeg_process import NotSpliced
from aigc_label.explicit.drawing.jpeg_splice import frame_of, splice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL.Image import Image

    from aigc_label.explicit.drawing.jpeg_splice import Structure

_ADOBE = b"http://ns.adobe.com/hdr-gain-map/1.0/"
_APPLE = b"urn:com:apple:photo:2020:aux:hdrgainmap"
_ISO = b"urn:iso:std:iso:ts:21496:-1\x00"
_SEMANTIC = re.compile(rb"Semantic\s*(?:=\s*[\"']|>)\s*(?:Original)?GainMap")
_NUMBER = rb"[-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?"
_VIEWS = 0x02  # multi-frame images, in the second byte of an MPF entry's attributes
_MOST_PICTURES = 64

_ADVICE = "use --no-explicit to add the implicit label only, or save the main picture alone"


class Gain(NamedTuple):
    """What one channel of a map means: powers of two, and the curve between them.

    Attributes:
        least, most: logarithm of the gain to base two where the map is black and white.
        gamma: of the map's values.
    """

    least: float
    most: float
    gamma: float

    @property
    def neutral(self) -> int:
        """The value from 0 to 255 that changes nothing, or least."""
        if self.most <= self.least:
            return 0
        share = min(max(-self.least / (self.most - self.least), 0.0), 1.0)
        return int(255 * share**self.gamma + 0.5)


class GainMap(NamedTuple):
    """A gain map within a file.

    Attributes:
        span: its bytes.
        gains: of each channel, or one for all.
    """

    span: Span
    gains: tuple[Gain, ...]

    def flattened(
        self,
        asset: Asset,
        structure: Structure,
        size: tuple[int, int],
        box: tuple[int, int, int, int],
    ) -> list[Splice]:
        """The edits that make the map neutral under a mark.

        Args:
            asset: the file.
            structure: of its main picture, whose directory gives the map's length.
            size: columns and rows of the main picture.
            box: left, top, right, bottom of the mark in it.

        Raises:
            CannotCarry: if the map cannot be edited.
        """
        whole, out = part_of(asset, self.span), BytesIO()
        try:
            patch, left, top = self._patch(frame_of(whole).size, size, box)
            splice(whole, patch, left, top).apply(whole, out)
        except (NotSpliced, Malformed) as error:
            raise _unclear(f"cannot be edited ({error.reason})") from None
        flat = out.getvalue()
        told = (_told(asset, one, whole.size, len(flat)) for one in structure.header)
        return [Splice(self.span, flat), *filter(None, told)]

    def _patch(
        self, own: tuple[int, int], size: tuple[int, int], box: tuple[int, int, int, int]
    ) -> tuple[Image, int, int]:
        from PIL import Image as Images  # noqa: PLC0415 - loaded only where something is drawn

        ends = [
            min(max(round(at * mine / whole) + beyond, 0), mine)
            for at, beyond, mine, whole in zip(
                box, (-2, -2, 2, 2), (*own, *own), (*size, *size), strict=True
            )
        ]
        left, top, right, bottom = ends
        values = [gain.neutral for gain in self.gains]
        colour = (*(values * 3)[:3], 255)
        return Images.new("RGBA", (right - left, bottom - top), colour), left, top


def found(asset: Asset, structure: Structure) -> GainMap | None:
    """The gain map of a JPEG, if it has one.

    Raises:
        CannotCarry: if its pictures cannot be marked by marking the first: views of a stereo pair
            or a panorama, or a gain map that is not to be understood.
    """
    told = any(_tells_of_map(asset, one) for one in structure.header)
    maps = []
    for span in further(asset, structure):
        try:
            gains = _gains(part_of(asset, span))
        except (Malformed, LimitExceeded):  # something else that begins like a JPEG
            continue
        if gains:
            maps.append(GainMap(span, gains))
    if told and not maps:
        raise _unclear("cannot be found or read")
    if len(maps) > 1:
        raise _unclear("is one of several")
    return maps[0] if maps else None


def part_of(asset: Asset, span: Span) -> Asset:
    """Some of an asset's bytes as an asset."""
    return Asset(
        lambda offset, length: asset.read(span.start + offset, length),
        span.end - span.start,
        name=asset.name,
    )


def _unclear(what: str) -> CannotCarry:
    return CannotCarry(f"the JPEG's gain map for high dynamic range {what}; {_ADVICE}")


def _tells_of_map(asset: Asset, segment: jpeg.Segment) -> bool:
    """Whether a segment of the main picture says that there is a gain map."""
    if jpeg.is_xmp(asset, segment):
        packet = jpeg.payload(asset, segment)
        return _ADOBE in packet or _SEMANTIC.search(packet) is not None
    return segment.marker == jpeg.APP2 and jpeg.payload(asset, segment, len(_ISO)) == _ISO


def _told(asset: Asset, segment: jpeg.Segment, old: int, new: int) -> Splice | None:
    """The directory in the main picture's XMP with a new length in place of an old one."""
    if not jpeg.is_xmp(asset, segment):
        return None
    data = jpeg.payload(asset, segment)
    edited = re.sub(rb"(:Length\s*(?:=\s*[\"']|>)\s*)%d(?!\d)" % old, rb"\g<1>%d" % new, data)
    return None if edited == data else Splice(segment.span, jpeg.segment(jpeg.APP1, edited))


def further(asset: Asset, structure: Structure) -> Iterator[Span]:
    """The pictures behind the first: those that the index names, else all that follow on it.

    Raises:
        CannotCarry: if they are views of the same rank.
    """
    for one in structure.header:
        if one.marker == jpeg.APP2 and jpeg.payload(asset, one, 4) == jpeg.MULTI_PICTURE:
            yield from _indexed(asset, one)
            return
    at = structure.end
    for _ in range(_MOST_PICTURES):
        if asset.peek(at, 3) != jpeg.SIGNATURE:
            return
        rest = part_of(asset, Span(at, asset.size))
        try:
            *_, scan = jpeg.segments(rest)
            end = at + jpeg.end_of_picture(rest, scan)
        except AssetError:
            return
        yield Span(at, end)
        at = end


def _indexed(asset: Asset, segment: jpeg.Segment) -> Iterator[Span]:
    base = segment.start + 4 + len(jpeg.MULTI_PICTURE)
    for attributes, size, offset in jpeg.further_pictures(asset, segment):
        if attributes >> 16 & 0xFF == _VIEWS:
            raise CannotCarry(
                "the JPEG holds several views (a stereo pair or a panorama), of which only the "
                f"first would be marked; mark them one by one, or {_ADVICE}"
            )
        start = base + offset
        if offset and start + size <= asset.size and asset.peek(start, 3) == jpeg.SIGNATURE:
            yield Span(start, start + size)


def _gains(picture: Asset) -> tuple[Gain, ...]:
    """What a gain map's metadata say; nothing if it is none."""
    xmp = iso = b""
    for one in jpeg.segments(picture):
        if jpeg.is_xmp(picture, one):
            xmp += jpeg.payload(picture, one)
        elif one.marker == jpeg.APP2 and jpeg.payload(picture, one, len(_ISO)) == _ISO:
            iso = jpeg.payload(picture, one)[len(_ISO) :]
    if _ADOBE in xmp:
        return _gains_of_xmp(xmp)
    if len(iso) > 4:
        return _gains_of_iso(iso)
    return (Gain(0, 1, 1),) if _APPLE in xmp else ()


def _gains_of_xmp(xmp: bytes) -> tuple[Gain, ...]:
    hdr_first = re.search(rb":BaseRenditionIsHDR\s*(?:=\s*[\"']|>)\s*True", xmp)
    if hdr_first:
        raise _unclear("darkens its main picture")
    least, most, gamma = (
        _numbers(xmp, name, default)
        for name, default in ((b"GainMapMin", 0.0), (b"GainMapMax", 1.0), (b"Gamma", 1.0))
    )
    return tuple(
        Gain(least[at % len(least)], most[at % len(most)], gamma[at % len(gamma)])
        for at in range(max(map(len, (least, most, gamma))))
    )


def _numbers(xmp: bytes, name: bytes, default: float) -> list[float]:
    """The value of a property: one number, or three in a sequence."""
    simple = re.search(rb":" + name + rb"\s*=\s*[\"']([^\"']{0,99})[\"']", xmp)
    nested = re.search(rb":" + name + rb">(.{0,999}?)</[\w-]*:" + name + rb">", xmp, re.DOTALL)
    text = (simple or nested or [b"", b""])[1]
    listed = [float(one) for one in re.findall(rb"(?<![\w:.-])" + _NUMBER, text)]
    if (simple or nested) and len(listed) not in (1, 3):
        raise _unclear(f"has no readable {name.decode()}")
    return listed or [default]


def _gains_of_iso(data: bytes) -> tuple[Gain, ...]:
    """ISO 21496-1 annex C.2: versions, flags, headrooms, and for each channel five fractions."""
    try:
        flags = data[4]
        if flags & 4:
            raise _unclear("darkens its main picture")
        common = bool(flags & 8)
        at = 5 + (12 if common else 16)
        step = 20 if common else 40
        gains = []
        for channel in range(3 if flags & 128 else 1):
            place = at + channel * step
            if common:
                (below,) = struct.unpack_from(">I", data, 5)
                least, most, gamma = (n / below for n in struct.unpack_from(">iiI", data, place))
            else:
                fields = struct.unpack_from(">iIiIII", data, place)
                least, most, gamma = (fields[n] / fields[n + 1] for n in (0, 2, 4))
            gains.append(Gain(least, most, gamma))
    except (struct.error, IndexError, ZeroDivisionError):
        raise _unclear("has no readable parameters") from None
    return tuple(gains)
