"""What MPEG transport streams say of themselves, for writing them once more (ISO/IEC 13818-1)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aigc_label.containers import mpegts
from aigc_label.errors import CannotCarry

if TYPE_CHECKING:
    from aigc_label.asset import Asset
    from aigc_label.explicit.film.streams import Survey

LOOK = 4 << 20
"""Bytes in which the tables are looked for, and whether anything is encrypted."""

_NAME = re.compile(r"^      (service_name|service_provider) *: (.*)$", re.MULTILINE)
_PROGRAMS = 0  # the packet identifier of the table of programs
_GUIDES = (0x10, 0x12, 0x14)
_LEAST_TABLE, _MOST_TABLE = 0x20, 0x1FFA  # packet identifiers that ffmpeg gives to tables


def names(text: str) -> list[str]:
    """The names of service and provider in what ffmpeg prints."""
    return [f"{key}={value}" for key, value in _NAME.findall(text)]


def refuse_unkept(asset: Asset) -> None:
    """Refuse streams that are encrypted, or of packets that ffmpeg does not write.

    Raises:
        CannotCarry: saying so.
    """
    head = asset.peek(0, min(LOOK, asset.size))
    size, lead = mpegts.stride(head) or (188, 0)
    if size not in (188, 192):
        raise CannotCarry(
            "its packets bear a broadcaster's error correction, which nothing writes; copy it "
            "first: ffmpeg -i in.ts -map 0 -c copy out.ts"
        )
    if any(head[at + 3] & 0xC0 for at in range(lead, len(head) - 187, size) if head[at] == 0x47):
        raise CannotCarry("it is encrypted; ask for the implicit label in another container")


def has_guides(asset: Asset) -> bool:
    """Whether there are tables of networks, programmes to come or the time (ETSI EN 300 468)."""
    head = asset.peek(0, min(LOOK, asset.size))
    size, lead = mpegts.stride(head) or (188, 0)
    starts = range(lead, len(head) - 187, size)
    return any(int.from_bytes(head[at + 1 : at + 3]) & 0x1FFF in _GUIDES for at in starts)


def options(asset: Asset, film: Survey) -> list[str]:
    """The muxer's options for the same identifiers, names and times."""
    head = asset.peek(0, min(LOOK, asset.size))
    size, _ = mpegts.stride(head) or (188, 0)
    told = ["-muxdelay", "0", "-muxpreload", "0", "-mpegts_copyts", "1"]
    told += ["-mpegts_m2ts_mode", "1" if size == 192 else "0"]
    for number, stream in enumerate(film.streams):
        if stream.id:
            told += ["-streamid", f"{number}:{int(stream.id, 16)}"]
    for name in names(film.text):
        told += ["-metadata", name]
    if found := _programs(head):
        stream_id, program, table = found
        told += ["-mpegts_transport_stream_id", str(stream_id)]
        told += ["-mpegts_service_id", str(program)] if program else []
        if _LEAST_TABLE <= table <= _MOST_TABLE:
            told += ["-mpegts_pmt_start_pid", str(table)]
    return told


def _programs(head: bytes) -> tuple[int, int, int] | None:
    """The stream's number, its program's, and where that one's table is; of the first PAT."""
    size, lead = mpegts.stride(head) or (188, 0)
    for at in range(lead, len(head) - 187, size):
        packet = head[at : at + 188]
        if int.from_bytes(packet[1:3]) & 0x5FFF != 0x4000 | _PROGRAMS or not packet[3] & 0x10:
            continue
        start = 4 + (1 + packet[4] if packet[3] & 0x20 else 0)
        section = packet[start + 1 + packet[start] :] if start < 187 else b""
        if len(section) < 12 or section[0] != 0:
            continue
        length = (int.from_bytes(section[1:3]) & 0xFFF) - 9
        for entry in range(8, min(8 + length, len(section) - 3), 4):
            program = int.from_bytes(section[entry : entry + 2])
            if program:
                table = int.from_bytes(section[entry + 2 : entry + 4]) & 0x1FFF
                return int.from_bytes(section[3:5]), program, table
    return None
