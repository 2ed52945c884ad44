"""MP4 video: the label as key ``AIGC`` in ``moov/udta/meta`` (TC260-PG-20257A 6.1.1).

A file whose header stands first keeps it there. Media is copied, never read.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from aigc_label.carriers import mp4_metadata, mp4_tags
from aigc_label.containers.bmff import MOST_BOXES, boxes, sole_moov, top_level
from aigc_label.contract import Format
from aigc_label.errors import AssetError
from aigc_label.model import Medium

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset
    from aigc_label.edits import EditPlan
    from aigc_label.model import ImplicitLabel, Observation

# fmt: off
_BRANDS = frozenset((
    b"isom", b"iso2", b"iso3", b"iso4", b"iso5", b"iso6", b"iso7", b"iso8", b"iso9",
    b"mp41", b"mp42", b"mp71", b"avc1", b"dash", b"cmfc", b"MSNV", b"f4v ", b"F4V ",
    b"M4V ", b"M4VH", b"M4VP", b"3gp4", b"3gp5", b"3gp6", b"3gp7",
))
# Kin with homes of their own, which name the brands above as compatible.
_OTHERS = frozenset((
    b"qt  ", b"M4A ", b"M4B ", b"M4P ", b"F4A ", b"F4B ", b"crx ", b"jp2 ", b"jpx ",
    b"mif1", b"mif2", b"msf1", b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx",
    b"avif", b"avis",
))
# fmt: on
_BARE = (b"moov", b"mdat", b"free", b"skip", b"wide")
_FIRST_BOXES = 8


def sniff(asset: Asset) -> bool:
    """Whether the brands are MP4's; without any, whether a ``moov`` is soon found."""
    kind = asset.head[4:8]
    if kind == b"ftyp":
        size = min(struct.unpack_from(">I", asset.head)[0], 512)
        major = asset.head[8:12]
        brands = {asset.head[at : at + 4] for at in range(16, size - 3, 4)}
        return major not in _OTHERS and (major in _BRANDS or bool(brands & _BRANDS))
    if kind not in _BARE:
        return False
    try:
        for index, box in enumerate(boxes(asset, 0, asset.size)):
            if box.type == b"moov" or index == _FIRST_BOXES:
                return box.type == b"moov"
    except (AssetError, OSError):
        pass
    return False


def read(asset: Asset) -> Iterator[Observation]:
    """Yield what the metadata states; the media's first bytes for one vendor's trace.

    Raises:
        Malformed: no ``moov`` or two, or a box that is cut short.
        LimitExceeded: too many boxes or tags.
    """
    media = False
    headers = []
    for box in boxes(asset, 0, asset.size, most=MOST_BOXES):
        if box.type == b"moov":
            yield from mp4_metadata.observe(asset, box)
        elif box.type == b"uuid":
            yield from mp4_metadata.observe_uuid(asset, box)
        elif box.type == b"mdat" and not media:
            media = True
            yield from mp4_metadata.observe_media(asset, box)
        if box.type == b"moov":
            headers.append(box)
    sole_moov(headers)


def plan(asset: Asset, label: ImplicitLabel) -> EditPlan:
    """The edits that make ``label`` the only one; offsets into the media follow.

    Raises:
        CannotCarry, LimitExceeded, Malformed: as the reason says.
    """
    from aigc_label.containers.bmff import moving  # noqa: PLC0415 - reading moves nothing

    top = top_level(asset)
    changes = mp4_metadata.edits(asset, top, sole_moov(top), label)
    return moving.relocated(asset, top, changes)


def graft(source: Asset, encoded: Asset) -> EditPlan:
    """The edits that bring ``source``'s metadata into a re-encoding of it."""
    from aigc_label.containers.bmff import moving  # noqa: PLC0415 - as above

    top = top_level(encoded)
    changes = mp4_metadata.transplant(source, encoded, top)
    return moving.relocated(encoded, top, changes)


FORMAT = Format(
    id="mp4",
    medium=Medium.VIDEO,
    extensions=(".mp4", ".m4v"),
    media_types=("video/mp4",),
    homes=(mp4_tags.HOME,),
    source="TC260-PG-20257A 6.1.1",
    sniff=sniff,
    read=read,
    plan=plan,
    graft=graft,
)
