"""An origin where formats hold it in a place of their own: AVI, FLV, PDF, EPUB, HTML."""

from __future__ import annotations

import io
import re
import subprocess
import xml.etree.ElementTree as ET
import zipfile
from html.parser import HTMLParser
from pathlib import Path

import imageio_ffmpeg
import pikepdf
import pypdf
import pytest

import aigc_label
from aigc_label import ImplicitLabel
from aigc_label.carriers import schema_origin, xmp
from aigc_label.containers import amf0
from aigc_label.errors import CannotCarry
from aigc_label.origin import TERMS, Origin
from audio_samples import chunk
from audio_samples import riff as packed
from pdf_samples import objects, pdf, stream

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
MADE = Origin(system="Pixel & Dream 像素", version="2.1")
EDITED = Origin(system="Other", action="edited")
BARE = Origin(action="edited")
URI = "http://cv.iptc.org/newscodes/digitalsourcetype/"
WHEEL = imageio_ffmpeg.get_ffmpeg_exe()
STATED = [("trainedAlgorithmicMedia", None), ("AISystemUsed", MADE.system)]


def labelled(data, name, origin=MADE, number="42"):
    label = ImplicitLabel(content_producer="Studio", produce_id=number, origin=origin)
    made = aigc_label.label(data, label, name=name)
    assert not any("origin" in note for note in made.notes)
    return made.data


def stated(data, name):
    signals = aigc_label.read(data, name=name).signals
    return [(one.detail, one.generator) for one in signals if one.scheme == "iptc"]


def plain(place):
    return (FIXTURES / place).read_bytes(), Path(place).name


# --- RIFF ---------------------------------------------------------------------------------------

AVI = [
    chunk(
        b"LIST",
        b"hdrl" + chunk(b"avih", bytes(56)) + chunk(b"LIST", b"strl" + chunk(b"strh", bytes(56))),
    ),
    chunk(b"LIST", b"movi" + chunk(b"00dc", b"frame 0!")),
]


def avi(*chunks):
    return packed(*AVI, *chunks, kind=b"AVI ")


@pytest.mark.foreign("exempi")
@pytest.mark.parametrize("name", ["ffmpeg", "opendml", "streamed"])
def test_adobes_toolkit_sees_it_in_avi(name, tmp_path):
    path = tmp_path / "made.avi"
    path.write_bytes(labelled(*plain(f"avi/plain/{name}.avi")))
    told = subprocess.run(["exempi", "-x", path], capture_output=True, check=True).stdout.decode()
    assert f">{URI}trainedAlgorithmicMedia<" in told
    assert ">Pixel &amp; Dream 像素<" in told


def test_a_packet_with_room_in_avi_is_changed_where_it_stands():
    kept = xmp.with_origin(None, Origin(source_type="digitalCapture")).replace(
        b"<rdf:RDF", b"<!-- kept --><rdf:RDF"
    )
    data = avi(chunk(b"_PMX", kept))
    made = labelled(data, "a.avi")
    assert made.count(b"_PMX") == 1
    assert b"<!-- kept -->" in made
    sizes = [one[one.index(b"_PMX") :][4:8] for one in (data, made)]
    assert sizes[0] == sizes[1]
    assert stated(made, "a.avi")[:2] == STATED


def test_a_packet_without_room_in_avi_moves_out():
    """What is left where it stood is JUNK."""
    tight = xmp.with_origin(None, BARE).replace(b" " * 99 + b"\n", b"")
    made = labelled(avi(chunk(b"_PMX", tight), chunk(b"idx1", bytes(16))), "a.avi")
    assert made.count(b"_PMX") == 1
    assert made.index(b"idx1") < made.index(b"_PMX")
    assert stated(made, "a.avi")[:2] == STATED
    assert labelled(made, "a.avi") == made


def test_a_packet_in_avi_that_nobody_can_edit_is_refused():
    with pytest.raises(CannotCarry, match="XMP packet is damaged"):
        labelled(avi(chunk(b"_PMX", b"<x:xmpmeta")), "a.avi")


