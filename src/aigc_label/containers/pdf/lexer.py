"""The objects of PDF, read from a window of bytes (ISO 32000-2 7.2 and 7.3)."""

from __future__ import annotations

import re
from typing import NamedTuple, TypeAlias

from aigc_label.errors import LimitExceeded, Malformed

MOST_TOKENS = 1 << 16
"""Objects in one object; catalogues and information dictionaries have some dozens."""

DEEPEST = 48
"""Arrays and dictionaries within one another."""

SPACE = rb"\x00\t\n\x0c\r "
"""White space, as it stands in a pattern."""

BLANK = b"\x00\t\n\x0c\r "
"""White space itself."""

_END_OF_WINDOW = 32  # bytes in which a reference such as "1234567 65535 R" could be cut
_SKIP = rb"[%b]*+(?:%%[^\r\n]*+[%b]*+)*+" % (SPACE, SPACE)
_NUMBER = rb"[+-]{0,2}(?:\d{1,20}(?:\.\d{0,40})?|\.\d{1,40})"
_REGULAR = rb"[^%b()<>\[\]{}/%%]" % SPACE
_TOKEN = _SKIP + (
    rb"(?:/(%b*+)|(\d{1,10})[%b]++(\d{1,5})[%b]++R(?!%b)|(%b++)|(\()|(<<)|(\[)|(<)|(>>)|(\]))"
    % (_REGULAR, SPACE, SPACE, _REGULAR, _REGULAR)
)
# The groups of a token.
(_NAME, _, _REFERENCE, _WORD, _LITERAL) = range(1, 6)
(_OPEN_DICTIONARY, _OPEN_ARRAY, _OPEN_HEX, _CLOSE_DICTIONARY, _CLOSE_ARRAY) = range(6, 11)
_PAREN = rb"(?s:\\.|[()])"
_ESCAPE = rb"(?s:\\([0-7]{1,3}|\r\n?|\n|.)|\r\n?)"
_ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
_WORDS: dict[bytes, bool | None] = {b"null": None, b"true": True, b"false": False}

# PDFDocEncoding where it differs from Latin-1 (ISO 32000-2 annex D.3).
_DOC_ENCODING = str.maketrans(
    dict(
        zip(
            (*range(0x18, 0x20), *range(0x80, 0x9F), 0xA0),
            "\u02d8\u02c7\u02c6\u02d9\u02dd\u02db\u02da\u02dc\u2022\u2020\u2021\u2026\u2014\u2013"
            "\u0192\u2044\u2039\u203a\u2212\u2030\u201e\u201c\u201d\u2018\u2019\u201a\u2122\ufb01"
            "\ufb02\u0141\u0152\u0160\u0178\u017d\u0131\u0142\u0153\u0161\u017e\u20ac",
            strict=True,
        )
    )
)


class CutShort(Malformed):
    """The window ends before the object does; a larger one may hold it."""


class Name(bytes):
    """A name without its solidus, escapes resolved."""

    __slots__ = ()


class Ref(NamedTuple):
    """A reference to an indirect object."""

    number: int
    generation: int


class Dictionary(dict[bytes, "Value"]):
    """A dictionary that remembers how its entries are written.

    Attributes:
        data: the window it was read from.
        spans: for each key where its entry begins and ends in ``data``, the key included.
    """

    __slots__ = ("data", "spans")

    def __init__(self, data: bytes = b"") -> None:
        super().__init__()
        self.data = data
        self.spans: dict[bytes, tuple[int, int]] = {}

    def entries(self, *but: bytes) -> list[bytes]:
        """Its entries as they are written, without those of some keys."""
        return [self.data[a:b] for key, (a, b) in self.spans.items() if key not in but]


Value: TypeAlias = "bool | int | float | Name | bytes | Ref | list[Value] | Dictionary | None"
"""Strings are bytes: :func:`text` decodes them."""


