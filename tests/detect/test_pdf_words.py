"""Words on pages of PDF: of foreign programs, laid by hand, and what nobody sees."""

from __future__ import annotations

import io
import shutil
import subprocess
import zlib
from pathlib import Path

import docx
import pikepdf
import pytest

import aigc_label
from aigc_label import ExplicitLabel
from aigc_label.detect.sight import rendering
from foreign_tools import require
from pdf_samples import CATALOG, pdf, stream

FONT = Path(aigc_label.__file__).parent / "fonts" / "AIGCLabelSans.otf"
PROSE = "灯塔建于一八六五年，石砌的塔身高二十七米，至今仍为过往的船只指引方向。" * 3
UNICODE = (
    b"<</Type /Font /Subtype /Type0 /BaseFont /X /Encoding /UniGB-UTF16-H "
    b"/DescendantFonts [<</Type /Font /Subtype /CIDFontType0 /BaseFont /X /DW 1000>>]>>"
)


def judged(data: bytes):
    return aigc_label.check(data, name="a.pdf", only="explicit")


def seen(data: bytes):
    report = judged(data)
    assert report.inspection.unseen == ""
    return [(mark.place, mark.text) for mark in report.inspection.marks]


def hexed(words: str) -> bytes:
    return b"<%b>" % words.encode("utf-16-be").hex().encode()


def shown(words: str, y: float = 700, x: float = 72, size: float = 12) -> bytes:
    return b"BT /F %g Tf %g %g Td %b Tj ET\n" % (size, x, y, hexed(words))


def paged(
    *contents: bytes, font: bytes = UNICODE, page: bytes = b"", given: bytes = b"", **more: bytes
) -> bytes:
    """A document of pages with one font, ``F``."""
    kids = b" ".join(b"%d 0 R" % (10 + 2 * n) for n in range(len(contents)))
    found = {
        1: CATALOG % b"",
        2: b"<</Type /Pages /Kids [%b] /Count %d>>" % (kids, len(contents)),
        4: font,
    }
    drawn = given + (b"/XObject <</X 5 0 R>>" if "n5" in more else b"")
    for n, content in enumerate(contents):
        found[10 + 2 * n] = (
            b"<</Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R "
            b"/Resources <</Font <</F 4 0 R>> %b>> %b>>" % (11 + 2 * n, drawn, page)
        )
        found[11 + 2 * n] = stream(content)
    found |= {int(name[1:]): body for name, body in more.items()}
    return pdf(dict(sorted(found.items())))


BODY = b"".join(shown(PROSE[:36], 600 - 20 * n) for n in range(8))


@pytest.mark.parametrize(
    ("contents", "marks"),
    [
        ([shown("本文由AI生成") + BODY, BODY], [("start", "本文由AI生成")]),
        ([BODY, BODY + shown("本文由AI生成", 300)], [("end", "本文由AI生成")]),
        ([BODY, BODY + shown("本文由AI生成", 300) + shown(PROSE[:36], 200), BODY], None),
        ([BODY, BODY], []),
        ([shown("AI生成", 820) + BODY] * 3, [("header", "AI生成")]),
        ([shown("AI生成", 20, 500) + BODY] * 3, [("footer", "AI生成")]),
        ([shown("AI生成", 20, 500) + BODY, BODY], [("start", "AI生成")]),
        ([shown("本文由AI生成") + BODY] * 2, [("each page", "本文由AI生成")]),
        ([shown("AI", 820, 560) + BODY], [("start", "AI")]),
        ([shown("AI", 820, 300) + BODY], []),
        ([shown("AI生成内容", 700, size=24) + BODY], []),
        ([shown("灯塔", size=24) + shown("AI", 708, 120, 12) + BODY], [("start", "AI")]),
    ],
)
def test_places(contents, marks):
    expected = [("middle", "本文由AI生成")] if marks is None else marks
    assert seen(paged(*contents)) == expected


