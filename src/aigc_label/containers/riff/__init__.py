"""RIFF, RF64 and BW64 files as a list of chunks; no label is known here.

RIFF after Microsoft and IBM (1991); RF64 after EBU Tech 3306, BW64 after ITU-R BS.2088, which
keep 64-bit sizes in a ``ds64`` chunk. Offsets are bytes from the beginning of the file.
"""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING, NamedTuple

from aigc_label.edits import EditPlan, Span, Splice
from aigc_label.errors import CannotCarry, LimitExceeded, Malformed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from aigc_label.asset import Asset

MOST_CHUNKS = 10_000
"""An animated WebP has one chunk a frame; audio files have a few dozen at most."""

_TAIL = 64 << 10  # bytes at the end of a stream in which a label begins
_LARGEST = 0xFFFF_FFFF
_WIDE = (b"RF64", b"BW64")


class Chunk(NamedTuple):
    """One chunk, or one child of a ``LIST`` chunk.

    Attributes:
        id: four characters, as stored.
        start: where its header begins.
        size: how many bytes of its body the file holds.
        declared: how many its header (or ``ds64``) says; more if the file was cut short.
        end: where the next chunk begins: behind the body and, if it is there, the pad byte.
    """

    id: bytes
    start: int
    size: int
    declared: int
    end: int

    @property
    def body(self) -> int:
        """Where its body begins."""
        return self.start + 8


class Form(NamedTuple):
    """A whole file.

    Attributes:
        magic: ``RIFF``, ``RF64`` or ``BW64``.
        kind: the form type, e.g. ``WAVE``.
        chunks: in the order of the file.
        end: where another chunk would go; bytes behind it are not part of the form.
        streamed: the ``data`` chunk runs to the end of the file, because its writer could not
            know the size; its header's size is not true.
        ds64: where the body of ``ds64`` begins, ``None`` without one.
    """

    magic: bytes
    kind: bytes
    chunks: tuple[Chunk, ...]
    end: int
    streamed: bool = False
    ds64: int | None = None

    def find(self, *ids: bytes) -> Chunk | None:
        """The first chunk with one of these ids."""
        return next((chunk for chunk in self.chunks if chunk.id in ids), None)


def walk(asset: Asset) -> Form:
    """Read the headers of all chunks; bodies are passed over.

    Sizes beyond the end of the file are cut to what is there; see :attr:`Chunk.declared`.

    Raises:
        Malformed: if the file does not begin as RIFF does.
        LimitExceeded: if there are more than :data:`MOST_CHUNKS` chunks.
    """
    head = asset.read(0, 12)
    magic, declared, kind = head[:4], int.from_bytes(head[4:8], "little"), head[8:]
    if magic not in (b"RIFF", *_WIDE):
        raise Malformed("not a RIFF file", offset=0)
    sizes: dict[bytes, list[int]] = {}
    ds64 = None
    if magic in _WIDE and asset.peek(12, 4) == b"ds64":
        ds64 = 20
        declared, sizes = _wide_sizes(asset, declared)
    end = declared + 8
    if declared in (0, _LARGEST) or end > asset.size:
        end = asset.size
    chunks = tuple(_chunks(asset, 12, end, asset.size, sizes))
    streamed = False
    if chunks and (last := chunks[-1]).id == b"data" and _is_open(asset, last, declared):
        behind = _behind_stream(asset, last) if kind == b"WAVE" else ()
        end = behind[0].start if behind else asset.size
        chunks = (*chunks[:-1], Chunk(b"data", last.start, end - last.body, 0, end), *behind)
        streamed = True
    if chunks and kind == b"WAVE":
        chunks += _left_out(asset, chunks[-1].end, sizes)
    return Form(magic, kind, chunks, chunks[-1].end if chunks else 12, streamed, ds64)


def children(asset: Asset, chunk: Chunk) -> Iterator[Chunk]:
    """The chunks in a ``LIST`` chunk, behind its four-character type."""
    end = chunk.body + chunk.size
    return _chunks(asset, chunk.body + 4, end, end, {})


def _chunks(
    asset: Asset, at: int, end: int, limit: int, sizes: dict[bytes, list[int]]
) -> Iterator[Chunk]:
    """Chunks that begin before ``end``; the last may reach to ``limit``."""
    for _ in range(MOST_CHUNKS):
        header = asset.peek(at, 8)
        if at + 8 > min(end, limit) or not _is_id(header):
            return  # what is no chunk header is padding or junk, as players take it
        declared = int.from_bytes(header[4:], "little")
        if declared == _LARGEST and (known := sizes.get(header[:4])):
            declared = known.pop(0)
        size = min(declared, limit - at - 8)
        after = at + 8 + size
        if size & 1 and after < limit and not _pad_is_missing(asset, after, limit):
            after += 1
        yield Chunk(header[:4], at, size, declared, after)
        at = after
    raise LimitExceeded(f"more than {MOST_CHUNKS} chunks", offset=at)


