from __future__ import annotations

import html
import json
import subprocess
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aigc_label.carriers import record, xmp
from aigc_label.errors import CannotCarry
from aigc_label.model import FIELDS, FoundLabel, ImplicitLabel, Signal

LABEL = ImplicitLabel(
    content_producer="某公司 & <Söhne>",
    produce_id="42]]>",
    reserved_code1='{"SecurityData":{"Type":"TC260PG"}}',
)
OTHER = ImplicitLabel(content_producer="doubao", produce_id="1")
BARE = record.dump(OTHER)
QUOTED = html.escape(BARE)
RDF = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
TC = f'xmlns:TC260="{xmp.NAMESPACE}"'
ADOBE = 'xmlns:AIGC="http://ns.adobe.com/AIGC/1.0/"'
DC = 'xmlns:dc="http://purl.org/dc/elements/1.1/"'
EXIF = 'xmlns:exif="http://ns.adobe.com/exif/1.0/"'
TERMS = "://cv.iptc.org/newscodes/digitalsourcetype/"
COMPOSITE = "compositeWithTrainedAlgorithmicMedia"
PROPERTY = f"{{{xmp.NAMESPACE}}}AIGC"


def packet(inner: str = "", attributes: str = "", *, tail: str = '<?xpacket end="w"?>') -> bytes:
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><!-- kept -->'
        f"<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF {RDF}>"
        f'<rdf:Description  rdf:about="uuid:7" {attributes}>{inner}</rdf:Description>'
        f"</rdf:RDF></x:xmpmeta>{tail}"
    ).encode()


def element(text: str, *, prefix: str = "TC260", uri: str = xmp.NAMESPACE) -> bytes:
    return packet(f"<{prefix}:AIGC>{text}</{prefix}:AIGC>", f'xmlns:{prefix}="{uri}"')


def alternatives(name: str, *texts: str) -> str:
    items = "".join(f'<rdf:li xml:lang="x-{i}">{t}</rdf:li>' for i, t in enumerate(texts))
    return f"<{name}><rdf:Alt>{items}</rdf:Alt></{name}>"


def seen(data: bytes) -> list[FoundLabel]:
    found = xmp.observe(data, carrier="png.xmp", home=True, offset=7)
    return [one for one in found if isinstance(one, FoundLabel)]


def signals(data: bytes) -> list[Signal]:
    found = xmp.observe(data, carrier="png.xmp", home=True, offset=7)
    return [one for one in found if isinstance(one, Signal)]


def values_of_property(data: bytes) -> list[str]:
    """What a namespace-aware foreign parser sees."""
    codec = "utf-8"
    if b"\x00" in data[:4]:
        codec = "utf-16-be" if data[:2] in (b"\xfe\xff", b"\x00<") else "utf-16-le"
    root = ET.fromstring(data.decode(codec).strip("\x00\n \ufeff"))  # noqa: S314 - our own packets
    found = [node.text or "" for node in root.iter(PROPERTY)]
    return found + [node.attrib[PROPERTY] for node in root.iter() if PROPERTY in node.attrib]


SPLIT = {**OTHER.fields, "PropatorID": OTHER.fields["PropagateID"]}
SPLIT.pop("PropagateID")

