"""JSON and JSON lines: the public contract, and nothing that a terminal would obey."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reporting import FIELDS, MARK, SIGNAL, clean, label, report, sample

from aigc_label import __version__, reporters
from aigc_label.reporters.json import encoded


def rendered(name, reports, **options):
    stream = io.StringIO()
    summary = reporters.get(name)(reports, stream=stream, profile="gb45438", **options)
    return stream.getvalue(), summary


def test_the_object_is_that_of_the_public_contract():
    one = report(
        labels=(
            label(
                carrier="png.text",
                fields={**FIELDS, "ReservedCode1": "ab"},
                quirks=("key-spelling",),
            ),
        ),
        signals=(SIGNAL,),
        marks=(MARK,),
    )
    text, _ = rendered("json", [one])
    assert json.loads(text) == {
        "schema": 1,
        "tool": {"name": "aigc-label", "version": __version__},
        "profile": "gb45438",
        "summary": {"files": 1, "ok": 0, "failed": 1, "open": 1},
        "reports": [
            {
                "path": "a.png",
                "format": "png",
                "medium": "image",
                "size": 123,
                "ok": False,
                "attribution": "confirmed",
                "evidence": [
                    {
                        "step": "metadata",
                        "state": "confirmed",
                        "detail": "png.text Label=1",
                        "decides": True,
                    },
                    {
                        "step": "declaration",
                        "state": None,
                        "detail": "the user declares nothing",
                        "decides": False,
                    },
                    {
                        "step": "explicit",
                        "state": "suspected",
                        "detail": "text AI生成 bottom-right",
                        "decides": False,
                    },
                    {
                        "step": "traces",
                        "state": "suspected",
                        "detail": "c2pa trainedAlgorithmicMedia (ChatGPT)",
                        "decides": False,
                    },
                ],
                "labels": [
                    {
                        "carrier": "png.text",
                        "home": True,
                        "fields": {**FIELDS, "ReservedCode1": "ab"},
                        "quirks": ["key-spelling"],
                        "security": {"status": "unsupported"},
                    }
                ],
                "signals": [
                    {
                        "scheme": "c2pa",
                        "ai": True,
                        "generator": "ChatGPT",
                        "detail": "trainedAlgorithmicMedia",
                    }
                ],
                "explicit": [
                    {
                        "kind": "text",
                        "text": "AI生成",
                        "place": "bottom-right",
                        "box": [1, 2, 3, 4],
                        "ratio": 0.06,
                        "contrast": None,
                        "at": [0.0, 2.0],
                        "extent": None,
                    }
                ],
                "findings": [
                    {
                        "rule": "implicit.key-spelling",
                        "kind": "fail",
                        "level": "error",
                        "binding": "shall",
                        "message": "a key of the label is not spelt as in Annex E",
                        "clause": "GB 45438-2025 Annex E",
                        "advice": "the producer: aigc-label fix a.png --producer "
                        "001191110102MACQD9K64010000 --in-place",
                        "carrier": "png.text",
                        "offset": None,
                    },
                    {
                        "rule": "implicit.security",
                        "kind": "open",
                        "level": "none",
                        "binding": "guide",
                        "message": "security information is there but was not verified "
                        "(ReservedCode1)",
                        "clause": "TC260-PG-202511A",
                        "advice": "",
                        "carrier": "png.text",
                        "offset": None,
                    },
                ],
            }
        ],
    }


def test_explicit_is_absent_when_nobody_looked_and_a_finding_says_so():
    (found,) = json.loads(rendered("json", [report(labels=(label(),))])[0])["reports"]
    assert "explicit" not in found
    assert [(f["rule"], f["kind"]) for f in found["findings"]] == [("explicit.open", "open")]


def test_no_file_at_all_is_still_an_object():
    found = json.loads(rendered("json", [])[0])
    assert found["reports"] == []
    assert found["summary"] == {"files": 0, "ok": 0, "failed": 0, "open": 0}


def test_each_line_of_jsonl_is_a_report():
    text, summary = rendered("jsonl", sample())
    lines = text.splitlines()
    assert [json.loads(line) for line in lines] == [one.as_dict() for one in sample()]
    assert json.loads(rendered("json", sample())[0])["reports"] == [json.loads(n) for n in lines]
    assert summary.as_dict() == {"files": 6, "ok": 3, "failed": 3, "open": 3}


def test_jsonl_writes_as_reports_arrive():
    stream = io.StringIO()
    seen = []

    def arriving():
        for one in sample():
            seen.append(stream.getvalue().count("\n"))
            yield one

    reporters.get("jsonl")(arriving(), stream=stream, profile="gb45438")
    assert seen == [0, 1, 2, 3, 4, 5]


def test_chinese_stays_readable():
    assert "没有隐式标识" in rendered("jsonl", [report(lang="zh")])[0]


_TEXT = st.text(st.characters() | st.characters(categories=["Cs", "Cc", "Cf"]), max_size=20)


@given(_TEXT, _TEXT, _TEXT)
def test_any_report_survives_json_and_harms_no_terminal(name, value, shown):
    found = label(fields={**FIELDS, "ProduceID": value}, carrier=shown)
    one = clean(name=name, labels=(found,), signals=(SIGNAL,))
    line, _ = rendered("jsonl", [one])
    assert json.loads(line) == one.as_dict()
    assert line[:-1].isprintable()
    assert line.encode("utf-8")
    whole, _ = rendered("json", [one])
    assert json.loads(whole)["reports"] == [one.as_dict()]
    assert whole.replace("\n", "").isprintable()


@given(st.recursive(_TEXT | st.integers() | st.none(), st.lists, max_leaves=5))
def test_encoding_loses_nothing(value):
    assert json.loads(encoded(value)) == value


@pytest.mark.parametrize("name", reporters.NAMES)
def test_every_output_format_counts_alike(name):
    assert rendered(name, sample())[1].as_dict() == {"files": 6, "ok": 3, "failed": 3, "open": 3}


@pytest.mark.parametrize("name", ["", "xml", "summary", "os"])
def test_an_unknown_output_format_is_refused(name):
    from aigc_label.errors import UsageError

    with pytest.raises(UsageError, match="there are text, json, jsonl, csv"):
        reporters.get(name)
