import pytest
from hypothesis import given
from hypothesis import strategies as st

from aigc_label.asset import open_asset
from aigc_label.containers.text_bytes import WHOLE_LIMIT
from aigc_label.detect.text import MARKDOWN, PLAINTEXT
from aigc_label.errors import AigcLabelError, Malformed

PROSE = "灯塔建于一八六五年，石砌的塔身高二十七米，至今仍为过往的船只指引方向。" * 3
COZE = "本内容由 Coze AI 生成，请遵循相关法律法规及《人工智能生成合成内容标识办法》使用与传播。"


def look(text, detector=MARKDOWN):
    data = text if isinstance(text, bytes) else text.encode()
    with open_asset(data) as asset:
        return [(mark.place, mark.text) for mark in detector.look(asset)]


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        (f"{PROSE}\n\n---\n\n> {COZE}\n", [("end", COZE)]),
        (f"# 灯塔\n\n> 本内容由 AI 生成\n\n{PROSE}\n", [("start", "本内容由 AI 生成")]),
        (f"---\ntitle: 灯塔\n---\n\n> AI生成\n\n# 灯塔\n\n{PROSE}", [("start", "AI生成")]),
        (f"# 灯塔\n\n{PROSE}\n\n> AI生成\n", [("end", "AI生成")]),
        (f"{PROSE}\n\n*内容由 AI 生成仅供参考*", [("end", "内容由 AI 生成仅供参考")]),
        (
            f"{PROSE}\n\n_（内容由AI生成，仅供参考）_\n\n[1]: http://x\n",
            [("end", "（内容由AI生成，仅供参考）")],
        ),
        (f"（本文由AI生成）{PROSE}\n", [("start", "（本文由AI生成）")]),
        (f"{PROSE}（本文由AI生成）\n", [("end", "（本文由AI生成）")]),
        (f'<p align="center">内容由AI生成</p>\n\n{PROSE}', [("start", "内容由AI生成")]),
        (f"# 灯塔<sup>AI</sup>\n\n{PROSE}", [("start", "AI")]),
        (f"{PROSE}\n\n末段<sup>AI</sup>\n", [("end", "AI")]),
        (f"{PROSE}\n\n> AI生成\n### 续\n\n{PROSE}", [("middle", "AI生成")]),
        (f"{PROSE}\n\n本文由AI生成\n\n{PROSE}", [("middle", "本文由AI生成")]),
        (f"{PROSE}\n\n{PROSE}<sup>AI</sup>\n\n{PROSE}\n\n{PROSE}", [("middle", "AI")]),
        (f"> AI生成\n\n{PROSE}\n\n> AI生成\n", [("start", "AI生成"), ("end", "AI生成")]),
        ("AI生成\n", [("start", "AI生成")]),
        ("正文。\n\n> AI生成\n", [("end", "AI生成")]),
        ("> AI生成\n\n正文。\n", [("start", "AI生成")]),
    ],
)
def test_prompts_that_a_person_sees(text, marks):
    assert look(text) == marks
    assert look(text.replace("\n", "\r\n").encode("utf-16")) == marks


@pytest.mark.parametrize(
    "text",
    [
        "",
        PROSE,
        f"# AI生成技术综述\n\n本文讨论AI生成内容的治理。{PROSE}",
        f"# AI生成视频\n\n{PROSE}",
        f"---\ndescription: 本文由AI生成\n---\n\n{PROSE}",
        f"<!-- 本文由AI生成 -->\n\n{PROSE}\n\n<!--\nAI生成\n-->\n",
        f"{PROSE}\n\n```\nAI生成\n```\n",
        f"{PROSE}\n\n    AI生成\n\n{PROSE}",
        f"![AI生成](a.png)\n\n{PROSE}",
        f"{PROSE}\n\n- AI生成\n- 人工撰写\n\n{PROSE}",
        f"| AI生成 | 支持 |\n|---|---|\n\n{PROSE}",
        f"{PROSE}\n本文由AI生成\n{PROSE}",
        f"{PROSE}\n\n{PROSE}本文由AI生成。{PROSE}\n\n{PROSE}",
        f"AI-generated\n\n{PROSE}",
    ],
)
def test_silent(text):
    assert look(text) == []


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        (f"AI生成\n\n{PROSE}", [("start", "AI生成")]),
        (f"{PROSE}\n【内容由AI生成】", [("end", "【内容由AI生成】")]),
        (f"{PROSE}\n\n本文由AI生成\n\n{PROSE}", [("middle", "本文由AI生成")]),
        (f"{PROSE}\n本文由AI生成\n{PROSE}", []),
        (f"标题ᴬᴵ\n\n{PROSE}", [("start", "AI")]),
        (f"<sup>AI</sup>\n\n{PROSE}", []),
        (f"---\nnote: 本文由AI生成\n---\n{PROSE}", [("start", "note: 本文由AI生成")]),
    ],
)
def test_plain_text_has_no_markup(text, marks):
    assert look(text, PLAINTEXT) == marks
    assert look(text.replace("ᴬᴵ", "ᴬᴵ").encode("gb18030"), PLAINTEXT) == marks


def test_prompts_in_the_middle_are_counted_to_sixteen():
    text = f"{PROSE}\n\n" + f"> AI生成\n\n{PROSE}\n\n" * 40
    assert len(look(text)) == 16


def test_a_long_text_is_looked_at_at_both_ends():
    text = f"> AI生成\n\n{PROSE}\n\n" + f"{PROSE}\n\n" * (WHOLE_LIMIT // 300) + "> AI生成\n"
    assert len(text.encode()) > WHOLE_LIMIT
    assert look(text) == [("start", "AI生成"), ("end", "AI生成")]


def test_a_file_of_one_line():
    assert look(f"（AI生成）{PROSE * 30}") == [("start", "（AI生成）")]
    assert look(f"{PROSE * 30}（AI生成）") == [("end", "（AI生成）")]


def test_undecidable_bytes_are_said():
    with pytest.raises(Malformed):
        look("très fâché à Orléans, été".encode("latin-1"))


@given(st.text(max_size=200) | st.text("AI生成 \n>#*`<!->由内容。（）|", max_size=200))
def test_arbitrary_text_gives_marks_or_an_error(text):
    for detector in (MARKDOWN, PLAINTEXT):
        try:
            marks = look(text.encode("utf-8", "surrogatepass"), detector)
        except AigcLabelError:
            continue
        assert all(place in ("start", "middle", "end") and words for place, words in marks)
        assert all(len(words) <= 200 for _, words in marks)


@pytest.mark.parametrize(
    "line",
    [
        "~~本文由AI生成~~",
        "<s>本文由AI生成</s>",
        "<p hidden>本文由AI生成</p>",
        '<span style="display:none">本文由AI生成</span>',
        "<span class=a style='color:red; font-size: 0'>本文由AI生成</span>",
        "- AI生成\n- 人工创作",
    ],
)
def test_what_nobody_sees_in_markdown_or_is_taken_back(line):
    assert look(f"{line}\n\n{PROSE}") == []


@pytest.mark.parametrize(
    "line",
    [
        "本文由AI生成 ~~第一版~~",
        '<span style="font-size:0.9em">本文由AI生成</span>',
        '<p class="hidden-xs">本文由AI生成</p>',
        "- 本文由AI生成",
    ],
)
def test_what_is_seen_in_markdown_all_the_same(line):
    assert [place for place, _ in look(f"{line}\n\n{PROSE}")] == ["start"]
