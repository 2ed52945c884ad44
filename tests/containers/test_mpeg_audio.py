import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aigc_label.asset import open_asset
from aigc_label.containers import mpeg_audio
from aigc_label.containers.mpeg_audio import Header
from audio_samples import encoded, mp3

FREE = b"\xff\xfb\x00\x00"  # MPEG-1 layer III, free format, 44.1 kHz


def first(data, start=0, **options):
    with open_asset(data) as asset:
        return mpeg_audio.first(asset, start, **options)


def last_end(data, header=None):
    with open_asset(data) as asset:
        return mpeg_audio.last_end(asset, header or mpeg_audio.first(asset, 0)[1])


@pytest.mark.parametrize(
    ("four", "header"),
    [
        ("fffb9064", Header(1.0, 3, False, 128, 44100, 2, 417)),
        ("fffb9264", Header(1.0, 3, False, 128, 44100, 2, 418)),
        ("fffa94c4", Header(1.0, 3, True, 128, 48000, 1, 384)),
        ("fff384c4", Header(2.0, 3, False, 64, 24000, 1, 192)),
        ("ffe328c4", Header(2.5, 3, False, 16, 8000, 1, 144)),
        ("fffd8004", Header(1.0, 2, False, 128, 44100, 2, 417)),
        ("ffff4000", Header(1.0, 1, False, 128, 44100, 2, 136)),
        ("fff54c00", Header(2.0, 2, False, 32, 0, 2, 0)),
        ("fffb00c4", Header(1.0, 3, False, 0, 44100, 1, 0)),
    ],
)
def test_headers(four, header):
    found = mpeg_audio.parse(bytes.fromhex(four))
    if header.rate == 0:  # reserved sample rate
        assert found is None
    else:
        assert found == header


@pytest.mark.parametrize(
    ("four", "why"),
    [
        ("fff15080", "ADTS AAC has layer 0"),
        ("fff95080", "ADTS AAC of MPEG-2"),
        ("ffd8ffe0", "JPEG"),
        ("ffeb9064", "reserved version"),
        ("fffbf064", "bit rate 15"),
        ("fffb9c64", "sample rate 3"),
        ("fffb9066", "emphasis 2"),
        ("fffb90", "too short"),
        ("49443303", "no sync"),
    ],
)
def test_what_is_no_header(four, why):
    assert mpeg_audio.parse(bytes.fromhex(four)) is None, why


@pytest.mark.parametrize(
    ("four", "samples", "main_data"),
    [
        ("fffb9064", 1152, 36),
        ("fffa90c4", 1152, 23),
        ("fff388c4", 576, 13),
        ("fff38804", 576, 21),
        ("fffd8004", 1152, 36),
        ("ffff4000", 384, 36),
    ],
)
def test_sizes_that_follow_from_a_header(four, samples, main_data):
    header = mpeg_audio.parse(bytes.fromhex(four))
    assert header.samples == samples
    assert header.main_data == main_data


@pytest.mark.parametrize("rate", [44100, 22050, 11025])
def test_whole_files_are_chains_of_frames(rate):
    data = mp3("-b:a", "32k", rate=rate, channels=1, seconds=1.0)
    found = mpeg_audio.frames(data)
    assert found[-1][0] + found[-1][1].length == len(data)
    assert first(data) == found[0]
    assert last_end(data, found[0][1]) == len(data)
    assert all(header.joins(found[0][1]) for _, header in found)


def test_junk_in_front_is_passed_over():
    data = mp3(seconds=1.0)
    junk = random.Random(3).randbytes(6000)
    assert first(junk + data)[0] == 6000
    assert first(bytes(40_000) + data)[0] == 40_000
    assert first(bytes(40_000) + data, search=30_000) is None
    assert first(junk + data, search=1) is None


def test_layer_ii():
    at, header = first(encoded("-c:a", "mp2", "mp2", seconds=1.0))
    assert (at, header.layer) == (0, 2)


@pytest.mark.parametrize("kind", ["adts", "flac", "ogg", "ac3", "wav", "matroska"])
def test_other_sound_is_not_claimed(kind):
    options = {"ogg": ("-c:a", "libvorbis"), "matroska": ("-c:a", "flac")}.get(kind, ())
    data = encoded(*options, kind, seconds=1.0)
    assert first(data) is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        b"\xff\xfb\x90\x64",
        "人工智能生成 A plain text of some length. ".encode("utf-16") * 20,
        "A".encode("utf-16") + b"A\x00" * 67,  # as long as one frame of its seeming header
        b"\xff\xd8\xff\xe0" + random.Random(5).randbytes(20_000),
        b"\xff" * 20_000,
        bytes(20_000),
    ],
    ids=lambda data: data[:6].hex(),
)
def test_other_bytes_are_not_claimed(data):
    assert first(data) is None


def test_chance_is_not_enough():
    for seed in range(20):
        assert first(random.Random(seed).randbytes(70_000)) is None


