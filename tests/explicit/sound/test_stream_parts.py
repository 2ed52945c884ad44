import struct

import numpy as np
import pytest
from hearing import START, marked
from test_coded_marks import AAC, KINDS, coded

from aigc_label import ffmpeg
from aigc_label.asset import open_asset
from aigc_label.containers import adts as frames_of_aac
from aigc_label.containers import ogg as container
from aigc_label.errors import CannotCarry, LimitExceeded, Malformed
from aigc_label.explicit.sound import aac, decoding, ogg_pages, opus, vorbis
from aigc_label.explicit.sound.programme import Window

HEAD = b"OpusHead\x01\x02" + struct.pack("<HIhB", 312, 48000, 0, 0)


@pytest.mark.parametrize(
    ("packet", "samples"),
    [
        (b"\x00", 480), (b"\x08", 960), (b"\x10", 1920), (b"\x18", 2880), (b"\x19", 5760),
        (b"\x60", 480), (b"\x6a", 1920), (b"\x80", 120), (b"\xfc", 960), (b"\xff\x03", 2880),
        (b"\xff", 0), (b"", 0),
    ],
)  # fmt: skip
def test_packets_of_opus_say_how_long_they_last(packet, samples):
    assert opus._Opus(HEAD).block(packet) == samples


@pytest.mark.parametrize(
    ("head", "error", "words"),
    [
        (HEAD[:12], Malformed, "cut short"),
        (HEAD[:18] + b"\x02", CannotCarry, "mapping 2"),
        (HEAD[:9] + b"\x09" + HEAD[10:], CannotCarry, "mapping 0"),
    ],
)
def test_opus_headers_that_are_refused(head, error, words):
    with pytest.raises(error, match=words):
        opus._Opus(head)


@pytest.mark.parametrize(("ahead", "celt"), [(b"\xfc", False), (b"\x08", True), (b"\x78", True)])
def test_silence_in_another_mode_resets_decoders(ahead, celt):
    packets = opus._Opus(HEAD)._reset(ahead)
    assert len(packets) == 2
    assert all((packet[0] >> 3 >= 16) is celt for packet in packets)
    assert opus._Opus(HEAD)._reset(b"") == []


def test_surround_in_opus():
    data = coded("s.opus", "-c:a", "libopus", "-ac", "6", rate=48000)
    new, mark = marked(data)
    assert marked(new)[0] == new
    assert mark.at == (0.0, 1.08)
    head = data.index(b"OpusHead")
    other = bytearray(data)
    other[head + 21 : head + 23] = data[head + 22 : head + 20 : -1]  # another order of channels
    page = bytes(other[: head + 27])
    other[22:26] = struct.pack("<L", container.checksum(page[:22] + bytes(4) + page[26:]))
    with pytest.raises(CannotCarry, match="channels of Opus in another way"):
        marked(bytes(other))


def identity(channels=2, rate=44100, sizes=0xB8):
    return b"\x01vorbis" + struct.pack("<IBIiiiBB", 0, channels, rate, 0, 1, 0, sizes, 1)


def test_blocks_of_vorbis():
    codec = vorbis._Vorbis((identity(), b"", b""))
    assert [codec.block(p) for p in (b"\x00", b"\x02", b"\x01", b"")] == [256, 2048, 0, 0]
    assert codec.lasts(None, 256) == 0
    assert codec.lasts(2048, 256) == 576


@pytest.mark.parametrize(
    ("headers", "error", "words"),
    [
        ((identity()[:20], b"", b""), Malformed, "cut short"),
        ((identity(), b""), Malformed, "cut short"),
        ((identity(channels=12), b"", b""), CannotCarry, "12 channels"),
    ],
)
def test_vorbis_headers_that_are_refused(headers, error, words):
    with pytest.raises(error, match=words):
        vorbis._Vorbis(headers)


