"""Marks in WMA: the sound is encoded anew and begins where it did; all else is as it was."""

from __future__ import annotations

import functools
import io
import pathlib
import subprocess
import tempfile

import numpy as np
import pytest
from hearing import BOTH, END, START, begins, ends, marked
from mutagen.asf import ASF

import aigc_label
from aigc_label import ExplicitLabel, ImplicitLabel, ffmpeg
from aigc_label.containers import asf
from aigc_label.errors import CannotCarry, Malformed
from aigc_label.explicit_label import Sound
from aigc_label.origin import Origin
from audio_samples import wav

FIXTURES = pathlib.Path(__file__).resolve().parents[3] / "fixtures" / "wma"


@functools.cache
def wma(coder="wmav2", rate=44100, channels=2, bits=128, seconds=2.0):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "a.wma")
        words = ("-c:a", coder, "-ac", f"{channels}", "-b:a", f"{bits}k", ffmpeg.url(path))
        ffmpeg.run(("-f", "wav", "-i", "pipe:0", *words), input=wav(seconds, rate, channels))
        return path.read_bytes()


def heard(data):
    """The first channel, and the rate."""
    info = ASF(io.BytesIO(data)).info
    raw = ffmpeg.run(("-xerror", "-f", "asf", "-i", "pipe:0", "-f", "f32le", "pipe:1"), input=data)
    return np.frombuffer(raw, "<f4")[:: info.channels], info.sample_rate


def lag(before, after, near, reach):
    """By how many samples one is later than the other, where they are most alike."""
    size = before.size // 2
    start = before.size // 4
    piece = before[start : start + size]
    lags = range(near - reach, near + reach)
    alike = [np.dot(piece, after[start + one : start + one + size]) for one in lags]
    return lags[int(np.argmax(alike))]


@pytest.mark.parametrize(
    ("coder", "rate", "channels", "bits"),
    [
        ("wmav2", 44100, 2, 128),
        ("wmav1", 32000, 1, 64),
        ("wmav2", 22050, 1, 32),
        ("wmav2", 16000, 1, 24),
    ],
)
@pytest.mark.parametrize("places", [START, END, BOTH])
def test_the_programme_is_whole(coder, rate, channels, bits, places):
    data = wma(coder, rate, channels, bits)
    new, mark = marked(data, places)
    (before, _), (after, found) = heard(data), heard(new)
    assert found == rate
    assert after.size >= before.size + round((mark.at[1] - mark.at[0]) * rate)
    if "start" in places:
        assert begins(after, rate) == pytest.approx(0, abs=0.02)
    if "end" in places:
        assert ends(after, rate) is not None
    length = round((mark.at[1] - mark.at[0] + 0.3) * rate)
    near = length if "start" in places else 0
    shift = lag(before, after, near, 200)
    assert abs(shift - near) <= 2
    same = np.corrcoef(before, after[shift : shift + before.size] if shift >= 0 else after)[0, 1]
    assert same > 0.9
    again, _ = marked(new, places)
    assert again == new


def test_the_notes_say_so_and_how():
    assert "encoded anew, at 128 kbit/s" in marked(wma()).notes[0]
    assert "encoded anew, at 24 kbit/s" in marked(wma("wmav2", 16000, 1, 24)).notes[0]


def test_a_mark_inside():
    data = wma(seconds=4.0)
    new, mark = marked(data, ("middle",))
    after, rate = heard(new)
    assert after.size / rate == pytest.approx(4.0 + 1.08 + 0.6, abs=0.15)
    assert 1 < mark.at[0] < 4.5