def test_short_files():
    data = mp3("-b:a", "128k", index=False, seconds=1.0)
    found = mpeg_audio.frames(data)
    at, two, three = found[0][1].length, found[2][0], found[3][0]
    assert first(data[:at]) is not None
    assert first(data[: at - 1]) is None
    assert first(data[:two]) is not None
    assert first(data[: two + 9]) is not None
    assert first(data[:at] + b"TAG" + bytes(125)) is not None
    assert first(data[:at] + b"Other junk here") is None
    assert first(data[:at] + bytes.fromhex("fff388c4") + bytes(200)) is None
    assert first(data[:three] + b"junk") is not None


def test_free_format():
    frame = FREE + bytes(500)
    assert first(frame * 20)[1].length == 0
    assert first(frame * 2 + bytes(3000)) is None
    uneven = (FREE + bytes(500)) + (b"\xff\xfb\x02\x00" + bytes(501)) + (FREE + bytes(500))
    assert first(uneven * 6) is not None
    assert mpeg_audio.frames(frame * 20) == []


APE_FOOTER = (
    b"APETAGEX" + bytes.fromhex("d0070000 28000000 01000000") + bytes([0, 0, 0, 0]) + bytes(8)
)
APE_BOTH = (
    b"APETAGEX" + bytes(24) + b"item567A" + APE_FOOTER[:20] + bytes([0, 0, 0, 0x80]) + bytes(8)
)
LYRICS = b"LYRICSBEGIN" + b"words" + b"000016LYRICS200"
ID3V1 = b"TAG" + bytes(125)
ID3V24 = b"ID3\x04\x00\x10\x00\x00\x00\x05" + bytes(5) + b"3DI\x04\x00\x10\x00\x00\x00\x05"


@pytest.mark.parametrize(
    "tail",
    [
        ID3V1,
        b"item567A" + APE_FOOTER,
        APE_BOTH,
        APE_BOTH + ID3V1,
        LYRICS + ID3V1,
        ID3V24,
        b"junk that is no tag",
        bytes(3000),
    ],
    ids=["id3v1", "ape", "ape-header", "ape+id3v1", "lyrics", "id3v2.4", "junk", "zeros"],
)
def test_the_end_of_the_sound_is_before_the_tags(tail):
    data = mp3(seconds=1.0)
    assert last_end(data + tail) == len(data)


def test_a_last_frame_that_is_cut_does_not_count():
    data = mp3(seconds=1.0)
    whole = mpeg_audio.frames(data)
    assert last_end(data[:-10]) == whole[-1][0]


def test_a_broken_frame_in_the_middle_is_not_the_end():
    data = bytearray(mp3(seconds=1.0))
    at = mpeg_audio.frames(bytes(data))[-12][0]
    data[at : at + 4] = b"junk"
    assert last_end(bytes(data)) == len(data)


def test_no_end_without_sound():
    assert last_end(bytes(5000), mpeg_audio.parse(b"\xff\xfb\x90\x64")) is None
    assert last_end(ID3V1 * 20, mpeg_audio.parse(b"\xff\xfb\x90\x64")) is None


def test_tags_with_impossible_sizes_are_not_followed():
    data = mp3(seconds=1.0)
    huge = APE_FOOTER.replace(b"\x28\x00\x00\x00", b"\xff\xff\xff\x7f")
    assert last_end(data + huge) == len(data)


@pytest.mark.parametrize("rate", [44100, 22050])
def test_borrowing_shows_the_bit_reservoir(rate):
    data = mp3("-b:a", "64k", index=False, rate=rate, seconds=1.0)
    borrowed = [
        mpeg_audio.borrowed(data[at : at + header.length], header)
        for at, header in mpeg_audio.frames(data)
    ]
    assert borrowed[0] == 0
    assert 0 < max(borrowed) < (512 if rate == 44100 else 256)


def test_silenced_frames_keep_their_data_and_checksum():
    data = mp3("-b:a", "64k", index=False, seconds=1.0)
    at, header = mpeg_audio.frames(data)[5]
    frame = data[at : at + header.length]
    silent = mpeg_audio.silenced(frame, header)
    assert len(silent) == len(frame)
    assert silent[header.main_data :] == frame[header.main_data :]
    assert not any(silent[4 : header.main_data])
    checked = mpeg_audio.parse(b"\xff\xfa\x90\xc4")
    frame = b"\xff\xfa\x90\xc4" + b"\x12\x34" + bytes(range(1, 18)) + b"data"
    silent = mpeg_audio.silenced(frame, checked)
    # CRC-16 of 90 c4 and 17 zero bytes: polynomial 0x8005 from 0xffff, by long division.
    assert silent[4:6].hex() == _crc_by_division(b"\x90\xc4" + bytes(17))
    assert silent[6:] == bytes(17) + b"data"


def _crc_by_division(message):
    value = int.from_bytes(message, "big") << 16
    value ^= 0xFFFF << (8 * len(message))  # the initial value, over the first 16 bits
    for bit in range(8 * len(message) + 15, 15, -1):
        if value >> bit & 1:
            value ^= 0x18005 << (bit - 16)
    return value.to_bytes(2, "big").hex()


@given(st.binary(max_size=300), st.integers(0, 50))
def test_finding_is_total(data, start):
    found = first(b"\xff\xfb" + data, start)
    assert found is None or start <= found[0]
    mpeg_audio.frames(data)