def _behind_stream(asset: Asset, data: Chunk) -> tuple[Chunk, ...]:
    """A label at the very end, behind samples of whom the header does not know how many."""
    start = max(asset.size - _TAIL, data.body)
    places = re.finditer(rb"(?i:AIGC)", asset.peek(start, _TAIL))
    found = (_left_out(asset, start + place.start(), {}) for place in places)
    return next((chunks for chunks in found if len(chunks) == 1), ())


def _left_out(asset: Asset, at: int, sizes: dict[bytes, list[int]]) -> tuple[Chunk, ...]:
    """Chunks that fill the rest of the file, the form's size forgotten; all else is junk."""
    if not _is_id(asset.peek(at, 8)):
        return ()
    found = tuple(_chunks(asset, at, asset.size, asset.size, sizes))
    whole = found[-1].end == asset.size and found[-1].declared == found[-1].size
    return found if whole and not {b"data", b"RIFF"} & {chunk.id for chunk in found} else ()


def _is_id(header: bytes) -> bool:
    name = header[:4]
    return len(header) == 8 and name.isascii() and name.decode("ascii").isprintable()


def _pad_is_missing(asset: Asset, at: int, limit: int) -> bool:
    """Whether a chunk header stands where the pad byte of an odd chunk belongs."""
    ahead = asset.peek(at, 9)
    return (
        ahead[:1] != b"\x00"
        and _is_id(ahead[:8])
        and at + 8 + int.from_bytes(ahead[4:8], "little") <= limit
        and not _is_id(ahead[1:])
    )


def _is_open(asset: Asset, data: Chunk, declared: int) -> bool:
    """Whether a last ``data`` chunk runs to the end of the file, whatever its header says.

    Writers to a pipe leave 0, 0xFFFFFFFF or another huge size; a recorder that crashed leaves 0.
    """
    if data.declared:
        return data.declared > data.size and _is_unknown(data.declared)
    return asset.size > data.body and (
        declared == 0 or _is_unknown(declared) or not _is_id(asset.peek(data.body, 8))
    )


def _is_unknown(size: int) -> bool:
    """Whether a size is what writers to a pipe put: just below 4 GiB, or around 2 GiB (SoX)."""
    return 0xFFFF_FF00 <= size <= _LARGEST or 0x7FFF_F000 <= size <= 0x8000_0000


