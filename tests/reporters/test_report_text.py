"""Text for people: lines to grep, commands to copy, nothing that a terminal obeys."""

from __future__ import annotations

import io

import pytest
from reporting import FIELDS, MARK, SIGNAL, clean, label, report, sample

from aigc_label import rules
from aigc_label.model import Finding, FoundMark, Medium, Report
from aigc_label.reporters import text, words


class Terminal(io.StringIO):
    def isatty(self):
        return True


def lines(reports, **options):
    stream = options.pop("stream", None) or io.StringIO()
    text.render(reports, stream=stream, profile="gb45438", **options)
    return stream.getvalue().splitlines()


def test_a_clean_file_is_one_line():
    assert lines([clean()]) == [
        (
            "a.png  png  ok  confirmed  png.xmp producer=001191110102MACQD9K64010000 id=42"
            "  explicit=AI生成"
        ),
        "1 file: 1 ok, 0 failed",
    ]


def test_a_failed_file_says_what_where_and_how_to_mend_it():
    assert lines([report(marks=(), signals=(SIGNAL,))]) == [
        "a.png  png  failed  suspected",
        "    suspected by traces: c2pa trainedAlgorithmicMedia (ChatGPT)",
        (
            "a.png: error[implicit.missing] no implicit label in the metadata (its place: png.xmp) "
            "(GB 45438-2025 6.1; binding)"
        ),
        "    the producer: aigc-label label a.png --producer CODE --in-place",
        (
            "a.png: error[implicit.missing-but-declared-elsewhere] C2PA says that the content is "
            "AI-made (ChatGPT, trainedAlgorithmicMedia); that is no GB 45438 label "
            "(GB 45438-2025 6.1; Measures art. 6; binding)"
        ),
        "    a platform: aigc-label propagate a.png --propagator CODE --in-place",
        (
            "a.png: error[explicit.missing] no explicit label: nothing tells people that the "
            "content is AI-generated (GB 45438-2025 5.2; binding)"
        ),
        "1 file: 0 ok, 1 failed",
    ]


def test_chinese():
    assert lines(
        [report(marks=(), lang="zh", labels=(label(offset=9, home=False),))], lang="zh"
    ) == [
        "a.png  png  不通过  属于  png.xmp 提供者=001191110102MACQD9K64010000 编号=42",
        (
            "a.png: 错误[implicit.misplaced] 隐式标识写在 png.xmp 中，"
            "但具体位置或形式不符合指南规定"
            "（TC260-PG-20259A；网信办 2025-11-25 通报，指南；第 9 字节）"
        ),
        (
            "    由生成合成服务提供者执行：aigc-label fix a.png --producer "
            "001191110102MACQD9K64010000 --in-place"
        ),
        (
            "a.png: 错误[explicit.missing] 没有显式标识，用户无法感知内容由 AI 生成"
            "（GB 45438-2025 5.2，强制）"
        ),
        "共 1 个文件：0 个通过，1 个不通过",
    ]


def test_what_was_not_looked_at_stands_in_the_files_line_and_once_at_the_end():
    many = [report(name=f"{n}.png", labels=(label(),)) for n in range(100)]
    shown = lines(many)
    assert len(shown) == 102
    assert shown[7].endswith("id=42  open: explicit")
    assert shown[100:] == [
        (
            "open[explicit.open] the explicit label was not looked at: there is no detector for "
            "png yet (100 of 100 files)"
        ),
        "100 files: 100 ok, 0 failed, 100 not fully looked at",
    ]


def test_what_does_not_apply_is_said_at_the_end():
    shown = lines([report(format="text", medium=Medium.TEXT, homes=(), marks=(MARK,))])
    assert shown[0] == "a.png  text  ok  suspected  explicit=AI生成"
    assert shown[2].startswith("n/a[implicit.missing] text has no place for metadata")


def test_everything_that_is_open_is_named():
    found = label(fields={**FIELDS, "ReservedCode1": "x"})
    assert lines([report(labels=(found,))])[0].endswith("open: security, explicit")
    assert lines([report(lang="zh", labels=(found,))], lang="zh")[0].endswith(
        "未定: 安全防护信息, 显式标识"
    )


def test_a_sound_is_shown_by_its_kind():
    sound = FoundMark(kind="rhythm", place="start")
    assert "explicit=rhythm" in lines([clean(medium=Medium.AUDIO, marks=(sound,))])[0]


