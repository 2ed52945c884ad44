"""Writing the label among the metadata of MP4, QuickTime and M4A files.

A file with iTunes tags has a ``meta`` with handler ``mdir`` where the label's own, with handler
``mdta``, shall stand, and a ``meta`` has one handler only. Then the label gets a second ``meta``
behind that one, which stays as it is. ffmpeg, ExifTool and MediaInfo read both (``exiftool
-validate`` remarks that there are two); mutagen and AtomicParsley read the first, which is theirs.

A new ``meta`` ends in a ``free`` box, where QuickTime's specification and iTunes have it, so that
later updates are patches in place.
"""

from __future__ import annotations

import itertools
import struct
from typing import TYPE_CHECKING, NamedTuple

from aigc_label.carriers import mp4_packets, record
from aigc_label.carriers.mp4_tags import (
    XMP,
    Meta,
    Place,
    Slot,
    meta_of,
    places,
    slots,
)
from aigc_label.containers.bmff import (
    Box,
    Edit,
    boxes,
    build,
    children,
    content_end,
    find,
    held,
    moving,
    room,
    sole_moov,
    top_level,
)
from aigc_label.edits import EditPlan, Span
from aigc_label.errors import CannotCarry

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from aigc_label.asset import Asset
    from aigc_label.model import ImplicitLabel

PADDING = 1024
"""Bytes of free space left behind a label that had to lengthen the file."""

_NAME = struct.pack(">I4s4s", 12, b"mdta", b"AIGC")
_HANDLER = build(b"hdlr", bytes(8), b"mdta", bytes(13))


def plan(asset: Asset, label: ImplicitLabel) -> EditPlan:
    """The edits that make ``label`` the file's only one, at home.

    Where free space beside it suffices, nothing moves and the file keeps its length.

    Raises:
        CannotCarry: a copy stands in an XMP packet that cannot be edited; the header is compressed
            or refers elsewhere; something refers to file offsets in a way that cannot be followed.
        LimitExceeded: too many tags, too large a packet or too many offsets.
        Malformed: where the boxes break.
    """
    top = top_level(asset)
    asset = held(asset, sole_moov(top))
    changes, tight, roomy = _edits(asset, top, sole_moov(top), label)
    fitting = room.absorbed(asset, top, [*changes, *tight])
    if fitting is not None:
        return fitting
    return moving.relocated(asset, top, [*changes, *roomy], leave=0)


def graft(source: Asset, encoded: Asset) -> EditPlan:
    """The edits that bring ``source``'s metadata into a re-encoding of it.

    Raises:
        CannotCarry, LimitExceeded, Malformed: as the reason says.
    """
    top = top_level(encoded)
    return moving.relocated(encoded, top, _transplant(source, encoded, top))


def without_labels(asset: Asset, top: Iterable[Box], moov: Box | None) -> list[Edit]:
    """The changes that clear all labels, in a file that has its home for them elsewhere.

    Raises:
        CannotCarry, LimitExceeded, Malformed: as the reason says.
    """
    found = list(places(asset, moov)) if moov else []
    packets = [*(Place(asset, box, ()) for box in top), *found]
    return [
        *mp4_packets.edits(packets)[0],
        *_without_copies(asset, _labelled(found), set()),
    ]


class _Beside(NamedTuple):
    """The ``meta`` straight under ``moov``, and the entries of its keys that stay."""

    meta: Meta
    names: list[bytes]


def _edits(
    asset: Asset, top: Sequence[Box], moov: Box, label: ImplicitLabel
) -> tuple[list[Edit], list[Edit], list[Edit]]:
    """The changes that make ``label`` the only one.

    Three lists: those that are needed anyhow; and with them either those that leave no free space
    behind the label, or those that leave some.
    """
    value = record.dump(label).encode()
    found = list(places(asset, moov))
    labelled = _labelled(found)
    packets = [*(Place(asset, box, ()) for box in top), *found]
    changes, behind = mp4_packets.edits(packets, label.origin)
    home = next((meta for place in found if (meta := _home(place)) is not None), None)
    udta = home.inside[-2] if home else find(boxes(asset, moov.body, moov.end), b"udta")
    beside = _beside(found, {slot.box for slot in labelled})
    names = [*beside.names] if beside else []
    spared = {home} if home else set()
    if beside and udta and beside.meta.inside[-1].start < udta.start:
        gone = [slot.box for slot in labelled if slot.meta == beside.meta]
        changes += _rekeyed(asset, beside.meta, gone, None, last=(_NAME,))
        spared.add(beside.meta)
        names += [_NAME] if _NAME not in names else []
    changes += _without_copies(asset, labelled, spared)
    if home is not None:
        mine = [slot.box for slot in labelled if slot.meta == home]
        first = names if _entries(asset, home)[: len(names)] != names else ()
        changes += _rekeyed(asset, home, mine, value, first=first)
        return changes, behind, [*_padded(asset, home), *behind]
    inside: tuple[Box, ...]
    if udta is not None:
        at, inside = content_end(asset, udta), (moov, udta)
    else:
        at, inside = beside.meta.inside[-1].start if beside else content_end(asset, moov), (moov,)
    made = (_fresh(names, value, space) for space in (b"", room.space(PADDING)))
    tight, roomy = (
        [Edit(Span(at, at), meta if udta else build(b"udta", meta), inside), *behind]
        for meta in made
    )
    return changes, tight, roomy


