"""Colours of a mark among those of a palette: entries that nothing else uses are given to them."""

# ruff: noqa: PLC0415 - Pillow is loaded only where something is drawn

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from aigc_label.explicit.drawing.colours import Pixels


_FEW = 12  # colours that smooth edges of letters need at least
_NEAR = 20.0
_APART = 100  # levels between letters and ground, at least
_FAR = 48.0  # by which the two main colours, of letters and ground, may


def fitted(
    table: Pixels, used: Pixels, most: int, wanted: Pixels, *, near: float = _NEAR
) -> tuple[Pixels, Pixels] | None:
    """Find or make entries for colours.

    Args:
        table: entries as red, green, blue, opacity.
        used: whether each entry is needed for other pixels, and must stay.
        most: entries that the table may grow to.
        wanted: colours, one row each, opaque or not.
        near: by which the usual pixel may miss its colour, of 255.

    Returns:
        The table, no shorter than before, and the entry for each colour; ``None`` where there is
        too little room to come near them.
    """
    words = np.ascontiguousarray(wanted, np.uint8).view(np.uint32).ravel()  # a colour each
    values, index, counts = np.unique(words, return_inverse=True, return_counts=True)
    colours = values.view(np.uint8).reshape(-1, 4)
    free = np.concatenate((np.flatnonzero(~used), np.arange(len(table), most)))
    known = (table[used][None] == colours[:, None]).all(axis=-1).any(axis=1)
    missing = colours[~known]
    if len(missing) > len(free):
        missing = _chosen(missing, counts[~known], len(free))
    needed = free[: len(missing)]
    grown = np.zeros((max(len(table), int(needed.max(initial=-1)) + 1), 4), np.uint8)
    grown[: len(table)] = table
    grown[len(table) :, 3] = 255
    grown[needed] = missing
    there = np.concatenate((np.flatnonzero(used), needed))
    distance = np.abs(colours[:, None].astype(np.int16) - grown[there][None]).max(axis=-1)
    if (colours[:, 3] == 0).any() and (grown[there][:, 3] == 0).any():
        clear, through = colours[:, 3] == 0, grown[there][:, 3] == 0
        distance[np.ix_(clear, through)] = 0  # whatever colour lies under what is not seen
    nearest = distance.argmin(axis=1)
    miss = distance.min(axis=1)
    main = _main(colours, counts)
    if (miss * counts).sum() / counts.sum() > near or miss[main].max() > _FAR:
        return None
    return grown, there[nearest][index].astype(np.uint8)


def _main(colours: Pixels, counts: Pixels) -> list[int]:
    """The ground and the letters: the most frequent colour, and that of those far from it."""
    light = colours[:, :3].astype(np.int32).sum(axis=1)
    ground = int(counts.argmax())
    apart = np.abs(light - light[ground]) > 3 * _APART
    return [ground, int((counts * apart).argmax())] if apart.any() else [ground]


def _chosen(colours: Pixels, counts: Pixels, room: int) -> Pixels:
    """The colours that are best kept where there is room for ``room``."""
    from PIL import Image

    by_count = np.argsort(-counts, kind="stable")
    if room < _FEW:
        return colours[by_count[:room]]
    first = _main(colours, counts)
    main, rest = colours[first], np.delete(colours, first, axis=0)
    rgb = Image.fromarray(np.ascontiguousarray(rest[None, :, :3]), "RGB")
    table = rgb.quantize(
        room - len(main), method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE
    )
    flat = np.array(table.getpalette() or [], np.uint8).reshape(-1, 3)[: room - len(main)]
    solid = np.full((len(flat), 1), 255, np.uint8)
    return np.concatenate((main, np.concatenate((flat, solid), axis=1)))
