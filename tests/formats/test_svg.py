"""SVG: where metadata stands and goes, what is no metadata, encodings, and drawings of any size."""

from __future__ import annotations

import base64
import gzip
import io
import subprocess
import xml.etree.ElementTree as ET

import pytest

import aigc_label
from aigc_label import ImplicitLabel
from aigc_label.asset import open_asset
from aigc_label.containers import svg
from aigc_label.errors import CannotCarry, LimitExceeded, Malformed
from aigc_label.formats.svg import FORMAT
from aigc_label.model import FoundLabel, Signal

LABEL = ImplicitLabel(content_producer="灯塔 Studio", produce_id="a<b>&1")
NS = 'xmlns="http://www.w3.org/2000/svg"'
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
JSON = '{"Label":"1","ContentProducer":"x","ProduceID":"y"}'
PACKET = (
    f'<metadata><rdf:RDF xmlns:rdf="{RDF}"><rdf:Description rdf:about="" '
    f'xmlns:T="http://www.tc260.org.cn/ns/AIGC/1.0/"><T:AIGC>{JSON}</T:AIGC>'
    "</rdf:Description></rdf:RDF></metadata>"
)


@pytest.fixture(scope="module")
def files(corpus):
    return {f.id.removeprefix("svg/"): f for f in corpus if f.format == "svg"}


def drawing(*inner: str, before: str = "") -> bytes:
    return f"{before}<svg {NS}>{''.join(inner)}<g/></svg>".encode()


def written(data: bytes, label: ImplicitLabel = LABEL) -> bytes:
    out = io.BytesIO()
    with open_asset(data) as asset:
        FORMAT.plan(asset, label).apply(asset, out)
    return out.getvalue()


def labels(data: bytes) -> list[tuple[str, str]]:
    with open_asset(data) as asset:
        assert FORMAT.sniff(asset)
        found = [seen for seen in FORMAT.read(asset) if isinstance(seen, FoundLabel)]
    return [(seen.carrier, seen.fields["ProduceID"]) for seen in found]


def parts(data: bytes) -> list[svg.Part]:
    with open_asset(data) as asset:
        return svg.parts(svg.read(asset))


# --- what is claimed ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        b"<svg/>",
        b"\xef\xbb\xbf<svg width='1'></svg>",
        b"  \n<?xml version='1.0'?><!-- <html> --><!DOCTYPE svg [<!ENTITY a '>]'>]><svg></svg>",
        b"<draw:svg xmlns:draw='http://www.w3.org/2000/svg'/>",
        "<svg/>".encode("utf-16"),
        "<svg/>".encode("utf-16-be"),
        gzip.compress(b"<svg/>", mtime=0),
    ],
)
def test_drawings_are_claimed(data):
    with open_asset(data) as asset:
        assert svg.sniff(asset)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html><svg></svg></html>",
        b"<!DOCTYPE html><p><svg/>",
        b"<!-- <svg> -->",
        b"<svgfoo/>",
        b"<!DOCTYPE svg [ ",
        b"a <svg/>",
        b"</svg >",
        gzip.compress(b"words about <svg />", mtime=0),
        b"\x1f\x8b\x08\x00broken",
        b"<?xml version='1.0'",
        b"<\x00",
        b"<a&b:svg/>",
        b"<xmlns:svg/>",
    ],
)
def test_other_files_are_not(data):
    with open_asset(data) as asset:
        assert not svg.sniff(asset)


# --- where it goes ------------------------------------------------------------------------------


def test_new_metadata_goes_behind_title_and_description():
    made = written(drawing("<title>A <b>x</b></title><!-- and -->", "<desc/>", "<rect/>"))
    assert b"<desc/>\n<metadata><rdf:RDF" in made
    assert made.endswith(b"</metadata><rect/><g/></svg>")
    assert labels(made) == [("svg.xmp", "a<b>&1")]


def test_new_metadata_goes_behind_the_roots_tag():
    assert written(drawing("<rect/>")).startswith(f"<svg {NS}>\n<metadata>".encode())


def test_a_root_that_is_closed_at_once_is_opened():
    made = written(b"<s:svg xmlns:s='http://www.w3.org/2000/svg' />")
    assert made.startswith(b"<s:svg xmlns:s='http://www.w3.org/2000/svg' >\n<s:metadata>")
    assert made.endswith(b"</s:metadata>\n</s:svg>")
    assert len(list(ET.fromstring(made))) == 1  # noqa: S314 - made here


def test_the_label_joins_the_rdf_of_an_editor(files):
    made = written(files["plain/inkscape.svg"].data)
    assert made.count(b"<metadata") == made.count(b"<rdf:RDF") == 1
    assert "<dc:title>灯塔</dc:title>".encode() in made


