"""What is shown of files: made of those on the disk, bounded, and never a reason to fail."""

from __future__ import annotations

import base64
import io
import re
import subprocess

import pytest
from PIL import Image
from reporting import MARK, clean

from aigc_label import check, ffmpeg
from aigc_label.model import FoundMark, Inspection, Medium
from aigc_label.reporters import html
from aigc_label.reporters.page import glimpses
from aigc_label.reporters.page.glimpses import Album, Context
from aigc_label.reporters.page.timeline import timeline
from aigc_label.reporters.page.words import page_words


def seen(path, fmt, medium, **facts):
    return Inspection(
        name=str(path), path=str(path), size=path.stat().st_size, format=fmt, medium=medium, **facts
    )


def shown(glimpse):
    return Image.open(io.BytesIO(base64.b64decode(glimpse.picture.partition(",")[2])))


@pytest.fixture
def photo(tmp_path):
    """A picture that lies on its side, as telephones store them."""
    path = tmp_path / "a.jpg"
    image = Image.new("RGB", (1600, 1200), "red")
    exif = image.getexif()
    exif[0x0112] = 6
    image.save(path, exif=exif)
    return path


def test_a_thumbnail_stands_upright_and_small(photo):
    made = Album().of(seen(photo, "jpeg", Medium.IMAGE))
    assert made.size == (1200, 1600)
    assert made.shown == (240, 320)
    assert made.picture.startswith("data:image/webp;base64,")
    assert shown(made).size == (240, 320)


def test_a_check_of_a_path_can_be_shown_and_one_of_bytes_cannot(photo):
    of_path = check(photo, only="implicit").inspection
    of_bytes = check(photo.read_bytes(), only="implicit", name=str(photo)).inspection
    assert Album().of(of_path).picture
    assert Album().of(of_bytes) is None


def test_a_file_that_changed_since_is_not_shown(photo):
    facts = seen(photo, "jpeg", Medium.IMAGE)
    photo.write_bytes(photo.read_bytes() + b"x")
    assert Album().of(facts) is None
    photo.unlink()
    assert Album().of(facts) is None


@pytest.mark.parametrize(
    ("name", "fmt", "medium"),
    [
        ("a.jpg", "jpeg", Medium.IMAGE),
        ("a.svg", "svg", Medium.IMAGE),
        ("a.mp4", "mp4", Medium.VIDEO),
        ("a.docx", "docx", Medium.TEXT),
        ("a.bin", None, None),
    ],
)
def test_what_cannot_be_shown_is_left_without_a_word(tmp_path, name, fmt, medium):
    path = tmp_path / name
    path.write_bytes(b"no such thing")
    album = Album()
    made = album.of(seen(path, fmt, medium))
    assert made is None
    assert album.left_out == 0


@pytest.mark.parametrize("bound", ["MOST_PICTURES", "MOST_BYTES", "MOST_SECONDS"])
def test_what_is_over_a_bound_is_counted_and_said(photo, monkeypatch, bound):
    monkeypatch.setattr(glimpses, bound, 1 if bound != "MOST_SECONDS" else 1e-6)
    one = clean(name=str(photo), path=str(photo), size=photo.stat().st_size, format="jpeg")
    stream = io.StringIO()
    html.render([one, one, one], stream=stream, profile="gb45438")
    assert stream.getvalue().count("data:image/webp") == 1
    assert "2 files are listed without a picture" in stream.getvalue()


def test_a_film_shows_the_frame_that_bears_the_mark(tmp_path):
    path = tmp_path / "a.mp4"
    subprocess.run(
        [
            *(ffmpeg.executable(), "-v", "error", "-f", "lavfi", "-i"),
            "color=red:s=640x360:d=2:r=10,drawbox=c=blue:t=fill:enable='gte(t,1)',format=yuv420p",
            str(path),
        ],
        check=True,
    )
    mark = FoundMark(kind="text", text="AI生成", at=(1.0, 2.0), box=(1, 2, 30, 40))
    made = Album().of(seen(path, "mp4", Medium.VIDEO, marks=(mark,)))
    assert (made.size, made.shown, made.seconds, made.at) == ((640, 360), (320, 180), 2.0, 1.5)
    red, _, blue = shown(made).convert("RGB").getpixel((160, 90))
    assert blue > 200
    assert red < 60
    assert Album().of(seen(path, "mp4", Medium.VIDEO)).at == 1.0


