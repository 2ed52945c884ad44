"""GIF: the mark on every frame, all other pixels as they were, and hardly more bytes."""

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
from aigc_label.containers import gif
from aigc_label.errors import CannotCarry, Malformed
from aigc_label.explicit.drawing import marking
from aigc_label.explicit_label import ExplicitLabel

WIDTH, HEIGHT = 300, 240


@functools.cache
def ground_of(colours: int) -> Image.Image:
    return scene(WIDTH, HEIGHT).quantize(colours)


def moving(count: int = 5, colours: int = 64, *, clear: bool = False, **options: object) -> bytes:
    """A square that goes over a picture, over the place of the mark at last."""
    ground = ground_of(colours)
    frames = []
    for number in range(count):
        frame = Image.new("P", (WIDTH, HEIGHT), 0) if clear else ground.copy()
        frame.putpalette(ground.getpalette() or [])
        frame.paste(5, (55 * number, 50 * number, 55 * number + 60, 50 * number + 40))
        frames.append(frame)
    more = {"duration": [70, 90, 110, 130, 150][:count], "loop": 3, "comment": b"made", **options}
    if clear:
        more["transparency"] = 0
    return file_of(frames[0], "gif", save_all=True, append_images=frames[1:], **more)


def still(colours: int = 64, **options: object) -> bytes:
    return file_of(ground_of(colours), "gif", **options)


def by_ffmpeg(frames: int = 4) -> bytes:
    """Rectangles of differences, with transparent pixels, as ffmpeg codes them."""
    source = f"testsrc2=size={WIDTH}x{HEIGHT}:rate=10"
    args = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", source, "-frames:v", str(frames)]
    return subprocess.run([*args, "-f", "gif", "-"], capture_output=True, check=True).stdout


def by_gifsicle(data: bytes, *options: str) -> bytes:
    return subprocess.run(
        ["gifsicle", *options], input=data, capture_output=True, check=True
    ).stdout


