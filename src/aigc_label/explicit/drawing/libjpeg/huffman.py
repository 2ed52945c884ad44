"""Huffman tables that lack codes, completed: the same lengths, nearly, and codes for all symbols.

Optimised tables have codes for what occurs in their picture, and a mark may bring something else.
Computing optimal ones again takes a second pass over all coefficients, several times as long as
writing them.
"""

from __future__ import annotations

import heapq

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

DC = tuple(range(12))
"""What differences of 8-bit pictures may need (ITU-T T.81, table F.1)."""

AC = (0x00, 0xF0, *(run << 4 | size for run in range(16) for size in range(1, 11)))
"""What their other coefficients may need: end of block, sixteen zeros, runs and sizes."""

_LONGEST = 16
_SCALE = 20  # a symbol without a code counts as if its code had so many bits


def completed(
    lengths: Sequence[int], symbols: Sequence[int], wanted: Sequence[int]
) -> tuple[list[int], list[int]]:
    """A table with codes for all that is wanted.

    Args:
        lengths: how many codes there are of no bits, one bit, and so on to 16.
        symbols: what they stand for, shortest first.
        wanted: what shall have a code.

    Returns:
        The same two for the new table; the given ones, if they lack nothing.
    """
    known = list(symbols[: sum(lengths)])
    missing = [one for one in wanted if one not in known]
    if not missing:
        return list(lengths), known
    sizes = [bits for bits, count in enumerate(lengths) for _ in range(count)]
    weights = {
        symbol: 1 << (_SCALE - bits) for symbol, bits in zip(known, sizes, strict=True)
    } | dict.fromkeys(missing, 1)
    depths = _depths(weights)
    counts = _limited([depths[one] for one in (*weights, -1)])
    return counts, sorted(weights, key=lambda one: (depths[one], one))


def _depths(weights: dict[int, int]) -> dict[int, int]:
    """Bits of each symbol's code by Huffman's algorithm, and of -1, which occurs least."""
    heap = [(weight, -symbol, [symbol]) for symbol, weight in weights.items()]
    heap.append((0, 1, [-1]))  # no code may be all ones (T.81, annex C): this one will be
    heapq.heapify(heap)
    depths = dict.fromkeys((*weights, -1), 0)
    while len(heap) > 1:
        (one, _, left), (other, order, right) = heapq.heappop(heap), heapq.heappop(heap)
        for symbol in (merged := left + right):
            depths[symbol] += 1
        heapq.heappush(heap, (one + other, order, merged))
    return depths


def _limited(depths: Sequence[int]) -> list[int]:
    """How many codes of each length, none over 16 bits, without the one of all ones (T.81, K.2)."""
    counts = [0] * (max(*depths, _LONGEST) + 1)
    for depth in depths:
        counts[depth] += 1
    for bits in range(len(counts) - 1, _LONGEST, -1):
        while counts[bits]:
            shorter = bits - 2
            while not counts[shorter]:
                shorter -= 1
            counts[bits] -= 2
            counts[bits - 1] += 1
            counts[shorter + 1] += 2
            counts[shorter] -= 1
    longest = max(bits for bits, count in enumerate(counts) if count)
    counts[longest] -= 1
    return counts[: _LONGEST + 1]
