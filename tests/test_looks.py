"""The Python functions for those who composite marks themselves."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import aigc_label
from aigc_label import ExplicitLabel, Look, looks
from aigc_label.errors import AssetError, CannotCarry, UsageError

FILM = Path(aigc_label.__file__).with_name("demo") / "film.mp4"


def opened(data: bytes) -> Image.Image:
    with Image.open(io.BytesIO(data)) as picture:
        return picture.copy()


def png(picture: Image.Image, **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG", **options)
    return out.getvalue()


def test_the_whole_and_the_crop_are_one_mark():
    explicit = ExplicitLabel(position="top", look=Look(style="shadow"))
    whole = opened(looks.overlay((400, 300), explicit))
    crop = looks.overlay_crop((400, 300), explicit)
    again = Image.new("RGBA", (400, 300), (0, 0, 0, 0))
    again.paste(opened(crop.png), (crop.left, crop.top))
    assert np.array_equal(np.asarray(whole), np.asarray(again))
    assert crop.place == "top"
    assert opened(crop.png).size == (crop.width, crop.height)


@pytest.mark.parametrize("kind", ["path", "bytes", "stream", "picture", "turned"])
def test_the_ground_may_be_given_in_any_way(tmp_path, kind):
    picture = Image.effect_noise((400, 300), 90).convert("RGB")
    picture.paste("#345678", (0, 0, 200, 100))
    given: object = picture
    data = png(picture)
    if kind == "path":
        given = tmp_path / "a.png"
        given.write_bytes(data)
    if kind == "bytes":
        given = data
    if kind == "stream":
        given = io.BytesIO(data)
    if kind == "turned":
        exif = Image.Exif()
        exif[0x0112] = 6
        given = png(picture.transpose(Image.Transpose.ROTATE_90), exif=exif)
    crop = looks.overlay_crop((400, 300), ExplicitLabel(position="auto"), ground=given)
    assert crop.place == "top-left"
    assert looks.still(given).size == (400, 300)


@pytest.mark.parametrize("source", [FILM, FILM.read_bytes()])
def test_of_a_film_the_first_frame_counts(source):
    frame = looks.still(source)
    assert frame.mode == "RGB"
    assert np.asarray(frame).std() > 5


@pytest.mark.parametrize("size", [(0, 9), (9,), (1.5, 9), "ab", (70_000, 9), (True, 9), None])
def test_sizes_that_are_none(size):
    with pytest.raises(UsageError, match="a size is two whole numbers"):
        looks.overlay(size)


def test_grounds_that_are_none():
    with pytest.raises(CannotCarry, match="give a picture or a film"):
        looks.overlay((400, 300), ground=FILM.with_name("poem.md"))
    with pytest.raises(AssetError):
        looks.overlay((400, 300), ground=png(Image.new("RGB", (40, 30)))[:60])


def test_a_film_without_frames_is_said_to_be_damaged(monkeypatch):
    from aigc_label import ffmpeg

    monkeypatch.setattr(ffmpeg, "run", lambda *_args, **_options: b"")
    with pytest.raises(AssetError, match="without a frame"):
        looks.still(FILM)


def test_a_sheet_has_a_row_for_each_label():
    picture = Image.new("RGB", (300, 200), "#446688")
    one = looks.contact_sheet(picture, [("a", ExplicitLabel())])
    three = looks.contact_sheet(picture, [(c, ExplicitLabel()) for c in "abc"])
    assert three.width == one.width
    assert three.height > 2.5 * one.height
    long = looks.contact_sheet(picture, [("很长的说明" * 200, ExplicitLabel())])
    assert long.size == one.size
