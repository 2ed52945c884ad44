"""SVG: words as outlines, seen where and as large as asked by two renderers; nothing else moves."""

from __future__ import annotations

import gzip
import io
import subprocess

import numpy as np
import pytest
from lxml import etree
from PIL import Image
from scenes import groups

from aigc_label import registry
from aigc_label.asset import open_asset
from aigc_label.containers.svg.view import view
from aigc_label.errors import CannotCarry, InvalidLabel, Malformed
from aigc_label.explicit import vector
from aigc_label.explicit_label import ExplicitLabel, Look

NAMESPACE = 'xmlns="http://www.w3.org/2000/svg"'
HOSTILE = "<style>path{fill:red;stroke:blue;stroke-width:9}g{opacity:.2;filter:blur(9px)}</style>"


def drawing(attributes: str = 'width="400" height="300"', body: str = "", after: str = "") -> bytes:
    shapes = '<rect width="100%" height="100%" fill="#157a8c"/><circle r="40" fill="gold"/>'
    return f"<svg {NAMESPACE} {attributes}>{shapes}{body}</svg>{after}".encode()


def marked(data: bytes, **explicit: object):
    asset, mark, notes = vector.MARKER.mark(
        open_asset(data, name="a.svg"), registry.by_id("svg"), ExplicitLabel(**explicit), None
    )
    out = io.BytesIO()
    asset.copy_to(out, 0, asset.size)
    return out.getvalue(), mark, notes


def by_rsvg(data: bytes, width: int) -> np.ndarray:
    args = ["rsvg-convert", "--width", str(width), "--keep-aspect-ratio"]
    png = subprocess.run(args, input=data, capture_output=True, check=True).stdout
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)


def by_chromium(data: bytes, tmp_path, width: int, height: int) -> np.ndarray:
    (tmp_path / "a.svg").write_bytes(data)
    page = "<body style='margin:0'><img src='a.svg' style='position:absolute'>"
    (tmp_path / "a.html").write_text(page)
    subprocess.run(
        [
            "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
            f"--window-size={width},{height}", f"--screenshot={tmp_path / 'a.png'}",
            f"file://{tmp_path / 'a.html'}",
        ],
        capture_output=True, check=True, timeout=60,
    )  # fmt: skip
    return np.asarray(Image.open(tmp_path / "a.png").convert("RGB")).astype(int)


VIEWS = {
    "no box": ('width="400" height="300"', (400, 300)),
    "box alone": ('viewBox="-10 -20 100 50"', (100, 50)),
    "inches": ('viewBox="0 0 10 10" width="4in" height="3in"', (384, 288)),
    "to the left": (
        'viewBox="0 0 9 9" width="400" height="200" preserveAspectRatio="xMinYMin"', (400, 200)
    ),
    "sliced": (
        'viewBox="0 0 90 60" width="300" height="300" preserveAspectRatio="xMaxYMid slice"',
        (300, 300),
    ),
    "stretched": (
        'viewBox="0 0 10 100" width="400" height="200" preserveAspectRatio="none"', (400, 200)
    ),
    "by width": ('viewBox="0 0 20 10" width="640"', (640, 320)),
    "styled": ('viewBox="0 0 20 10" style="width:640px; height:400px" width="9"', (640, 400)),
    "shares": ('viewBox="0 0 30 20" width="100%" height="100%"', (30, 20)),
}  # fmt: skip


@pytest.mark.foreign("rsvg-convert")
@pytest.mark.parametrize("case", VIEWS)
def test_the_words_are_as_large_as_asked_in_every_view(case):
    attributes, (width, height) = VIEWS[case]
    source = drawing(attributes, HOSTILE)
    data, mark, _ = marked(source)
    scale = 1200 / width
    before, after = by_rsvg(source, 1200), by_rsvg(data, 1200)
    assert after.shape == before.shape
    changed = np.argwhere((before != after).any(axis=-1))
    (top, left), (bottom, right) = changed.min(axis=0), changed.max(axis=0)
    short = min(width, height) * scale
    assert abs(after.shape[0] - bottom - 1 - 0.02 * short) <= 3
    assert abs(after.shape[1] - right - 1 - 0.02 * short) <= 3
    area = after[top + 8 : bottom - 8, left + 8 : right - 8].mean(axis=-1)
    tall = groups(area > 140)
    assert max(tall) >= 0.06 * short - 1
    assert max(tall) <= 0.066 * short + 1
    assert min(tall[:2]) >= 0.05 * short - 1
    assert mark.ratio >= 0.06
    assert np.percentile(area, 40) < 40


@pytest.mark.foreign("chromium")
@pytest.mark.parametrize("look", [Look(), Look(style="outline", icon="spark", weight="bold")])
def test_chromium_shows_the_words(look, tmp_path):
    source = drawing('width="400" height="300"', HOSTILE)
    data, mark, _ = marked(source, look=look, position="top-left")
    shown = by_chromium(data, tmp_path, 420, 320)
    x, y, width, height = mark.box
    area = shown[y - 1 : y + height + 1, x - 1 : x + width + 1].mean(axis=-1)
    assert max(groups(area > 150)) == pytest.approx(18, abs=1)
    assert (shown[120:, :, 0] < 60)[:170, 100:380].all()  # and nothing elsewhere


