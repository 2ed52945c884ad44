"""What is particular to ODT, ODS and ODP."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

import aigc_label
import document_samples
from aigc_label import ImplicitLabel, registry
from aigc_label.asset import open_asset
from aigc_label.errors import CannotCarry, Malformed, UnknownFormat
from document_samples import packed, parts

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
LABEL = ImplicitLabel(content_producer="Studio", produce_id="a/1?b=<2>&c")
OFFICE = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
META = "urn:oasis:names:tc:opendocument:xmlns:meta:1.0"


def fixture(name: str) -> bytes:
    return (FIXTURES / name).read_bytes()


def labelled(data: bytes) -> dict[str, bytes]:
    found, after = document_samples.labelled(data, LABEL)
    assert found.carrier == "odf.meta"
    return after


def format_of(data: bytes) -> str | None:
    try:
        with open_asset(data) as asset:
            return registry.identify(asset).id
    except UnknownFormat:
        return None


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("text", "odt"),
        ("text-master", "odt"),
        ("text-template", "odt"),
        ("spreadsheet-template", "ods"),
        ("presentation", "odp"),
        ("graphics", None),
        ("textual", None),
    ],
)
def test_kinds_are_told_by_the_mimetype(kind, expected):
    mimetype = b"application/vnd.oasis.opendocument." + kind.encode()
    assert format_of(packed({"mimetype": mimetype, "content.xml": b"<a/>"})) == expected
    assert format_of(packed({"content.xml": b"<a/>", "mimetype": mimetype + b"\r\n"})) == expected


def test_an_archive_cut_short_in_front_of_its_mimetype_is_nothing():
    data = fixture("odt/variants/mimetype-last.odt")
    assert format_of(data) == "odt"
    assert format_of(data[:-30]) is None


def test_metadata_is_made_and_listed_where_there_is_none():
    before = parts(fixture("odt/plain/no-meta.odt"))
    after = labelled(fixture("odt/plain/no-meta.odt"))
    assert {name for name in after if after[name] != before.get(name)} == {
        "meta.xml",
        "META-INF/manifest.xml",
    }
    assert after["META-INF/manifest.xml"].endswith(
        b'<manifest:file-entry manifest:full-path="meta.xml" manifest:media-type="text/xml"/>'
        b"</manifest:manifest>"
    )


@pytest.mark.parametrize(
    "root",
    [
        f'<document-meta xmlns="{OFFICE}"><meta><x/></meta></document-meta>',
        f'<o:document-meta xmlns:o="{OFFICE}"><o:meta/></o:document-meta>',
        f'<o:d xmlns:o="{OFFICE}" xmlns:m="{META}"><o:meta ></o:meta></o:d>',
        f'<d xmlns="{OFFICE}"><meta xmlns:o="{OFFICE}" xmlns:q="{META}"/></d>',
    ],
)
def test_prefixes_are_those_in_scope(root):
    members = parts(fixture("odt/plain/streamed.odt"))
    after = labelled(packed(members | {"meta.xml": root.encode()}))["meta.xml"]
    tree = ET.fromstring(after)  # noqa: S314 - what was just written
    (field,) = tree.findall(f"{{{OFFICE}}}meta/{{{META}}}user-defined")
    assert field.get(f"{{{META}}}name") == "AIGC"


def test_a_manifest_without_prefix_gets_its_entry():
    members = parts(fixture("odt/plain/no-meta.odt"))
    uri = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
    listing = f'<manifest xmlns="{uri}"></manifest>'.encode()
    after = labelled(packed(members | {"META-INF/manifest.xml": listing}))
    tree = ET.fromstring(after["META-INF/manifest.xml"])  # noqa: S314 - as above
    assert tree[0].tag == f"{{{uri}}}file-entry"
    assert tree[0].get(f"{{{uri}}}full-path") == "meta.xml"


@pytest.mark.parametrize("name", ["both", "twice", "description", "lower-case"])
def test_one_label_is_left(name):
    after = labelled(fixture(f"odt/variants/{name}.odt"))["meta.xml"]
    assert after.count(b"ProduceID") == 1


def test_an_encrypted_document_is_said_to_be():
    data = fixture("odt/damaged/encrypted.odt")
    report = aigc_label.check(data)
    assert "encrypted" in report.inspection.problem.reason
    assert not report.ok
    members = parts(data)
    del members["meta.xml"]
    with pytest.raises(CannotCarry, match="password"):
        aigc_label.label(packed(members), LABEL)


@pytest.mark.parametrize(
    ("name", "part", "error", "words"),
    [
        ("meta.xml", b"<a/>", CannotCarry, "no office:meta"),
        ("meta.xml", b"\xff\xfe", CannotCarry, "without loss"),
        ("meta.xml", b"<a>&AIGC;", Malformed, "meta.xml: not well-formed"),
        ("META-INF/manifest.xml", b"<a>", CannotCarry, "without loss"),
        ("META-INF/manifest.xml", None, CannotCarry, "there is no META-INF"),
    ],
)
def test_members_that_cannot_be_edited(name, part, error, words):
    source = "odt/plain/streamed.odt" if name == "meta.xml" else "odt/plain/no-meta.odt"
    members = parts(fixture(source))
    members.pop(name)
    with pytest.raises(error, match=words):
        aigc_label.label(packed(members if part is None else members | {name: part}), LABEL)
