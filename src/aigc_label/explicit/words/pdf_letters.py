"""Letters that a PDF page brings along: the package's font, cut to what some words need.

The font is CID-keyed, so the codes of a string are the CIDs of the font itself, and Identity-H
says so (ISO 32000-2 9.7.4.2). fontTools is imported when words are cut for the first time.
"""

# ruff: noqa: PLC0415 - fontTools is loaded only where letters are cut

from __future__ import annotations

import hashlib
import pkgutil
import zlib
from dataclasses import dataclass
from functools import lru_cache

from aigc_label.errors import InvalidLabel

_NAME = "AIGCLabelSans-Medium"
_EM = 1000  # units of the font in an em, and those of PDF


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character of the font, in thousandths of an em.

    Attributes:
        code: its CID, two bytes in a string.
        advance: to the next character.
        bottom, top: of its ink, over the baseline.
    """

    code: int
    advance: float
    bottom: float
    top: float


@dataclass(frozen=True, slots=True)
class Letters:
    """The letters of some words.

    Attributes:
        glyphs: by character.
        program: the font program, bare CFF.
        name: of the subset, as PDF wants it: six capitals, a plus sign, the font's name.
        box: the font's bounding box.
        ascent, descent: of a line.
    """

    glyphs: dict[str, Glyph]
    program: bytes
    name: str
    box: tuple[int, int, int, int]
    ascent: int
    descent: int

    def shown(self, line: str) -> bytes:
        """A line as the string that shows it."""
        return b"<%b>" % b"".join(b"%04X" % self.glyphs[c].code for c in line)

    def width(self, line: str) -> float:
        """Of a line, in thousandths of an em."""
        return sum(self.glyphs[c].advance for c in line)

    def objects(self, first: int) -> list[bytes]:
        """The font as PDF objects, numbered from ``first`` on; the first is the font itself."""
        glyphs = sorted(self.glyphs.items(), key=lambda item: item[1].code)
        name = self.name.encode("ascii")
        widths = b" ".join(b"%d [%d]" % (g.code, round(g.advance)) for _, g in glyphs)
        box = b" ".join(b"%d" % edge for edge in self.box)
        font = (
            b"<< /Type /Font /Subtype /Type0 /BaseFont /%b-Identity-H /Encoding /Identity-H "
            b"/DescendantFonts [%d 0 R] /ToUnicode %d 0 R >>" % (name, first + 1, first + 4)
        )
        descendant = (
            b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /%b /CIDSystemInfo "
            b"<< /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> "
            b"/FontDescriptor %d 0 R /DW 1000 /W [%b] >>" % (name, first + 2, widths)
        )
        descriptor = (
            b"<< /Type /FontDescriptor /FontName /%b /Flags 4 /FontBBox [%b] /ItalicAngle 0 "
            b"/Ascent %d /Descent %d /CapHeight 733 /StemV 90 /FontFile3 %d 0 R /CIDSet %d 0 R >>"
            % (name, box, self.ascent, self.descent, first + 3, first + 5)
        )
        return [
            font,
            descendant,
            descriptor,
            packed(self.program, b"/Subtype /CIDFontType0C"),
            packed(_unicodes(glyphs)),
            packed(_members(glyphs)),
        ]


def packed(content: bytes, *entries: bytes) -> bytes:
    """A stream, deflated."""
    data = zlib.compress(content, 9)
    described = b" ".join((*entries, b"/Filter /FlateDecode /Length %d" % len(data)))
    return b"<< %b >>\nstream\n%b\nendstream" % (described, data)


def letters(text: str) -> Letters:
    """The letters of ``text``.

    Raises:
        InvalidLabel: naming the characters that the package's font has not got.
    """
    return _cut("".join(sorted(set(text))))


@lru_cache(maxsize=16)
def _cut(characters: str) -> Letters:
    from io import BytesIO

    from fontTools import subset  # type: ignore[import-untyped] # has no types
    from fontTools.pens.boundsPen import BoundsPen  # type: ignore[import-untyped] # has no types
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped] # has no types

    data = pkgutil.get_data("aigc_label", "fonts/AIGCLabelSans.otf")
    assert data is not None  # noqa: S101 - every loader of a package that is installed has data
    font = TTFont(BytesIO(data), lazy=True, recalcTimestamp=False)
    named = font.getBestCmap()
    _refuse_unknown([c for c in characters if ord(c) not in named])
    options = subset.Options()
    options.layout_features, options.notdef_outline = [], True
    cutter = subset.Subsetter(options)
    cutter.populate(text=characters)
    cutter.subset(font)

    shapes, metrics = font.getGlyphSet(), font["hmtx"]
    glyphs = {}
    for character in characters:
        name = named[ord(character)]
        pen = BoundsPen(shapes)
        shapes[name].draw(pen)
        _, bottom, _, top = pen.bounds or (0, 0, 0, 0)
        glyphs[character] = Glyph(int(name.removeprefix("cid")), metrics[name][0], bottom, top)
    tag = hashlib.md5(characters.encode(), usedforsecurity=False).digest()
    name = "".join(chr(65 + byte % 26) for byte in tag[:6]) + f"+{_NAME}"
    table = font["CFF "]
    table.cff.fontNames[0] = name
    box = tuple(round(edge) for edge in table.cff.topDictIndex[0].FontBBox)
    program = table.compile(font)
    assert font["head"].unitsPerEm == _EM  # noqa: S101 - a font of the package
    return Letters(glyphs, program, name, box, font["hhea"].ascent, font["hhea"].descent)


def _refuse_unknown(lacking: list[str]) -> None:
    if lacking:
        names = ", ".join(
            f"{c} (U+{ord(c):04X})" if c.isprintable() else f"U+{ord(c):04X}" for c in lacking[:8]
        )
        raise InvalidLabel(
            f"the package's font has no {names}; it covers GB 2312 level 1, Western European "
            "letters and the usual punctuation",
            field="text",
        )


def _unicodes(glyphs: list[tuple[str, Glyph]]) -> bytes:
    """What the codes mean, so that the words can be searched, copied and read aloud (9.10.3)."""
    lines = [
        b"<%04X> <%b>" % (glyph.code, c.encode("utf-16-be").hex().upper().encode())
        for c, glyph in glyphs
    ]
    runs = [lines[at : at + 100] for at in range(0, len(lines), 100)]
    body = b"\n".join(
        b"%d beginbfchar\n%b\nendbfchar" % (len(run), b"\n".join(run)) for run in runs
    )
    return (
        b"/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
        b"/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
        b"/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
        b"1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n"
        b"%b\nendcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n" % body
    )


def _members(glyphs: list[tuple[str, Glyph]]) -> bytes:
    """One bit for each CID that is there, as PDF/A-1 wants it (ISO 19005-1 6.3.5)."""
    codes = [0, *(glyph.code for _, glyph in glyphs)]
    bits = bytearray(max(codes) // 8 + 1)
    for code in codes:
        bits[code // 8] |= 0x80 >> code % 8
    return bytes(bits)
