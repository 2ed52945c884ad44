"""PDF: the label as key ``AIGC`` of the document information dictionary (TC260-PG-20258A 6.3).

A write is an incremental update: what stood in the file stays, so signatures stay whole. What
reads and writes the structure is loaded when a document is met.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.contract import Format
from aigc_label.errors import AssetError, CannotCarry, Malformed
from aigc_label.model import FoundLabel, Medium

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset
    from aigc_label.edits import EditPlan
    from aigc_label.model import ImplicitLabel, Observation

_HEADER = b"%PDF-"
_WITHIN = 1024 + len(_HEADER)  # bytes in which readers look for the header
_TAIL = 2048


def _sniff(asset: Asset) -> bool:
    if asset.head.startswith(_HEADER):
        return True
    if _HEADER not in asset.head[:_WITHIN]:
        return False
    # Text may quote a document, and be named as text; one that something stands in front of has
    # an end as documents have.
    named = asset.extension in ("", *FORMAT.extensions)
    return named and b"startxref" in asset.peek(max(0, asset.size - _TAIL), _TAIL)


def _read(asset: Asset) -> Iterator[Observation]:
    """Yield what the newest revision states; of a damaged document what can be found in it.

    Raises:
        CannotCarry: the document is encrypted.
        Malformed: it is damaged, and no label was found.
    """
    from aigc_label.carriers import pdf_info  # noqa: PLC0415 - see above
    from aigc_label.containers.pdf import document  # noqa: PLC0415 - see above

    seen: list[Observation] = []
    try:
        for one in pdf_info.observe(document.opened(asset)):
            seen.append(one)
            yield one
        return
    except Malformed as error:
        broken = error
    if not any(isinstance(one, FoundLabel) for one in seen):
        found = [one for one in _salvaged(asset) if one not in seen]
        yield from found
        if any(isinstance(one, FoundLabel) for one in found):
            return  # as every viewer shows it
    raise broken


def _salvaged(asset: Asset) -> Iterator[Observation]:
    """What a search for objects brings up; nothing says that it is all."""
    from aigc_label.carriers import pdf_info  # noqa: PLC0415 - see above
    from aigc_label.containers.pdf import repair  # noqa: PLC0415 - see above

    try:
        yield from pdf_info.observe(repair.rebuilt(asset))
    except AssetError:
        return


def _plan(asset: Asset, label: ImplicitLabel) -> EditPlan:
    """The update that makes ``label`` the only one.

    Raises:
        CannotCarry: the document is encrypted, certified against changes, or damaged.
        LimitExceeded: it is larger than any.
    """
    from aigc_label.carriers import pdf_info  # noqa: PLC0415 - see above
    from aigc_label.containers.pdf import document  # noqa: PLC0415 - see above
    from aigc_label.edits import EditPlan, Span, Splice  # noqa: PLC0415 - see above

    try:
        start, data = pdf_info.updated(document.opened(asset), label)
    except Malformed as error:
        raise CannotCarry(
            f"{error.reason}; repair the document, for example with qpdf, then label it",
            offset=error.offset,
        ) from None
    return EditPlan([Splice(Span(start, asset.size), data)])


FORMAT = Format(
    id="pdf",
    medium=Medium.TEXT,
    extensions=(".pdf",),
    media_types=("application/pdf",),
    homes=("pdf.info",),
    source="TC260-PG-20258A 6.3: document information dictionary, key AIGC",
    sniff=_sniff,
    read=_read,
    plan=_plan,
)