def test_the_gravest_finding_comes_first_and_advice_is_given_once():
    found = label(quirks=("null-value", "base64", "label-number"), offset=12)
    shown = lines([clean(labels=(found,))])
    assert [line.split("]")[0] for line in shown if "[" in line] == [
        "a.png: error[implicit.encoding",
        "a.png: warning[implicit.label-value",
        "a.png: warning[implicit.value-type",
    ]
    assert sum("the producer:" in line for line in shown) == 1
    assert "; byte 12)" in shown[1]


def test_findings_of_other_kinds_are_shown_too():
    kinds = ("review", "informational", "pass")
    findings = tuple(
        Finding(rule=f"x.{kind}", kind=kind, level="none", message="m", clause="c")
        for kind in kinds
    )
    shown = lines([Report(inspection=clean().inspection, profile="x", ok=True, findings=findings)])
    assert shown[1:-1] == [
        "a.png: review[x.review] m (c; good practice)",
        "a.png: info[x.informational] m (c; good practice)",
    ]


def test_control_characters_never_reach_the_terminal():
    hostile = "\x1b]0;owned\x07\u202e\r\n"
    found = label(
        carrier="png.exif",
        home=False,
        fields={**FIELDS, "ContentProducer": hostile, "ProduceID": hostile, "Label": hostile},
    )
    one = report(
        name=f"{hostile}\udcff.png", labels=(found,), marks=(FoundMark(kind="text", text=hostile),)
    )
    shown = lines([one])
    assert all(line.isprintable() for line in shown)
    assert "\\u001b]0;owned\\u0007\\u202e\\r\\n\\udcff.png" in shown[0]


def test_long_values_are_cut():
    assert len(lines([clean(labels=(label(fields={**FIELDS, "ProduceID": "x" * 9000}),))])[0]) < 300


@pytest.mark.parametrize(
    ("stream", "environment", "color", "coloured"),
    [
        (io.StringIO, {}, None, False),
        (Terminal, {}, None, True),
        (Terminal, {"NO_COLOR": "1"}, None, False),
        (Terminal, {"NO_COLOR": ""}, None, True),
        (Terminal, {"TERM": "dumb"}, None, False),
        (Terminal, {}, False, False),
        (io.StringIO, {"NO_COLOR": "1"}, True, True),
    ],
)
def test_colours_are_for_terminals_that_want_them(
    monkeypatch, stream, environment, color, coloured
):
    for name in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    shown = "\n".join(lines(sample(), stream=stream(), color=color))
    assert ("\x1b[" in shown) is coloured


def test_colours_change_nothing_else():
    import re

    plain = "\n".join(lines(sample()))
    assert re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(lines(sample(), color=True))) == plain


def test_text_is_written_as_reports_arrive():
    stream = io.StringIO()
    seen = []

    def arriving():
        for one in sample()[:2]:
            seen.append(stream.getvalue().count("\n"))
            yield one

    text.render(arriving(), stream=stream, profile="gb45438")
    assert seen == [0, 1]


def test_the_end_stays_short_whatever_the_messages():
    def odd(n):
        finding = Finding(rule="x.open", kind="open", level="none", message=f"m{n}", clause="c")
        return Report(inspection=clean().inspection, profile="x", ok=True, findings=(finding,))

    assert len(lines(odd(n) for n in range(500))) < 500 + 50


def test_no_file():
    assert lines([]) == ["0 files: 0 ok, 0 failed"]


def test_both_languages_have_the_same_words():
    english, chinese = words.words("en"), words.words("zh")
    assert english.keys() == chinese.keys()
    assert words.words("fr") is english


def test_every_clause_has_a_chinese_form():
    import re

    for rule in rules.all_rules():
        shown = words.clause(rule.clause, "zh")
        left = re.sub(r"TC260(-PG-\w+)?|GB 45438-2025|C2PA|IPTC|\b[A-Z]\b|\b[a-z]\b", "", shown)
        assert not re.search(r"[A-Za-z]", left), shown
        assert words.clause(rule.clause, "en") == rule.clause


def test_a_label_without_a_producer_names_the_platform():
    """Measures article 6: a platform need not know who made what its user declares."""
    spread = {"Label": "2", "ContentPropagator": "platform", "PropagateID": "7"}
    line = lines([clean(labels=(label(fields=spread),))])[0]
    assert "png.xmp propagator=platform id=7" in line
    assert "producer" not in line
