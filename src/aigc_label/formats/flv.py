"""FLV: the label as the string ``AIGC`` of ``onMetaData`` (TC260-PG-20257A).

What reads FLV is loaded when a file begins like it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label import essences
from aigc_label.contract import Format
from aigc_label.model import Medium

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset
    from aigc_label.edits import EditPlan
    from aigc_label.model import ImplicitLabel, Observation
    from aigc_label.origin import Origin


def _sniff(asset: Asset) -> bool:
    if not asset.head.startswith(b"FLV"):
        return False
    from aigc_label.containers import flv  # noqa: PLC0415 - see above

    return flv.is_header(asset.head)


def _read(asset: Asset) -> Iterator[Observation]:
    """Yield what the script data among the first tags states, and the first frame."""
    from aigc_label.carriers import flv_script, traces  # noqa: PLC0415 - see above
    from aigc_label.containers import flv  # noqa: PLC0415 - see above

    for tag, data in flv.scripts(asset):
        yield from flv_script.observe(data, offset=tag.body)
    if (signal := traces.sei(flv.first_frame(asset), carrier="flv.sei")) is not None:
        yield signal


def _plan(asset: Asset, label: ImplicitLabel) -> EditPlan:
    """Put the label into the first ``onMetaData``, or into a new one in front of all tags.

    An index of keyframes counts bytes from the file's beginning, and goes with what moves.
    """
    from aigc_label.carriers import flv_script  # noqa: PLC0415 - see above
    from aigc_label.containers import flv  # noqa: PLC0415 - see above
    from aigc_label.edits import EditPlan, Span, Splice  # noqa: PLC0415 - see above

    found = list(flv.scripts(asset))
    home = next((tag for tag, data in found if flv_script.is_home(data)), None)
    old = [data for _, data in found]
    origin = label.origin
    renewed = origin.renewed if origin else ()
    if origin is not None and _in_packet(old, origin):
        origin = None
    new = [
        flv_script.edited(data, label, origin=origin, renewed=renewed)
        if tag is home
        else flv_script.edited(data, None, renewed=renewed)
        for (tag, _), data in zip(found, old, strict=True)
    ]
    start = flv.first(asset)
    added = b"" if home else flv.script_tag(flv_script.new(label, origin))
    growth = [(start, len(added))]
    growth += [
        (tag.behind, len(made) - len(data)) for (tag, data), made in zip(found, new, strict=True)
    ]
    size = asset.size + sum(step for _, step in growth)

    def place(offset: int) -> int:
        return offset + sum(step for at, step in growth if offset >= at)

    splices = [Splice(Span(start, start), added)]
    for (tag, data), made in zip(found, new, strict=True):
        result = flv_script.moved(made, place, (asset.size, size))
        if result != data:
            splices += flv.replaced(tag, result)
    return EditPlan(splices)


def _in_packet(scripts: list[bytes], origin: Origin) -> bool:
    """State an origin in the file's XMP packet, if it has one."""
    from aigc_label.carriers import flv_script  # noqa: PLC0415 - see above

    for index, data in enumerate(scripts):
        if (stated := flv_script.with_origin(data, origin)) is not None:
            scripts[index] = stated
            return True
    return False


FORMAT = Format(
    id="flv",
    medium=Medium.VIDEO,
    extensions=(".flv",),
    media_types=("video/x-flv", "video/flv"),
    homes=("flv.onmetadata",),
    source="TC260-PG-20257A: AMF0 string AIGC of script.onMetaData",
    sniff=_sniff,
    read=_read,
    plan=_plan,
    essence=essences.later("films", "flv"),
)
