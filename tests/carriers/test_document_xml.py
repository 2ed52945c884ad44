"""Parts of documents, told as events: bounds, names, offsets, and a cheap look before."""

from __future__ import annotations

import pytest

from aigc_label.carriers import document_xml, shown
from aigc_label.errors import CannotCarry, LimitExceeded

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


class Told:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.events: list[tuple] = []

    def start(self, name, attributes, at):
        self.events.append((name, attributes.get("w:val"), at))

    def end(self, name, close, behind):
        self.events.append((name, close, behind))

    def text(self, text):
        self.events.append((text,))


def test_events_with_and_without_offsets():
    data = f'<x:p xmlns:x="{W}"><x:b x:val="1"/>a</x:p>'.encode()
    with_offsets, without = Told(), Told()
    document_xml.walk(data, with_offsets, "x.xml")
    document_xml.walk(data, without, "x.xml", offsets=False)
    at = data.index(b"<x:b")
    end = data.index(b"/>") + 2
    assert with_offsets.events == [
        ("w:p", None, 0), ("w:b", "1", at), ("w:b", end, end), ("a",),
        ("w:p", len(data) - 6, len(data)),
    ]  # fmt: skip
    assert [event[0] for event in without.events] == ["w:p", "w:b", "w:b", "a", "w:p"]
    assert {event[2] for event in without.events if len(event) > 1} == {0}


@pytest.mark.parametrize("offsets", [True, False])
def test_limits(monkeypatch, offsets):
    monkeypatch.setattr(document_xml, "MOST_ELEMENTS", 3)
    document_xml.walk(b"<a><b/><b/></a>", Told(), "x.xml", offsets=offsets)
    with pytest.raises(LimitExceeded, match="more than 3 elements"):
        document_xml.walk(b"<a><b/><b/><b/></a>", Told(), "x.xml", offsets=offsets)
    monkeypatch.setattr(document_xml, "DEEPEST", 1)
    with pytest.raises(CannotCarry, match="nests deeper"):
        document_xml.walk(b"<a><b/></a>", Told(), "x.xml", offsets=offsets)
    with pytest.raises(CannotCarry, match="entities"):
        document_xml.walk(b'<!DOCTYPE a [<!ENTITY e "f">]><a/>', Told(), "x.xml", offsets=offsets)
    budget = document_xml.Budget()
    budget.spend(document_xml.MOST_READ)
    with pytest.raises(LimitExceeded, match="512 MiB"):
        budget.spend(1)


@pytest.mark.parametrize(
    ("part", "may"),
    [
        ("<t>AI\u751f\u6210</t>", True),
        ("<t>AI\u5408\u6210</t>", True),
        ("<t>\u751f</t><t>\u6210</t>", True),
        ("<t>AI</t>", True),
        ("<t>A</t><t>I</t>", True),
        ("\u1d2c\u1d35", True),
        ("&#29983;", True),
        ("<t>\u5b66\u751f\u4eec</t>", False),
        ("<t>\u5408\u540c\uff0c AI says</t>", False),
        ("", False),
    ],
)
def test_whether_a_part_may_say_anything(part, may):
    assert shown.may_say(part.encode()) == may
