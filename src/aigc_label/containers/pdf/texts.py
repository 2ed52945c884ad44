"""The strings that a page shows, where they stand and how large (ISO 32000-2 9.4).

What is not seen is left out: letters that are drawn invisibly, as scans have them, or transparent,
outside the page or of what clips them, smaller than any eye reads, white where nothing was painted
before, or painted over.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from aigc_label.containers.pdf import operators, painting, stamps
from aigc_label.containers.pdf.drawn import IDENTITY, TOKEN, Box, matrix, product
from aigc_label.containers.pdf.fonts import Font, font
from aigc_label.containers.pdf.lexer import Dictionary, Ref, unescaped
from aigc_label.containers.pdf.pages import box as box_of
from aigc_label.containers.pdf.strings import Run, Shown, State
from aigc_label.errors import AssetError

if TYPE_CHECKING:
    from aigc_label.containers.pdf.document import Document
    from aigc_label.containers.pdf.drawn import Matrix
    from aigc_label.containers.pdf.lexer import Value
    from aigc_label.containers.pdf.pages import Page, Sheet
    from aigc_label.containers.pdf.strings import Wanted

LARGEST_DRAWING = 8 << 20
"""Bytes of a page's content that are looked through."""

MOST_RUNS = 20_000
"""Strings of one page."""

_MOST_FORMS = 64
_MOST_FONTS = 64
_DEEPEST = 4  # forms within one another
_MOST_SAVED = 512
_LEAST_SIZE = 2.0  # points
_INVISIBLE = (3, 7)
_LEAST_ALPHA = 0.05  # of opacity that anybody sees
_MARGIN = 0.12  # of a page's height, in which a picture may be a mark
_STAMP = 8.0  # points of a picture that may show words
_INK = 0.7  # height of the letters over their size
_MARKING = frozenset("人工智能生合成AIai")
_WIDE_GAP = 200.0  # thousandths of the size: a blank between words
_WHITE = {b"g": 1, b"rg": 3, b"sc": 0, b"scn": 0}
_SHOWN = rb"\bT[jJ]\b|[)>]\s*['\"]"
_SHOWS = frozenset((b"Tj", b"TJ", b"'", b'"'))


def shown(document: Document, page: Page, sheet: Sheet, wanted: Wanted) -> Shown:
    """What a page shows.

    Raises:
        LimitExceeded, Malformed: it is damaged, or packed as is not known here.
    """
    a, b, c, d, e, f = sheet.matrix  # which only turns and moves
    back: Matrix = (a, c, b, d, -a * e - b * f, -c * e - d * f)
    reader = _Reader(document, back, sheet, wanted)
    content = _content(document, page.own.get(b"Contents"))
    resources = document.dictionary(page.given.get(b"Resources"))
    drawn = list(stamps.shown(document, page)) if b"Annots" in page.own else []
    silent = not drawn and not reader.may_say(resources)
    if silent and not painting.is_drawn(content):
        worded = re.search(_SHOWN, content) is not None
        return Shown([], opaque=0.0, pictured=0.0, named=[], worded=worded)
    reader.draw(content, resources, 0)
    for stamp in drawn:
        reader.stamp(stamp, back)
    worded = any(run.text.strip(" \ufffd") for run in reader.runs)
    opaque = reader.unread / max(reader.letters, 1)
    runs, lettered = reader.uncovered()
    may_say = lettered or reader.stamped
    return Shown(runs, opaque, reader.pictured, reader.named, worded, may_say)


def _content(document: Document, named: Value) -> bytes:
    found = document.resolve(named)
    streams = found if isinstance(found, list) else [named]
    parts, size = [], 0
    for ref in streams:
        if not isinstance(ref, Ref) or size > LARGEST_DRAWING:
            continue
        one = document.object(ref)
        if one.stream is not None:
            parts.append(document.content(one, LARGEST_DRAWING))
            size += len(parts[-1])
    return b"\n".join(parts)


