"""What of an SVG drawing is seen: its viewport, in pixels and in the units of its shapes."""

from __future__ import annotations

import re
from typing import NamedTuple

from aigc_label.errors import CannotCarry

_ATTRIBUTE = (
    rb"""(?:^|\s)(viewBox|width|height|preserveAspectRatio|style)\s*=\s*(?:"([^"]*)"|'([^']*)')"""
)
_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_UNITS = {
    "": 1.0, "px": 1.0, "pt": 4 / 3, "pc": 16.0, "in": 96.0, "cm": 96 / 2.54, "mm": 96 / 25.4,
    "q": 96 / 101.6, "em": 16.0, "rem": 16.0, "ex": 8.0,
}  # fmt: skip
_STYLED = rf"(?:^|;)\s*(width|height)\s*:\s*({_NUMBER}[a-z]*)\s*(?:!important\s*)?(?=;|$)"
_ALIGNED = {"Min": 0.0, "Mid": 0.5, "Max": 1.0}


class View(NamedTuple):
    """What is seen.

    Attributes:
        width, height: of the viewport, in pixels, if the drawing is shown in its own size; of one
            that fills what it is given, in units of its shapes.
        left, top: of the viewport, in units of the shapes.
        unit_x, unit_y: units of the shapes in a pixel.
    """

    width: float
    height: float
    left: float
    top: float
    unit_x: float
    unit_y: float


def view(attributes: bytes) -> View:
    """What is seen of a drawing whose root element has these attributes.

    Raises:
        CannotCarry: if they do not say.
    """
    found = {
        name.decode(): (one or other).decode("ascii", "replace")
        for name, one, other in re.findall(_ATTRIBUTE, attributes)
    }
    styled = dict(re.findall(_STYLED, found.get("style", "")))
    width, height = (_length(styled.get(n) or found.get(n, "")) for n in ("width", "height"))
    box = _box(found.get("viewBox", ""))
    if box is None:
        if not width or not height:
            raise CannotCarry(
                "the drawing does not say how large it is; give its root element a viewBox, then "
                "label again"
            )
        return View(width, height, 0.0, 0.0, 1.0, 1.0)
    left, top, wide, high = box
    if not width and not height:
        width, height = wide, high
    width, height = width or height * wide / high, height or width * high / wide
    across, down = wide / width, high / height
    fit = re.fullmatch(
        r"\s*(?:defer\s+)?(none|x(Min|Mid|Max)Y(Min|Mid|Max))(?:\s+(meet|slice))?\s*",
        found.get("preserveAspectRatio", ""),
    )
    if fit and fit[1] == "none":
        return View(width, height, left, top, across, down)
    slices = fit is not None and fit[4] == "slice"
    unit = min(across, down) if slices else max(across, down)
    share_x, share_y = (_ALIGNED[fit[2]], _ALIGNED[fit[3]]) if fit else (0.5, 0.5)
    return View(
        width,
        height,
        left - share_x * (unit * width - wide),
        top - share_y * (unit * height - high),
        unit,
        unit,
    )


def _length(value: str) -> float:
    """Pixels; 0 for none, and for a share of what is not known."""
    found = re.fullmatch(rf"\s*({_NUMBER})\s*([a-zA-Z]*)\s*", value)
    pixels = float(found[1]) * _UNITS.get(found[2].lower(), 0.0) if found else 0.0
    return pixels if 0 < pixels < 1e9 else 0.0


def _box(value: str) -> tuple[float, float, float, float] | None:
    numbers = re.findall(_NUMBER, value)
    if len(numbers) != 4 or re.sub(rf"{_NUMBER}|[\s,]", "", value):
        return None
    left, top, width, height = map(float, numbers)
    if not (0 < width < 1e12 and 0 < height < 1e12 and abs(left) < 1e12 and abs(top) < 1e12):
        return None
    return left, top, width, height
