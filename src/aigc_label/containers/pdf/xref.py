"""Cross-reference sections: tables, streams, and both in one file (ISO 32000-2 7.5.4 and 7.5.8).

A table is not read: its lines have one length, so the line of an object is looked up where it must
be. Tables with lines of odd lengths are searched instead.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from aigc_label.containers.pdf import filters
from aigc_label.containers.pdf.indirect import GLANCE, LARGEST_OBJECT, object_at, stream_bytes
from aigc_label.containers.pdf.lexer import BLANK, SPACE, CutShort, Dictionary, Lexer
from aigc_label.errors import LimitExceeded, Malformed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset
    from aigc_label.containers.pdf.lexer import Value

MOST_SECTIONS = 512
"""Updates of one file: each save adds one or two."""

MOST_RUNS = 1 << 14
"""Subsections of one section."""

FREE, PLAIN, PACKED = 0, 1, 2
"""Kinds of entries: no object; one at an offset; one in an object stream."""

_MOST_HELD = 24 << 20  # bytes of all sections

HIGHEST = 1 << 32  # object numbers; readers stop far below

_TAILS = (2048, 64 << 10)
_RUN = rb"[%b]*(\d{1,10})[%b]+(\d{1,10})[%b]*?(?:\r\n|\n|\r|(?=[%b]\d{10}))" % ((SPACE,) * 4)
_LINE = rb"[%b]{0,2}(\d{10}) {1,2}(\d{5}) {1,2}([fn])" % SPACE
_LOOSE_LINE = rb"(\d{1,10})[ \t]+(\d{1,5})[ \t]*([fn])"
_MOST_SEARCHED = 4 << 20


class Entry(NamedTuple):
    """Where an object stands.

    Attributes:
        kind: :data:`FREE`, :data:`PLAIN` or :data:`PACKED`.
        place: the offset as written; of a packed one the number of its object stream.
        detail: the generation; of a packed one its index there.
    """

    kind: int
    place: int
    detail: int

    @property
    def generation(self) -> int:
        """That of the object; packed ones have none."""
        return 0 if self.kind == PACKED else self.detail


class Run(NamedTuple):
    """A subsection of a table: ``length`` lines from object ``first`` on."""

    first: int
    length: int
    body: int
    pitch: int
    lines: tuple[bytes, ...] | None = None  # only where their lengths differ


class Section(NamedTuple):
    """One cross-reference section.

    Attributes:
        start: where it stands in the file.
        trailer: its trailer dictionary; of a stream the stream's own.
        runs: subsections of a table; ``first`` and ``length`` alone for a stream.
        rows: the entries of a stream; ``None`` for a table.
        widths: bytes of the three fields of a stream's entry.
    """

    start: int
    trailer: Dictionary
    runs: tuple[Run, ...]
    rows: filters.Rows | None = None
    widths: tuple[int, int, int] = (0, 0, 0)

    @property
    def weight(self) -> int:
        """About the bytes of memory it takes."""
        lines = sum(len(run.lines) for run in self.runs if run.lines)
        return 128 * len(self.runs) + 64 * lines + (len(self.rows.data) if self.rows else 0)

    @property
    def behind(self) -> int:
        """One more than the highest object number it knows."""
        return max((run.first + run.length for run in self.runs if run.length), default=0)

    def numbers(self, most: int) -> list[int] | None:
        """The objects it is about; ``None`` if they are more than ``most``."""
        if sum(run.length for run in self.runs) > most:
            return None
        return [n for run in self.runs for n in range(run.first, run.first + run.length)]

    def entry(self, asset: Asset, number: int) -> Entry | None:
        """Where it says an object stands; ``None`` if it does not know it.

        Raises:
            Malformed: the entry is no entry.
        """
        before = 0
        for run in self.runs:
            if run.first <= number < run.first + run.length:
                index = number - run.first
                if self.rows is not None:
                    return self._of_row(self.rows.row(before + index))
                line = (
                    run.lines[index]
                    if run.lines is not None
                    else asset.peek(run.body + index * run.pitch, run.pitch + 2)
                )
                found = re.match(_LINE if run.lines is None else _LOOSE_LINE, line)
                if found is None:
                    raise Malformed("a line of the cross-reference table is damaged")
                in_use = found[3] == b"n" and int(found[1]) > 0
                return Entry(PLAIN if in_use else FREE, int(found[1]), int(found[2]))
            before += run.length
        return None

    def _of_row(self, row: bytes) -> Entry:
        a, b, _ = self.widths
        kind = int.from_bytes(row[:a]) if a else PLAIN
        entry = Entry(kind, int.from_bytes(row[a : a + b]), int.from_bytes(row[a + b :]))
        return entry if kind == PACKED or (kind == PLAIN and entry.place) else Entry(FREE, 0, 0)


def start_of_last(asset: Asset) -> int:
    """The offset behind the last ``startxref``, as written.

    Raises:
        Malformed: there is none near the end.
    """
    for length in _TAILS:
        tail = asset.peek(max(0, asset.size - length), min(length, asset.size))
        found = re.findall(rb"startxref[%b]*(\d{1,12})" % SPACE, tail)
        if found:
            return int(found[-1])
        if length >= asset.size:
            break
    raise Malformed("cut short: the file ends without startxref")


def section_at(asset: Asset, offset: int) -> Section:
    """The section at an offset of the file.

    Raises:
        Malformed: none stands there, or it is damaged.
        LimitExceeded: it is larger than any.
    """
    glance = asset.peek(offset, 64)
    lead = len(glance) - len(glance.lstrip(BLANK))
    if glance.startswith(b"xref", lead):
        return _table(asset, offset + lead)
    if glance[lead : lead + 1].isdigit():
        return _packed(asset, offset)
    raise Malformed("no cross-reference section where one should be", offset=offset)


def _table(asset: Asset, start: int) -> Section:
    runs: list[Run] = []
    at = start + 4
    for _ in range(MOST_RUNS):
        window = asset.peek(at, GLANCE)
        stripped = window.lstrip(BLANK)
        if stripped.startswith(b"trailer"):
            at += len(window) - len(stripped) + 7
            return Section(start, _trailer(asset, at), tuple(runs))
        found = re.match(_RUN, window)
        if found is None:
            break
        first, count = int(found[1]), int(found[2])
        if first + count > HIGHEST:
            break
        run, at = _run(asset, first, count, at + found.end())
        if first == 1 and count and _is_zero(run, asset):
            run = run._replace(first=0)  # some writers begin to count at one
        runs.append(run)
    raise Malformed("the cross-reference table is damaged", offset=at)


def _is_zero(run: Run, asset: Asset) -> bool:
    return asset.peek(run.body, 20).lstrip(BLANK).startswith(b"0000000000 65535 f")


def _run(asset: Asset, first: int, count: int, body: int) -> tuple[Run, int]:
    """A subsection, and where it ends."""
    if count == 0:
        return Run(first, 0, body, 20), body
    head = asset.peek(body, 48)
    one = re.match(_LINE, head)
    two = re.match(_LINE, head[one.end() :].lstrip(b"\r\n \x00")) if one else None
    pitch = head.index(two[1], one.end()) - one.start(1) if one and two and count > 1 else 20
    start = body + (one.start(1) if one else 0)
    last = start + (count - 1) * pitch
    end = asset.peek(last, pitch + 64)
    found = re.match(_LINE, end) if one and last < asset.size else None
    if found and re.match(
        rb"[%b]*(?:trailer|\d+[%b]+\d+[%b]*[\r\n])" % ((SPACE,) * 3), end[found.end() :]
    ):
        return Run(first, count, start, pitch), last + found.end()
    if count > _MOST_SEARCHED // 12:
        raise Malformed("the cross-reference table is damaged", offset=body)
    data = asset.peek(body, min(_MOST_SEARCHED, 32 * count + 64))
    lines, at = [], 0
    for line in re.finditer(_LOOSE_LINE, data):
        if data[at : line.start()].strip(BLANK):
            break
        lines.append(line.group())
        at = line.end()
        if len(lines) == count:
            return Run(first, count, body, 20, tuple(lines)), body + at
    raise Malformed("the cross-reference table is damaged", offset=body)


def _trailer(asset: Asset, at: int) -> Dictionary:
    length = GLANCE
    while True:
        window = asset.peek(at, length)
        try:
            value = Lexer(window, final=at + len(window) >= asset.size).value()
        except CutShort:
            if length >= LARGEST_OBJECT:
                raise
            length *= 8
            continue
        if isinstance(value, Dictionary):
            return value
        raise Malformed("the trailer is no dictionary", offset=at)


def _packed(asset: Asset, start: int) -> Section:
    found = object_at(asset, start)
    described = found.value
    if not isinstance(described, Dictionary) or found.stream is None:
        raise Malformed("no cross-reference section where one should be", offset=start)
    widths, size = described.get(b"W"), described.get(b"Size")
    if (
        described.get(b"Type") != b"XRef"
        or not isinstance(widths, list)
        or len(widths) != 3
        or not all(isinstance(w, int) and 0 <= w <= 8 for w in widths)
        or not isinstance(size, int)
    ):
        raise Malformed("the cross-reference stream is damaged", offset=start)
    a, b, c = (w for w in widths if isinstance(w, int))
    index = described.get(b"Index")
    index = index if isinstance(index, list) else [0, size]
    numbers = [n for n in index if isinstance(n, int) and 0 <= n < HIGHEST]
    if len(numbers) != len(index) or len(index) % 2 or len(index) > 2 * MOST_RUNS or not a + b + c:
        raise Malformed("the index of the cross-reference stream is damaged", offset=start)
    raw = stream_bytes(asset, found, described.get(b"Length"))
    rows = filters.rows(raw, described, a + b + c)
    runs = (Run(f, n, 0, 0) for f, n in zip(numbers[::2], numbers[1::2], strict=True))
    return Section(start, described, tuple(runs), rows, (a, b, c))


def chain(asset: Asset, base: int) -> Iterator[Section]:
    """Yield the sections of a file, the newest first; that of a hybrid file behind its table.

    Args:
        asset: the file.
        base: what is added to every offset in it.

    Raises:
        Malformed: a section is damaged, or they lead back to one another.
        LimitExceeded: there are too many.
    """
    seen: set[int] = set()
    held = 0
    at: Value = start_of_last(asset)
    while isinstance(at, int) and (at or not seen):  # some write /Prev 0 for none
        if at in seen:
            raise Malformed("the cross-reference sections form a loop", offset=at)
        if len(seen) >= MOST_SECTIONS or held > _MOST_HELD:
            raise LimitExceeded(f"more cross-references than {MOST_SECTIONS} updates have")
        seen.add(at)
        section = section_at(asset, at + base)
        held += section.weight
        yield section
        hybrid = section.trailer.get(b"XRefStm")
        if isinstance(hybrid, int) and section.rows is None and hybrid not in seen:
            seen.add(hybrid)
            beside = section_at(asset, hybrid + base)
            held += beside.weight
            yield beside
        at = section.trailer.get(b"Prev")
