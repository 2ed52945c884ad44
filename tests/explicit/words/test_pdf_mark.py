import io
import re
import subprocess
from pathlib import Path

import pikepdf
import pypdf
import pytest
from pikepdf import Array, Dictionary, Name
from PIL import Image, ImageChops

from aigc_label import label, read
from aigc_label.asset import open_asset
from aigc_label.containers.pdf import document, operators, pages
from aigc_label.containers.pdf import drawn as drawings
from aigc_label.errors import CannotCarry, InvalidLabel, LimitExceeded, Malformed
from aigc_label.explicit.page import MARKER
from aigc_label.explicit.words import pdf_marking, pdf_plate
from aigc_label.explicit_label import ExplicitLabel, Look
from aigc_label.formats import pdf as pdf_format
from aigc_label.model import ImplicitLabel
from pdf_samples import objects, pdf, stream, update, xref_stream

ALL = ("start", "middle", "end")
TEXT = b"BT /F1 24 Tf 40 200 Td (Page \\(%d\\) q) Tj ET"


def made(*contents, packed=False, **of_page):
    """A document by qpdf, with one page of 300 x 400 points for each content."""
    file = pikepdf.new()
    font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
    resources = file.make_indirect(Dictionary(Font=Dictionary(F1=file.make_indirect(font))))
    for content in contents:
        page = file.add_blank_page(page_size=(300, 400))
        page.obj.Resources = resources
        parts = content if isinstance(content, list) else [content]
        page.obj.Contents = Array([file.make_stream(part) for part in parts])
        for key, value in of_page.items():
            page.obj[f"/{key}"] = value
    out = io.BytesIO()
    mode = pikepdf.ObjectStreamMode
    file.save(out, object_stream_mode=mode.generate if packed else mode.disable, static_id=True)
    return out.getvalue()


def marked(data, **asked):
    """The marked document and what was said; marking it once more changes nothing."""
    explicit = ExplicitLabel(**asked)
    with open_asset(data) as asset:
        result, mark, notes = MARKER.mark(asset, pdf_format.FORMAT, explicit, None)
        done = result.read(0, result.size)
    assert done.startswith(data)
    with open_asset(done) as asset:
        again, same, _ = MARKER.mark(asset, pdf_format.FORMAT, explicit, None)
        assert again is asset
        assert same == mark
    return done, mark, notes


def said(data):
    """The pages that say the words, as pypdf extracts them."""
    texts = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages]
    return [number for number, text in enumerate(texts) if "AI生成" in text]


def drawn(data, tmp_path, *args):
    """The pages as poppler draws them, one pixel a point."""
    (tmp_path / "x.pdf").write_bytes(data)
    command = ["pdftoppm", "-r", "72", *args, str(tmp_path / "x.pdf")]
    out = subprocess.run(command, check=True, capture_output=True, timeout=60).stdout
    sizes = [len(found.group()) for found in re.finditer(rb"P6\n\d+ \d+\n255\n", out)]
    assert sizes
    pictures, at = [], 0
    while at < len(out):
        head = re.compile(rb"P6\n(\d+) (\d+)\n255\n").match(out, at)
        end = head.end() + 3 * int(head[1]) * int(head[2])
        pictures.append(Image.open(io.BytesIO(out[at:end])).convert("RGB"))
        at = end
    return pictures


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    ("count", "asked", "numbers"),
    [
        (1, {"places": ALL}, [0]),
        (4, {"places": ALL}, [0, 2, 3]),
        (4, {"places": ("end",)}, [3]),
        (7, {"paragraphs": 3}, [0, 2, 5]),
        (3, {"paragraphs": 1}, [0, 1, 2]),
    ],
)
def test_the_pages_that_are_asked_for_say_the_words(packed, count, asked, numbers):
    data, mark, notes = marked(made(*[TEXT % n for n in range(count)], packed=packed), **asked)
    assert said(data) == numbers
    assert (mark.text, mark.place, notes) == ("AI生成", asked.get("places", ALL)[0], ())
    with pikepdf.open(io.BytesIO(data)) as file:
        assert file.check_pdf_syntax() == []
        for number, page in enumerate(file.pages):
            assert (len(page.obj.Contents) == 3) == (number in numbers)
            assert ("/XObject" in page.obj.Resources) == (number in numbers)  # others stay