SHAPES = {
    "element": (element(BARE), ()),
    "element-entities": (element(QUOTED), ()),
    "cdata": (element(f"<![CDATA[{BARE}]]>"), ()),
    "escaped-twice": (element(html.escape(QUOTED)), ("entity-escaped",)),
    "any-prefix": (element(BARE, prefix="t"), ()),
    "wrapped": (element(record.dump_wrapped(OTHER)), ("wrapped",)),
    "json-string": (element(html.escape(json.dumps(BARE))), ("double-encoded",)),
    "attribute": (packet("", f'{TC} TC260:AIGC="{QUOTED}"'), ()),
    "attribute-single": (packet("", f"{TC} TC260:AIGC='{BARE}'"), ()),
    "adobe": (packet("", f'{ADOBE} AIGC:AIGC="{QUOTED}"'), ("xmp-namespace",)),
    "lower-case": (packet(f"<TC260:aigc>{BARE}</TC260:aigc>", TC), ("lower-case-key",)),
    "nested": (element(f"<TC260:AIGC>{BARE}</TC260:AIGC>"), ("nested",)),
    "alternatives": (packet(alternatives("TC260:AIGC", BARE), TC), ()),
    "split": (
        packet("".join(f"<TC260:{k}>{v}</TC260:{k}>" for k, v in SPLIT.items()), TC),
        ("key-spelling", "split-properties"),
    ),
    "split-attributes": (
        packet("", TC + "".join(f' TC260:{k}="{v}"' for k, v in OTHER.fields.items())),
        ("split-properties",),
    ),
    "split-elsewhere": (
        packet("", "xmlns:a='urn:a'" + "".join(f' a:{k}="{v}"' for k, v in OTHER.fields.items())),
        ("xmp-namespace", "split-properties"),
    ),
    "resource": (
        packet(
            '<TC260:AIGC rdf:parseType="Resource">'
            + "".join(f"<TC260:{k}>{v}</TC260:{k}>" for k, v in OTHER.fields.items())
            + "</TC260:AIGC>",
            TC,
        ),
        ("split-properties",),
    ),
    "resource-attributes": (
        packet(
            "<TC260:AIGC" + "".join(f' TC260:{k}="{v}"' for k, v in OTHER.fields.items()) + "/>",
            TC,
        ),
        ("split-properties",),
    ),
    "attribute-within": (packet(f'<TC260:AIGC TC260:AIGC="{QUOTED}"/>', TC), ()),
    "doubao": (
        b'<?xml version="1.0" encoding="UTF-8"?>' + element(QUOTED).replace(b'd"?>', b'd"??>', 1),
        (),
    ),
    "byte-order-mark": (b"\xef\xbb\xbf" + element(BARE), ()),
    "utf-16-le": (b"\xff\xfe" + element(BARE).decode().encode("utf-16-le"), ()),
    "utf-16-be": (b"\xfe\xff" + element(BARE).decode().encode("utf-16-be"), ()),
    "utf-16-unmarked": (element(BARE).decode().encode("utf-16-le"), ()),
    "utf-16-unmarked-be": (element(BARE).decode().encode("utf-16-be"), ()),
    "trailing-nul": (element(BARE) + bytes(5), ()),
    "self-closed-root": (
        f'<rdf:Description {RDF} {TC} TC260:AIGC="{QUOTED}"/>'.encode(),
        (),
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_is_read(shape):
    data, quirks = SHAPES[shape]
    (found,) = seen(data)
    assert found.fields == OTHER.fields
    assert found.quirks == quirks
    assert (found.carrier, found.home, found.offset) == ("png.xmp", True, 7)
    assert xmp.holds_label(data)


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (packet(alternatives("dc:description", record.dump_wrapped(OTHER)), DC), "description"),
        (packet(alternatives("exif:UserComment", BARE), EXIF), "usercomment"),
        (packet("", f'{EXIF} exif:UserComment="{QUOTED}"'), "usercomment"),
        (packet(f"<dc:source>{BARE}</dc:source>", DC), "source"),
    ],
    ids=["description", "comment", "comment-attribute", "plain-element"],
)
def test_a_copy_in_another_property_is_not_at_home(data, place):
    (found,) = seen(data)
    assert found.fields == OTHER.fields
    assert (found.carrier, found.home) == (f"png.xmp.{place}", False)
    assert xmp.without_label(data) is not None


def test_no_place_is_home_where_the_format_says_so():
    (found,) = xmp.observe(element(BARE), carrier="x", home=False, offset=None)
    assert not found.home


@pytest.mark.parametrize(
    "data",
    [
        b"",
        packet(),
        packet("", TC),
        element(""),
        element("AI generated"),
        element('{"other": 1}'),
        packet("<dc:x>The property AIGC holds {Label, ProduceID}</dc:x>", DC),
        packet("<dc:x>{&quot;AIGC&quot;: {&quot;ServiceProvider&quot;: 1}}</dc:x>", DC),
        packet("<a:AIGC xmlns:a='urn:a'>words</a:AIGC>"),
        packet("<TC260:Note>AIGC</TC260:Note>", TC),
        b"AIGC is not XML",
        b"\xff\xfe" + element(BARE)[:51],
        bytes(4) + b"AIGC",
    ],
)
def test_silence_where_there_is_no_label(data):
    assert seen(data) == []
    assert not xmp.holds_label(data)
    assert xmp.without_label(data) is None


