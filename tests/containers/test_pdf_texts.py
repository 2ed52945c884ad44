"""Fonts and strings of PDF pages where they are damaged, rare or hostile."""

from __future__ import annotations

import pytest

from aigc_label.asset import open_asset
from aigc_label.containers.pdf import document, fonts, pages, strings, texts
from aigc_label.containers.pdf.lexer import Ref
from pdf_samples import CATALOG, pdf, stream

SPACE = b"begincodespacerange <0000> <FFFF> endcodespacerange\n"
LATIN = b"<</Type /Font /Subtype /Type1 /Encoding <</Differences [1 /A]>>>>"
COMPOSITE = (
    b"<</Type /Font /Subtype /Type0 /Encoding /Identity-H /ToUnicode 6 0 R "
    b"/DescendantFonts [<<%b>>]>>"
)


def font(given: bytes, **more: bytes) -> fonts.Font:
    found = {1: CATALOG % b"", 2: b"<</Type /Pages /Kids [] /Count 0>>", 4: given}
    found |= {int(name[1:]): body for name, body in more.items()}
    with open_asset(pdf(found)) as asset:
        return fonts.font(document.opened(asset), Ref(4, 0))


def shown(content: bytes, given: bytes, script: str = "", **more: bytes) -> strings.Shown:
    found = {
        1: CATALOG % b"",
        2: b"<</Type /Pages /Kids [3 0 R] /Count 1>>",
        3: b"<</Type /Page /Parent 2 0 R /MediaBox [0 0 500 500] /Contents [7 0 R 8 0 R] "
        b"/Resources <</Font <</F 4 0 R /D << /Type /Font /Subtype /Type1>>>>>>>>",
        4: given,
        7: stream(content),
    }
    found |= {int(name[1:]): body for name, body in more.items()}
    with open_asset(pdf(dict(sorted(found.items())))) as asset:
        opened = document.opened(asset)
        page = pages.page(opened, 0)
        wanted = strings.Wanted(script, b"K", {})
        return texts.shown(opened, page, pages.sheet(opened, page), wanted)


@pytest.mark.parametrize(
    ("cmap", "meanings"),
    [
        (b"beginbfrange <0000> <FFFF> <0000> endbfrange", {0x751F: "\u751f", 0x41: "A"}),
        (b"beginbfrange <0000> <FFFF> <0000> endbfrange", {0xD800: "\ufffd", 0xDFFF: "\ufffd"}),
        (b"beginbfrange <0001> <0003> <D83DDE00> endbfrange", {2: "\U0001f601"}),
        (b"beginbfrange <0001> <0002> <00660069> endbfrange", {1: "fi", 2: "fj"}),
        (b"beginbfchar <01> <41> <2> <0042> endbfchar", {1: "A", 0x20: "B"}),
    ],
)
def test_meanings(cmap, meanings):
    found = font(COMPOSITE % b"", n6=stream(SPACE + cmap)).meanings
    assert {code: found.get(code) for code in meanings} == meanings
    assert len(found) <= 1 << 16


def test_a_map_that_goes_on_and_on():
    ranges = b"".join(
        b"beginbfrange <%04X0000> <%04XFFFF> <0041> endbfrange " % (n, n) for n in range(9)
    )
    assert len(font(COMPOSITE % b"", n6=stream(ranges)).meanings) <= 2 << 16


@pytest.mark.parametrize("cmap", [b"", b"beginbfchar endbfchar", b"beginbfrange <01> endbfrange"])
def test_a_map_that_says_nothing(cmap):
    assert font(COMPOSITE % b"", n6=stream(cmap)).opaque
    assert font(COMPOSITE % b"", n6=stream(b"x", b"/Filter /LZWDecode")).opaque


@pytest.mark.parametrize(
    ("widths", "width"),
    [
        (b"/W [1 [250 250] 7 9 100] /DW 500", 0.25),
        (b"/W [1 3 250]", 0.25),
        (b"/W [1 99999999 250]", 0.25),
        (b"/W [/N]", 1.0),
        (b"/W [1 2]", 1.0),
        (b"/W [1 2 /N]", 1.0),
        (b"/DW 300", 0.3),
        (b"", 1.0),
    ],
)
def test_widths(widths, width):
    found = font((COMPOSITE % widths).replace(b"/ToUnicode 6 0 R", b""))
    assert found.read(b"\x00\x01") == ("\ufffd", width, 1)


def test_simple_fonts():
    names = b"<</Type /Font /Subtype /Type1 /Encoding <</Differences [1 /A /space /hyphen /g7"
    names += b" /u1F600 /uFFFFFF 9 /uni751F (x)]>> /Widths [300 (x)] /FirstChar 1>>"
    found = font(names)
    assert found.read(b"\x01\x02\x03\x04\x05\x06\x09A") == (
        *("A -\ufffd\U0001f600\ufffd\u751fA", 0.3 + 7 * 0.5), 8,
    )  # fmt: skip
    private = b"<</Type /Font /Subtype /TrueType /FontDescriptor <</Flags 4 /FontFile2 6 0 R>>>>"
    assert font(private).opaque
    assert font(private).read(b"ab")[0] == "\ufffd\ufffd"
    assert not font(private.replace(b"/Flags 4", b"/Flags 32")).opaque
    third = font(b"<</Type /Font /Subtype /Type3 /FontMatrix [0.01 0 0 0.01 0 0] /Widths [50]>>")
    assert (third.opaque, third.stride) == (True, 10.0)


def test_a_script_that_no_font_has():
    latin = b"<</Type /Font /Subtype /Type1>>"
    plain = shown(b"BT /F 9 Tf (abc) Tj ET", latin, "\u2e80")
    assert (plain.runs, plain.worded) == ([], True)
    assert not shown(b"0 0 m 9 9 l S", latin, "\u2e80").worded
    private = b"<</Type /Font /Subtype /Type3>>"
    assert shown(b"BT /F 9 Tf (abc) Tj ET", private, "\u2e80").opaque == 1


def test_state():
    content = (
        b"q 2 0 0 2 10 10 cm BT /F 12 Tf 50 Tz 3 Tc 2 Tw 1 Ts 14 TL 1 0 0 1 5 55 Tm (a b) Tj "
        b'T* [(c) -500 (d)] TJ 1 2 (e) " ET Q Q BT /D 9 Tf 30 40 Td (f) Tj ET '
        b"BT /G 9 Tf (lost) Tj ET BI /W 1 /H 1 ID x EI 1 0 0 1 sc 0 0 0 sc"
    )
    found = shown(content, LATIN)
    assert [run.text for run in found.runs] == ["a b", "c d", "e", "f"]
    first, second, _, last = found.runs
    assert (first.x, first.y, first.size) == (20.0, 122.0, 24.0)
    assert second.y == first.y - 28
    assert (last.x, last.y, last.size) == (30.0, 40.0, 9.0)
    assert 0 < found.opaque < 1


def test_contents_that_are_missing_or_many():
    found = shown(b"BT /F 9 Tf (a) Tj ET", LATIN, n8=stream(b"BT /F 9 Tf 9 9 Td (b) Tj ET"))
    assert [run.text for run in found.runs] == ["a", "b"]
    deep = shown(b"q " * 2000 + b"BT /F 9 Tf (a) Tj ET" + b" Q" * 3000, LATIN)
    assert [run.text for run in deep.runs] == ["a"]


def test_no_more_strings_than_any_page_has(monkeypatch):
    monkeypatch.setattr(texts, "MOST_RUNS", 5)
    assert len(shown(b"BT /F 9 Tf " + b"(a) Tj " * 50 + b"ET", LATIN).runs) == 5
