from __future__ import annotations

import json

import pytest

from aigc_label.carriers import record


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("AIGC", "1"),
        ("AIGCLabelType.AI_GENERATED", "1"),
        ("AI-Generated", "1"),
        ("AI生成", "1"),
        ("属于人工智能生成合成内容", "1"),
        ("可能", "2"),
        ("可能为AI生成", "2"),
        ("疑似", "3"),
        ("疑似为人工智能生成合成内容", "3"),
        (" 3 ", "3"),
    ],
)
def test_a_label_in_words_is_the_state_that_they_name(words, code):
    parsed = record.parse(json.dumps({"Label": words}), named=True)
    assert parsed == record.Parsed({"Label": code}, ("label-word",))


@pytest.mark.parametrize("words", ["非AI生成", "不属于", "not AI generated", "human", "4", ""])
def test_a_label_that_names_no_state_stays_as_it_is(words):
    assert record.parse(json.dumps({"Label": words}), named=True) == record.Parsed(
        {"Label": words}, ()
    )


@pytest.mark.parametrize(
    ("data", "quirks"),
    [
        (b'AIGC{"Label":"1"}', ()),
        (b'AIGC\x00{"Label":"1"}', ()),
        (b'aigc{"Label":"1"}', ("lower-case-key",)),
        (b'"Aigc": {"Label":"1"}', ("lower-case-key",)),
    ],
)
def test_a_record_in_other_bytes_needs_its_name(data, quirks):
    found = list(record.scan(b"before " + data + b"\x00after"))
    assert found == [(7 + data.index(b"{"), record.Parsed({"Label": "1"}, quirks))]


def test_a_schema_of_labels_is_none():
    described = {"Label": {"type": "string"}, "ContentProducer": {}, "ProduceID": {}}
    assert record.parse(json.dumps({"AIGC": described}), named=True) is None


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("测试".encode(), "测试"),
        ("测试 a".encode("gbk"), "测试 a"),
        ("喆a".encode("gb18030"), "喆a"),
        ("测试".encode("utf-16"), "测试"),
        ("\ufeff测试".encode("utf-16-be"), "测试"),
        ("Müller".encode("latin-1"), "Müller"),
        ("测试".encode() + b"\xff" + "测试测试".encode(), "测试\ufffd测试测试"),
        (b"\xff\xff\xff\xff", None),
    ],
)
def test_text_whose_encoding_nobody_states(raw, text):
    said = record.decoded(raw)
    assert isinstance(said, str)
    assert text is None or said == text


def test_an_object_in_quotes_whose_own_are_not_escaped():
    found = record.parse('{"AIGC": "{"Label":"1","ProduceID":"x"}"}', named=False)
    assert found.fields == {"Label": "1", "ProduceID": "x"}
    assert set(found.quirks) == {"double-encoded", "wrapped"}


@pytest.mark.parametrize("prefix", ["AIGC=", "TC260:AIGC=", "TC260:AIGC: ", "aigc "])
def test_a_property_printed_with_its_name(prefix):
    found = record.parse(prefix + '{"Label":"1","ProduceID":"x"}', named=False)
    assert found.fields == {"Label": "1", "ProduceID": "x"}
    assert record.parse("Other" + prefix + '{"Label":"1","ProduceID":"x"}', named=False) is None


def test_a_name_whose_quote_is_not_closed():
    text = '{"AIGC:{"Label":"1","ContentProducer":"p","PropagateID":"%!s(MISSING)"}}'
    found = record.parse(text, named=False)
    assert found.fields == {"Label": "1", "ContentProducer": "p", "PropagateID": "%!s(MISSING)"}
