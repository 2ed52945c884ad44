"""The label in a text that bears a keyword: PNG's text chunks and their kin (20259A Annex B)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.carriers import record, traces
from aigc_label.model import FoundLabel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.model import Observation


def is_named(keyword: bytes) -> bool:
    """Whether a keyword is the label's, in any case."""
    return keyword.upper() == b"AIGC"


def observe(
    keyword: bytes, value: bytes, *, carrier: str, home: bool, offset: int | None
) -> Iterator[Observation]:
    """Yield the label, or else the trace of a generator, in one text. Never raises.

    Args:
        keyword: as it stands in the file.
        value: the text, in UTF-8 for the most part, whatever the format says.
        carrier: the id of the place.
        home: whether the guides allow a label here, under this keyword.
        offset: of the text's container in the file.
    """
    text = record.decoded(value)
    named = is_named(keyword)
    if named or "AIGC" in text or "ProduceID" in text:
        parsed = record.parse(text, named=named)
        if parsed is not None:
            odd = ("lower-case-key",) if named and keyword != b"AIGC" else ()
            yield FoundLabel(
                carrier=carrier,
                fields=parsed.fields,
                quirks=tuple(dict.fromkeys((*parsed.quirks, *odd))),
                home=home,
                offset=offset,
            )
            return
    signal = traces.keyword(keyword.decode("latin-1"), text, carrier=carrier)
    if signal is not None:
        yield signal