def _labelled(found: Iterable[Place]) -> list[Slot]:
    counter = itertools.count()
    return [s for place in found for s in slots(place, counter) if s.parsed() is not None]


def _fresh(before: Iterable[bytes], value: bytes, space: bytes) -> bytes:
    """A ``meta`` with these entries of keys, and the label's key and value."""
    names = list(before)
    if _NAME not in names:
        names.append(_NAME)
    keys = build(b"keys", struct.pack(">II", 0, len(names)), *names)
    values = build(b"ilst", _item(names.index(_NAME) + 1, value))
    return build(b"meta", bytes(4), _HANDLER, keys, values, space)


def _padded(asset: Asset, meta: Meta) -> Iterator[Edit]:
    """Free space at the end of tags, in place of less of it."""
    *_, last = children(asset, meta.inside[-1])
    at = end = content_end(asset, meta.inside[-1])
    if last.type == b"free" and last.end == end:
        at = last.start
    if end - at < PADDING:
        yield Edit(Span(at, end), room.space(PADDING), meta.inside)


def _beside(found: list[Place], doomed: set[Box]) -> _Beside | None:
    """The keys straight under ``moov``, which the new ones must go along with.

    ffmpeg looks every value up in the first table of keys that it meets. So a new table begins with
    the names of that one; and if that one stands first, it gets the new name, without a value.
    Then either table names every value rightly.
    """
    for place in found:
        if place.box.type == b"meta" and place.inside[-1].type == b"moov":
            meta = meta_of(place)
            dropped = {meta.number(item) for item in meta.items if item in doomed}
            entries = enumerate(_entries(place.asset, meta), 1)
            if kept := [entry for number, entry in entries if number not in dropped]:
                return _Beside(meta, kept)
    return None


def _entries(asset: Asset, meta: Meta) -> list[bytes]:
    """The entries of a table of keys, namespace and all."""
    return [asset.read(span.start, span.end - span.start) for _, span in meta.names]


def _item(number: int, value: bytes) -> bytes:
    """A value of type 1, UTF-8, for no locale in particular."""
    return build(struct.pack(">I", number), build(b"data", struct.pack(">II", 1, 0), value))


def _home(place: Place) -> Meta | None:
    """The tags of a place, if they have named keys and stand in ``udta``."""
    if place.box.type != b"meta" or place.inside[-1].type != b"udta":
        return None
    meta = meta_of(place)
    return meta if meta.handler == b"mdta" or (not meta.handler and meta.keys) else None


def _without_copies(asset: Asset, labelled: Iterable[Slot], spared: set[Meta]) -> Iterator[Edit]:
    """Remove the labels that stand elsewhere, each with as little around it as can be."""
    tags: dict[Meta, list[Box]] = {}
    for slot in labelled:
        if slot.meta is None:
            yield _removed(slot.box, slot.inside)
        elif slot.meta not in spared:
            tags.setdefault(slot.meta, []).append(slot.box)
    for meta, items in tags.items():
        if meta.keys and {meta.number(item) for item in items} == set(
            range(1, len(meta.names) + 1)
        ):
            yield _removed(meta.inside[-1], meta.inside[:-1])  # nothing else was in it
        else:
            yield from _rekeyed(asset, meta, items, None)


def _removed(box: Box, inside: tuple[Box, ...]) -> Edit:
    return Edit(Span(box.start, box.end), b"", inside)


