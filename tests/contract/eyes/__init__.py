"""Foreign eyes: what others see of each format, one small module per format or family.

A new format adds ``eyes/<format>.py`` that ends in ``EYES = Eyes(...)`` (or a tuple of them); it is
found, and the laws L5, L6, L9 and L11 ask it. No reader here shares a line with the package.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

Reader = Callable[[Path], dict]
Program = Callable[[Path, dict], str]


@dataclass(frozen=True, kw_only=True)
class Eyes:
    """What the laws need to know about a format from others.

    Attributes:
        formats: ids of the formats it is about.
        huge: ``(bytes of a labelled file)`` -> names, and lists of pieces (bytes, or the length of
            a hole) of files of 3 GiB made from it, in which the label is still to be found (L9).
        pieces: ``(bytes)`` -> every piece of a file but the label's own, by a walker that shares
            nothing with the package (L5). Needed where the format is written.
        labels: readers in Python packages or the wheel's ffmpeg: file -> the seven fields (L6).
        programs: ``(file, exiftool's tags)`` -> text in which the whole record is seen (L6).
            ``labels`` and ``programs`` are two at least.
        strict: Python packages that walk the structure and raise (L6).
        strict_programs: commands that complain; ``{}`` or the end is the file (L6).
        allowed: a pattern of complaints that are known to be wrong; the reason stands beside it.
        beyond: fixture id -> the readers and programs that cannot read it, for reasons of theirs.
        needs: the programs used.
        has_room: whether a written label leaves room, so that its update is a patch in place.
        essence: what must be the same before and after a write: pixels, samples, words (L6).
            By the medium where empty.
        facts: all other metadata as Python packages see it (L11). By the medium where absent.
        may_change: a pattern of exiftool's tags that a write must change (L11).
        comes_with: a pattern of exiftool's tags that the label's own place brings along (L11).
        seen_only_afterwards: fixture id -> exiftool's tags that it sees only after a write (L11).
    """

    formats: tuple[str, ...]
    huge: Callable[[bytes], Iterator[tuple[str, list]]]
    pieces: Callable[[bytes], list] | None = None
    labels: tuple[Reader, ...] = ()
    programs: tuple[Program, ...] = ()
    strict: tuple[Callable[[Path], object], ...] = ()
    strict_programs: tuple[tuple[str, ...], ...] = ()
    allowed: str = ""
    beyond: Mapping[str, tuple] = field(default_factory=dict)
    needs: tuple[str, ...] = ("exiftool", "ffprobe", "mediainfo")
    has_room: bool = False
    essence: tuple[Callable[[Path], object], ...] = ()
    facts: Callable[[Path], object] | None = None
    may_change: str = ""
    comes_with: str = ""
    seen_only_afterwards: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@cache
def all_eyes() -> dict[str, Eyes]:
    """Format id -> its eyes."""
    found: dict[str, Eyes] = {}
    for module in pkgutil.iter_modules(__path__):
        given = getattr(importlib.import_module(f"{__name__}.{module.name}"), "EYES", ())
        for eyes in (given,) if isinstance(given, Eyes) else given:
            found |= dict.fromkeys(eyes.formats, eyes)
    return found


def eyes_of(format_id: str) -> Eyes:
    """The eyes of one format.

    Raises:
        LookupError: there is no ``eyes/`` module for it.
    """
    try:
        return all_eyes()[format_id]
    except KeyError:
        raise LookupError(f"no module in tests/contract/eyes is about {format_id}") from None


def fields_in(value: str | bytes) -> dict:
    """The seven fields of an exact record, wrapped or bare."""
    record = json.loads(value)
    return record.get("AIGC", record)
