"""What a model has in memory: pictures and samples."""

from __future__ import annotations

import io
import struct
import subprocess

import numpy as np
import pytest
from PIL import Image, ImageCms

from aigc_label import ExplicitLabel, ImplicitLabel, Samples, UsageError, check, label, read

MADE = ImplicitLabel(content_producer="ExampleStudio", produce_id="42")
EXPLICIT = ExplicitLabel()


@pytest.fixture
def picture():
    ramp = np.linspace(0, 255, 320 * 240 * 3).reshape(240, 320, 3).astype(np.uint8)
    return Image.fromarray(ramp)


def sine(dtype=np.float32, channels=2, seconds=2):
    wave = np.sin(np.arange(48_000 * seconds) * 0.05) * 0.5
    if np.dtype(dtype).kind != "f":
        wave = wave * np.iinfo(dtype).max
    return np.repeat(wave[:, None], channels, axis=1).astype(dtype)


def heard(data):
    """The rate and the samples of a WAV, by its chunks."""
    assert (data[:4], data[8:12], len(data)) == (
        b"RIFF", b"WAVE", 8 + int.from_bytes(data[4:8], "little"),
    )  # fmt: skip
    chunks, at = {}, 12
    while at < len(data):
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        chunks[data[at : at + 4]] = data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
    tag, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", chunks[b"fmt "])
    if tag == 0xFFFE:  # extensible: it stands in front of the rest of an identifier
        tag = int.from_bytes(chunks[b"fmt "][24:26], "little")
    kind = "f" if tag == 3 else "u" if bits == 8 else "i"
    samples = np.frombuffer(chunks[b"data"], f"<{kind}{bits // 8}")
    return rate, samples.reshape(-1, channels)


def test_a_picture_becomes_png_without_loss(picture):
    written = label(picture, MADE)
    with Image.open(io.BytesIO(written.data)) as seen:
        assert seen.format == "PNG"
        assert seen.tobytes() == picture.tobytes()
    assert read(written.data).labels[0].fields["ProduceID"] == "42"


@pytest.mark.parametrize(
    ("name", "kind"), [("a.jpg", "JPEG"), ("a.WEBP", "WEBP"), ("a.tif", "TIFF"), ("a.gif", "GIF")]
)
def test_the_target_names_the_format(picture, tmp_path, name, kind):
    target = tmp_path / name
    label(picture, MADE, explicit=EXPLICIT, to=target)
    with Image.open(target) as seen:
        assert (seen.format, seen.size) == (kind, picture.size)
    report = check(target, only="implicit")
    assert report.ok, report.findings


def test_a_name_names_it_where_the_result_is_bytes(picture):
    assert label(picture, MADE, name="cover.webp").data[8:12] == b"WEBP"
    lossless = Image.open(io.BytesIO(label(picture, MADE, name="cover.webp").data))
    assert lossless.convert("RGB").tobytes() == picture.tobytes()


def test_what_a_picture_knows_of_itself_goes_with_it(picture):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    picture.info.update(icc_profile=profile, dpi=(300, 300))
    picture.getexif()[0x010E] = "a ramp"
    for name in ("a.png", "a.jpg", "a.webp", "a.tif"):
        with Image.open(io.BytesIO(label(picture, MADE, name=name).data)) as seen:
            assert seen.info["icc_profile"] == profile
            assert seen.getexif()[0x010E] == "a ramp"
            if "dpi" in seen.info:  # WebP has no place for it
                assert round(seen.info["dpi"][0]) == 300


def test_a_picture_from_a_file_is_refused(picture, tmp_path):
    """Pillow's picture of a file knows less than the file."""
    picture.save(tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as opened, pytest.raises(UsageError, match="opened from"):
        label(opened, MADE)


def test_the_label_of_the_file_it_was_made_from_is_not_dropped(picture):
    theirs = ImplicitLabel(content_producer="AnotherStudio", produce_id="7")
    with Image.open(io.BytesIO(label(picture, theirs).data)) as opened:
        smaller = opened.resize((64, 64))
        smaller.info = opened.info
    with pytest.raises(UsageError, match="carry"):
        label(smaller, MADE)


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.int32, np.float32, np.float64, ">i2"])
def test_samples_become_wav_without_loss(dtype, tmp_path):
    data = sine(np.int16).astype(dtype) if dtype == ">i2" else sine(dtype)
    target = tmp_path / "melody.wav"
    label(Samples(data=data, rate=48_000), MADE, to=target)
    rate, seen = heard(target.read_bytes())
    assert rate == 48_000
    assert seen.dtype == np.dtype(dtype).newbyteorder("=")
    assert np.array_equal(seen, data)
    assert read(target).labels[0].fields["ContentProducer"] == "ExampleStudio"


def test_one_channel_and_half_floats():
    data = sine(np.float16, channels=1)[:, 0]
    written = label(Samples(data=data, rate=24_000), MADE)
    rate, seen = heard(written.data)
    assert rate == 24_000
    assert seen.dtype == np.float32
    assert np.array_equal(seen[:, 0], data)


def test_samples_are_marked(tmp_path):
    target = tmp_path / "melody.wav"
    label(Samples(data=sine(seconds=6), rate=48_000), MADE, explicit=EXPLICIT, to=target)
    report = check(target)
    assert report.ok, report.findings
    assert report.inspection.marks[0].kind == "rhythm"


@pytest.mark.foreign("ffprobe")
def test_ffprobe_hears_the_samples(tmp_path):
    target = tmp_path / "melody.wav"
    label(Samples(data=sine(channels=6), rate=48_000), MADE, to=target)
    command = ["ffprobe", "-v", "error", "-show_streams", str(target)]
    seen = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    assert "channels=6\n" in seen
    assert "codec_name=pcm_f32le\n" in seen


@pytest.mark.parametrize(
    ("made", "name", "said"),
    [
        (np.zeros(9), None, r"Samples\(data=array"),
        (Samples(data=np.zeros((2, 48_000)), rate=48_000), None, "transpose"),
        (Samples(data=np.zeros((9, 1, 1)), rate=48_000), None, "shape"),
        (Samples(data=np.zeros(0), rate=48_000), None, "shape"),
        (Samples(data=np.zeros(9, np.int64), rate=48_000), None, "int64"),
        (Samples(data=np.zeros(9, np.complex64), rate=48_000), None, "complex64"),
        (Samples(data=np.full(9, np.nan), rate=48_000), None, "NaN"),
        (Samples(data=np.zeros(9), rate=0), None, "rate"),
        (Samples(data=np.zeros(9), rate=44.1), None, "rate"),
        (Samples(data=np.zeros(9), rate=48_000), "a.mp3", "WAV"),
        (Image.new("RGBA", (9, 9)), "a.jpg", "name a .png"),
        (Image.new("F", (9, 9)), None, "cannot become PNG"),
        (Image.new("RGB", (9, 9)), "a.docx", "writes no .docx"),
        (Image.new("RGB", (9, 9)), "picture", None),
    ],
)
def test_what_can_be_no_file_is_refused_in_a_line(made, name, said):
    if said is None:
        assert label(made, MADE, name=name).data[:4] == b"\x89PNG"
        return
    with pytest.raises(UsageError, match=said) as caught:
        label(made, MADE, name=name)
    assert "\n" not in str(caught.value)


def test_a_dry_run_writes_nothing(picture, tmp_path):
    target = tmp_path / "a.png"
    label(picture, MADE, to=target, dry_run=True)
    assert not list(tmp_path.iterdir())