# --- FLV ----------------------------------------------------------------------------------------

FLV = b"FLV\x01\x05" + (9).to_bytes(4) + bytes(4)


def tag(body):
    return b"\x12" + len(body).to_bytes(3) + bytes(7) + body + (len(body) + 11).to_bytes(4)


def event(name, **texts):
    held = [amf0.named(key.encode(), value) for key, value in texts.items()]
    return tag(amf0.string(name.encode()) + amf0.ecma_array(*held))


@pytest.mark.parametrize("name", ["indexed", "no-script", "loose"])
def test_ffmpeg_sees_it_in_flv_and_copies_it(name, tmp_path):
    path, copy = tmp_path / "made.flv", tmp_path / "copy.mkv"
    path.write_bytes(labelled(*plain(f"flv/plain/{name}.flv")))
    command = [WHEEL, "-v", "error", "-i", path, "-c", "copy", "-f", "ffmetadata", "-"]
    told = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    assert f"DigitalSourceType={URI}trainedAlgorithmicMedia" in told
    assert "AISystemUsed=Pixel & Dream 像素" in told
    assert told.index("AISystemVersionUsed=2.1") < told.index("AIGC=")
    subprocess.run([WHEEL, "-v", "error", "-i", path, "-c", "copy", copy], check=True)
    assert stated(copy, "copy.mkv")[:2] == STATED


def test_a_packet_in_flv_is_the_place_where_there_is_one():
    packet = xmp.with_origin(None, Origin(source_type="digitalCapture", system="Old"))
    old = event(
        "onMetaData", digitalsourcetype=amf0.string(b"digitalCapture"), title=amf0.string(b"t")
    )
    for kind in (amf0.STRING, amf0.LONG_STRING):
        data = FLV + old + event("onXMPData", liveXML=amf0.string(packet, kind))
        made = labelled(data, "a.flv")
        assert stated(made, "a.flv")[:2] == STATED
        assert len(stated(made, "a.flv")) == 3
        assert b"digitalsourcetype\x02" not in made
        assert amf0.named(b"title", amf0.string(b"t")) in made


def test_other_events_are_no_place_in_flv():
    text = amf0.string(b"<rdf:RDF/>")
    made = labelled(
        FLV + event("onXMPData", other=text) + event("onCuePoint", liveXML=text), "a.flv"
    )
    assert b"\0\x11DigitalSourceType\x02" in made
    assert made.count(b"<rdf:RDF/>") == 2


def test_words_longer_than_a_string_in_flv():
    made = labelled(FLV, "a.flv", Origin(system="x" * 70_000))
    assert b"AISystemUsed\x0c" in made
    assert stated(made, "a.flv")[0] == STATED[0]


def test_a_system_that_is_named_already_stays_in_flv():
    once = labelled(FLV, "a.flv")
    assert ("AISystemUsed", MADE.system) in stated(labelled(once, "a.flv", BARE), "a.flv")


# --- PDF ----------------------------------------------------------------------------------------

PACKET = xmp.with_origin(None, Origin(source_type="digitalCapture")).replace(
    b"<rdf:RDF", b"<!-- kept --><rdf:RDF"
)


def with_packet(packet):
    body = stream(packet, b"/Type /Metadata /Subtype /XML")
    return pdf(objects(b"/Title (t)", b" /Lang (zh) /Metadata 4 0 R", n4=body))


def packet_by_pikepdf(data):
    with pikepdf.open(io.BytesIO(data), attempt_recovery=False) as document:
        assert str(document.Root.Metadata.Subtype) == "/XML"
        assert document.check_pdf_syntax() == []
        return document.Root.Metadata.read_bytes()


@pytest.mark.parametrize("name", ["chromium", "hybrid", "packed", "signed"])
def test_readers_of_pdf_see_it(name):
    made = labelled(*plain(f"pdf/plain/{name}.pdf"))
    packet = packet_by_pikepdf(made).decode()
    assert f">{URI}trainedAlgorithmicMedia<" in packet
    seen = pypdf.PdfReader(io.BytesIO(made), strict=True).xmp_metadata
    assert seen is not None
    space = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
    (system,) = seen.get_element("", space, "AISystemUsed")
    assert system.firstChild.data == MADE.system


