"""Words on drawings: in their texts, as outlines of this package, and where nobody can tell."""

from __future__ import annotations

import gzip

import pytest

import aigc_label
from aigc_label import ExplicitLabel, Look
from aigc_label.containers import svg

SHELL = '<svg xmlns="http://www.w3.org/2000/svg" {}><rect width="9" height="9"/>{}</svg>'
SIZED = 'viewBox="0 0 400 300"'

LARGE, USUAL = ("top-left", 0.0688), ("top-left", 0.0459)


def drawn(body: str, size: str = SIZED) -> bytes:
    return SHELL.format(size, body).encode()


def judged(data: bytes):
    return aigc_label.check(data, name="a.svg", only="explicit")


def seen(data: bytes):
    report = judged(data)
    assert report.inspection.unseen == ""
    return [(mark.place, mark.text, mark.ratio) for mark in report.inspection.marks]


@pytest.mark.parametrize(
    ("body", "place", "ratio"),
    [
        ('<text x="300" y="290" font-size="24">AI生成</text>', "bottom-right", 0.0688),
        (
            '<text x="390" y="30" text-anchor="end" font-size="24">AI生成</text>',
            "top-right",
            0.0688,
        ),
        (
            '<text x="200" y="150" text-anchor="middle" font-size="24">AI生成</text>',
            "middle",
            0.0688,
        ),
        (
            '<text x="9" y="30" style="font-size:18pt">AI<tspan>生成</tspan></text>',
            "top-left",
            0.0688,
        ),
        ('<g transform="scale(2)"><text x="5" y="145">AI生成</text></g>', "bottom-left", 0.0917),
        (
            '<g transform="translate(320 290) rotate(0)"><text>AI&#29983;成</text></g>',
            "bottom-right",
            0.0459,
        ),
        (
            '<text transform="matrix(1 0 0 1 5 20)" font-size="bolder">AI生成</text>',
            "top-left",
            0.0459,
        ),
        ('<style>text{font-size:9px}</style><text x="9" y="30">AI生成</text>', "top-left", 0.0258),
        (
            '<style>text:not(.x){font-size:9px}</style><text x="9" y="30">AI生成</text>',
            "top-left",
            None,
        ),
        (
            '<style>g .b{font-size:24px}</style><g><text class="b" x="9" y="30">AI生成</text></g>',
            "top-left",
            0.0688,
        ),
        ('<text x="9" y="30"><![CDATA[AI生成]]></text>', "top-left", 0.0459),
        (
            '<text x="9" y="30"><tspan>灯塔</tspan><tspan x="9" dy="20">AI生成</tspan></text>',
            "top-left",
            0.0459,
        ),
        (
            '<text><tspan x="9" y="30">灯塔</tspan><tspan x="9" y="60">AI生成</tspan></text>',
            "left",
            0.0459,
        ),
    ],
)
def test_texts(body, place, ratio):
    assert seen(drawn(body)) == [(place, "AI生成", ratio)]


@pytest.mark.parametrize(
    "body",
    [
        "<title>AI生成</title>",
        "<desc>AI生成</desc>",
        "<metadata>AI生成</metadata>",
        "<!-- AI生成 -->",
        '<text x="9" y="30" display="none">AI生成</text>',
        '<g visibility="hidden"><text x="9" y="30">AI生成</text></g>',
        '<text x="9" y="30" style="opacity: 0">AI生成</text>',
        '<text x="9" y="30" style="fill-opacity:0.0;fill:red">AI生成</text>',
        '<text x="9" y="30" font-size="0">AI生成</text>',
        '<style>.ai{display:none}</style><text class="a ai" x="9" y="30">AI生成</text>',
        '<style>#m{visibility:hidden}</style><g id="m"><text x="9" y="30">AI生成</text></g>',
        '<style>text{fill-opacity:0}</style><text x="9" y="30">AI生成</text>',
        '<text x="9" y="30" fill="none">AI生成</text>',
        '<text x="390" y="30">AI生成</text>',  # beyond the border
        '<text x="9" y="999">AI生成</text>',
        '<text x="9" y="30">AI生成</text><rect width="100%" height="100%" fill="#eee"/>',
        '<rect width="400" height="300" fill="#334"/><text x="9" y="30" fill="#334">AI生成</text>',
        '<text x="9" y="30" opacity="0.02">AI生成</text>',
        '<text x="9" y="3" font-size="24">AI生成</text>',
        "<defs><text>AI生成</text></defs>",
        '<clipPath><text x="9" y="30">AI生成</text></clipPath>',
        '<text x="9" y="30" aria-label="AI生成">灯塔</text>',
        '<text x="9" y="30">AI生成内容的标识办法</text>',
        '<text x="9" y="30">灯塔</text>',
    ],
)
def test_what_nobody_sees(body):
    assert seen(drawn(body)) == []


