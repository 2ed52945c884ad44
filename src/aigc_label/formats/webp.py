"""WebP (RFC 9649): the label in an XMP packet, chunk ``XMP `` (TC260-PG-20259A)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label import essences
from aigc_label.carriers import exif, traces, xmp
from aigc_label.containers import riff, webp_canvas
from aigc_label.containers.webp_canvas import IMAGE, METADATA
from aigc_label.contract import Format
from aigc_label.edits import EditPlan, Span, Splice
from aigc_label.errors import Malformed
from aigc_label.model import Medium

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset
    from aigc_label.containers.riff import Chunk, Form
    from aigc_label.model import ImplicitLabel, Observation

_HOME = "webp.xmp"
_ESSENCE = (b"VP8 ", b"VP8L", b"ANMF")


def sniff(asset: Asset) -> bool:
    """Whether the file begins as RIFF of type WEBP."""
    return asset.head[:4] == b"RIFF" and asset.head[8:12] == b"WEBP"


def read(asset: Asset) -> Iterator[Observation]:
    """Yield what stands in the XMP, EXIF and C2PA chunks, whatever the flags say."""
    form = riff.walk(asset)
    for chunk in form.chunks:
        if chunk.id == b"XMP ":
            packet = _body(asset, chunk)
            yield from xmp.observe(packet, carrier=_HOME, home=True, offset=chunk.body)
        elif chunk.id == b"EXIF":
            block = _body(asset, chunk)
            yield from exif.observe(block, carrier="webp.exif", home=False, offset=chunk.body)
        elif chunk.id == b"C2PA":
            store = _body(asset, chunk, traces.STORE_READ)
            yield from filter(None, [traces.c2pa(store, carrier="webp.c2pa")])
    riff.require_whole(form, *_ESSENCE)


def _body(asset: Asset, chunk: Chunk, most: int = exif.LARGEST) -> bytes:
    return asset.peek(chunk.body, min(chunk.size, most))


def plan(asset: Asset, label: ImplicitLabel) -> EditPlan:
    """Put the label into the XMP packet, or a new one, and take it out of all else."""
    form = riff.walk(asset)
    riff.require_whole(form, *_ESSENCE)
    splices: list[Splice] = []
    written = False
    for chunk in form.chunks:
        new: bytes | None = None
        if chunk.id == b"XMP ":  # readers take the first one
            packet = asset.read(chunk.body, chunk.size)
            new = xmp.without_label(packet) if written else xmp.updated(packet, label)
            written = True
        elif chunk.id == b"EXIF":
            new = exif.blanked(asset.read(chunk.body, chunk.size))
        if new is not None:
            splices.append(riff.replaced(chunk, new))
    if not written:
        packet = riff.encoded(b"XMP ", xmp.updated(None, label))
        splices.append(riff.appended(form, packet, splices, behind=webp_canvas.BEFORE_XMP))
    flags, canvas = _features(asset, form)
    flags |= METADATA[b"XMP "]
    if header := form.find(b"VP8X"):
        splices.append(Splice(Span(header.body, header.body + 1), bytes((flags,))))
    else:
        splices.append(Splice(Span(12, 12), _extended(flags, canvas)))
    return riff.plan(form, splices)


def _features(asset: Asset, form: Form) -> tuple[int, bytes]:
    head = asset.peek(form.chunks[0].body, min(form.chunks[0].size, 10))
    return webp_canvas.features([chunk.id for chunk in form.chunks], head)


def _extended(flags: int, canvas: bytes) -> bytes:
    return riff.encoded(b"VP8X", webp_canvas.extended(flags, canvas))


def graft(source: Asset, encoded: Asset) -> EditPlan:
    """The image of ``encoded`` with every other chunk of ``source``; fails if there is none."""
    form = riff.walk(encoded)
    image = [c for c in form.chunks if c.id in IMAGE]
    if not image:
        raise Malformed("the new encoding holds no WebP image")
    kept = [(source, c) for c in riff.walk(source).chunks if c.id not in (*IMAGE, b"VP8X")]
    if not any(c.id == b"ICCP" for _, c in kept):  # the new one's describes the new pixels
        kept += [(encoded, c) for c in form.chunks if c.id == b"ICCP"]
    kept.sort(key=lambda item: webp_canvas.ORDER.get(item[1].id, len(webp_canvas.ORDER)))
    chunks = [riff.encoded(c.id, asset.read(c.body, c.size)) for asset, c in kept]
    flags, canvas = _features(encoded, form)
    flags = flags & webp_canvas.PICTURE | sum({METADATA.get(c.id, 0) for _, c in kept})
    before = [chunk for chunk in chunks if chunk[:4] == b"ICCP"]
    if chunks or form.find(b"VP8X"):
        before.insert(0, _extended(flags, canvas))
    after = chunks[len(before) - 1 :] if before else []
    ahead, tail = Span(12, image[0].start), Span(image[-1].end, form.end)
    return riff.plan(form, [Splice(ahead, b"".join(before)), Splice(tail, b"".join(after))])


FORMAT = Format(
    id="webp",
    medium=Medium.IMAGE,
    extensions=(".webp",),
    media_types=("image/webp",),
    homes=(_HOME,),
    source="TC260-PG-20259A: RIFF chunk XMP",
    sniff=sniff,
    read=read,
    plan=plan,
    graft=graft,
    essence=essences.later("pictures", "webp"),
)
