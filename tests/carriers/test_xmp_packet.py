from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aigc_label.carriers import record, xmp, xmp_packet
from aigc_label.model import FIELDS, ImplicitLabel
from aigc_label.origin import Origin

OURS = xmp.updated(None, ImplicitLabel(content_producer="studio", produce_id="42"))
TEXT = st.text(st.characters(exclude_categories=("C",)), max_size=20)


def observed(packet: bytes) -> list[object]:
    return list(xmp.observe(packet, carrier="x.xmp", home=True, offset=7))


def by_a_parser(packet: bytes) -> list[object]:
    """What is read where a comment keeps the packet from being ours to the byte."""
    commented = packet.replace(b"<rdf:RDF", b"<!-- --><rdf:RDF", 1)
    assert xmp_packet.value_of(commented) is None
    return observed(commented)


@given(st.fixed_dictionaries(dict.fromkeys(FIELDS[1:], TEXT)))
def test_the_short_way_reads_what_the_parser_reads(fields):
    label = ImplicitLabel.from_fields({"Label": "1", **fields}, found=True)
    packet = xmp.updated(None, label)
    (found,) = observed(packet)
    assert [found] == by_a_parser(packet)
    assert found.fields == label.fields


@given(st.text(st.characters(codec="ascii"), max_size=30))
def test_what_is_no_label_is_none_either_way(text):
    value = "".join(char for char in text if char not in "<&\r")
    packet = xmp_packet.labelled(value.encode(), None)
    assert observed(packet) == by_a_parser(packet)


def test_the_value_is_what_another_parser_sees():
    root = ET.fromstring(OURS)  # noqa: S314 - our own
    element = root.find(f".//{{{xmp.NAMESPACE}}}AIGC")
    assert xmp_packet.value_of(OURS) == element.text
    assert json.loads(element.text)["ProduceID"] == "42"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"42"', b'"4&amp;2"'),
        (b'"42"', "某".encode()),
        (b'"42"', b'"4\n2"'),
        (b'"42"', b"<b/>"),
        (b'rdf:about=""', b'rdf:about="" xmp:CreatorTool="DALL-E"'),
        (b"</rdf:Description>", b"<a/></rdf:Description>"),
        (b"</x:xmpmeta>", b"</x:xmpmeta><a/>"),
        (b'end="w"?>', b'end="w"?><a/>'),
        (b"\xef\xbb\xbf", b""),
    ],
)
def test_what_differs_takes_a_parser(old, new):
    assert xmp_packet.value_of(OURS.replace(old, new, 1)) is None


def test_the_room_may_be_of_any_size():
    tight = re.sub(rb"\s+(?=<\?xpacket end)", b"\n", OURS)
    assert len(tight) < len(OURS)
    assert xmp_packet.value_of(tight) == xmp_packet.value_of(OURS)


def test_an_origin_beside_the_label_takes_a_parser():
    made = ImplicitLabel(content_producer="studio", produce_id="42", origin=Origin(system="M"))
    packet = xmp.updated(None, made)
    assert xmp_packet.value_of(packet) is None
    assert {type(seen).__name__ for seen in observed(packet)} == {"FoundLabel", "Signal"}


def test_a_packet_of_an_origin_alone_bears_no_label():
    packet = xmp.with_origin(None, Origin())
    assert [type(seen).__name__ for seen in observed(packet)] == ["Signal"]
    assert record.dump(ImplicitLabel(content_producer="p", produce_id="1")).encode() not in packet