@pytest.mark.parametrize("case", VIEWS)
def test_all_other_bytes_stay_and_it_parses(case):
    source = drawing(VIEWS[case][0], after="\n<!-- </svg> -->\n")
    data, mark, _ = marked(source, text="AI生成 <&>")
    root = etree.fromstring(data)
    group = root[-1]
    assert group.get("id") == "aigc-label-mark"
    assert group[0].text == "AI生成 <&>"
    added = len(data) - len(source)
    at = data.index(b'<g id="aigc-label-mark"')
    assert data[:at] + data[at + added :] == source
    assert mark.place == "bottom-right"


def test_marking_twice_is_marking_once_and_other_words_take_the_place():
    data, _, _ = marked(drawing())
    asset = open_asset(data, name="a.svg")
    again, *_ = vector.MARKER.mark(asset, registry.by_id("svg"), ExplicitLabel(), None)
    assert again is asset
    other, _, _ = marked(data, text="人工智能合成")
    assert other.count(b"aigc-label-mark") == 1
    assert marked(other)[0] == data


def test_a_mark_within_another_group_is_not_ours_to_take():
    inner = '<g id="aigc-label-mark"><g></g><path d=""/></g><g/></g>'
    data, _, _ = marked(drawing(body="<g>" + inner))
    assert data.count(b"aigc-label-mark") == 2


def test_prefixes_and_large_drawings():
    body = "<!-- </s:svg> -->" * 80_000
    source = (
        f'<s:svg xmlns:s="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><s:g/>{body}</s:svg>'
    ).encode()
    data, _, _ = marked(source)
    assert b"<s:g id=" in data
    assert etree.fromstring(data)[-1].tag.endswith("}g")


@pytest.mark.parametrize("style", ["plate", "outline", "shadow", "adaptive", "auto"])
def test_styles_that_need_the_ground_become_ones_that_do_not(style):
    data, _, notes = marked(drawing(), look=Look(style=style))
    assert (b"stroke:#1a1a1a" in data) == (style in ("outline", "shadow"))
    assert bool(notes) == (style not in ("plate", "outline"))


def test_auto_stands_at_the_bottom_right():
    data, mark, notes = marked(drawing(), position="auto")
    assert data == marked(drawing())[0]
    assert mark.place == "bottom-right"
    assert "bottom-right" in notes[0]


@pytest.mark.parametrize("position", ["top-left", "center", (0.3, 0.2)])
def test_places(position):
    _, mark, _ = marked(drawing(), position=position)
    x, y, width, height = mark.box
    at = {"top-left": (40, 20), "center": (200, 150)}.get(position, (120, 60))
    assert abs(x + width / 2 - at[0]) < 12
    assert abs(y + height / 2 - at[1]) < 4


def test_long_words_go_on_lines():
    _, mark, _ = marked(
        drawing('width="120" height="400"'), text="内容由AI生成，仅供参考", height=0.1
    )
    assert mark.box[3] > 24
    assert mark.box[2] < 120


def test_words_that_do_not_fit_are_refused():
    with pytest.raises(CannotCarry, match="does not fit"):
        marked(drawing(), text="AI生成" * 30, height=0.2)


def test_an_icon_of_ones_own(tmp_path):
    icon = Image.new("RGBA", (40, 40))
    icon.paste((255, 0, 0, 255), (5, 5, 30, 30))
    icon.save(tmp_path / "i.png")
    data, _, _ = marked(drawing(), look=Look(icon=str(tmp_path / "i.png")))
    assert b"data:image/png;base64," in data
    etree.fromstring(data)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (drawing(""), "how large"),
        (drawing('width="100%"'), "how large"),
        (drawing('viewBox="0 0 0 9"'), "how large"),
        (drawing('viewBox="0 0 9 9 x"'), "how large"),
        (f"<svg {NAMESPACE} viewBox='0 0 9 9'/>".encode(), "empty"),
        (gzip.compress(drawing()), "gunzip"),
        (drawing().decode().encode("utf-16"), "UTF-8"),
        (b'<?xml version="1.0" encoding="utf-32"?>' + drawing(), "UTF-8"),
        (drawing('width="90000" height="9"'), None),
    ],
)
def test_what_cannot_be_marked_is_refused(data, said):
    if said is None:
        assert marked(data)
        return
    with pytest.raises(CannotCarry, match=said):
        marked(data)


def test_a_drawing_that_does_not_end_is_malformed():
    with pytest.raises(Malformed):
        marked(drawing()[:-7] + b"<!-- </svg> -->")


def test_unknown_characters_are_refused():
    with pytest.raises(InvalidLabel, match=r"U\+1F642"):
        marked(drawing(), text="AI生成🙂")


@pytest.mark.parametrize("value", [b"", b' width="x"', b' width="1e999" height="2"'])
def test_sizes_that_make_no_sense_count_as_none(value):
    with pytest.raises(CannotCarry):
        view(value)
