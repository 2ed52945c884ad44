"""HEIF files for the tests, laid by hand: any items, any widths of numbers, any order of boxes."""

from __future__ import annotations

import struct
from typing import NamedTuple

from mp4_samples import box, full, hdlr

RDF = b"application/rdf+xml"
PICTURE = bytes(range(200, 256)) * 2


class Item(NamedTuple):
    """One item, with its place in ``iloc``; ``cuts`` are the lengths of all pieces but the last."""

    id: int
    kind: bytes = b"hvc1"
    data: bytes = PICTURE
    about: int | None = None
    media: bytes = b""
    encoding: bytes = b""
    method: int = 0
    reference: int = 0
    protection: int = 0
    cuts: tuple[int, ...] = ()


class Form(NamedTuple):
    """The versions of the tables and the widths of their numbers."""

    iloc: int = 0
    iinf: int = 0
    iref: int = 0
    infe: int = 2
    offset: int = 4
    length: int = 4
    base: int = 0
    index: int = 0


def xmp(packet, number=2, about=1, **more):
    return Item(number, b"mime", packet, about, RDF, **more)


def exif(block, number=3, about=1, **more):
    return Item(number, b"Exif", bytes(4) + block, about, **more)


def ftyp(major=b"heic", *others):
    return box(b"ftyp", major, bytes(4), b"mif1", *others)


def infe(item, version=2):
    body = item.id.to_bytes(4 if version == 3 else 2) + item.protection.to_bytes(2)
    body += item.kind if version >= 2 else b""
    texts = b"a name\0"
    if item.media:
        texts += item.media + b"\0" + (item.encoding + b"\0" if item.encoding else b"")
    return full(b"infe", body, texts, version=version)


def iloc(items, form, starts):
    """``starts`` are the offsets of the items; the base takes half of each, if there is one."""
    wide = 4 if form.iloc == 2 else 2
    sizes = struct.pack(">BB", form.offset << 4 | form.length, form.base << 4 | form.index)
    parts = [sizes, len(items).to_bytes(wide)]
    for item, start in zip(items, starts, strict=True):
        base = (start if not form.offset else start // 2) if form.base else 0
        parts.append(item.id.to_bytes(wide))
        if form.iloc:
            parts.append(item.method.to_bytes(2))
        parts.append(item.reference.to_bytes(2) + base.to_bytes(form.base))
        lengths = [*item.cuts, len(item.data) - sum(item.cuts)]
        parts.append(len(lengths).to_bytes(2))
        at = start - base
        for length in lengths:
            parts.append(bytes(form.index if form.iloc else 0))
            parts.append(at.to_bytes(form.offset) + length.to_bytes(form.length))
            at += length
    return full(b"iloc", *parts, version=form.iloc)


def meta(items, form=None, *, starts, primary=1, more=b"", last=()):
    form = form or Form()
    inside = b"".join(item.data for item in items if item.method == 1)
    number = 4 if form.iref else 2
    links = b"".join(
        box(b"cdsc", item.id.to_bytes(number), b"\0\1", item.about.to_bytes(number))
        for item in items
        if item.about is not None
    )
    count = len(items).to_bytes(4 if form.iinf else 2)
    parts = {
        b"pitm": full(b"pitm", primary.to_bytes(2)) if primary else b"",
        b"iloc": iloc(items, form, starts),
        b"iinf": full(b"iinf", count, *(infe(i, form.infe) for i in items), version=form.iinf),
        b"iref": full(b"iref", links, version=form.iref) if links else b"",
        b"idat": box(b"idat", inside) if inside else b"",
    }
    order = [kind for kind in parts if kind not in last] + list(last)
    return full(b"meta", hdlr(b"pict"), *(parts[kind] for kind in order), more)


def heif(*items, form=None, brand=b"heic", between=b"", behind=b"", **options):
    """ftyp, meta, what is ``between``, mdat, what is ``behind``."""
    first = ftyp(brand)
    starts = [0] * len(items)
    for _ in range(2):
        tables = meta(items, form, starts=starts, **options)
        at = {0: len(first) + len(tables) + len(between) + 8, 1: 0, 2: 0}
        starts = []
        for item in items:
            starts.append(at[item.method])
            at[item.method] += len(item.data)
    media = b"".join(item.data for item in items if item.method == 0)
    return first + tables + between + box(b"mdat", media) + behind


def contents(raw):
    """Id -> bytes of each item, by a reader of its own; of the file's ``meta`` only."""

    def walk(start, stop):
        while start + 8 <= stop:
            size, kind = struct.unpack_from(">I4s", raw, start)
            head = 16 if size == 1 else 8
            size = struct.unpack_from(">Q", raw, start + 8)[0] if size == 1 else size
            end = start + size if size else stop
            yield kind, start + head, end
            start = end

    (first, stop) = next((a, b) for kind, a, b in walk(0, len(raw)) if kind == b"meta")
    parts = {kind: a for kind, a, b in walk(first + 4, stop)}
    at = parts[b"iloc"]
    version, wide = raw[at], 4 if raw[at] == 2 else 2
    sizes = [n for byte in raw[at + 4 : at + 6] for n in (byte >> 4, byte & 15)]
    at += 6

    def number(width):
        nonlocal at
        at += width
        return int.from_bytes(raw[at - width : at])

    found = {}
    for _ in range(number(wide)):
        item = number(wide)
        method = number(2) if version else 0
        reference = number(2)
        base = number(sizes[2]) + (parts[b"idat"] if method == 1 else 0)
        data = b""
        for _ in range(number(2)):
            number(sizes[3] if version else 0)
            start, length = base + number(sizes[0]), number(sizes[1])
            data += raw[start : start + length]
        if method < 2 and not reference:
            found[item] = data
    return found
