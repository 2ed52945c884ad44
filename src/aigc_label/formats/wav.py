"""WAV, RF64 and BW64: the label in a chunk of its own, ``AIGC`` (TC260-PG-202510A)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.carriers import id3 as tags
from aigc_label.carriers import record, traces, xmp
from aigc_label.containers import id3, riff
from aigc_label.contract import Format
from aigc_label.model import FoundLabel, Medium

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset
    from aigc_label.carriers.record import Parsed
    from aigc_label.containers.riff import Chunk
    from aigc_label.edits import EditPlan, Splice
    from aigc_label.model import ImplicitLabel, Observation

_HOME = "wav.aigc"
_TAGS = (b"id3 ", b"ID3 ")
_LONGEST = 1 << 20
_LONGEST_XMP = 8 << 20


def sniff(asset: Asset) -> bool:
    """Whether the file begins as RIFF, RF64 or BW64 of type WAVE."""
    return asset.head[:4] in (b"RIFF", b"RF64", b"BW64") and asset.head[8:12] == b"WAVE"


def read(asset: Asset) -> Iterator[Observation]:
    """Yield what stands in the ``AIGC`` chunk, and in LIST/INFO, ID3 and XMP chunks."""
    form = riff.walk(asset)
    for chunk in form.chunks:
        if chunk.id.upper() == b"AIGC":
            if parsed := record.parse(_body(asset, chunk, _LONGEST), named=True):
                yield _label(chunk, _HOME, parsed, home=chunk.id == b"AIGC")
        elif chunk.id == b"LIST":
            for child, parsed in _in_info(asset, chunk):
                yield _label(child, "wav.info", parsed)
        elif chunk.id in _TAGS:
            if tag := id3.walk(asset, chunk.body, chunk.body + chunk.size):
                yield from tags.observe(asset, tag, carrier="wav.id3", home=False)
        elif chunk.id == b"_PMX":
            packet = _body(asset, chunk, _LONGEST_XMP)
            yield from xmp.observe(packet, carrier="wav.xmp", home=False, offset=chunk.body)
        elif chunk.id == b"C2PA":
            store = _body(asset, chunk, traces.STORE_READ)
            if signal := traces.c2pa(store, carrier="wav.c2pa"):
                yield signal
    riff.require_whole(form, b"data")


def _label(chunk: Chunk, carrier: str, parsed: Parsed, *, home: bool = False) -> FoundLabel:
    return FoundLabel(
        carrier=carrier, fields=parsed.fields, quirks=parsed.quirks, home=home, offset=chunk.start
    )


def _body(asset: Asset, chunk: Chunk, most: int) -> bytes:
    return asset.peek(chunk.body, min(chunk.size, most))


def _in_info(asset: Asset, chunk: Chunk) -> Iterator[tuple[Chunk, Parsed]]:
    """Labels in a LIST/INFO chunk: the place for AVI, where 202510A wants none for WAV."""
    if asset.peek(chunk.body, 4) == b"INFO":
        for child in riff.children(asset, chunk):
            text = _body(asset, child, _LONGEST)
            if parsed := record.parse(text, named=child.id.upper() == b"AIGC"):
                yield child, parsed


def plan(asset: Asset, label: ImplicitLabel) -> EditPlan:
    """Put the label into a last chunk, where naive players trip least, and nowhere else.

    A streamed file, whose header does not know its size, gets the true size.
    """
    form = riff.walk(asset)
    riff.require_whole(form, b"data")
    splices: list[Splice] = []
    for chunk in form.chunks:
        splices += _without_label(asset, chunk)
    if form.streamed:
        splices += riff.resized(form, form.chunks[-1], form.chunks[-1].size)
    added = riff.encoded(b"AIGC", record.dump(label).encode())
    splices.append(riff.appended(form, added, splices))
    return riff.plan(form, splices)


def _without_label(asset: Asset, chunk: Chunk) -> list[Splice]:
    """The splices that take a label out of a chunk, or the chunk away if it is one."""
    if chunk.id.upper() == b"AIGC":
        return [riff.removed(chunk)]
    if chunk.id == b"LIST" and (labels := {child for child, _ in _in_info(asset, chunk)}):
        body = asset.read(chunk.body, chunk.size)
        kept = [child for child in riff.children(asset, chunk) if child not in labels]
        starts = [(child.id, child.body - chunk.body, child.size) for child in kept]
        rest = b"".join(riff.encoded(name, body[at : at + size]) for name, at, size in starts)
        return [riff.replaced(chunk, b"INFO" + rest) if kept else riff.removed(chunk)]
    if chunk.id in _TAGS and (tag := id3.walk(asset, chunk.body, chunk.body + chunk.size)):
        return tags.without_label(asset, tag)
    if chunk.id == b"_PMX":
        packet = xmp.without_label(asset.read(chunk.body, chunk.size))
        return [] if packet is None else [riff.replaced(chunk, packet)]
    return []


FORMAT = Format(
    id="wav",
    medium=Medium.AUDIO,
    extensions=(".wav", ".wave", ".rf64", ".bwf"),
    media_types=("audio/vnd.wave", "audio/wav", "audio/x-wav"),
    homes=(_HOME,),
    source="TC260-PG-202510A: RIFF sub-chunk AIGC",
    sniff=sniff,
    read=read,
    plan=plan,
)