@pytest.mark.parametrize(
    "data",
    [
        element(BARE).replace(b"</x:xmpmeta>", b""),
        element(BARE)[:-150],
        element(QUOTED).replace(b"<rdf:RDF", b"<rdf:RDF rdf:RDF rdf:RDF"),
        b"<!DOCTYPE x []>" + element(BARE),
        packet("", f'{TC} TC260:AIGC="{QUOTED}" & '),
    ],
    ids=["unclosed", "cut", "bad-attribute", "doctype", "stray-entity"],
)
def test_damaged_packets_still_show_their_label(data):
    (found,) = seen(data)
    assert found.fields["ProduceID"] == "1"
    assert "malformed-xml" in found.quirks
    for write in (lambda: xmp.updated(data, LABEL), lambda: xmp.without_label(data)):
        with pytest.raises(CannotCarry, match="damaged"):
            write()


def test_a_new_packet():
    new = xmp.updated(None, LABEL)
    assert [json.loads(value) for value in values_of_property(new)] == [LABEL.fields]
    assert new.startswith(b'<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>')
    assert new.endswith(b'<?xpacket end="w"?>')
    assert b'<TC260:AIGC>{"Label":"1"' in new
    assert xmp.updated(b"\x00 \n", LABEL) == new


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_is_replaced_by_one_label(shape):
    data, _ = SHAPES[shape]
    if shape == "self-closed-root":
        with pytest.raises(CannotCarry, match="no rdf:RDF"):
            xmp.updated(data, LABEL)
        return
    new = xmp.updated(data, LABEL)
    (found,) = seen(new)
    assert found.fields == LABEL.fields
    assert found.quirks == ()
    assert xmp.updated(new, LABEL) == new
    assert len(values_of_property(new)) == 1
    assert new.count(b'rdf:about="uuid:7"') == new.count(b"rdf:about")


@pytest.mark.parametrize("shape", SHAPES)
def test_a_packet_without_its_label(shape):
    data, _ = SHAPES[shape]
    bare = xmp.without_label(data)
    assert bare is not None
    assert not xmp.holds_label(bare)
    assert values_of_property(bare) == []
    assert xmp.without_label(bare) is None


def test_all_other_bytes_stay():
    around = element("@").decode()
    new = xmp.updated(around.replace("@", QUOTED).encode(), LABEL).decode()
    assert new == around.replace("@", html.escape(record.dump(LABEL), quote=False))


def test_an_added_description_is_the_only_change():
    data = packet("<dc:title>x</dc:title>", DC)
    new = xmp.updated(data, LABEL)
    at = data.index(b"</rdf:RDF>")
    assert new.startswith(data[:at])
    assert new.endswith(data[at:])


def test_copies_and_duplicates_are_taken_out():
    data = packet(
        f"<TC260:AIGC>{BARE}</TC260:AIGC><dc:title>kept</dc:title>"
        + alternatives("dc:description", record.dump_wrapped(OTHER), "kept too")
        + f"</rdf:Description><rdf:Description rdf:about='uuid:7' AIGC:AIGC=\"{QUOTED}\">"
        + f"<TC260:AIGC>{BARE}</TC260:AIGC>",
        f"{DC} {EXIF} xmlns:o='urn:o' o:AIGC='{BARE}' exif:UserComment='{BARE}' o:k='v'",
    ).replace(f"<rdf:RDF {RDF}".encode(), f"<rdf:RDF {RDF} {TC} {ADOBE}".encode())
    assert len(seen(data)) == 6
    new = xmp.updated(data, LABEL)
    (found,) = seen(new)
    assert found.fields == LABEL.fields
    assert b"<dc:title>kept</dc:title>" in new
    assert b'<rdf:li xml:lang="x-0"></rdf:li><rdf:li xml:lang="x-1">kept too</rdf:li>' in new
    assert b"o:k='v'" in new


@pytest.mark.parametrize(
    ("old", "parts"),
    [
        (f"<rdf:RDF {RDF}/>", ("</rdf:RDF>",)),
        (f"<rdf:RDF {RDF}></rdf:RDF>", ('about=""',)),
        (f"<x:x xmlns:x='adobe:ns:meta/'><rdf:RDF {RDF}/></x:x>", ("</rdf:RDF></x:x>",)),
        (f"<r:RDF {RDF.replace('rdf=', 'r=')}/>", ("<r:Description r:about", "</r:RDF>")),
        (f"<RDF {RDF.replace(':rdf', '')}/>", ("xmlns:rdf=", "</RDF>")),
        (
            f"<rdf:RDF {RDF}><rdf:Description about='a&amp;b'/></rdf:RDF>",
            ("rdf:about='a&amp;b'",),
        ),
        (f"<rdf:RDF {RDF}><rdf:Description ID='x'/></rdf:RDF>", ('about=""',)),
        (f"<rdf:RDF {RDF}><rdf:Description/><rdf:Description rdf:about='q'/></rdf:RDF>", ("'q'",)),
    ],
)
def test_the_description_suits_the_packet(old, parts):
    new = xmp.updated(old.encode(), LABEL)
    assert [json.loads(value) for value in values_of_property(new)] == [LABEL.fields]
    for part in parts:
        assert part in new.decode()


