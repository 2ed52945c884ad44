"""Codings by hand-made bytes: where decoding can begin, and what does not fit."""

import struct
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aigc_label.errors import AssetError, CannotCarry, Malformed
from aigc_label.explicit.film import codecs, picture
from aigc_label.explicit.film.codecs import av1, h264, hevc, mpeg4, nal, vp9
from aigc_label.explicit.film.segment import Made, Picture, Start, Stretch

SPS = bytes.fromhex("6764000aacd9")
PPS = bytes.fromhex("68ebe3cb")
LOOK = Picture("h264", "High", "avc1", "yuv420p", {}, (64, 64), Fraction(1), "")
STRETCH = Stretch(Path("x"), "mov", 1000, 0, 100, 10, Fraction(25), True, 10)


def sized(*units, width=4):
    return nal.joined(units, width)


def avcc(sequence=(SPS,), pictures=(PPS,), *, width=4, profile=100, level=10, rest=b""):
    parts = [bytes([1, profile, 0, level, 0xFC | width - 1, 0xE0 | len(sequence)])]
    parts += (struct.pack(">H", len(unit)) + unit for unit in sequence)
    parts += [bytes([len(pictures)])]
    parts += (struct.pack(">H", len(unit)) + unit for unit in pictures)
    return b"".join([*parts, rest])


