"""The label in ID3v2 tags: ``TXXX`` with the description ``AIGC``, bare JSON (202510A).

Read in any case and any of the four text encodings, and in the places where it does not belong:
comments, other user texts, the XMP packet of a ``PRIV`` frame, and 2.2 tags, which the guide
leaves out. Written as one frame; all other frames stay byte for byte.
"""

from __future__ import annotations

import importlib
import io
import struct
from typing import TYPE_CHECKING, Any

from aigc_label.asset import open_asset
from aigc_label.carriers import record, traces, xmp
from aigc_label.containers import id3, id3_body
from aigc_label.edits import EditPlan, Span, Splice
from aigc_label.errors import CannotCarry, Malformed
from aigc_label.model import FoundLabel
from aigc_label.origin import PROPERTIES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from aigc_label.asset import Asset
    from aigc_label.carriers.record import Parsed
    from aigc_label.containers.id3 import Frame, Tag
    from aigc_label.model import ImplicitLabel, Observation, Signal

NEW_VERSION = 3
"""Tags made here are 2.3: the guide allows 2.3 and 2.4, every reader of 2.4 reads 2.3, and players
and file managers are still about that read nothing newer."""

_NAME = "AIGC"
_LONGEST_STATEMENT = 1024
_LONGEST_TEXT = 64 << 10  # a text that is not called AIGC is not read further than this
_MANIFEST_TYPES = (b"application/x-c2pa-manifest-store\x00", b"application/c2pa\x00")
_OWNER = b"XMP\x00"
_ID3V1 = (
    ("TIT2", 3, 33),
    ("TPE1", 33, 63),
    ("TALB", 63, 93),
    ("TYER", 93, 97),
    ("COMM", 97, 127),
)
_NO_GENRE = 255
_USER_TEXTS = ("TXXX", "TXX")
_COMMENTS = ("COMM", "COM")
_LYRICS = ("USLT", "ULT")
_ADDRESSES = ("WOAS", "WAS", "WOAF", "WAF")
_PROGRAMS = ("TSSE", "TSS", "TENC", "TEN")
_SIGNAL_FRAMES = (*_USER_TEXTS, *_COMMENTS, *_ADDRESSES, *_PROGRAMS)
_SHORTEST = 16  # bytes of a frame that may be a label
_CODECS = {0: "latin-1", 1: "utf-16", 2: "utf-16-be", 3: "utf-8"}


def observe(asset: Asset, tag: Tag, *, carrier: str, home: bool) -> Iterator[Observation]:
    """Yield the labels and other statements of origin in one tag.

    Args:
        asset: the file.
        tag: as :func:`aigc_label.containers.id3.walk` gave it.
        carrier: the id of the place. A label in another frame is reported at ``carrier`` +
            ``.comment``, ``.text`` or ``.xmp``, and is not at home.
        home: whether the guides allow a tag here.

    Raises:
        Malformed: at the end, if a frame is longer than the tag, so that not all could be read.
    """
    for frame in tag.frames:
        if frame.id == "PRIV":
            if packet := _packet(asset, tag, frame):
                yield from xmp.observe(
                    packet, carrier=f"{carrier}.xmp", home=False, offset=frame.start
                )
        elif frame.id == "GEOB":
            if (store := _manifest(asset, tag, frame)) and (
                signal := traces.c2pa(store, carrier=carrier)
            ):
                yield signal
        elif frame.id == "TXXX" and _name(asset, tag, frame) in PROPERTIES:
            said = _strings(_content(asset, tag, frame, _LONGEST_STATEMENT))
            yield from filter(None, [traces.keyword(*said, carrier=carrier)])
        elif (found := _text_label(asset, tag, frame)) is not None:
            suffix, parsed = found
            yield FoundLabel(
                carrier=carrier + suffix,
                fields=parsed.fields,
                quirks=parsed.quirks,
                home=home and not suffix and tag.version > 2,
                offset=frame.start,
            )
        elif (signal := _signal(asset, tag, frame, carrier)) is not None:
            yield signal
    if tag.fault is not None:
        raise Malformed("an ID3 frame is longer than its tag", offset=tag.fault)


