"""Completed Huffman tables: codes for all symbols, valid, and hardly longer."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aigc_label.explicit.drawing.libjpeg.huffman import AC, DC, completed


def room(lengths: list[int]) -> Fraction:
    """The share of all codes that is not given away."""
    return 1 - sum(Fraction(count, 1 << bits) for bits, count in enumerate(lengths))


def table(lengths: list[int]) -> list[int]:
    """Counts of codes by their lengths."""
    return [lengths.count(bits) for bits in range(17)]


def test_a_table_that_lacks_nothing_stays():
    lengths, symbols = table([3] * 6 + [4, 5, 6, 7, 8, 9]), [*DC, 99]
    assert completed(lengths, symbols, DC) == (lengths, list(DC))


@given(st.sets(st.sampled_from(AC), max_size=len(AC) - 1), st.integers(1, 15))
def test_any_table_is_completed(known, skew):
    sizes = [min(skew + at // 8 + 1, 16) if skew > 7 else 8 for at in range(len(known))]
    lengths = table(sorted(sizes))
    if room(lengths) <= 0:
        return
    new, symbols = completed(lengths, sorted(known), AC)
    assert new[0] == 0
    assert sorted(symbols) == sorted(AC)
    assert sum(new) == len(symbols)
    assert len(new) == 17
    assert room(new) >= Fraction(1, 1 << 16)  # no code is all ones


@pytest.mark.parametrize("depth", [1, 8, 15])
def test_a_table_of_ever_longer_codes_is_limited_to_sixteen_bits(depth):
    lengths = table([*range(1, depth + 1)])
    new, symbols = completed(lengths, AC[:depth], AC)
    assert room(new) >= Fraction(1, 1 << 16)
    assert symbols[0] == AC[0]
    assert new[1] == 1  # what was short stays short