def sps(number):
    """A sequence parameter set of a bare header and that id."""
    value, length = nal.golomb(number)
    bits = (value << 1 | 1) << -(length + 1) % 8
    return bytes([0x67, 100, 0, 10]) + bits.to_bytes(-(-(length + 1) // 8))


def pps(number):
    value, length = nal.golomb(number)
    bits = (value << 1 | 1) << -(length + 1) % 8
    return bytes([0x68]) + bits.to_bytes(-(-(length + 1) // 8))


@given(st.binary(max_size=300))
def test_escapes_are_undone(payload):
    assert nal.unescaped(nal.escaped(payload)) == payload


@given(st.lists(st.integers(0, 70_000), max_size=20))
def test_golomb_numbers_are_read_back(numbers):
    value = length = 0
    for number in numbers:
        new, more = nal.golomb(number)
        value, length = value << more | new, length + more
    pad = -length % 8
    bits = nal.Bits((value << pad).to_bytes((length + pad) // 8))
    assert [bits.golomb() for _ in numbers] == numbers


def test_golomb_beyond_all_bounds():
    with pytest.raises(Malformed):
        nal.Bits(bytes(9)).golomb()
    with pytest.raises(Malformed):
        nal.Bits(b"a").take(9)


@pytest.mark.parametrize("codec", codecs.CODECS)
@given(data=st.binary(max_size=80))
def test_codings_are_total(codec, data):
    """Whatever the bytes are, an answer or an error of ours comes back."""
    for config in (data, avcc(), data[::-1]):
        try:
            assert codec.start(config, data) in Start
            codec.arguments(config, LOOK, STRETCH, [data])
            codec.join(config, Made(data, [data]), [data])
        except AssetError:
            pass


@pytest.mark.parametrize(
    ("units", "kind"),
    [
        ([b"\x09\xf0", SPS, PPS, b"\x65x"], Start.CLOSED),
        ([b"\x06x", b"\x41x"], Start.NONE),
        ([b"\x61x", b"\x65x"], Start.NONE),
        ([SPS], Start.NONE),
        ([], Start.NONE),
    ],
)
def test_h264_begins_at_idr_pictures_alone(units, kind):
    for width in (1, 2, 4):
        assert h264.start(avcc(width=width), sized(*units, width=width)) is kind


def test_h264_takes_an_id_that_is_free():
    def asked(config, beside=()):
        words = h264.arguments(config, LOOK, STRETCH, beside)
        return words[words.index("-x264-params") + 1]

    assert "sps-id=31" in asked(avcc())
    beside = [sized(sps(31), pps(30))]
    assert "sps-id=29" in asked(avcc(), beside)
    assert "level=" not in asked(avcc(level=9))
    assert "level=1.0" in asked(avcc(level=10))
    assert "vbv-maxrate=20000" in asked(avcc(level=40))
    assert "force-cfr" not in h264.arguments(avcc(), LOOK, STRETCH._replace(even=False))[-1]
    fields = h264.arguments(avcc(), LOOK._replace(fields="bff"), STRETCH)
    assert "+ildct+ilme" in fields
    with pytest.raises(CannotCarry, match="all ids"):
        asked(avcc(tuple(sps(n) for n in range(1, 32))))
    with pytest.raises(CannotCarry, match="profile"):
        asked(avcc(profile=44))


def test_h264_sets_stand_beside_each_other():
    old = avcc((sps(0),), (pps(0),), width=2, rest=b"\xfd\xf8\xf8\0")
    made = Made(avcc((sps(3),), (pps(3),)), [sized(b"\x65abc"), sized(b"\x41d")])
    joined = h264.join(old, made)
    assert h264.sets(joined.config).sequence == [sps(0), sps(3)]
    assert joined.config.endswith(b"\xfd\xf8\xf8\0")
    assert joined.samples == [sized(b"\x65abc", width=2), sized(b"\x41d", width=2)]
    assert joined.keys == [True, False]
    repeating = h264.join(old, made, [sized(sps(0), b"\x65x", width=2)])
    assert list(nal.units(repeating.samples[0], 2)) == [sps(3), pps(3), b"\x65abc"]
    with pytest.raises(CannotCarry, match="ids"):
        h264.join(old, Made(old, []))
    full = avcc(tuple(sps(n) for n in range(31)))
    with pytest.raises(CannotCarry, match="no room"):
        h264.join(full, Made(avcc((sps(31),), (pps(31),)), []))
    with pytest.raises(Malformed, match="too large"):
        h264.join(avcc(width=1), Made(avcc((sps(3),), (pps(3),)), [sized(b"\x65" + bytes(300))]))


@pytest.mark.parametrize("config", [b"", b"\2" * 20, avcc()[:-3], avcc()[:12]])
def test_damaged_configurations(config):
    with pytest.raises(Malformed):
        h264.sets(config)


def hvcc(*arrays, profile=1, level=93):
    fixed = bytes([1, profile, *bytes(10), level, *bytes(8), 0xFF])
    parts = [fixed, bytes([len(arrays)])]
    for kind, units in arrays:
        parts.append(struct.pack(">BH", 0x80 | kind, len(units)))
        parts += (struct.pack(">H", len(unit)) + unit for unit in units)
    return b"".join(parts)


def unit(kind, body=b"\xc0"):
    return bytes([kind << 1, 1]) + body


HEVC_PPS = unit(34, bytes([0b11000000]))  # ids 0 and 0
HEVC_SPS = unit(33, bytes([0, 1, *bytes(11), 0b11000000]))
HEVC_VPS = unit(32, bytes([0x0C, 0xFF]))
HEVC = hvcc((32, [HEVC_VPS]), (33, [HEVC_SPS]), (34, [HEVC_PPS]))


@pytest.mark.parametrize(
    ("kind", "expected"),
    [(19, Start.CLOSED), (20, Start.CLOSED), (21, Start.OPEN), (16, Start.OPEN), (1, Start.NONE)],
)
def test_hevc_starting_points(kind, expected):
    assert hevc.start(HEVC, sized(unit(35), unit(kind))) is expected
    assert hevc.start(HEVC, sized(unit(35))) is Start.NONE


def test_hevc_ids_are_changed_and_nothing_else():
    slices = [unit(20, bytes([0b10101101, 7, 8, 9])), unit(1, bytes([0b11001101, 7, 8, 9]))]
    joined = hevc.join(HEVC, Made(HEVC, [sized(each) for each in slices]))
    assert joined.keys == [True, False]
    for sample, old, ahead in zip(joined.samples, slices, (2, 1), strict=True):
        (new,) = nal.units(sample, 4)
        assert len(new) == len(old) + 1
        assert new[-3:] == old[-3:]
        bits = nal.Bits(new[2:])
        bits.take(ahead)
        assert bits.golomb() == 30
        assert bits.take(7 - ahead) == old[2] & (1 << 7 - ahead) - 1
    sets = hevc.sets(joined.config)
    assert [len(array.units) for array in sets.arrays] == [2, 2, 2]
    assert [hevc._id(array.units[1]) for array in sets.arrays] == [15, 15, 30]
    assert [hevc._id(array.units[0]) for array in sets.arrays] == [0, 0, 0]
    twice = hevc.join(joined.config, Made(HEVC, []))
    assert [hevc._id(a.units[2]) for a in hevc.sets(twice.config).arrays] == [14, 14, 29]


def test_hevc_repeats_sets_and_light():
    light = unit(39, bytes([137, 1, 5, 0x80]))
    beside = [
        sized(HEVC_VPS, HEVC_SPS, HEVC_PPS, light, unit(39, b"\4\1\5\x80"), unit(20, b"\xa0"))
    ]
    joined = hevc.join(HEVC, Made(HEVC, [sized(unit(20, b"\xa0"))]), beside)
    kinds = [each[0] >> 1 for each in nal.units(joined.samples[0], 4)]
    assert kinds == [32, 33, 34, 39, 20]
    bare = hvcc((39, [light]))
    joined = hevc.join(bare, Made(HEVC, [sized(light, unit(20, b"\xa0"))]), beside)
    assert [each[0] >> 1 for each in nal.units(joined.samples[0], 4)][-2:] == [39, 20]
    assert [array.kind for array in hevc.sets(joined.config).arrays] == [39, 32, 33, 34]


def test_hevc_refusals():
    for damaged in (b"", HEVC[:30], hvcc()[:20]):
        with pytest.raises(Malformed):
            hevc.sets(damaged)
    with pytest.raises(CannotCarry, match="another way"):
        hevc.join(HEVC, Made(HEVC, [sized(unit(1, b"\x80\1"))]))
    with pytest.raises(CannotCarry, match="several"):
        hevc.join(HEVC, Made(hvcc(), []))
    taken = [unit(34, (n + 1 << 15).to_bytes(3)) for n in range(15, 31)]
    odd = hvcc((34, taken))
    with pytest.raises(CannotCarry, match="all ids"):
        hevc.join(odd, Made(HEVC, []))
    with pytest.raises(CannotCarry, match="profile"):
        hevc.arguments(hvcc(profile=6), LOOK, STRETCH)
    with pytest.raises(CannotCarry, match="interlaced"):
        hevc.arguments(HEVC, LOOK._replace(fields="tff"), STRETCH)
    assert "-profile:v" not in hevc.arguments(hvcc(profile=4), LOOK, STRETCH)
    other = unit(34, bytes([0b01010000]))
    with pytest.raises(CannotCarry, match="another way"):
        hevc.join(HEVC, Made(hvcc((32, [HEVC_VPS]), (33, [HEVC_SPS]), (34, [other])), []))


@pytest.mark.parametrize(
    ("first", "kind"),
    [
        (0x82, Start.CLOSED), (0x80, Start.NONE), (0x86, Start.NONE), (0x8A, Start.NONE),
        (0xB1, Start.CLOSED), (0xB3, Start.NONE), (0x02, Start.NONE),
    ],
)  # fmt: skip
def test_vp9_key_frames(first, kind):
    assert vp9.start(b"", bytes([first, 0x49])) is kind
    assert vp9.start(b"", b"") is Start.NONE


KEY = bytes([0x32, 1, 0x10])  # a frame: key, shown
INTER = bytes([0x32, 1, 0x30])
HEADER = bytes([0x0A, 2, 1, 2])
AV1C = b"\x81\0\x0c\0" + HEADER


def test_av1_sequence_headers():
    assert av1.start(b"", b"\x12\0" + HEADER + KEY) is Start.CLOSED
    assert av1.start(b"", INTER) is Start.NONE
    assert av1.start(b"", HEADER) is Start.NONE
    other = b"\x81\0\x0c\0" + b"\x0a\2\3\4"
    joined = av1.join(AV1C, Made(other, [KEY, INTER]), [KEY, KEY])
    assert joined.samples == [b"\x0a\2\3\4" + KEY, INTER]
    assert joined.bridge == HEADER
    assert av1.join(AV1C, Made(other, [HEADER + KEY]), [KEY, HEADER + KEY]).bridge == b""
    with pytest.raises(CannotCarry, match="missing"):
        av1.join(AV1C[:4], Made(other, [KEY]), [KEY])
    with pytest.raises(CannotCarry, match="yuv444p"):
        av1.arguments(b"", LOOK._replace(pixels="yuv444p"), STRETCH)
    for damaged in (b"\x32\x09x", b"\x32" + b"\xff" * 9):
        with pytest.raises(Malformed):
            av1.start(b"", damaged)
    assert av1.start(b"", b"\x30\x10") is Start.CLOSED  # without a size: to the end


VOL = b"\0\0\1\x20"
I_VOP, P_VOP = b"\0\0\1\xb6\x10", b"\0\0\1\xb6\x50"


def layer(*, kind=3, verid=False, aspect=1, control=True, low=1):
    value, length = (0, 1)
    fields = [(kind, 8), (int(verid), 1), *([(2, 7)] if verid else []), (aspect, 4)]
    fields += [(0, 16)] if aspect == 15 else []
    fields += [(1, 1), (1, 2), (low, 1)] if control else [(0, 1)]
    for number, bits in fields:
        value, length = value << bits | number, length + bits
    pad = -length % 8 + 16
    return VOL + (value << pad).to_bytes((length + pad) // 8)


def test_mpeg4_starting_points():
    assert mpeg4.start(b"", P_VOP) is Start.NONE
    assert mpeg4.start(b"", b"") is Start.NONE
    assert mpeg4.start(b"", I_VOP) is Start.OPEN
    assert mpeg4.start(b"", b"\0\0\1\xb3\0\0\x20" + I_VOP) is Start.CLOSED
    assert mpeg4.start(b"", b"\0\0\1\xb3\0\0\0" + I_VOP) is Start.OPEN


@pytest.mark.parametrize("options", [{}, {"verid": True}, {"aspect": 15}])
def test_mpeg4_waits_for_frames_exactly_as_the_film_does(options):
    late = layer(low=0, **options)
    joined = mpeg4.join(late, Made(layer(low=1), [I_VOP, P_VOP]), [I_VOP, I_VOP])
    assert joined.samples == [layer(low=0) + I_VOP, P_VOP]
    assert joined.bridge == late
    assert mpeg4.join(late, Made(layer(), [VOL + I_VOP]), [VOL + I_VOP]).bridge == b""
    for kind, expected in ((1, 1), (3, 0)):
        silent = layer(kind=kind, control=False)
        joined = mpeg4.join(silent, Made(layer(low=1), [I_VOP]), [I_VOP])
        assert joined.samples == [layer(low=expected) + I_VOP]
    with pytest.raises(CannotCarry, match="missing"):
        mpeg4.join(b"", Made(b"", [I_VOP]), [I_VOP])


def test_mpeg4_refusals():
    with pytest.raises(CannotCarry):
        mpeg4.arguments(b"", LOOK._replace(fields="tff"), STRETCH)
    with pytest.raises(CannotCarry):
        mpeg4.arguments(b"", LOOK, STRETCH._replace(rate=Fraction(90_000, 1)))


def test_codecs_by_name():
    assert codecs.by_name("hevc") is hevc
    assert codecs.by_name("dnxhd") is None
    assert codecs.by_entry(b"av01") is av1
    assert codecs.restarted(h264, b"", b"x") == b"x"
    cra = sized(unit(35), unit(21, b"\xa0abc"))
    assert codecs.restarted(hevc, HEVC, cra) == sized(unit(35), unit(18, b"\xa0abc"))


@pytest.mark.parametrize(
    ("said", "rate"),
    [(", 29.97 tbr", Fraction(30000, 1001)), (", 25 tbr", 25), (", 12.50 tbr", Fraction(25, 2)),
     ("", 0), (", 23.98 tbr", Fraction(24000, 1001)), (", 90k tbr", 0)],
)  # fmt: skip
def test_rates_as_ffmpeg_prints_them(said, rate):
    found = picture._RATE.search(said)
    assert (picture.exact(found[1]) if found else 0) == rate
