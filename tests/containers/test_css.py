"""The rules of style sheets: which apply, and which of them wins."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aigc_label.containers import css
from aigc_label.containers.css import Node, Sheet

PATH = [Node("body"), Node("div", "main", frozenset({"a"})), Node("p", "", frozenset({"b", "c"}))]


def told(style: str, inline: str = "", **options) -> dict[str, str]:
    sheet = Sheet()
    sheet.add(style, **options)
    return sheet.of(PATH, inline)


@pytest.mark.parametrize(
    "selector",
    [
        *("p", "*", ".b", ".b.c", "p.c", "#main p", ".a .b", "div>p", "body > div > p", "body p"),
        *("BODY .c", "div#main.a > p.b.c", "h1, p", "* p"),
    ],
)
def test_selectors_that_name_the_element(selector):
    assert told(f"{selector} {{ top: 1px }}") == {"top": "1px"}


@pytest.mark.parametrize(
    "selector",
    [
        "div",
        ".a",
        "#main",
        "body > p",
        "p p",
        "p > div",
        "p.d",
        "p:first-child",
        "p[x]",
        "a + p",
        "",
    ],
)
def test_selectors_that_do_not(selector):
    assert told(f"{selector} {{ top: 1px }}") == {}


@pytest.mark.parametrize(
    ("style", "inline", "top"),
    [
        ("p{top:1}p{top:2}", "", "2"),
        (".b{top:1}p{top:2}", "", "1"),
        ("#main p{top:1}.a .b.c{top:2}", "", "1"),
        ("p{top:1 ! important}.b{top:2}", "top:3", "1"),
        ("p{top:1}", "TOP : 3", "3"),
        ("p{top:1}", "top:3!important", "3"),
        ("p{top:1;all:unset}", "", None),
        (
            "@layer x { p{top:1} } @media print { p{top:2} div{} } @media screen { p{left:0} }",
            "",
            "1",
        ),
        ("@font-face{top:3} @keyframes a{from{top:4} to{top:5}} p{top:1}", "", "1"),
        ("p{top:1} }} .b{top:2", "", "2"),
        ("<!-- p{top:1} -->/* p{top:2} */", "", "1"),
    ],
)
def test_what_wins(style, inline, top):
    assert told(style, inline).get("top") == top


def test_only_what_is_wanted_is_kept():
    assert told("p{top:1;left:2}", wanted="top") == {"top": "1"}
    sheet = Sheet()
    sheet.add("p{left:2} a:hover{left:3}", wanted="top")
    assert not sheet
    assert not sheet.partial


def test_what_is_not_understood_or_too_much_is_said(monkeypatch):
    sheet = Sheet()
    sheet.add("a:hover{left:3}")
    assert sheet.partial
    monkeypatch.setattr(css, "MOST_RULES", 2)
    sheet = Sheet()
    sheet.add("p{top:1}p{top:2}p{top:3}")
    assert sheet.partial
    assert sheet.of(PATH) == {"top": "2"}
    monkeypatch.setattr(css, "_MOST_CHARACTERS", 4)
    sheet = Sheet()
    sheet.add("p{top:1}")
    assert sheet.partial
    assert not sheet


@given(st.text(alphabet=string.ascii_lowercase[:4] + " {}@;:.#>,!*/-", max_size=60))
def test_any_text_is_a_style_sheet(text):
    assert isinstance(told(text, text), dict)
