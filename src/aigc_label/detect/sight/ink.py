"""How high words really are: the ink within the box in which they were read.

Boxes over-estimate, by 1.2 to 2 times, as they take in what surrounds the letters. Here the pixels
of the letters are set apart from those around them, and the characters are measured. What is a
letter is told by what letters are: pieces of like height on one line, about as many as were read,
which touch no edge of the crop.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]
    Grey = NDArray[np.uint8]
    Mask = NDArray[np.bool_]

_USUAL_SHARE = 0.75
"""Ink height over the height of the box, which is widened to a half more."""

_INNER_BONUS = 0.8
_TALL = 0.8  # of the characters, by height: the tallest may have a piece of the ground on it


class Ink(NamedTuple):
    """Letters as measured.

    Attributes:
        height: rows of a tall character, in pixels.
        box: left, top, width, height of all letters in the crop, in pixels.
        contrast: WCAG's ratio of the ink's luminance to that of what is right around it, 1 to 21.
    """

    height: int
    box: tuple[int, int, int, int]
    contrast: float


class _Reading(NamedTuple):
    """One way to part a crop into ink and ground."""

    score: float
    mask: Mask
    top: int
    bottom: int
    heights: list[int]
    is_light: bool


def measured(crop: Pixels, characters: int, box_height: float) -> Ink | None:
    """The ink of one line of words; ``None`` if nothing looks like letters.

    Args:
        crop: height x width x 3, RGB, with a rim of the surroundings.
        characters: how many were read.
        box_height: pixels of the box in which they were found.
    """
    grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY).astype(np.uint8, copy=False)
    readings = []
    for level in _levels(grey):
        for is_light in (True, False):
            mask = grey > level if is_light else grey <= level
            if found := _reading(mask, characters, box_height, is_light=is_light):
                readings.append(found)
    if not readings:
        return None
    best = _innermost(max(readings, key=lambda found: found.score), readings)
    heights = sorted(best.heights)
    height = heights[round(_TALL * (len(heights) - 1))]
    columns = np.flatnonzero(_columns(best.mask))
    box = (int(columns[0]), best.top, int(columns[-1] - columns[0] + 1), best.bottom - best.top)
    return Ink(height, box, _contrast(crop, best.mask))


def _levels(grey: Grey) -> set[float]:
    """Levels that part the crop best into two and into three classes (Otsu's criterion)."""
    two, _ = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    bins = 64
    counts, edges = np.histogram(grey, bins=bins, range=(0, 256))
    weight = np.concatenate(([0.0], np.cumsum(counts)))
    moment = np.concatenate(([0.0], np.cumsum(counts * (edges[:-1] + 2))))
    first, second = np.triu_indices(bins - 1, 1)
    first, second = first + 1, second + 1
    between = np.zeros(len(first))
    for start, end in ((0, first), (first, second), (second, bins)):
        share, sums = weight[end] - weight[start], moment[end] - moment[start]
        between += np.divide(sums**2, share, out=np.zeros_like(between), where=share > 0)
    at = int(between.argmax())
    return {float(two), float(edges[first[at]]), float(edges[second[at]])}


def _reading(mask: Mask, characters: int, box_height: float, *, is_light: bool) -> _Reading | None:
    total = int(mask.sum())
    if not 0.01 < total / mask.size < 0.6:
        return None
    letters = _letters(mask, box_height)
    if not letters.any():
        return None
    rows: NDArray[np.int64] = letters.sum(axis=1)
    lines = _runs(rows >= max(1.0, 0.04 * float(rows.max())))
    top, bottom = max(lines, key=lambda line: rows[line[0] : line[1]].sum())
    near = 0.12 * box_height
    for start, end in lines:  # a dot above, a stroke below
        if top - near <= end <= top:
            top = start
        elif bottom <= start <= bottom + near:
            bottom = end
    band = letters[top:bottom]
    sizes = [
        (end - start, int(np.ptp(np.flatnonzero(band[:, start:end].any(axis=1)))) + 1)
        for start, end in _runs(_columns(band))
    ]
    # Broad pieces are Chinese characters, whose height is asked for; else all there is.
    heights = [tall for wide, tall in sizes if wide >= 0.5 * (bottom - top)]
    count = min(len(sizes), characters) / max(len(sizes), characters)
    columns = np.flatnonzero(_columns(band))
    breadth = float(np.ptp(columns)) / mask.shape[1]
    lost = 1 - letters.sum() / total
    unlike = (((bottom - top) / box_height - _USUAL_SHARE) / 0.25) ** 2
    return _Reading(
        score=float(1.5 * count + breadth - 1.5 * lost - unlike),
        mask=letters,
        top=top,
        bottom=bottom,
        heights=heights or [tall for _, tall in sizes],
        is_light=is_light,
    )


def _letters(mask: Mask, box_height: float) -> Mask:
    """The mask without what is no letter: what touches an edge, specks, plates, other lines."""
    _, names, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    left, top, width, height, area = stats.T
    rows, columns = mask.shape
    kept = (left > 0) & (top > 0) & (left + width < columns) & (top + height < rows)
    kept &= area >= 0.005 * box_height**2
    kept &= width <= 2 * np.maximum(height, 0.35 * box_height)
    kept[0] = False
    if kept.any():
        ink = kept[names].sum(axis=1)
        lines = _runs(ink >= 0.25 * np.percentile(ink, 90))
        first, last = max(lines, key=lambda line: ink[line[0] : line[1]].sum())
        inside = np.minimum(top + height, last) - np.maximum(top, first)
        gap = np.maximum(np.maximum(first - top - height, top - last), 0)
        is_stroke = (width >= 1.2 * height) & (height <= 0.12 * box_height)
        kept &= (inside >= 0.35 * height) | ((gap <= 0.1 * box_height) & is_stroke)
    found: Mask = kept[names]
    return found


def _innermost(best: _Reading, readings: list[_Reading]) -> _Reading:
    """The letters themselves, where the best reading is the rim that encloses them."""
    for other in readings:
        if (
            other.is_light != best.is_light
            and other.top > best.top
            and other.bottom < best.bottom
            and other.bottom - other.top > 0.6 * (best.bottom - best.top)
            and other.score > best.score - _INNER_BONUS
        ):
            ring = _grown(other.mask) & ~other.mask
            if (ring & best.mask).sum() > 0.5 * ring.sum():
                return other
    return best


def _contrast(crop: Pixels, mask: Mask) -> float:
    """Of the middle of the ink to the middle of what is right around it."""
    ground = _grown(_grown(mask)) & ~_grown(mask)
    if not ground.any():
        return 1.0
    ink, around = (_luminance(np.median(crop[part], axis=0)) for part in (mask, ground))
    return (max(ink, around) + 0.05) / (min(ink, around) + 0.05)


def _luminance(colour: NDArray[np.floating]) -> float:
    """WCAG's relative luminance of an sRGB colour of 0 to 255."""
    part = colour / 255
    linear = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))


def _grown(mask: Mask) -> Mask:
    kernel = np.ones((3, 3), np.uint8)
    grown: Mask = cv2.dilate(mask.astype(np.uint8), kernel).astype(bool)
    return grown


def _columns(mask: Mask) -> Mask:
    """Which columns hold any ink."""
    held: Mask = np.asarray(mask.any(axis=0))
    return held


def _runs(line: Mask) -> list[tuple[int, int]]:
    """Runs of true: the first of each, and the one behind its last."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], line.astype(np.int8), [0]))))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]
