"""A label that stands bare in bytes of another kind: ``AIGC{...}`` in a segment or a block."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from aigc_label.carriers import record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.carriers.record import Parsed

_MOST = 8  # labels in one block: two have been met


def find(data: bytes) -> Iterator[tuple[int, int, Parsed]]:
    """Yield where each label's object begins and ends, and the label."""
    for start, parsed in islice(record.scan(data), _MOST):
        yield start, record.closing_brace(data, start), parsed


def blanked(data: bytes) -> bytes:
    """The same bytes with every such object overwritten by spaces."""
    for _ in range(_MOST):  # once more, as each look sees the first few only
        places = [(start, end) for start, end, _ in find(data)]
        if not places:
            break
        for start, end in places:
            data = data[:start] + b" " * (end - start) + data[end:]
    return data