@pytest.mark.parametrize(
    "drawn",
    [
        b"3 Tr " + shown("AI生成"),  # as scans have the words that were recognised in them
        b"1 g " + shown("AI生成"),
        b"1 1 1 rg " + shown("AI生成"),
        b"0 0 0 0 k " + shown("AI生成"),
        shown("AI生成", 900),
        shown("AI生成", x=-300),
        shown("AI生成", size=0.5),
        b"0.05 0 0 0.05 0 0 cm " + shown("AI生成"),
        shown("文章讨论了AI生成内容的标识办法"),
        b"0 0 20 20 re W n " + shown("AI生成"),
        b"0 0 m 20 0 l 20 20 l h W* n " + shown("AI生成"),
        b"72 700 12 12 re W n " + shown("AI生成"),  # cut off after its first letter
        b"0 0 0 0 re W n " + shown("AI生成"),
        b"q 0 0 20 20 re W n q Q " + shown("AI生成") + b"Q",
        shown("AI生成") + b"1 g 60 690 200 40 re f",
        shown("AI生成") + b"q 200 0 0 40 60 690 cm /X Do Q",
        b"/G gs " + shown("AI生成"),
        shown("AI生成", x=590),
        b"% AI\xe7\x94\x9f\xe6\x88\x90\n",
    ],
)
def test_what_nobody_sees(drawn):
    clear = b"/ExtGState <</G <</ca 0>>>> "
    assert seen(paged(b"q " + drawn + b" Q\n" + BODY, given=clear, n5=PICTURE)) == []


@pytest.mark.parametrize(
    "drawn",
    [
        b"60 690 100 100 re W n " + shown("AI生成"),
        b"q 0 0 20 20 re W n Q " + shown("AI生成"),
        b"60 690 m 200 690 l 200 720 l 60 720 l h W n " + shown("AI生成"),
        b"72 701 26 11 re W n " + shown("AI生成"),  # a little off its edges
        b"W n " + shown("AI生成"),  # no path, no clip
        shown("AI生成") + b"1 g 60 690 20 40 re f",
        shown("AI生成") + b"1 g 60 690 m 260 690 l 260 730 l h f",
        shown("AI生成") + b"/G gs 1 g 60 690 200 40 re f",
        b"1 g 60 690 200 40 re f 0 g " + shown("AI生成"),
        b"/N gs " + shown("AI生成"),
    ],
)
def test_what_is_seen_all_the_same(drawn):
    faint = b"/ExtGState <</G <</ca 0.3>> /N <</LW 2>>>> "
    assert seen(paged(b"q " + drawn + b" Q\n" + BODY, given=faint)) == [("start", "AI生成")]


def lzw(raw: bytes) -> bytes:
    """Packed by libtiff, whose LZW is PDF's."""
    from PIL import Image

    out = io.BytesIO()
    Image.frombytes("L", (len(raw), 1), raw).save(out, "TIFF", compression="tiff_lzw")
    with Image.open(out) as tiff:
        (at,), (size,) = tiff.tag_v2[273], tiff.tag_v2[279]
    return out.getvalue()[at : at + size]


@pytest.mark.parametrize("predicted", [False, True])
def test_streams_packed_with_lzw(predicted):
    content = shown("本文由AI生成") + BODY * 9
    content += b" " * (-len(content) % 5)
    rows = b"".join(b"\0" + content[at : at + 5] for at in range(0, len(content), 5))
    packed = lzw(rows if predicted else content)
    params = b"/DecodeParms <</Predictor 12 /Columns 5>>" if predicted else b""
    data = paged(BODY, n11=stream(packed, b"/Filter /LZWDecode " + params))
    with pikepdf.open(io.BytesIO(data)) as opened:
        assert opened.pages[0].Contents.read_bytes() == content
    assert seen(data) == [("start", "本文由AI生成")]


def test_streams_of_runs():
    content = shown("本文由AI生成") + BODY[:60]
    packed = b"".join(
        bytes([len(content[at : at + 99]) - 1]) + content[at : at + 99]
        for at in range(0, len(content), 99)
    )
    data = paged(BODY, n11=stream(packed + b"\xf0 \x80", b"/Filter /RunLengthDecode"))
    with pikepdf.open(io.BytesIO(data)) as opened:
        contents = opened.pages[0].Contents
        assert contents.read_bytes(pikepdf.StreamDecodeLevel.specialized) == content + b" " * 17
    assert seen(data) == [("start", "本文由AI生成")]


