"""Matroska and WebM: the label as a ``SimpleTag`` of the whole file (TC260-PG-20257A)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from aigc_label import essences
from aigc_label.carriers import matroska_tags, traces
from aigc_label.containers.ebml import segment
from aigc_label.contract import Format
from aigc_label.errors import LimitExceeded
from aigc_label.model import Medium

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset
    from aigc_label.containers.ebml.elements import Element
    from aigc_label.edits import EditPlan
    from aigc_label.model import ImplicitLabel, Observation

_SOURCE = "TC260-PG-20257A: Segment.Tags.Tag.SimpleTag AIGC"


def sniff(asset: Asset, *, kind: bytes) -> bool:
    """Whether the file begins as EBML of this document type."""
    return asset.head[:4] == b"\x1a\x45\xdf\xa3" and segment.doc_type(asset.head) == kind


def read(asset: Asset, *, prefix: str) -> Iterator[Observation]:
    """Yield what the tags state, wherever in the Segment they stand, and the first frame.

    Raises:
        Malformed: where the structure breaks; what was read before is kept.
        LimitExceeded: too many elements, or tags larger than any.
    """
    if (signal := traces.sei(asset.head, carrier=f"{prefix}.sei")) is not None:
        yield signal
    for element in segment.tags(asset):
        data = _content(asset, element)
        yield from matroska_tags.observe(data, prefix=prefix, offset=element.body)


def _content(asset: Asset, element: Element) -> bytes:
    length = element.end - element.body
    if length > matroska_tags.LARGEST:
        raise LimitExceeded(f"tags of {length} bytes", offset=element.start)
    return asset.read(element.body, length)


def plan(asset: Asset, label: ImplicitLabel) -> EditPlan:
    """The edits that make ``label`` the only one; no Cluster moves, and no media is read.

    Raises:
        CannotCarry, LimitExceeded, Malformed: as the reason says.
    """
    from aigc_label.containers.ebml import placing  # noqa: PLC0415 - reading places nothing

    layout = placing.survey(asset)
    bodies = {element: _content(asset, element) for element in layout.of(segment.TAGS)}
    at_home = (element for element, data in bodies.items() if matroska_tags.is_home(data))
    home = next(at_home, None) or next(iter(bodies), None)
    new = matroska_tags.labelled(bodies[home] if home else b"", label)
    others = {
        element: matroska_tags.without_label(data)
        for element, data in bodies.items()
        if element != home
    }
    changed = {element: rest for element, rest in others.items() if rest != bodies[element]}
    return placing.plan(asset, layout, home, new, changed)


MKV = Format(
    id="mkv",
    medium=Medium.VIDEO,
    extensions=(".mkv", ".mk3d", ".mka"),
    media_types=("video/matroska", "video/x-matroska"),
    homes=("mkv.tags",),
    source=_SOURCE,
    sniff=partial(sniff, kind=b"matroska"),
    read=partial(read, prefix="mkv"),
    plan=plan,
    essence=essences.later("films", "matroska"),
)
WEBM = Format(
    id="webm",
    medium=Medium.VIDEO,
    extensions=(".webm",),
    media_types=("video/webm",),
    homes=("webm.tags",),
    source=_SOURCE,
    sniff=partial(sniff, kind=b"webm"),
    read=partial(read, prefix="webm"),
    plan=plan,
    essence=essences.later("films", "matroska"),
)