def _wide_sizes(asset: Asset, declared: int) -> tuple[int, dict[bytes, list[int]]]:
    """The form's size and the sizes of large chunks, from ``ds64``, in the order of the file."""
    size, riff, data, _, entries = struct.unpack("<IQQQI", asset.read(16, 32))
    if size < 28:
        raise Malformed("the ds64 chunk is too short", offset=12)
    if entries > MOST_CHUNKS:
        raise LimitExceeded(f"ds64 lists {entries} chunks", offset=44)
    table = asset.peek(48, 12 * entries)
    sizes = {b"data": [data]}
    for name, length in struct.iter_unpack("<4sQ", table[: len(table) // 12 * 12]):
        if name != b"data":
            sizes.setdefault(name, []).append(length)
    return riff if declared == _LARGEST else declared, sizes


def encoded(chunk_id: bytes, body: bytes) -> bytes:
    """A whole chunk: id, size, body, and the pad byte of an odd body."""
    return chunk_id + len(body).to_bytes(4, "little") + body + b"\x00" * (len(body) & 1)


def replaced(chunk: Chunk, body: bytes) -> Splice:
    """The chunk with another body."""
    return Splice(Span(chunk.start, chunk.end), encoded(chunk.id, body))


def removed(chunk: Chunk) -> Splice:
    """The chunk taken away."""
    return Splice(Span(chunk.start, chunk.end), b"")


def rebuilt(asset: Asset, chunk: Chunk, without: Collection[Chunk], added: bytes = b"") -> bytes:
    """A whole ``LIST`` without some children, all others as they are; empty if none is left.

    A last child that says it is longer than the list gets its true size: it would swallow more.

    Args:
        asset: the file.
        chunk: the list.
        without: children of it.
        added: an encoded chunk, for the place of the first that is taken out, or the last.

    Raises:
        LimitExceeded: if the list is larger than any piece that is read at once.
    """
    data = asset.read(chunk.body, chunk.size)
    parts = [data[:4]]
    at, placed = chunk.body + 4, not added
    for child in children(asset, chunk):
        at = child.end
        if child not in without:
            at_body = child.body - chunk.body
            parts.append(encoded(child.id, data[at_body : at_body + child.size]))
        elif not placed:
            parts.append(added)
            placed = True
    if not placed:
        parts.append(added)
    if any(rest := data[at - chunk.body :]):  # no child, and still somebody's
        parts.append(rest)
    return encoded(chunk.id, b"".join(parts)) if len(parts) > 1 else b""


def resized(form: Form, chunk: Chunk, size: int) -> list[Splice]:
    """The size fields of a chunk whose body gets ``size`` bytes; the bytes are the caller's.

    Raises:
        CannotCarry: if the size needs more bits than there are.
        Malformed: if ``ds64`` has the size of another chunk with the same name.
    """
    if chunk.id == b"data" and form.ds64 is not None:
        if sum(other.id == b"data" for other in form.chunks) > 1:
            raise Malformed(
                "two 'data' chunks, and ds64 has the size of one; write the file anew first: "
                "ffmpeg -i FILE.wav -c copy -rf64 always NEW.wav",
                offset=chunk.start,
            )
        wide = Splice(Span(form.ds64 + 8, form.ds64 + 16), size.to_bytes(8, "little"))
        return [wide, Splice(Span(chunk.start + 4, chunk.body), b"\xff\xff\xff\xff")]
    return [Splice(Span(chunk.start + 4, chunk.body), narrow(size, form.kind))]


def appended(
    form: Form,
    chunk: bytes,
    splices: Sequence[Splice] = (),
    *,
    behind: Sequence[bytes] | None = None,
) -> Splice:
    """An encoded chunk behind all others.

    Args:
        form: the file.
        chunk: the whole chunk.
        splices: what else is planned, by :func:`replaced` and :func:`removed`.
        behind: ids that it shall follow, instead of all.
    """
    planned = {(splice.span.start, splice.span.end): splice.data for splice in splices}
    kept = [other for other in form.chunks if planned.get((other.start, other.end)) != b""]
    known = [other for other in kept if behind is None or other.id in behind]
    if not known:
        return Splice(Span(form.end, form.end), chunk)
    last = known[-1]
    at = form.end if last is kept[-1] else last.end
    unpadded = last.size & 1 and last.end == last.body + last.size
    if unpadded and (last.start, last.end) not in planned:
        chunk = b"\x00" + chunk
    return Splice(Span(at, at), chunk)


def require_whole(form: Form, *essence: bytes) -> None:
    """Refuse to write into a file of which a part is missing.

    Args:
        form: the file.
        essence: ids of chunks, one of which must be there. Behind bytes that are no chunk it is
            not, and a new size of the form would cut it off.

    Raises:
        Malformed: naming the chunk.
    """
    if essence and form.find(*essence) is None:
        name = essence[0].decode("ascii").strip()
        raise Malformed(f"no {name!r} chunk, or bytes that are no chunk before it", offset=form.end)
    if form.streamed or not form.chunks:
        return
    last = form.chunks[-1]
    if last.declared > last.size:
        raise Malformed(
            f"cut short: the {last.id.decode('ascii')!r} chunk should have {last.declared} bytes, "
            f"{last.size} are there; get the whole file, or repair it first",
            offset=last.start,
        )


def plan(form: Form, splices: Sequence[Splice]) -> EditPlan:
    """Splices between byte 12 and ``form.end``, and the form's size set accordingly.

    Raises:
        CannotCarry: if the result would pass the 4 GiB of a RIFF file.
    """
    if not splices:
        return EditPlan()
    size = form.end - 8 + EditPlan(splices).growth()
    if form.magic in _WIDE and form.ds64 is not None:
        field = Splice(Span(form.ds64, form.ds64 + 8), size.to_bytes(8, "little"))
        return EditPlan((*splices, field, Splice(Span(4, 8), b"\xff\xff\xff\xff")))
    return EditPlan((*splices, Splice(Span(4, 8), narrow(size, form.kind))))


_WIDER = {
    b"WAVE": "convert it to RF64 first: ffmpeg -i FILE.wav -c copy -rf64 always NEW.wav",
    b"AVI ": "copy it to OpenDML first: ffmpeg -i FILE.avi -map 0 -c copy NEW.avi",
}


def narrow(size: int, kind: bytes) -> bytes:
    """A 32-bit size field in a form of this kind.

    Raises:
        CannotCarry: if the size needs more bits.
    """
    if size >= _LARGEST:
        advice = _WIDER.get(kind, "make it smaller first")
        raise CannotCarry(f"a RIFF ends at 4 GiB, and this one is full; {advice}")
    return size.to_bytes(4, "little")
