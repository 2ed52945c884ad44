"""The plate with the words as a PDF form XObject, and where it stands on a page.

The form is drawn in thousandths of an em, so that pages of all sizes share it. It uses no
transparency, and greys where the colours are greys: archives (PDF/A) take both, whatever colour
space they declare.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from aigc_label.errors import CannotCarry
from aigc_label.explicit.words.pdf_letters import letters

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aigc_label.explicit.words.pdf_letters import Letters
    from aigc_label.explicit_label import Look, Position

_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
_CAPITAL = re.compile("[A-Z]")
_CAPITALS = 5 / 6  # least height of a capital over that of the characters, as on pictures
_TOKEN = re.compile(
    r"[（「《【『〈〔“‘]*(?:[!-~\u00a1-\u024f]+|.)[，。：；！？、）」》】』〉〕”’…·]*\s*"
)
_MOST_LINES = 4
_PITCH = 1300.0  # from line to line
_ARC = 0.5523  # of the radius: where the handles of a quarter circle stand
_PAD_X, _PAD_Y, _RADIUS, _RIM = 0.46, 0.34, 0.3, 1 / 32  # of the ink's height
_CONTRAST = 4.5  # WCAG 2.1, 1.4.3


class Plate(NamedTuple):
    """Words on a plate, in thousandths of an em.

    Attributes:
        lines: of the words.
        width, height: of the plate.
        ink: height of the characters that are measured.
        drawing: the content of the form, its origin at the plate's bottom left.
    """

    lines: tuple[str, ...]
    width: float
    height: float
    ink: float
    drawing: bytes


@lru_cache(maxsize=64)
def plate(words: str, look: Look, widest: float) -> Plate:
    """The words on a plate.

    Args:
        words: what is shown.
        look: colours and weight of it; a page is not looked at, so the plate is never left out.
        widest: the width that there is over the ink's height.

    Raises:
        InvalidLabel: the font lacks a character.
        CannotCarry: four lines of that width do not hold the words.
    """
    used = letters(words)
    ink = _ink(words, used)
    pad_x, pad_y = _PAD_X * ink, _PAD_Y * ink
    lines = _broken(words, used, widest * ink - 2 * pad_x)
    judged = _CJK.findall(words) or list(words)
    foot = min(used.glyphs[c].bottom for c in judged)
    head = max(used.glyphs[c].top for c in judged)
    pitch = _PITCH * (len(lines) - 1)
    width = max(map(used.width, lines)) + 2 * pad_x
    height = head - foot + pitch + 2 * pad_y
    drawing = [
        _shape(width, height, ink, look),
        b"BT %b %b /F1 1000 Tf" % (_colour(_readable(look), "fill"), _weight(look)),
        *(
            b"1 0 0 1 %b Tm %b Tj"
            % (numbers(pad_x, pad_y - foot + pitch - _PITCH * number), used.shown(line))
            for number, line in enumerate(lines)
        ),
        b"ET",
    ]
    return Plate(lines, width, height, ink, b"\n".join(drawing))


def _ink(words: str, used: Letters) -> float:
    """The height of the characters; where capitals are low beside them, less than it is."""
    judged = _CJK.findall(words) or list(words)
    tallest = max(used.glyphs[c].top - used.glyphs[c].bottom for c in judged)
    capitals = [used.glyphs[c].top - used.glyphs[c].bottom for c in _CAPITAL.findall(words)]
    return min([tallest, *(height / _CAPITALS for height in capitals)])


def _broken(words: str, used: Letters, width: float) -> tuple[str, ...]:
    """Lines of at most that width, filled from the left, and torn only between words."""
    lines = [""]
    for token in _TOKEN.findall(words):
        if used.width((lines[-1] + token).rstrip()) > width:
            lines.append("")
            if used.width(token.rstrip()) > width or len(lines) > _MOST_LINES + 1:
                lines = [""] * (_MOST_LINES + 2)
                break
        lines[-1] += token
    filled = tuple(line.rstrip() for line in lines if line.strip())
    if not filled or len(lines) > _MOST_LINES + 1 or len(filled) > _MOST_LINES:
        shown = words if len(words) <= 24 else f"{words[:23]}…"
        raise CannotCarry(
            f"{shown!r} does not fit the width of a page in letters that can be read; give shorter "
            "words, or leave the explicit label to the page around it (--no-explicit)"
        )
    return filled


def placed(
    position: Position, size: tuple[float, float], box: tuple[float, float], margin: float
) -> tuple[float, float]:
    """Where the plate's bottom left stands on a page as displayed, all in one unit.

    Args:
        position: as for a picture; ``"auto"`` is settled before.
        size: of the page.
        box: of the plate.
        margin: between the plate and the page's edges.
    """
    rooms = [max(page - own, 0.0) for page, own in zip(size, box, strict=True)]
    if not isinstance(position, str):
        across, down = position
        return (
            min(max(across * size[0] - box[0] / 2, 0), rooms[0]),
            min(max((1 - down) * size[1] - box[1] / 2, 0), rooms[1]),
        )
    low = [min(margin, room / 2) for room in rooms]
    high = [room - edge for room, edge in zip(rooms, low, strict=True)]
    x = low[0] if "left" in position else high[0] if "right" in position else rooms[0] / 2
    y = low[1] if "bottom" in position else high[1] if "top" in position else rooms[1] / 2
    return x, y


def numbers(*values: float) -> bytes:
    """Numbers as a content stream has them: no exponents."""
    return b" ".join(f"{value:.4f}".rstrip("0").rstrip(".").encode() or b"0" for value in values)


def _shape(width: float, height: float, ink: float, look: Look) -> bytes:
    """A rounded plate with a thin rim."""
    rim = max(_RIM * ink, 8)
    left, bottom, right, top = rim / 2, rim / 2, width - rim / 2, height - rim / 2
    r = min(_RADIUS * ink, height / 2 - rim)
    k = r * (1 - _ARC)
    path = [
        numbers(left + r, bottom) + b" m",
        numbers(right - r, bottom) + b" l",
        numbers(right - k, bottom, right, bottom + k, right, bottom + r) + b" c",
        numbers(right, top - r) + b" l",
        numbers(right, top - k, right - k, top, right - r, top) + b" c",
        numbers(left + r, top) + b" l",
        numbers(left + k, top, left, top - k, left, top - r) + b" c",
        numbers(left, bottom + r) + b" l",
        numbers(left, bottom + k, left + k, bottom, left + r, bottom) + b" c h B",
    ]
    ground, letter = _channels(look.ground), _readable(look)
    edge = tuple(g + 0.3 * (i - g) for g, i in zip(ground, letter, strict=True))
    colours = _colour(ground, "fill") + b" " + _colour(edge, "stroke")
    return b"%b %b w\n%b" % (colours, numbers(rim), b"\n".join(path))


def _weight(look: Look) -> bytes:
    """Bold letters are filled and drawn round, since the package has one weight."""
    if look.weight != "bold":
        return b"0 Tr"
    return b"2 Tr %b 28 w 1 j" % _colour(_readable(look), "stroke")


def _colour(channels: Sequence[float], use: str) -> bytes:
    grey = len(set(channels)) == 1
    operator = (b"g" if grey else b"rg") if use == "fill" else (b"G" if grey else b"RG")
    return numbers(*(channels[:1] if grey else channels)) + b" " + operator


def _channels(colour: str) -> tuple[float, ...]:
    return tuple(round(byte / 255, 4) for byte in bytes.fromhex(colour[1:]))


def _readable(look: Look) -> tuple[float, ...]:
    """The letters' colour, or black or white where that is too faint on the plate."""
    ground, ink = _channels(look.ground), _channels(look.ink)
    if _contrast(ink, ground) >= _CONTRAST:
        return ink
    return max(((0.0,) * 3, (1.0,) * 3), key=lambda colour: _contrast(colour, ground))


def _contrast(one: Sequence[float], other: Sequence[float]) -> float:
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(channels: Sequence[float]) -> float:
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
