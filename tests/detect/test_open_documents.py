"""Prompts in ODT, ODP and ODS."""

from __future__ import annotations

import pytest

from document_samples import (
    PROSE,
    SPACES,
    looks,
    odf,
    odt,
    packed,
    parts,
    seen,
)


@pytest.mark.parametrize(
    ("body", "marks"),
    [
        ("<text:p>AI<text:span>生成</text:span></text:p>{}", [("start", "AI生成")]),
        (
            "<text:h>灯塔<text:span text:style-name='up'>AI</text:span></text:h>{}",
            [("start", "AI")],
        ),
        ("<text:h>AI生成内容</text:h>{}", []),
        ("<text:p text:style-name='gone'>AI生成</text:p>{}", []),
        ("<text:p><text:span text:style-name='gone'>AI生成</text:span></text:p>{}", []),
        ("<text:p><text:span text:style-name='white'>AI生成</text:span></text:p>{}", []),
        ("<text:p text:style-name='white'>AI生成</text:p>{}", []),
        ("<text:section text:display='none'><text:p>AI生成</text:p></text:section>{}", []),
        ("<text:tracked-changes><text:p>AI生成</text:p></text:tracked-changes>{}", []),
        ("<text:p>甲<office:annotation><text:p>AI生成</text:p></office:annotation></text:p>{}", []),
        (
            (
                "<text:p><draw:frame><draw:text-box><text:p>AI生成</text:p></draw:text-box>"
                "</draw:frame></text:p>{}"
            ),
            [("start", "AI生成")],
        ),
        (
            (
                "<table:table><table:table-row><table:table-cell><text:p>AI生成</text:p>"
                "</table:table-cell><table:table-cell><text:p>人工</text:p></table:table-cell>"
                "</table:table-row></table:table>{}"
            ),
            [],
        ),
        (
            "<text:list><text:list-item><text:p>AI生成图片</text:p></text:list-item></text:list>{}",
            [],
        ),
    ],
)
def test_open_texts(body, marks):
    styles = (
        looks("text", "up", '<style:text-properties style:text-position="super 58%"/>')
        + looks("text", "gone", '<style:text-properties text:display="none"/>')
        + looks("paragraph", "gone", '<style:text-properties text:display="none"/>')
        + looks("text", "white", '<style:text-properties fo:color="#FFFFFF"/>')
        + looks("paragraph", "white", '<style:text-properties fo:color="#ffffff"/>')
    )
    whole = body.format(f"<text:p>{PROSE}</text:p>" * 3)
    assert seen(odt(whole, styles=styles), "a.odt") == marks


def test_headers_of_an_open_text():
    common = (
        "<office:master-styles><style:master-page style:name='M'><style:header><text:p>AI生成"
        "</text:p></style:header><style:footer style:display='false'><text:p>AI生成</text:p>"
        "</style:footer></style:master-page></office:master-styles>"
    )
    data = odt(f"<text:p>{PROSE}</text:p>", common=common)
    assert seen(data, "a.odt") == [("header", "AI生成")]


def slide(words: str, **more: str) -> str:
    told = "".join(f" {key.replace('__', ':')}='{value}'" for key, value in more.items())
    return (
        f"<draw:page draw:master-page-name='M'{told}><draw:frame><draw:text-box><text:p>{words}"
        "</text:p></draw:text-box></draw:frame><presentation:notes><draw:frame><draw:text-box>"
        "<text:p>AI生成</text:p></draw:text-box></draw:frame></presentation:notes></draw:page>"
    )


def test_open_slides():
    styles = looks(
        "drawing-page", "off", '<style:drawing-page-properties presentation:visibility="hidden"/>'
    ) + looks(
        "drawing-page",
        "foot",
        '<style:drawing-page-properties presentation:display-footer="true"/>',
    )
    hidden = slide("AI生成", draw__style_name="off").replace("draw__", "draw:")
    hidden = hidden.replace("draw:style_name", "draw:style-name")
    pages = slide("甲") + slide("AI生成") + slide("丙") + hidden
    assert seen(odf("presentation", pages, styles=styles), "a.odp") == [("middle", "AI生成")]
    declared = (
        "<presentation:footer-decl presentation:name='f'>内容由AI生成</presentation:footer-decl>"
    )
    footed = slide("甲").replace(
        "<draw:page", "<draw:page draw:style-name='foot' presentation:use-footer-name='f'"
    )
    data = odf("presentation", declared + footed + slide("乙"), styles=styles)
    assert seen(data, "a.odp") == [("start", "内容由AI生成")]