def test_words_in_bytes():
    first = made(TEXT % 1)
    data, *_ = marked(first, text="由 AI 生成/合成")
    file = pikepdf.open(io.BytesIO(data))
    font = file.pages[0].obj.Resources.XObject.GB45438Mark0.Resources.Font.F1
    assert re.fullmatch("/[A-Z]{6}\\+AIGCLabelSans-Medium-Identity-H", str(font.BaseFont))
    program = font.DescendantFonts[0].FontDescriptor.FontFile3
    assert program.read_bytes()[0] == 1  # bare CFF
    assert len(data) - len(first) < 5000
    assert "由 AI 生成/合成" in pypdf.PdfReader(io.BytesIO(data)).pages[0].extract_text()
    with pytest.raises(InvalidLabel, match=r"\(U\+9F98\)"):
        marked(first, text="AI生成龘")


@pytest.mark.parametrize("turned", [0, 90, 180, 270])
@pytest.mark.parametrize("position", ["top-left", "bottom-right", "top", "left"])
@pytest.mark.foreign
def test_it_stands_where_it_is_asked_for(position, turned, tmp_path):
    plain = made(TEXT % 1, Rotate=turned)
    data, *_ = marked(plain, position=position)
    (before,), (after,) = drawn(plain, tmp_path), drawn(data, tmp_path)
    left, top, right, bottom = ImageChops.difference(before, after).getbbox()
    width, height = before.size
    to_the_edges = {"left": left, "right": width - right, "top": top, "bottom": height - bottom}
    for edge, distance in to_the_edges.items():
        near = edge in position
        assert (distance <= 7) == near, edge
        assert distance >= 5
    assert 14 <= bottom - top <= 19  # ten points of ink, and the plate around


@pytest.mark.parametrize("turned", [0, 90])
@pytest.mark.parametrize(
    ("content", "place"),
    [
        (b"", "bottom right"),
        (b"1 g 0 0 300 400 re f BT /F1 9 Tf 1 0 0 1 270 15 Tm (1/3) Tj ET", "top right"),
        (
            (
                b"BT /F1 9 Tf 9 TL 200 29 Td (a long line of a page) ' 0 365 Td T* "
                b"<3120322033203420352036203720382039> Tj ET q 60 0 0 30 0 0 cm "
                b"BI /W 1 /H 1 /BPC 8 /CS /G ID x EI Q"
            ),
            "top left",
        ),
        (b"250 0 50 400 re n 250 20 m 290 30 l S q Q Q", "top right"),
        (b"0 0 60 30 re 0 360 60 40 re 240 360 60 40 re 240 0 60 30 re f", "bottom right"),
    ],
)
@pytest.mark.foreign
def test_the_corner_in_which_least_is_drawn(content, place, turned, tmp_path):
    around = content
    if turned:  # the page as displayed is 400 x 300: draw what is meant for it
        around = b"q 0 1 -1 0 300 0 cm 1.3333 0 0 0.75 0 0 cm " + content
    plain = made(around, Rotate=turned)
    data, *_ = marked(plain, position="auto")
    (before,), (after,) = drawn(plain, tmp_path), drawn(data, tmp_path)
    left, top, right, bottom = ImageChops.difference(before, after).getbbox()
    width, height = before.size
    found = f"{'top' if top < height / 2 else 'bottom'} {'left' if left < width / 2 else 'right'}"
    assert found == place
    assert (right - left, bottom - top) < (60, 20)


def test_images_are_drawn_things():
    content = b"q 60 0 0 30 240 0 cm /Im0 Do /Fm0 Do Q"
    assert drawings.drawn(content, {b"/Im0"}) == [(240, 0, 300, 30)]
    assert drawings.drawn(content) == []
    assert len(drawings.drawn(b"0 0 m 1 1 l S " * 30_000)) == 20_000


@pytest.mark.foreign
def test_drawings_that_leave_states_behind(tmp_path):
    leaking = [
        [b"q 0.5 0 0 0.5 90 90 cm q", TEXT % 1],
        b"Q Q " + TEXT % 1,
        b"q 9 0 0 9 0 0 cm (unbalanced \\) q) pop BI /W 1 /H 1 /BPC 8 /CS /G ID Q EI " + TEXT % 1,
        b"0 0 1 rg 0 0 20 20 re W n " + TEXT % 1,
    ]
    clean, *_ = marked(made(b""))
    (expected,) = drawn(clean, tmp_path)
    box = (230, 360, 300, 400)
    for content in leaking:
        data, *_ = marked(made(content))
        (picture,) = drawn(data, tmp_path)
        assert ImageChops.difference(picture.crop(box), expected.crop(box)).getbbox() is None


