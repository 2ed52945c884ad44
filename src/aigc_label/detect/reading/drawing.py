"""Words in an SVG drawing: in its texts, and in a mark of this package, whose words are outlines.

Texts are read as they are written, with the style sheets of the drawing as far as they name
elements, classes and ids.
"""

from __future__ import annotations

import math
import re
from html import unescape
from typing import TYPE_CHECKING, NamedTuple

from aigc_label.carriers import hiding, prompt_line
from aigc_label.containers import css, svg
from aigc_label.containers.svg import tags
from aigc_label.containers.svg.view import view
from aigc_label.contract import Unseen
from aigc_label.detect import places
from aigc_label.detect.reading import plates
from aigc_label.detect.reading.geometry import IDENTITY, NUMBER, first, moved, shown
from aigc_label.errors import AssetError
from aigc_label.model import FoundMark

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset
    from aigc_label.containers.svg.view import View
    from aigc_label.detect.reading.geometry import Matrix

_MOST_TOKENS = 1 << 18
_MOST = 16  # marks of one drawing
_UNSHOWN = frozenset(
    {
        b"title", b"desc", b"metadata", b"style", b"script", b"clipPath", b"mask", b"pattern",
        b"marker", b"linearGradient", b"radialGradient", b"filter",
    }
)  # fmt: skip
_KEPT = frozenset({b"defs", b"symbol"})
"""Elements that are shown where something uses them."""

_LINES = frozenset(
    {b"text", b"p", b"div", b"br", b"li", b"h1", b"h2", b"h3", b"td", b"foreignObject"}
)
_ATTRIBUTE = rb"""([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')"""
_SIZE = rf"(?:^|;|\s)font(?:-size)?\s*:[^;]*?({NUMBER})\s*(px|pt|mm|cm|in|)(?![\w%])"
_PIXELS = {"": 1.0, "px": 1.0, "pt": 4 / 3, "mm": 96 / 25.4, "cm": 96 / 2.54, "in": 96.0}
_USUAL_SIZE = 16.0
_PRESENTED = ("display", "visibility", "opacity", "fill", "fill-opacity", "stroke", "font-size")
_PAINT = ("fill", "fill-opacity", "stroke")
_STYLED = rb"<(?:[\w.-]+:)?style(?:\s[^<>]*)?>(.*?)</(?:[\w.-]+:)?style"
_WANTED = rf"(?:{hiding.PROPERTIES}|stroke\Z)"
_OUT = 0.25  # of a mark's width or height beyond the drawing's border: it is cut off
_SHAPES = rb"<(?:[\w.-]+:)?(?:path|image|use|polygon|polyline)[\s/>]"
_OWN = (
    rb'<(?:[\w.-]+:)?g id="aigc-label-mark" role="img" transform="matrix\(([^)"]{1,200})\)" '
    rb'style="display:inline!important[^"]*"><(?:[\w.-]+:)?title>([^<]{1,800})</[^<]*title>'
)
_PLATE = rb'd="M(%b) (%b)h(%b)a[^"]{1,200}?v(%b)a' % ((NUMBER.encode(),) * 4)
_OUTLINE = (
    rb'<(?:[\w.-]+:)?g transform="translate\((%b) (%b)\)"[^<>]{0,800}>'
    rb'<(?:[\w.-]+:)?path d="(M%b %b[^"]{100,})"' % ((NUMBER.encode(),) * 4)
)
_LAST = 1 << 17  # bytes at a drawing's end in which its mark stands
_INK = 0.86  # height of a character's ink over the size of the font
_WIDE, _NARROW = 1.0, 0.55  # width of a character over the size of the font
_APART = 0.01  # units between lines, and not between numbers rounded


class _Level(NamedTuple):
    """What holds within an element."""

    node: css.Node
    look: hiding.Look
    paint: dict[str, str]
    size: float
    matrix: Matrix
    anchor: str
    at: tuple[float, float] | None

    @property
    def hidden(self) -> bool:
        """Whether nobody sees a text here."""
        return self.look.gone or self.look.unseen or self.size <= 0 or _is_unpainted(self.paint)


class _Line(NamedTuple):
    """A line of text, where it stands and how large."""

    words: str
    level: _Level
    order: int = 0


def marks(asset: Asset) -> Iterator[FoundMark]:
    """The marks on a drawing.

    Raises:
        LimitExceeded, Malformed: it cannot be read.
        Unseen: no text of it is one, and it has shapes that may be words.
    """
    text = svg.read(asset)
    root = svg.root(text)
    codec = text.codec or "utf-8"
    tag = text.head[: root.end]
    try:
        seen: View | None = view(tag[tag.rfind(b"<" + root.name) + 1 + len(root.name) :])
    except AssetError:
        seen = None
    sheet = _sheet(text.head, codec)
    painted: list[plates.Plate] = []
    lines = list(_prompts(text, codec, sheet, seen, painted))
    found = [
        mark
        for line in lines
        if not _is_lost(mark := _mark(line, seen, sheet), line, seen, painted)
    ]
    found += _own(text, seen)
    yield from found[:_MOST]
    if found:
        return
    if text.tail:
        raise Unseen("the drawing is too large to look through; look at it")
    if re.search(_SHAPES, text.head) is not None:
        raise Unseen(
            "no text of the drawing tells of AI, and words that are drawn as shapes or pictures "
            "are not read; look at it"
        )


