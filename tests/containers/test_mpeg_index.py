import struct

import pytest

from aigc_label.containers import mpeg_audio, mpeg_index
from aigc_label.containers.mpeg_index import Run
from audio_samples import mp3

VERSIONS = [{"rate": 44100, "channels": 2}, {"rate": 44100, "channels": 1}, {"rate": 24000}]


def parts(data):
    """The index frame and the frames of sound."""
    frames = mpeg_audio.frames(data)
    _, header = frames[0]
    return mpeg_index.index(data[: header.length], header.main_data), data[header.length :]


def run(data, count, spare=576):
    at = [at for at, _ in mpeg_audio.frames(data)][count]
    return Run(data[:at], count, spare)


def crc(data):
    value = 0
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0xA001 if value & 1 else 0)
    return value


def lame(index):
    at = index.field(16)
    names = ("gapless", "length", "music", "own")
    places = ((21, 3), (28, 4), (32, 2), (34, 2))
    return {name: index.number(at + o, n) for name, (o, n) in zip(names, places, strict=True)}


@pytest.mark.parametrize("sound", VERSIONS)
def test_ffmpegs_index(sound):
    data = mp3(**sound)
    index, rest = parts(data)
    assert index.counts == (len(mpeg_audio.frames(rest)), len(data))
    assert not index.is_vbri
    assert lame(index)["length"] == len(data)
    assert lame(index)["music"] == crc(rest)


def test_sound_is_no_index():
    data = mp3(index=False)
    _, header = mpeg_audio.frames(data)[0]
    assert mpeg_index.index(data[: header.length], header.main_data) is None


@pytest.mark.parametrize("sound", VERSIONS)
@pytest.mark.parametrize(("before", "after"), [(7, 0), (0, 5), (7, 5)])
def test_counts_lengths_and_checksums_follow(sound, before, after):
    data = mp3(**sound)
    index, rest = parts(data)
    others = mp3("-b:a", "128k", index=False, **sound)
    front = run(others, before, 600) if before else Run()
    back = run(others, after, 700) if after else Run()
    new = front.data + rest + back.data
    frame = mpeg_index.reindexed(index, front, back)
    made = mpeg_index.Index(frame, index.at)
    assert made.counts == (index.counts[0] + before + after, len(frame) + len(new))
    tags = lame(made)
    assert tags["length"] == len(frame) + len(new)
    assert tags["music"] == crc(new)
    covers = 190 if crc(index.frame[:190]) == lame(index)["own"] else made.field(16) + 34
    assert tags["own"] == crc(frame[:covers])
    gapless = lame(index)["gapless"]
    assert tags["gapless"] >> 12 == (600 if before else gapless >> 12)
    assert tags["gapless"] & 0xFFF == (700 if after else gapless & 0xFFF)


def table(index):
    at = index.field(4)
    return list(index.frame[at : at + 100])


