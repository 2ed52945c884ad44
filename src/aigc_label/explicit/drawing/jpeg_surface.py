"""A JPEG as a surface to draw on: spliced where that can be done, else coded anew as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from aigc_label.containers import jpeg
from aigc_label.explicit.drawing import jpeg_gain_map, pictures
from aigc_label.explicit.drawing.jpeg_process import NotSpliced
from aigc_label.explicit.drawing.jpeg_splice import followed
from aigc_label.explicit.drawing.pages import Page, Picture

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from PIL.Image import Image

    from aigc_label.asset import Asset
    from aigc_label.edits import EditPlan
    from aigc_label.explicit.drawing.jpeg_splice import Splicing
    from aigc_label.explicit.drawing.stamp import Stamp


def spliced(asset: Asset, splicing: Splicing, anew: Callable[[], Picture]) -> Picture:
    """Take a JPEG apart, leaving its coefficients as they are.

    Args:
        asset: the JPEG.
        splicing: of it.
        anew: takes it apart to encode it again, if it turns out that it cannot be spliced.

    Raises:
        CannotCarry: if it holds further pictures that would need a mark, too.
    """
    surface = _Surface(asset, splicing, anew)
    page = Page(surface, _orientation(asset))
    return Picture(pages=[page], finish=surface.finish, notes=surface.notes)


class _Surface:
    moves: ClassVar[bool] = False

    def __init__(self, asset: Asset, splicing: Splicing, anew: Callable[[], Picture]) -> None:
        self.size = splicing.size
        self.notes: list[str] = []
        self._asset = asset
        self._splicing = splicing
        self._anew = anew
        self._plan: EditPlan | None = None
        self._other: Picture | None = None
        self._gain_map = jpeg_gain_map.found(asset, splicing.structure)

    def preview(self) -> Image:
        return self._decoded().pages[0].surface.preview()

    def take(self, stamp: Stamp) -> bool:
        patch, left, top = stamp.image, stamp.left, stamp.top
        try:
            splices = self._splicing.draw(patch, left, top, stamp.cell)
        except NotSpliced as error:
            self.notes.append(error.note)
            return self._decoded().pages[0].surface.take(stamp)
        finally:
            self._splicing.close()
        if splices and self._gain_map is not None:
            structure = self._splicing.structure
            splices += self._gain_map.flattened(self._asset, structure, self.size, stamp.box)
        if splices:
            self._plan = followed(self._asset, self._splicing.structure, splices)
            self.notes.extend(self._unmarked())
        return bool(splices)

    def _unmarked(self) -> Iterator[str]:
        """What else in the file shows the picture, or may, and bears no mark."""
        structure = self._splicing.structure
        for one in structure.header:
            if _is_exif(self._asset, one) and jpeg.SIGNATURE in jpeg.payload(self._asset, one):
                yield "the thumbnail in its EXIF data still shows the picture without the words"
                break
        mapped = self._gain_map and self._gain_map.span
        if any(span != mapped for span in jpeg_gain_map.further(self._asset, structure)):
            yield "further pictures in the file, such as previews, stay without the words"

    def finish(self) -> Asset:
        if self._plan is not None:
            return self._plan.view(self._asset)
        return self._decoded().finish()

    def _decoded(self) -> Picture:
        if self._other is None:
            self._other = self._anew()
        return self._other


def _orientation(asset: Asset) -> int:
    for segment in jpeg.segments(asset):
        if _is_exif(asset, segment):
            return pictures.orientation(jpeg.payload(asset, segment))
    return 1


def _is_exif(asset: Asset, segment: jpeg.Segment) -> bool:
    return segment.marker == jpeg.APP1 and jpeg.payload(asset, segment, 6) in jpeg.EXIF
