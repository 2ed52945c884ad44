"""Edits to an archive: members get other contents or come new; all other members stay as they are.

A changed member is replaced where it stands, so the order that readers tell formats by is kept and
no dead data is left; new members stand last. The directory and its end are written anew, with
every record but its offset as it was. Nothing that did not change is inflated, or even read.
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

from aigc_label.containers.archive import (
    CENTRAL,
    DEFLATED,
    DESCRIPTOR,
    END,
    LOCAL,
    SIGNATURE,
    STORED,
    WIDE_16,
    WIDE_32,
    WIDE_END,
    extra_fields,
    local_header,
)
from aigc_label.edits import EditPlan, Span, Splice
from aigc_label.errors import CannotCarry, Malformed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aigc_label.asset import Asset
    from aigc_label.containers.archive import Directory, Member

_OPTIONS = 0x0006  # how hard the deflater tried
_NO_DATE = 0x21  # the first of January 1980, which Office writes everywhere


def plan(asset: Asset, directory: Directory, contents: Mapping[str, bytes]) -> EditPlan:
    """The edits that give members their contents; names that the directory lacks come new.

    Raises:
        Malformed: members overlap, or one is not where the directory says.
        CannotCarry: a name stands twice, or the archive would outgrow its fields.
    """
    splices = []
    changed: dict[int, tuple[bytes, bytes, int]] = {}  # local header and record, and the growth
    for index, member in enumerate(directory.members):
        if member.name not in contents:
            continue
        if sum(other.name == member.name for other in directory.members) > 1:
            raise CannotCarry(
                f"the archive holds {member.name!r} twice, and readers disagree about which one "
                "counts; save the document again, then label it"
            )
        span, local = _place(asset, directory, member)
        entry, record = _entry(member, local, contents[member.name])
        changed[index] = entry, record, len(entry) - (span.end - span.start)
        splices.append(Splice(span, entry))
    growths = sorted((directory.members[i].start, growth) for i, (*_, growth) in changed.items())
    records = []
    for index, member in enumerate(directory.members):
        offset = member.start + sum(growth for start, growth in growths if start < member.start)
        moved = changed[index][1] if index in changed else member.record
        wide_at = 0 if index in changed else member.wide_at
        records.append(_at(moved, wide_at, offset - directory.base))
    known = {member.name for member in directory.members}
    added = []
    offset = directory.start + sum(growth for _, growth in growths)
    for name, content in contents.items():
        if name not in known:
            entry, record = _new(name, content)
            records.append(_at(record, 0, offset - directory.base))
            added.append(entry)
            offset += len(entry)
    end = _ending(asset, directory, b"".join(records), len(records), offset)
    tail = Span(directory.start, directory.end + 22)
    return EditPlan([*splices, Splice(tail, b"".join([*added, *end]))])


def _place(asset: Asset, directory: Directory, member: Member) -> tuple[Span, bytes]:
    """The bytes of a member with all that belongs to it, and its local header."""
    local = local_header(asset, member)
    stop = member.start + len(local) + member.packed
    others = [other for other in directory.members if other is not member]
    following = min((o.start for o in others if o.start >= member.start), default=directory.start)
    shared = any(o.start < member.start < _least_end(o) for o in others)
    if stop > following or shared:
        raise Malformed(f"{member.name!r} overlaps another member", offset=member.start)
    if member.flags & DESCRIPTOR:
        stop += _descriptor(member, asset.peek(stop, min(24, following - stop)))
    return Span(member.start, stop), local


def _least_end(member: Member) -> int:
    """Where a member ends if its local header has no extra field."""
    return member.start + 30 + int(struct.unpack_from("<H", member.record, 28)[0]) + member.packed


def _descriptor(member: Member, data: bytes) -> int:
    """The length of the data descriptor, which has four shapes; 0 if this is none of them."""
    for signature in (b"PK\x07\x08", b""):
        for sizes in ("<I2Q", "<I2I"):
            shape = signature + struct.pack(sizes, member.crc, *_fitting(member, sizes))
            if data.startswith(shape):
                return len(shape)
    return 0


def _fitting(member: Member, sizes: str) -> tuple[int, int]:
    mask = WIDE_32 if sizes == "<I2I" else (1 << 64) - 1
    return member.packed & mask, member.size & mask


def _entry(member: Member, local: bytes, content: bytes) -> tuple[bytes, bytes]:
    """A member with another content: local header with data, and the record."""
    method, packed = _compressed(member.method, content)
    needed, flags, _, time, date = struct.unpack_from("<5H", local, 4)
    flags &= ~(DESCRIPTOR | _OPTIONS)
    facts = (method, time, date, zlib.crc32(content), len(packed), len(content))
    names = struct.unpack_from("<H", member.record, 28)[0]
    name = member.record[46 : 46 + names]
    own = _extras(local, 30 + names, len(local))
    head = struct.pack(LOCAL, SIGNATURE, needed, flags, *facts, names, len(own))
    fields = struct.unpack_from(CENTRAL, member.record)
    made, needed, flags = fields[1], fields[2], fields[3] & ~(DESCRIPTOR | _OPTIONS)
    listed = _extras(member.record, 46 + names, 46 + names + fields[11])
    comment = member.record[46 + names + fields[11] :]
    lengths = names, len(listed), len(comment)
    record = struct.pack(
        CENTRAL, b"PK\x01\x02", made, needed, flags, *facts, *lengths, 0, *fields[14:16], 0
    )
    return head + name + own + packed, record + name + listed + comment


def _extras(data: bytes, at: int, end: int) -> bytes:
    """The extra fields without ZIP64's, which small members need not."""
    kept = (data[a - 4 : b] for kind, a, b in extra_fields(data, at, end) if kind != 1)
    return b"".join(kept)


