"""Words on pictures: read, measured and placed; made here, read by an independent recogniser."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
from PIL import Image, ImageDraw, ImageFont

import aigc_label
from aigc_label import ExplicitLabel, ImplicitLabel, registry
from aigc_label.asset import open_asset
from aigc_label.detect.sight import decoding, ink, looking, ocr
from aigc_label.errors import LimitExceeded, Malformed, MissingExtra

FONT = "src/aigc_label/fonts/AIGCLabelSans.otf"
ROOT = Path(__file__).parents[2]
RIM = {"stroke_width": 5, "stroke_fill": "black"}


def ground(kind: str, width: int, height: int) -> Image.Image:
    if kind == "noise":
        random = np.random.default_rng(5)
        return Image.fromarray(random.integers(0, 256, (height, width, 3), dtype=np.uint8))
    if kind == "gradient":
        return Image.linear_gradient("L").resize((width, height)).convert("RGB")
    return Image.new("RGB", (width, height), kind)


def written(
    text: str,
    *,
    at: tuple[float, float] = (0.8, 0.9),
    ratio: float = 0.06,
    kind: str = "gray",
    size: tuple[int, int] = (900, 700),
    fill: str = "white",
    **style: object,
) -> Image.Image:
    picture = ground(kind, *size)
    # The ink of a Chinese character of this font is 0.92 of its em.
    font = ImageFont.truetype(str(ROOT / FONT), round(ratio * min(size) / 0.92))
    place = (at[0] * size[0], at[1] * size[1])
    ImageDraw.Draw(picture).text(place, text, fill=fill, font=font, anchor="lm", **style)
    return picture


def file_of(picture: Image.Image, fmt: str = "PNG", **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, fmt, **options)
    return out.getvalue()


def look(picture: Image.Image | bytes, fmt: str = "PNG", **options: object):
    data = picture if isinstance(picture, bytes) else file_of(picture, fmt, **options)
    with open_asset(data, name="a") as asset:
        (detector,) = registry.detectors_for(registry.identify(asset).id)
        return list(detector.look(asset))


@pytest.mark.parametrize(
    ("picture", "text", "place"),
    [
        (written("AI生成"), "AI生成", "bottom-right"),
        (written("人工智能生成", at=(0.03, 0.08)), "人工智能生成", "top-left"),
        (written("AI合成", at=(0.42, 0.94), kind="black"), "AI合成", "bottom"),
        (written("AI生成", kind="noise", **RIM), "AI生成", "bottom-right"),
        (written("内容由AI生成", at=(0.4, 0.1), kind="gradient"), "内容由AI生成", "top"),
        (written("AI生成", at=(0.4, 0.5)), "AI生成", "middle"),
    ],
)  # fmt: skip
def test_words_are_found_where_they_stand(picture, text, place):
    (mark,) = look(picture)
    assert (mark.kind, mark.text, mark.place) == ("text", text, place)


@pytest.mark.parametrize("ratio", [0.04, 0.05, 0.06, 0.09, 0.12])
@pytest.mark.parametrize("style", [{}, RIM])
def test_ink_is_measured_not_the_box(ratio, style):
    (mark,) = look(written("AI生成", at=(0.5, 0.9), ratio=ratio, kind="gray", **style), "JPEG")
    assert mark.ratio == pytest.approx(ratio, rel=0.1)
    left, top, width, height = mark.box
    assert 450 <= left < left + width <= 900
    assert top <= 630 <= top + height


def test_contrast_is_that_of_the_colours():
    (mark,) = look(written("AI生成", kind="#555555"))
    assert mark.contrast == pytest.approx(7.5, rel=0.1)


@pytest.mark.parametrize("text", ["灯塔摄影", "SUMMER SALE", "@阳光旅行 2025", "生成绿色未来"])
def test_other_words_are_no_marks(text):
    assert look(written(text, at=(0.05, 0.9))) == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("豆包AI生成", True),
        ("@阳光旅行 AI生成", True),
        ("非真人，AI生成", True),
        ("图片由AI生成工具制作", True),
        ("AI生成的内容", True),
        ("AI生成标识", True),
        ("非AI生成", False),
        ("本图并非由ai生成", False),
        ("拒绝AI生成", False),
        ("不含AI生成内容", False),
        ("什么是AI生成内容", False),
        ("如何用AI生成图片", False),
        ("AI生成？", False),
        ("AI绘画生成器", False),
        ("AI生成内容标识办法解读", False),
        ("AI合成主播上岗", False),
        ("生成式AI", False),
    ],
)
def test_words_that_deny_ask_or_name_a_topic_are_no_mark(text, says):
    assert looking.is_prompt(text) is says


@pytest.mark.parametrize("text", ["本图非AI生成", "AI Summit 2025", "人工智能学院", "非AI制作"])
def test_what_speaks_of_ai_on_an_edge_is_no_mark(text):
    assert look(written(text, at=(0.05, 0.92))) == []


@pytest.mark.parametrize("kind", ["white", "black", "noise", "gradient"])
def test_no_words_are_no_marks(kind):
    assert look(ground(kind, 640, 480)) == []


@pytest.mark.parametrize("text", ["AI", "AI-generated"])
def test_what_only_names_ai_on_an_edge_is_a_mark_that_lacks_something(text):
    picture = file_of(written(text, at=(0.05, 0.92)))
    (mark,) = look(picture)
    assert mark.text == text
    report = aigc_label.check(picture, name="a.png", only="explicit")
    assert "explicit.wording" in [found.rule for found in report.findings]


def test_words_that_deny_are_no_trace_of_generation():
    report = aigc_label.check(file_of(written("not AI-generated", at=(0.05, 0.92))), name="a.png")
    assert report.inspection.marks == ()
    assert report.attribution is None


@pytest.mark.parametrize("way", ["up", "down", "column"])
@pytest.mark.parametrize("text", ["AI生成", "豆包AI生成"])
def test_words_that_run_up_or_down_an_edge(text, way):
    """Turned to either side, or upright characters below one another; 60 pixels each."""
    font = ImageFont.truetype(str(ROOT / FONT), 65)
    if way == "column":
        rows = ["AI", *text[-2:]] if text == "AI生成" else list(text)
        sign = Image.new("RGB", (100, 80 * len(rows) + 20), "gray")
        for number, row in enumerate(rows):
            place = (50, 10 + 80 * number)
            ImageDraw.Draw(sign).text(place, row, fill="white", font=font, anchor="mt")
    else:
        sign = Image.new("RGB", (66 * len(text), 100), "gray")
        ImageDraw.Draw(sign).text((10, 50), text, fill="white", font=font, anchor="lm")
        sign = sign.rotate(90 if way == "up" else 270, expand=True)
    picture = ground("gray", 1000, 900)
    left, top = 1000 - sign.width, 900 - sign.height - 60
    picture.paste(sign, (left, top))
    (mark,) = look(picture)
    inked = np.argwhere(np.asarray(picture)[:, :, 0] > 180)
    (y, x), (down, right) = inked.min(axis=0), inked.max(axis=0) + 1
    assert mark.text == text
    assert mark.box == pytest.approx((x, y, right - x, down - y), abs=4)
    assert mark.ratio == pytest.approx(60 / 900, rel=0.1)
    assert "right" in mark.place


def test_two_lines_are_one_prompt():
    picture = ground("gray", 900, 700)
    font = ImageFont.truetype(str(ROOT / FONT), 48)
    draw = ImageDraw.Draw(picture)
    draw.text((600, 560), "本图由人工智能", font=font, fill="white", anchor="ls")
    draw.text((600, 620), "生成仅供参考", font=font, fill="white", anchor="ls")
    marks = look(picture)
    assert any("人工智能" in mark.text and "生成" in mark.text for mark in marks)
    assert marks[0].ratio == pytest.approx(48 * 0.92 / 700, rel=0.1)


def test_very_long_pictures_are_looked_at_window_by_window():
    tall = written("AI生成", at=(0.3, 0.99), size=(400, 6000), ratio=0.1)
    (mark,) = look(tall)
    assert mark.place.startswith("bottom")
    wide = written("AI生成", at=(0.005, 0.5), size=(6000, 400), ratio=0.1)
    (mark,) = look(wide)
    assert mark.place == "left"


@pytest.mark.parametrize("size", [(1, 1), (2, 2), (5, 2), (1, 3000), (20000, 7)])
def test_no_words_have_room_on_a_few_pixels(size):
    assert look(ground("noise", *size)) == []


def test_of_the_longest_pictures_both_ends_are_looked_at():
    marked = written("AI生成", at=(0.1, 0.9995), size=(100, 20000), ratio=0.2)
    assert [mark.text for mark in look(marked)] == ["AI生成"]
    report = aigc_label.check(file_of(ground("white", 40, 20000)), name="a.png", only="explicit")
    (found,) = [found for found in report.findings if found.rule.startswith("explicit.")]
    assert (found.rule, found.kind) == ("explicit.open", "open")
    assert "too long" in found.message


@pytest.mark.parametrize("fmt", ["PNG", "JPEG", "WEBP", "GIF", "TIFF", "BMP", "AVIF", "HEIF"])
def test_every_format_that_pillow_decodes(fmt):
    pillow_heif.register_heif_opener()
    (mark,) = look(written("AI生成"), fmt)
    assert mark.text == "AI生成"


def test_a_turned_picture_is_seen_as_displayed():
    upright = written("AI生成", size=(700, 900))
    exif = Image.Exif()
    exif[0x0112] = 6
    stored = upright.transpose(Image.Transpose.ROTATE_90)
    (mark,) = look(stored, "JPEG", exif=exif, quality=92)
    assert mark.place == "bottom-right"
    assert mark.box[0] > 400
    assert mark.box[1] > 700


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "LA", "I;16", "CMYK", "1"])
def test_every_mode(mode):
    picture = written("AI生成", fill="black", kind="white")
    if mode == "I;16":
        picture = Image.fromarray(np.asarray(picture.convert("L")).astype(np.uint16) * 257)
        data = file_of(picture)
    else:
        data = file_of(picture.convert(mode), "TIFF" if mode == "CMYK" else "PNG")
    (mark,) = look(data)
    assert mark.text == "AI生成"


def test_the_mark_of_this_package_meets_the_clause():
    data = file_of(ground("gradient", 1000, 800))
    made = ImplicitLabel(content_producer="P", produce_id="1")
    written_ = aigc_label.label(data, made, explicit=ExplicitLabel(), name="a.png")
    report = aigc_label.check(written_.data, name="a.png")
    assert report.ok
    assert report.findings == ()
    (mark,) = report.inspection.marks
    assert mark.ratio == pytest.approx(written_.mark.ratio, rel=0.1)
    assert mark.ratio >= 0.05
    assert mark.contrast > 4.5


def rules_of(data: bytes) -> list[str]:
    report = aigc_label.check(data, name="a.png", only="explicit")
    return [found.rule for found in report.findings if found.rule.startswith("explicit.")]


def test_small_words_are_an_error():
    report = aigc_label.check(
        file_of(written("AI生成", ratio=0.032)), name="a.png", only="explicit"
    )
    assert [found.rule for found in report.findings if found.level == "error"] == [
        "explicit.height"
    ]


def test_an_unmarked_picture_lacks_the_mark():
    assert rules_of(file_of(ground("gradient", 640, 480))) == ["explicit.missing"]


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("内容由AT生成", "内容由AI生成"),
        ("Al生成", "AI生成"),
        ("A1 合戚", "A1 合成"),
        ("AI生戍", "AI生成"),
        ("BATH 生成", "BATH 生成"),
        ("AT&T", "AT&T"),
    ],
)
def test_usual_misreadings_are_repaired(read, meant):
    assert looking._repaired(read).replace("A1", "AI") == meant.replace("A1", "AI")


def test_what_nobody_can_read_is_said_and_not_passed(monkeypatch):
    monkeypatch.setitem(sys.modules, "rapidocr", None)
    data = file_of(written("AI生成"))
    report = aigc_label.check(data, name="a.png", only="explicit")
    (found,) = (found for found in report.findings if found.rule.startswith("explicit."))
    assert (found.rule, found.kind) == ("explicit.open", "open")
    assert "pip install 'aigc-label[ocr]'" in found.message
    assert report.inspection.marks is None
    with pytest.raises(MissingExtra):
        ocr.require()


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (file_of(ground("noise", 300, 300))[:9000], Malformed),
        (file_of(Image.new("1", (20_000, 10_000))), LimitExceeded),
    ],
)
def test_a_picture_that_cannot_be_decoded(data, kind):
    with pytest.raises(kind):
        decoding.decoded(open_asset(data, name="a.png"))
    report = aigc_label.check(data, name="a.png", only="explicit")
    assert any(found.kind == "open" for found in report.findings)


@pytest.mark.parametrize(
    ("data", "name", "reason"),
    [
        (file_of(Image.new("1", (20_000, 10_000))), "a.png", "200000000 pixels are over"),
        (
            file_of(Image.new("L", (40, 30)), "TIFF").replace(
                b"\6\1\3\0\1\0\0\0\1",
                b"\6\1\3\0\1\0\0\0\x63",  # how colours are told
            ),
            "a.tif",
            "its kind of pixels",
        ),
    ],
)
def test_a_sound_picture_that_nobody_can_look_at_is_not_damaged(data, name, reason):
    found = {one.rule: one for one in aigc_label.check(data, name=name).findings}
    assert found.keys() == {"implicit.missing", "explicit.open"}
    assert found["implicit.missing"].kind == "fail"
    assert reason in found["explicit.open"].message


def test_nothing_that_looks_like_letters_has_no_ink():
    assert ink.measured(np.zeros((40, 90, 3), np.uint8), "AI生成", (), 30) is None
    stripes = np.zeros((40, 90, 3), np.uint8)
    stripes[::8] = 255
    assert ink.measured(stripes, "AI生成", (), 30) is None


def test_reading_looks_at_pictures_only_if_told_to():
    data = file_of(written("AI生成"))
    assert aigc_label.read(data).marks is None
    (mark,) = aigc_label.read(data, look=True).marks
    assert mark.text == "AI生成"


def test_a_platform_finds_the_traces_that_it_needs():
    data = file_of(written("AI生成"))
    done = aigc_label.propagate(data, "Platform")
    assert done.label.attribution == "suspected"
