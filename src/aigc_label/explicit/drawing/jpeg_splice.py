"""A mark put into a JPEG by coding anew only the blocks under it.

What ``jpegtran -drop`` does: the blocks of 8x8 samples that the mark covers are decoded, drawn
over and coded again with the file's own quantisation; the coefficients of all others, the sampling,
the order of the scans, restart intervals and every metadata segment stay as they are.

Each component is drawn on by itself and at its own resolution, so that nothing is converted
between colour spaces or sampled up and down but the mark.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, NamedTuple

from aigc_label.asset import LARGEST_READ
from aigc_label.containers import jpeg
from aigc_label.edits import EditPlan, Span, Splice
from aigc_label.errors import LimitExceeded, Malformed
from aigc_label.explicit.drawing.jpeg_planes import CHANNELS, Plane, brightness, same
from aigc_label.explicit.drawing.jpeg_process import Description, Dialogue, NotSpliced
from aigc_label.explicit.drawing.pictures import MOST_BYTES, MOST_PIXELS

if TYPE_CHECKING:
    from PIL.Image import Image

    from aigc_label.asset import Asset

MOST_SCANS = 100
"""Each takes a pass over all blocks; encoders write ten or so."""

MOST_COEFFICIENTS = 512_000_000
"""They take two bytes each; as many as the largest pictures have at the usual samplings."""

_FRAMES = (0xC0, 0xC1, 0xC2, 0xC9, 0xCA)  # baseline, sequential, progressive; arithmetic: both
_ALL_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


class Frame(NamedTuple):
    """What the frame header says.

    Attributes:
        size: columns and rows of pixels.
        ids: each component's number, by which scans name it.
        finer: pixels that a sample of each component stands for, across and down.
    """

    size: tuple[int, int]
    ids: tuple[int, ...]
    finer: tuple[tuple[int, int], ...]


class Splicing:
    """A JPEG whose blocks are being decoded in the background.

    Attributes:
        size: columns and rows of the picture as it is stored.
        structure: where its parts are.
    """

    def __init__(self, asset: Asset) -> None:
        """Begin to decode.

        Raises:
            NotSpliced: if the picture has to be coded anew as a whole.
            Malformed: if its structure is broken.
            LimitExceeded: if it is too large.
        """
        self._asset = asset
        self.structure = Structure(asset)
        self._frame = _frame(asset, self.structure.header)
        self._questions = Dialogue(_whole(asset, self.structure.end))
        self.size = self._frame.size
        self.close = weakref.finalize(self, self._questions.close)
        """Let go of the process that decodes; done by itself when nobody holds this any more."""

    def draw(self, patch: Image, left: int, top: int, cell: int = 0) -> list[Splice]:
        """The edits that put ``patch`` over the picture, but for those of :func:`followed`.

        Args:
            patch: mode RGBA, as the picture is stored, not as it is displayed.
            left: pixels from the stored picture's left edge; the patch lies within the picture.
            top: the same from its upper edge.
            cell: side in pixels of the cells by which a standing mark is recognised; 0 not to.

        Returns:
            Nothing if the very mark stands there already.

        Raises:
            NotSpliced: if the picture has to be coded anew as a whole.
        """
        known = self._questions.description()
        if known.unread or known.scans != self.structure.scans:
            raise NotSpliced("its end is not where it seems to be")
        colours = _colours(known)
        place = (left, top, left + patch.width, top + patch.height)
        planes = [
            Plane(place, *component)
            for component in zip(self._frame.finer, known.samples, strict=True)
        ]
        greys = self._questions.blocks([plane.box for plane in planes])
        try:
            for number, (plane, grey) in enumerate(zip(planes, greys, strict=True)):
                plane.draw(grey, patch, colours, number)
        except OSError as error:
            raise NotSpliced(f"its blocks cannot be drawn on: {error}") from None
        if cell and same(
            brightness([plane.under(plane.before) for plane in planes], colours),
            brightness([plane.under(plane.after) for plane in planes], colours),
            cell,
        ):
            self._questions.leave()
            return []
        marked = [(plane.after.tobytes(), plane.touched) for plane in planes]
        return self._edits(self._questions.written(marked, self.structure.script(self._frame)))

    def _edits(self, written: bytes) -> list[Splice]:
        """Tables, frame and scans replaced by those of ``written``; all else stays in place."""
        scan = self.structure.header[-1]
        tables = [Splice(one.span, b"") for one in self.structure.header[:-1] if not _is_kept(one)]
        kept = [
            self._asset.read(one.start, one.length + 4)
            for one in self.structure.between
            if _is_kept(one)
        ]
        body = b"".join([*kept, memoryview(written)[2:]])
        return [*tables, Splice(Span(scan.start, self.structure.end), body)]


def splice(asset: Asset, patch: Image, left: int, top: int) -> EditPlan:
    """The edits that put ``patch`` over a JPEG. See :meth:`Splicing.draw`.

    Raises:
        NotSpliced: if the picture has to be coded anew as a whole.
        Malformed: if its structure is broken.
        LimitExceeded: if it is too large.
    """
    one = Splicing(asset)
    try:
        return followed(asset, one.structure, one.draw(patch, left, top))
    finally:
        one.close()


def followed(asset: Asset, structure: Structure, splices: list[Splice]) -> EditPlan:
    """Edits, and those by which the index of further pictures stays true to them."""
    return EditPlan([*splices, *jpeg.follow(asset, structure.header, splices)])


def frame_of(asset: Asset) -> Frame:
    """What a JPEG's frame header says.

    Raises:
        NotSpliced: if the picture has to be coded anew as a whole.
        Malformed: if its structure is broken.
        LimitExceeded: if it is too large.
    """
    return _frame(asset, list(jpeg.segments(asset)))


class Structure:
    """Where the parts of a JPEG are.

    Attributes:
        header: the segments up to the first scan's.
        between: those behind the first scan's data: of further scans, tables, metadata.
        end: the offset behind the end of image.
        scans: how many there are.
    """

    def __init__(self, asset: Asset) -> None:
        if asset.size > MOST_BYTES:
            raise LimitExceeded(
                f"{asset.size} bytes of picture are over the {MOST_BYTES >> 20} MiB limit"
            )
        self._asset = asset
        self.header = list(jpeg.segments(asset))
        *self.between, last = jpeg.between_scans(asset, self.header[-1])
        self.end = last.start + 2
        self._scans = [self.header[-1], *(s for s in self.between if s.marker == jpeg.SOS)]
        self.scans = len(self._scans)
        if self.scans > MOST_SCANS:
            raise LimitExceeded(f"more than {MOST_SCANS} scans")

    def script(self, frame: Frame) -> list[list[int]]:
        """The scans as libjpeg's encoder wants them told; none for the one that is the default.

        Raises:
            Malformed: if a scan names a component that is not there.
        """
        scans = [_scan(jpeg.payload(self._asset, one), frame) for one in self._scans]
        return [] if scans == [[0, 63, 0, 0, *range(len(frame.ids))]] else scans


def _scan(header: bytes, frame: Frame) -> list[int]:
    count = header[0] if header else 0
    try:
        members = [frame.ids.index(header[1 + 2 * number]) for number in range(count)]
        first, last, precision = header[1 + 2 * count : 4 + 2 * count]
    except (ValueError, IndexError):
        raise Malformed("a scan of the JPEG has a broken header") from None
    return [first, last, precision >> 4, precision & 15, *members]


def _frame(asset: Asset, header: list[jpeg.Segment]) -> Frame:
    found = [one for one in header if one.marker in _ALL_FRAMES]
    if len(found) != 1:
        raise Malformed("the JPEG has no frame header, or several")
    if found[0].marker not in _FRAMES:
        raise NotSpliced("a lossless or hierarchical JPEG")
    data = jpeg.payload(asset, found[0])
    if len(data) < 6 or len(data) != 6 + 3 * data[5]:
        raise Malformed("the JPEG has a broken frame header", offset=found[0].start)
    if data[0] != 8:
        raise NotSpliced(f"{data[0]} bits a sample")
    size = int.from_bytes(data[3:5]), int.from_bytes(data[1:3])
    if size[0] * size[1] > MOST_PIXELS:
        raise LimitExceeded(
            f"{size[0]}x{size[1]} pixels are over the limit of {MOST_PIXELS // 1_000_000} million"
        )
    ids, samplings = tuple(data[6::3]), [(one >> 4, one & 15) for one in data[7::3]]
    if (
        0 in size
        or len(set(ids)) != len(ids)
        or not all(1 <= across <= 4 and 1 <= down <= 4 for across, down in samplings)
    ):
        raise NotSpliced("an unusual frame header")
    most = [max(sides) for sides in zip(*samplings, strict=True)]
    if any(most[0] % across or most[1] % down for across, down in samplings):
        raise NotSpliced("a sampling in parts of pixels")
    finer = tuple((most[0] // across, most[1] // down) for across, down in samplings)
    if sum(size[0] * size[1] // (across * down) for across, down in finer) > MOST_COEFFICIENTS:
        raise NotSpliced("too many coefficients to be held in memory")
    return Frame(size, ids, finer)


def _colours(known: Description) -> str:
    """How the components are to be read."""
    if CHANNELS.get(known.colours) != len(known.samples):
        raise NotSpliced("its components are of no known colours")
    if known.colours in ("cmyk", "ycck") and not known.adobe:
        raise NotSpliced("CMYK that does not say whether it is inverted")
    return known.colours


def _whole(asset: Asset, end: int) -> bytes:
    step = LARGEST_READ
    parts = [asset.read(at, min(step, end - at)) for at in range(0, end, step)]
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _is_kept(segment: jpeg.Segment) -> bool:
    """Whether it is an application's, APP14 included, or a comment."""
    return segment.is_application or segment.marker == jpeg.COM
