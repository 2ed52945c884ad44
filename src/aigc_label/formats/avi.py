"""AVI, also OpenDML: the label as a child ``AIGC`` of ``LIST INFO`` (TC260-PG-20257A Annex D)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label import essences
from aigc_label.carriers import keyword, record, riff_xmp, traces, xmp
from aigc_label.containers import riff
from aigc_label.containers.riff import film
from aigc_label.contract import Format
from aigc_label.model import FoundLabel, Medium

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from aigc_label.asset import Asset
    from aigc_label.containers.riff import Chunk
    from aigc_label.edits import EditPlan, Splice
    from aigc_label.model import ImplicitLabel, Observation

_HOME = "avi.info"
_GLANCE = 64 << 10  # bytes of a text that is not called AIGC
_LONGEST_XMP = 8 << 20
_MEANS = {b"ISFT": b"Software", b"INAM": b"Title"}  # the keywords that traces know


def _sniff(asset: Asset) -> bool:
    return asset.head[:4] == b"RIFF" and asset.head[8:12] == b"AVI "


def _read(asset: Asset) -> Iterator[Observation]:
    """Yield what stands in the first RIFF outside the media."""
    form = riff.walk(asset)
    for chunk in form.chunks:
        kind = film.kind_of(asset, chunk)
        if kind == b"INFO":
            for child in riff.children(asset, chunk):
                yield from _text(asset, child, _HOME)
        elif kind == b"hdrl":
            for child in _loose(asset, chunk):
                yield from _text(asset, child, "avi.hdrl")
        elif keyword.is_named(chunk.id):
            yield from _text(asset, chunk, "avi.chunk")
        elif chunk.id == b"_PMX":
            packet = asset.peek(chunk.body, min(chunk.size, _LONGEST_XMP))
            yield from xmp.observe(packet, carrier="avi.xmp", home=False, offset=chunk.body)
        elif chunk.id == b"C2PA":
            store = asset.peek(chunk.body, min(chunk.size, traces.STORE_READ))
            yield from filter(None, [traces.c2pa(store, carrier="avi.c2pa")])
    film.survey(asset, form)


def _text(asset: Asset, chunk: Chunk, carrier: str) -> Iterator[Observation]:
    most = record.LONGEST if keyword.is_named(chunk.id) else _GLANCE
    text = asset.peek(chunk.body, min(chunk.size, most)).rstrip(b"\x00")
    name = _MEANS.get(chunk.id, chunk.id)
    home = carrier == _HOME and chunk.id == b"AIGC"
    yield from keyword.observe(name, text, carrier=carrier, home=home, offset=chunk.start)


def _loose(asset: Asset, hdrl: Chunk) -> Iterator[Chunk]:
    """Texts among the headers, where no label belongs, and the children of a list of texts."""
    for child in riff.children(asset, hdrl):
        if child.id == b"IDIT" or keyword.is_named(child.id):
            yield child
        elif film.kind_of(asset, child) == b"INFO":
            yield from riff.children(asset, child)


def _labels(asset: Asset, chunks: Iterable[Chunk]) -> list[Chunk]:
    """Those that are a label's, by their name or by what they hold."""
    return [
        chunk
        for chunk in chunks
        if keyword.is_named(chunk.id)
        or any(isinstance(seen, FoundLabel) for seen in _text(asset, chunk, ""))
    ]


def _plan(asset: Asset, label: ImplicitLabel) -> EditPlan:
    """Put the label into LIST INFO where players find it, and take it out of all else."""
    from aigc_label.containers.riff import moving  # noqa: PLC0415 - reading moves nothing

    form = riff.walk(asset)
    whole = film.survey(asset, form)
    lists = [chunk for chunk in form.chunks if film.kind_of(asset, chunk) == b"INFO"]
    home = next((chunk for chunk in lists if whole.is_found(chunk.start)), None)
    splices: list[Splice] = []
    origin, packet = label.origin, b""
    for chunk in form.chunks:
        if chunk == whole.hdrl:
            for text in _labels(asset, _loose(asset, chunk)):
                splices += moving.silenced(text)
        elif keyword.is_named(chunk.id):
            splices += moving.silenced(chunk)
        elif chunk in lists and chunk != home:
            if old := _labels(asset, riff.children(asset, chunk)):
                splices += moving.shortened(chunk, riff.rebuilt(asset, chunk, old))
        elif chunk.id == b"_PMX":
            same, outgrown = riff_xmp.fitted(asset, chunk, origin)
            splices += moving.silenced(chunk) if outgrown else same
            origin, packet = None, packet + outgrown
    if origin is not None:
        packet = riff_xmp.chunk_of(origin)
    info = riff.encoded(b"AIGC", record.dump(label).encode() + b"\x00")
    if home is None:
        info = riff.encoded(b"LIST", b"INFO" + info)
    else:
        info = riff.rebuilt(asset, home, _labels(asset, riff.children(asset, home)), info)
    placed = moving.placed(asset, whole, home, info + packet)
    return moving.plan(asset, whole, [*splices, *placed])


FORMAT = Format(
    id="avi",
    medium=Medium.VIDEO,
    extensions=(".avi",),
    media_types=("video/vnd.avi", "video/avi", "video/x-msvideo"),
    homes=(_HOME,),
    source="TC260-PG-20257A Annex D: LIST/INFO child AIGC",
    sniff=_sniff,
    read=_read,
    plan=_plan,
    essence=essences.later("films", "avi"),
)
