"""AIFF and AIFF-C files as a list of chunks (Apple 1989, 1991); no label is known here.

IFF (EA IFF 85) with sizes in big-endian order. Offsets are bytes from the beginning of the file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from aigc_label.edits import EditPlan, Span, Splice
from aigc_label.errors import CannotCarry, LimitExceeded, Malformed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aigc_label.asset import Asset

KINDS = (b"AIFF", b"AIFC")
MOST_CHUNKS = 4096
"""Sound files have a few dozen at most."""

_LARGEST = 0xFFFF_FFFF
_REWRITE = "write the file anew first: ffmpeg -i FILE.aiff -c copy NEW.aiff"


class Chunk(NamedTuple):
    """One chunk.

    Attributes:
        id: four characters, as stored.
        start: where its header begins.
        size: how many bytes of its body the file holds.
        declared: how many its header says; more if the file was cut short.
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
        size: as its header says, or would if it told the truth.
        chunks: in the order of the file.
        end: where another chunk would go.
        streamed: its writer could not know the size.
    """

    size: int
    chunks: tuple[Chunk, ...]
    end: int
    streamed: bool

    def find(self, chunk_id: bytes) -> Chunk | None:
        """The first chunk with this id; readers take no other."""
        return next((chunk for chunk in self.chunks if chunk.id == chunk_id), None)


def walk(asset: Asset) -> Form:
    """Read the headers of all chunks; bodies are passed over.

    Raises:
        Malformed: if the file does not begin as AIFF does.
        LimitExceeded: if there are more than :data:`MOST_CHUNKS` chunks.
    """
    head = asset.read(0, 12)
    if head[:4] != b"FORM" or head[8:] not in KINDS:
        raise Malformed("not an AIFF file", offset=0)
    declared = int.from_bytes(head[4:8], "big")
    whole = 0 < declared <= asset.size - 8
    chunks = tuple(_chunks(asset, 8 + declared if whole else asset.size))
    end = chunks[-1].end if chunks else 12
    size = max(declared, end - 8) if whole else end - 8
    return Form(size, chunks, end, streamed=declared in (0, _LARGEST))


def _chunks(asset: Asset, end: int) -> Iterator[Chunk]:
    """Chunks that begin before ``end``; the last may reach further."""
    at = 12
    for _ in range(MOST_CHUNKS):
        header = asset.peek(at, 8)
        if at + 8 > end or not _is_id(header):
            return  # what is no chunk header is junk, as players take it
        declared = int.from_bytes(header[4:], "big")
        size = min(declared, asset.size - at - 8)
        after = at + 8 + size
        if size & 1 and after < asset.size and not _pad_is_missing(asset, after):
            after += 1
        yield Chunk(header[:4], at, size, declared, after)
        at = after
    raise LimitExceeded(f"more than {MOST_CHUNKS} chunks", offset=at)


def _is_id(header: bytes) -> bool:
    return len(header) == 8 and all(0x20 <= byte < 0x7F for byte in header[:4])


def _pad_is_missing(asset: Asset, at: int) -> bool:
    """Whether a chunk header stands where the pad byte of an odd chunk belongs."""
    ahead = asset.peek(at, 9)
    return ahead[:1] != b"\x00" and _is_id(ahead[:8]) and not _is_id(ahead[1:])


def require_whole(form: Form) -> None:
    """Refuse to write into a file of which a part is missing.

    Raises:
        Malformed: naming the part.
    """
    ids = [chunk.id for chunk in form.chunks]
    for essence in (b"COMM", b"SSND"):
        if essence not in ids:
            name = essence.decode("ascii")
            raise Malformed(
                f"no {name!r} chunk, or bytes that are no chunk before it", offset=form.end
            )
    last = form.chunks[-1]
    if last.declared > last.size:
        raise Malformed(
            f"cut short: the {last.id.decode('ascii')!r} chunk should have {last.declared} bytes, "
            f"{last.size} are there; get the whole file, or repair it first",
            offset=last.start,
        )
    if form.streamed:
        raise Malformed(f"the file does not say how long it is; {_REWRITE}", offset=4)


def encoded(chunk_id: bytes, body: bytes) -> bytes:
    """A whole chunk: id, size, body, and the pad byte of an odd body."""
    return chunk_id + len(body).to_bytes(4, "big") + body + b"\x00" * (len(body) & 1)


def removed(chunk: Chunk) -> Splice:
    """The chunk taken away."""
    return Splice(Span(chunk.start, chunk.end), b"")


def edited(chunk: Chunk, splices: Sequence[Splice]) -> list[Splice]:
    """Splices inside a chunk's body, and its size and pad byte set accordingly.

    Raises:
        CannotCarry: if the chunk would pass 4 GiB.
    """
    size = chunk.size + EditPlan(splices).growth()
    if size == chunk.size:
        return list(splices)
    stop = chunk.body + chunk.size
    field = Splice(Span(chunk.start + 4, chunk.body), _field(size))
    return [field, *splices, Splice(Span(stop, chunk.end), b"\x00" * (size & 1))]


def appended(form: Form, chunk: bytes, splices: Sequence[Splice]) -> Splice:
    """An encoded chunk behind all others, of which some may be removed by ``splices``."""
    last = form.chunks[-1]
    unpadded = last.size & 1 and last.end == last.body + last.size
    missing = unpadded and removed(last) not in splices
    return Splice(Span(form.end, form.end), b"\x00" * missing + chunk)


def plan(form: Form, splices: Sequence[Splice]) -> EditPlan:
    """The splices, and the form's size set accordingly.

    Raises:
        CannotCarry: if the result would pass 4 GiB.
    """
    edits = EditPlan(splices)
    if not edits.growth():
        return edits
    return EditPlan((*splices, Splice(Span(4, 8), _field(form.size + edits.growth()))))


def _field(size: int) -> bytes:
    if size >= _LARGEST:
        raise CannotCarry(
            "an AIFF file ends at 4 GiB, and this one is full; convert it to RF64 first: "
            "ffmpeg -i FILE.aiff -rf64 auto NEW.wav"
        )
    return size.to_bytes(4, "big")
