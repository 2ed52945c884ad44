"""SecurityData: written as real files have it, read in every shape they have, and never raising."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aigc_label.carriers import security
from aigc_label.carriers.security import BINDING, METADATA, KeyEntry, SecurityData, Signature

SM2 = "1.2.156.10197.1.501"
FULL = SecurityData(
    bindings=({"BType": 0, "Value": "00"},),
    signatures=(Signature(SM2, METADATA, b"\x30\x01"), Signature(SM2, BINDING, b"\x30\x02", "1")),
    keys=(KeyEntry(SM2, b"\x04\x05"),),
    certificates=(KeyEntry(SM2, b"\x30\x03", "1"),),
)


def wrapped(**members: object) -> str:
    return json.dumps({"SecurityData": {"Type": "TC260PG", "Version": 1, **members}})


def test_what_is_written_is_read():
    text = security.dump(FULL)
    assert " " not in text
    assert text.startswith('{"SecurityData":{"Type":"TC260PG","Version":1,"Bindings":[')
    assert security.parse(text) == FULL
    assert security.parse(json.dumps(text)) == FULL


@pytest.mark.parametrize(
    "text",
    [
        "",
        "5e8bb5d8",
        "K-00aa",
        "null",
        "{",
        "[]",
        '{"SecurityData":null}',
        '{"SecurityData":{"Type":"other"}}',
        '"{"',
        '{"Type":"TC260PG"}' + " " * (1 << 16),
        "[" * 100_000,
        '{"a":' * 60_000,
    ],
)
def test_other_values_are_none(text):
    assert security.parse(text) is None


def test_the_shapes_of_real_files():
    tencent = json.dumps({"Type": " TC260PG", "PubSd": {"Type": "PubKey", "KeyValue": "0a"}})
    assert security.parse(tencent).keys == (KeyEntry("", b"\n"),)
    named = [
        {"Type": "DS", "TBSData": {"Type": name}, "Signature": "0A", "KeyID": 3}
        for name in ("LabelMataData", "Binding", "Content")
    ]
    found = security.parse(wrapped(PubSD=named)).signatures
    assert [each.over for each in found] == [METADATA, BINDING, "Content"]
    assert {(each.key_id, each.value) for each in found} == {("3", b"\n")}
    odd = wrapped(Bindings=None, PubSD=["x", 1, None, {"Type": "DS", "Signature": [1]}, {}])
    assert security.parse(odd) == SecurityData(signatures=(Signature("", "", b""),))
    many = wrapped(PubSD=[{"Type": "PubKey", "KeyValue": "zz"}] * 1000)
    assert security.parse(many).keys == (KeyEntry("", b""),) * security.MOST_ENTRIES


def test_the_message_is_that_of_annex_a1():
    fields = {"ProduceID": "42", "ContentProducer": "studio", "Label": "1", "ReservedCode1": "x"}
    assert security.messages(fields) == (
        b'"Label":"1","ContentProducer":"studio","ProduceID":"42"',
    )
    plain, escaped = security.messages({"Label": "1", "ContentProducer": "工作室"})
    assert plain == '"Label":"1","ContentProducer":"工作室","ProduceID":""'.encode()
    assert b'"\\u5de5\\u4f5c\\u5ba4"' in escaped


def test_no_two_labels_have_the_same_message():
    """A quote in a value is escaped, so that it cannot pass for the end of the value."""
    one = {"Label": "1", "ContentProducer": 'a","ProduceID":"b', "ProduceID": "c"}
    two = {"Label": "1", "ContentProducer": "a", "ProduceID": 'b","ProduceID":"c'}
    assert not set(security.messages(one)) & set(security.messages(two))


def test_bindings_are_signed_one_by_one_or_together():
    assert security.binding_messages([{"a": 1}, {"b": "é"}]) == (
        b'{"a":1}',
        '{"b":"é"}'.encode(),
        '[{"a":1},{"b":"é"}]'.encode(),
    )
    assert security.binding_messages([]) == ()
    nested: list = []
    for _ in range(100_000):
        nested = [nested]
    assert security.binding_messages([{"a": nested}]) == ()


TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["Type", "PubSD", "Bindings", "AlgID", "TBSData", "Signature", "KeyID"])
            | st.text(max_size=3),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(TREES, st.booleans())
def test_any_tree_is_read_without_an_error(tree, as_entries):
    text = wrapped(PubSD=[tree, {"Type": "DS", "TBSData": tree, "Signature": tree, "KeyID": tree}])
    found = security.parse(text if as_entries else wrapped(PubSD=tree, Bindings=tree))
    assert isinstance(found, SecurityData)
    security.binding_messages(found.bindings)


@given(st.text())
def test_any_text_is_read_without_an_error(text):
    assert security.parse(text) is None
    security.messages({"Label": text, "ContentProducer": text, "ProduceID": text})
