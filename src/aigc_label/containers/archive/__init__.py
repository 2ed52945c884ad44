"""ZIP archives (PKWARE APPNOTE 6.3): the central directory and small members.

The directory at the end is the truth; what stands in front of it is looked at only where a member
is read. Directory, members and what they inflate to are bounded, so a bomb costs no more than
:data:`LARGEST_MEMBER` bytes.
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, NamedTuple

from aigc_label.errors import CannotCarry, LimitExceeded, Malformed

if TYPE_CHECKING:
    from aigc_label.asset import Asset

SIGNATURE = b"PK\x03\x04"
"""What an archive that holds anything begins with."""

MOST_MEMBERS = 1 << 16
LARGEST_DIRECTORY = 16 << 20
LARGEST_MEMBER = 4 << 20
"""Bytes of one member that are read: metadata stays far below, payload is not looked at."""

STORED, DEFLATED = 0, 8
ENCRYPTED, DESCRIPTOR = 0x0001, 0x0008
"""Bits of a member's flags."""

LOCAL = "<4s5H3I2H"
CENTRAL = "<4s6H3I5H2I"
END = "<4s4H2IH"
WIDE_END = "<4sQ2H2I4Q"
WIDE_LOCATOR = "<4sIQI"
WIDE_16, WIDE_32 = 0xFFFF, 0xFFFFFFFF
"""Numbers that say: too large for this field, look at the ZIP64 one."""

_GLANCE = 4096  # the end of a small archive with its directory
_LONGEST_COMMENT = 0xFFFF
_MOST_ENDS = 64  # signatures in a comment that are tried
_TABLES = 1024  # bytes of a deflated stream before the first of content, and to spare
_SLACK = 64  # a local header's extra field may be longer than the directory's


class Member(NamedTuple):
    """A file in an archive, as the directory lists it.

    Attributes:
        name: as written; taken for UTF-8 or, without the flag, for code page 437.
        record: its bytes in the directory.
        flags: general purpose bits.
        method: of compression.
        crc: CRC-32 of the content.
        packed: bytes of the data as it stands.
        size: bytes of the content.
        start: offset of the local header in the file.
        wide_at: where in ``record`` a 64-bit offset stands; 0 if it is a 32-bit one.
    """

    name: str
    record: bytes
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    start: int
    wide_at: int


class Directory(NamedTuple):
    """The central directory.

    Attributes:
        members: in the order listed.
        start: its offset in the file.
        stop: behind its members' records.
        end: offset of the record that ends the archive.
        wide: offset of its ZIP64 companion, ``None`` if there is none.
        base: bytes in front of the archive, which the offsets in it do not count.
    """

    members: tuple[Member, ...]
    start: int
    stop: int
    end: int
    wide: int | None
    base: int

    def find(self, name: str) -> Member | None:
        """The member of that name; of several the last, as other readers take it."""
        for member in reversed(self.members):
            if member.name == name:
                return member
        return None


class _Tail:
    """The end of a file, fetched in one piece where that is enough."""

    __slots__ = ("asset", "at", "data")

    def __init__(self, asset: Asset) -> None:
        self.asset = asset
        self.reach(_GLANCE)

    def reach(self, length: int) -> None:
        self.at = max(0, self.asset.size - length)
        self.data = self.asset.peek(self.at, self.asset.size - self.at)

    def read(self, offset: int, length: int) -> bytes:
        if offset >= self.at and offset + length <= self.asset.size:
            return self.data[offset - self.at : offset - self.at + length]
        return self.asset.read(offset, length)


def directory(asset: Asset) -> Directory:
    """The directory of an archive.

    Raises:
        Malformed: there is none, or it contradicts itself.
        LimitExceeded: it is larger than :data:`LARGEST_DIRECTORY`, or lists too much.
        CannotCarry: the archive is one of several volumes.
    """
    tail = _Tail(asset)
    end = _end(tail)
    _, disk, _, _, count, size, offset, _ = struct.unpack(END, tail.read(end, 22))
    bound, wide = end, None
    if count == WIDE_16 or WIDE_32 in (size, offset):
        wide = _wide(tail, end)
    if wide is not None:
        fields = struct.unpack(WIDE_END, tail.read(wide, 56))
        disk, count, size, offset = fields[4], *fields[7:]
        bound = wide
    if disk not in (0, WIDE_16):
        raise CannotCarry("the archive is split into volumes; join them, then try again")
    start = bound - size
    if size > LARGEST_DIRECTORY or count > MOST_MEMBERS:
        raise LimitExceeded(f"a ZIP directory of {count} members and {size} bytes", offset=end)
    if start < offset:
        raise Malformed("the ZIP directory is not where its end says", offset=end)
    base = start - offset
    members, stop = _members(tail.read(start, size), count, start, base)
    return Directory(members, start, stop, end, wide, base)