def _new(name: str, content: bytes) -> tuple[bytes, bytes]:
    """A new member: local header with data, and the record."""
    method, packed = _compressed(DEFLATED, content)
    raw = name.encode("utf-8")
    flags = 0 if name.isascii() else 0x800
    sizes = zlib.crc32(content), len(packed), len(content)
    facts = 20, flags, method, 0, _NO_DATE, *sizes, len(raw), 0
    record = struct.pack(CENTRAL, b"PK\x01\x02", 20, *facts, 0, 0, 0, 0, 0)
    return struct.pack(LOCAL, SIGNATURE, *facts) + raw + packed, record + raw


def _compressed(method: int, content: bytes) -> tuple[int, bytes]:
    if method == STORED:
        return STORED, content
    deflater = zlib.compressobj(9, zlib.DEFLATED, -15)
    return DEFLATED, deflater.compress(content) + deflater.flush()


def _at(record: bytes, wide_at: int, offset: int) -> bytes:
    """A record with its member's new offset."""
    if wide_at:
        return record[:wide_at] + struct.pack("<Q", offset) + record[wide_at + 8 :]
    if offset >= WIDE_32:
        raise CannotCarry("the document would outgrow what its ZIP archive can count (4 GiB)")
    return record[:42] + struct.pack("<I", offset) + record[46:]


def _ending(
    asset: Asset, directory: Directory, records: bytes, count: int, start: int
) -> tuple[bytes, ...]:
    """The directory and the records behind it, up to the comment."""
    first = directory.end if directory.wide is None else directory.wide
    if first != directory.stop:
        raise CannotCarry(
            f"{first - directory.stop} bytes of the ZIP directory are no member's, such as a "
            "signature; save the document again, then label it"
        )
    behind = asset.read(first, directory.end + 22 - first)
    wide, end = behind[:-22], list(struct.unpack(END, behind[-22:]))
    offset = start - directory.base
    if wide:
        fields = list(struct.unpack_from(WIDE_END, wide))
        fields[6:] = count, count, len(records), offset
        place = struct.pack("<Q", offset + len(records))
        wide = struct.pack(WIDE_END, *fields) + wide[56:-12] + place + wide[-4:]
    for index, value, largest in (
        (3, count, WIDE_16),
        (4, count, WIDE_16),
        (5, len(records), WIDE_32),
        (6, offset, WIDE_32),
    ):
        if value >= largest and not wide:
            raise CannotCarry("the document would outgrow what its ZIP archive can count")
        if end[index] != largest or not wide:
            end[index] = min(value, largest)
    return records, wide, struct.pack(END, *end)
