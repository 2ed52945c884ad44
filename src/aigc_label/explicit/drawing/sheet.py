"""A contact sheet: one picture with every look at every place, captioned."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw

from aigc_label.errors import CannotCarry
from aigc_label.explicit.drawing import typeface
from aigc_label.explicit.drawing.overlay import compose

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aigc_label.explicit_label import ExplicitLabel, Position

PLACES = ("top-left", "top-right", "bottom-left", "bottom-right", "bottom", "auto")
"""The columns; a position of a label's own that is none of them is shown in one more."""

_CELL = (400, 300)  # the most that a picture of the sheet measures, in pixels
_LARGEST = 1600  # pixels on a side of what marks are drawn on; a mark's size is a ratio of it
_GAP, _SMALL, _LARGE = 24, 17, 22
_PAPER, _TEXT, _FAINT, _FRAME = "#f4f4f2", "#1c1c1e", "#74747a", "#2f6fde"


def drawn(picture: Image.Image, labels: Sequence[tuple[str, ExplicitLabel]]) -> Image.Image:
    """The sheet: a row for each label, a column for each place; framed where it is the label's.

    Args:
        picture: what marks are shown on, RGB, any size.
        labels: captions and labels.

    Raises:
        InvalidLabel: as :func:`compose`.
    """
    picture = picture.copy()
    picture.thumbnail((_LARGEST, _LARGEST))
    scale = min(most / side for most, side in zip(_CELL, picture.size, strict=True))
    cell = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    column = max(cell[0], 150) + _GAP
    row = cell[1] + _LARGE + 2 * _GAP + _SMALL
    places = [_places(label) for _, label in labels]
    sheet = Image.new(
        "RGB", (max(map(len, places)) * column + _GAP, len(labels) * row + _GAP), _PAPER
    )
    draw = ImageDraw.Draw(sheet)
    for number, (caption, label) in enumerate(labels):
        top = _GAP + number * row
        title = _cut(caption, _LARGE, sheet.width - 2 * _GAP)
        draw.text((_GAP, top), title, _TEXT, typeface.font(_LARGE))
        for at, place in enumerate(places[number]):
            left, y = _GAP + at * column, top + _LARGE + _GAP * 2 // 3
            shown, said = _marked(picture, replace(label, position=place))
            sheet.paste(shown.resize(cell, Image.Resampling.LANCZOS), (left, y))
            own = place == label.position
            if own:
                edge = (left - 3, y - 3, left + cell[0] + 2, y + cell[1] + 2)
                draw.rectangle(edge, outline=_FRAME, width=2)
            below = (left, y + cell[1] + 6)
            said = _cut(said, _SMALL, column - _GAP // 2)
            draw.text(below, said, _FRAME if own else _FAINT, typeface.font(_SMALL))
    return sheet


def _places(label: ExplicitLabel) -> list[Position]:
    own = label.position
    return [*PLACES] if own in PLACES else [*PLACES, own]


def _marked(picture: Image.Image, label: ExplicitLabel) -> tuple[Image.Image, str]:
    """The picture with its mark, or without one; and what is said of it."""
    place = label.position
    said = place if isinstance(place, str) else f"{place[0]:g}, {place[1]:g}"
    try:
        mark = compose(label, picture.size, picture)
    except CannotCarry:
        return picture, f"{said}: too small for these words"
    shown = picture.copy()
    shown.paste(mark.image, (mark.left, mark.top), mark.image)
    return shown, f"{said}: {mark.place}" if said == "auto" else said


def _cut(text: str, size: int, width: int) -> str:
    """One line, cut off where there is no more room."""
    while typeface.font(size).getlength(text) > width:
        text = text[:-2].rstrip() + "…"
    return text