def test_a_packet_in_pdf_is_kept_and_the_catalogue_untouched():
    data = with_packet(PACKET)
    made = labelled(data, "a.pdf")
    assert made.startswith(data)
    assert b"<!-- kept -->" in packet_by_pikepdf(made)
    assert b"/Catalog" not in made[len(data) :]
    assert stated(made, "a.pdf")[:2] == STATED
    again = labelled(made, "a.pdf", EDITED)
    assert again.startswith(data)
    assert len(again) == len(made)
    assert again.count(b"%%EOF") == 2


@pytest.mark.parametrize("data", [with_packet(PACKET), pdf(objects(b"/Title (t)"))])
def test_what_is_not_stated_anew_stays_in_pdf(data):
    made = labelled(data, "a.pdf")
    other = labelled(made, "a.pdf", None, number="43")
    assert other.count(b"%%EOF") == 2
    assert stated(other, "a.pdf")[:2] == STATED
    bare = labelled(made, "a.pdf", BARE)
    assert bare.count(b"%%EOF") == 2
    assert stated(bare, "a.pdf")[:2] == [("compositeWithTrainedAlgorithmicMedia", None), STATED[1]]
    by_itself = labelled(data, "a.pdf", BARE)
    assert labelled(by_itself, "a.pdf").count(b"%%EOF") == 2


@pytest.mark.parametrize("told", ["somebody's words", f"{URI}noTerm"])
def test_the_words_of_others_in_pdf(told):
    """An update of ours is made again for what it states; this one stated nothing of IPTC's."""
    packet = PACKET.replace(f"{URI}digitalCapture".encode(), told.encode())
    made = labelled(with_packet(packet), "a.pdf", None)
    again = labelled(made, "a.pdf")
    assert stated(again, "a.pdf")[:2] == STATED
    assert again.count(b"%%EOF") == 2


def test_a_metadata_entry_that_is_no_stream_gives_way_in_pdf():
    made = labelled(pdf(objects(b"", b" /Metadata 4 0 R /Lang (zh)", n4=b"(x)")), "a.pdf")
    assert stated(made, "a.pdf")[:2] == STATED
    packet_by_pikepdf(made)


def test_a_catalogue_that_is_no_object_of_its_own_gets_no_packet():
    data = pdf(objects(b"")).replace(b"/Root 1 0 R", b"/Root <</Type /Catalog /Pages 2 0 R>>")
    label = ImplicitLabel(content_producer="Studio", produce_id="42", origin=MADE)
    assert any("origin is not stated" in note for note in aigc_label.label(data, label).notes)


def test_a_damaged_packet_in_pdf_is_refused_with_what_to_do():
    with pytest.raises(CannotCarry, match="repair or delete the packet"):
        labelled(with_packet(b"<x:xmpmeta"), "a.pdf")


IDENTITY = 'xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/"'
ARCHIVE = [
    f"<rdf:Description rdf:about='' {IDENTITY} pdfaid:part='2' pdfaid:conformance='B'/>",
    f"<rdf:Description rdf:about='' {IDENTITY}><pdfaid:part>1</pdfaid:part></rdf:Description>",
]
SPACES = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "e": "http://www.aiim.org/pdfa/ns/extension/",
    "s": "http://www.aiim.org/pdfa/ns/schema#",
    "p": "http://www.aiim.org/pdfa/ns/property#",
}
OTHERS = """<rdf:Description rdf:about="" xmlns:e="{e}" xmlns:s="{s}" xmlns:p="{p}"><e:schemas>
<rdf:Bag><rdf:li rdf:parseType="Resource"><s:namespaceURI>{uri}</s:namespaceURI>{more}</rdf:li>
</rdf:Bag></e:schemas></rdf:Description>"""
IPTC = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
KNOWN = (
    "<s:property><rdf:Seq><rdf:li rdf:parseType='Resource'><p:name>DigitalSourceType</p:name>"
    "</rdf:li></rdf:Seq></s:property>"
)