class Lexer:
    """Reads objects from ``data``, beginning at ``at``.

    Args:
        data: a window of a file, or a decoded object stream.
        at: where to begin.
        final: whether nothing follows ``data``; otherwise an object near its end is
            :class:`CutShort`.

    Attributes:
        at: behind what was read.
        tokens: how many objects were read, those within others counted.
    """

    __slots__ = ("_edge", "_token", "at", "data", "final", "tokens")

    def __init__(self, data: bytes, at: int = 0, *, final: bool = False) -> None:
        self.data = data
        self.at = at
        self.final = final
        self.tokens = 0
        self._edge = len(data) if final else len(data) - _END_OF_WINDOW
        self._token = re.compile(_TOKEN)

    def skip(self) -> None:
        """Step over white space and comments."""
        found = re.compile(_SKIP).match(self.data, self.at)
        self.at = found.end() if found else self.at

    def value(self) -> Value:
        """The object that follows.

        Raises:
            CutShort: the window ends before it does.
            Malformed: there is none.
            LimitExceeded: it is nested too deep, or holds too many others.
        """
        return self._value(self._next(), 0)

    def _next(self) -> re.Match[bytes]:
        """What comes next behind white space: a whole name, number or word, or a bracket."""
        found = self._token.match(self.data, self.at)
        if found is None:
            raise self._unclosed("an object is cut short")
        if found.end() > self._edge:
            raise CutShort("an object is cut short")
        self.at = found.end()
        return found

    def _value(self, found: re.Match[bytes], depth: int) -> Value:
        self.tokens += 1
        if self.tokens > MOST_TOKENS or depth > DEEPEST:
            raise LimitExceeded("an object holds too many others, or too deep")
        kind = found.lastindex
        if kind == _NAME:
            return _name(found[_NAME])
        if kind == _LITERAL:
            return self._literal()
        if kind == _REFERENCE:
            return Ref(int(found[_REFERENCE - 1]), int(found[_REFERENCE]))
        if kind == _WORD:
            return _scalar(found[_WORD])
        if kind == _OPEN_DICTIONARY:
            return self._dictionary(depth)
        if kind == _OPEN_ARRAY:
            return self._array(depth)
        if kind == _OPEN_HEX:
            return self._hex()
        raise Malformed("no PDF object where one should be")

    def _literal(self) -> bytes:
        start, depth = self.at, 1
        for found in re.compile(_PAREN).finditer(self.data, start):
            mark = found.group()
            depth += 1 if mark == b"(" else -1 if mark == b")" else 0
            if depth == 0:
                self.at = found.end()
                return unescaped(self.data[start : found.start()])
        raise self._unclosed("a string is not closed")

    def _hex(self) -> bytes:
        end = self.data.find(b">", self.at)
        if end < 0:
            raise self._unclosed("a string is not closed")
        digits = self.data[self.at : end].translate(None, BLANK)
        if re.search(rb"[^0-9A-Fa-f]", digits):
            raise Malformed("a hexadecimal string holds something else")
        self.at = end + 1
        return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode("ascii"))

    def _unclosed(self, said: str) -> Malformed:
        return Malformed(said) if self.final else CutShort(said)

    def _array(self, depth: int) -> list[Value]:
        items: list[Value] = []
        while (found := self._next()).lastindex != _CLOSE_ARRAY:
            items.append(self._value(found, depth + 1))
        return items

    def _dictionary(self, depth: int) -> Dictionary:
        made = Dictionary(self.data)
        found = self._next()
        while found.lastindex != _CLOSE_DICTIONARY:
            if found.lastindex != _NAME:
                raise Malformed("a dictionary has a key that is no name")
            key = bytes(_name(found[_NAME]))
            start = found.start(_NAME) - 1
            found = self._next()
            if found.lastindex == _CLOSE_DICTIONARY:
                break  # a key without a value: null, which is as good as no entry
            made[key] = self._value(found, depth + 1)
            made.spans[key] = (start, self.at)  # the last one counts, as for most readers
            found = self._next()
        return made


def _name(raw: bytes) -> Name:
    if b"#" in raw:
        raw = re.sub(rb"#([0-9A-Fa-f]{2})", lambda m: bytes((int(m[1], 16),)), raw)
    return Name(raw)


def _scalar(word: bytes) -> Value:
    if word in _WORDS:
        return _WORDS[word]
    if (found := re.match(_NUMBER, word)) is None:
        raise Malformed("no PDF object where one should be")
    number = found.group().lstrip(b"+-")
    sign = -1 if word.startswith(b"-") else 1
    return sign * (float(number) if b"." in number else int(number))


def unescaped(raw: bytes) -> bytes:
    """The bytes of a literal string, given what stands between its parentheses."""
    if b"\\" not in raw and b"\r" not in raw:
        return raw
    return re.sub(_ESCAPE, _escape, raw)


def _escape(found: re.Match[bytes]) -> bytes:
    mark = found[1]
    if mark is None:
        return b"\n"  # however a line ends
    if mark[:1] in (b"\r", b"\n"):
        return b""  # a string that goes on in the next line
    if mark.isdigit() and mark < b"8":
        return bytes((int(mark, 8) & 0xFF,))
    return _ESCAPED.get(mark, mark)


def text(string: bytes) -> str:
    """A text string: UTF-16 or UTF-8 by its byte order mark, else PDFDocEncoding (7.9.2.2).

    UTF-8 without a mark is not allowed, and is written all the same; it is hardly ever anything
    else by chance. What cannot be decoded becomes U+FFFD.
    """
    if string[:2] in (b"\xfe\xff", b"\xff\xfe"):
        decoded = string.decode("utf-16", "replace")
        return re.sub("\x1b[^\x1b]{1,8}\x1b", "", decoded) if "\x1b" in decoded else decoded
    if string.startswith(b"\xef\xbb\xbf"):
        return string[3:].decode("utf-8", "replace")
    try:
        return string.decode("utf-8")
    except UnicodeDecodeError:
        return string.decode("latin-1").translate(_DOC_ENCODING)


def literal(value: str) -> bytes:
    """A literal string: as it is if it is ASCII, else UTF-16BE with its byte order mark."""
    raw = value.encode("ascii") if value.isascii() else b"\xfe\xff" + value.encode("utf-16-be")
    for mark, escaped in (
        (b"\\", b"\\\\"),
        (b"(", b"\\("),
        (b")", b"\\)"),
        (b"\r", b"\\r"),
        (b"\n", b"\\n"),
    ):
        raw = raw.replace(mark, escaped)
    return b"(" + raw + b")"