def full(frames: int = 2) -> bytes:
    """Every colour of the palette is used, none of them grey."""
    pictures = []
    for number in range(frames):
        picture = Image.new("P", (WIDTH, HEIGHT))
        picture.putpalette([v for n in range(256) for v in (255, n // 16 * 17, n % 16 * 17)])
        picture.putdata([(n + number) % 256 for n in range(WIDTH * HEIGHT)])
        pictures.append(picture)
    return file_of(pictures[0], "gif", save_all=True, append_images=pictures[1:], optimize=False)


CASES = {
    "moving": moving,
    "all colours of the file, few of a frame": lambda: moving(colours=256),
    "cleared": lambda: moving(disposal=2, clear=True),
    "restored": lambda: moving(disposal=3),
    "transparent": lambda: moving(clear=True, disposal=1),
    "still": still,
    "interlaced": lambda: still(interlace=True),
    "straight": lambda: still(interlace=False),
    "two colours": lambda: still(2),
    "of the oldest kind": lambda: still().replace(b"GIF89a", b"GIF87a"),
}
FOREIGN = {
    "ffmpeg": by_ffmpeg,
    "optimised": lambda: by_gifsicle(moving(), "-O3"),
    "own palettes": lambda: by_gifsicle(moving(3), "--colors", "200", "-O2"),
    "unoptimised": lambda: by_gifsicle(by_ffmpeg(), "-U"),
}


def frames_of(data: bytes) -> list[np.ndarray]:
    with Image.open(io.BytesIO(data)) as picture:
        return [np.asarray(frame.convert("RGBA")) for frame in ImageSequence.Iterator(picture)]


def described(data: bytes) -> list[tuple[object, ...]]:
    with Image.open(io.BytesIO(data)) as picture:
        seen = []
        for number in range(getattr(picture, "n_frames", 1)):
            picture.seek(number)
            info = picture.info
            seen.append((info.get("duration"), info.get("loop"), info.get("comment")))
        return seen


def check(source: bytes) -> bytes:
    """Mark it; compare every frame as Pillow composes it."""
    data, mark = marked(source, "gif")
    before, after = frames_of(source), frames_of(data)
    assert len(before) == len(after)
    assert described(source) == described(data)
    x, y, width, height = mark.box
    for old, new in zip(before, after, strict=True):
        seen = (new[..., 3:] > 0) | (old[..., 3:] > 0)
        apart = (np.abs(old.astype(int) - new) * seen).max(axis=-1)
        area = new[y - 2 : y + height + 2, x - 2 : x + width + 2]
        assert (area[..., 3] == 255).all()
        ink = area[..., :3].mean(axis=-1) > 140
        assert max(groups(ink)) == round(mark.ratio * HEIGHT)
        assert np.median(area[..., :3][~ink]) < 50
        apart[y - height : y + 2 * height, x - height : x + width + height] = 0
        assert apart.max() == 0
    asset = open_asset(data)
    again, *_ = marking.mark(asset, registry.by_id("gif"), ExplicitLabel(), None)
    assert again is asset
    return data


@pytest.mark.parametrize("case", CASES)
def test_every_frame_bears_the_mark_and_nothing_else_changes(case):
    source = CASES[case]()
    data = check(source)
    assert len(data) < 1.3 * len(source) + 6000


@pytest.mark.foreign("ffmpeg", "gifsicle")
@pytest.mark.parametrize("case", FOREIGN)
def test_what_other_programs_coded_is_kept_too(case, tmp_path):
    source = FOREIGN[case]()
    data = check(source)
    assert len(data) < 1.5 * len(source) + 4000
    (tmp_path / "a.gif").write_bytes(source)
    (tmp_path / "b.gif").write_bytes(data)
    seen = []
    for name in ("a.gif", "b.gif"):
        args = ["ffmpeg", "-v", "error", "-i", tmp_path / name, "-fps_mode", "passthrough"]
        raw = subprocess.run(
            [*args, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"], capture_output=True, check=True
        ).stdout
        seen.append(np.frombuffer(raw, np.uint8).reshape(-1, HEIGHT, WIDTH, 3))
    assert seen[0].shape == seen[1].shape
    different = (seen[0] != seen[1]).any(axis=-1)
    assert different[:, 205:, 200:].any(axis=(1, 2)).all()
    different[:, 190:, 180:] = False
    assert not different.any()
    told = subprocess.run(
        ["gifsicle", "--info", tmp_path / "b.gif"], capture_output=True, text=True, check=True
    )
    assert told.stderr == ""


def test_frames_that_the_mark_does_not_touch_keep_their_bytes():
    source = moving(3)
    data = marked(source, "gif")[0]
    pictures = [b for b in gif.blocks(open_asset(source)) if b.kind == gif.IMAGE]
    assert data.endswith(source[pictures[1].start :])


def test_a_frame_gets_a_palette_of_its_own_where_the_files_is_full():
    data = check(moving(2, colours=256, optimize=False))
    assert data[10] & 0x80


@pytest.mark.parametrize("seed", [0, 1])
def test_a_full_palette_of_a_photograph_makes_room(seed):
    hues = np.asarray(scene(WIDTH + seed, HEIGHT)).astype(int)
    reddish = Image.fromarray((hues * (0.5, 0.3, 0.2) + (120, 40, 60)).astype(np.uint8))
    source = file_of(reddish.quantize(256), "gif")
    asset, mark, notes = marking.mark(
        open_asset(source), registry.by_id("gif"), ExplicitLabel(), None
    )
    data = asset.read(0, asset.size)
    before, after = frames_of(source)[0].astype(int), frames_of(data)[0].astype(int)
    x, y, width, height = mark.box
    area = after[y : y + height, x : x + width, :3].mean(axis=-1)
    assert max(groups(area > 140)) == round(mark.ratio * HEIGHT)
    apart = np.abs(before - after).max(axis=-1)
    apart[y - height :, x - height :] = 0
    assert apart.max() <= 16
    assert (apart > 0).mean() < 0.05
    assert "256" in notes[0]


def test_a_full_palette_of_unlike_colours_is_refused():
    with pytest.raises(CannotCarry, match="256 colours"):
        marked(full(), "gif")


def test_frames_that_do_not_cover_the_mark_are_widened():
    small = Image.new("P", (WIDTH, HEIGHT), 0)
    small.putpalette([0, 0, 0, 200, 30, 30, 30, 200, 30])
    first, second = small.copy(), small.copy()
    first.paste(1, (10, 10, 60, 50))
    second.paste(2, (20, 20, 70, 60))
    options = {"transparency": 0, "disposal": 2, "save_all": True, "append_images": [second]}
    source = file_of(first, "gif", **options)
    data = check(source)
    for frame in frames_of(data):
        assert (frame[30:40, 200:210, 3] == 0).all()


def test_a_frame_without_a_transparent_colour_gets_one():
    """A small opaque frame after one that is cleared: the mark must be drawn beside it."""
    source = bytearray(moving(2, disposal=2, clear=True))
    controls = [b for b in gif.blocks(open_asset(bytes(source))) if b.kind == gif.CONTROL]
    last = controls[-1].start
    source[last + 3] &= 0xFE
    data, mark = marked(bytes(source), "gif")
    x, y, width, height = mark.box
    shown = frames_of(data)[-1]
    assert (shown[y : y + height, x : x + width, 3] == 255).all()


def test_a_frame_without_a_control_block_gets_one():
    source = file_of(Image.new("P", (60, 40)), "gif")
    blocks = list(gif.blocks(open_asset(source)))
    source = source.replace(b"GIF89a", b"GIF87a")
    picture = next(b for b in blocks if b.kind == gif.IMAGE)
    canvas = WIDTH.to_bytes(2, "little") + HEIGHT.to_bytes(2, "little")
    source = source[:6] + canvas + source[10 : picture.start] + source[picture.start :]
    data, mark = marked(source, "gif")
    assert data[:6] == b"GIF89a"
    x, y, width, height = mark.box
    assert (frames_of(data)[0][y : y + height, x : x + width, 3] == 255).all()


@pytest.mark.parametrize(("damage", "at"), [(b"\0\0", 6), (b"\x00", 10)])
def test_what_is_no_picture_is_malformed(damage, at):
    source = bytearray(still())
    source[at : at + len(damage)] = damage
    with pytest.raises(Malformed):
        marked(bytes(source), "gif")