@pytest.mark.parametrize(
    ("content", "balance"),
    [
        (b"", (0, 0)),
        (b"q Q", (0, 0)),
        (b"q q 1 0 0 1 0 0 cm Q", (0, 1)),
        (b"Q Q q", (-2, -1)),
        (b"(q (q) \\( q) Tj <71> /q gs % q\nq", (0, 1)),
        (b"(open q", (0, 0)),
        (b"[(q)]TJ[]q", (0, 1)),
        (b"BI /W 1 ID q q \nEI Q", (-1, -1)),
        (b"BI ID q q", (0, 0)),
        (b"BI q", (0, 1)),
        (b"qq Qx q1", (0, 0)),
    ],
)
def test_states_that_a_drawing_leaves_behind(content, balance):
    assert operators.balance(content) == balance


@pytest.mark.foreign
def test_crop_boxes_and_units(tmp_path):
    shifted = {"MediaBox": Array([-100, -50, 200, 350]), "CropBox": Array([150, 300, -50, 0])}
    for of_page in (shifted, {"UserUnit": 2}, {"MediaBox": Array([0, 0, 72, 72])}):
        plain = made(TEXT % 1, **of_page)
        data, *_ = marked(plain)
        before, after = (drawn(one, tmp_path, "-cropbox")[0] for one in (plain, data))
        box = ImageChops.difference(before, after).getbbox()
        assert before.width - box[2] <= 7
        assert before.height - box[3] <= 7


def picture_page(width=400, height=300):
    file = pikepdf.new()
    page = file.add_blank_page(page_size=(width, height))
    image = file.make_stream(
        b"\x80", Type=Name.XObject, Subtype=Name.Image, Width=1, Height=1, BitsPerComponent=8,
        ColorSpace=Name.DeviceGray,
    )  # fmt: skip
    page.obj.Resources = Dictionary(XObject=Dictionary(GB45438Mark0=image))
    page.obj.Contents = file.make_stream(b"q %d 0 0 %d 0 0 cm /GB45438Mark0 Do Q" % (width, height))
    out = io.BytesIO()
    file.save(out)
    return out.getvalue()


@pytest.mark.foreign
def test_a_page_that_is_a_picture_meets_the_height_of_pictures(tmp_path):
    data, *_ = marked(picture_page(), height=0.1, look=Look(ground="#000000", ink="#ffffff"))
    (picture,) = drawn(data, tmp_path, "-r", "144")
    white = picture.convert("L").point(lambda value: 255 * (value > 200)).getbbox()
    assert white[3] - white[1] >= 0.1 * 600


def test_looks():
    look = Look(ink="#203040", ground="#102030", weight="bold")
    plate = pdf_plate.plate("AI生成", look, 20)
    assert b"0.0627 0.1255 0.1882 rg" in plate.drawing
    assert b"1 g 2 Tr 1 G" in plate.drawing  # the letters were too faint on that plate
    assert b" rg" not in pdf_plate.plate("AI生成", Look(), 20).drawing  # greys fit every archive
    lines = pdf_plate.plate("本页内容由AI生成，请注意甄别 AI-generated", Look(), 9).lines
    assert lines == ("本页内容由AI", "生成，请注意甄别", "AI-generated") or len(lines) in (2, 3, 4)
    with pytest.raises(CannotCarry, match="does not fit"):
        pdf_plate.plate("AI生成" * 10, Look(), 3)
    assert pdf_plate.placed((0.5, 0.0), (100, 100), (20, 10), 2) == (40, 90)
    assert pdf_plate.placed("center", (100, 100), (20, 10), 2) == (40, 45)


def test_pages_too_small():
    with pytest.raises(CannotCarry, match="fit"):
        marked(made(b"", MediaBox=Array([0, 0, 20, 400])))
    with pytest.raises(CannotCarry, match="too low"):
        marked(made(b"", MediaBox=Array([0, 0, 400, 8])))


def test_a_corner_mark_says_ai():
    data, mark, _ = marked(made(TEXT % 1), corner_mark=True)
    assert mark.text == "AI"
    assert "AI" in pypdf.PdfReader(io.BytesIO(data)).pages[0].extract_text().split()


