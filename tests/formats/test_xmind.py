"""What is particular to XMind, and JSON objects edited in place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import aigc_label
import document_samples
from aigc_label import ImplicitLabel, registry
from aigc_label.asset import open_asset
from aigc_label.carriers import xmind_metadata
from aigc_label.errors import CannotCarry, Malformed, UnknownFormat
from document_samples import packed, parts

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "xmind"
LABEL = ImplicitLabel(content_producer="Studio", produce_id='灯/1?b=<2>&c"\\')


def fixture(name: str) -> bytes:
    return (FIXTURES / f"{name}.xmind").read_bytes()


def labelled(data: bytes) -> dict[str, bytes]:
    found, after = document_samples.labelled(data, LABEL)
    assert found.carrier == "xmind.metadata"
    return after


def is_xmind(members: dict[str, bytes]) -> bool:
    try:
        with open_asset(packed(members)) as asset:
            return registry.identify(asset).id == "xmind"
    except UnknownFormat:
        return False


def test_other_characters_of_the_metadata_stay():
    before, after = (
        part["metadata.json"]
        for part in (parts(fixture("plain/streamed")), labelled(fixture("plain/streamed")))
    )
    at = after.index(b',"AIGC":{')
    assert before == after[:at] + b"\n}"
    assert json.loads(after)["AIGC"] == LABEL.fields


def test_metadata_is_made_and_listed_where_there_is_none():
    after = labelled(fixture("plain/no-metadata"))
    assert json.loads(after["metadata.json"]) == {"AIGC": LABEL.fields}
    assert json.loads(after["manifest.json"])["file-entries"] == {
        "content.json": {},
        "metadata.json": {},
    }
    old = parts(fixture("plain/old"))
    del old["meta.xml"]
    after = labelled(packed(old))
    assert after["META-INF/manifest.xml"].count(b'full-path="meta.xml"') == 2  # it was listed
    del old["META-INF/manifest.xml"]
    assert "META-INF/manifest.xml" not in labelled(packed(old))


def test_a_manifest_without_entries_is_left_alone():
    members = parts(fixture("plain/new"))
    del members["metadata.json"]
    odd = members | {"manifest.json": b'{"files":["file-entries"]}'}
    assert labelled(packed(odd)).keys() == {*odd, "metadata.json"}
    assert labelled(packed(odd))["manifest.json"] == odd["manifest.json"]
    del members["manifest.json"]
    assert labelled(packed(members)).keys() == {*members, "metadata.json"}


@pytest.mark.parametrize("name", ["twice", "both", "string", "lower-case", "description"])
def test_one_label_is_left(name):
    after = labelled(fixture(f"variants/{name}"))
    assert sum(part.count(b"ProduceID") for part in after.values()) == 1


def test_kinds_are_told_by_what_is_in_them():
    sheets = b'[{"class":"sheet","rootTopic":{}}]'
    entries = b'{"file-entries":{"content.json":{}}}'
    assert is_xmind({"content.json": sheets})
    assert is_xmind({"content.json": b"encrypted", "manifest.json": entries})
    assert is_xmind(
        {"x": b"", "content.xml": b'<xmap-content xmlns="urn:xmind:xmap:xmlns:content:2.0"/>'}
    )
    assert not is_xmind({"content.json": sheets, "manifest.json": b"{}"})
    assert not is_xmind({"content.json": b'{"rootTopic":1}'})
    assert not is_xmind({"content.xml": b"<office:document/>"})
    assert not is_xmind({"mimetype": b"text/plain", "content.json": sheets})
    assert not is_xmind({"a": b""})
    with open_asset(packed({"content.json": sheets})[:-1]) as asset:
        assert not registry.by_id("xmind").sniff(asset)


@pytest.mark.parametrize(
    ("name", "part", "error", "words"),
    [
        ("metadata.json", b'{"AIGC"', Malformed, "no JSON object"),
        ("metadata.json", b"[]", Malformed, "no JSON object"),
        ("metadata.json", b"\xff", Malformed, "UTF-8"),
        ("meta.xml", b"<meta>AIGC", Malformed, "not well-formed"),
        ("meta.xml", b"<other/>", CannotCarry, "something else"),
    ],
)
def test_metadata_that_cannot_be_edited(name, part, error, words):
    members = parts(fixture("plain/new" if name.endswith("json") else "plain/old"))
    with pytest.raises(error, match=words):
        aigc_label.label(packed(members | {name: part}), LABEL)


OBJECTS = st.dictionaries(
    st.text(max_size=4) | st.sampled_from(["AIGC", "aigc", "Aigc", "other"]),
    st.recursive(
        st.none() | st.integers() | st.text(max_size=4),
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner),
        max_leaves=4,
    ),
    max_size=4,
)


@given(value=OBJECTS, indent=st.none() | st.integers(0, 2), ascii_only=st.booleans())
def test_an_entry_is_set_in_any_object(value, indent, ascii_only):
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    others = {key: inner for key, inner in value.items() if key.lower() != "aigc"}
    made = xmind_metadata.with_member(text, "AIGC", '{"a":1}')
    assert json.loads(made) == others | {"AIGC": {"a": 1}}
    assert xmind_metadata.with_member(made, "AIGC", '{"a":1}') == made


def test_of_several_entries_one_is_left():
    text = '{"aigc": 1, "x": 2, "AIGC": 3, "Aigc": 4}'
    assert xmind_metadata.with_member(text, "AIGC", "5") == '{"AIGC":5, "x": 2}'


def test_a_map_with_metadata_of_the_other_kind():
    members = parts(fixture("variants/lower-case"))
    del members["content.json"]
    after = labelled(packed(members))
    assert sum(part.count(b"ProduceID") for part in after.values()) == 1
