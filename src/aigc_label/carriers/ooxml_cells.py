"""Which looks of cells show nothing: by their font, their fill and their number format (18.8)."""

from __future__ import annotations

import re

from aigc_label.carriers import colours

_MOST = 1 << 16
_LEAST_SIZE = 2.0  # points
_PART = rb"<(?:[\w.-]+:)?%b\b[^<>]*?(?:/>|>(.*?)</(?:[\w.-]+:)?%b>)"
_ITEM = rb"<(?:[\w.-]+:)?%b\b([^<>]*?)(?:/>|>(.*?)</(?:[\w.-]+:)?%b>)"
_COLOUR = rb"""<(?:[\w.-]+:)?(?:color|fgColor)\s[^<>]*?\brgb\s*=\s*["']([0-9A-Fa-f]{6,8})["']"""
_THEMED = rb"""<(?:[\w.-]+:)?color\s[^<>]*?\btheme\s*=\s*["']0["'](?![^<>]*\btint)"""
_SIZE = rb"""<(?:[\w.-]+:)?sz\s[^<>]*?\bval\s*=\s*["']([\d.]{1,8})["']"""
_EMPTY = rb"""\bpatternType\s*=\s*["']none["']"""
_SOLID = rb"""\bpatternType\s*=\s*["']solid["']"""


def unseen_looks(styles: bytes) -> frozenset[int]:
    """The numbers of the looks in which a cell's text is not seen.

    Args:
        styles: the part ``styles.xml``.
    """
    fonts = [inside for _, inside in _items(styles, b"fonts", b"font")]
    fills = [inside for _, inside in _items(styles, b"fills", b"fill")]
    mute = {
        _attribute(given, b"numFmtId")
        for given, _ in _items(styles, b"numFmts", b"numFmt")
        if re.search(rb"""\bformatCode\s*=\s*["'];;;["']""", given)
    }
    found = set()
    for number, (given, _) in enumerate(_items(styles, b"cellXfs", b"xf")):
        font = _at(fonts, _attribute(given, b"fontId"))
        fill = _at(fills, _attribute(given, b"fillId"))
        if _attribute(given, b"numFmtId") in mute or _is_unseen(font, fill):
            found.add(number)
    return frozenset(found)


def _is_unseen(font: bytes, fill: bytes) -> bool:
    size = re.search(_SIZE, font)
    if size is not None and float(size[1] if size[1].count(b".") < 2 else b"11") < _LEAST_SIZE:
        return True
    told = re.search(_COLOUR, font)
    ink = colours.colour(told[1].decode()) if told else None
    if ink is None and re.search(_THEMED, font):
        ink = colours.WHITE
    painted = re.search(_COLOUR, fill)
    ground = None
    if b"gradientFill" not in fill and (b"patternType" not in fill or re.search(_EMPTY, fill)):
        ground = colours.WHITE
    elif re.search(_SOLID, fill) and painted is not None:
        ground = colours.colour(painted[1].decode())
    return colours.is_lost(ink, ground)


def _items(styles: bytes, whole: bytes, item: bytes) -> list[tuple[bytes, bytes]]:
    """The elements of one list: their attributes and what is in them."""
    part = re.search(_PART % (whole, whole), styles, re.DOTALL)
    inside = (part[1] or b"") if part else b""
    return [
        (given, held or b"")
        for given, held in re.findall(_ITEM % (item, item), inside, re.DOTALL)[:_MOST]
    ]


def _attribute(given: bytes, name: bytes) -> int:
    told = re.search(rb"""\b%b\s*=\s*["'](\d{1,6})["']""" % name, given)
    return int(told[1]) if told else 0


def _at(items: list[bytes], number: int) -> bytes:
    return items[number] if number < len(items) else b""
