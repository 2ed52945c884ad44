"""Words on an SVG drawing, as a group of paths in front of its end; every other byte stays.

The words are outlines, so that their height is the same in every viewer, and they have a title
for those who listen. What is under them is not known without drawing everything, so they stand on
a plate, or with a rim of full strength, whose contrast holds on any ground.
"""

from __future__ import annotations

import math
import re
from base64 import b64encode
from io import BytesIO
from typing import TYPE_CHECKING, NamedTuple

from aigc_label.containers import svg
from aigc_label.containers.svg.view import View, view
from aigc_label.contract import Marked
from aigc_label.edits import EditPlan, Span, Splice
from aigc_label.errors import CannotCarry
from aigc_label.explicit.drawing import icon as icons
from aigc_label.explicit.drawing import look as looks
from aigc_label.explicit.drawing import typeface
from aigc_label.explicit.drawing.lettering import broken, fitting_type
from aigc_label.explicit.drawing.outlines import Outlines, outlined
from aigc_label.explicit.drawing.placing import placed, shares
from aigc_label.model import FoundMark

if TYPE_CHECKING:
    from aigc_label.asset import Asset
    from aigc_label.contract import Format
    from aigc_label.explicit.drawing.typeface import Type
    from aigc_label.explicit_label import ExplicitLabel
    from aigc_label.output import Scratch

_ID = b"aigc-label-mark"
_SHORT = 1000  # units in which a mark is laid out, on the shortest side
_PAD_X, _PAD_Y, _RADIUS, _GAP = 0.46, 0.34, 0.3, 0.28  # of the ink height
_RIM, _HAIRLINE, _HAIRLINE_INK = 1 / 12, 1 / 32, 0.306  # as marks on pictures have them
_FINE = 4  # pixels a unit of an icon that is a picture
_GROUP = (
    "display:inline!important;visibility:visible!important;opacity:1!important;"
    "filter:none!important;mask:none!important;clip-path:none!important;"
    "mix-blend-mode:normal!important;animation:none!important;pointer-events:none"
)
_PATH = (
    "display:inline!important;visibility:visible!important;fill:{fill}!important;"
    "fill-opacity:1!important;fill-rule:nonzero!important;stroke:{stroke}!important;"
    "stroke-width:{width:.6g}px!important;stroke-opacity:1!important;stroke-dasharray:none!important;"
    "stroke-linejoin:round!important;opacity:1!important;transform:none!important;"
    "filter:none!important;animation:none!important;vector-effect:none!important"
)


class _Laid(NamedTuple):
    """Words in their place, in units of which the shortest side has :data:`_SHORT`."""

    words: Outlines
    type: Type
    left: float
    top: float
    width: float
    height: float
    pad_x: float
    pad_y: float
    icon: float  # width taken by the icon and the gap behind it


def mark(asset: Asset, _fmt: Format, explicit: ExplicitLabel, _scratch: Scratch) -> Marked:
    """Put the words into the drawing.

    Raises:
        InvalidLabel: if the font lacks characters of the words, or the look cannot be drawn.
        CannotCarry: if the drawing is compressed, too narrow, or does not say how large it is.
        LimitExceeded, Malformed: as the reason says.
    """
    text = svg.read(asset)
    if text.made:
        raise CannotCarry(
            f"a drawing in {text.made}, which bears no edits; "
            + ("unpack it (gunzip)" if text.made == "gzip" else "save it in UTF-8")
            + ", label the .svg, and compress that again" * (text.made == "gzip")
        )
    if re.match(r"utf-?(16|32|7)|ucs|ebcdic|cp037", text.codec):
        raise CannotCarry(f"a drawing in {text.codec!r}; save it in UTF-8, then label again")
    root = svg.root(text)
    if root.empty:
        raise CannotCarry("an empty drawing; there is nothing to mark")
    attributes = text.head[: root.end]
    attributes = attributes[attributes.rfind(b"<" + root.name) + 1 + len(root.name) :]
    seen = view(attributes)
    style = "outline" if explicit.look.style in ("outline", "shadow") else "plate"
    laid = _laid(explicit, seen, style)
    group = _group(explicit, seen, laid, style, root.name[: -len(b"svg")].decode("ascii"))
    short = min(seen.width, seen.height)
    scale = short / _SHORT
    box = laid.words.box
    found = FoundMark(
        kind="text",
        text=explicit.text,
        place=_place(explicit) if isinstance(explicit.position, str) else "",
        box=(
            round((laid.left + laid.pad_x + laid.icon) * scale),
            round((laid.top + laid.pad_y) * scale),
            round((box[2] - box[0]) * scale),
            round((box[3] - box[1]) * scale),
        ),
        ratio=laid.words.ink_height / _SHORT,
    )
    end = svg.closing(text, root)
    before = asset.peek(max(end - (1 << 16), 0), min(end, 1 << 16))
    if before.endswith(group):
        return Marked(asset, found)
    start = end - (len(before) - at if (at := _own(before)) >= 0 else 0)
    plan = EditPlan([Splice(Span(start, end), group)])
    notes = []
    if style != explicit.look.style:
        notes.append(
            f"style {explicit.look.style} became {style}, because what is under words on a "
            "drawing is not known"
        )
    if explicit.position == "auto":
        notes.append("the words stand at bottom-right, because a drawing is not searched for calm")
    return Marked(plan.view(asset), found, tuple(notes))