def _rekeyed(
    asset: Asset,
    meta: Meta,
    labelled: Iterable[Box],
    value: bytes | None,
    *,
    first: Sequence[bytes] = (),
    last: Sequence[bytes] = (),
) -> Iterator[Edit]:
    """Drop the labelled items, and their keys; set key ``AIGC`` to ``value`` if there is one.

    Other keys keep their values. They get other numbers only where a key before them goes, or where
    the table shall begin with the entries ``first``; it ends in ``last`` if they are new to it.
    """
    names = [name for name, _ in meta.names]
    entries = _entries(asset, meta)
    mine = 0
    if value is not None:
        mine = names.index("AIGC") + 1 if "AIGC" in names else len(names) + 1
        last = (*last, _NAME) if mine > len(names) else last
    doomed = {item for item in labelled if not mine or meta.number(item) != mine}
    dropped = {meta.number(item) for item in doomed} - {0}
    table, numbers = list(first), {}
    for number, entry in enumerate(entries, 1):
        if number not in dropped:
            if entry not in first:
                table.append(entry)
            numbers[number] = (first.index(entry) if entry in first else len(table) - 1) + 1
    table += [entry for entry in last if entry not in table]
    if mine and mine not in numbers:
        numbers[mine] = table.index(_NAME) + 1
    yield from _retabled(meta, entries, table)
    around = (*meta.inside, meta.ilst) if meta.ilst else meta.inside
    item_set = value is None
    for item in meta.items:
        number = int.from_bytes(item.type)  # may be that of a key that is only now there
        if item in doomed or number in dropped:
            yield _removed(item, around)
        elif number == mine:
            if item_set:
                yield _removed(item, around)
                continue
            new = _item(numbers[mine], value or b"")
            item_set = True
            if item.size != len(new) or asset.read(item.start, item.size) != new:
                yield Edit(Span(item.start, item.end), new, around)
        elif meta.number(item) and numbers[number] != number:
            new_number = struct.pack(">I", numbers[number])
            yield Edit(Span(item.start + 4, item.start + 8), new_number, ())
    if not item_set:
        new = _item(numbers[mine], value or b"")
        at = content_end(asset, around[-1])
        yield Edit(Span(at, at), new if meta.ilst else build(b"ilst", new), around)


def _retabled(meta: Meta, entries: list[bytes], table: list[bytes]) -> Iterator[Edit]:
    """The edit of the names; values look theirs up in what stands before them."""
    if table == entries:
        return
    keys = build(b"keys", struct.pack(">II", 0, len(table)), *table)
    if meta.keys:
        yield Edit(Span(meta.keys.start, meta.keys.end), keys, meta.inside)
    else:
        at = meta.ilst.start if meta.ilst else meta.inside[-1].end
        yield Edit(Span(at, at), keys, meta.inside)


def _transplant(source: Asset, encoded: Asset, top: Sequence[Box]) -> list[Edit]:
    """The changes to ``encoded`` that give it the metadata of ``source`` in place of its own.

    All of ``udta`` (tags, cover, chapters, place), ``meta`` and XMP come along, byte for byte. A
    C2PA manifest does not: its signature is over the media that was re-encoded.

    Args:
        source: the file as it was.
        encoded: the file to change.
        top: the boxes of ``encoded``.

    Raises:
        CannotCarry: the source's ``meta`` refers to places in the file.
        Malformed: where the boxes break.
    """
    moov = sole_moov(top)
    changes = [_removed(box, ()) for box in top if _is_metadata(box)]
    changes += [_removed(box, (moov,)) for box in _metadata(encoded, moov)]
    there = top_level(source)
    within = list(_metadata(source, sole_moov(there)))
    beside = [box for box in there if _is_metadata(box)]
    for box in (*within, *beside):
        if box.type == b"meta" and find(children(source, box), b"iloc"):
            raise CannotCarry("its metadata refers to places in the file (iloc); remux it first")
    for at, found, inside in (
        (content_end(encoded, moov), within, (moov,)),
        (encoded.size, beside, ()),
    ):
        data = b"".join(_whole(source, box) for box in found)
        changes.append(Edit(Span(at, at), data, inside))
    return changes


def _metadata(asset: Asset, moov: Box) -> list[Box]:
    return [b for b in children(asset, moov) if _is_metadata(b) or b.type == b"udta"]


def _is_metadata(box: Box) -> bool:
    return box.type == b"meta" or box.user_type == XMP


def _whole(asset: Asset, box: Box) -> bytes:
    """A box's bytes, with a size of its own even where it ran to the end of the file."""
    if box.open_ended:
        return build(box.type, box.user_type, asset.read(box.body, box.end - box.body))
    return asset.read(box.start, box.size)