def test_outlines_of_letters_are_looked_at_or_open(monkeypatch):
    """A page of words whose mark was turned into paths, as design programs do."""
    data = paged(outlined("AI生成", 60, 40, 60) + BODY)
    (mark,) = judged(data).inspection.marks
    assert (mark.text, mark.place) == ("AI生成", "bottom-left")
    assert seen(paged(outlined("灯塔纪事", 60, 40, 60) + BODY)) == []
    without_ocr(monkeypatch)
    report = judged(data)
    assert report.inspection.marks is None
    assert "explicit.open" in {finding.rule for finding in report.findings}
    bars = b"".join(b"%d 100 20 %d re f\n" % (30 * n, 50 + n) for n in range(30))
    report = judged(paged(bars + BODY))
    assert "explicit.missing" in {finding.rule for finding in report.findings}


def outlined(words: str, x: float, y: float, size: float) -> bytes:
    """Words as filled outlines, drawn by fontTools."""
    from fontTools.pens.recordingPen import RecordingPen
    from fontTools.ttLib import TTFont

    font = TTFont(FONT)
    glyphs, names = font.getGlyphSet(), font.getBestCmap()
    scale, out = size / font["head"].unitsPerEm, [b"q 0 g"]
    for letter in words:
        pen = RecordingPen()
        glyph = glyphs[names[ord(letter)]]
        glyph.draw(pen)
        for kind, points in pen.value:
            numbers = [b"%g %g" % (x + px * scale, y + py * scale) for px, py in points]
            word = {"moveTo": b"m", "lineTo": b"l", "curveTo": b"c"}.get(kind, b"h")
            out.append(b" ".join([*numbers, word]))
        out.append(b"f")
        x += glyph.width * scale
    return b"\n".join([*out, b"Q\n"])


def test_white_letters_on_a_plate_are_seen():
    plate = b"0 g 60 690 200 30 re f 1 g " + shown("AI生成") + b"0 g\n"
    assert seen(paged(plate + BODY)) == [("start", "AI生成")]


def test_strings_that_are_torn_apart():
    pieces = b"BT /F 12 Tf 72 700 Td [%b -20 %b] TJ %b Tj ET\n" % (
        *(hexed("本文由"), hexed("AI")), hexed("生成"),
    )  # fmt: skip
    assert seen(paged(pieces + BODY)) == [("start", "本文由AI生成")]
    lines = b"BT /F 12 Tf 14 TL 72 700 Td %b ' T* %b Tj 0 -14 TD %b Tj ET\n" % (
        *(hexed("灯塔"), hexed("本文由AI生成")), hexed("港口"),
    )  # fmt: skip
    assert ("本文由AI生成") in [words for _, words in seen(paged(lines + BODY))]


def test_a_line_that_goes_on_in_the_next():
    wide = "灯" * 34
    torn = shown(f"{wide}本文由AI", 700) + shown("生成，仅供参考。" + wide[:28], 686)
    assert seen(paged(torn + BODY)) == [] or seen(paged(torn + BODY))[0][0] == "start"
    inside = shown("甲" * 35 + "讨论", 700) + shown("AI生成", 686)
    assert seen(paged(BODY + inside + shown("的办法" + "乙" * 34, 672))) == []


def test_columns_are_lines_of_their_own():
    beside = shown("灯塔纪事", 700, 72) + shown("AI生成", 700, 400)
    assert seen(paged(beside + BODY))[0][1] == "AI生成"


def test_what_is_turned_is_read_as_it_was_drawn():
    turned = b"q 0.866 0.5 -0.5 0.866 200 300 cm /F 40 Tf BT %b Tj 80 0 Td %b Tj ET Q\n"
    assert seen(paged(BODY + turned % (hexed("AI"), hexed("生成")))) == [("end", "AI生成")]


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_pages_that_are_turned(rotate):
    """The words stand at the top of the page as displayed."""
    matrix = {
        0: b"1 0 0 1 0 0", 90: b"0 1 -1 0 595 0", 180: b"-1 0 0 -1 595 842", 270: b"0 -1 1 0 0 842",
    }[rotate]  # fmt: skip
    top = 842 if rotate in (0, 180) else 595
    content = b"q %b cm %b Q" % (matrix, shown("AI生成", top - 20))
    data = paged(*[content + BODY] * 2, page=b"/Rotate %d" % rotate)
    assert seen(data) == [("header", "AI生成")]


# --- fonts ---------------------------------------------------------------------------------------