def test_padding_makes_room_and_is_given_back():
    data = packet(tail="\n" + " " * 2000 + "\n<?xpacket end='w'?>")
    first = xmp.updated(data, LABEL)
    assert len(first) == len(data)
    assert len(xmp.updated(first, OTHER)) == len(data)
    assert xmp.updated(xmp.updated(first, OTHER), LABEL) == first


def test_padding_that_does_not_suffice_is_used_up():
    data = packet(tail="\n" + " " * 20 + "\n<?xpacket end='w'?>")
    new = xmp.updated(data, LABEL)
    assert new.endswith(b"</x:xmpmeta>\n<?xpacket end='w'?>")


def test_a_limit_takes_the_padding_first():
    data = packet(tail="\n" + " " * 2000 + "\n<?xpacket end='w'?>" + " " * 10)
    need = len(xmp.updated(packet(tail="\n<?xpacket end='w'?>"), LABEL))
    assert len(xmp.updated(data, LABEL, limit=need)) <= need
    assert seen(xmp.updated(data, LABEL, limit=need))[0].fields == LABEL.fields
    with pytest.raises(CannotCarry, match="fit here"):
        xmp.updated(data, LABEL, limit=need - 1)


@pytest.mark.parametrize(
    ("inner", "scheme", "detail", "generator"),
    [
        (
            f"<i:DigitalSourceType>http{TERMS}trainedAlgorithmicMedia</i:DigitalSourceType>",
            "iptc",
            "trainedAlgorithmicMedia",
            None,
        ),
        (
            f'<i:DigitalSourceType rdf:resource="https{TERMS}{COMPOSITE}"/>',
            "iptc",
            COMPOSITE,
            None,
        ),
        (
            "<i:DigitalSourceFileType>TrainedAlgorithmicMedia</i:DigitalSourceFileType>",
            "iptc",
            "trainedAlgorithmicMedia",
            None,
        ),
        (
            "<i:DigitalSourceType>Composite including synthetic elements</i:DigitalSourceType>",
            "iptc",
            "composite including synthetic elements",
            None,
        ),
        (
            "<p:Credit>Made with Google AI</p:Credit>",
            "vendor",
            "Made with Google AI",
            "Google AI",
        ),
        ("<p:Credit>AI Generated</p:Credit>", "vendor", "AI Generated", None),
        (
            "<p:CreatorTool>Adobe Firefly 3</p:CreatorTool>",
            "vendor",
            "Adobe Firefly 3",
            "Adobe Firefly",
        ),
        (
            alternatives("p:description", '{"AIGC":{"ServiceProvider":"腾讯云"}}'),
            "vendor",
            "ServiceProvider object",
            "腾讯云",
        ),
        (
            alternatives("p:description", "a cat --v 5.2 Job ID: 3f2504e0-4f89-11d3"),
            "vendor",
            "Job ID in the description",
            "Midjourney",
        ),
    ],
)
def test_other_statements_are_signals(inner, scheme, detail, generator):
    data = packet(inner + inner, "xmlns:i='urn:i' xmlns:p='urn:p'")
    (signal,) = signals(data)
    assert signal == Signal(
        scheme=scheme, ai=True, detail=detail, generator=generator, carrier="png.xmp"
    )
    assert seen(data) == []


@pytest.mark.parametrize(
    "inner",
    [
        "<i:DigitalSourceType>generated</i:DigitalSourceType>",
        "<i:Credit>Jane Doe, no AI generator</i:Credit>",
        "<i:CreatorTool>Adobe Photoshop, not Firefly</i:CreatorTool>",
        "<i:Other>trainedAlgorithmicMedia in DigitalSourceType</i:Other>",
    ],
)
def test_what_is_no_statement_about_ai(inner):
    assert signals(packet(inner, "xmlns:i='urn:i'")) == []