@pytest.mark.parametrize(
    "body",
    [
        '<rect width="400" height="300" fill="#334"/><text x="9" y="30" fill="#fff">AI生成</text>',
        '<text x="9" y="30">AI生成</text><rect width="30" height="300" fill="#eee"/>',
        '<text x="9" y="30">AI生成</text><rect width="400" height="300" fill="none"/>',
        '<text x="9" y="30">AI生成</text><rect width="400" height="300" fill-opacity=".3"/>',
        '<text x="9" y="30">AI生成</text><g opacity="0"><rect width="400" height="300"/></g>',
    ],
)
def test_what_is_seen_on_plates(body):
    assert [words for _, words, _ in seen(drawn(body))] == ["AI生成"]


@pytest.mark.parametrize(
    "above",
    ['<rect width="90" height="40" fill="#fff"/>', '<image width="400" height="300" href="x"/>'],
)
def test_black_words_on_what_stands_over_a_black_ground(above):
    words = '<text x="9" y="30">AI生成</text>'
    assert len(seen(drawn(f'<rect width="400" height="300"/>{above}{words}'))) == 1
    assert seen(drawn(f'<rect width="400" height="300"/>{words}')) == []


def test_words_too_small_are_judged():
    report = judged(drawn('<text x="300" y="290" font-size="9">AI生成</text>'))
    assert "explicit.height" in {finding.rule for finding in report.findings}


def test_what_is_kept_for_use_is_shown_where_it_is_used():
    shapes = '<defs><text id="a" y="20">AI生成</text></defs><use href="#a"/>'
    assert [words for _, words, _ in seen(drawn(shapes))] == ["AI生成"]


def test_a_page_within_a_drawing():
    body = '<div xmlns="http://www.w3.org/1999/xhtml"><p>灯塔</p><p>AI生成</p></div>'
    body = f"<foreignObject>{body}</foreignObject>"
    assert [words for _, words, _ in seen(drawn(body))] == ["AI生成"]


def test_a_drawing_that_does_not_say_how_large_it_is():
    assert seen(drawn('<text x="9" y="9">AI生成</text>', "")) == [("", "AI生成", None)]


@pytest.mark.parametrize("style", ["plate", "outline"])
@pytest.mark.parametrize("position", ["top-left", "top-right", "left", "bottom-right", (0.5, 0.5)])
def test_what_this_package_draws(position, style):
    explicit = ExplicitLabel(position=position, look=Look(style=style))
    data = aigc_label.label(drawn("<path d='M0 0h9'/>"), None, explicit=explicit, name="a.svg").data
    ((place, words, _),) = seen(data)
    assert words == "AI生成"
    expected = position if isinstance(position, str) else "middle"
    assert place == expected


def test_a_name_without_letters_is_no_mark():
    data = aigc_label.label(drawn(""), None, explicit=ExplicitLabel(), name="a.svg").data
    hollow = data[: data.index(b"</title>") + 8] + b"</g></svg>"
    assert seen(hollow) == []


@pytest.mark.parametrize("body", ["<path d='M0'/>", "<image href='a.png'/>", "<use href='#a'/>"])
def test_shapes_may_be_words(body):
    report = judged(drawn(body))
    assert report.inspection.marks is None
    (finding,) = [one for one in report.findings if one.rule.startswith("explicit.")]
    assert finding.rule == "explicit.open"
    assert "drawn as shapes" in finding.message


def test_drawings_in_other_dress():
    body = '<text x="300" y="290" font-size="24">AI生成</text>'
    assert len(seen(gzip.compress(drawn(body)))) == 1
    assert len(seen(b"\xff\xfe" + drawn(body).decode().encode("utf-16-le"))) == 1
    told = b'<?xml version="1.0" encoding="GBK"?>' + drawn(body).decode().encode("gbk")
    assert len(seen(told)) == 1
    odd = b'<?xml version="1.0" encoding="x-nobody"?>' + drawn(body)
    assert len(seen(odd)) == 1


def test_a_large_drawing_is_not_passed():
    filling = "<rect/>" * (svg.WHOLE // 7 + 9)
    assert "too large" in judged(drawn(filling)).inspection.unseen
    marked = aigc_label.label(drawn(filling), None, explicit=ExplicitLabel(), name="a.svg").data
    assert [words for _, words, _ in seen(marked)] == ["AI生成"]