def plan(asset: Asset, label: ImplicitLabel) -> EditPlan:
    """Put the label into the first tag, or a new one in front, and take it out of the others.

    Raises:
        CannotCarry, LimitExceeded, Malformed: as the reason says.
    """
    tags = id3.stacked(asset)
    if not tags or tags[0].start:
        splices = [Splice(Span(0, 0), new_tag(label, _from_id3v1(asset)))]
    else:
        splices = labelled(asset, tags[0], label)
        tags = tags[1:]
    for tag in tags:
        splices += without_label(asset, tag)
    return EditPlan(splices)


def labelled(asset: Asset, tag: Tag, label: ImplicitLabel) -> list[Splice]:
    """The splices that make ``label`` the tag's only one.

    A 2.2 tag cannot hold it and is converted to 2.3, every frame kept.

    Raises:
        CannotCarry: if the tag would pass 256 MiB, holds XMP that cannot be edited without loss,
            or is a 2.2 tag with frames that 2.3 does not know.
        Malformed: if a frame is longer than the tag.
    """
    if tag.version == 2:
        with open_asset(_converted(asset, tag)) as made:
            out = io.BytesIO()
            converted = id3.walk(made, 0)
            EditPlan(labelled(made, converted, label) if converted else ()).apply(made, out)
        return [Splice(Span(tag.start, tag.end), out.getvalue())]
    drop, added = _others(asset, tag, label.origin.renewed if label.origin else ())
    fresh = b"".join(id3.encoded(tag, "TXXX", body) for body in _texts(tag.version, label))
    return id3.edits(asset, tag, drop, fresh + added)


def without_label(asset: Asset, tag: Tag) -> list[Splice]:
    """The splices that take every label out of a tag and leave its size as it is.

    Only for the copies of a label that is being written elsewhere in the same file.

    Raises:
        CannotCarry: if it stands in XMP that cannot be edited without loss.
    """
    drop, added = _others(asset, tag)
    return id3.edits(asset, tag, drop, added, fixed=True) if drop else []


def new_tag(label: ImplicitLabel, known: Iterable[tuple[str, bytes]] = ()) -> bytes:
    """A whole tag with these frames, by id and content, and the label."""
    tag = id3.Tag(NEW_VERSION, 0, 0, 10, (), 10, 10, 10)  # stands for the one being made
    frames = (*known, *(("TXXX", body) for body in _texts(NEW_VERSION, label)))
    return id3.new(NEW_VERSION, b"".join(id3.encoded(tag, *frame) for frame in frames))


def _from_id3v1(asset: Asset) -> Iterator[tuple[str, bytes]]:
    """What an ID3v1 tag says, as frames of 2.3: players heed it only where no ID3v2 tag stands."""
    tag = asset.peek(max(asset.size - 128, 0), 128)
    if len(tag) < 128 or tag[:3] != b"TAG":
        return
    for name, start, end in _ID3V1:
        if words := tag[start:end].partition(b"\x00")[0].strip():
            head = b"\x00XXX\x00" if name == "COMM" else b"\x00"  # no language is known
            yield name, head + words
    if tag[125] == 0 and tag[126]:
        yield "TRCK", b"\x00%d" % tag[126]
    if tag[127] != _NO_GENRE:
        yield "TCON", b"\x00(%d)" % tag[127]


def _texts(version: int, label: ImplicitLabel) -> Iterator[bytes]:
    """The contents of the ``TXXX`` frames: the label, and what is stated of its origin."""
    yield _text(version, _NAME, record.dump(label))
    for name, value in (label.origin.properties if label.origin else {}).items():
        yield _text(version, name, value)