IDENTITY = (
    b"<</Type /Font /Subtype /Type0 /BaseFont /X /Encoding /Identity-H /ToUnicode 6 0 R "
    b"/DescendantFonts [<</Type /Font /Subtype /CIDFontType2 /BaseFont /X /W [1 [500 500] 3 9 "
    b"1000]>>]>>"
)
BARE = IDENTITY.replace(b"/ToUnicode 6 0 R ", b"")
SPACE = b"begincodespacerange <0000> <FFFF> endcodespacerange\n"


@pytest.mark.parametrize(
    "cmap",
    [
        SPACE + b"4 beginbfchar <0001> <0041> <0002> <0049> <0003> <751F> <0004> <6210> endbfchar",
        SPACE + b"beginbfrange <0001> <0001> <0041> <0002> <0002> [<0049>] <0003><0004> "
        b"[<751f> <6210>] endbfrange",
    ],
)
def test_glyphs_by_their_numbers(cmap):
    content = b"BT /F 12 Tf 72 700 Td <0001000200030004> Tj ET"
    assert seen(paged(content, font=IDENTITY, n6=stream(cmap))) == [("start", "AI生成")]
    packed = stream(zlib.compress(cmap), b"/Filter /FlateDecode")
    assert seen(paged(content, font=IDENTITY, n6=packed)) == [("start", "AI生成")]


@pytest.mark.parametrize(
    ("encoding", "codec"),
    [
        (b"UniGB-UCS2-H", "utf-16-be"), (b"GBK-EUC-H", "gbk"), (b"GBKp-EUC-V", "gbk"),
        (b"ETen-B5-H", "big5"), (b"90ms-RKSJ-H", "cp932"),
    ],
)  # fmt: skip
def test_encodings_by_name(encoding, codec):
    font = UNICODE.replace(b"UniGB-UTF16-H", encoding)
    string = "内容由AI生成".replace("内容由", "" if codec == "big5" else "由").encode(codec)
    content = b"BT /F 12 Tf 72 700 Td <%b> Tj ET" % string.hex().encode()
    assert [place for place, _ in seen(paged(content, font=font))] == ["start"]


def test_simple_fonts_by_names_and_by_their_own_codes():
    content = b"BT /F 12 Tf 72 700 Td (AI\\001\\002) Tj ET"
    named = (
        b"<</Type /Font /Subtype /Type1 /BaseFont /X /Encoding <</Differences [1 /uni751F /u6210 "
        b"65 /A 73 /I]>> /FirstChar 1 /Widths [1000 1000]>>"
    )
    assert seen(paged(content, font=named)) == [("start", "AI生成")]
    mapped = b"<</Type /Font /Subtype /TrueType /BaseFont /X /ToUnicode 6 0 R>>"
    cmap = b"begincodespacerange <00> <FF> endcodespacerange beginbfchar <41> <0041> <49> <0049> "
    cmap += b"<01> <751F> <02> <6210> endbfchar"
    assert seen(paged(content, font=mapped, n6=stream(cmap))) == [("start", "AI生成")]


def form(content: bytes, entries: bytes = b"") -> bytes:
    return stream(content, b"/Type /XObject /Subtype /Form /BBox [0 0 595 842] " + entries)


def test_forms_within_forms():
    inner = form(shown("AI生成"), b"/Resources <</Font <</F 4 0 R>>>> /Matrix [1 0 0 1 5 5]")
    outer = form(b"/X Do", b"/Resources <</XObject <</X 6 0 R>>>>")
    assert seen(paged(b"/X Do " + BODY, n5=outer, n6=inner)) == [("start", "AI生成")]
    endless = form(b"/X Do", b"/Resources <</XObject <</X 5 0 R>>>>")
    assert seen(paged(b"/X Do " + BODY, n5=endless)) == []
    named = form(shown("AI"), b"/Resources <</Font <</F 4 0 R>>>> /GB45438Words (AI)")
    assert seen(paged(b"/X Do " + BODY, n5=named)) == [("start", "AI")]
    empty = form(b"", b"/GB45438Words (AI)")
    assert seen(paged(b"/X Do " + BODY, n5=empty)) == []


