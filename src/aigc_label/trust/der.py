"""The few structures of ASN.1 DER that keys and certificates on the SM2 curve need taken apart.

``cryptography`` reads all others, but refuses a curve that it does not implement.
"""

from __future__ import annotations

from typing import NamedTuple

INTEGER, BITS, OCTETS, NULL, OID, SEQUENCE = 0x02, 0x03, 0x04, 0x05, 0x06, 0x30
_MOST = 64


class Element(NamedTuple):
    """One element: its tag and its content."""

    tag: int
    content: bytes

    @property
    def children(self) -> list[Element]:
        """What stands in a constructed element.

        Raises:
            ValueError: it is no sequence of elements.
        """
        return elements(self.content)


def elements(data: bytes) -> list[Element]:
    """The elements that stand in bytes one after another.

    Raises:
        ValueError: they do not fill the bytes exactly, or are more than any key has.
    """
    found: list[Element] = []
    at = 0
    while at < len(data):
        if len(found) == _MOST or at + 2 > len(data):
            raise ValueError("not DER")
        tag, length = data[at], data[at + 1]
        at += 2
        if length & 0x80:
            count = length & 0x7F
            if not 1 <= count <= 4 or at + count > len(data):
                raise ValueError("not DER")
            length = int.from_bytes(data[at : at + count], "big")
            at += count
        if at + length > len(data):
            raise ValueError("not DER")
        found.append(Element(tag, data[at : at + length]))
        at += length
    return found


def sequence(data: bytes) -> list[Element]:
    """The children of the one sequence that the bytes are.

    Raises:
        ValueError: they are something else.
    """
    whole = elements(data)
    if len(whole) != 1 or whole[0].tag != SEQUENCE:
        raise ValueError("not a DER sequence")
    return whole[0].children


def encoded(tag: int, *parts: bytes) -> bytes:
    """One element around its content."""
    content = b"".join(parts)
    if len(content) < 0x80:
        return bytes((tag, len(content))) + content
    size = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(size))) + size + content
