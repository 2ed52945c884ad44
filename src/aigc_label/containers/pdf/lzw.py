"""LZW as PDF packs streams with it (ISO 32000-2 7.4.4)."""

from __future__ import annotations

from aigc_label.errors import Malformed

_CLEAR, _END, _FIRST = 256, 257, 258
_NARROW, _WIDE = 9, 12  # bits of a code
_BYTES = tuple(bytes((value,)) for value in range(256))


def unpacked(data: bytes, most: int, *, early: bool = True) -> bytes:
    """What was packed, as far as it is not damaged.

    Args:
        data: the packed bytes.
        most: bytes after which no more is unpacked.
        early: whether codes grow by a bit one code before they must, as in all but a few files.

    Raises:
        Malformed: nothing of it can be unpacked.
    """
    table: list[bytes] = []
    out: list[bytes] = []
    length, width = 0, _NARROW
    held, bits = 0, 0
    before = b""
    for value in data:
        held, bits = (held << 8) | value, bits + 8
        if bits < width:
            continue
        bits -= width
        code, held = held >> bits, held & ((1 << bits) - 1)
        if code == _CLEAR:
            table, width, before = [], _NARROW, b""
            continue
        if code == _END:
            return b"".join(out)
        if code < _CLEAR:
            said = _BYTES[code]
        elif code - _FIRST < len(table):
            said = table[code - _FIRST]
        elif code - _FIRST == len(table) and before:
            said = before + before[:1]
        else:
            break  # damaged
        if before and len(table) + _FIRST < 1 << _WIDE:
            table.append(before + said[:1])
        out.append(said)
        length += len(said)
        if length >= most:
            break
        before = said
        if len(table) + _FIRST + early >= 1 << width and width < _WIDE:
            width += 1
    if not out:
        raise Malformed("a packed stream is damaged")
    return b"".join(out)[:most]
