"""A text file as bytes: encoding, byte-order mark, newline style, and where a character stands.

Three encodings are told apart without guessing at words: UTF-8, UTF-16 with a byte-order mark,
and GB 18030 (which covers GBK and GB 2312). Anything else is refused, because a mark written in
the wrong encoding would be mojibake to the reader it is meant for.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aigc_label.edits import Span, Splice
from aigc_label.errors import CannotCarry, Malformed

if TYPE_CHECKING:
    from aigc_label.asset import Asset

WHOLE_LIMIT = 1 << 20
"""A text up to this many bytes is read whole; a longer one is a log or a data dump."""

HEAD_LIMIT = 160 << 10
"""Bytes looked at from the start of a longer one."""

TAIL_LIMIT = 64 << 10
"""Bytes looked at from the end of a longer one; what lies between is not read."""

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_BINARY = re.compile(
    rb"[\x00-\x07\x0e-\x1a\x1c-\x1f\x7f]"
)  # all controls but \b \t \n \v \f \r ESC
_NEWLINE = re.compile("\r\n|\n|\r")
_GB_PAIR = re.compile(rb"[\x81-\xfe](?:[\x30-\x39][\x81-\xfe][\x30-\x39]|[\x40-\x7e\x80-\xfe])")
_REMEDY = "save it as UTF-8 and try again"


@dataclass(frozen=True, slots=True)
class TextPart:
    r"""One stretch of a text file.

    Attributes:
        text: the characters, without the byte-order mark.
        encoding: name of the codec, one that writes no byte-order mark.
        base: byte offset of the first character.
        newline: the file's newline: the first one met, ``"\n"`` if there is none.
        at_start: whether the stretch begins where the file does.
        at_end: whether it reaches the end of the file.
    """

    text: str
    encoding: str
    base: int
    newline: str
    at_start: bool
    at_end: bool

    def offset(self, index: int) -> int:
        """The byte offset of the character at ``index``.

        All codecs used here map bytes and characters one to one, so encoding what stands
        before it gives its length back.
        """
        return self.base + len(self.text[:index].encode(self.encoding))

    def splice(self, start: int, end: int, replacement: str) -> Splice:
        """Characters ``start`` to ``end`` replaced, in the file's own encoding.

        Raises:
            CannotCarry: if the encoding has no bytes for the replacement.
        """
        try:
            data = replacement.encode(self.encoding)
        except UnicodeEncodeError as error:
            raise CannotCarry(
                f"U+{ord(replacement[error.start]):04X} cannot be written in {self.encoding}; "
                f"{_REMEDY}"
            ) from None
        return Splice(Span(self.offset(start), self.offset(end)), data)


def looks_textual(head: bytes) -> bool:
    """Whether the first bytes of a file may be text: no control characters but the usual ones.

    Encodings that :func:`head_of` refuses pass, so that the refusal can say what to do.
    """
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return True
    for bom, encoding in _BOMS[1:]:
        if head.startswith(bom):
            text = head[2:].decode(encoding, "replace")
            return _BINARY.search(text.encode("utf-8", "replace")) is None
    return _BINARY.search(head) is None


def head_of(asset: Asset) -> TextPart:
    """The text from the start of the file: all of it up to :data:`WHOLE_LIMIT` bytes.

    Raises:
        Malformed: if the bytes are in none of the encodings read here.
    """
    whole = asset.size <= WHOLE_LIMIT
    data = asset.peek(0, WHOLE_LIMIT if whole else HEAD_LIMIT)
    encoding, bom = _encoding_of(data, whole=whole)
    text = _decode(data[bom:], encoding, final=whole)
    found = _NEWLINE.search(text)
    return TextPart(
        text, encoding, bom, found.group() if found else "\n", at_start=True, at_end=whole
    )


def tail_of(asset: Asset, head: TextPart) -> TextPart | None:
    """The last lines of a file that ``head`` does not reach the end of, else ``None``.

    Raises:
        Malformed: as :func:`head_of`.
    """
    if head.at_end:
        return None
    start = asset.size - TAIL_LIMIT
    width = 2 if head.encoding.startswith("utf-16") else 1
    start += (start - head.base) % width
    data = asset.read(start, asset.size - start)
    # a character may be cut at the start; no encoding here has a line feed inside a character
    line = data.find("\n".encode(head.encoding))
    while line % width and line != -1:
        line = data.find("\n".encode(head.encoding), line + 1)
    cut = line + width if line != -1 else len(data)
    text = _decode(data[cut:], head.encoding, final=True)
    return TextPart(text, head.encoding, start + cut, head.newline, at_start=False, at_end=True)


def _encoding_of(data: bytes, *, whole: bool) -> tuple[str, int]:
    """The codec, and the length of the byte-order mark."""
    if data.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise Malformed(f"a UTF-32 text; {_REMEDY}")
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return encoding, len(bom)
    try:
        _decoded(data, "utf-8", final=whole)
    except UnicodeDecodeError as error:
        if not (_decodes(data, "gb18030", final=whole) and _plausible_gb(data)):
            raise Malformed(
                f"byte {error.start} is not UTF-8, and the text is neither GB 18030 nor UTF-16 "
                f"with a byte-order mark; {_REMEDY}",
                offset=error.start,
            ) from None
        return "gb18030", 0
    return "utf-8", 0


def _plausible_gb(data: bytes) -> bool:
    """Whether bytes that may be GB 18030 read as Chinese and not as another legacy encoding.

    GB 18030 decodes much of Latin-1, Shift JIS and Big5 to rare characters. In real Chinese
    nearly every pair lies in the rows of punctuation (0xA1, 0xA3) or of the 3,755 common
    characters (0xB0 to 0xD7); 60 % leaves room for names, GBK's own characters and symbols.
    """
    pairs = [pair for pair in _GB_PAIR.findall(data[: 1 << 16]) if len(pair) == 2]
    common = sum(1 for pair in pairs if pair[0] in (0xA1, 0xA3) or 0xB0 <= pair[0] <= 0xD7)
    return common >= 0.6 * len(pairs)


def _decode(data: bytes, encoding: str, *, final: bool) -> str:
    try:
        return _decoded(data, encoding, final=final)
    except UnicodeDecodeError as error:
        raise Malformed(
            f"not {encoding}, as its beginning says ({error.reason}); {_REMEDY}"
        ) from None


def _decodes(data: bytes, encoding: str, *, final: bool) -> bool:
    try:
        _decoded(data, encoding, final=final)
    except UnicodeDecodeError:
        return False
    return True


def _decoded(data: bytes, encoding: str, *, final: bool) -> str:
    return codecs.getincrementaldecoder(encoding)("strict").decode(data, final)
