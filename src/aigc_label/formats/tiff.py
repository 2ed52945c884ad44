"""TIFF and BigTIFF, of any number of pages. Home: XMP in the first one's tag 700 (20259A).

Files of cameras' sensors (DNG, CR2, NEF, ARW and their kin) are TIFF too, and are not claimed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label import essences
from aigc_label.carriers import packet_room, tiff_packet, tiff_text, traces, xmp
from aigc_label.containers import tiff
from aigc_label.contract import Format
from aigc_label.edits import EditPlan, Splice
from aigc_label.errors import AssetError, CannotCarry, LimitExceeded
from aigc_label.model import Medium

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset
    from aigc_label.containers.tiff import Directory, Entry
    from aigc_label.model import ImplicitLabel, Observation

_HOME = "tiff.xmp"
_XMP, _IPTC, _EXIF, _C2PA = 0x02BC, 0x83BB, 0x8769, 0xCD41
_WANTED = tiff_text.TAGS | {_XMP, _IPTC, _EXIF, _C2PA}
_PACKETS = 32 << 20  # bytes of all pages' XMP


def _sniff(asset: Asset) -> bool:
    if tiff.flavour(asset) is None:
        return False
    try:
        return not tiff.holds_sensor_data(asset)
    except AssetError:
        return True  # and reading will say what is broken


def _read(asset: Asset) -> Iterator[Observation]:
    starts: set[int] = set()  # pages may share a packet
    total = 0
    for number, page in enumerate(tiff.pages(asset, _WANTED)):
        carrier, home = (_HOME, True) if number == 0 else ("tiff.page.xmp", False)
        for entry in page.entries:
            if entry.tag == _XMP and entry.start not in starts:
                starts.add(entry.start)
                total += entry.size
                if total > _PACKETS:
                    raise LimitExceeded(f"more than {_PACKETS >> 20} MiB of XMP", offset=entry.at)
                packet = tiff.value(asset, entry, tiff_packet.LARGEST)
                yield from xmp.observe(packet, carrier=carrier, home=home, offset=entry.start)
        if store := page.find(_C2PA):  # c2pa puts it into the last page's directory
            yield from filter(None, [tiff_packet.credentials(asset, store)])
        if home:
            yield from _observe_others(asset, page)


def _observe_others(asset: Asset, page: Directory) -> Iterator[Observation]:
    if block := page.find(_IPTC):
        text = tiff.value(asset, block, tiff_text.LARGEST)
        yield from filter(None, [traces.iim(text, carrier="tiff.iptc")])
    for entry in _texts(asset, page):
        text, at = tiff.value(asset, entry, entry.size), entry.start
        yield from tiff_text.observe(entry.tag, entry.kind, text, carrier="tiff.exif", offset=at)


def _texts(asset: Asset, page: Directory) -> Iterator[Entry]:
    """The texts of the first page and its EXIF directory that could hold a label."""
    entries = [entry for entry in page.entries if entry.tag in tiff_text.TAGS]
    if exif := page.find(_EXIF):
        at = tiff.number(asset, page.kind, exif)
        entries += tiff.directory(asset, page.kind, at, (tiff_text.USER_COMMENT,)).entries
    for entry in entries:
        if 8 < entry.size <= tiff_text.LARGEST:
            yield entry


def _plan(asset: Asset, label: ImplicitLabel) -> EditPlan:
    first, *others = (p for n, p in enumerate(tiff.pages(asset, _WANTED)) if not n or p.find(_XMP))
    home = first.find(_XMP)
    packets = (e for page in (first, *others) for e in page.entries if e.tag == _XMP)
    copies = {entry.start: entry for entry in packets if entry is not home}
    packet = tiff_packet.whole(asset, home) if home else None
    new = xmp.updated(packet, label)
    shared = home is not None and home.start in copies
    splices = None if home is None or shared else tiff_packet.in_place(first.kind, home, new)
    if splices is None:
        splices = list(tiff.with_value(asset, first, _XMP, packet_room.with_room(new)))
        if home and packet and not shared and xmp.holds_label(packet):
            splices.append(Splice(home.span, b" " * home.size))
    for entry in copies.values():
        left = xmp.without_label(tiff_packet.whole(asset, entry))
        if left is not None:
            splices.append(Splice(entry.span, packet_room.filled(left, entry.size)))
    for entry in _texts(asset, first):
        text = tiff.value(asset, entry, entry.size)
        if (blank := tiff_text.blanked(entry.tag, entry.kind, text)) is not None:
            splices.append(Splice(entry.span, blank))
    try:
        return EditPlan(splices)
    except ValueError:
        raise CannotCarry(
            "two tags of the TIFF share bytes that would have to change; "
            "save it anew with another program, then label again"
        ) from None


FORMAT = Format(
    id="tiff",
    medium=Medium.IMAGE,
    extensions=(".tif", ".tiff", ".btf", ".tf8"),
    media_types=("image/tiff",),
    homes=(_HOME,),
    source="TC260-PG-20259A: tag 700 of the first directory, type UNDEFINED",
    sniff=_sniff,
    read=_read,
    plan=_plan,
    essence=essences.later("pictures", "tiff"),
)