def _end(tail: _Tail) -> int:
    """The offset of the record that ends the archive; a comment may follow it."""
    size = tail.asset.size
    for length in (_GLANCE, 22 + _LONGEST_COMMENT):
        if length > _GLANCE and tail.at > 0:
            tail.reach(length)
        at = len(tail.data)
        for _ in range(_MOST_ENDS):
            at = tail.data.rfind(b"PK\x05\x06", 0, at)
            if at < 0:
                break
            if tail.at + at + 22 <= size:
                (comment,) = struct.unpack_from("<H", tail.data, at + 20)
                if tail.at + at + 22 + comment <= size:
                    return tail.at + at
    raise Malformed("cut short: the ZIP archive has no end record")


def _wide(tail: _Tail, end: int) -> int | None:
    """The offset of the ZIP64 end record, ``None`` if the large numbers are meant as they are."""
    if end < 76:
        return None
    signature, _, stated, _ = struct.unpack(WIDE_LOCATOR, tail.read(end - 20, 20))
    if signature != b"PK\x06\x07":
        return None
    for at in (stated, end - 76):  # the second: bytes in front that the offset does not count
        if at <= end - 76 and tail.read(at, 4) == b"PK\x06\x06":
            return int(at)
    raise Malformed("the ZIP64 end record is not where it should be", offset=end)


def _members(data: bytes, count: int, start: int, base: int) -> tuple[tuple[Member, ...], int]:
    members: list[Member] = []
    at = 0
    while data[at : at + 4] == b"PK\x01\x02" and len(members) <= count and at + 46 <= len(data):
        fields = struct.unpack_from(CENTRAL, data, at)
        flags, method, crc, packed, size = fields[3], fields[4], *fields[7:10]
        names, extras, comments, offset = *fields[10:13], fields[16]
        stop = at + 46 + names + extras + comments
        if stop > len(data):
            raise Malformed("cut short: a record of the ZIP directory", offset=start + at)
        record = data[at:stop]
        wide_at = 0
        if WIDE_32 in (packed, size, offset):
            size, packed, offset, wide_at = _widened(record, 46 + names, extras)
        raw = record[46 : 46 + names]
        name = raw.decode("utf-8" if flags & 0x800 or raw.isascii() else "cp437", "replace")
        if base + offset >= start:
            raise Malformed(f"{name!r} stands behind the directory", offset=start + at)
        member = Member(name, record, flags, method, crc, packed, size, base + offset, wide_at)
        members.append(member)
        at = stop
    if len(members) != count:
        raise Malformed(
            f"the ZIP directory announces {count} members and does not list as many",
            offset=start + at,
        )
    return tuple(members), start + at


def _widened(record: bytes, at: int, length: int) -> tuple[int, int, int, int]:
    """Size, packed size, offset and where that stands, from the ZIP64 extra field."""
    packed, size = struct.unpack_from("<2I", record, 20)
    values = [size, packed, *struct.unpack_from("<I", record, 42)]
    place = 0
    for kind, begin, stop in extra_fields(record, at, at + length):
        if kind == 1:
            large = [index for index, value in enumerate(values) if value == WIDE_32]
            for index, there in zip(large, range(begin, stop - 7, 8), strict=False):
                (values[index],) = struct.unpack_from("<Q", record, there)
                place = there if index == 2 else place
            break
    return values[0], values[1], values[2], place


def extra_fields(data: bytes, at: int, end: int) -> list[tuple[int, int, int]]:
    """Kind, beginning and end of the contents of each extra field between two offsets."""
    fields = []
    while at + 4 <= end:
        kind, length = struct.unpack_from("<2H", data, at)
        if at + 4 + length > end:
            break
        fields.append((kind, at + 4, at + 4 + length))
        at += 4 + length
    return fields


