"""Marks in FLAC in Ogg: every sample stays, and the pages around are made as others take them."""

from __future__ import annotations

import functools
import io
import pathlib
import struct
import subprocess
import tempfile

import numpy as np
import pytest
from hearing import END, START, begins, ends, marked
from mutagen.oggflac import OggFLAC
from test_lossless_marks import whole_in

import aigc_label
from aigc_label import ExplicitLabel, ImplicitLabel, ffmpeg
from aigc_label.containers import ogg
from aigc_label.errors import AigcLabelError, CannotCarry, LimitExceeded, Malformed
from aigc_label.explicit.sound import ogg_flac, ogg_pages
from aigc_label.explicit_label import Sound
from audio_samples import wav

ALL = ("start", "middle", "end")
FIXTURES = pathlib.Path(__file__).resolve().parents[3] / "fixtures" / "oggflac"


@functools.cache
def oga(*options, seconds=2.0, rate=44100, channels=2):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "a.oga")
        coder = ("-c:a", "flac", *options, ffmpeg.url(path))
        ffmpeg.run(("-f", "wav", "-i", "pipe:0", *coder), input=wav(seconds, rate, channels))
        return path.read_bytes()


def numbers(data):
    """Samples as they are, by ffmpeg."""
    form = ("-c:a", "pcm_s32le", "-f", "s32le", "pipe:1")
    return np.frombuffer(ffmpeg.run(("-xerror", "-i", "pipe:0", *form), input=data), "<i4")


def pages(data):
    found, at = [], 0
    with aigc_label.asset.open_asset(data) as asset:
        while at < len(data):
            page = ogg.page_at(asset, at)
            raw = data[at : page.end]
            assert (
                ogg.encoded(
                    page.table,
                    data[page.body : page.end],
                    (
                        page.flags,
                        page.granule,
                        page.serial,
                        page.sequence,
                    ),
                )
                == raw
            )  # checksums
            found.append(page)
            at = page.end
    return found


SOURCES = {
    "flac": (FIXTURES / "plain/flac.oga").read_bytes,
    "ffmpeg": (FIXTURES / "plain/ffmpeg.oga").read_bytes,
    "mono": lambda: oga(rate=8000, channels=1),
    "5.1-24": lambda: oga("-sample_fmt", "s32", "-ac", "6", "-ar", "96000", seconds=1.0),
}


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("places", [START, END, ALL])
def test_every_sample_stays(source, places):
    data = SOURCES[source]()
    new, mark = marked(data, places)
    before, after = numbers(data), numbers(new)
    if "middle" not in places:
        assert whole_in(before, after)
    info = OggFLAC(io.BytesIO(new)).info
    samples = after.reshape(-1, info.channels).mean(axis=1) / (1 << 31)
    if "start" in places:
        assert begins(samples, info.sample_rate) is not None
        assert mark.place == "start"
    if "end" in places:
        assert ends(samples, info.sample_rate) is not None
    found = pages(new)
    assert [page.sequence for page in found] == list(range(len(found)))
    assert [page.flags & 6 for page in found] == [2, *[0] * (len(found) - 2), 4]
    assert found[-1].granule == samples.size
    assert OggFLAC(io.BytesIO(new)).tags == OggFLAC(io.BytesIO(data)).tags
    again, _ = marked(new, places)
    assert again == new


@pytest.mark.foreign("flac", "oggz-validate", "ogginfo")
@pytest.mark.parametrize("source", SOURCES)
def test_others_find_nothing_wrong(source, tmp_path):
    path = tmp_path / "made.oga"
    label = ImplicitLabel(content_producer="Studio", produce_id="42")
    explicit = ExplicitLabel(places=ALL, sound=Sound())
    aigc_label.label(SOURCES[source](), label, explicit=explicit, to=path)
    subprocess.run(["flac", "-t", "-s", "--ogg", path], check=True)
    assert subprocess.run(["oggz-validate", path], capture_output=True, check=True).stdout == b""
    told = subprocess.run(["ogginfo", path], capture_output=True, check=True).stdout
    assert b"WARNING" not in told
    report = aigc_label.check(path)
    assert report.ok
    assert {mark.kind for mark in report.inspection.marks or ()} == {"rhythm"}