def _sheet(data: bytes, codec: str) -> css.Sheet:
    """The rules of a drawing's own style sheets."""
    sheet = css.Sheet()
    for style in re.findall(_STYLED, data, re.DOTALL):
        text = style.replace(b"<![CDATA[", b" ").replace(b"]]>", b" ")
        sheet.add(_text(text, codec), wanted=_WANTED)
    return sheet


def _is_lost(mark: FoundMark, line: _Line, seen: View | None, painted: list[plates.Plate]) -> bool:
    """Whether a mark stands beyond the drawing's border, or much of it, or is painted over."""
    if seen is None or mark.box is None:
        return False
    left, top, wide, high = mark.box
    right, bottom = min(left + wide, seen.width), min(top + high, seen.height)
    if right - max(left, 0) < (1 - _OUT) * wide or bottom - max(top, 0) < (1 - _OUT) * high:
        return True
    ink = line.level.paint.get("fill", "black")
    return plates.hide(line.order, (left, top, left + wide, top + high), ink, painted)


def _plate(order: int, level: _Level, given: bytes, seen: View) -> plates.Plate | None:
    """A rectangle or picture that stands upright, where it says how large it is."""
    a, b, c, d, _, _ = level.matrix
    told = {
        key: (one or other).decode("latin-1") for key, one, other in re.findall(_ATTRIBUTE, given)
    }
    whole = {b"width": seen.width * seen.unit_x, b"height": seen.height * seen.unit_y}
    sides = [whole[k] if told.get(k) == "100%" else first(told.get(k)) for k in whole]
    if b or c or a <= 0 or d <= 0 or sides[0] is None or sides[1] is None:
        return None
    x, y = first(told.get(b"x")) or 0.0, first(told.get(b"y")) or 0.0
    left, top = shown(level.matrix, (x, y), seen)
    right, bottom = shown(level.matrix, (x + sides[0], y + sides[1]), seen)
    paint = {"fill": "url"} if level.node.name == "image" else level.paint
    return plates.plate(order, (left, top, right, bottom), paint, told.get(b"opacity", "1"))


def _prompts(
    text: svg.Text,
    codec: str,
    sheet: css.Sheet,
    seen: View | None,
    painted: list[plates.Plate],
) -> Iterator[_Line]:
    """The lines of text that are prompts."""
    if not re.search("\u751f|\u5408|&#".encode(), text.head) and codec == "utf-8":
        return
    for line in _lines(text, codec, sheet, seen, painted):
        words = " ".join(unescape(line.words).split())
        if prompt_line.prompt_in(words) is not None:
            yield line._replace(words=words)


def _lines(
    text: svg.Text, codec: str, sheet: css.Sheet, seen: View | None, painted: list[plates.Plate]
) -> Iterator[_Line]:
    """The lines of all texts that are shown; what is painted besides goes into ``painted``."""
    data = text.head
    used = re.search(rb"<(?:[\w.-]+:)?use[\s/>]", data) is not None
    levels = [_Level(css.Node(""), hiding.SEEN, {}, _USUAL_SIZE, IDENTITY, "", None)]
    said: list[str] = []
    first: _Level | None = None
    at, inside = 0, 0
    for count, token in enumerate(tags.tokens(data, {}, cut=bool(text.tail))):
        if count > _MOST_TOKENS or len(levels) > svg.DEEPEST:
            return
        if inside and not levels[-1].hidden:
            said.append(_text(data[at : token.start], codec))
        at = token.end
        if token.kind == "comment":
            continue
        local = token.name.rpartition(b":")[2]
        level = levels[-1]
        if token.kind != "close":
            level = _level(levels, sheet, local, token.attributes, used=used)
            shape = local in (b"rect", b"image") and seen is not None and not level.look.gone
            if shape and seen is not None and len(painted) < plates.MOST:
                one = _plate(count, level, token.attributes, seen)
                painted += [] if one is None else [one]
        moves = token.kind != "close" and _moves(level, first, token.attributes)
        if inside and (moves or local in _LINES) and "".join(said).strip():
            yield _Line("".join(said), first or level, count)
            said, first = [], None
        if token.kind == "open":
            levels.append(level)
            inside += local in (b"text", b"foreignObject")
            first = level if inside and not "".join(said).strip() else first
        elif token.kind == "close" and len(levels) > 1:
            inside = max(inside - (local in (b"text", b"foreignObject")), 0)
            levels.pop()


def _moves(level: _Level, first: _Level | None, attributes: bytes) -> bool:
    """Whether a piece of text begins a new line."""
    if re.search(rb"""\sdy\s*=\s*["']\s*[+-]?0*(?:\.0*)?[1-9.]""", attributes):
        return True
    before = first.at if first is not None else None
    return level.at is not None and before is not None and abs(level.at[1] - before[1]) > _APART