@pytest.mark.parametrize("inner", ["digitalCapture", f"http{TERMS}minorHumanEdits"])
@pytest.mark.parametrize("beside", ["", "<i:AIGC>{}</i:AIGC>"])
def test_a_source_that_is_no_machine_is_stated_too(inner, beside):
    inside = f"<i:DigitalSourceType>{inner}</i:DigitalSourceType>{beside}"
    (signal,) = signals(packet(inside, "xmlns:i='urn:i'"))
    assert (signal.scheme, signal.ai) == ("iptc", False)


@pytest.mark.parametrize(
    ("term", "said"),
    [
        (b"trainedAlgorithmicMedia", [True]),
        (b"digitalCapture", [False]),
        (b"screenCapture", [None]),
    ],
)
def test_a_damaged_packet_still_states_its_source(term, said):
    data = b"<i:DigitalSourceType http://cv.iptc.org/newscodes/digitalsourcetype/" + term + b"'"
    assert [signal.ai for signal in signals(data)] == said


FIELD = st.text(
    st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff"), max_size=30
)


@given(st.builds(dict, **dict.fromkeys(FIELDS[3:], FIELD)), st.sampled_from(sorted(SHAPES)))
def test_any_label_reads_back_from_any_packet(fields, shape):
    label = ImplicitLabel.from_fields(
        {"Label": "1", "ContentProducer": "a", "ProduceID": "b", **fields}
    )
    data = None if shape == "self-closed-root" else SHAPES[shape][0]
    (found,) = seen(xmp.updated(data, label))
    assert found.fields == label.fields
    assert found.quirks == ()


@given(
    st.binary(max_size=120)
    | st.builds(
        lambda at, junk, shape: SHAPES[shape][0][: at % 600] + junk + SHAPES[shape][0][at % 600 :],
        st.integers(0, 600),
        st.binary(max_size=8),
        st.sampled_from(sorted(SHAPES)),
    )
)
def test_no_bytes_make_a_reader_raise(data):
    list(xmp.observe(data, carrier="x", home=True, offset=None))
    for write in (lambda: xmp.updated(data, LABEL), lambda: xmp.without_label(data)):
        try:
            new = write()
        except CannotCarry:
            continue
        assert new is None or isinstance(new, bytes)


@pytest.mark.foreign("exiftool")
def test_exiftool_reads_what_is_written(tmp_path):
    packets = {name: data for name, (data, _) in SHAPES.items() if name != "self-closed-root"}
    for name, data in {**packets, "new": None}.items():
        (tmp_path / f"{name}.xmp").write_bytes(xmp.updated(data, LABEL))
    command = ["exiftool", "-j", "-a", "-G1", "-b", "-XMP:all", "-warning", tmp_path]
    done = subprocess.run(command, capture_output=True, check=True)
    read = json.loads(done.stdout)
    assert len(read) == len(packets) + 1
    for tags in read:
        (value,) = [value for tag, value in tags.items() if tag.endswith(":Aigc")]
        assert json.loads(value) == LABEL.fields
        warning = tags.get("ExifTool:Warning", "Superfluous BOM at start of XMP")
        assert warning == "Superfluous BOM at start of XMP"  # three shapes begin with one


def test_an_attribute_that_is_both_a_copy_and_a_key_goes_once():
    data = packet("", f"{TC} TC260:Label='1' TC260:ProduceID='{record.dump_wrapped(OTHER)}' a='b'")
    new = xmp.updated(data, LABEL)
    assert [found.fields for found in seen(new)] == [LABEL.fields]
    assert f"{TC} a='b'>".encode() in new
    assert xmp.updated(new, LABEL) == new


def test_an_attribute_named_otherwise_in_another_name_space_stays():
    data = packet("", "xmlns:o='urn:o' o:aigc='yes'")
    assert b"o:aigc='yes'" in xmp.updated(data, LABEL)


def test_a_packet_full_of_near_labels_costs_little():
    tempting = (
        "<o:AIGC>"
        + "<o:a/>" * 100
        + "</o:AIGC><o:a o:b='{AIGC'>{AIGC</o:a><o:AIGC>{</o:AIGC>" * 5000
    )
    data = packet(f"<TC260:AIGC>{BARE}</TC260:AIGC>{tempting}", f"{TC} xmlns:o='urn:o'")
    assert len(seen(data)) == 1
    assert len(seen(packet(tempting, "xmlns:o='urn:o'"))) == 0