def others(uri, more=""):
    return OTHERS.format(**SPACES, uri=uri, more=more)


def archive_packet(*descriptions):
    inner = "".join(descriptions)
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        f'<rdf:RDF xmlns:rdf="{SPACES["rdf"]}">{inner}</rdf:RDF></x:xmpmeta>'
    )


def schemas(packet):
    """The schemas that a packet describes, each with its properties."""
    root = ET.fromstring(packet.decode("utf-8").strip())  # noqa: S314 - was just written
    bags = root.findall(".//e:schemas/rdf:Bag", SPACES)
    assert len(bags) <= 1
    return [
        (
            one.findtext("s:namespaceURI", "", SPACES),
            [name.text for name in one.iterfind("s:property/rdf:Seq/rdf:li/p:name", SPACES)],
        )
        for one in (bags[0] if bags else ())
    ]


WHOLE = ["DigitalSourceType", "AISystemUsed", "AISystemVersionUsed"]


@pytest.mark.parametrize("codec", ["utf-8", "utf-16"])
@pytest.mark.parametrize("identity", ARCHIVE)
@pytest.mark.parametrize(
    ("described", "wanted"),
    [
        ("", [(IPTC, WHOLE)]),
        (others("urn:x"), [("urn:x", []), (IPTC, WHOLE)]),
        (others(IPTC, KNOWN), [(IPTC, WHOLE)]),
        (others(IPTC), [(IPTC, [])]),  # a description without properties is somebody's riddle
    ],
)
def test_pdf_a_gets_a_description_and_stays_what_it_is(codec, identity, described, wanted):
    data = with_packet(archive_packet(identity, described).encode(codec))
    made = labelled(data, "a.pdf")
    packet = packet_by_pikepdf(made).decode(codec)
    assert identity in packet
    assert schemas(packet.removeprefix("\ufeff").encode()) == wanted
    assert b"/Filter" not in made[len(data) :]
    again = labelled(made, "a.pdf", EDITED)
    assert schemas(packet_by_pikepdf(again).decode(codec).removeprefix("\ufeff").encode()) == wanted


@pytest.mark.parametrize("identity", [ARCHIVE[0].replace("'2'", "'4'"), ""])
def test_others_get_no_description(identity):
    made = labelled(with_packet(archive_packet(identity).encode()), "a.pdf")
    assert schemas(packet_by_pikepdf(made)) == []


# --- EPUB ---------------------------------------------------------------------------------------

OPF = "{http://www.idpf.org/2007/opf}"
MEMBER = "https://schema.org/TrainedAlgorithmicMediaDigitalSource"


def package(data):
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        return opened.read("OEBPS/content.opf")


def metas(data):
    """Name, and value, of the elements in the metadata; by whatever attribute they are named."""
    root = ET.fromstring(package(data))  # noqa: S314 - was just written
    found = root.findall(f"{OPF}metadata/{OPF}meta")
    return [
        (one.get("name") or one.get("property"), one.get("content") or one.text) for one in found
    ]


@pytest.mark.parametrize("name", ["epub2", "epub3", "prefix", "streamed"])
def test_readers_of_epub_see_it(name):
    data, path = plain(f"epub/plain/{name}.epub")
    made = labelled(data, path)
    assert metas(made)[-3:] == [
        ("schema:digitalSourceType", MEMBER),
        ("AISystemUsed", MADE.system),
        ("AISystemVersionUsed", "2.1"),
    ]
    assert (b'property="schema:' in package(made)) is (b'version="2' not in package(data))
    again = metas(labelled(made, path, EDITED))
    assert [name for name, _ in again].count("schema:digitalSourceType") == 1
    assert ("AISystemUsed", "Other") in again
    assert not any(name == "AISystemVersionUsed" for name, _ in again)


