"""What the codes of a font mean and how far they reach (ISO 32000-2 9.6, 9.7 and 9.10)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from aigc_label.containers.pdf.lexer import Dictionary, Name, Ref
from aigc_label.errors import AssetError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aigc_label.containers.pdf.document import Document
    from aigc_label.containers.pdf.lexer import Value

_MOST_CODES = 1 << 16
_LARGEST_MAP = 4 << 20
_MOST_WIDTHS = 1 << 14
_UNKNOWN = "\ufffd"
_SECTION = re.compile(rb"begin(bfchar|bfrange)(.*?)end\1", re.DOTALL)
_PAIR = re.compile(rb"<([0-9A-Fa-f\s]{1,16})>\s*<([0-9A-Fa-f\s]{1,64})>")
_RANGE = re.compile(
    rb"<([0-9A-Fa-f\s]{1,16})>\s*<([0-9A-Fa-f\s]{1,16})>\s*(?:<([0-9A-Fa-f\s]{1,64})>|\[([^\]]*)\])"
)
_CODESPACE = re.compile(rb"begincodespacerange\s*<([0-9A-Fa-f\s]{1,16})>")
_PREDEFINED = (  # CMaps of ISO 32000-2 table 116 whose codes are an encoding
    (r"Uni\w+-(?:UCS2|UTF16)", "utf-16-be"),
    (r"GBK|GB-EUC|GBpc|GBT", "gb18030"),
    (r"ETen-B5|B5pc|HKscs-B5", "big5hkscs"),
    (r"90ms|90pv|90msp|83pv|Add-RKSJ|Ext-RKSJ", "cp932"),
    (r"KSC", "cp949"),
)
_SYMBOLIC = 4
_FILES = (b"FontFile", b"FontFile2", b"FontFile3")


class Font(NamedTuple):
    """A font.

    Attributes:
        meanings: characters by code, ``None`` where they follow from ``codec``.
        codec: of the codes, ``""`` if nobody says what they mean.
        length: bytes of a code; 0 where ``codec`` tells.
        widths: by code, in thousandths of the size.
        usual: width of other codes.
        stride: size of a unit of a glyph over that of text, in thousandths.
    """

    meanings: Mapping[int, str] | None
    codec: str
    length: int
    widths: Mapping[int, float]
    usual: float
    stride: float = 1.0

    @property
    def opaque(self) -> bool:
        """Whether nothing says what its codes mean."""
        return self.meanings is None and not self.codec

    def reaches(self, character: str) -> bool:
        """Whether it could show this character or any behind it."""
        if self.meanings is None:
            return self.codec not in ("", "latin-1")
        return any(one >= character for one in self.meanings.values() if one != _UNKNOWN)

    def read(self, string: bytes) -> tuple[str, float, int]:
        """What a string says, its width in ems, and how many codes it has."""
        if self.length == 0:
            text = string.decode(self.codec, "replace")
            return text, sum(1.0 if ord(c) > 0x2E7F else 0.5 for c in text), len(text)
        step = self.length
        codes = [int.from_bytes(string[at : at + step]) for at in range(0, len(string), step)]
        width = sum(self.widths.get(code, self.usual) for code in codes) / 1000 * self.stride
        if self.meanings is not None:
            text = "".join([self.meanings.get(code, _UNKNOWN) for code in codes])
        elif self.codec:
            text = string.decode(self.codec, "replace")
        else:
            text = _UNKNOWN * len(codes)
        return text, width, len(codes)


def font(document: Document, value: Value) -> Font:
    """A font of a page's resources.

    Raises:
        LimitExceeded, Malformed: the document is damaged there.
    """
    given = document.dictionary(value)
    named = document.resolve(given.get(b"ToUnicode"))
    composite = document.resolve(given.get(b"Subtype")) == b"Type0"
    mapped = None
    length = 2 if composite else 1
    if isinstance(named, Dictionary) and isinstance(given.get(b"ToUnicode"), Ref):
        mapped, length = _mapped(document, given[b"ToUnicode"], length)
    if composite:
        return _composite(document, given, mapped, length)
    widths, usual, stride = _simple_widths(document, given)
    if mapped is not None:
        return Font(mapped, "", length, widths, usual, stride)
    encoding = document.resolve(given.get(b"Encoding"))
    differences = document.array(document.dictionary(encoding).get(b"Differences"))
    if differences:
        return Font(_named(document, differences), "", 1, widths, usual, stride)
    codec = "" if encoding is None and _is_private(document, given) else "latin-1"
    return Font(None, codec, 1, widths, usual, stride)


def _composite(
    document: Document, given: Dictionary, mapped: dict[int, str] | None, length: int
) -> Font:
    below = document.array(given.get(b"DescendantFonts"))
    descendant = document.dictionary(below[0]) if below else Dictionary()
    usual = document.resolve(descendant.get(b"DW"))
    usual = float(usual) if isinstance(usual, (int, float)) else 1000.0
    encoding = document.resolve(given.get(b"Encoding"))
    name = encoding.decode("latin-1") if isinstance(encoding, Name) else ""
    if mapped is not None:
        widths = _widths(document, descendant) if name.startswith("Identity") else {}
        return Font(mapped, "", length, widths, usual)
    for pattern, codec in _PREDEFINED:
        if re.match(pattern, name):
            return Font(None, codec, 2 if codec == "utf-16-be" else 0, {}, usual)
    return Font(None, "", 2, _widths(document, descendant), usual)


def _mapped(document: Document, ref: Value, length: int) -> tuple[dict[int, str] | None, int]:
    """The characters of a ToUnicode CMap, and the length of a code."""
    assert isinstance(ref, Ref)  # noqa: S101 - the caller looked
    try:
        data = document.content(document.object(ref), _LARGEST_MAP)
    except AssetError:  # as good as none
        return None, length
    if (space := _CODESPACE.search(data)) is not None:
        length = max(1, min(4, len(_hex(space[1]))))
    found: dict[int, str] = {}
    for kind, body in _SECTION.findall(data):
        if kind == b"bfchar":
            for code, to in _PAIR.findall(body):
                found[int.from_bytes(_hex(code))] = _utf16(_hex(to))
        else:
            for first, last, to, each in _RANGE.findall(body):
                _fill(found, int.from_bytes(_hex(first)), int.from_bytes(_hex(last)), to, each)
        if len(found) > _MOST_CODES:
            break
    return found or None, length


def _fill(found: dict[int, str], first: int, last: int, to: bytes, each: bytes) -> None:
    last = min(last, first + _MOST_CODES)
    if each:
        texts = re.findall(rb"<([0-9A-Fa-f\s]{1,64})>", each)
        for code, text in zip(range(first, last + 1), texts, strict=False):
            found[code] = _utf16(_hex(text))
        return
    begin = _utf16(_hex(to))
    if not begin:
        return
    head, tail = begin[:-1], ord(begin[-1])
    for code in range(first, last + 1):
        found[code] = head + _character(tail + code - first)


def _hex(digits: bytes) -> bytes:
    digits = b"".join(digits.split())
    return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode("ascii"))


def _utf16(data: bytes) -> str:
    if len(data) == 1:
        return chr(data[0])
    return data.decode("utf-16-be", "replace")


def _character(number: int) -> str:
    """A character by its number; half of a surrogate pair is none."""
    return chr(number) if number < 0xD800 or 0xDFFF < number < 0x110000 else _UNKNOWN


def _named(document: Document, differences: list[Value]) -> dict[int, str]:
    """The characters of an encoding by glyph names; those of Latin letters say it themselves."""
    found = {code: chr(code) for code in range(32, 127)}
    code = 0
    for one in differences[:1024]:
        value = document.resolve(one)
        if isinstance(value, Name):
            found[code] = _glyph(value.decode("latin-1"))
            code += 1
        elif isinstance(value, int):
            code = value
    return found


def _glyph(name: str) -> str:
    if len(name) == 1:
        return name
    if re.fullmatch(r"(?:uni[0-9A-F]{4}|u[0-9A-F]{4,6})", name):
        return _character(int(name.removeprefix("uni").removeprefix("u"), 16))
    return " " if name == "space" else "-" if name == "hyphen" else _UNKNOWN


def _is_private(document: Document, given: Dictionary) -> bool:
    """Whether a font brings glyphs along whose codes are its own affair."""
    described = document.dictionary(given.get(b"FontDescriptor"))
    flags = document.resolve(described.get(b"Flags"))
    symbolic = isinstance(flags, int) and bool(flags & _SYMBOLIC)
    brought = any(key in described for key in _FILES)
    return (symbolic and brought) or document.resolve(given.get(b"Subtype")) == b"Type3"


def _simple_widths(document: Document, given: Dictionary) -> tuple[dict[int, float], float, float]:
    first = document.resolve(given.get(b"FirstChar"))
    first = first if isinstance(first, int) else 0
    widths = [document.resolve(width) for width in document.array(given.get(b"Widths"))[:512]]
    found = {
        first + n: float(width) for n, width in enumerate(widths) if isinstance(width, (int, float))
    }
    matrix = document.array(given.get(b"FontMatrix"))
    unit = document.resolve(matrix[0]) if matrix else None
    stride = abs(unit) * 1000 if isinstance(unit, (int, float)) and unit else 1.0
    return found, 500.0, stride


def _widths(document: Document, descendant: Dictionary) -> dict[int, float]:
    """The widths of a composite font (9.7.4.3)."""
    found: dict[int, float] = {}
    given = [document.resolve(value) for value in document.array(descendant.get(b"W"))]
    at = 0
    while at + 1 < len(given) and len(found) < _MOST_WIDTHS:
        first, second = given[at], given[at + 1]
        if not isinstance(first, int):
            break
        if isinstance(second, list):
            found |= {
                first + n: float(width)
                for n, width in enumerate(second)
                if isinstance(width, (int, float))
            }
            at += 2
            continue
        width = given[at + 2] if at + 2 < len(given) else None
        if not isinstance(second, int) or not isinstance(width, (int, float)):
            break
        found |= dict.fromkeys(range(first, min(second, first + _MOST_WIDTHS) + 1), float(width))
        at += 3
    return found
