"""A PDF file as its newest revision has it: objects looked up where the file says they stand."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING

from aigc_label.containers.pdf import decryption, filters, xref
from aigc_label.containers.pdf.indirect import LARGEST_OBJECT, Object, object_at, stream_bytes
from aigc_label.containers.pdf.lexer import BLANK, Dictionary, Lexer, Ref
from aigc_label.errors import LimitExceeded, Malformed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from aigc_label.asset import Asset
    from aigc_label.containers.pdf.decryption import Decipher
    from aigc_label.containers.pdf.lexer import Value
    from aigc_label.containers.pdf.xref import Entry, Section

HEADER = b"%PDF-"
HEADER_WITHIN = 1024
"""Bytes at the head of the file in which readers look for the header."""

MOST_OBJECTS = 1 << 12
"""Objects looked up in one document."""

_MOST_LEXED = 4 << 20  # bytes of all objects looked up
_MOST_TOKENS = 1 << 17
_MOST_UNPACKED = 64 << 20
_LARGEST_INDEX = 256 << 10  # bytes in front of the first object in an object stream
_MOST_STEPS = 8  # references to references
_NULL = Object(-1, None)


class Document:
    """One revision of a PDF.

    Attributes:
        asset: the file.
        base: what is added to every offset in it: the place of its header, for most readers.
        trailer: the newest trailer dictionary.
        rebuilt: whether its cross-references are damaged, and objects were searched for.
    """

    __slots__ = (
        "_chain",
        "_decipher",
        "_held",
        "_offsets",
        "_pack",
        "_sections",
        "_spent",
        "asset",
        "base",
        "rebuilt",
        "trailer",
    )

    def __init__(
        self,
        asset: Asset,
        base: int,
        found: tuple[Mapping[int, int], Dictionary] | None = None,
    ) -> None:
        self.asset = asset
        self.base = base
        self.rebuilt = found is not None
        self._offsets = found[0] if found else None
        self._chain: Iterator[Section] = xref.chain(asset, base)
        self._sections: list[Section] = []
        self._held: dict[Ref, Object] = {}
        self._spent = [0, 0, 0]
        self._pack: tuple[int, dict[int, int], bytes] = (-1, {}, b"")
        self._decipher: Decipher | None = None
        self.trailer = found[1] if found else self.newest.trailer

    @property
    def newest(self) -> Section:
        """The section that ends the file."""
        return next(self.sections())

    def sections(self) -> Iterator[Section]:
        """Yield the cross-reference sections, the newest first; they are read as far as asked.

        Raises:
            Malformed, LimitExceeded: as :func:`xref.chain`.
        """
        index = 0
        while True:
            if index == len(self._sections):
                following = next(self._chain, None)
                if following is None:
                    return
                self._sections.append(following)
            yield self._sections[index]
            index += 1

    def next_number(self) -> int:
        """A number that no object has.

        Raises:
            Malformed, LimitExceeded: as :meth:`sections`, all of which are read.
        """
        size = self.trailer.get(b"Size")
        behind = [section.behind for section in self.sections()]
        number = max([*behind, size if isinstance(size, int) else 0, 1])
        if number >= 1 << 23:  # the most that readers take (ISO 32000-1 annex C)
            raise LimitExceeded(f"the document has {number} object numbers in use")
        return number

    def _entry(self, number: int) -> Entry | None:
        if self._offsets is not None:
            at = self._offsets.get(number)
            return None if at is None else xref.Entry(xref.PLAIN, at, 0)
        hidden = False
        for section in self.sections():
            entry = section.entry(self.asset, number)
            if entry is not None and entry.kind != xref.FREE:
                return entry
            if hidden or (entry is not None and b"XRefStm" not in section.trailer):
                return None
            hidden = entry is not None and section.rows is None  # the stream beside may know it
        return None

    def object(self, ref: Ref) -> Object:
        """What a reference refers to; the null object where there is none.

        Raises:
            Malformed: the cross-references, or the object, are damaged.
            LimitExceeded: too many objects are asked for.
        """
        held = self._held.get(ref)
        if held is not None:
            return held
        if len(self._held) >= MOST_OBJECTS:
            raise LimitExceeded(f"more than {MOST_OBJECTS} objects are looked up")
        entry = self._entry(ref.number)
        found = _NULL
        if entry is not None and not self.rebuilt and entry.generation != ref.generation:
            entry = None  # an object of another generation is another object
        if entry is not None and entry.kind == xref.PLAIN:
            found = object_at(self.asset, entry.place + self.base, ref.number)
            if self._decipher is not None:
                plain = self._decipher.opened(found.value, found.number, found.generation)
                found = found._replace(value=plain)
        elif entry is not None and entry.kind == xref.PACKED:
            found = self._packed(ref.number, entry.place)
        self._spend(*found.cost)
        self._held[ref] = found
        return found

    def _spend(self, length: int, tokens: int, unpacked: int = 0) -> None:
        """Count what was looked at; a hostile file makes little go a long way."""
        more = (length, tokens, unpacked)
        spent = self._spent = [a + b for a, b in zip(self._spent, more, strict=True)]
        if spent[0] > _MOST_LEXED or spent[1] > _MOST_TOKENS or spent[2] > _MOST_UNPACKED:
            raise LimitExceeded("more is referred to than any document needs")

    def _packed(self, number: int, stream: int) -> Object:
        """An object in an object stream."""
        if self._pack[0] != stream:
            self._pack = (stream, *self._unpacked(stream))
        _, places, data = self._pack
        if number not in places:
            raise Malformed(f"object {number} is not in object stream {stream}")
        at = places[number]
        window = data[at : at + LARGEST_OBJECT]
        lexer = Lexer(window, final=True)
        value = lexer.value()
        return Object(-1, value, cost=(lexer.at, lexer.tokens))

    def _unpacked(self, number: int) -> tuple[dict[int, int], bytes]:
        entry = self._entry(number)
        if entry is None or entry.kind != xref.PLAIN:
            raise Malformed(f"object stream {number} is missing")
        found = object_at(self.asset, entry.place + self.base, number)
        described = found.value
        if not isinstance(described, Dictionary):
            raise Malformed(f"object stream {number} is none")
        first = described.get(b"First")
        data = self.content(found)
        if not isinstance(first, int) or not 0 <= first <= len(data):
            raise Malformed(f"object stream {number} is damaged")
        if first > _LARGEST_INDEX:
            raise LimitExceeded(f"object stream {number} holds too many objects")
        numbers = [int(n) for n in re.findall(rb"\d{1,12}", data[:first])]
        pairs = zip(numbers[::2], numbers[1::2], strict=False)
        return {n: first + at for n, at in pairs}, data

    @property
    def locked(self) -> bool:
        """Whether it is encrypted, and takes a password to be read."""
        return self._decipher is None and bool(self.dictionary(self.trailer.get(b"Encrypt")))

    def unlock(self) -> None:
        """Read on in plain text if no password is needed; before any other object is asked for.

        Raises:
            Malformed, LimitExceeded: the objects that say how it is encrypted are damaged.
        """
        sealed = Dictionary()
        for key, value in self.dictionary(self.trailer.get(b"Encrypt")).items():
            sealed[key] = self.resolve(value)
        named = self.array(self.trailer.get(b"ID"))
        identifier = self.resolve(named[0]) if named else b""
        if sealed and type(identifier) is bytes:
            self._decipher = decryption.opened(sealed, identifier)

    def resolve(self, value: Value) -> Value:
        """A value, or what it refers to."""
        for _ in range(_MOST_STEPS):
            if not isinstance(value, Ref):
                return value
            value = self.object(value).value
        raise Malformed("references lead from one to another")

    def dictionary(self, value: Value) -> Dictionary:
        """A dictionary, or what is referred to, if that is one; otherwise an empty one."""
        found = self.resolve(value)
        return found if isinstance(found, Dictionary) else Dictionary()

    def array(self, value: Value) -> list[Value]:
        """An array, or what is referred to, if that is one; otherwise an empty one."""
        found = self.resolve(value)
        return found if isinstance(found, list) else []

    def catalog(self) -> Dictionary:
        """The document's catalogue; some updates forget to name it.

        Raises:
            Malformed: there is none.
        """
        root = self.root()
        found = self.resolve(root)
        if not isinstance(found, Dictionary):
            raise Malformed("the document has no catalogue")
        return found

    def root(self) -> Value:
        """The reference to the catalogue."""
        if b"Root" in self.trailer or self.rebuilt:
            return self.trailer.get(b"Root")
        named = (s.trailer[b"Root"] for s in self.sections() if b"Root" in s.trailer)
        return next(named, None)

    def content(self, found: Object, most: int | None = None) -> bytes:
        """The content of a stream, unpacked.

        Args:
            found: the stream.
            most: the first bytes that are enough; ``None`` for all of them.

        Raises:
            Malformed: it is no stream, is damaged, or packed in a way that is not known here.
            LimitExceeded: it is larger than any.
        """
        described = found.value
        if not isinstance(described, Dictionary):
            raise Malformed("a stream is none")
        length = self.resolve(described.get(b"Length"))
        if most is not None and isinstance(length, int) and found.stream is not None:
            length = min(length, max(most, 0), max(self.asset.size - found.stream, 0))
        raw = stream_bytes(self.asset, found, length)
        if self._decipher is not None:
            raw = self._decipher.stream(raw, described, found.number, found.generation)
        data = filters.unpacked(raw, self._plain(described), most or filters.MOST_UNPACKED)
        self._spend(0, 0, len(data))
        return data

    def _plain(self, described: Dictionary) -> Dictionary:
        """A stream's dictionary with its filters resolved."""
        keys = (b"Filter", b"DecodeParms")
        if not any(isinstance(described.get(key), (Ref, list)) for key in keys):
            return described
        plain = Dictionary()
        for key in keys:
            value = self.resolve(described.get(key))
            plain[key] = [self.resolve(v) for v in value] if isinstance(value, list) else value
        return plain


def header_at(asset: Asset) -> int:
    """Where the header stands; ``-1`` if there is none."""
    return asset.head.find(HEADER, 0, HEADER_WITHIN + len(HEADER))


def opened(asset: Asset) -> Document:
    """The newest revision of a file, by its cross-references.

    Raises:
        Malformed: they are damaged.
        LimitExceeded: they are larger than any.
    """
    base = header_at(asset)
    if base > 0:  # offsets count from the header, unless somebody knew better
        start = xref.start_of_last(asset)
        glance = asset.peek(start + base, 32).lstrip(BLANK)
        if not glance.startswith(b"xref") and not re.match(rb"\d+\s+\d+\s+obj", glance):
            base = 0
    found = Document(asset, max(base, 0))
    if b"Encrypt" in found.trailer:
        with contextlib.suppress(Malformed):  # it is closed, then, and says so
            found.unlock()
    return found
