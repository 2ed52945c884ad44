"""What is particular to EPUB."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

import aigc_label
import document_samples
from aigc_label import ImplicitLabel
from aigc_label.errors import CannotCarry, Malformed
from document_samples import packed, parts

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "epub"
LABEL = ImplicitLabel(content_producer="Studio", produce_id="a/1?b=<2>&c\"'")
OPF = "OEBPS/content.opf"


def fixture(name: str) -> bytes:
    return (FIXTURES / f"{name}.epub").read_bytes()


def labelled(data: bytes) -> dict[str, bytes]:
    found, after = document_samples.labelled(data, LABEL)
    assert found.carrier == "epub.opf"
    return after


@pytest.mark.parametrize("name", ["epub3", "epub2", "streamed"])
def test_only_the_package_document_changes(name):
    before, after = parts(fixture(f"plain/{name}")), labelled(fixture(f"plain/{name}"))
    assert list(after) == list(before)
    assert {part for part in after if after[part] != before[part]} == {OPF}
    old, new = before[OPF], after[OPF]
    at = new.index(b'<meta name="AIGC"')
    assert old == new[:at] + new[new.index(b"/>", at) + 2 :]


def test_the_prefix_is_that_of_the_metadata():
    assert b'<opf:meta name="AIGC" content="{' in labelled(fixture("plain/prefix"))[OPF]


def test_a_prefix_that_is_bound_twice_is_not_preferred():
    members = parts(fixture("plain/epub2"))
    doubled = members[OPF].replace(
        b"<package ", b'<package xmlns:opf="http://www.idpf.org/2007/opf" '
    )
    assert b'<meta name="AIGC" content="{' in labelled(packed(members | {OPF: doubled}))[OPF]


def test_the_metadata_of_the_first_version():
    members = parts(fixture("plain/epub2"))
    old = members[OPF].replace(b"</metadata>", b"<x-metadata/></metadata>")
    after = labelled(packed(members | {OPF: old}))[OPF]
    assert b'<x-metadata><meta name="AIGC"' in after


@pytest.mark.parametrize(
    "name", ["property", "twice", "renditions", "description", "mimetype-late", "lower-case"]
)
def test_one_label_is_left(name):
    after = labelled(fixture(f"variants/{name}"))
    assert sum(part.count(b"ProduceID") for part in after.values()) == 1
    for part in after:
        if part.endswith(".opf"):
            ET.fromstring(after[part])  # noqa: S314 - what was just written


def test_a_property_about_something_else_is_none_of_ours():
    members = parts(fixture("plain/epub3"))
    record = b'{"Label":"1","ContentProducer":"x","ProduceID":"y"}'.replace(b'"', b"&quot;")
    refined = b'<meta refines="#id" name="AIGC" content="prose"/>'
    data = packed(members | {OPF: members[OPF].replace(b"</metadata>", refined + b"</metadata>")})
    assert aigc_label.read(data).labels == ()
    bare = b'<meta name="other" content="' + record + b'"/></metadata>'
    (found,) = aigc_label.read(
        packed(members | {OPF: members[OPF].replace(b"</metadata>", bare)})
    ).labels
    assert (found.carrier, found.home) == ("epub.property", False)


@pytest.mark.parametrize(
    ("name", "part", "error", "words"),
    [
        (OPF, b"<package/>", CannotCarry, "no metadata"),
        (OPF, b"<package>", CannotCarry, "without loss"),
        (OPF, b"<package>AIGC", Malformed, "package document: not well-formed"),
        ("META-INF/container.xml", b"<a/>", Malformed, "names no package"),
        ("META-INF/container.xml", b"<a", Malformed, "container.xml: not well-formed"),
    ],
)
def test_members_that_cannot_be_edited(name, part, error, words):
    members = parts(fixture("plain/epub3")) | {name: part}
    with pytest.raises(error, match=words):
        aigc_label.label(packed(members), LABEL)
