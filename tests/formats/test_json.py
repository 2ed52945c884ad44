"""JSON as people have it; every write is seen by Python's json."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

import aigc_label
from aigc_label import AigcLabelError, CannotCarry, ImplicitLabel, LimitExceeded, Malformed
from aigc_label.asset import open_asset
from aigc_label.carriers import json_label
from aigc_label.formats.json import FORMAT

LABEL = ImplicitLabel(content_producer="001191110102MACQD9K64010000", produce_id='灯塔/"1" {}')
READ = {"Label": "1", "ContentProducer": "P", "ProduceID": "i"}
JSON = json.dumps(READ)
OURS = json.dumps(LABEL.fields, ensure_ascii=False, separators=(",", ":"))
ASCII = json.dumps(LABEL.fields, separators=(",", ":"))
FILLER = '"x": "' + "words " * 200_000 + '"'


def read(text, name="a.json"):
    data = text if isinstance(text, bytes) else text.encode()
    with open_asset(data, name=name) as asset:
        return list(FORMAT.read(asset))


def written(text, name="a.json", label=LABEL):
    data = text if isinstance(text, bytes) else text.encode()
    with open_asset(data, name=name) as asset:
        edited = FORMAT.plan(asset, label).view(asset)
        made = edited.read(0, edited.size)
    (only,) = read(made, name)
    assert (dict(only.fields), only.quirks, only.carrier) == (label.fields, (), "json.key")
    return made


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{}", '{"AIGC":@}'),
        ("\ufeff {\n}\n", '\ufeff {"AIGC":@\n}\n'),
        ('{"a":1}', '{"AIGC":@,"a":1}'),
        ('{"a": 1}', '{"AIGC": @,"a": 1}'),
        ('{ "a" : 1}', '{ "AIGC" : @, "a" : 1}'),
        ('{"a"\n:\n1}', '{"AIGC":@,"a"\n:\n1}'),
        ('{\r\n\t"a": 1\r\n}', '{\r\n\t"AIGC": @,\r\n\t"a": 1\r\n}'),
        ('{\n  // x\n  "a": 1,\n}', '{\n  "AIGC": @,\n  // x\n  "a": 1,\n}'),
        (f'{{"AIGC":{JSON}}}', '{"AIGC":@}'),
        (f'{{"a":1, "AIGC" : {JSON} , "b":2}}', '{"a":1, "AIGC" : @ , "b":2}'),
        (f'{{"a":1,"aigc":{JSON}}}', '{"a":1,"AIGC":@}'),
        (f'{{"AIGC": {JSON}, "aigc": {JSON}, "a": 1, "Aigc": {JSON}}}', '{"AIGC": @, "a": 1}'),
        ('{"a": 1, "AIGC": null}', '{"a": 1, "AIGC": @}'),
        ('{"AIGC": {}, "aigc": 1}', '{"AIGC": @, "aigc": 1}'),
        (f'{{"AIGC": {json.dumps(JSON)}}}', '{"AIGC": @}'),
        (f'{{"aigc": {JSON}, "AIGC": null}}', '{"AIGC": @}'),
        (f'{{"aigc": {JSON}, "AIGC": {JSON}}}', '{"AIGC": @}'),
    ],
)
def test_where_the_member_goes(text, expected):
    made = written(text).decode()
    assert made.replace(ASCII, "@") == expected


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_encodings(codec):
    made = written('{"内容": "灯塔在夜里发光"}'.encode(codec)).decode(codec)
    assert made.count(ASCII if codec == "gb18030" else OURS) == 1
    assert json.loads(made) == {"AIGC": LABEL.fields, "内容": "灯塔在夜里发光"}


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("", CannotCarry, "no JSON object"),
        ("[1]", CannotCarry, "an array has no place|array has no place"),
        ('"AIGC"', CannotCarry, "no JSON object"),
        ('{"AIGC": "x"}', CannotCarry, "stands for something else"),
        (f'{{"AIGC": 1, "aigc": {JSON}}}', CannotCarry, "stands for something else"),
        ('{"a": 1', Malformed, "cut short"),
        ("{a: 1}", Malformed, "not JSON at 'a: 1}'"),
        ("{}\n{}", Malformed, r"name it \.jsonl"),
    ],
)
def test_what_is_refused(text, error, words):
    with pytest.raises(error, match=words):
        written(text)


def test_a_label_before_the_break_is_read():
    with open_asset(f'{{"AIGC": {JSON}, "a": '.encode(), name="a.json") as asset:
        found = FORMAT.read(asset)
        assert dict(next(found).fields) == READ
        with pytest.raises(Malformed):
            next(found)


def test_another_case_is_another_place():
    (only,) = read(f'{{"Aigc": {JSON}}}')
    assert (only.carrier, only.quirks) == ("json.other", ("lower-case-key",))


def test_what_is_no_label():
    for text in ('{"a": {"AIGC": %s}}', '{"a": "AIGC"}', '[{"AIGC": %s}]', "%s", '{"AIGC_x": %s}'):
        assert read(text.replace("%s", JSON)) == []


def test_another_key(monkeypatch):
    monkeypatch.setenv(json_label.VARIABLE, "x-AIGC")
    assert json.loads(written('{"a":1,"AIGC":true}')) == {
        "x-AIGC": LABEL.fields, "a": 1, "AIGC": True,
    }  # fmt: skip
    assert json.loads(written(f'{{"x-AIGC":{JSON}}}')) == {"x-AIGC": LABEL.fields}
    assert json.loads(written(f'{{"AIGC":{JSON}}}')) == {"AIGC": LABEL.fields}
    made = aigc_label.label(b"{}", LABEL, name="a.json").data
    assert list(json.loads(made)) == ["x-AIGC"]
    monkeypatch.setenv(json_label.VARIABLE, "label")
    with pytest.raises(aigc_label.UsageError, match="must contain AIGC"):
        read('{"a": 1}')


def test_large_files():
    first = f'{{"AIGC": {JSON}, {FILLER}}}'
    assert [dict(found.fields) for found in read(first)] == [READ]
    assert json.loads(written(first))["AIGC"] == LABEL.fields
    last = f'{{{FILLER}, "y": [{{"AIGC": 1}}], "AIGC": {JSON}}}'
    (found,) = read(last)
    assert found.offset == last.index('"AIGC": {')
    for text in (last, last.replace("}}", '}, "z": 1}').replace(f"{JSON}}}", f'{JSON},\n"z": 1}}')):
        made = json.loads(written(text))
        assert list(made)[:2] == ["AIGC", "x"]
        assert made["AIGC"] == LABEL.fields
        assert made["y"] == [{"AIGC": 1}]
    assert json.loads(written(f"{{{FILLER}}}"))["AIGC"] == LABEL.fields


@pytest.mark.parametrize("shift", range(3))
def test_the_end_of_a_large_file_may_begin_within_a_character(shift):
    text = f'{{"x": "{" " * shift}{"灯塔在夜里发光" * 60_000}", "AIGC": {JSON}}}'
    assert [dict(found.fields) for found in read(text)] == [READ]


def test_the_end_of_a_large_file_in_another_encoding():
    filler = f'{{\n"x": "{"灯塔在夜里发光" * 80_000}",\n'
    for codec in ("gb18030", "utf-16"):
        text = f'{filler}"y": 1, "AIGC": {JSON}\n}}'.encode(codec)
        assert [dict(found.fields) for found in read(text)] == [READ]
        with pytest.raises(LimitExceeded):  # its last line is too long
            read(f'{filler}"y": "{"灯塔在夜里发光" * 8_000}", "AIGC": {JSON}}}'.encode(codec))


def test_what_cannot_be_looked_at_is_said(monkeypatch):
    middle = f'{{{FILLER}, "AIGC": {JSON}, {FILLER}}}'
    with pytest.raises(LimitExceeded, match=f"byte {middle.index(chr(34) + 'AIGC')} "):
        read(middle)
    assert read(f"{{{FILLER}, {FILLER}}}") == []
    monkeypatch.setattr(json_label, "_SEARCHED", 1 << 20)
    with pytest.raises(LimitExceeded, match="are not searched"):
        read(f"{{{FILLER}, {FILLER}}}")


def test_the_end_of_a_large_file_must_be_text():
    with pytest.raises(Malformed, match="not UTF-8"):
        read(f"{{{FILLER}".encode() + b"\xff\xff}")


@given(
    st.lists(
        st.sampled_from(
            ["{", "}", "[", "]", '"', ",", ":", '"AIGC"', '"aigc"', JSON, "null", "1", '"a"', " ",
             "\n", "//", "/*", "*/", f'"AIGC":{JSON}', '"a":1', "\\", "é", "{}"]
        )
    ).map("".join)
)  # fmt: skip
def test_any_text_is_labelled_once_or_refused(text):
    for wrapped in (text, f"{{{text}}}"):
        try:
            made = written(wrapped)
        except AigcLabelError:
            continue
        assert written(made) == made


@pytest.mark.parametrize(
    ("name", "data", "claimed"),
    [
        ("a.JSON", b"words", True),
        ("a.json", b"\0", False),
        ("a", b"{}", False),
        ("a.ipynb", b"{}", False),
    ],
)
def test_json_is_told_by_its_name(name, data, claimed):
    with open_asset(data, name=name) as asset:
        assert FORMAT.sniff(asset) is claimed
