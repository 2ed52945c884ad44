"""Members and where they stand, against Python's json; JSON that breaks off; hostile text."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aigc_label.containers import json_members

KEYS = "(?:(?i:AIGC)|x)"


def seen(text, start=0):
    found = json_members.read(text, start)
    return {m.key: text[m.value : m.end] for m in found.members}, found.end, found.stop


@pytest.mark.parametrize(
    ("text", "members", "end"),
    [
        ("{}", {}, 2),
        ("{ }tail", {}, 3),
        ('{"a":1}', {"a": "1"}, 7),
        ('{ "a" : -1.5e3 , "b":null}', {"a": "-1.5e3", "b": "null"}, 26),
        ('{"a":{"b":[1,"}"]},"c":"\\"}"}', {"a": '{"b":[1,"}"]}', "c": '"\\"}"'}, 29),
        ('{"a":[],"a b\\u0041":{}}', {"a": "[]", "a bA": "{}"}, 23),
        ('{// "x":1\n"a"/* , */:1,/**/"b":2,}', {"a": "1", "b": "2"}, 34),
        ('{"a":[1, // ]\n "http://x" /* } */]}', {"a": '[1, // ]\n "http://x" /* } */]'}, 35),
        ('{"\\ud800":1,"\\x":2}', {"\ud800": "1", "\\x": "2"}, 19),
    ],
)
def test_members(text, members, end):
    assert seen(text) == (members, end, end)


@pytest.mark.parametrize(
    ("text", "members", "stop"),
    [
        ("{", {}, 1),
        ('{"a', {}, 3),
        ('{"a"', {}, 4),
        ('{"a":', {}, 5),
        ('{"a":tr', {}, 7),
        ('{"a":1,', {"a": "1"}, 7),
        ('{"a":1, "b": [2, "', {"a": "1"}, 18),
        ('{"a":1, "b": {"c": [', {"a": "1"}, 20),
        ("{a:1}", {}, 1),
        ('{"a" 1}', {}, 5),
        ('{"a"::1}', {}, 5),
        ('{"a":}', {}, 5),
        ('{"a":1 "b":2}', {"a": "1"}, 7),
        ('{"a":1]', {"a": "1"}, 6),
        ("{'a':1}", {}, 1),
    ],
)
def test_what_breaks_off(text, members, stop):
    found = seen(text)
    assert found[1] is None
    assert found[2] == stop
    assert members.items() >= found[0].items()


def test_nothing_behind_the_stop_is_read():
    text = '{"a":1,"b":2}'
    for stop in range(1, len(text)):
        found = json_members.read(text, 0, stop)
        assert found.end is None
        assert found.stop <= stop
        assert all(member.end <= stop for member in found.members)


@given(
    st.dictionaries(
        st.text(max_size=4),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=3), inner),
            max_leaves=8,
        ),
    ),
    st.sampled_from([None, 2, "\t"]),
    st.booleans(),
)
def test_members_as_python_reads_them(value, indent, ascii_only):
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    found = json_members.read(text, 0)
    assert found.end == len(text)
    assert {m.key: json.loads(text[m.value : m.end]) for m in found.members} == value
    assert all(json.loads(text[m.start : m.key_end]) == m.key for m in found.members)


def at_the_end(text):
    found = json_members.at_the_end(text, KEYS)
    return [(m.key, text[m.value : m.end]) for m in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('in a string", "AIGC": 1}', [("AIGC", "1")]),
        (', {"x": 2}], "aigc" : {"x": 3}, "y": [{"x": 4}]}\n', [("aigc", '{"x": 3}')]),
        ('"x": "}" }', [("x", '"}"')]),
        ('"data": [{"AIGC": 1}, {"AIGC": 2}]}', []),
        ('"AIGC": 1}]}', []),
        ('\\"AIGC\\": 1, "z": "x"}', []),
        ('"AIGC": 1, "z": "', []),
        ('"AIGC": ', []),
        ("words", []),
        ('"AIGC", "x": 1}', [("x", "1")]),
    ],
)  # fmt: skip
def test_members_at_the_end(text, expected):
    assert at_the_end(text) == expected


@pytest.mark.parametrize("gone", [{0}, {1}, {3}, {0, 1}, {2, 3}, {0, 2}, {1, 3}, {0, 2, 3}])
@pytest.mark.parametrize("text", ['{"a":1, "b":2 ,"c" : 3, "d":4}', '{"a":1,"b":2,"c":3,"d":4,}'])
def test_removals(gone, text):
    found = json_members.read(text, 0)
    for start, end in sorted(json_members.removals(found.members, gone), reverse=True):
        text = text[:start] + text[end:]
    left = {key: at + 1 for at, key in enumerate("abcd") if at not in gone}
    assert json.loads(text.replace(",}", "}")) == left


@pytest.mark.parametrize(
    "piece",
    ['"', "{", "[", '{"a":', '"a":', "//", "/*", "\\", '"\\', '{"AIGC":', '"AIGC":{},', ",", "*"],
)
def test_hostile_text_takes_linear_time(piece):
    text = "{" + piece * (400_000 // len(piece))
    began = time.process_time()
    json_members.read(text, 0)
    at_the_end(text)
    at_the_end(text[1:] + "}")
    assert time.process_time() - began < 3
