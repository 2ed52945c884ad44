"""Room in and behind an XMP packet, so that the next label fits into its place."""

from __future__ import annotations

BLANK = b" \t\r\n\x00"

_ROOM = (b" " * 99 + b"\n") * 20


def with_room(packet: bytes) -> bytes:
    """A packet that is new or grew, with white space so that the next label fits into its place."""
    at = packet.rfind(b"<?xpacket end")
    if is_utf16(packet):
        return packet
    if at < 0:
        return packet + _ROOM
    space = at - len(packet[:at].rstrip(BLANK))
    return packet[:at] + _ROOM[space:] + packet[at:]


def fitted(packet: bytes, size: int) -> bytes | None:
    """The packet in ``size`` bytes, without its own padding if need be; ``None`` if too long."""
    if len(packet) > size and not is_utf16(packet):
        packet = packet.rstrip(BLANK)
    return filled(packet, size) if len(packet) <= size else None


def filled(packet: bytes, size: int) -> bytes:
    """A packet with white space behind it."""
    return packet.ljust(size, b"\x00" if is_utf16(packet) else b" ")


def is_utf16(packet: bytes) -> bool:
    """Whether its characters take two bytes."""
    return b"\x00" in packet[:4] or packet[:2] in (b"\xff\xfe", b"\xfe\xff")