def _own(before: bytes) -> int:
    """Where a mark of ours begins that ends where the drawing does; -1 if there is none."""
    at = before.rfind(_ID)
    start = before.rfind(b"<", 0, at) if at >= 0 else -1
    if start < 0 or not re.fullmatch(rb"<(?:[\w.-]+:)?g id=\"", before[start:at]):
        return -1
    opens, closes = (
        re.findall(tag, before[start:]) for tag in (rb"<(?:[\w.-]+:)?g ", rb"</(?:[\w.-]+:)?g>")
    )
    return start if len(opens) == len(closes) and before.endswith(closes[-1]) else -1


def _place(explicit: ExplicitLabel) -> str:
    position = explicit.position
    assert isinstance(position, str)  # noqa: S101 - the caller looked
    return "bottom-right" if position == "auto" else position


def _laid(explicit: ExplicitLabel, seen: View, style: str) -> _Laid:
    short = min(seen.width, seen.height)
    size = (round(_SHORT * seen.width / short), round(_SHORT * seen.height / short))
    ink = math.ceil(explicit.height * _SHORT)
    text = explicit.text.strip()
    typeface.require_characters(text)
    looks.dresses(explicit.look, style)  # or ink and ground cannot be told from one another
    type_, _ = fitting_type(text, ink, bold=explicit.look.weight == "bold")
    margin = round(explicit.look.margin * _SHORT)
    pad_x, pad_y = (_PAD_X * ink, _PAD_Y * ink) if style == "plate" else (_RIM * ink, _RIM * ink)
    icon = ink + _GAP * ink if explicit.look.icon else 0.0
    if explicit.look.icon not in ("", *icons.OWN):
        picture = icons.drawn(explicit.look.icon, ink)
        icon = picture.width + _GAP * ink
    room = size[0] - 2 * margin - 2 * pad_x - icon
    lines = broken(text, type_, int(room)) or broken(text, type_, int(room), torn=True)
    position = _place(explicit) if isinstance(explicit.position, str) else explicit.position
    share = shares(position)[0] if isinstance(position, str) else 0.5
    words = outlined(lines, type_, share) if lines else None
    if words is not None and words.ink_height < ink:  # the least part by which pixels round up
        factor = ink / words.ink_height
        type_ = type_._replace(size=type_.size * factor, letters=type_.letters * factor)
        words = outlined(lines, type_, share)
    stroke = type_.stroke
    if words is not None:
        left, top, right, bottom = words.box
        width = right - left + 2 * (pad_x + stroke) + icon
        height = max(bottom - top, ink if icon else 0) + 2 * (pad_y + stroke)
    if words is None or width > size[0] - 2 * margin or height > size[1] - 2 * margin:
        raise CannotCarry(
            f"{text[:24]!r} at the height that clause 5 asks for does not fit into a drawing of "
            f"{seen.width:g} by {seen.height:g}; give shorter words, or leave the explicit label "
            "to the page around it (--no-explicit)"
        )
    x, y = placed(position, size, (math.ceil(width), math.ceil(height)), margin)
    return _Laid(words, type_, x, y, width, height, pad_x + stroke, pad_y + stroke, icon)