@pytest.mark.parametrize("options", [("-b:a", "128k"), ("-q:a", "4")])
def test_table_leads_to_the_right_frames(options):
    data = mp3(*options, seconds=4.0)
    index, rest = parts(data)
    front = run(mp3("-b:a", "96k", index=False, seconds=4.0), 60)
    frame = mpeg_index.reindexed(index, front, Run())
    new = frame + front.data + rest
    made = mpeg_index.Index(frame, index.at)
    places = [at for at, _ in mpeg_audio.frames(new)][1:]
    assert table(made) == sorted(table(made))
    for percent in range(100):
        wanted = places[min(len(places) * percent // 100, len(places) - 1)]
        assert abs(table(made)[percent] * len(new) / 256 - wanted) < len(new) * 0.012


def xing(flags, frame=bytes(417), fields=b""):
    head = b"\xff\xfb\x90\x64" + bytes(32) + b"Xing" + struct.pack(">I", flags) + fields
    return mpeg_index.index(head + frame[len(head) :], 36)


def test_fields_that_are_absent_stay_absent():
    for flags, fields in ((0, b""), (1, struct.pack(">I", 100)), (8, b"\x00\x00\x00\x09")):
        index = xing(flags, fields=fields)
        assert index.counts is None
        new = mpeg_index.reindexed(index, Run(b"x" * 500, 5), Run())
        changed = {i for i in range(len(new)) if new[i] != index.frame[i]}
        assert changed <= (set(range(44, 48)) if flags == 1 else set())


def test_zero_counts_give_no_table():
    index = xing(7, fields=struct.pack(">II", 0, 0) + bytes(range(100)))
    new = mpeg_index.reindexed(index, Run(b"x" * 500, 5), Run())
    assert new[52:152] == bytes(range(100))


def test_counts_without_a_table():
    index = xing(3, fields=struct.pack(">II", 100, 41700))
    new = mpeg_index.Index(mpeg_index.reindexed(index, Run(b"x" * 500, 5), Run()), 36)
    assert new.counts == (105, 42200)


def test_index_that_does_not_fit_its_frame():
    index = xing(15, frame=bytes(104), fields=struct.pack(">II", 100, 10400))
    assert index.field(16) is None
    new = mpeg_index.Index(mpeg_index.reindexed(index, Run(b"x" * 500, 5), Run()), 36)
    assert new.counts == (105, 10900)


def test_index_behind_a_checksum():
    frame = b"\xff\xfa\x90\x64" + bytes(34) + b"Info" + bytes(375)
    assert mpeg_index.index(frame, 38).at == 38
    frame = b"\xff\xfa\x90\x64" + bytes(32) + b"Info" + bytes(377)
    assert mpeg_index.index(frame, 38).at == 36


def vbri(sizes, *, step=10, scale=1, width=2, frames=None):
    entries = b"".join(size.to_bytes(width, "big") for size in sizes)
    count = step * len(sizes) if frames is None else frames
    head = b"VBRI" + struct.pack(">HHH", 1, 0, 75)
    head += struct.pack(">II", sum(sizes) * scale, count)
    head += struct.pack(">HHHH", len(sizes), scale, width, step)
    return (b"\xff\xfb\x90\x64" + bytes(32) + head + entries).ljust(417, b"\x00")


def numbers(frame):
    size, count, entries, scale, width, step = struct.unpack(">IIHHHH", frame[46:62])
    listed = [
        int.from_bytes(frame[62 + i * width : 62 + (i + 1) * width], "big") * scale
        for i in range(entries)
    ]
    return size, count, step, listed


def test_vbri_is_read_and_brought_up_to_date():
    index = mpeg_index.index(vbri([4000] * 20), 36)
    assert index.is_vbri
    assert index.counts == (200, 80_000)
    size, count, step, listed = numbers(
        mpeg_index.reindexed(index, Run(bytes(8000), 40), Run(bytes(4000), 10))
    )
    assert (size, count, step) == (92_000, 250, 13)
    assert len(listed) == 20
    assert abs(sum(listed) - 92_000) < 20
    assert abs(listed[0] - (417 + 8000) * 13 / 40) < 2
    assert abs(listed[10] - 13 * 400) < 2
    assert listed[-1] == 3 * 400


def test_vbri_entries_that_would_overflow_get_a_larger_scale():
    index = mpeg_index.index(vbri([250] * 4, width=1), 36)
    _, _, _, listed = numbers(mpeg_index.reindexed(index, Run(bytes(8000), 40), Run()))
    assert abs(sum(listed) - 9000) < 100


@pytest.mark.parametrize("frame", [vbri([]), vbri([1] * 300), vbri([5], frames=0)])
def test_vbri_without_a_usable_table(frame):
    index = mpeg_index.index(frame, 36)
    size, count = index.counts[1], index.counts[0]
    new = mpeg_index.reindexed(index, Run(bytes(100), 2), Run())
    assert mpeg_index.Index(new, 36).counts == (count + 2, size + 100)


def test_checksum_of_many_bytes_is_that_of_each():
    import random

    data = random.Random(1).randbytes(3 * 4096 + 17)
    assert mpeg_index.checksum(data) == mpeg_index._crc(data)
    assert mpeg_index.checksum(data[5000:], mpeg_index.checksum(data[:5000])) == mpeg_index._crc(
        data
    )
