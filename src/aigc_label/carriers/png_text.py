"""What a PNG text chunk of some keyword may hold: XMP, the label itself, a profile, settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.carriers import keyword, raw_profile, xmp
from aigc_label.containers.png import XMP_KEYWORD

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.model import Observation


def is_worth_all(name: bytes) -> bool:
    """Whether a text of that keyword is read to its end: descriptions and settings are not."""
    return name == XMP_KEYWORD or keyword.is_named(name) or raw_profile.is_named(name)


def observe(name: bytes, value: bytes, *, is_itxt: bool, offset: int) -> Iterator[Observation]:
    """Yield what a text states. Never raises.

    Args:
        name: the keyword.
        value: the text, decompressed.
        is_itxt: whether the chunk is of the kind that XMP belongs to.
        offset: of the chunk in the file.
    """
    if name == XMP_KEYWORD:
        yield from xmp.observe(value, carrier="png.xmp", home=is_itxt, offset=offset)
    elif raw_profile.is_named(name):
        yield from raw_profile.observe(value, carrier="png.profile", offset=offset)
    elif keyword.is_named(name):
        yield from keyword.observe(name, value, carrier="png.text", home=True, offset=offset)
    else:
        yield from keyword.observe(name, value, carrier="png.comment", home=False, offset=offset)


def without_label(name: bytes, value: bytes) -> bytes | None:
    """A text without the copy of the label that it holds; ``None`` where nothing would be left."""
    if name == XMP_KEYWORD:
        return xmp.without_label(value) or b""
    return raw_profile.without_label(value) if raw_profile.is_named(name) else None