def _group(explicit: ExplicitLabel, seen: View, laid: _Laid, style: str, prefix: str) -> bytes:
    """The mark as an element, in ASCII."""
    look = explicit.look
    unit = min(seen.width, seen.height) / _SHORT
    across, down = unit * seen.unit_x, unit * seen.unit_y
    matrix = (across, 0, 0, down, seen.left + laid.left * across, seen.top + laid.top * down)
    p, ink = prefix, laid.words.ink_height
    x = laid.pad_x + laid.icon - laid.words.box[0]
    y = laid.pad_y - laid.words.box[1]
    bold = 2 * laid.type.stroke
    parts = []
    if style == "plate":
        rim = _HAIRLINE * ink
        levels = zip(looks.colour(look.ground), looks.colour(look.ink), strict=True)
        edge = "#" + "".join(f"{round(a + (b - a) * _HAIRLINE_INK):02x}" for a, b in levels)
        shape = _rounded(rim / 2, laid.width - rim / 2, laid.height - rim / 2, _RADIUS * ink)
        styled = _PATH.format(fill=look.ground, stroke=edge, width=rim)
        parts.append(f'<{p}path d="{shape}" style="{styled}"/>')
    icon = _icon(explicit, laid, p)
    moved = f'<{p}g transform="translate({x:.6g} {y:.6g})" style="{_GROUP}">'
    path = f'{moved}<{p}path d="{laid.words.path}" style="%s"/></{p}g>'
    if style == "outline":
        wide = 2 * _RIM * ink + bold
        rimmed = _PATH.format(fill=look.ground, stroke=look.ground, width=wide)
        parts += [part % rimmed for part in (path, *icon) if "%s" in part]
    stroke = look.ink if bold else "none"
    inked = _PATH.format(fill=look.ink, stroke=stroke, width=bold)
    parts += [part % inked if "%s" in part else part for part in (*icon, path)]
    title = explicit.text.replace("&", "&amp;").replace("<", "&lt;")
    return (
        f'<{p}g id="{_ID.decode()}" role="img" transform="matrix('
        + " ".join(f"{n:.9g}" for n in matrix)
        + f')" style="{_GROUP}"><{p}title>{title}</{p}title>{"".join(parts)}</{p}g>'
    ).encode("ascii", "xmlcharrefreplace")


def _icon(explicit: ExplicitLabel, laid: _Laid, prefix: str) -> list[str]:
    """The icon before the words, as high as they are."""
    name, ink = explicit.look.icon, laid.words.ink_height
    if not name:
        return []
    top = laid.pad_y + (laid.words.box[3] - laid.words.box[1] - ink) / 2
    if name in icons.OWN:
        points = "".join(
            "M" + " ".join(f"{x * ink + laid.pad_x:.2f} {y * ink + top:.2f}" for x, y in star) + "Z"
            for star in icons.stars()
        )
        return [f'<{prefix}path d="{points}" style="%s"/>']
    picture = icons.drawn(name, round(_FINE * ink))
    out = BytesIO()
    picture.save(out, "PNG")
    data = b64encode(out.getvalue()).decode("ascii")
    place = f'x="{laid.pad_x:.4g}" y="{top:.4g}"'
    size = f'width="{picture.width / _FINE:.4g}" height="{ink:.4g}"'
    return [f'<{prefix}image {place} {size} href="data:image/png;base64,{data}" style="{_GROUP}"/>']


def _rounded(start: float, right: float, bottom: float, radius: float) -> str:
    """A rectangle with round corners, as path data: no style sheet speaks of its sides."""
    radius = min(radius, (bottom - start) / 2)
    arc = f"a{radius:.4g} {radius:.4g} 0 0 1"
    wide, high = right - start - 2 * radius, bottom - start - 2 * radius
    return (
        f"M{start + radius:.6g} {start:.6g}h{wide:.6g}{arc} {radius:.4g} {radius:.4g}"
        f"v{high:.6g}{arc} {-radius:.4g} {radius:.4g}h{-wide:.6g}{arc} {-radius:.4g} {-radius:.4g}"
        f"v{-high:.6g}{arc} {radius:.4g} {-radius:.4g}Z"
    )
