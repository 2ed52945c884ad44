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
_REFERENCE = rb"(\d{1,10})[%b]++(\d{1,5})[%b]++R(?![^%b()<>\[\]{}/%%])" % (SPACE, SPACE, SPACE)
_WORD = rb"[^%b()<>\[\]{}/%%]++" % SPACE
_NUMBER = rb"[+-]{0,2}(?:\d{1,20}(?:\.\d{0,40})?|\.\d{1,40})"
_NAME = rb"/([^%b()<>\[\]{}/%%]*+)" % SPACE
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

    __slots__ = ("_reference", "_skip", "_word", "at", "data", "final", "tokens")

    def __init__(self, data: bytes, at: int = 0, *, final: bool = False) -> None:
        self.data = data
        self.at = at
        self.final = final
        self.tokens = 0
        self._skip = re.compile(_SKIP)
        self._word = re.compile(_WORD)
        self._reference = re.compile(_REFERENCE)

    def skip(self) -> None:
        """Step over white space and comments."""
        ahead = self.data[self.at : self.at + 1]
        if ahead > b" " and ahead != b"%":
            return
        found = self._skip.match(self.data, self.at)
        self.at = found.end() if found else self.at

    def word(self) -> bytes:
        """The regular characters that follow, such as ``obj``; empty where there are none."""
        self.skip()
        found = self._word.match(self.data, self.at)
        if found is None:
            return b""
        self.at = found.end()
        return found.group()

    def value(self, depth: int = 0) -> Value:
        """The object that follows.

        Raises:
            CutShort: the window ends before it does.
            Malformed: there is none.
            LimitExceeded: it is nested too deep, or holds too many others.
        """
        self.skip()
        data, at = self.data, self.at
        if not self.final and at > len(data) - _END_OF_WINDOW:
            raise CutShort("an object is cut short")
        self.tokens += 1
        if self.tokens > MOST_TOKENS or depth > DEEPEST:
            raise LimitExceeded("an object holds too many others, or too deep")
        lead = data[at : at + 1]
        if lead.isdigit() and (found := self._reference.match(data, at)) is not None:
            self.at = found.end()
            return Ref(int(found[1]), int(found[2]))
        if lead == b"/":
            return self._name()
        if lead == b"(":
            return self._literal()
        if lead == b"<":
            return self._dictionary(depth) if data[at + 1 : at + 2] == b"<" else self._hex()
        if lead == b"[":
            return self._array(depth)
        return self._scalar()

    def _name(self) -> Name:
        found = re.compile(_NAME).match(self.data, self.at)
        assert found is not None  # noqa: S101 - the solidus was seen
        self.at = found.end()
        raw = found[1]
        if b"#" in raw:
            raw = re.sub(rb"#([0-9A-Fa-f]{2})", lambda m: bytes((int(m[1], 16),)), raw)
        return Name(raw)

    def _scalar(self) -> Value:
        word = self.word()
        if word in _WORDS:
            return _WORDS[word]
        if (found := re.match(_NUMBER, word)) is None:
            raise Malformed("no PDF object where one should be")
        number = found.group().lstrip(b"+-")
        sign = -1 if word.startswith(b"-") else 1
        return sign * (float(number) if b"." in number else int(number))

    def _literal(self) -> bytes:
        start, depth = self.at + 1, 0
        for found in re.compile(_PAREN).finditer(self.data, self.at):
            mark = found.group()
            depth += 1 if mark == b"(" else -1 if mark == b")" else 0
            if depth == 0:
                self.at = found.end()
                return _unescaped(self.data[start : found.start()])
        raise self._unclosed()

    def _hex(self) -> bytes:
        end = self.data.find(b">", self.at)
        if end < 0:
            raise self._unclosed()
        digits = self.data[self.at + 1 : end].translate(None, BLANK)
        if re.search(rb"[^0-9A-Fa-f]", digits):
            raise Malformed("a hexadecimal string holds something else")
        self.at = end + 1
        return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode("ascii"))

    def _unclosed(self) -> Malformed:
        said = "a string is not closed"
        return Malformed(said) if self.final else CutShort(said)

    def _array(self, depth: int) -> list[Value]:
        self.at += 1
        items: list[Value] = []
        while not self._ends(b"]"):
            items.append(self.value(depth + 1))
        return items

    def _dictionary(self, depth: int) -> Dictionary:
        self.at += 2
        found = Dictionary(self.data)
        while not self._ends(b">>"):
            start = self.at
            key = self.value(depth + 1)
            if not isinstance(key, Name):
                raise Malformed("a dictionary has a key that is no name")
            self.skip()
            if self.data.startswith(b">>", self.at):
                continue  # a key without a value: null, which is as good as no entry
            found[bytes(key)] = self.value(depth + 1)
            found.spans[bytes(key)] = (start, self.at)  # the last one counts, as for most readers
        return found

    def _ends(self, mark: bytes) -> bool:
        self.skip()
        if self.data.startswith(mark, self.at):
            self.at += len(mark)
            return True
        if self.at >= len(self.data):
            raise self._unclosed()
        return False


def _unescaped(raw: bytes) -> bytes:
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
