"""Prompts on pages and among cues; what quotes them is none."""

from __future__ import annotations

import pytest

import aigc_label
from aigc_label import ExplicitLabel, ImplicitLabel
from aigc_label.containers import css

PROSE = "灯塔建于一八六五年，石砌的塔身高二十七米，至今仍为过往的船只指引方向。" * 3
PAGE = (
    "<!doctype html><html><head><meta charset=utf-8><title>{}</title></head><body>{}</body></html>"
)
MADE = ImplicitLabel(content_producer="P", produce_id="1")
SRT = (
    "1\n00:00:00,000 --> 00:00:02,500\n{}\n\n2\n00:00:01,000 --> 00:00:04,000\nHello\n\n"
    "3\n00:01:00,000 --> 00:01:04,000\n{}\n"
)


def seen(text: str, name: str):
    report = aigc_label.check(text.encode(), name=name, only="explicit")
    return [(mark.place, mark.text) for mark in report.inspection.marks]


@pytest.mark.parametrize(
    ("body", "marks"),
    [
        (f"<p>AI生成</p><p>{PROSE}</p>", [("start", "AI生成")]),
        (f"<p>{PROSE}</p><p>{PROSE}</p><footer>本文由AI生成</footer>", [("end", "本文由AI生成")]),
        (
            f"<main><h1>灯塔</h1><p>{PROSE}</p><p>内容由 AI 生成</p></main>",
            [("end", "内容由 AI 生成")],
        ),
        (f"<p>{PROSE}</p>", []),
        (f"<p>{PROSE}</p><script>var a='AI生成'</script><!-- AI生成 -->", []),
        (f'<p style="display:none">AI生成</p><p>{PROSE}</p>', []),
        (f"<p>文章讨论了AI生成内容的标识办法，以及{PROSE}</p>", []),
    ],
)
def test_pages(body, marks):
    assert seen(PAGE.format("t", body), "a.html") == marks


STYLED = "<!doctype html><html><head><meta charset=utf-8><style>{}</style></head><body>{}</body>"
NOTE = '<p class="ai note" id="mark">AI生成</p>'


@pytest.mark.parametrize(
    ("style", "body"),
    [
        (".ai{display:none}", NOTE),
        ("#mark { DISPLAY : NONE }", NOTE),
        ("body p.note.ai{visibility:hidden}", NOTE),
        ("div > .ai{opacity:0}", f"<div>{NOTE}</div>"),
        (".box{font-size:0}", f'<div class="box">{NOTE}</div>'),
        (".box{opacity:0.0}", '<div class="box"><p style="opacity:1">AI生成</p></div>'),
        ("p{font:0/0 a}", NOTE),
        (".ai{color:transparent}", NOTE),
        (".ai{color:#fff}", NOTE),
        (".ai{content-visibility:hidden}", NOTE),
        (".ai{transform:scale(0)}", NOTE),
        (".ai{opacity:2%}", NOTE),
        (".box{color:#fff}.ai{color:inherit}", f'<div class="box">{NOTE}</div>'),
        ("body{background:white}.ai{color:#fefefe}", NOTE),
        (".box{background-color:#000}.ai{color:rgb(3, 3, 3)}", f'<div class="box">{NOTE}</div>'),
        ("", "<p><s>AI生成</s></p>"),
        ("", "<p><del>AI生成</del></p>"),
        (".ai{color:rgba(0,0,0,0)}", NOTE),
        (".ai{position:absolute;left:-9999px}", NOTE),
        (".ai{text-indent:-999em}", NOTE),
        (".ai{position:absolute;clip:rect(0,0,0,0)}", NOTE),
        (".ai{width:1px;height:1px;overflow:hidden}", NOTE),
        ("p{display:block}.ai{display:none!important}#mark{display:block}", NOTE),
        ("@media screen{.ai{display:none}}", NOTE),
        ("/* .x{} */ .x,.ai{display:none}", NOTE),
        ("", '<p><span style="display:none">AI生成</span></p>'),
        ("", '<p style="font-size:0px">AI生成</p>'),
        ("", "<details><summary>灯塔</summary><p>AI生成</p></details>"),
        ("i{display:none}", "<p>灯<i>塔</i></p><p><i>AI生成</i></p>"),
    ],
)
def test_what_a_style_sheet_hides(style, body):
    assert seen(STYLED.format(style, f"{body}<p>{PROSE}</p>"), "a.html") == []


