"""Datasets as people have them; every write is seen by Python's json."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aigc_label import AigcLabelError, CannotCarry, ImplicitLabel, LimitExceeded, Malformed
from aigc_label.asset import open_asset
from aigc_label.formats.jsonl import FORMAT

LABEL = ImplicitLabel(content_producer="001191110102MACQD9K64010000", produce_id='灯塔/"1" {}')
READ = {"Label": "1", "ContentProducer": "P", "ProduceID": "i"}
JSON = json.dumps(READ)
OTHER = JSON.replace('"i"', '"j"')
ASCII = json.dumps(LABEL.fields, separators=(",", ":"))
ROWS = '{"text": "words", "AIGC_x": ["AIGC"]}\n' * 40_000


def read(text, name="a.jsonl"):
    data = text if isinstance(text, bytes) else text.encode()
    with open_asset(data, name=name) as asset:
        return list(FORMAT.read(asset))


def written(text, label=LABEL):
    data = text if isinstance(text, bytes) else text.encode()
    with open_asset(data, name="a.jsonl") as asset:
        edited = FORMAT.plan(asset, label).view(asset)
        made = edited.read(0, edited.size)
    (only,) = read(made)
    assert (dict(only.fields), only.quirks, only.carrier) == (label.fields, (), "jsonl.first")
    return made


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{}", '{"AIGC":@}'),
        ('\n{"a":1}\n{"a":2}\n', '\n{"AIGC":@,"a":1}\n{"a":2}\n'),
        ('\ufeff{"a": 1}\r\n[2]\r\n', '\ufeff{"AIGC": @,"a": 1}\r\n[2]\r\n'),
        (f'{{"a":1,"aigc":{JSON}}}\n', '{"a":1,"AIGC":@}\n'),
        (f'{{"AIGC":{JSON}}}\n{{"a":1}}', '{"AIGC":@}\n{"a":1}'),
        ('{"AIGC": null}\n{"AIGC": null}', '{"AIGC": @}\n{"AIGC": null}'),
    ],
)
def test_where_the_member_goes(text, expected):
    assert written(text).decode().replace(ASCII, "@") == expected


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("", CannotCarry, "first record is no JSON object"),
        ("[1]\n{}", CannotCarry, "first record is no JSON object"),
        ('{"AIGC": 1}\n', CannotCarry, "stands for something else"),
        (f'{{}}\n{{"AIGC": {JSON}}}', CannotCarry, "labels of their own"),
        ('{"a": 1\n{"b": 2}\n', Malformed, "line 1 is not one JSON object"),
        ('{"a": 1} {"b": 2}\n', Malformed, "line 1 is not one JSON object"),
        ('{}\n\n{"AIGC": {}} x\n', Malformed, "line 3 is not one JSON object"),
    ],
)
def test_what_is_refused(text, error, words):
    with pytest.raises(error, match=words):
        written(text)


def test_each_distinct_label_is_read_once():
    text = f'{{"a": 1}}\n{{"AIGC": {JSON}}}\n{{"AIGC": {OTHER}}}\n{{"x": 1, "AIGC": {JSON}}}\n'
    found = read(text)
    assert [(f.carrier, f.fields["ProduceID"]) for f in found] == [
        ("jsonl.later", "i"),
        ("jsonl.later", "j"),
    ]
    assert [f.offset for f in found] == [text.index('"AIGC"'), text.index(f'"AIGC": {OTHER}')]
    same = f'{{"AIGC": {JSON}}}\n' * 500
    assert [f.carrier for f in read(same)] == ["jsonl.first"]


def test_two_labels_in_the_first_record():
    found = read(f'{{"AIGC": {JSON}, "aigc": {JSON}}}')
    assert [f.carrier for f in found] == ["jsonl.first", "jsonl.other"]
    assert written(f'{{"AIGC": {JSON}, "aigc": {JSON}}}').decode() == f'{{"AIGC": {ASCII}}}'


def test_too_many_labels():
    rows = "".join(f'{{"AIGC": {OTHER.replace(chr(106), str(n))}}}\n' for n in range(300))
    with pytest.raises(LimitExceeded, match="256"):
        read(rows)


def test_large_files():
    text = f'{{"AIGC": {JSON}}}\n{ROWS}'
    assert [dict(f.fields) for f in read(text)] == [READ]
    made = written(text)
    assert made.endswith(ROWS.encode())
    last = f'{ROWS}{{"AIGC": {JSON}}}\n'
    assert [(f.carrier, f.offset) for f in read(last)] == [("jsonl.later", last.rindex('"AIGC"'))]
    with pytest.raises(Malformed, match="the line at byte"):
        read(f'{ROWS}{{"AIGC": {JSON}\n')


def test_a_long_first_record():
    filler = '"x": "' + "words " * 200_000
    text = f'{{"AIGC": {JSON}, {filler}"}}\n{{}}\n'
    assert [dict(f.fields) for f in read(text)] == [READ]
    assert json.loads(written(text).split(b"\n")[0])["AIGC"] == LABEL.fields
    with pytest.raises(LimitExceeded, match="first record is longer"):
        read(f'{{{filler}", "AIGC": {JSON}}}\n')


def test_a_record_that_the_bound_cuts():
    row = '{"text": "words"}\n' * 9_000
    cut = row + f'{{"AIGC": {JSON}, "x": "' + "words " * 200_000 + '"}\n'
    assert read(cut) == []


@given(
    st.lists(
        st.sampled_from(
            ["{", "}", '"', ",", ":", '"AIGC"', f'{{"AIGC":{JSON}}}', "\n", "\n\n",
             f'"aigc":{OTHER}', "{}", "[", "]", '{"a":1}\n', " ", "é", "null"]
        )
    ).map("".join)
)  # fmt: skip
def test_any_text_is_labelled_once_or_refused(text):
    for made in (text, f"{{{text}}}"):
        try:
            once = written(made)
        except AigcLabelError:
            continue
        assert written(once) == once


@pytest.mark.parametrize(
    ("name", "claimed"), [("a.jsonl", True), ("a.NDJSON", True), ("a.json", False), ("a", False)]
)
def test_json_lines_are_told_by_their_name(name, claimed):
    with open_asset(b"{}\n", name=name) as asset:
        assert FORMAT.sniff(asset) is claimed