@pytest.mark.parametrize(
    ("told", "marks"),
    [
        (b"/Subtype /FreeText /AP <</N 5 0 R>>", [("start", "AI生成")]),
        (b"/Subtype /Widget /AS /On /AP <</N <</On 5 0 R>>>>", [("start", "AI生成")]),
        (b"/Subtype /Watermark /F 4 /AP <</N 5 0 R>>", [("start", "AI生成")]),
        (b"/Subtype /FreeText /F 2 /AP <</N 5 0 R>>", []),
        (b"/Subtype /Text /AP <</N 5 0 R>>", []),
        (b"/Subtype /FreeText /Contents (AI)", []),
        (b"/Subtype /Stamp /AP <</N <</On 5 0 R>>>>", []),
    ],
)
def test_annotations_are_seen_on_the_page(told, marks):
    inside = stream(
        shown("AI生成", 2, 2, 10),
        b"/Type /XObject /Subtype /Form /BBox [0 0 60 20] /Resources <</Font <</F 4 0 R>>>>",
    )
    page = b"/Annots [<</Type /Annot /Rect [400 800 460 820] %b>>]" % told
    assert seen(paged(BODY, page=page, n5=inside)) == marks


def test_an_annotation_without_a_place():
    inside = form(shown("AI生成", 700), b"/Resources <</Font <</F 4 0 R>>>>")
    page = b"/Annots [<</Subtype /Stamp /AP <</N 5 0 R>>>>]"
    assert seen(paged(BODY, page=page, n5=inside.replace(b"/BBox [0 0 595 842]", b""))) == [
        ("start", "AI生成")
    ]


# --- pages that must be looked at ----------------------------------------------------------------


def without_ocr(monkeypatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "rapidocr", None)
    from aigc_label.detect.sight import ocr

    for cached in (ocr.require,):
        getattr(cached, "cache_clear", lambda: None)()


PICTURE = stream(
    b"\xff" * 300, b"/Type /XObject /Subtype /Image /Width 10 /Height 10 /ColorSpace /DeviceRGB "
    b"/BitsPerComponent 8"
)  # fmt: skip


@pytest.mark.parametrize(
    "data",
    [
        paged(b"q 595 0 0 842 0 0 cm /X Do Q", n5=PICTURE),
        paged(b"q 595 0 0 842 0 0 cm /X Do Q 3 Tr " + shown("灯塔"), n5=PICTURE),
        paged(b"q 595 0 0 842 0 0 cm /X Do Q " + shown("灯塔", 20), n5=PICTURE),
        paged(b"0 0 m 100 100 l S"),
        paged(b"BT /F 12 Tf 72 700 Td <0001000200030004> Tj ET", font=BARE),
    ],
)
def test_pages_without_words_are_open_without_the_extra(data, monkeypatch):
    without_ocr(monkeypatch)
    report = judged(data)
    assert report.inspection.marks is None
    (finding,) = [one for one in report.findings if one.rule.startswith("explicit.")]
    assert (finding.rule, finding.kind) == ("explicit.open", "open")
    assert "pip install 'aigc-label[ocr]'" in finding.message


@pytest.mark.parametrize(("at", "opened"), [(20, True), (400, False), (790, True)])
def test_a_picture_in_a_margin_may_be_a_mark(at, opened, monkeypatch):
    """As of a badge in a page's foot; without the extra nobody knows."""
    without_ocr(monkeypatch)
    report = judged(paged(b"q 60 0 0 20 400 %d cm /X Do Q " % at + BODY, n5=PICTURE))
    assert ("explicit.open" in {found.rule for found in report.findings}) is opened
    assert ("explicit.missing" in {found.rule for found in report.findings}) is not opened


def test_marks_that_stand_beside_a_picture_need_no_extra(monkeypatch):
    without_ocr(monkeypatch)
    drawn = b"q 595 0 0 842 0 0 cm /X Do Q " + shown("AI生成", 20)
    assert seen(paged(drawn, n5=PICTURE)) == [("start", "AI生成")]


def test_a_scan_is_looked_at():
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (900, 1200), (205, 214, 220)).save(out, "PNG")
    marked = aigc_label.label(out.getvalue(), None, explicit=ExplicitLabel(), name="a.png")
    scan = io.BytesIO()
    Image.open(io.BytesIO(marked.data)).convert("RGB").save(scan, "PDF")
    report = judged(scan.getvalue())
    (mark,) = report.inspection.marks
    assert (mark.text, mark.place) == ("AI生成", "bottom-right")
    assert mark.ratio == pytest.approx(0.06, abs=0.006)
    assert aigc_label.read(scan.getvalue()).marks is None  # not slowly
    blank = Image.new("RGB", (900, 1200), (205, 214, 220))
    both = io.BytesIO()
    marked_page = Image.open(io.BytesIO(marked.data)).convert("RGB")
    blank.save(both, "PDF", save_all=True, append_images=[blank, marked_page])
    assert [mark.text for mark in judged(both.getvalue()).inspection.marks] == ["AI生成"]
    bare = io.BytesIO()
    blank.save(bare, "PDF")
    assert "explicit.missing" in {finding.rule for finding in judged(bare.getvalue()).findings}