@pytest.mark.parametrize("name", ["ffmpeg", "mutagen"])
def test_attributes_pictures_and_labels_stay(name):
    data = (FIXTURES / f"plain/{name}.wma").read_bytes()
    label = ImplicitLabel(
        content_producer="Studio", produce_id="42", origin=Origin(system="Pixel", version="2")
    )
    once = aigc_label.label(data, label).data
    explicit = ExplicitLabel(places=START, sound=Sound())
    made = aigc_label.label(once, None, explicit=explicit)
    assert dict(ASF(io.BytesIO(made.data)).tags) == dict(ASF(io.BytesIO(data)).tags)
    before, after = aigc_label.read(once), aigc_label.read(made.data)
    assert after.labels[0].fields == before.labels[0].fields
    assert [one.detail for one in after.signals] == [one.detail for one in before.signals]
    with aigc_label.asset.open_asset(made.data) as asset:
        head = asf.header(asset)
        count = int.from_bytes(asset.read(24, 4), "little")
        inner = [part.id for part in asf.parts(asset)]
        properties = next(p for p in asf.parts(asset) if p.id == asf.FILE_PROPERTIES)
        told = int.from_bytes(asset.read(properties.body + 16, 8), "little")
    outer = len(inner) - sum(one in (asf.METADATA, asf.LIBRARY) for one in inner)
    assert count <= outer
    assert told == len(made.data)
    assert head.end < len(made.data)


@pytest.mark.foreign("exiftool", "mediainfo")
def test_others_read_it(tmp_path):
    path = tmp_path / "made.wma"
    path.write_bytes(marked((FIXTURES / "plain/mutagen.wma").read_bytes())[0])
    told = subprocess.run(["exiftool", "-validate", "-a", path], capture_output=True, check=True)
    assert b"Warning" not in told.stdout
    told = subprocess.run(["mediainfo", path], capture_output=True, check=True)
    assert b"Windows Media Audio" in told.stdout


def stream(data):
    """Where what describes the stream begins."""
    return data.index(asf.STREAM_PROPERTIES) + 24


def changed(data, at, new):
    return data[:at] + new + data[at + len(new) :]


@pytest.mark.parametrize(
    ("at", "new", "words"),
    [
        (54, b"\x62\x01", "WMA Professional, which nothing here writes"),
        (54, b"\x63\x01", "WMA Lossless"),
        (54, b"\x99\x09", "0x0999"),
        (48, b"\x01\x80", "protected"),
    ],
)
def test_what_is_refused(at, new, words):
    data = wma()
    with pytest.raises(CannotCarry, match=words):
        marked(changed(data, stream(data) + at, new))


@pytest.mark.parametrize(("at", "new"), [(0, bytes(16)), (56, b"\x09\x00"), (58, b"\xff" * 4)])
def test_what_contradicts_itself(at, new):
    data = wma()
    with pytest.raises(Malformed):
        marked(changed(data, stream(data) + at, new), fmt="wma")


def with_object(data, kind, body=b""):
    """A file with one more object at the end of its header."""
    size = int.from_bytes(data[16:24], "little")
    new = bytes.fromhex(kind) + (24 + len(body)).to_bytes(8, "little") + body
    head = data[:16] + (size + len(new)).to_bytes(8, "little") + data[24:size]
    return head + new + data[size:]


def attribute(name, value):
    text, value = f"{name}\0".encode("utf-16-le"), f"{value}\0".encode("utf-16-le")
    sizes = [len(text).to_bytes(2, "little"), bytes(2), len(value).to_bytes(2, "little")]
    return b"\x01\x00" + sizes[0] + text + sizes[1] + sizes[2] + value


@pytest.mark.parametrize(
    ("kind", "body", "words"),
    [
        ("01cd87f451a9cf118ee600c00c205365", b"", "markers"),
        ("301afb1e620bd011a39b00a0c90348f6", b"", "script commands"),
        ("fbb3112223bdd211b4b700a0c955fc6e", b"", "protected"),
        (asf.SIGNATURE.hex(), b"", "signed"),
        (asf.STREAM_PROPERTIES.hex(), b"", "2 streams"),
        (asf.EXTENDED.hex(), attribute("WM/Lyrics_Synchronised", "la"), "lyrics are timed"),
    ],
)
def test_what_cannot_follow_is_refused(kind, body, words):
    with pytest.raises(CannotCarry, match=words):
        marked(with_object(wma(), kind, body), fmt="wma")


def test_nothing_to_hear():
    data = wma()
    end = int.from_bytes(data[16:24], "little")
    size = int.from_bytes(data[end + 16 : end + 24], "little")
    silent = data[: end + 50] + bytes(size - 50) + data[end + size :]
    with pytest.raises(aigc_label.AigcLabelError):
        marked(silent, fmt="wma")