class _Reader:
    """Carries out what matters to text."""

    def __init__(self, document: Document, base: Matrix, sheet: Sheet, wanted: Wanted) -> None:
        self.runs: list[Run] = []
        self.named: list[bytes] = []
        self.letters = self.unread = 0
        self.pictured = 0.0
        self.stamped = False
        self._document = document
        self._sheet = sheet
        self._wanted = wanted
        self._forms = 0
        self._canvas = painting.Canvas(Box(-1, -1, sheet.size[0] + 1, sheet.size[1] + 1))
        self._state = State(base, None, 0.0, 0, white=False, clip=self._canvas.whole)
        self._text = self._line = IDENTITY
        self._numbers: list[float] = []
        self._strings: list[bytes | float] = []
        self._name = b""

    def may_say(self, resources: Dictionary) -> bool:
        """Whether a page could show what is wanted: by its fonts, or by what it draws besides."""
        if self._document.dictionary(resources.get(b"XObject")):
            return True
        for value in list(self._document.dictionary(resources.get(b"Font")).values())[:_MOST_FONTS]:
            met = self._met(value)
            if met is None or met.opaque or met.reaches(self._wanted.script):
                return True
        return False

    def draw(self, content: bytes, resources: Value, depth: int) -> None:
        """Carry out a content stream."""
        given = self._document.dictionary(resources)
        saved: list[State] = []
        at, token = 0, re.compile(TOKEN)
        while len(self.runs) < MOST_RUNS and (found := token.search(content, at)) is not None:
            at, kind = found.end(), found.lastgroup
            if kind == "number":
                number = float(found.group())
                self._numbers.append(number)
                self._strings.append(number)
            elif kind == "open":
                at = operators.behind_string(content, at)
                self._strings.append(unescaped(content[found.end() : at - 1]))
            elif kind == "hex":
                digits = re.sub(rb"[^0-9A-Fa-f]", b"", found.group())
                digits += b"0" * (len(digits) % 2)
                self._strings.append(bytes.fromhex(digits.decode("ascii")))
            elif kind == "name":
                self._name = found.group()[1:]
            elif kind == "word":
                word = found.group()
                if word == b"BI":
                    at = operators.behind_picture(content, at)
                    self._picture()
                elif word == b"q":
                    if len(saved) < _MOST_SAVED:
                        saved.append(self._state)
                elif word == b"Q":
                    self._state = saved.pop() if saved else self._state
                elif word == b"Do":
                    self._do(given, depth)
                else:
                    self._take(word, given)
                self._numbers, self._strings = [], []

    def _take(self, word: bytes, given: Dictionary) -> None:
        numbers, state = self._numbers, self._state
        if word == b"cm" and len(numbers) >= 6:
            self._state = state._replace(matrix=product(matrix(numbers), state.matrix))
        elif word == b"BT":
            self._text = self._line = IDENTITY
        elif word == b"Tm" and len(numbers) >= 6:
            self._text = self._line = matrix(numbers)
        elif word in (b"Td", b"TD") and len(numbers) >= 2:
            if word == b"TD":
                self._state = state.spaced(3, -numbers[-1])
            self._next(numbers[-2], numbers[-1])
        elif word == b"T*":
            self._next(0, -self._state.spaces[3])
        elif word == b"Tf" and numbers:
            self._state = state._replace(font=self._font(given), size=numbers[-1])
        elif word == b"Tr" and numbers:
            self._state = state._replace(mode=int(numbers[-1]))
        elif word in (b"Tc", b"Tw", b"Tz", b"TL", b"Ts") and numbers:
            index = (b"Tc", b"Tw", b"Tz", b"TL", b"Ts").index(word)
            self._state = state.spaced(index, numbers[-1] / (100 if word == b"Tz" else 1))
        elif word in _SHOWS:
            if word in (b"'", b'"'):
                self._next(0, -self._state.spaces[3])
            self._show()
        elif word in painting.OPERATORS:
            word = word if state.alpha > _LEAST_ALPHA else painting.UNPAINTED.get(word, word)
            clip = self._canvas.take(word, numbers, state)
            self._state = state._replace(clip=clip)
        elif word == b"gs":
            told = self._document.dictionary(given.get(b"ExtGState")).get(self._name)
            alpha = self._document.resolve(self._document.dictionary(told).get(b"ca"))
            if isinstance(alpha, (int, float)):
                self._state = state._replace(alpha=float(alpha))
        elif word in _WHITE and numbers:
            self._state = state._replace(white=all(number >= 0.99 for number in numbers))
        elif word == b"k" and numbers:
            self._state = state._replace(white=not any(numbers))

    def uncovered(self) -> tuple[list[Run], bool]:
        """The strings that nothing was painted over; whether outlines are drawn as of letters."""
        kept = [
            run
            for number, run in enumerate(self.runs)
            if not _MARKING.intersection(run.text) or not self._canvas.is_covered(number)
        ]
        return kept, self._canvas.is_lettered

    def _next(self, across: float, up: float) -> None:
        self._text = self._line = product((1, 0, 0, 1, across, up), self._line)

    def _font(self, given: Dictionary) -> Font | None:
        return self._met(self._document.dictionary(given.get(b"Font")).get(self._name))

    def _met(self, value: Value) -> Font | None:
        if not isinstance(value, Ref):
            return self._opened(value) if value is not None else None
        fonts = self._wanted.fonts
        if value not in fonts:
            fonts[value] = self._opened(value)
        return fonts[value]

    def _opened(self, value: Value) -> Font | None:
        try:
            return font(self._document, value)
        except AssetError:
            return None

    def _show(self) -> None:
        used, state = self._state.font, self._state
        if used is None:
            count = sum(len(one) for one in self._strings if isinstance(one, bytes))
            self.letters, self.unread = self.letters + count, self.unread + count
            return
        said: list[str] = []
        begin, ems = self._text, 0.0
        for one in self._strings:
            if isinstance(one, bytes):
                text, width, count = used.read(one)
                said.append(text)
                gaps = count * self._state.spaces[0] + text.count(" ") * self._state.spaces[1]
                ems += width * state.size + gaps
            else:
                if one < -_WIDE_GAP and said:
                    said.append(" ")
                ems -= one / 1000 * state.size
        ems *= self._state.spaces[2]
        self._text = product((1, 0, 0, 1, ems, 0), self._text)
        if words := "".join(said):
            self._add(words, begin, ems)

    def _add(self, words: str, begin: Matrix, advance: float) -> None:
        state = self._state
        a, b, c, d, e, f = product(
            (1, 0, 0, 1, 0, self._state.spaces[4]), product(begin, state.matrix)
        )
        size, along = state.size * math.hypot(c, d), math.hypot(a, b)
        box = painting.moved(Box(0, 0, advance, _INK * state.size), (a, b, c, d, e, f))
        unseen = (
            state.mode in _INVISIBLE
            or (state.white and not self._canvas.painted)
            or state.alpha <= _LEAST_ALPHA
        )
        if unseen or abs(size) * self._sheet.unit < _LEAST_SIZE:
            return
        if not painting.shows(box, state.clip):
            return
        self.letters += len(words)
        if state.font is not None and state.font.opaque:
            self.unread += len(words)
        angle = round(math.degrees(math.atan2(b, a))) if along else 0
        self._canvas.boxes.append(box)
        self.runs.append(Run(words, e, f, abs(size), advance * along, angle))

    def _do(self, given: Dictionary, depth: int) -> None:
        value = self._document.dictionary(given.get(b"XObject")).get(self._name)
        drawn = self._document.dictionary(value)
        kind = self._document.resolve(drawn.get(b"Subtype"))
        if kind == b"Image":
            self._picture()
            if not {b"SMask", b"Mask", b"ImageMask"} & drawn.keys():
                self._canvas.cover(painting.moved(painting.UNIT, self._state.matrix), self._state)
        if kind == b"Form" and isinstance(value, Ref):
            self._draw_form(value, given, depth)

    def stamp(self, stamp: stamps.Drawn, base: Matrix) -> None:
        """Draw an annotation over the page."""
        matrix_ = product(stamp.matrix, base)
        self._state = State(matrix_, None, 0.0, 0, white=False, clip=self._canvas.whole)
        self._draw_form(stamp.form, Dictionary(), 0)

    def _draw_form(self, form: Ref, given: Dictionary, depth: int) -> None:
        self._forms += 1
        if self._forms > _MOST_FORMS or depth >= _DEEPEST:
            return
        drawn = self._document.dictionary(form)
        numbers = [self._document.resolve(n) for n in self._document.array(drawn.get(b"Matrix"))]
        own = [float(n) for n in numbers if isinstance(n, (int, float))]
        kept, place = self._state, (self._text, self._line)
        if len(own) == 6:
            self._state = kept._replace(matrix=product(matrix(own), kept.matrix))
        if (edge := box_of(self._document, drawn.get(b"BBox"))) is not None:
            clip = painting.within(kept.clip, painting.moved(Box(*edge), self._state.matrix))
            self._state = self._state._replace(clip=clip)
        content = self._document.content(self._document.object(form), LARGEST_DRAWING)
        before = len(self.runs)
        self.draw(content, drawn.get(b"Resources", given), depth + 1)
        words = drawn.get(self._wanted.key)
        if type(words) is bytes and len(self.runs) > before:
            self.named.append(words)
        self._state, (self._text, self._line) = kept, place

    def _picture(self) -> None:
        a, b, c, d, _, _ = self._state.matrix
        width, height = self._sheet.size
        self._canvas.painted = True
        self.pictured = max(self.pictured, min(abs(a * d - b * c) / (width * height), 1.0))
        box = painting.moved(painting.UNIT, self._state.matrix)
        near = box.bottom < _MARGIN * height or box.top > (1 - _MARGIN) * height
        legible = box.top - box.bottom >= _STAMP and box.right - box.left >= _STAMP
        self.stamped = self.stamped or (near and legible)