def test_metadata_of_other_kinds_gets_a_neighbour(files):
    for name in ("potrace", "illustrator"):
        made = written(files[f"plain/{name}.svg"].data)
        assert made.count(b"<metadata>") == 2
        assert labels(made) == [("svg.xmp", "a<b>&1")]


def test_rdf_that_cannot_be_parsed_is_left_alone():
    data = drawing(f"<metadata><r:RDF xmlns:r='{RDF}'>&unknown;</r:RDF></metadata>")
    made = written(data)
    assert b"&unknown;" in made
    assert made.count(b"<metadata>") == 2


def test_a_label_in_rdf_that_cannot_be_parsed_is_not_overwritten():
    with pytest.raises(CannotCarry, match="damaged"):
        written(drawing(PACKET.replace("</rdf:Description>", "")))


@pytest.mark.foreign("rsvg-convert")
def test_the_drawing_looks_the_same(files, tmp_path):
    for file in files.values():
        if file.kind != "plain":
            continue
        pictures = []
        for name, data in (("before", file.data), ("after", written(file.data))):
            source = tmp_path / f"{name}.svg"
            source.write_bytes(data)
            command = ["rsvg-convert", "--zoom", "2", source]
            pictures.append(subprocess.run(command, capture_output=True, check=True).stdout)
        assert pictures[0] == pictures[1], file.id


# --- what is read -------------------------------------------------------------------------------


def test_comments_in_metadata_belong_to_it():
    assert len(parts(drawing(f"<metadata><!-- AIGC: {JSON} --></metadata>"))) == 1


def test_prefixes_are_taken_from_all_elements_around():
    inner = PACKET.replace(f' xmlns:rdf="{RDF}"', "")
    data = f"<svg {NS} xmlns:rdf='wrong'><g xmlns:rdf='{RDF}'>{inner}</g></svg>".encode()
    assert labels(data) == [("svg.metadata", "y")]


def test_words_beside_a_packet_are_not_the_packet():
    data = drawing(f"<metadata><note>AIGC{JSON}</note><r:RDF xmlns:r='{RDF}'/></metadata>")
    assert labels(data) == [("svg.metadata", "y")]
    assert labels(written(data)) == [("svg.xmp", "a<b>&1")]


def test_a_label_is_not_sought_more_often_than_enough():
    with pytest.raises(LimitExceeded, match="64"):
        labels(drawing(*["<metadata>AIGC</metadata>"] * 65))
    assert labels(drawing(*["<metadata>words</metadata>"] * 9_000, PACKET)) == [("svg.xmp", "y")]


@pytest.mark.parametrize("store", ["!!!", "QUJD", ""])
def test_what_is_no_manifest_says_nothing(store):
    data = drawing(f"<metadata><c2pa:manifest xmlns:c2pa='c'>{store}</c2pa:manifest></metadata>")
    with open_asset(data) as asset:
        assert list(FORMAT.read(asset)) == []


def test_a_manifest_longer_than_what_is_read_is_still_seen(files):
    text = files["signals/c2pa.svg"].data.decode()
    start = text.index(">", text.index("<c2pa:manifest")) + 1
    store = base64.b64decode(text[start : text.index("<", start)]) + bytes(600_000)
    more = base64.encodebytes(store).decode()
    data = (text[:start] + more + text[text.index("<", start) :]).encode()
    for size in (0, 1 << 20):
        with open_asset(data.replace(b"</svg>", b" " * size + b"</svg>")) as asset:
            (seen,) = FORMAT.read(asset)
        assert isinstance(seen, Signal)
        assert (seen.scheme, seen.generator) == ("c2pa", "ChatGPT")


# --- encodings ----------------------------------------------------------------------------------


@pytest.mark.parametrize("codec", ["gb2312", "GB18030", "iso-8859-1", "windows-1251", "Shift_JIS"])
def test_another_encoding_is_kept(codec):
    declared = f'<?xml version="1.0" encoding="{codec}"?>'
    first = written(declared.encode() + drawing())
    second = written(first, ImplicitLabel(content_producer="é", produce_id="2"))
    for made, name in ((first, "灯塔 Studio"), (second, "é")):
        assert made.startswith(declared.encode())
        text = made.decode(codec).removeprefix(declared)
        assert name in "".join(ET.fromstring(text).itertext())  # noqa: S314 - made here
        with open_asset(made) as asset:
            (seen,) = FORMAT.read(asset)
        assert seen.fields["ContentProducer"] == name


def test_metadata_that_is_not_in_its_encoding_is_not_edited():
    data = drawing(PACKET, before='<?xml version="1.0" encoding="gbk"?>')
    with pytest.raises(CannotCarry, match="gbk"):
        written(data.replace(b'"y"', b'"\xff"'))