@pytest.mark.parametrize(("cell", "marks"), [("人工", []), ("", [("start", "AI生成")])])
def test_the_head_of_a_column_on_an_open_slide(cell, marks):
    cells = "".join(
        f"<table:table-cell><text:p>{words}</text:p></table:table-cell>"
        for words in ("AI生成", cell)
    )
    table = f"<table:table><table:table-row>{cells}</table:table-row></table:table>"
    page = f"<draw:page draw:master-page-name='M'><draw:frame>{table}</draw:frame></draw:page>"
    assert seen(odf("presentation", page), "a.odp") == marks


def test_a_box_that_hangs_in_a_cell_of_a_full_row():
    box = "<draw:custom-shape><text:p>AI生成</text:p></draw:custom-shape>"
    cells = "<table:table-cell><text:p>1</text:p></table:table-cell>"
    cells += f"<table:table-cell><text:p>2</text:p>{box}</table:table-cell>"
    body = f"<table:table><table:table-row>{cells}</table:table-row></table:table>"
    assert seen(odf("spreadsheet", body), "a.ods") == [("start", "AI生成")]


def test_what_stands_behind_open_slides():
    frame = "<draw:frame{}><draw:text-box><text:p>AI生成</text:p></draw:text-box></draw:frame>"
    common = (
        "<office:master-styles><style:master-page style:name='M'>{}</style:master-page>"
        "</office:master-styles>"
    )
    pages = slide("甲") + slide("乙")
    behind = odf("presentation", pages, common=common.format(frame.format("")))
    assert seen(behind, "a.odp") == [("each page", "AI生成")]
    held = frame.format(" presentation:class='title'")
    assert seen(odf("presentation", pages, common=common.format(held)), "a.odp") == []


def test_open_sheets():
    def row(*cells: str, times: int = 1) -> str:
        inside = "".join(
            f"<table:table-cell><text:p>{cell}</text:p></table:table-cell>" for cell in cells
        )
        return f"<table:table-row table:number-rows-repeated='{times}'>{inside}</table:table-row>"

    def sheet(name: str, rows: str, style: str = "") -> str:
        return f"<table:table table:name='{name}' table:style-name='{style}'>{rows}</table:table>"

    styles = looks("table", "off", '<style:table-properties table:display="false"/>')
    first = sheet("甲", row("AI生成", "人工") + row("灯塔", "1", times=100))
    last = sheet("乙", row("本表由AI生成") + row("灯塔", "1"))
    gone = sheet("丙", row("AI生成"), "off")
    body = first + last + gone
    assert seen(odf("spreadsheet", body, styles=styles), "a.ods") == [("end", "本表由AI生成")]
    opening = (
        f"<office:document-settings {SPACES}><config:config-item config:name='ActiveTable' "
        "config:type='string'>乙</config:config-item></office:document-settings>"
    )
    data = odf("spreadsheet", body, styles=styles, settings__xml=b"")
    members = parts(data) | {"settings.xml": opening.encode()}
    members.pop("settings/xml")
    assert seen(packed(members), "a.ods") == [("start", "本表由AI生成")]


@pytest.mark.parametrize(
    ("told", "marks"),
    [
        ('fo:color="#fefefe"', []),
        ('fo:color="#707070"', [("start", "AI生成")]),
        ('fo:font-size="1pt"', []),
        ('fo:font-size="9pt"', [("start", "AI生成")]),
        ('style:text-line-through-style="solid"', []),
        ('style:text-line-through-style="none"', [("start", "AI生成")]),
    ],
)
@pytest.mark.parametrize("family", ["text", "paragraph"])
def test_letters_that_are_lost_or_struck_out(told, marks, family):
    styles = looks(family, "x", f"<style:text-properties {told}/>")
    named = "<text:p text:style-name='x'>AI生成</text:p>"
    if family == "text":
        named = "<text:p><text:span text:style-name='x'>AI生成</text:span></text:p>"
    body = named + f"<text:p>{PROSE}</text:p>" * 2
    assert seen(odf("text", body, styles), "a.odt") == marks


def test_a_paragraph_that_is_hidden_by_a_field():
    field = '<text:hidden-paragraph text:condition="ooow:1" text:is-hidden="{}"/>'
    body = f"<text:p>{field}AI生成</text:p><text:p>{PROSE}</text:p>"
    assert seen(odf("text", body.format("true")), "a.odt") == []
    assert seen(odf("text", body.format("false")), "a.odt") == [("start", "AI生成")]
