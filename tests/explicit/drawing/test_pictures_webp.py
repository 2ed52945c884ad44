"""Animated WebP: the mark on every frame; frames that it does not touch keep their bytes."""

from __future__ import annotations

import functools
import io
import subprocess

import numpy as np
import pytest
from PIL import Image, ImageSequence
from scenes import file_of, groups, marked, scene

from aigc_label import registry
from aigc_label.asset import open_asset
from aigc_label.containers import riff
from aigc_label.errors import Malformed
from aigc_label.explicit.drawing import marking
from aigc_label.explicit_label import ExplicitLabel

WIDTH, HEIGHT = 300, 240


@functools.cache
def moving(mode: str = "RGB", *, clear: bool = False, lossless: bool = True) -> bytes:
    """A square that goes over a picture, over the place of the mark at last."""
    ground = Image.new(mode, (WIDTH, HEIGHT)) if clear else scene(WIDTH, HEIGHT).convert(mode)
    frames = []
    for number in range(4):
        frame = ground.copy()
        at = 65 * number + 20, 55 * number + 10
        frame.paste(Image.new(mode, (61, 47), "red"), at)
        frames.append(frame)
    options = {"duration": [70, 80, 90, 100], "loop": 3, "kmin": 9, "kmax": 17, "method": 0}
    return file_of(
        frames[0], "webp", save_all=True, append_images=frames[1:], lossless=lossless, exact=True,
        minimize_size=True, **options,
    )  # fmt: skip


def frames_of(data: bytes) -> list[np.ndarray]:
    with Image.open(io.BytesIO(data)) as picture:
        return [np.asarray(frame.convert("RGBA")) for frame in ImageSequence.Iterator(picture)]


def described(data: bytes) -> list[tuple[object, ...]]:
    form = riff.walk(open_asset(data))
    (control,) = (data[c.body : c.body + c.size] for c in form.chunks if c.id == b"ANIM")
    frames = [c for c in form.chunks if c.id == b"ANMF"]
    return [control, *(data[c.body + 12 : c.body + 15] for c in frames)]


def bodies(data: bytes) -> list[bytes]:
    form = riff.walk(open_asset(data))
    return [data[c.body : c.body + c.size] for c in form.chunks if c.id == b"ANMF"]


CASES = {
    "lossless": moving,
    "transparent": lambda: moving("RGBA"),
    "empty ground": lambda: moving("RGBA", clear=True),
    "lossy": lambda: moving(lossless=False),
    "lossy and transparent": lambda: moving("RGBA", clear=True, lossless=False),
}


@pytest.mark.parametrize("case", CASES)
def test_every_frame_bears_the_mark(case):
    source = CASES[case]()
    data, mark = marked(source, "webp")
    before, after = frames_of(source), frames_of(data)
    assert described(source) == described(data)
    x, y, width, height = mark.box
    lossy = case.startswith("lossy")
    for old, new in zip(before, after, strict=True):
        seen = (new[..., 3:] > 0) | (old[..., 3:] > 0)
        apart = (np.abs(old.astype(int) - new) * seen).max(axis=-1)
        area = new[y - 2 : y + height + 2, x - 2 : x + width + 2]
        assert (area[..., 3] == 255).all()
        ink = area[..., :3].mean(axis=-1) > 140
        assert max(groups(ink)) == pytest.approx(mark.ratio * HEIGHT, abs=1 if lossy else 0.01)
        assert np.median(area[..., :3][~ink]) < 60
        apart[y - 2 * height : y + 2 * height, x - 2 * height : x + width + 2 * height] = 0
        assert apart.max() <= (90 if lossy else 0)
        assert apart.mean() < 3
    asset = open_asset(data)
    again, *_ = marking.mark(asset, registry.by_id("webp"), ExplicitLabel(), None)
    assert again is asset


def test_frames_that_the_mark_does_not_touch_keep_their_bytes():
    source = moving()
    old, new = bodies(source), bodies(marked(source, "webp")[0])
    assert old[0] != new[0]
    assert old[1] == new[1]
    assert old[3] != new[3]


@pytest.mark.foreign("webpinfo", "webpmux", "dwebp")
@pytest.mark.parametrize("case", CASES)
def test_libwebps_tools_find_nothing_wrong_and_see_every_frame(case, tmp_path):
    source = CASES[case]()
    data, mark = marked(source, "webp")
    path = tmp_path / "a.webp"
    path.write_bytes(data)
    told = subprocess.run(["webpinfo", "-quiet", path], capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout + told.stderr
    subprocess.run(
        ["webpmux", "-get", "frame", "1", path, "-o", tmp_path / "f.webp"],
        capture_output=True, check=True,
    )  # fmt: skip
    subprocess.run(["dwebp", "-quiet", tmp_path / "f.webp", "-o", tmp_path / "f.png"], check=True)
    shown = np.asarray(Image.open(tmp_path / "f.png").convert("RGB")).mean(axis=-1)
    left, top = (2 * int.from_bytes(bodies(data)[0][at : at + 3], "little") for at in (0, 3))
    x, y, width, height = mark.box
    area = shown[y - top : y - top + height, x - left : x - left + width]
    assert max(groups(area > 140)) == pytest.approx(mark.ratio * HEIGHT, abs=1)


def test_a_frame_of_another_size_than_it_says_is_malformed():
    data = bytearray(moving())
    at = data.index(b"ANMF") + 8
    data[at + 6] -= 2
    with pytest.raises(Malformed, match="another size"):
        marked(bytes(data), "webp")


def test_the_flag_for_transparency_is_set_where_a_frame_needs_it():
    source = bytearray(moving("RGBA", clear=True))
    assert source[20] & 0x10
    source[20] &= ~0x10
    data, _ = marked(bytes(source), "webp")
    assert data[20] & 0x10