def _text(version: int, name: str, value: str) -> bytes:
    """UTF-8 in 2.4; Latin-1 or UTF-16 in 2.3, which lacks it."""
    if version == 4:
        return b"\x03" + f"{name}\x00{value}".encode()
    if value.isascii():
        return b"\x00" + f"{name}\x00{value}".encode("ascii")
    return b"\x01" + f"\ufeff{name}\x00\ufeff{value}".encode("utf-16-le")


def _others(asset: Asset, tag: Tag, renewed: Collection[str] = ()) -> tuple[list[Frame], bytes]:
    """The frames with a label or one of these names, and what replaces those that hold more."""
    drop = []
    added = b""
    for frame in tag.frames:
        if frame.id == "PRIV":
            packet = _packet(asset, tag, frame)
            kept = xmp.without_label(packet) if packet else None
            if kept is not None:
                drop.append(frame)
                added += id3.encoded(tag, "PRIV", _OWNER + kept)
        elif frame.id in _USER_TEXTS:
            name = _name(asset, tag, frame)
            own = name.lower() == _NAME.lower() or name in renewed
            if own or _text_label(asset, tag, frame) is not None:
                drop.append(frame)
        elif _text_label(asset, tag, frame) is not None:
            drop.append(frame)
    return drop, added


def _content(asset: Asset, tag: Tag, frame: Frame, most: int) -> bytes:
    """At most ``most`` bytes of a frame's content; empty if it cannot be decoded."""
    data = asset.read(frame.body, min(frame.end - frame.body, most))
    known = id3_body.decoded(
        data, tag.version, frame.flags, most, unsynchronised=tag.unsynchronised
    )
    return known or b""


def _name(asset: Asset, tag: Tag, frame: Frame) -> str:
    """What a ``TXXX`` frame is called."""
    return _strings(_content(asset, tag, frame, 64))[0]


def _text_label(asset: Asset, tag: Tag, frame: Frame) -> tuple[str, Parsed] | None:
    """A label in a text frame, and the suffix of its place: empty at home."""
    skipped, suffix = 0, ".text"
    if frame.id in _COMMENTS:
        skipped, suffix = 3, ".comment"  # three letters of a language
    elif frame.id not in _USER_TEXTS and not _holds_json(asset, frame):
        return None
    elif frame.id in _LYRICS:
        skipped = 3
    data = _content(asset, tag, frame, _LONGEST_TEXT)
    name, value = _strings(data[:1] + data[1 + skipped :])
    if not (frame.id in _USER_TEXTS or skipped):
        name, value = "", name + value  # such frames have no description
    named = _NAME.lower() in name.lower()
    if named and len(data) == _LONGEST_TEXT:
        data = _content(asset, tag, frame, 4 * record.LONGEST)
        name, value = _strings(data[:1] + data[1 + skipped :])
    parsed = record.parse(value, named=named)
    if parsed is None:
        return None
    if not skipped and name.strip().lower() == _NAME.lower():
        quirk = () if name == _NAME else ("lower-case-key",)
        return "", record.Parsed(parsed.fields, tuple(dict.fromkeys((*parsed.quirks, *quirk))))
    return suffix, parsed


def _holds_json(asset: Asset, frame: Frame) -> bool:
    """Whether a frame is text, such as a title, and may be a label nevertheless."""
    size = frame.end - frame.body
    is_text = frame.id[:1] == "T" or frame.id in _LYRICS
    return is_text and size > _SHORTEST and b"{" in asset.peek(frame.body, min(size, _LONGEST_TEXT))