def test_a_page_that_cannot_be_rendered(monkeypatch):
    from aigc_label.asset import open_asset
    from aigc_label.errors import LimitExceeded, Malformed, MissingExtra

    with open_asset(b"%PDF-1.7 broken", name="a.pdf") as asset:
        with pytest.raises(Malformed, match="rendered"):
            next(rendering.ends(asset))
        monkeypatch.setattr(rendering, "MOST_BYTES", 4)
        with pytest.raises(LimitExceeded):
            next(rendering.ends(asset))
        monkeypatch.setitem(__import__("sys").modules, "pypdfium2", None)
        with pytest.raises(MissingExtra, match="ocr"):
            next(rendering.ends(asset))


def test_a_page_that_cannot_be_rendered_is_open(monkeypatch):
    monkeypatch.setattr(rendering, "MOST_BYTES", 4)
    report = judged(paged(b"0 0 m 100 100 l S"))
    assert report.inspection.marks is None
    assert "the first or the last page has pictures" in report.inspection.unseen


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"/Count 1", b"/Count -1"),
        (b"/Kids [10 0 R]", b"/Kids [99 0 R]"),
        (b"/Length", b"/Filter /LZWDecode /Length"),
    ],
)
def test_damage_is_no_pass(old, new):
    data = paged(BODY)
    assert old in data
    report = judged(data.replace(old, new))
    assert report.inspection.marks is None or report.inspection.problem is not None
    assert "explicit.open" in {finding.rule for finding in report.findings}


# --- programs that print -------------------------------------------------------------------------


@pytest.mark.foreign
def test_what_chromium_prints(tmp_path):
    require("chromium")
    page = tmp_path / "page.html"
    page.write_text(
        f"<meta charset=utf-8><h1>灯塔<sup>AI</sup></h1>{f'<p>{PROSE}</p>' * 40}"
        "<div style='position:fixed;bottom:0;right:0'>内容由AI生成</div>",
        "utf-8",
    )
    out = tmp_path / "out.pdf"
    subprocess.run(
        ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer",
         f"--user-data-dir={tmp_path / 'profile'}", f"--print-to-pdf={out}", page.as_uri()],
        check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    assert seen(out.read_bytes()) == [("footer", "内容由AI生成")]


@pytest.mark.foreign
def test_what_libreoffice_writes(tmp_path):
    require("soffice")
    document = docx.Document()
    document.add_paragraph("本文由AI生成")
    for _ in range(30):
        document.add_paragraph(PROSE)
    document.save(tmp_path / "a.docx")
    for kind in ("pdf", "odt"):
        subprocess.run(
            ["soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless",
             "--convert-to", kind, "--outdir", str(tmp_path), str(tmp_path / "a.docx")],
            check=True, capture_output=True, timeout=120,
        )  # fmt: skip
        data = (tmp_path / f"a.{kind}").read_bytes()
        report = aigc_label.check(data, name=f"a.{kind}", only="explicit")
        assert [(m.place, m.text) for m in report.inspection.marks] == [("start", "本文由AI生成")]


@pytest.mark.foreign
def test_what_cairo_draws():
    require("rsvg-convert")
    drawing = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="400" height="300"><text x="20" y="150" '
        'font-size="20">灯塔</text><text x="300" y="290" font-size="20">AI生成</text></svg>'
    )
    program = shutil.which("rsvg-convert") or ""
    out = subprocess.run(
        [program, "-f", "pdf"], input=drawing.encode(), capture_output=True, check=True
    ).stdout
    assert seen(out) == [("start", "AI生成")]


def test_what_qpdf_packs():
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(paged(shown("AI生成") + BODY, BODY))) as opened:
        opened.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate, linearize=True)
    assert seen(out.getvalue()) == [("start", "AI生成")]
