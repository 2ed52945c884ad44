"""How high words really are: the ink within the box in which they were read.

Boxes over-estimate, by 1.2 to 2 times, as they take in what surrounds the letters. Here the pixels
of the letters are set apart from those around them, in several ways, of which the one is taken
whose ink is most like letters: of one colour, with another colour on all sides, under every
character that was read, and of the height that goes with their distances.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

from aigc_label.detect.sight import layout

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from aigc_label.detect.sight.layout import Layout

    Pixels = NDArray[np.uint8]
    Grey = NDArray[np.uint8]
    Mask = NDArray[np.bool_]

_LARGEST_EM = 64
"""Pixels of an em in which ink is measured at most: 2 % of it are about one."""

_TALL = 0.8  # of the characters, by height: the tallest may have a piece of the ground on it
_HIGHEST_IN_BOX = 0.8  # of a box's height: it is wider than its letters
_ENOUGH = 1000  # pixels, to tell their middle colour
_MOST_BY_COLOUR = 1.2  # by which colours may outweigh shapes
_LEAST_SHAPE = 0.2  # of 1.4: less has no ink under most characters, or is of another size
_STRETCH = 0.15  # by which letters may be lower for their distances, as some are set wide apart


class Ink(NamedTuple):
    """Letters as measured.

    Attributes:
        height: rows of a tall Chinese character, or else of a tall letter, in pixels.
        box: left, top, width, height of all letters in the crop, in pixels.
        contrast: WCAG's ratio of the ink's luminance to that of what is right around it, 1 to 21.
    """

    height: float
    box: tuple[int, int, int, int]
    contrast: float


class _Reading(NamedTuple):
    """One way to part a crop into ink and ground, and how far it looks like letters.

    Attributes:
        mask: the ink.
        rows: first of the line, and the one behind its last.
        height: rows of a tall character.
        shape: how much the places and heights of the ink are those of what was read.
    """

    mask: Mask
    rows: tuple[int, int]
    height: float
    shape: float


def measured(crop: Pixels, text: str, at: Sequence[float], box_height: float) -> Ink | None:
    """The ink of one line of words; ``None`` if hardly anything looks like the letters read.

    Args:
        crop: height x width x 3, RGB, with a rim of the surroundings.
        text: the words that were read.
        at: column of each character that is no blank, or nothing.
        box_height: pixels of the box in which they were found.
    """
    line = layout.laid_out(text, at, crop.shape[1], crop.shape[0])
    if not line.cells:
        return None
    scale = min(1.0, _LARGEST_EM / line.em)
    small = crop
    if scale < 1:
        size = (max(1, round(crop.shape[1] * scale)), max(1, round(crop.shape[0] * scale)))
        small = cv2.resize(crop, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
        line = layout.laid_out(text, [x * scale for x in at], *size)
    readings = [
        reading for mask in _masks(small) if (reading := _reading(mask, line, box_height * scale))
    ]
    if not readings:
        return None
    best = _clearest(small, readings)
    if best.shape < _LEAST_SHAPE:
        return None
    columns = np.flatnonzero(best.mask.any(axis=0))
    left, right = int(columns[0] / scale), round((columns[-1] + 1) / scale)
    top, bottom = int(best.rows[0] / scale), round(best.rows[1] / scale)
    box = (left, top, right - left, bottom - top)
    return Ink(best.height / scale, box, _contrast(crop, best.mask))


def supposed(crop: Pixels, text: str, at: Sequence[float], box_height: float) -> float:
    """Rows of a tall character by the size of the type, where the ink cannot be told.

    Args:
        crop: as for :func:`measured`, and so are the others.
        text: the words that were read.
        at: column of each character that is no blank, or nothing.
        box_height: pixels of the box in which they were found.
    """
    line = layout.laid_out(text, at, crop.shape[1], crop.shape[0])
    return min(line.usual_height, _HIGHEST_IN_BOX * box_height)


def _masks(crop: Pixels) -> Iterator[Mask]:
    """Ways to part a crop: by its grey, or by white and by black, which no bright colour is."""
    red, green, blue = cv2.split(crop)
    grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY).astype(np.uint8, copy=False)
    for level in _levels(grey):
        yield grey > level
        yield grey <= level
    whiteness = cv2.min(cv2.min(red, green), blue).astype(np.uint8, copy=False)
    for level in _levels(whiteness):
        yield whiteness > level
    lightness = cv2.max(cv2.max(red, green), blue).astype(np.uint8, copy=False)
    for level in _levels(lightness):
        yield lightness <= level


def _levels(grey: Grey) -> set[float]:
    """Levels that part the crop best into two and into three classes (Otsu's criterion)."""
    two, _ = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    bins, step = 64, 4
    counts = np.bincount(grey.ravel() // step, minlength=bins)
    weight = np.concatenate(([0.0], np.cumsum(counts)))
    moment = np.concatenate(([0.0], np.cumsum(counts * (step * np.arange(bins) + 2))))
    first, second = np.triu_indices(bins - 1, 1)
    first, second = first + 1, second + 1
    between = np.zeros(len(first))
    for start, end in ((0, first), (first, second), (second, bins)):
        share, sums = weight[end] - weight[start], moment[end] - moment[start]
        between += np.divide(sums**2, share, out=np.zeros_like(between), where=share > 0)
    best = int(between.argmax())
    # A bin's first level belongs to it, and what is above a level does not.
    three = (float(step * first[best] - 1), float(step * second[best] - 1))
    return {two, *(level for level in three if abs(level - two) > step)}


def _reading(mask: Mask, line: Layout, box_height: float) -> _Reading | None:
    total = int(mask.sum())
    if not 0.01 < total / mask.size < 0.6:
        return None
    letters = _letters(mask, box_height)
    if not letters.any():
        return None
    top, bottom = _line(letters, line.em, 0.12 * box_height)
    found = layout.extents(letters[top:bottom], line.cells)
    shape = _shape(line, found)
    if shape is None:
        return None
    height, likeness = shape
    lost = 1 - float(letters.sum()) / total
    return _Reading(letters, (top, bottom), height, likeness - 0.5 * lost)


def _clearest(crop: Pixels, readings: list[_Reading]) -> _Reading:
    """What is most like letters in shape and in colour."""
    least = max(reading.shape for reading in readings) - _MOST_BY_COLOUR
    likely = [reading for reading in readings if reading.shape >= least]
    colours = [_colours(crop, reading.mask) for reading in likely]
    # Some marks hardly stand out at all: what is clear is told by what is in this picture.
    most = max(1.0, *(around for _, _, around in colours))
    scores = [
        reading.shape + (edge - 1.2 * uneven) / most
        for reading, (uneven, edge, _) in zip(likely, colours, strict=True)
    ]
    return likely[int(np.argmax(scores))]


def _line(letters: Mask, em: float, near: float) -> tuple[int, int]:
    """The rows of the line that has most ink, with a dot above and a stroke below."""
    rows: NDArray[np.int64] = letters.sum(axis=1)
    lines = layout.runs(rows >= max(1.0, 0.02 * em))
    if not lines:
        return int(rows.argmax()), int(rows.argmax()) + 1
    top, bottom = max(lines, key=lambda line: rows[line[0] : line[1]].sum())
    for start, end in lines:
        if top - near <= end <= top:
            top = start
        elif bottom <= start <= bottom + near:
            bottom = end
    return top, bottom


def _shape(line: Layout, found: list[tuple[int, int] | None]) -> tuple[float, float] | None:
    """Rows of a tall character, and how far all are where and as high as they should be."""
    asked = [rows for rows, cell in zip(found, line.cells, strict=True) if cell.is_chinese]
    asked = asked or found
    heights = [bottom - top for top, bottom in filter(None, asked)]
    if not heights:
        return None
    height = sorted(heights)[round(_TALL * (len(heights) - 1))]
    inked = sum(rows is not None for rows in found) / len(found)
    whole = sum(min(1.0, rows / (0.8 * height)) for rows in heights) / len(asked)
    tops = [top for top, bottom in filter(None, asked) if bottom - top >= 0.7 * height]
    uneven = min(0.3, float(np.std(tops)) / line.em)
    apart = float(np.log(height / line.usual_height))
    over = max(0.0, apart - line.doubt)
    under = min(0.45, max(0.0, -apart - line.doubt - _STRETCH))
    return float(height), inked + 0.4 * whole - 3 * uneven - 3 * over - 1.2 * under


def _letters(mask: Mask, box_height: float) -> Mask:
    """The mask without what is no letter: what touches an edge, specks, plates, other lines."""
    # Labels of 16 bits are found twice as fast; there is at most one piece to four pixels.
    kind = cv2.CV_16U if mask.size < 4 * 65535 else cv2.CV_32S
    _, names, stats, _ = cv2.connectedComponentsWithStats(
        mask.astype(np.uint8), connectivity=8, ltype=kind
    )
    left, top, width, height, area = stats.T
    rows, columns = mask.shape
    kept = (left > 0) & (top > 0) & (left + width < columns) & (top + height < rows)
    kept &= area >= 0.005 * box_height**2
    kept &= width <= 2 * np.maximum(height, 0.35 * box_height)
    kept[0] = False
    if kept.any():
        ink = kept[names].sum(axis=1)
        lines = layout.runs(ink >= 0.25 * np.percentile(ink, 90))
        first, last = max(lines, key=lambda line: ink[line[0] : line[1]].sum())
        inside = np.minimum(top + height, last) - np.maximum(top, first)
        gap = np.maximum(np.maximum(first - top - height, top - last), 0)
        is_stroke = (width >= 1.2 * height) & (height <= 0.12 * box_height)
        kept &= (inside >= 0.35 * height) | ((gap <= 0.1 * box_height) & is_stroke)
    found: Mask = kept[names]
    return found


def _colours(crop: Pixels, letters: Mask) -> tuple[float, float, float]:
    """How far from the ink's usual colour the ink is, what is nearest around it, and the usual.

    Of what is around, the fifth that is most like the ink counts: a letter has an edge everywhere,
    and what is left over of the ground after a cut has not.
    """
    ink = crop[letters]
    colour = np.median(ink[:: 1 + len(ink) // _ENOUGH], axis=0)
    apart = cv2.split(cv2.absdiff(crop, np.append(colour, 0.0)))
    far = cv2.max(cv2.max(apart[0], apart[1]), apart[2])
    around = far[_rim(letters)]
    if not around.size:
        return float(far[letters].mean()), 0.0, 0.0
    edge, usual = np.percentile(around, [20, 50])
    return float(far[letters].mean()), float(edge), float(usual)


def _contrast(crop: Pixels, mask: Mask) -> float:
    """Of the middle of the ink to the middle of what is right around it."""
    if mask.shape != crop.shape[:2]:
        rows, columns = crop.shape[:2]
        whole = cv2.resize(mask.astype(np.uint8), (columns, rows), interpolation=cv2.INTER_NEAREST)
        mask = whole.astype(bool)
    ground = _rim(mask)
    if not ground.any():
        return 1.0
    ink, around = (_luminance(np.median(crop[part], axis=0)) for part in (mask, ground))
    return (max(ink, around) + 0.05) / (min(ink, around) + 0.05)


def _luminance(colour: NDArray[np.floating]) -> float:
    """WCAG's relative luminance of an sRGB colour of 0 to 255."""
    part = colour / 255
    linear = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))


def _rim(mask: Mask) -> Mask:
    """What is around, but for the pixels next to the ink, which are of both colours."""
    once = _grown(mask)
    return _grown(_grown(once)) & ~once


def _grown(mask: Mask) -> Mask:
    kernel = np.ones((3, 3), np.uint8)
    grown: Mask = cv2.dilate(mask.astype(np.uint8), kernel).astype(bool)
    return grown
