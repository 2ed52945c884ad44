"""EXIF, IPTC and XMP that stand in a text as hexadecimal digits, as ImageMagick writes them to PNG.

The text names the kind and the length, then come the digits in lines. No guide names this place.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aigc_label.carriers import exif, traces, xmp

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.model import Observation

_KEYWORD = b"Raw profile type "
_KINDS = (b"exif", b"app1", b"xmp", b"iptc", b"8bim")
_XMP = b"http://ns.adobe.com/xap/1.0/\x00"
_SHAPE = rb"\s*(\w{1,20})\s+(\d{1,8})\s+([0-9A-Fa-f\s]*)\x00*$"
_LINE = 72  # digits, as ImageMagick breaks them


def is_named(keyword: bytes) -> bool:
    """Whether a text of that keyword is a profile that may hold a label or a signal."""
    return keyword.startswith(_KEYWORD) and keyword[len(_KEYWORD) :].lower() in _KINDS


def observe(text: bytes, *, carrier: str, offset: int | None) -> Iterator[Observation]:
    """Yield what the profile in a text states. Never raises; what is no profile states nothing."""
    data = _decoded(text)
    if data.startswith(_XMP):
        data = data[len(_XMP) :]
        yield from xmp.observe(data, carrier=carrier, home=False, offset=offset)
    elif b"<x:xmpmeta" in data or b"<rdf:RDF" in data:
        yield from xmp.observe(data, carrier=carrier, home=False, offset=offset)
    elif data.startswith((b"Exif\x00\x00", b"II*\x00", b"MM\x00*")):
        yield from exif.observe(data, carrier=carrier, home=False, offset=offset)
    elif (signal := traces.iim(data, carrier=carrier)) is not None:
        yield signal


def without_label(text: bytes) -> bytes:
    """The text whose profile holds a label, without it; all else in the profile as it was."""
    data = _decoded(text)
    head, packet = (_XMP, data[len(_XMP) :]) if data.startswith(_XMP) else (b"", data)
    is_tiff = data.startswith((b"Exif\x00\x00", b"II*\x00", b"MM\x00*"))
    new = exif.blanked(data) if is_tiff else xmp.without_label(packet)
    digits = (head + (new or b"")).hex().encode()
    kind = (re.match(rb"\s*(\w+)", text) or [b"", b"exif"])[1]
    lines = (digits[at : at + _LINE] for at in range(0, len(digits), _LINE))
    return b"\n%s\n%8d\n%s\n" % (kind, len(digits) // 2, b"\n".join(lines))


def _decoded(text: bytes) -> bytes:
    found = re.match(_SHAPE, text)
    if found is None:
        return b""
    digits = b"".join(found[3].split())
    return bytes.fromhex(digits[: len(digits) & ~1].decode("ascii"))
