"""Groups of samples (ISO/IEC 14496-12, 8.9): new samples are in none, a moved one in its own.

A group says of samples that they are, for instance, open starting points. No new one is.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np

from aigc_label.containers import bmff
from aigc_label.containers.bmff import Edit, build
from aigc_label.edits import Span
from aigc_label.errors import CannotCarry
from aigc_label.explicit.film.excerpt import runs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aigc_label.asset import Asset
    from aigc_label.containers.bmff import Box
    from aigc_label.explicit.film.regions import Region
    from aigc_label.explicit.film.tables import Flags, Numbers, Track

_MOST_ROWS = 1 << 22


def regrouped(asset: Asset, track: Track, regions: Sequence[Region]) -> Iterator[Edit]:
    """The changes to the tables that say which sample is in which group.

    Raises:
        CannotCarry: if a table is not of the form that is known.
    """
    for box in bmff.children(asset, track.inside[-1]):
        if box.type != b"sbgp":
            continue
        head, old = _read(asset, box, len(track.sizes))
        new = old.copy()
        for region in regions:
            put(new, region, np.zeros(region.frames, np.int64))
        if (new == old).all():
            continue
        count, rows = runs(new)
        data = build(b"sbgp", head, struct.pack(">I", count), rows)
        yield Edit(Span(box.start, box.end), data, track.inside)


def put(values: Numbers | Flags, region: Region, new: Numbers | Flags) -> None:
    """Put what holds for the new samples where they will stand; the moved one keeps its own."""
    if region.leading:
        new = np.append(new, values[region.key])
    values[region.first : region.first + len(new)] = new


def _read(asset: Asset, box: Box, samples: int) -> tuple[bytes, Numbers]:
    """What stands before the runs, and the group of each sample, 0 for none."""
    version, _ = bmff.full(asset, box)
    head = bmff.field(asset, box, 0, 12 if version else 8)
    count = int.from_bytes(bmff.field(asset, box, len(head), 4))
    if version > 1 or count > _MOST_ROWS:
        raise CannotCarry("its groups of frames are of an unknown form")
    raw = bmff.field(asset, box, len(head) + 4, 8 * count)
    rows = np.frombuffer(raw, ">u4").astype(np.int64).reshape(count, 2)
    if int(rows[:, 0].sum()) > samples:
        raise CannotCarry("its groups of frames name more frames than there are")
    values = np.zeros(samples, np.int64)
    values[: int(rows[:, 0].sum())] = np.repeat(rows[:, 1], rows[:, 0])
    return head, values