def test_a_long_frame_goes_over_pages():
    data = oga("-frame_size", "65535", "-sample_fmt", "s32", seconds=4.0)
    new, _ = marked(data, START)
    assert whole_in(numbers(data), numbers(new))
    found = pages(new)
    continued = [page for page in found if page.flags & 1]
    assert continued
    assert any(page.granule == (1 << 64) - 1 for page in found)


def test_headers_on_shared_pages_get_their_own():
    """As some writers have them; a label could not be written into those."""
    data = (FIXTURES / "plain/flac.oga").read_bytes()
    first, *others = pages(data)
    heads = [page for page in others if page.granule == 0]
    packet = b"".join(data[page.body : page.end] for page in heads)
    table = b"".join(page.table for page in heads)
    shared = ogg.encoded(table, packet, (0, 0, first.serial, 1))
    rest = b"".join(
        ogg.encoded(
            page.table, data[page.body : page.end], (page.flags, page.granule, page.serial, number)
        )
        for number, page in enumerate(others[len(heads) :], 2)
    )
    odd = data[: first.end] + shared + rest
    label = ImplicitLabel(content_producer="Studio", produce_id="42")
    made = aigc_label.label(odd, label, explicit=ExplicitLabel(places=START, sound=Sound()))
    assert whole_in(numbers(data), numbers(made.data))


@pytest.mark.parametrize("count", [0, 1])
def test_the_number_of_headers_is_told_where_it_was(count):
    data = (FIXTURES / "plain/flac.oga").read_bytes()
    first = pages(data)[0]
    body = bytearray(data[first.body : first.end])
    body[7:9] = struct.pack(">H", count)
    odd = ogg.encoded(first.table, bytes(body), (2, 0, first.serial, 0)) + data[first.end :]
    new, _ = marked(odd, START)
    told = struct.unpack_from(">H", new, pages(new)[0].body + 7)[0]
    heads = sum(page.granule == 0 for page in pages(new)) - 1
    assert told == (heads if count else 0)


@pytest.mark.parametrize("flag", [0, 0x80])
def test_the_flag_of_the_last_block_is_not_relied_on(flag):
    data = (FIXTURES / "plain/flac.oga").read_bytes()
    out = []
    for number, page in enumerate(pages(data)):
        body = bytearray(data[page.body : page.end])
        if page.granule == 0:
            at = 13 if page.flags & 2 else 0
            body[at] = body[at] & 0x7F | flag
        out.append(
            ogg.encoded(page.table, bytes(body), (page.flags, page.granule, page.serial, number))
        )
    new, _ = marked(b"".join(out), START)
    assert whole_in(numbers(data), numbers(new))


def test_what_is_refused(monkeypatch):
    data = (FIXTURES / "plain/flac.oga").read_bytes()
    with pytest.raises(CannotCarry, match="several streams, or a chain"):
        marked(data + data, START)
    with pytest.raises(Malformed, match="no whole Ogg page"):
        marked(data[:-10], START)
    monkeypatch.setattr(ogg_flac, "MOST_PAGES", 3)
    with pytest.raises(LimitExceeded, match="Ogg pages"):
        marked(data, START)
    assert ogg_pages.MOST_PAGES > 3


@pytest.mark.parametrize("name", ["cut-200", "cut-60", "no-list"])
def test_damage_is_said_in_a_line(name):
    data = (FIXTURES / f"damaged/{name}.oga").read_bytes()
    with pytest.raises(AigcLabelError):
        aigc_label.label(data, None, explicit=ExplicitLabel(places=START, sound=Sound()))