def test_a_sound_has_its_length_and_films_are_bounded(tmp_path, monkeypatch):
    path = tmp_path / "a.wav"
    subprocess.run(
        [
            *(ffmpeg.executable(), "-v", "error", "-f", "lavfi", "-i", "sine=d=3.5", str(path)),
        ],
        check=True,
    )
    monkeypatch.setattr(glimpses, "MOST_FILMS", 1)
    album = Album()
    assert album.of(seen(path, "wav", Medium.AUDIO)).seconds == 3.5
    assert album.of(seen(path, "wav", Medium.AUDIO)) is None
    assert album.left_out == 1


@pytest.mark.parametrize(
    ("text", "marks", "context"),
    [
        ("AI生成\nA poem", ("start",), [Context("", "AI生成", "\nA poem")]),
        ("x" * 70 + "AI生成", ("end",), [Context("…" + "x" * 60, "AI生成", "")]),
        ("\ufeffA poem", (), [Context("A poem", "", "")]),
        ("y" * 200, (), [Context("y" * 160, "", "…")]),
        ("z" * 40_000 + "AI生成", ("end",), [Context("…" + "z" * 60, "AI生成", "")]),
        ("gone", ("start",), []),
    ],
)
def test_a_text_shows_the_words_where_they_stand(tmp_path, text, marks, context):
    path = tmp_path / "a.md"
    path.write_text(text, encoding="utf-8")
    found = tuple(FoundMark(kind="text", text="AI生成", place=place) for place in marks)
    made = Album().of(seen(path, "markdown", Medium.TEXT, marks=found))
    assert list(made.context) == context
    one = clean(
        name="a.md", path=str(path), size=path.stat().st_size, format="markdown",
        medium=Medium.TEXT, marks=found,
    )  # fmt: skip
    stream = io.StringIO()
    html.render([one], stream=stream, profile="gb45438")
    assert ("<mark>AI生成</mark>" in stream.getvalue()) is bool(marks and context)


def spans(drawing):
    found = re.findall(r'class="mark" x="([\d.]+)" y="\d+" width="([\d.]+)"', drawing)
    return [(float(x), float(width)) for x, width in found]


def test_a_track_is_to_scale():
    say = page_words("en")
    marks = [
        FoundMark(kind="text", text="AI", at=(0.0, 2.0)),
        FoundMark(kind="text", at=(8.0, 10.0)),
    ]
    drawing = timeline(marks, 10.0, Medium.VIDEO, say)
    assert spans(drawing) == [(0, 128), (512, 128)]
    assert 'class="due" d="M128.0' in drawing
    assert 'class="due"' not in timeline(marks, 10.0, Medium.AUDIO, say)


def test_the_opening_of_a_long_film_is_enlarged():
    drawing = timeline([MARK], 3600.0, Medium.VIDEO, page_words("zh"))
    assert spans(drawing) == [(0, 64)]
    assert "1:00:00" in drawing
    assert 'class="break"' in drawing
    late = FoundMark(kind="text", text="AI", at=(3599.0, 3600.0))
    assert spans(timeline([late], 90.0, Medium.VIDEO, page_words("en")))[0][1] >= 3
    assert spans(timeline([late], 3600.0, Medium.VIDEO, page_words("en"))) == [(637, 3)]


def test_a_track_without_marks_or_length():
    say = page_words("en")
    assert timeline([], 0.0, Medium.VIDEO, say) == ""
    assert "no explicit label in time" in timeline([], 75.0, Medium.AUDIO, say)
    assert "1:15" in timeline([], 75.0, Medium.AUDIO, say)
