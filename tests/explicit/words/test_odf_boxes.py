"""Words on the slides of ODP and the sheets of ODS."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from test_odf_text import ODF, SPACES

import aigc_label
from aigc_label import ExplicitLabel, Look
from aigc_label.errors import CannotCarry
from document_samples import changed, marked, packed, parts

FIXTURES = Path(__file__).resolve().parents[3] / "fixtures"
ODP = (FIXTURES / "odp" / "plain" / "odfpy.odp").read_bytes()
ODS = (FIXTURES / "ods" / "plain" / "odfpy.ods").read_bytes()
DRAW, SVG = f"{{{ODF}drawing:1.0}}", f"{{{ODF}svg-compatible:1.0}}"
ANIM = f'xmlns:presentation="{ODF}presentation:1.0" xmlns:anim="{ODF}animation:1.0"'
SIZED = f"""<office:document-styles {SPACES}><office:automatic-styles>
<style:page-layout style:name="L"><style:page-layout-properties fo:page-width="10in"
fo:page-height="7.5in"/></style:page-layout></office:automatic-styles><office:master-styles>
<style:master-page style:name="M" style:page-layout-name="L"/></office:master-styles>
</office:document-styles>"""


def content(data: bytes, kind: str, inner: str, styles: str = "", **members: bytes) -> bytes:
    whole = (
        f"<office:document-content {SPACES} {ANIM}><office:automatic-styles>{styles}"
        f"</office:automatic-styles><office:body><office:{kind}>{inner}</office:{kind}>"
        "</office:body></office:document-content>"
    )
    return packed(parts(data) | {"content.xml": whole.encode()} | members)


def slides(*inner: str, styles: str = "") -> bytes:
    pages = "".join(
        f'<draw:page draw:master-page-name="M" draw:style-name="d{n}">{one}</draw:page>'
        for n, one in enumerate(inner, 1)
    )
    return content(ODP, "presentation", pages, styles, **{"styles.xml": SIZED.encode()})


def frame(said: str, more: str = "") -> str:
    inner = f"<draw:text-box><text:p>{said}</text:p></draw:text-box>"
    return f"<draw:frame{more}>{inner}</draw:frame>"


def frames(data: bytes, tag: str) -> list[list[ET.Element]]:
    """The marks on each slide or sheet."""
    root = ET.fromstring(parts(data)["content.xml"])  # noqa: S314 - ours
    return [
        [node for node in page.iter(f"{DRAW}frame") if node.get(f"{DRAW}name") == "AIGC label"]
        for page in root.iter(tag)
    ]


def on_slides(data: bytes) -> list[int]:
    return [n for n, found in enumerate(frames(data, f"{DRAW}page"), 1) if found]


def on_sheets(data: bytes) -> list[int]:
    return [n for n, found in enumerate(frames(data, f"{{{ODF}table:1.0}}table"), 1) if found]


def centimetres(node: ET.Element, name: str) -> float:
    return float(node.get(f"{SVG}{name}").removesuffix("cm"))


THREE = slides(frame("灯塔"), frame("海"), frame("船"))


def test_the_first_slide_gets_a_box_in_the_corner():
    written = marked(THREE)
    assert changed(THREE, written.data) == {"content.xml"}
    assert on_slides(written.data) == [1]
    ((box,), _, _) = frames(written.data, f"{DRAW}page")
    assert "".join(box.itertext()) == written.mark.text == "AI生成"
    margin = 0.02 * 19.05
    right = centimetres(box, "x") + centimetres(box, "width")
    assert right == pytest.approx(25.4 - margin, abs=0.01)
    assert centimetres(box, "y") + centimetres(box, "height") == pytest.approx(
        19.05 - margin, abs=0.01
    )


@pytest.mark.parametrize(
    ("options", "numbers"),
    [({"places": ("end", "middle")}, [2, 3]), ({"paragraphs": 1}, [1, 2, 3])],
)
def test_which_slides(options, numbers):
    assert on_slides(marked(THREE, **options).data) == numbers


def test_notes_and_movements_stay_behind_the_shapes():
    behind = "<anim:par/><presentation:notes>" + frame("AI生成") + "</presentation:notes>"
    data = slides(frame("灯塔", ' draw:z-index="7"') + behind)
    after = parts(marked(data).data)["content.xml"]
    assert b"</draw:frame><anim:par/><presentation:notes>" in after
    assert b'draw:z-index="8"' in after


def test_hidden_slides_are_passed_over():
    style = (
        '<style:style style:name="d1" style:family="drawing-page"><style:drawing-page-properties '
        'presentation:visibility="hidden"/></style:style>'
    )
    assert on_slides(marked(slides(frame("a"), frame("b"), styles=style)).data) == [2]
    assert on_slides(marked(slides(frame("a"), styles=style)).data) == [1]


def test_prompts_on_slides_are_kept_and_those_in_comments_are_none():
    data = slides(frame("由AI<text:span>生成</text:span>"))
    assert not aigc_label.label(data, None, explicit=ExplicitLabel()).changed
    remark = "<office:annotation><text:p>AI生成</text:p></office:annotation>"
    note = "<text:note><text:note-body><text:p>AI生成</text:p></text:note-body></text:note>"
    assert on_slides(marked(slides(remark + frame(f"灯塔{note}"))).data) == [1]


def test_corner_marks_and_looks_of_slides():
    look = Look(ink="#ffffff", ground="#204080", opacity=0.4, weight="bold")
    written = marked(THREE, corner_mark=True, look=look)
    assert on_slides(written.data) == [1]
    after = parts(written.data)["content.xml"]
    assert b'style:text-position="super' in after
    assert b'fo:font-weight="bold"' in after
    assert b'draw:fill-color="#204080"' in after


def test_a_slide_that_is_self_closed_and_of_no_told_size():
    page = content(ODP, "presentation", "<draw:page/>")
    assert on_slides(marked(page).data) == [1]
    with pytest.raises(CannotCarry, match="no slide"):
        aigc_label.label(content(ODP, "presentation", ""), None, explicit=ExplicitLabel())


def cell(said: str = "", more: str = "") -> str:
    inner = f"<text:p>{said}</text:p>" if said else ""
    return f"<table:table-cell{more}>{inner}</table:table-cell>"


def row(*cells: str, more: str = "") -> str:
    return f"<table:table-row{more}>{''.join(cells)}</table:table-row>"


def sheet(*rows: str, name: str = "甲", before: str = "", style: str = "") -> str:
    own = f'table:name="{name}" table:style-name="{style}"'
    return f"<table:table {own}>{before}{''.join(rows)}</table:table>"


def sheets(*inner: str, styles: str = "", **members: bytes) -> bytes:
    return content(ODS, "spreadsheet", "".join(inner), styles, **members)


def place(data: bytes) -> tuple[float, float]:
    ((box,), *_) = frames(data, f"{{{ODF}table:1.0}}table")
    return round(centimetres(box, "x"), 2), round(centimetres(box, "y"), 2)


COLUMN, ROW, GAP = 64 / 72 * 2.54, 12.8 / 72 * 2.54, 4 / 72 * 2.54


def at(columns: float, rows: float) -> tuple[float, float]:
    return (
        pytest.approx(columns * COLUMN + GAP, abs=0.02),
        pytest.approx(rows * ROW + GAP, abs=0.02),
    )


def test_a_box_beside_the_cells():
    number = ' office:value-type="float"'
    data = sheets(sheet(row(cell("名"), cell("数")), row(cell("1", number)) * 3))
    written = marked(data)
    assert changed(data, written.data) == {"content.xml"}
    assert place(written.data) == at(3, 1)
    after = parts(written.data)["content.xml"]
    assert b"<table:shapes><draw:frame" in after
    assert b"</table:shapes><table:table-row>" in after


def test_widths_heights_repeats_and_hidden_columns():
    styles = (
        '<style:style style:name="co" style:family="table-column">'
        '<style:table-column-properties style:column-width="5cm"/></style:style>'
        '<style:style style:name="ro" style:family="table-row">'
        '<style:table-row-properties style:row-height="1cm"/></style:style>'
    )
    columns = (
        '<table:table-column table:style-name="co" table:number-columns-repeated="2"/>'
        '<table:table-column table:visibility="collapse"/>'
    )
    more = ' table:number-rows-repeated="2" table:style-name="ro"'
    typed = ' table:number-columns-repeated="2" office:value-type="float"'
    data = sheets(sheet(row(cell("1", typed), more=more), before=columns), styles=styles)
    # two columns of 5 cm, a hidden one, one left free
    assert place(marked(data).data)[0] == pytest.approx(10 + COLUMN + GAP, abs=0.02)


def test_shapes_that_are_there_are_added_to_and_not_covered():
    inner = frame("图", ' svg:x="0cm" svg:y="0cm" svg:width="50cm" svg:height="1cm"')
    shapes = f"<table:shapes>{inner}</table:shapes>"
    data = sheets(sheet(row(cell("")), before=f"<table:title>t</table:title>{shapes}"))
    written = marked(data)
    assert place(written.data)[1] > 1
    assert parts(written.data)["content.xml"].count(b"<table:shapes>") == 1


def test_the_sheet_that_opens_and_hidden_ones():
    settings = (
        f'<a xmlns:config="{ODF}config:1.0"><config:config-item config:name="ActiveTable">丙'
        '</config:config-item><config:config-item config:name="Other">甲</config:config-item></a>'
    )
    style = (
        '<style:style style:name="ta" style:family="table"><style:table-properties '
        'table:display="false"/></style:style>'
    )
    three = [sheet(row(cell("1")), name=name) for name in ("甲", "丙")]
    hidden = sheet(row(cell("1")), name="乙", style="ta")
    data = sheets(hidden, *three, styles=style, **{"settings.xml": settings.encode()})
    assert on_sheets(marked(data).data) == [3]
    assert on_sheets(marked(data, paragraphs=1).data) == [2, 3]
    with pytest.raises(CannotCarry, match="no sheet"):
        aigc_label.label(sheets(hidden, styles=style), None, explicit=ExplicitLabel())


def test_prompts_in_cells_are_kept_and_those_in_comments_are_none():
    data = sheets(sheet(row(cell("本表由AI生成"))))
    written = aigc_label.label(data, None, explicit=ExplicitLabel())
    assert not written.changed
    assert written.mark.text == "本表由AI生成"
    remark = "<office:annotation><text:p>AI生成</text:p></office:annotation>"
    data = sheets(sheet(row(f"<table:table-cell>{remark}<text:p>1</text:p></table:table-cell>")))
    assert on_sheets(marked(data).data) == [1]
    assert on_sheets(marked(data, corner_mark=True).data) == [1]


def test_a_full_screen_is_told():
    full = row(
        cell("1", ' table:number-columns-repeated="60"'), more=' table:number-rows-repeated="90"'
    )
    written = marked(sheets(sheet(full)))
    assert "move them" in written.notes[0]


def test_tables_within_cells_are_no_sheets():
    inner = f"<table:table-cell>{sheet(row(cell('内')))}</table:table-cell>"
    written = marked(sheets(sheet(row(inner))))
    assert [len(found) for found in frames(written.data, f"{{{ODF}table:1.0}}table")] == [1, 0]


def test_a_sheet_without_cells():
    with pytest.raises(CannotCarry, match="no cells"):
        aigc_label.label(sheets(sheet()), None, explicit=ExplicitLabel())


@pytest.mark.parametrize("name", ["odp/plain/streamed.odp", "ods/plain/streamed.ods"])
def test_what_other_programs_write(name):
    assert marked((FIXTURES / name).read_bytes()).mark.text == "AI生成"
