"""Prompts on pages and among cues; what quotes them is none."""

from __future__ import annotations

import pytest

import aigc_label
from aigc_label import ExplicitLabel, ImplicitLabel

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