def test_both_labels_in_one_write():
    implicit = ImplicitLabel(content_producer="P", produce_id="1")
    for packed in (False, True):
        plain = made(TEXT % 1, TEXT % 2, packed=packed)
        once = label(plain, implicit, explicit=ExplicitLabel()).data
        assert said(once) == [0]
        assert read(once).labels[0].fields["ProduceID"] == "1"
        assert label(once, implicit, explicit=ExplicitLabel()).data == once
        later = ImplicitLabel(content_producer="P", produce_id="2")
        twice = label(once, later, explicit=ExplicitLabel(places=("end",))).data
        assert said(twice) == [0, 1]
        assert [found.fields["ProduceID"] for found in read(twice).labels] == ["2"]
        assert pikepdf.open(io.BytesIO(twice)).check_pdf_syntax() == []


def test_tagged_documents_are_told_that_it_is_no_part_of_their_structure():
    plain = made(TEXT % 1)
    with pikepdf.open(io.BytesIO(plain)) as file:
        file.Root.MarkInfo = Dictionary(Marked=True)
        out = io.BytesIO()
        file.save(out)
    data, *_ = marked(out.getvalue())
    file = pikepdf.open(io.BytesIO(data))
    drawing = file.pages[0].obj.Contents[-1].read_bytes()
    assert b"/Artifact << /Type /Pagination" in drawing
    assert b"Artifact" not in marked(plain)[0]


PAGE = b"<</Type /Page /Parent 2 0 R%b>>"
TREE = {2: b"<</Type /Pages /Kids [4 0 R] /Count 1 /Rotate 90 /MediaBox [0 0 200 100]>>"}


def test_hand_made_structures():
    bare = objects(None, n4=PAGE % b"") | TREE
    for data in (pdf(bare), xref_stream(bare)):
        assert said(marked(data)[0]) == [0]  # neither resources nor content
    lost = objects(None, n4=PAGE % b" /Contents [5 0 R 4 0 R 6 0 R]") | TREE
    file = pikepdf.open(io.BytesIO(marked(pdf(lost))[0]))
    assert len(file.pages[0].obj.Contents) == 1  # none of them is a stream
    inherited = objects(
        b"/Title (t)",
        n4=PAGE % b" /Contents 5 0 R",
        n5=b"[6 0 R]",
        n6=stream(b"q BT ET", b"/Filter /LZWDecode"),  # as it is not unpacked here
    ) | {2: TREE[2].replace(b"/Rotate 90", b"/Resources <</Font <<>> /XObject 7 0 R>> /Rotate 45")}
    data = pdf(inherited | {7: b"<</Im0 8 0 R>>", 8: stream(b"", b"/Subtype /Form")})
    data, *_ = marked(data)
    file = pikepdf.open(io.BytesIO(data))
    assert set(file.pages[0].obj.Resources.XObject.keys()) == {"/GB45438Mark0", "/Im0"}
    assert file.docinfo["/Title"] == "t"
    assert file.pages[0].obj.Resources.XObject.GB45438Mark0.GB45438Words == "AI生成"


@pytest.mark.parametrize(
    ("parts", "error", "reason"),
    [
        ({2: b"<</Type /Pages /Kids [] /Count 0>>"}, CannotCarry, "no pages"),
        ({2: b"<</Type /Pages /Kids [4 0 R] /Count x>>"}, CannotCarry, "qpdf"),
        ({2: b"<</Type /Pages /Kids [2 0 R] /Count 1>>"}, CannotCarry, "tree of its pages"),
        ({2: b"<</Type /Pages /Kids [9 0 R] /Count 1>>"}, CannotCarry, "tree of its pages"),
        ({2: b"<</Type /Pages /Kids [<</Type /Page>>] /Count 1>>"}, CannotCarry, "tree of its"),
        (
            {2: b"<</Kids [4 0 R] /Count 1 /MediaBox [0 0 99999999 9]>>"},
            CannotCarry,
            "beyond all",
        ),
        ({1: b"<</Type /Catalog /Pages 2 0 R /NeedsRendering true>>"}, CannotCarry, "XFA"),
        (
            {1: b"<</Type /Catalog /Pages 2 0 R /Perms <</DocMDP <</Type /Sig>>>>>>"},
            CannotCarry,
            "certifies",
        ),
    ],
)
def test_refusals(parts, error, reason):
    with pytest.raises(error, match=reason):
        marked(pdf(objects(None, n4=PAGE % b"") | TREE | parts))