@pytest.mark.parametrize("codec", ["utf-8", "utf-16"])
def test_other_forms_in_epub_are_read_and_give_way(codec):
    data, name = plain("epub/plain/epub3.epub")
    old = (
        f'<meta property="schema:digitalSourceType">{URI}digitalCapture</meta>'
        '<meta name="http://schema.org/digitalSourceType" content="x"/>'
        '<meta refines="#a" property="schema:digitalSourceType">kept</meta></metadata>'
    )
    text = package(data).decode().replace("</metadata>", old)
    text = text.replace('encoding="UTF-8"', f'encoding="{codec}"')
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w") as target:
        for member in source.infolist():
            changed = member.filename == "OEBPS/content.opf"
            target.writestr(member, text.encode(codec) if changed else source.read(member))
    assert stated(out.getvalue(), name) == [("digitalCapture", None)]
    made = labelled(out.getvalue(), name)
    assert stated(made, name)[:2] == STATED
    assert package(made).decode(codec).count("igitalSourceType") == 2
    assert ">kept<" in package(made).decode(codec)


# --- HTML ---------------------------------------------------------------------------------------


class Metas(HTMLParser):
    def __init__(self, page):
        super().__init__()
        self.found = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        if tag == "meta":
            self.found.append(dict(attrs))


@pytest.mark.parametrize("name", ["page.html", "fragment.html", "short.html", "xhtml.xhtml"])
def test_readers_of_html_see_it(name):
    data, _ = plain(f"html/plain/{name}")
    made = labelled(data, name)
    found = Metas(made.decode()).found
    assert {
        "name": "DigitalSourceType",
        "property": "schema:digitalSourceType",
        "content": MEMBER,
    } in found
    assert {"name": "AISystemUsed", "content": MADE.system} in found
    assert {"name": "AISystemVersionUsed", "content": "2.1"} in found


@pytest.mark.parametrize(
    "page",
    [
        '<head><meta property="schema:digitalSourceType" content="{}"><title>t</title>',
        "<meta charset=utf-8><meta content='{}' name=digitalsourcetype><p>",
        '<!doctype html>\n<head>\n <meta itemprop="digitalSourceType" content="{}">\n<p>',
        '<meta property="og:x" name="DigitalSourceType" content="{}">',
    ],
)
@pytest.mark.parametrize(
    "value", ["digitalCapture", "https://schema.org/DigitalCaptureDigitalSource"]
)
def test_other_forms_in_html_are_read_and_give_way(page, value):
    data = page.format(value).encode()
    assert stated(data, "a.html") == [("digitalCapture", None)]
    made = labelled(data, "a.html")
    assert stated(made, "a.html")[:2] == STATED
    assert len(re.findall(rb"(?i)name=\S?digitalsourcetype", made)) == 1
    assert b"apture" not in made


@pytest.mark.parametrize(
    "page",
    [
        '<p><meta itemprop="digitalSourceType" content="digitalCapture">',
        '<head><template><meta name="digitalSourceType" content="digitalCapture"></template>',
        '<head><link rel="x" href="digitalSourceType"><meta name="digitalSourceType">',
        '<head><meta name="x" content="digitalSourceType: digitalCapture">',
        '<head><meta name="AISystemUsed" content=" ">',
    ],
)
def test_what_is_not_about_the_page_is_no_origin_and_stays(page):
    assert stated(page.encode(), "a.html") == []
    assert page.removeprefix("<head>").encode() in labelled(page.encode(), "a.html", None)


def test_a_label_and_a_camera_contradict_one_another_in_html():
    page = b'<meta name="DigitalSourceType" content="digitalCapture"><p>x'
    report = aigc_label.check(labelled(page, "a.html", None), name="a.html", only="implicit")
    assert "implicit.contradicted" in [one.rule for one in report.findings]


@pytest.mark.parametrize("term", TERMS)
def test_every_term_is_written_as_schema_org_has_it(term):
    value = schema_origin.properties(Origin(source_type=term))["DigitalSourceType"]
    known = term not in ("computationalCapture", "humanEdits", "digitalCreation")
    assert value.startswith("https://schema.org/" if known else URI)
    assert term.lower() in value.lower()
