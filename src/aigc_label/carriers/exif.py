"""The label in an EXIF block: ``UserComment``, in Annex E's wrapper (20259A Annex B).

Read here and in the other text tags, where generators put it too. Never written: the label's home
is XMP, and dumping a block anew would break the offsets inside maker notes. A copy is overwritten
with spaces instead, byte for byte, which is how EXIF itself writes an empty comment.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

from aigc_label.carriers import glued, record, traces
from aigc_label.model import FoundLabel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.model import Observation, Signal

LARGEST = 16 << 20
"""Bytes of a block looked at; JPEG allows 64 KiB, and previews do not come near this."""

_PREFIXES = (b"Exif\x00\x00", b"Exif\x00\xff")
_LABEL_WORDS = (
    b"AIGC",
    b"aigc",
    b"ProduceID",
    b"ontentProducer",  # contentProducer, too
    b"ontent_producer",
    b"eyJBSUdD",  # Base64 of {"AIGC and {"Label"
    b"eyJMYWJlbCI",
    b"A\x00I\x00G\x00C",
    b"P\x00r\x00o\x00d\x00u\x00c\x00e\x00",
)
_COMMENT = 0x9286
_POINTERS = (0x8769, 0x8825, 0xA005)  # the Exif, GPS and interoperability directories
_MOST_DIRECTORIES = 8
_TYPE_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}
_TAGS = {
    # tag: its name, and how its text is written
    0x010D: ("documentname", "utf-8"),
    0x010E: ("imagedescription", "utf-8"),
    0x010F: ("make", "utf-8"),
    0x0110: ("model", "utf-8"),
    0x0131: ("software", "utf-8"),
    0x013B: ("artist", "utf-8"),
    0x8298: ("copyright", "utf-8"),
    0x9C9B: ("xptitle", "utf-16-le"),
    0x9C9C: ("xpcomment", "utf-16-le"),
    0x9C9E: ("xpkeywords", "utf-16-le"),
    0x9C9F: ("xpsubject", "utf-16-le"),
    _COMMENT: ("usercomment", ""),
}


class _Slot:
    """One text value.

    Attributes:
        name: of the tag, lower case.
        raw: the bytes of the text, as they stand in the block.
        text: decoded.
        space: a space in the text's encoding.
        quirks: how the value deviates from the guide.
    """

    __slots__ = ("name", "quirks", "raw", "space", "text")

    def __init__(self, name: str, raw: bytes, codec: str, quirks: tuple[str, ...] = ()) -> None:
        self.name = name
        self.raw = raw
        self.text = record.decoded(raw) if codec == "utf-8" else raw.decode(codec, "replace")
        self.space = " ".encode(codec)
        self.quirks = quirks


def observe(block: bytes, *, carrier: str, home: bool, offset: int | None) -> Iterator[Observation]:
    r"""Yield the labels and vendors' traces in a block. Never raises.

    Args:
        block: a TIFF structure, with or without ``Exif\0\0`` in front.
        carrier: the id of the place. A label in another tag than ``UserComment`` is reported at
            ``carrier`` + ``.`` + that tag's name, and is not at home.
        home: whether the guides allow ``UserComment`` in this format.
        offset: of the block in the file.
    """
    block = block[:LARGEST]
    texts = _texts(block)
    labelled = any(word in texts for word in _LABEL_WORDS)
    if not (labelled or traces.may_speak(texts)):
        return
    slots = _slots(block)
    for slot in slots or ():
        parsed = record.parse(slot.text, named=False) if labelled else None
        if parsed is not None:
            at_home = slot.name == "usercomment"
            yield FoundLabel(
                carrier=carrier if at_home else f"{carrier}.{slot.name}",
                fields=parsed.fields,
                quirks=parsed.quirks + slot.quirks,
                home=home and at_home,
                offset=offset,
            )
        elif signal := _signal(slot, carrier):
            yield signal
    if labelled and slots is None:
        for _, _, parsed in glued.find(block):
            yield FoundLabel(
                carrier=carrier,
                fields=parsed.fields,
                quirks=(*parsed.quirks, "malformed-exif"),
                home=False,
                offset=offset,
            )


def _signal(slot: _Slot, carrier: str) -> Signal | None:
    """What a text without a label says of its generator."""
    said = traces.description(slot.text, carrier=carrier)
    if said is None and slot.name in ("make", "software", "artist"):
        return traces.tool(slot.text, carrier=carrier)
    return said


def blanked(block: bytes) -> bytes | None:
    """The block with every label overwritten by spaces, same size; ``None`` if it holds none."""
    texts = _texts(block)
    if not any(word in texts for word in _LABEL_WORDS):
        return None
    new, slots = block, _slots(block)
    for slot in slots or ():
        if record.parse(slot.text, named=False) is not None:
            spaces = slot.space * (len(slot.raw) // len(slot.space))
            new = new.replace(slot.raw, spaces.ljust(len(slot.raw), b"\x00"))
    if slots is None:
        new = glued.blanked(block)
    return None if new == block else new


def _texts(block: bytes) -> bytes:
    """The bytes in which to look for a label: the text values, or all of a damaged block.

    Most blocks hold none, and most of their bytes are previews and maker notes.
    """
    texts = _text_values(block[6:] if block.startswith(_PREFIXES) else block)
    return block if texts is None else b"\x00".join(raw for _, raw in texts)


def _slots(block: bytes) -> list[_Slot] | None:
    """The text values of a block, decoded; ``None`` if that cannot be done within bounds."""
    tiff = block[6:] if block.startswith(_PREFIXES) else block
    values = _text_values(tiff)
    if values is None:
        return None
    import piexif  # noqa: PLC0415 - only a block that mentions a label needs it

    try:
        directories = piexif.load(tiff)
    except Exception:  # noqa: BLE001 - piexif promises no type of error for bad bytes
        return None
    slots = []
    for directory in ("0th", "Exif", "1st"):
        for tag, value in directories[directory].items():
            if tag in _TAGS and (raw := _raw(value)):
                # piexif takes the last byte for a NUL, which not everybody writes
                whole = (v for _, v in values if v[:-1] == raw and v[-1:] != b"\x00")
                raw = next(whole, raw)
                slots.append(
                    _comment(raw) if tag == _COMMENT else _Slot(_TAGS[tag][0], raw, _TAGS[tag][1])
                )
    if _COMMENT not in directories["Exif"]:  # piexif passes over one in another directory
        slots += [_comment(raw) for tag, raw in values if tag == _COMMENT]
    return slots


def _raw(value: Any) -> bytes:
    """A value as bytes, which piexif gives as numbers where the type is BYTE."""
    if isinstance(value, tuple) and all(isinstance(v, int) and 0 <= v < 256 for v in value):
        return bytes(value)
    return value if isinstance(value, bytes) else b""


def _comment(raw: bytes) -> _Slot:
    """``UserComment``: eight bytes name the encoding, and the text follows."""
    code, text = raw[:8], raw[8:]
    if code == b"ASCII\x00\x00\x00":
        return _Slot("usercomment", text, "utf-8")
    if code[:5].upper() == b"ASCII" or (code[:7].upper() == b"UNICODE" and b"\x00" not in text):
        return _Slot("usercomment", text, "utf-8", ("comment-encoding",))
    if code[:7].upper() == b"UNICODE":
        if text[:2] in (b"\xff\xfe", b"\xfe\xff"):
            little, text = text[:1] == b"\xff", text[2:]
        else:  # neither EXIF's wording nor the block's byte order settles it; the text does
            little = text[1::2].count(0) >= text[::2].count(0)
        return _Slot("usercomment", text, "utf-16-le" if little else "utf-16-be")
    if code == b"JIS\x00\x00\x00\x00\x00":
        return _Slot("usercomment", text, "iso2022_jp" if b"\x1b" in text else "utf-8")
    if code == b"\x00" * 8:
        return _Slot("usercomment", text, "utf-8")
    return _Slot("usercomment", raw, "utf-8", ("comment-encoding",))


def _text_values(tiff: bytes) -> list[tuple[int, bytes]] | None:
    """The text tags and their raw values; ``None`` unless every directory is within bounds.

    piexif allocates what an entry claims before it looks, so this comes before it: all entries
    together may claim twice the block's size.
    """
    order = {b"II*\x00": "<", b"MM\x00*": ">"}.get(tiff[:4])
    if order is None or len(tiff) < 8:
        return None
    number = struct.Struct(order + "L")
    pointers = [*number.unpack_from(tiff, 4)]
    values = []
    claimed = 0
    try:
        for turn, at in enumerate(pointers):
            (count,) = struct.unpack_from(order + "H", tiff, at)
            end = at + 2 + 12 * count
            for tag, kind, length, value in struct.iter_unpack(order + "HHLL", tiff[at + 2 : end]):
                size = length * _TYPE_SIZES[kind]
                claimed += size
                if claimed > 2 * len(tiff) or (tag in _POINTERS and (kind, length) != (4, 1)):
                    return None
                if tag in _POINTERS:
                    pointers.append(value)
                elif tag in _TAGS and size > 4:
                    values.append((tag, tiff[value : value + size]))
            (after,) = number.unpack_from(tiff, end) if turn == 0 else (0,)
            if after:
                pointers.append(after)
            if len(pointers) > _MOST_DIRECTORIES:
                return None
    except (struct.error, KeyError):
        return None
    return values