def test_encrypted_and_endless():
    with pytest.raises(CannotCarry, match="encrypted"):
        marked(pdf(objects(None, n4=PAGE % b"") | TREE, trailer=b" /Encrypt <</V 1>>"))
    kids = b"4 0 R " * 1200
    many = {2: b"<</Type /Pages /Kids [%b] /Count 1200>>" % kids}
    with pytest.raises(LimitExceeded, match="1200 pages"):
        marked(pdf(objects(None, n4=PAGE % b"") | many), paragraphs=1)


def test_signed_documents_say_that_they_changed():
    form = b" /AcroForm <</Fields [5 0 R]>>"
    parts = objects(None, form, n4=PAGE % b"") | TREE
    parts[5] = b"<</FT /Sig /V <</ByteRange [0 10 20 100]>>>>"
    _, _, notes = marked(pdf(parts))
    assert "changed afterwards" in notes[0]


def test_pages_in_a_deep_tree():
    tree = objects(
        None,
        n3=b"<</Kids [4 0 R 5 0 R] /Count 2 /Rotate 180>>",
        n4=b"<</Type /Page>>",
        n5=b"<</Type /Page /Rotate 0 /CropBox [5 5 5 9] /UserUnit -1>>",
        n6=b"<</Kids [7 0 R] /Count 1>>",
        n7=b"<</Kids [8 0 R] /Count 1 /MediaBox [0 0 9]>>",
        n8=b"<</Type /Page /CropBox [700 0 800 9]>>",
    ) | {2: b"<</Kids [3 0 R 6 0 R] /Count 3>>"}
    with open_asset(pdf(tree)) as asset:
        opened = document.opened(asset)
        found = [pages.page(opened, number) for number in range(pages.count(opened))]
        assert [page.ref.number for page in found] == [4, 5, 8]
        sheets = [pages.sheet(opened, page) for page in found]
        assert [(one.turned, one.right, one.unit) for one in sheets] == [
            (180, 612.0, 1.0), (0, 612.0, 1.0), (0, 612.0, 1.0),
        ]  # fmt: skip
        with pytest.raises(Malformed):
            pages.page(opened, 3)


def test_later_revisions_count():
    first = pdf(objects(b"", n4=PAGE % b"") | TREE)
    data = update(first, {4: PAGE % b" /MediaBox [0 0 500 50]"})
    with pytest.raises(CannotCarry, match="fit"):
        marked(data, text="本内容由人工智能生成合成请注意甄别使用")
    assert pdf_marking.MOST_PAGES == 1000


def test_the_example_for_users(tmp_path, monkeypatch):
    page = Path(__file__).parents[3] / "docs/how-to/mark-texts.md"
    example = re.search("```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)[1]
    monkeypatch.chdir(tmp_path)
    Path("answer.md").write_text("一段。\n", encoding="utf-8")
    Path("report.pdf").write_bytes(made(*[TEXT % n for n in range(6)]))
    exec(example, {})  # noqa: S102 - the page's own
    assert Path("labelled.md").read_text(encoding="utf-8").count("AI生成") == 2
    assert said(Path("labelled.pdf").read_bytes()) == [0, 4]


@pytest.mark.foreign
@pytest.mark.parametrize("packed", [False, True])
def test_foreign_programs_find_nothing_wrong(packed, tmp_path):
    path = tmp_path / "x.pdf"
    path.write_bytes(marked(made(TEXT % 1, TEXT % 2, packed=packed), places=ALL)[0])

    def run(*args):
        return subprocess.run(
            [*args, str(path)], check=True, capture_output=True, timeout=60
        ).stdout.decode()

    assert "No syntax or stream encoding errors" in run("qpdf", "--check")
    assert "AI生成" in run("mutool", "draw", "-q", "-F", "txt")
    fonts = subprocess.run(
        ["pdffonts", str(path)], check=True, capture_output=True, timeout=60
    ).stdout.decode()
    assert re.search(r"AIGCLabelSans-Medium\S* +CID Type 0C +Identity-H +yes yes yes", fonts)
    text = subprocess.run(
        ["pdftotext", str(path), "-"], check=True, capture_output=True, timeout=60
    ).stdout.decode()
    assert text.count("AI生成") == 2