@pytest.mark.parametrize("codec", ["hz", "iso-2022-jp", "utf-7", "zlib", "rot13", "nothing"])
def test_encodings_that_hide_tags_are_refused(codec):
    data = drawing(PACKET, before=f"<?xml version='1.0' encoding='{codec}'?>")
    assert labels(data) == [("svg.xmp", "y")]
    with pytest.raises(CannotCarry, match="UTF-8"):
        written(data)


def test_a_compressed_drawing_in_utf16_is_read():
    data = gzip.compress(drawing(PACKET).decode().encode("utf-16"))
    assert labels(data) == [("svg.xmp", "y")]
    with pytest.raises(CannotCarry, match="gunzip"):
        written(data)


def test_a_long_compressed_drawing_is_not_passed():
    data = gzip.compress(drawing("<path/>" * 200_000))
    with pytest.raises(LimitExceeded, match="gzip"):
        labels(data)
    report = aigc_label.check(data, only="implicit")
    assert {f.rule: f.kind for f in report.findings}["implicit.missing"] == "open"


# --- large drawings -----------------------------------------------------------------------------

LONG = "<path d='M0 0'/>" * 100_000


@pytest.mark.parametrize(
    ("before", "behind"),
    [
        ("", ""),
        ("<style><![CDATA[" + "<metadata>a < b" * 9_000 + "]]></style>", ""),
        ("<!-- " + "<metadata> ' " * 9_000 + "-->", "<!-- <metadata> -->"),
        ("<g>", "</g>"),
    ],
)
def test_the_end_of_a_long_drawing_is_looked_at(before, behind):
    data = drawing(LONG, before, PACKET, behind)
    nested = before == "<g>"
    assert labels(data) == [("svg.metadata" if nested else "svg.xmp", "y")]
    made = written(data)
    assert labels(made) == [("svg.xmp", "a<b>&1")]
    assert made.count(b"</T:AIGC>") == 0


def test_what_is_open_where_the_end_begins_misleads_nobody():
    quoted = f"<!-- {'x' * 70_000} {PACKET} -->"
    assert labels(drawing(LONG, quoted)) == []


def test_an_end_that_is_not_sound_is_passed_over():
    data = drawing(LONG, PACKET, "<a b=<c>")
    assert labels(data) == []


def test_the_beginning_of_a_long_drawing_is_looked_at():
    data = drawing(PACKET, LONG)
    assert labels(written(data)) == labels(written(drawing(LONG))) == [("svg.xmp", "a<b>&1")]


def test_few_bytes_are_read_of_a_long_drawing():
    with open_asset(drawing(LONG)) as asset:
        list(FORMAT.read(asset))
        assert asset.bytes_read <= 256 << 10


# --- structure ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        drawing()[:-3],
        f"<svg {NS}><g>AIGC".encode(),
        b"<svg width=",
        drawing("AIGC <!-- "),
        drawing("AIGC <a <b>"),
        drawing("AIGC <![CDATA["),
        b"<!DOCTYPE svg [ <!-- ' --> <?x '?> ]><svg>AIGC<!DOCTYPE svg ['</svg>",
    ],
)
def test_broken_drawings_are_malformed(data):
    with open_asset(data) as asset, pytest.raises(Malformed):
        list(FORMAT.read(asset))


def test_elements_that_nest_too_deep_are_refused():
    with open_asset(drawing("<g>" * 600 + "AIGC")) as asset, pytest.raises(LimitExceeded):
        list(FORMAT.read(asset))


def test_closing_more_than_was_opened_is_borne():
    assert labels(b"<svg></g></g>" + drawing(PACKET)[5:]) == [("svg.metadata", "y")]


@pytest.mark.parametrize(
    "declared",
    [
        "xmlns:a='a\x01b'",
        "xmlns:a='&unknown;'",
        "xmlns:a=''",
        "xmlns:é='e'",
        "xmlns:xml='http://www.w3.org/XML/1998/namespace'",
        "xmlns:a='http://www.w3.org/2000/xmlns/'",
        "xmlns:a='灯'",
    ],
)
def test_odd_declarations_at_the_root_do_no_harm(declared):
    data = f"<svg {NS} {declared}></svg>".encode()
    assert labels(written(data)) == [("svg.xmp", "a<b>&1")]


def test_a_prefix_that_lost_its_declaration_does_no_harm():
    assert labels(written(b"<s:svg xmlns:s='\x01'/>")) == [("svg.xmp", "a<b>&1")]


def test_many_declarations_are_not_repeated_for_every_part():
    declared = "".join(f" xmlns:b{n}='{n}'" for n in range(20_000))
    found = parts(f"<svg{declared}>{'<metadata>x</metadata>' * 10_000}</svg>".encode())
    assert len(found) == 10_000
    assert max(len(part.scope) for part in found) == 64