def content(asset: Asset, member: Member, most: int = LARGEST_MEMBER) -> bytes:
    """What a member holds, inflated and checked against its CRC.

    Raises:
        Malformed: it is damaged, or compressed as no document is.
        LimitExceeded: it is larger than ``most`` bytes, whatever the directory says.
        CannotCarry: it is encrypted.
    """
    if max(member.size, member.packed) > most:
        raise LimitExceeded(
            f"{member.name!r} has {member.size} bytes, over the {most >> 20} MiB limit",
            offset=member.start,
        )
    data = _inflated(member, _packed(asset, member, member.packed), most)
    if len(data) != member.size or zlib.crc32(data) != member.crc:
        raise Malformed(f"{member.name!r} fails its checksum", offset=member.start)
    return data


def beginning(asset: Asset, member: Member, most: int) -> bytes:
    """The first bytes of what a member holds, up to ``most``; they are not checked.

    Raises:
        Malformed, CannotCarry: as :func:`content`.
    """
    packed = _packed(asset, member, min(member.packed, most + _TABLES))
    try:
        return _opened(member.method, packed, most)
    except zlib.error as error:
        raise _damaged(member, error) from None


def _packed(asset: Asset, member: Member, length: int) -> bytes:
    """The first ``length`` bytes of a member's data as it stands."""
    if member.flags & ENCRYPTED:
        raise CannotCarry(
            f"{member.name!r} is encrypted; save the file without a password, then try again"
        )
    if member.method not in (STORED, DEFLATED):
        raise Malformed(f"{member.name!r} is compressed by method {member.method}")
    local, piece = _located(asset, member, length)
    if len(piece) < length:
        return asset.read(member.start + len(local), length)
    return piece


def local_header(asset: Asset, member: Member) -> bytes:
    """A member's local header: its name and extra field included.

    Raises:
        Malformed: it is none, or that of another member.
    """
    return _located(asset, member, 0)[0]


def data_start(asset: Asset, member: Member) -> int:
    """Where a member's data begins, as it stands.

    Raises:
        Malformed: as :func:`local_header`.
    """
    return member.start + len(local_header(asset, member))


def _located(asset: Asset, member: Member, length: int) -> tuple[bytes, bytes]:
    """A local header, and as much of ``length`` bytes behind it as one read gives."""
    names, extras = struct.unpack_from("<2H", member.record, 28)
    piece = asset.peek(member.start, 30 + names + extras + _SLACK + length)
    same = piece[:4] == SIGNATURE and piece[30 : 30 + names] == member.record[46 : 46 + names]
    if not same or piece[26:28] != member.record[28:30] or len(piece) < 30:
        raise Malformed(f"{member.name!r} is not where the ZIP directory says", offset=member.start)
    end = 30 + names + struct.unpack_from("<H", piece, 28)[0]
    if end > len(piece):
        return asset.read(member.start, end), b""
    return piece[:end], piece[end : end + length]


def first(head: bytes, wanted: str = "") -> tuple[str, bytes]:
    """Name of the member a file begins with and, if it is the wanted one, what it holds.

    For telling formats: content as far as the file's first bytes show it, and nothing is checked.
    """
    if head[:4] != SIGNATURE or len(head) < 30:
        return "", b""
    _, _, flags, method, _, _, _, packed, _, names, extras = struct.unpack_from(LOCAL, head)
    name = head[30 : 30 + names].decode("utf-8", "replace")
    if name != wanted:
        return name, b""
    body = head[30 + names + extras :]
    if packed or not flags & DESCRIPTOR:
        body = body[:packed]
    elif method == STORED:  # nobody knows how much, but where it is said behind
        body = body.partition(b"PK\x07\x08")[0]
    try:
        return name, _opened(method, body, _GLANCE << 4)
    except zlib.error:
        return name, b""


def _opened(method: int, packed: bytes, most: int) -> bytes:
    """Up to ``most`` bytes of what was packed, stored or deflated."""
    return zlib.decompressobj(-15).decompress(packed, most) if method == DEFLATED else packed[:most]


def _inflated(member: Member, packed: bytes, most: int) -> bytes:
    try:
        data = _opened(member.method, packed, most + 1)
    except zlib.error as error:
        raise _damaged(member, error) from None
    if len(data) > most:
        raise LimitExceeded(f"{member.name!r} inflates beyond {most >> 20} MiB")
    return data


def _damaged(member: Member, error: zlib.error) -> Malformed:
    return Malformed(f"{member.name!r} does not inflate ({error})", offset=member.start)
