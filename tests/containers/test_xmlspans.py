from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aigc_label.containers import xmlspans
from aigc_label.errors import Malformed

DOCUMENT = b"""<?xml version="1.0"?><!-- <a> --><r xmlns="urn:r" xmlns:p='urn:p'
 p:one="1>2" two='"'>
 <p:empty/><![CDATA[<x>]]> text<p:full  xmlns:q="urn:q" q:a = "&lt;" >inner<deep/></p:full ></r>"""


def spans(document: bytes) -> dict[str, bytes]:
    root = xmlspans.parse(document)
    return {e.local: document[slice(*xmlspans.span(document, e))] for e in root.walk()}


def test_every_element_knows_its_bytes():
    assert spans(DOCUMENT) == {
        "r": DOCUMENT[DOCUMENT.index(b"<r ") :],
        "empty": b"<p:empty/>",
        "full": b'<p:full  xmlns:q="urn:q" q:a = "&lt;" >inner<deep/></p:full >',
        "deep": b"<deep/>",
    }


def test_names_are_resolved_and_text_is_decoded():
    root = xmlspans.parse(DOCUMENT)
    empty, full = root.children
    assert (root.uri, full.uri, full.children[0].uri) == ("urn:r", "urn:p", "urn:r")
    assert root.attributes == [("urn:p", "one", "1>2"), ("", "two", '"')]
    assert full.attributes == [("urn:q", "a", "<")]
    assert root.text == "\n <x> text"
    assert root.all_text == "\n <x> textinner"
    assert empty.parent is root


def test_a_start_tag_is_taken_apart_as_written():
    tag = xmlspans.Tag(DOCUMENT, DOCUMENT.index(b"<p:full"))
    assert tag.name == b"p:full"
    assert not tag.empty
    ((name, value, start, end),) = tag.plain_attributes()
    assert (name, value, DOCUMENT[start:end]) == (b"q:a", b'"&lt;"', b' q:a = "&lt;"')
    assert xmlspans.Tag(DOCUMENT, DOCUMENT.index(b"<p:empty")).empty


def test_there_is_no_tag_where_none_begins():
    with pytest.raises(Malformed, match="no start tag"):
        xmlspans.Tag(b"text", 0)


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "document type"),
        (b"<a><b></a>", "not well-formed"),
        (b"", "not well-formed"),
        (b"<p:a/>", "unbound prefix"),
        (b"<a>\xff</a>", "not well-formed"),
        (b"<a>" * 65 + b"</a>" * 65, "deeper than 64"),
        (b"<a>" + b"<b/>" * xmlspans.MOST_ELEMENTS + b"</a>", "more than 200000 elements"),
        (b"<a>" + b" " * xmlspans.LARGEST + b"</a>", "over 8 MiB"),
    ],
    ids=["doctype", "unbalanced", "empty", "unbound", "latin-1", "deep", "many", "large"],
)
def test_what_is_refused(document, reason):
    with pytest.raises(Malformed, match=reason):
        xmlspans.parse(document)


def test_offsets_hold_beyond_the_first_mebibyte():
    document = b"<a>" + b" " * (1 << 21) + b"<b/></a>"
    assert spans(document)["b"] == b"<b/>"


@given(st.binary(max_size=200) | st.text(alphabet="<>/a:=\"' &;!-[]?x", max_size=60))
def test_any_bytes_parse_or_are_malformed(document):
    document = document if isinstance(document, bytes) else document.encode()
    try:
        root = xmlspans.parse(document)
    except Malformed:
        return
    for element in root.walk():
        start, end = xmlspans.span(document, element)
        assert document[start : start + 1] == b"<"
        assert document[end - 1 : end] == b">"
