"""PDF streams: filters, PNG's predictors, bounds."""

from __future__ import annotations

import base64
import zlib

import pytest

from aigc_label.containers.pdf import filters
from aigc_label.containers.pdf.filters import Rows, rows, unpacked
from aigc_label.containers.pdf.lexer import Lexer
from aigc_label.errors import LimitExceeded, Malformed

DATA = bytes(range(7)) * 40


def described(written):
    return Lexer(b"<<" + written + b">>", final=True).value()


def predicted(data, width, kinds, step=1):
    """PNG's filters by their definition."""
    out, above = b"", bytes(width)
    for at, kind in zip(range(0, len(data), width), kinds, strict=True):
        row = data[at : at + width]
        left = bytes(step) + row[:-step]
        corner = bytes(step) + above[:-step]
        guesses = {
            0: bytes(width),
            1: left,
            2: above,
            3: bytes((a + b) // 2 for a, b in zip(left, above, strict=True)),
            4: bytes(map(paeth, left, above, corner)),
        }[kind]
        out += bytes([kind]) + bytes((a - b) & 255 for a, b in zip(row, guesses, strict=True))
        above = row
    return out


def paeth(a, b, c):
    return min((abs(b - c), 0, a), (abs(a - c), 1, b), (abs(a + b - 2 * c), 2, c))[2]


@pytest.mark.parametrize(
    ("raw", "written"),
    [
        (DATA, b""),
        (zlib.compress(DATA), b"/Filter /FlateDecode"),
        (zlib.compress(DATA), b"/Filter [/Fl] /DecodeParms [null]"),
        (zlib.compress(DATA), b"/Filter /FlateDecode /DecodeParms <</Predictor 1>>"),
        (DATA.hex().encode() + b">junk", b"/Filter /ASCIIHexDecode"),
        (base64.a85encode(DATA) + b"~>junk", b"/Filter /ASCII85Decode"),
        (base64.a85encode(zlib.compress(DATA)), b"/Filter [/ASCII85Decode /FlateDecode]"),
        (zlib.compress(DATA) + b"\nendstream", b"/Filter /FlateDecode"),
        (zlib.compress(DATA)[:-4] + b"sums", b"/Filter /FlateDecode"),
    ],
)
def test_filters_are_undone(raw, written):
    assert unpacked(raw, described(written)) == DATA


@pytest.mark.parametrize(
    ("raw", "written", "error"),
    [
        (b"x", b"/Filter /LZWDecode", Malformed),
        (b"x", b"/Filter (FlateDecode)", Malformed),
        (b"junk", b"/Filter /FlateDecode", Malformed),
        (b"\xff", b"/Filter /ASCII85Decode", Malformed),
        (b"x", b"/Filter [" + b"/AHx " * 9 + b"]", LimitExceeded),
        (
            zlib.compress(DATA),
            b"/Filter /FlateDecode /DecodeParms <</Predictor 2 /Columns 7>>",
            Malformed,
        ),
        (
            zlib.compress(DATA),
            b"/Filter /FlateDecode /DecodeParms <</Predictor 12 /Columns (x)>>",
            Malformed,
        ),
        (
            zlib.compress(b"\x09" * 80),
            b"/Filter /FlateDecode /DecodeParms <</Predictor 12 /Columns 7>>",
            Malformed,
        ),
        (
            zlib.compress(bytes(3 << 20)),
            b"/Filter /FlateDecode /DecodeParms <</Predictor 12 /Columns 7>>",
            LimitExceeded,
        ),
    ],
)
def test_what_cannot_be_undone_is_said(raw, written, error):
    with pytest.raises(error):
        unpacked(raw, described(written))


def test_a_bomb_is_cut_off():
    bomb = zlib.compress(bytes(filters.MOST_UNPACKED + (1 << 20)), 9)
    assert len(unpacked(bomb, described(b"/Filter /FlateDecode"))) == filters.MOST_UNPACKED
    assert len(unpacked(bomb, described(b"/Filter /FlateDecode"), 1000)) == 1000
    assert len(unpacked(DATA, described(b""), 10)) == 10


def test_of_a_damaged_stream_the_beginning_is_kept():
    raw = bytearray(zlib.compress(DATA * 200, 0))
    raw[9000] ^= 0xFF
    raw[8192 : 8192 + 600] = b"\xff" * 600
    kept = unpacked(bytes(raw[:20000] + b"\xff" * 3000 + raw[26000:]), described(b"/Filter /Fl"))
    assert kept


@pytest.mark.parametrize("kinds", [[2] * 40, [0] * 40, [1] * 40, [3] * 40, [4, 2, 3, 1, 0] * 8])
@pytest.mark.parametrize("step", [1, 3])
def test_rows_are_undone_by_png_s_filters(kinds, step):
    raw = predicted(DATA, 7, kinds, step)
    table = Rows(raw, 7, step, predicted=True)
    assert table.height == 40
    for index in (0, 39, 5, 6, 7, 8):
        assert table.row(index) == DATA[7 * index : 7 * index + 7]
    assert Rows(raw, 7, step, predicted=True).joined() == DATA


def test_rows_without_prediction():
    table = rows(DATA, described(b""), 7)
    assert table.row(3) == DATA[21:28]
    assert table.joined() == DATA
    with pytest.raises(Malformed, match="row 40"):
        table.row(40)


def test_rows_of_another_width_are_cut_anew():
    raw = zlib.compress(predicted(DATA, 14, [2] * 20))
    params = described(b"/Filter /FlateDecode /DecodeParms <</Predictor 12 /Columns 14>>")
    assert rows(raw, params, 7).row(39) == DATA[-7:]
