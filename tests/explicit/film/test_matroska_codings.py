"""MPEG-1, MPEG-2, MPEG-4 and VP8 as they stand in samples, without any container."""

import pytest

from aigc_label.errors import CannotCarry
from aigc_label.explicit.film.codecs import mpeg2, mpeg4, vp8
from aigc_label.explicit.film.segment import Made, Picture, Start, Stretch

SEQUENCE = b"\0\0\1\xb3" + bytes(8)
INTRA, INTER = b"\0\0\1\0\0\x08\0\0", b"\0\0\1\0\0\x10\0\0"
OPEN, CLOSED = b"\0\0\1\xb8\0\0\0\0", b"\0\0\1\xb8\0\0\0\x40"
VOP, P_VOP = b"\0\0\1\xb6\x10\0", b"\0\0\1\xb6\x50\0"
GOV, CLOSED_GOV = b"\0\0\1\xb3\0\0\0\0", b"\0\0\1\xb3\0\0\x20\0"


def layer(low_delay, *, own_aspect=0):
    """The header of a video object layer up to low_delay, and some more."""
    bits = "0" + "00000001" + "1" + "0010" + "001"
    bits += "1111" + "00001100" + "00001011" if own_aspect else "0001"
    bits += f"101{low_delay}0"
    bits = bits.ljust(64, "1")
    return b"\0\0\1\x20" + int(bits, 2).to_bytes(8)


@pytest.mark.parametrize(
    ("sample", "start"),
    [
        (SEQUENCE + OPEN + INTRA, Start.OPEN),
        (SEQUENCE + CLOSED + INTRA, Start.CLOSED),
        (INTRA, Start.OPEN),
        (CLOSED + INTER, Start.NONE),
        (b"\0\0\1\0\0", Start.NONE),
        (b"", Start.NONE),
    ],
)
def test_where_mpeg_2_can_begin(sample, start):
    assert mpeg2.start(b"", sample) is start


def test_mpeg_2_needs_its_sequence_header_behind_a_joint():
    made = Made(b"", [SEQUENCE + INTRA, INTER])
    assert mpeg2.join(SEQUENCE, made, [SEQUENCE + INTRA]).bridge == b""
    assert mpeg2.join(SEQUENCE, made, [INTRA, INTRA]).bridge == SEQUENCE
    assert mpeg2.join(SEQUENCE, made).keys == [True, False]
    with pytest.raises(CannotCarry, match="sequence header"):
        mpeg2.join(b"", made, [INTRA])


def test_mpeg_2_in_its_own_version_and_fields():
    stretch = Stretch(None, "matroska", 25, 0, 3, 3, 25, True, 3)  # type: ignore[arg-type] # not looked at
    picture = Picture("mpeg1video", "", "", "yuv420p", {}, (16, 16), 1, "")  # type: ignore[arg-type] # not looked at
    assert "mpeg1video" in mpeg2.arguments(b"", picture, stretch)
    woven = picture._replace(codec="mpeg2video", fields="tff")
    assert "+ildct+ilme" in mpeg2.arguments(b"", woven, stretch)
    with pytest.raises(CannotCarry, match="yuv444p"):
        mpeg2.arguments(b"", picture._replace(pixels="yuv444p"), stretch)


@pytest.mark.parametrize(
    ("sample", "start"),
    [
        (GOV + VOP, Start.OPEN),
        (CLOSED_GOV + VOP, Start.CLOSED),
        (VOP, Start.OPEN),
        (P_VOP, Start.NONE),
        (b"\0\0\1\xb6", Start.NONE),
    ],
)
def test_where_mpeg_4_can_begin(sample, start):
    assert mpeg4.start(b"", sample) is start


@pytest.mark.parametrize("own_aspect", [0, 1])
@pytest.mark.parametrize(("new", "old", "said"), [(1, 0, 0), (0, 1, 1), (1, 1, 1)])
def test_mpeg_4_waits_for_later_frames_as_before(new, old, said, own_aspect):
    made = Made(layer(new, own_aspect=own_aspect), [VOP, P_VOP])
    joined = mpeg4.join(layer(old), made)
    assert joined.samples == [layer(said, own_aspect=own_aspect) + VOP, P_VOP]


@pytest.mark.parametrize(
    ("sample", "start"),
    [(b"\x10", Start.CLOSED), (b"\x11", Start.NONE), (b"\x00", Start.NONE), (b"", Start.NONE)],
)
def test_where_vp8_can_begin(sample, start):
    assert vp8.start(b"", sample) is start
