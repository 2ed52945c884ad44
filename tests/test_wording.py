"""The wording rule of GB 45438-2025 clause 5."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aigc_label import wording


@pytest.mark.parametrize(
    "text",
    [
        "AI生成",
        "人工智能合成",
        "由AI生成",
        "内容由 AI 生成",
        "生成：AI",
        "本文由ai生成",
        "【AI合成】",
        "AI 生成合成",
    ],
)
def test_both_elements_make_a_prompt(text):
    assert wording.is_prompt(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "AI",
        "生成",
        "虚拟主播",
        "智能创作",
        "AI辅助",
        "AI-generated",
        "人工智能",
        "MAIN 生成",  # letters around AI: another word
        "WAIT合成",
        "AIR生成",
    ],
)
def test_one_element_is_not_enough(text):
    assert not wording.is_prompt(text)


@pytest.mark.parametrize(("text", "expected"), [("AI", True), (" AI\n", True), ("ai", True)])
def test_a_corner_mark_needs_ai_only(text, expected):
    assert wording.is_corner_mark(text) is expected


@pytest.mark.parametrize("text", ["AI生成", "", "A I", "IA"])
def test_more_or_less_is_no_corner_mark(text):
    assert not wording.is_corner_mark(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ai生成", True),
        ("Ai生成", True),
        ("AI生成", False),
        ("ai AI 生成", False),
        ("人工智能生成", False),
        ("生成", False),
    ],
)
def test_lower_case_is_noticed(text, expected):
    assert wording.has_lower_case_ai(text) is expected


@given(st.text(alphabet="内容图片，。 由的x1"), st.text(alphabet="仅供参考，。 请x1"))
def test_surrounding_words_do_not_hide_a_prompt(before, after):
    assert wording.is_prompt(f"{before} AI生成 {after}")


@given(st.text(), st.text())
def test_any_words_are_judged(before, after):
    assert wording.is_prompt(f"{before} AI生成 {after}") in (True, False)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("本图非AI生成", True),
        ("not AI-generated", True),
        ("没有使用人工智能", True),
        ("AI-generated", False),
        ("AI生成", False),
        ("非真人", False),
    ],
)
def test_words_that_deny(text, expected):
    assert wording.denies(text) is expected
