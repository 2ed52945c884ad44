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
_ALIKE = 16.0  # levels between colours that may be joined
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


def joined(table: Pixels, counts: Pixels, room: int) -> Pixels | None:
    """Make room in a full palette, by joining colours that hardly anybody could tell apart.

    Args:
        table: entries as red, green, blue, opacity.
        counts: how many pixels have each; 0 for what is not to be joined.
        room: entries to be freed.

    Returns:
        The entry that takes the place of each; ``None`` where too few are alike.
    """
    apart = np.abs(table[:, None].astype(np.int16) - table[None]).max(axis=-1).astype(np.float64)
    np.fill_diagonal(apart, np.inf)
    alive = counts > 0
    apart[:, ~alive] = np.inf
    instead = np.arange(len(table), dtype=np.uint8)
    left = counts.astype(np.float64)
    for _ in range(room):
        nearest = apart.argmin(axis=1)
        distance = apart[np.arange(len(table)), nearest]
        cost = np.where(alive & (distance <= _ALIKE), left * distance**2, np.inf)
        goes = int(cost.argmin())
        if not np.isfinite(cost[goes]):
            return None
        to = int(nearest[goes])
        instead[instead == goes] = to
        left[to] += left[goes]
        alive[goes] = False
        apart[:, goes] = np.inf
    return instead


def looked_up(table: Pixels, indices: Pixels) -> Pixels:
    """Colours of indices; what is beyond the palette is black, as for libpng."""
    full = np.zeros((256, 4), np.uint8)
    full[:, 3] = 255
    full[: len(table)] = table
    colours: Pixels = full[indices]
    return colours


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
