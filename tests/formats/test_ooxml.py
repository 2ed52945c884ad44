"""What is particular to DOCX, XLSX and PPTX."""

from __future__ import annotations

import io
import xml.etree.ElementTree as ET
import zipfile
from pathlib import Path

import openpyxl
import pytest

import aigc_label
import document_samples
from aigc_label import ImplicitLabel, registry
from aigc_label.asset import open_asset
from aigc_label.errors import CannotCarry, Malformed, UnknownFormat
from document_samples import packed, parts

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
LABEL = ImplicitLabel(content_producer="Studio", produce_id="a/1?b=<2>&c")
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/"


def fixture(name: str) -> bytes:
    return (FIXTURES / name).read_bytes()


def changed(name: str, part: str, old: bytes, new: bytes) -> bytes:
    members = parts(fixture(name))
    assert old in members[part]
    return packed(members | {part: members[part].replace(old, new)})


def labelled(data: bytes) -> dict[str, bytes]:
    found, after = document_samples.labelled(data, LABEL)
    assert found.home
    return after


def tree(document: bytes) -> ET.Element:
    return ET.fromstring(document)  # noqa: S314 - what was just written


def format_of(data: bytes) -> str | None:
    try:
        with open_asset(data) as asset:
            return registry.identify(asset).id
    except UnknownFormat:
        return None


def test_the_part_is_created_announced_and_related():
    before = parts(fixture("docx/plain/python-docx.docx"))
    after = labelled(fixture("docx/plain/python-docx.docx"))
    own = {"[Content_Types].xml", "_rels/.rels", "docProps/custom.xml"}
    assert {name for name in after if after[name] != before.get(name)} == own
    relations = [node.attrib for node in tree(after["_rels/.rels"])]
    assert len({one["Id"] for one in relations}) == len(relations)
    assert {
        "Type": f"{OFFICE}relationships/custom-properties",
        "Target": "docProps/custom.xml",
    } == {key: relations[-1][key] for key in ("Type", "Target")}
    assert after["_rels/.rels"].startswith(before["_rels/.rels"][: -len("</Relationships>")])
    kinds = [node.attrib for node in tree(after["[Content_Types].xml"])]
    assert kinds[-1]["PartName"] == "/docProps/custom.xml"


def test_a_strict_document_gets_strict_names():
    after = labelled(fixture("docx/plain/strict.docx"))
    assert b"purl.oclc.org/ooxml/officeDocument/customProperties" in after["docProps/custom.xml"]
    assert b"purl.oclc.org/ooxml/officeDocument/relationships/customProp" in after["_rels/.rels"]
    assert b"schemas.openxmlformats.org/officeDocument" not in after["docProps/custom.xml"]


def test_the_order_that_other_programs_tell_by_is_kept():
    data = fixture("docx/plain/python-docx.docx")
    with zipfile.ZipFile(io.BytesIO(aigc_label.label(data, LABEL).data)) as opened:
        assert opened.namelist() == [*parts(data), "docProps/custom.xml"]
        offsets = [info.header_offset for info in opened.infolist()]
    assert offsets == sorted(offsets)


def test_numbers_stay_and_new_ones_are_unique():
    after = labelled(fixture("docx/plain/custom.docx"))["docProps/custom.xml"]
    assert [node.get("pid") for node in tree(after)] == ["2", "9", "10"]


@pytest.mark.parametrize("number", ["0", "2", "x", "", "99999999999999999999"])
def test_numbers_that_cannot_be_are_replaced(number):
    old = b'pid="3" name="AIGC"'
    new = f'pid="{number}" name="AIGC"'.encode()
    data = changed("docx/labelled/among.docx", "docProps/custom.xml", old, new)
    numbers = [node.get("pid") for node in tree(labelled(data)["docProps/custom.xml"])]
    assert numbers == ["2", "5", "4"]


def test_a_self_closed_list_of_properties():
    members = parts(fixture("docx/plain/custom.docx"))
    empty = f'<Properties xmlns="{OFFICE}custom-properties"/>'.encode()
    after = labelled(packed(members | {"docProps/custom.xml": empty}))["docProps/custom.xml"]
    assert after.startswith(empty[:-2] + b"><property ")


def test_prefixes_are_those_of_the_part():
    after = labelled(fixture("docx/variants/prefixes.docx"))
    assert b"<op:property " in after["docProps/custom.xml"]
    assert after["docProps/custom.xml"].endswith(b"</op:property></op:Properties>")


def test_a_part_with_a_byte_order_mark():
    members = parts(fixture("docx/plain/custom.docx"))
    marked = b"\xef\xbb\xbf" + members["docProps/custom.xml"]
    after = labelled(packed(members | {"docProps/custom.xml": marked}))["docProps/custom.xml"]
    assert after.startswith(marked[:200])
    tree(after)


def test_a_part_in_utf_16_stays_so():
    after = labelled(fixture("docx/variants/utf16.docx"))["docProps/custom.xml"]
    assert after.startswith(b"\xff\xfe")
    assert "Studio" in after.decode("utf-16")