def _signal(asset: Asset, tag: Tag, frame: Frame, carrier: str) -> Signal | None:
    """What a comment, a text, an address or the name of a program says of a generator."""
    if frame.id not in _SIGNAL_FRAMES:
        return None
    size = min(frame.end - frame.body, _LONGEST_TEXT)
    if not traces.may_speak(asset.peek(frame.body, size)):
        return None
    data = _content(asset, tag, frame, _LONGEST_TEXT)
    if frame.id in _ADDRESSES:
        return traces.description(_decoded(data, "latin-1"), carrier=carrier)
    if frame.id in _COMMENTS:
        data = data[:1] + data[4:]
    name, value = _strings(data)
    if frame.id in _PROGRAMS:
        return traces.tool(name + value, carrier=carrier)
    return traces.keyword("" if frame.id in _COMMENTS else name, value, carrier=carrier)


def _strings(data: bytes) -> tuple[str, str]:
    """The description and the text behind an encoding byte."""
    codec = _CODECS.get(data[0] if data else 0, "latin-1")
    body = data[1:]
    width = 2 if codec.startswith("utf-16") else 1
    end = 0
    while (end := body.find(b"\x00" * width, end)) >= 0 and end % width:
        end += 1
    if end < 0:
        return "", _decoded(body, codec)
    return _decoded(body[:end], codec), _decoded(body[end + width :], codec)


def _decoded(data: bytes, codec: str) -> str:
    if codec == "utf-16" and data[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        codec = "utf-16-le"  # some leave the mark out of the second string
    if codec == "latin-1" and not data.isascii():
        return record.decoded(data)  # as many write it, whatever they declare
    return data.decode(codec, "replace").lstrip("\ufeff")


def _packet(asset: Asset, tag: Tag, frame: Frame) -> bytes | None:
    """The XMP packet of a ``PRIV`` frame, if that is what it holds."""
    size = frame.end - frame.body
    if size > record.LONGEST or not _content(asset, tag, frame, 16).startswith(_OWNER):
        return None
    data = _content(asset, tag, frame, record.LONGEST)
    return data[len(_OWNER) :]


def _manifest(asset: Asset, tag: Tag, frame: Frame) -> bytes | None:
    """The beginning of a C2PA manifest store in a ``GEOB`` frame, if that is what it holds."""
    head = _content(asset, tag, frame, 64)
    if not head[1:].startswith(_MANIFEST_TYPES):
        return None
    data = _content(asset, tag, frame, traces.STORE_READ)
    return data[max(data.find(b"jumb", 0, 1024) - 4, 0) :]


def _converted(asset: Asset, tag: Tag) -> bytes:
    """A 2.2 tag as 2.3 without any label, made by mutagen from a copy."""
    mutagen: Any = importlib.import_module("mutagen.id3")  # loaded here: few files need it
    advice = "convert the tag to ID3v2.3 with a tag editor, then label again"
    out = io.BytesIO()
    try:
        tags = mutagen.ID3()
        data = asset.read(tag.start, tag.end - tag.start)
        tags.load(io.BytesIO(data), translate=False, load_v1=False)
        filled = sum(frame.end > frame.body for frame in tag.frames)
        if tags.unknown_frames or len(tags.values()) < filled:
            raise CannotCarry(
                f"ID3v2.2 cannot hold the label, and 2.3 not all its frames; {advice}"
            )
        for key, frame in list(tags.items()):
            named = _NAME.lower() in key.lower()
            slot = key.lower() == f"txxx:{_NAME}".lower()
            if slot or (
                key[:5] in ("TXXX:", "COMM:")
                and record.parse("".join(frame.text), named=named) is not None
            ):
                del tags[key]
        for picture in tags.getall("APIC"):
            known = {"JPG": "image/jpeg", "PNG": "image/png"}
            mime = known.get(picture.mime, picture.mime)
            tags.add(mutagen.APIC(picture.encoding, mime, picture.type, picture.desc, picture.data))
        tags.save(out, v1=0, v2_version=NEW_VERSION, padding=lambda _: id3.PADDING)
    except (mutagen.error, ValueError, LookupError, struct.error) as error:
        raise CannotCarry(f"ID3v2.2 cannot hold the label ({error}); {advice}") from None
    return out.getvalue()