@pytest.mark.parametrize(
    ("style", "body"),
    [
        (".other{display:none}", NOTE),
        (".ai{color:#fff;background:#000}", NOTE),
        (".ai{color:#fff;position:absolute}", NOTE),
        (".ai{transform:scale(1.2);font:italic bold large serif}", NOTE),
        (".ai{overflow:hidden;width:200px}", NOTE),
        ("body{background:#123}.ai{color:#fff}", NOTE),
        ("body{background:url(x.png)}.ai{color:#fff}", NOTE),
        ("body{background:linear-gradient(red,blue)}.ai{color:#fff}", NOTE),
        ("html[dark] body{background:#000}.ai{color:#fff}", NOTE),
        ("body{background:var(--dark)}.ai{color:var(--light)}", NOTE),
        (".ai{color:#777}", NOTE),
        ("p{color:white}p.ai{color:black}", NOTE),
        (".ai{display:none}#mark{display:block}", NOTE),
        (".ai{display:none}p.ai{display:block}", NOTE),
        ("article .ai{display:none}", NOTE),
        ("section > .ai{display:none}", f"<section><div>{NOTE}</div></section>"),
        ("@media print{.ai{display:none}} @media (max-width:9px){.ai{opacity:0}}", NOTE),
        (".ai:hover{opacity:0} .ai::after{opacity:0} .ai[x]{display:none}", NOTE),
        (".box{visibility:hidden}.ai{visibility:visible}", f'<div class="box">{NOTE}</div>'),
        (".box{font-size:0}.ai{font-size:14px}", f'<div class="box">{NOTE}</div>'),
        (".ai{opacity:0;animation:in 1s forwards}", NOTE),
        (".ai{opacity:.9;color:#fff000;left:-5px;position:relative}", NOTE),
        ("", "<details open><summary>灯塔</summary><p>AI生成</p></details>"),
        ("", '<p><span style="display:none">x</span>AI生成</p>'),
        ("", '<p>AI<span style="display:none">辅助</span>生成</p>'),
        ("@import 'x.css'; .ai{", NOTE),
    ],
)
def test_what_a_style_sheet_leaves_in_sight(style, body):
    assert seen(STYLED.format(style, f"{body}<p>{PROSE}</p>"), "a.html") == [("start", "AI生成")]


def test_white_words_where_the_ground_is_not_known():
    page = STYLED.replace("<style>", '<link rel="stylesheet" href="x.css"><style>')
    assert seen(page.format(".ai{color:#fff}", f"{NOTE}<p>{PROSE}</p>"), "a.html")


def test_a_cue_that_nobody_can_read():
    cue = "1\n00:00:00,000 --> 00:00:00,{}\nAI生成\n\n2\n00:00:04,000 --> 00:00:09,000\n你好\n"
    assert seen(cue.format("100"), "a.srt") == []
    assert seen(cue.format("900"), "a.srt") == [("start", "AI生成")]


def test_a_style_sheet_for_paper_hides_nothing_on_the_screen():
    page = STYLED.replace("<style>", '<style media="print">')
    assert seen(page.format(".ai{display:none}", f"{NOTE}<p>{PROSE}</p>"), "a.html")


def test_more_rules_than_anybody_can_hold_against_a_page(monkeypatch):
    monkeypatch.setattr(css, "MOST_TESTS", 10)
    report = aigc_label.check(
        STYLED.format("p{opacity:1}" * 9, NOTE * 9).encode(), name="a.html", only="explicit"
    )
    assert not report.ok
    assert "file.limit" in {finding.rule for finding in report.findings}


def test_a_page_that_says_it_in_its_title_only_says_it_to_nobody():
    assert seen(PAGE.format("AI生成", f"<p>{PROSE}</p>"), "a.html") == []


@pytest.mark.parametrize(
    ("first", "last", "marks"),
    [
        ("AI生成", "Bye", [("start", "AI生成")]),
        ("Hi", "内容由AI生成", [("end", "内容由AI生成")]),
        ("Hi", "Bye", []),
        ("<i>AI生成</i>", "Bye", [("start", "AI生成")]),
    ],
)
def test_cues(first, last, marks):
    srt = SRT.format(first, last)
    assert seen(srt, "a.srt") == marks
    vtt = "WEBVTT\n\n" + srt.replace(",", ".")
    assert seen(vtt, "a.vtt") == marks


@pytest.mark.parametrize("places", [("start",), ("end",), ("start", "end")])
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.html", PAGE.format("t", f"<p>{PROSE}</p><p>{PROSE}</p>")),
        ("a.vtt", "WEBVTT\n\n" + SRT.format("Hi", "Bye").replace(",", ".")),
        ("a.srt", SRT.format("Hi", "Bye")),
    ],
)
def test_what_this_package_writes_is_seen(name, text, places):
    explicit = ExplicitLabel(text="本内容由AI生成", places=places)
    implicit = None if name == "a.srt" else MADE
    data = aigc_label.label(text.encode(), implicit, explicit=explicit, name=name).data
    found = seen(data.decode(), name)
    assert [place for place, _ in found] == list(places)
    assert all("本内容由AI生成" in words for _, words in found)