def test_pages_that_are_refused(monkeypatch):
    data = KINDS["vorbis"][0]()
    with open_asset(data) as asset:
        pages = ogg_pages.sound_of(asset).pages
        monkeypatch.setattr(ogg_pages, "MOST_PAGES", 1)
        with pytest.raises(LimitExceeded):
            ogg_pages.sound_of(asset)
    monkeypatch.undo()
    with pytest.raises(CannotCarry, match="no sound"):
        marked(data[: pages[0].start])
    harmed = bytearray(data)
    harmed[pages[1].start + 5] |= 1  # continues what is not there
    with pytest.raises(Malformed, match="page is missing"):
        marked(bytes(harmed))
    for page in pages:
        harmed[page.start + 5] = 0
        harmed[page.start + 6 : page.start + 14] = b"\xff" * 8
    with pytest.raises(Malformed, match="does not tell when"):
        marked(bytes(harmed))
    theora = data.replace(b"\x01vorbis", b"\x01vorbas", 1)
    with pytest.raises(Malformed, match="not whole"):
        marked(theora, fmt="vorbis")
    with pytest.raises(Malformed, match="fewer packets"):
        ogg_pages._segments(b"\xff\xff", 1)


def test_frames_of_aac_that_are_refused(monkeypatch):
    data = coded("a.aac", *AAC)
    main = bytes((*data[:2], data[2] & 0x3F, *data[3:]))
    with pytest.raises(CannotCarry, match="this kind of AAC"):
        marked(main, fmt="aac")
    with open_asset(data) as asset:
        monkeypatch.setattr(frames_of_aac, "MOST_FRAMES", 3)
        with pytest.raises(LimitExceeded):
            frames_of_aac.places(asset, 0)
    monkeypatch.undo()
    tail = b"TAG" + bytes(125)
    assert marked(data + tail)[0].endswith(tail)
    assert frames_of_aac.header(b"\xff") is None
    monkeypatch.setattr(ffmpeg, "run", lambda *_, **__: data)
    with pytest.raises(CannotCarry, match="does not encode AAC at 48000 Hz"):
        aac.encoded(np.zeros(100), 48000, 2, 96)
    monkeypatch.setattr(ffmpeg, "run", lambda *_, **__: data + b"?")
    with pytest.raises(CannotCarry, match="does not encode AAC"):
        aac.encoded(np.zeros(100), 44100, 2, 96)


def test_many_windows_are_decoded_in_order(tmp_path, monkeypatch):
    path = tmp_path / "a.flac"
    ramp = np.arange(0, 16000, dtype="<i2")
    raw = ("-f", "s16le", "-ar", "8000", "-ac", "1", "-i", "pipe:0")
    ffmpeg.run((*raw, ffmpeg.url(path)), input=ramp.tobytes())
    monkeypatch.setattr(decoding, "_AT_ONCE", 2)
    wanted = [Window(0, 10), Window(9000, 5), Window(3000, 4), Window(15_998, 6)]
    found = decoding.windows(path, "flac", wanted, rate=8000, channels=1)
    values = [(piece[:, 0] * 32768).round().astype(int).tolist() for piece in found]
    assert values[0] == list(range(10))
    assert values[1] == list(range(9000, 9005))
    assert values[2] == list(range(3000, 3004))
    assert values[3] == [15_998, 15_999, 0, 0, 0, 0]  # zeros stand for what is not there


@pytest.mark.parametrize("name", ["x.flac", "x.mp3", "x.opus", "x.m4a"])
def test_sounds_of_a_moment(name):
    data = coded(name, seconds=0.05)
    new, _ = marked(data, ("start", "end"))
    assert marked(new, ("start", "end"))[0] == new


def test_an_empty_programme_has_no_middle():
    from audio_samples import FMT, chunk, riff

    silent = riff(FMT, chunk(b"data", b""))
    with pytest.raises(CannotCarry, match="in the middle of"):
        marked(silent, ("middle",))
    assert marked(silent, START)[1].at == (0.0, 1.08)