def _text(raw: bytes, codec: str) -> str:
    raw = re.sub(rb"<!\[CDATA\[(.*?)\]\]>", rb"\1", raw, flags=re.DOTALL)
    try:
        return raw.decode(codec, "replace")
    except LookupError:
        return raw.decode("utf-8", "replace")


def _level(
    levels: list[_Level], sheet: css.Sheet, name: bytes, raw: bytes, *, used: bool
) -> _Level:
    """What holds within an element, given what holds around it."""
    around = levels[-1]
    given = {
        key.decode("latin-1"): (one or other).decode("latin-1")
        for key, one, other in re.findall(_ATTRIBUTE, raw)
    }
    classes = frozenset(given.get("class", "").split())
    node = css.Node(name.decode("latin-1").lower(), given.get("id", ""), classes)
    style = {key: given[key] for key in _PRESENTED if key in given}
    if sheet:
        path = [*(level.node for level in levels[1:]), node]
        style |= sheet.of(path, given.get("style", ""))
    elif "style" in given:
        style |= css.resolved(list(css.declared(given["style"])))
    sizes = [f"{key}:{style.pop(key)}" for key in ("font-size", "font") if key in style]
    stated = re.search(_SIZE, ";".join(sizes))
    size = float(stated[1]) * _PIXELS[stated[2]] if stated else around.size
    x, y = first(given.get("x")), first(given.get("y"))
    at = around.at if name not in (b"text", b"svg", b"g") else None
    if x is not None or y is not None or name == b"text":
        at = (
            x if x is not None else at[0] if at else 0.0,
            y if y is not None else at[1] if at else 0.0,
        )
    elif "dy" in given and at is not None:
        at = (at[0], at[1] + (first(given["dy"]) or size))
    look = hiding.look(around.look, style)
    if name in _UNSHOWN or (name in _KEPT and not used):
        look = look._replace(gone=True)
    return _Level(
        node,
        look,
        around.paint | {key: style[key] for key in _PAINT if key in style},
        size=size,
        matrix=moved(around.matrix, given.get("transform", "")),
        anchor=given.get("text-anchor", around.anchor),
        at=at,
    )


def _is_unpainted(paint: dict[str, str]) -> bool:
    """Whether letters are neither filled nor outlined."""
    filled = paint.get("fill", "black").strip().lower() not in ("none", "transparent")
    faint = hiding.is_none(paint.get("fill-opacity", "1"))
    return (not filled or faint) and paint.get("stroke", "none").strip().lower() == "none"


def _mark(line: _Line, seen: View | None, sheet: css.Sheet) -> FoundMark:
    """A line as a mark: its place and its size by the drawing's own viewport."""
    level = line.level
    if seen is None or level.at is None:
        return FoundMark(kind="text", text=line.words)
    a, b, c, d, _, _ = level.matrix
    scale = math.sqrt(abs(a * d - b * c)) / seen.unit_y
    em = level.size * scale
    wide = em * sum(_WIDE if ord(letter) > 0x2E7F else _NARROW for letter in line.words)
    x, y = shown(level.matrix, level.at, seen)
    left = x - wide * {"middle": 0.5, "end": 1.0}.get(level.anchor, 0.0)
    box = (left, y - _INK * em, left + wide, y)
    size = (seen.width, seen.height)
    return FoundMark(
        kind="text",
        text=line.words,
        place=places.on_edge(box, size),
        box=(round(box[0]), round(box[1]), round(wide), round(_INK * em)),
        ratio=None if sheet.partial else round(_INK * em / min(size), 4),
    )


def _own(text: svg.Text, seen: View | None) -> list[FoundMark]:
    """The mark that this package draws, known by its form."""
    data = (text.tail or text.head)[-_LAST:]
    found = re.search(_OWN, data)
    drawn = re.compile(_OUTLINE).search(data, found.end()) if found else None
    if found is None or drawn is None:
        return []
    place = ""
    numbers = [float(number) for number in re.findall(NUMBER, found[1].decode("latin-1"))]
    if len(numbers) == 6 and seen is not None:
        matrix = (numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5])
        reach = _reach(data[found.end() : drawn.end()], drawn)
        left, top = shown(matrix, (0.0, 0.0), seen)
        right, bottom = shown(matrix, reach, seen)
        place = places.on_edge((left, top, right, bottom), (seen.width, seen.height))
    words = unescape(found[2].decode("utf-8", "replace"))
    return [FoundMark(kind="text", text=words[: prompt_line.LONGEST], place=place)]


def _reach(before: bytes, drawn: re.Match[bytes]) -> tuple[float, float]:
    """Width and height of a mark: of its plate, or else of its outlines."""
    plate = re.search(_PLATE, before)
    if plate is not None:
        return float(plate[3]), float(plate[4])
    across = [float(number) for number in re.findall(rb"[MH](%b)" % NUMBER.encode(), drawn[3])]
    return float(drawn[1]) + max(across), 2 * float(drawn[2])