def test_the_label_moves_home_and_leaves_no_copy():
    after = labelled(fixture("docx/variants/both.docx"))
    assert b"ProduceID" not in after["docProps/core.xml"] + after["customXml/item1.xml"]
    assert "灯塔" in [node.text for node in tree(after["docProps/core.xml"])]


def test_an_unlinked_part_is_taken_into_use():
    after = labelled(fixture("docx/variants/unlinked.docx"))
    assert b"custom-properties" in after["_rels/.rels"]
    assert b"/docProps/custom.xml" in after["[Content_Types].xml"]


def test_a_label_within_another_property_goes():
    after = labelled(fixture("docx/variants/comments.docx"))["docProps/custom.xml"]
    assert [node.get("name") for node in tree(after)] == ["Comments", "AIGC"]


def test_of_two_properties_one_is_left():
    after = labelled(fixture("docx/variants/twice.docx"))["docProps/custom.xml"]
    assert [node.get("name") for node in tree(after)] == ["AIGC"]


def test_a_spreadsheet_keeps_its_cells_and_properties():
    data = aigc_label.label(fixture("xlsx/plain/custom.xlsx"), LABEL).data
    book = openpyxl.load_workbook(io.BytesIO(data))
    assert [prop.name for prop in book.custom_doc_props.props] == ["Dept", "Number", "AIGC"]
    assert book.active["A1"].value == "灯塔"


@pytest.mark.parametrize(
    ("part", "new", "words"),
    [
        ("docProps/custom.xml", b"<a/>", "something else"),
        ("docProps/custom.xml", b"<Properties><property", "without loss"),
        ("_rels/.rels", b"<R", "rels: not well-formed"),
    ],
)
def test_parts_that_cannot_be_edited(part, new, words):
    members = parts(fixture("docx/plain/custom.docx"))
    with pytest.raises((CannotCarry, Malformed), match=words):
        aigc_label.label(packed(members | {part: new}), LABEL)


@pytest.mark.parametrize("part", ["[Content_Types].xml", "_rels/.rels"])
def test_lists_in_utf_16_are_not_edited(part):
    members = parts(fixture("docx/plain/streamed.docx"))
    text = members[part].decode().replace("UTF-8", "UTF-16").encode("utf-16")
    data = packed(members | {part: text})
    with open_asset(data) as asset, pytest.raises(CannotCarry, match="UTF-16"):
        registry.by_id("docx").plan(asset, LABEL)


def test_a_damaged_home_is_no_file_without_a_label():
    members = parts(fixture("docx/labelled/guide.docx"))
    broken = members["docProps/custom.xml"].replace(b"</Properties>", b"")
    report = aigc_label.check(packed(members | {"docProps/custom.xml": broken}))
    assert isinstance(report.inspection.problem, Malformed)


@pytest.mark.parametrize(
    ("main", "expected"),
    [
        ("vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml", "docx"),
        ("vnd.ms-word.template.macroEnabledTemplate.main+xml", "docx"),
        ("vnd.openxmlformats-officedocument.spreadsheetml.template.main+xml", "xlsx"),
        ("vnd.ms-excel.sheet.macroEnabled.main+xml", "xlsx"),
        ("vnd.openxmlformats-officedocument.presentationml.slideshow.main+xml", "pptx"),
        ("vnd.ms-powerpoint.template.macroEnabled.main+xml", "pptx"),
        ("vnd.ms-visio.drawing.main+xml", None),
        ("vnd.openxmlformats-officedocument.spreadsheetml.sheet", None),
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_kinds_are_told_by_the_main_part(main, expected, first):
    kinds = (
        '<Types><Default Extension="xlsx" ContentType="application/vnd.openxmlformats-office'
        'document.spreadsheetml.sheet"/>'
        f"<Override ContentType='application/{main}' PartName='/Main.XML'/></Types>"
    ).encode()
    rest = {"main.xml": b"<a/>", "mimetype": b"text/plain"}
    types = {"[Content_Types].xml": kinds}
    assert format_of(packed(types | rest if first else rest | types)) == expected


def test_a_document_cut_short_is_still_called_one():
    data = fixture("docx/plain/python-docx.docx")
    report = aigc_label.check(data[:-40])
    assert report.inspection.format == "docx"
    assert isinstance(report.inspection.problem, Malformed)
    assert format_of(fixture("docx/plain/streamed.docx")[:-40]) is None  # starts with the text


def test_a_relationship_that_leads_to_no_part_gets_one():
    members = parts(fixture("docx/variants/renamed.docx"))
    del members["docProps/own.xml"]
    after = labelled(packed(members))
    assert b"ProduceID" in after["docProps/own.xml"]
    assert after["_rels/.rels"] == members["_rels/.rels"]
    for nowhere in (b"", b"../own.xml"):
        lost = members["_rels/.rels"].replace(b"docProps/own.xml", nowhere)
        data = packed(members | {"_rels/.rels": lost})
        with pytest.raises(CannotCarry, match="leads nowhere"):
            aigc_label.label(data, LABEL)
