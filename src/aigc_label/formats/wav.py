"""WAV, RF64 and BW64: the label in a chunk of its own, ``AIGC`` (TC260-PG-202510A)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label import essences
from aigc_label.carriers import id3 as tags
from aigc_label.carriers import keyword, record, riff_xmp, traces, xmp
from aigc_label.containers import id3, riff
from aigc_label.contract import Format
from aigc_label.edits import Span, Splice
from aigc_label.model import FoundLabel, Medium

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset
    from aigc_label.containers.riff import Chunk
    from aigc_label.edits import EditPlan
    from aigc_label.model import ImplicitLabel, Observation

_HOME = "wav.aigc"
_TAGS = (b"id3 ", b"ID3 ")
_GLANCE = 64 << 10  # bytes of a text that is not called AIGC
_LONGEST_XMP = 8 << 20
_MEANS = {b"ISFT": b"Software", b"INAM": b"Title"}  # the keywords that traces know


def sniff(asset: Asset) -> bool:
    """Whether the file begins as RIFF, RF64 or BW64 of type WAVE."""
    return asset.head[:4] in (b"RIFF", b"RF64", b"BW64") and asset.head[8:12] == b"WAVE"


def read(asset: Asset) -> Iterator[Observation]:
    """Yield what stands in the ``AIGC`` chunk, and in LIST/INFO, ID3 and XMP chunks."""
    form = riff.walk(asset)
    for chunk in form.chunks:
        if keyword.is_named(chunk.id):  # ids know upper and lower case: only one is the guide's
            yield from _text(asset, chunk, _HOME, home=chunk.id == b"AIGC")
        elif chunk.id == b"LIST":
            for child in _texts(asset, chunk):  # AVI's place; 202510A wants none there
                yield from _text(asset, child, "wav.info")
        elif chunk.id in _TAGS:
            if tag := id3.walk(asset, chunk.body, chunk.body + chunk.size):
                yield from tags.observe(asset, tag, carrier="wav.id3", home=False)
        elif chunk.id == b"_PMX":
            packet = asset.peek(chunk.body, min(chunk.size, _LONGEST_XMP))
            yield from xmp.observe(packet, carrier="wav.xmp", home=False, offset=chunk.body)
        elif chunk.id == b"C2PA":
            store = asset.peek(chunk.body, min(chunk.size, traces.STORE_READ))
            if signal := traces.c2pa(store, carrier="wav.c2pa"):
                yield signal
    riff.require_whole(form, b"data")


def _texts(asset: Asset, chunk: Chunk) -> Iterator[Chunk]:
    if asset.peek(chunk.body, 4) == b"INFO":
        yield from riff.children(asset, chunk)


def _text(asset: Asset, chunk: Chunk, carrier: str, *, home: bool = False) -> Iterator[Observation]:
    most = record.LONGEST if keyword.is_named(chunk.id) else _GLANCE
    text = asset.peek(chunk.body, min(chunk.size, most)).rstrip(b"\x00")
    name = _MEANS.get(chunk.id, chunk.id)
    yield from keyword.observe(name, text, carrier=carrier, home=home, offset=chunk.start)


def plan(asset: Asset, label: ImplicitLabel) -> EditPlan:
    """Put the label into a last chunk, where naive players trip least, and nowhere else.

    A streamed file, whose header does not know its size, gets the true size.
    """
    form = riff.walk(asset)
    riff.require_whole(form, b"data")
    splices: list[Splice] = []
    for chunk in form.chunks:
        splices += _without_label(asset, chunk)
    if form.streamed and (data := form.find(b"data")):
        splices += riff.resized(form, data, data.size)
    added = riff.encoded(b"AIGC", record.dump(label).encode())
    if label.origin is not None:
        splices, packet = riff_xmp.with_origin(asset, form, label.origin, splices)
        added = packet + added
    silent = [chunk for chunk in form.chunks if chunk.id == b"data" and not chunk.size]
    ahead = [b"fmt "] if silent else None  # ffmpeg takes all behind an empty one for samples
    splices.append(riff.appended(form, added, splices, behind=ahead))
    return riff.plan(form, splices)


def _without_label(asset: Asset, chunk: Chunk) -> list[Splice]:
    """The splices that take a label out of a chunk, or the chunk away if it is one."""
    if keyword.is_named(chunk.id):
        return [riff.removed(chunk)]
    if chunk.id == b"LIST":
        old = [text for text in _texts(asset, chunk) if _is_label(asset, text)]
        if old:
            rest = riff.rebuilt(asset, chunk, old)
            return [Splice(Span(chunk.start, chunk.end), rest)]
    if chunk.id in _TAGS and (tag := id3.walk(asset, chunk.body, chunk.body + chunk.size)):
        return tags.without_label(asset, tag)
    if chunk.id == b"_PMX":
        packet = xmp.without_label(asset.read(chunk.body, chunk.size))
        return [] if packet is None else [riff.replaced(chunk, packet)]
    return []


def _is_label(asset: Asset, chunk: Chunk) -> bool:
    return any(isinstance(seen, FoundLabel) for seen in _text(asset, chunk, ""))


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
    essence=essences.later("sounds", "wav"),
)
