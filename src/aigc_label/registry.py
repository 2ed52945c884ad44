"""The one list of formats, markers and detectors: found, not written (law 2)."""

from __future__ import annotations

import contextlib
import os
import sys
from functools import cache, lru_cache, partial
from typing import TYPE_CHECKING, TypeVar

from aigc_label import discovery
from aigc_label.contract import Detector, Format, Marker
from aigc_label.errors import UnknownFormat

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from aigc_label.asset import Asset

T = TypeVar("T")

PLUGINS = "aigc_label.formats"
"""Entry-point group in which third parties offer their ``Format`` values."""

DETECTOR_PLUGINS = "aigc_label.detectors"
"""Entry-point group in which third parties offer their ``Detector`` values."""


@cache
def formats() -> tuple[Format, ...]:
    """All built-in formats; those told by their bytes first, those told by name last."""
    found = discovery.values("aigc_label.formats", Format)
    return tuple(sorted(found, key=lambda f: (f.by_name, f.id)))


def plugin_formats() -> tuple[Format, ...]:
    """Formats of other packages; looked up only when no built-in format claims a file."""
    return _offered(PLUGINS, Format)[0]


@cache
def _beginning(letters: str) -> tuple[Format, ...]:
    """The formats of modules whose names begin so: a guess that spares loading all others."""
    return tuple(discovery.values("aigc_label.formats", Format, only=letters))


def _namesakes(asset: Asset) -> tuple[Format, ...]:
    """Formats told by their bytes that the name suggests; one claims a file, so order is free."""
    if formats.cache_info().currsize:
        return _told_by_bytes(asset.extension)
    letters = asset.extension[1:3]
    found = _beginning(letters) if len(letters) == 2 and letters.isalnum() else ()
    return tuple(fmt for fmt in found if not fmt.by_name)


@lru_cache(maxsize=256)
def _told_by_bytes(extension: str) -> tuple[Format, ...]:
    """Those of them that such names stand for; all formats must be loaded already."""
    return tuple(fmt for fmt in formats() if extension in fmt.extensions and not fmt.by_name)


def by_id(format_id: str) -> Format | None:
    """The format of that id, or ``None``."""
    for listed in (partial(_beginning, format_id[:2]), formats, plugin_formats):
        for fmt in listed():
            if fmt.id == format_id:
                return fmt
    return None


def identify(asset: Asset) -> Format:
    """The format that claims the asset: by its bytes; by its name only for text.

    Raises:
        UnknownFormat: saying what the file looks like, if nobody does.
    """
    for fmt in _namesakes(asset):
        if fmt.sniff(asset):
            return fmt
    for fmt in formats():
        if fmt.sniff(asset):
            return fmt
    for fmt in plugin_formats():
        if fmt.sniff(asset):
            return fmt
    if asset.size == 0:
        raise UnknownFormat("the file is empty")
    from aigc_label.containers.text_bytes import looks_textual  # noqa: PLC0415 - for the message

    if "." not in os.path.basename(asset.name) and looks_textual(asset.head):
        raise UnknownFormat(
            "it looks like text, and text is told by its name, such as answer.md; bytes and "
            "streams get one by name='answer.md'"
        )
    if any(asset.extension in fmt.extensions for fmt in formats()):
        raise UnknownFormat(
            f"its name ends in {asset.extension}, but its bytes are of another kind or cut short; "
            "get a whole copy, or rename it"
        )
    _, broken = _offered(PLUGINS, Format)
    why = f", and {broken[0]}" if broken else "; see `aigc-label formats`"
    raise UnknownFormat(f"no supported format claims these bytes{why}")


@cache
def marker_for(format_id: str) -> Marker | None:
    """The marker that serves a format, or ``None``."""
    fmt = by_id(format_id)
    likely = fmt.medium.value if fmt is not None else ""
    for marker in discovery.values("aigc_label.explicit", Marker, first=likely):
        if format_id in marker.formats:
            return marker
    return None


@cache
def detectors_for(format_id: str) -> tuple[Detector, ...]:
    """The detectors that perceive explicit labels in a format."""
    found = discovery.values("aigc_label.detect", Detector)
    return tuple(detector for detector in found if format_id in detector.formats)


def plugin_detectors() -> tuple[tuple[Detector, ...], tuple[str, ...]]:
    """Detectors of other packages, and one line on each that is broken.

    They are looked up only where the built-in ones have found no mark.
    """
    return _offered(DETECTOR_PLUGINS, Detector)


@cache
def _offered(group: str, kind: type[T]) -> tuple[tuple[T, ...], tuple[str, ...]]:
    """What other packages offer in a group, and one line on each value that is broken."""
    found, broken = [], []
    for entry in _entry_points(group):
        package = entry.dist.name if entry.dist else entry.value
        what = f"the {kind.__name__.lower()} {entry.name!r}"
        remedy = f"mend or uninstall {package}"
        try:
            value = entry.load()
        except Exception as error:  # noqa: BLE001 - its module does what it likes
            broken.append(f"{what} cannot be loaded: {brief(error)}; {remedy}")
            continue
        if isinstance(value, kind):
            found.append(value)
        else:
            given = type(value).__name__
            broken.append(f"{what} is of type {given}, no {kind.__name__}; {remedy}")
    return tuple(found), tuple(broken)


def brief(error: Exception) -> str:
    """An error of somebody else's code, in one line."""
    text = "".join(char if char.isprintable() else " " for char in str(error))
    return f"{type(error).__name__}: {text[:200]}" if text.strip() else type(error).__name__


def _entry_points(group: str) -> list[EntryPoint]:
    """What installed packages offer in a group, by name."""
    if not _is_offered(group):
        return []
    from importlib.metadata import entry_points  # noqa: PLC0415 - slow, and rarely needed

    return sorted(entry_points(group=group), key=lambda entry: entry.name)


def _is_offered(group: str) -> bool:
    """Whether some package names the group: a look that takes a tenth of importlib's time."""
    wanted = f"[{group}]".encode()
    for folder in sys.path:
        with contextlib.suppress(OSError), os.scandir(folder or ".") as entries:
            for entry in entries:
                if not entry.name.endswith((".dist-info", ".egg-info")):
                    continue
                with (
                    contextlib.suppress(OSError),
                    open(os.path.join(entry.path, "entry_points.txt"), "rb") as stream,
                ):
                    if wanted in stream.read():
                        return True
    return False
