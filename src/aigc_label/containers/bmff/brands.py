"""Which of MP4's kin a file is: one answer for all, so that no two formats claim a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from aigc_label.containers.bmff import boxes, children, find, held
from aigc_label.errors import AssetError

if TYPE_CHECKING:
    from aigc_label.asset import Asset
    from aigc_label.containers.bmff import Box

Kin: TypeAlias = Literal["mp4", "mov", "m4a", "heif", "avif"]

# fmt: off
_FILM = frozenset((
    b"isom", b"iso2", b"iso3", b"iso4", b"iso5", b"iso6", b"iso7", b"iso8", b"iso9",
    b"isoa", b"isob", b"isoc", b"mp41", b"mp42", b"mp71", b"mmp4", b"avc1", b"dash",
    b"cmfc", b"isml", b"piff", b"MSNV", b"f4v ", b"F4V ", b"F4P ", b"M4V ", b"M4VH",
    b"M4VP",
))
_SOUND = frozenset((b"M4A ", b"M4B ", b"M4P ", b"F4A ", b"F4B "))
_QUICKTIME = b"qt  "
# Pictures (ISO/IEC 23008-12), which may name brands of films as compatible.
_AV1 = frozenset((b"avif", b"avis"))
_CODED = frozenset((
    b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"avci",
    b"avcs", b"jpeg", b"jpgs", b"j2ki", b"j2is", b"vvic", b"vvis", b"unci",
))
_PICTURES = _AV1 | _CODED | {b"mif1", b"mif2", b"mif3", b"miaf", b"msf1"}
_OTHERS = frozenset((b"crx ", b"jp2 ", b"jpx ", b"jxl "))
# fmt: on
_MOBILE = (b"3gp", b"3g2", b"3ge", b"3gg", b"3gh", b"3gr", b"3gs")
_BARE = frozenset((b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot"))
_FIRST_BOXES = 8


def kin(asset: Asset) -> Kin | None:
    """A film, a sound or a picture, by the brands; without any, by what only QuickTime has."""
    kind = asset.head[4:8]
    if kind == b"ftyp":
        return _branded(asset.head)
    if kind not in _BARE:
        return None
    try:
        return _unbranded(asset)
    except (AssetError, OSError):
        return None


def _branded(head: bytes) -> Kin | None:
    """The major brand decides; a major brand that nobody knows leaves it to the others."""
    major = head[8:12]
    if (known := _brand(major)) or major in _OTHERS:
        return known
    end = min(int.from_bytes(head[:4]), 512, len(head)) - 3
    others = {head[at : at + 4] for at in range(16, end, 4)}
    if major in _PICTURES or others & _PICTURES:
        # a minimized header names the coding where the minor version would be
        return _picture(major, others | {head[12:16]})
    if others & _OTHERS:
        return None
    found = {_brand(brand) for brand in others}
    return next((known for known in ("mp4", "mov", "m4a") if known in found), None)


def _picture(major: bytes, others: set[bytes]) -> Kin:
    """AVIF, or HEIF coded in any other way; brands for all pictures leave it to the others."""
    if major in _AV1 or major in _CODED:
        return "avif" if major in _AV1 else "heif"
    return "avif" if others & _AV1 and not others & _CODED else "heif"


def _brand(brand: bytes) -> Kin | None:
    if brand in _FILM or brand[:3] in _MOBILE:
        return "mp4"
    if brand == _QUICKTIME:
        return "mov"
    return "m4a" if brand in _SOUND else None


def _unbranded(asset: Asset) -> Kin | None:
    """Files from before there were brands: QuickTime, and some MPEG-4."""
    quicktime = False
    for index, box in enumerate(boxes(asset, 0, asset.size)):
        if box.type == b"moov":
            return "mov" if quicktime or _is_quicktime(held(asset, box), box) else "mp4"
        if index == _FIRST_BOXES:
            break
        quicktime |= box.type in (b"wide", b"pnot")
    return None


def _is_quicktime(asset: Asset, moov: Box) -> bool:
    """Whether a header has what ISO's has not.

    QuickTime names the component of each handler (``mhlr``), where ISO has zeros; its ``meta`` has
    no version; it may be compressed, or a list of references.
    """
    for box in boxes(asset, moov.body, moov.end):
        if box.type in (b"cmov", b"rmra"):
            return True
        if box.type == b"iods":  # MPEG-4's own
            return False
        if box.type == b"trak":
            mdia = find(children(asset, box), b"mdia")
            hdlr = find(children(asset, mdia), b"hdlr") if mdia else None
            if hdlr and asset.peek(hdlr.body + 4, 4) == b"mhlr":
                return True
        elif box.type == b"udta":
            if any(_is_quicktimes(asset, child) for child in children(asset, box)):
                return True
        elif _is_quicktimes(asset, box):
            return True
    return False


def _is_quicktimes(asset: Asset, box: Box) -> bool:
    """Whether metadata is in QuickTime's form."""
    return box.type[0] == 0xA9 or (box.type == b"meta" and asset.peek(box.body, 4) != bytes(4))
