"""IPTC's statement of origin in XMP: stated once, nothing else changed, nothing personal."""

from __future__ import annotations

import re
import subprocess

import pytest

import aigc_label
from aigc_label import ImplicitLabel
from aigc_label.carriers import xmp
from aigc_label.errors import InvalidLabel
from aigc_label.origin import Origin

ORIGIN = Origin(system="Pixel & Dream", version="2.1")
LABEL = ImplicitLabel(content_producer="Studio", produce_id="42", origin=ORIGIN)
URI = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
SPACE = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
PACKET = f"""<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF
 xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""
 xmlns:ext="{SPACE}" xmlns:dc="http://purl.org/dc/elements/1.1/" {{attributes}}
 dc:source="kept">{{elements}}</rdf:Description></rdf:RDF></x:xmpmeta>"""
OLD = [
    ("ext:DigitalSourceType='old' ext:AISystemUsed='old'", ""),
    ("", "<ext:DigitalSourceType>old</ext:DigitalSourceType>"),
    ("", "<ext:DigitalSourceType rdf:resource='old'/><ext:AISystemUsed>old</ext:AISystemUsed>"),
    ("ext:DigitalSourceType='old'", "<ext:DigitalSourceType>old</ext:DigitalSourceType>"),
    ("", ""),
]  # fmt: skip


def facts(packet: bytes) -> list[tuple[str, str | None]]:
    seen = xmp.observe(packet, carrier="x", home=True, offset=None)
    return [(one.detail, one.generator) for one in seen if isinstance(one, aigc_label.Signal)]


def test_a_new_packet_states_all_of_it():
    packet = xmp.updated(None, LABEL).decode()
    assert packet.count(SPACE) == 1
    assert f">{URI}</" in packet
    assert ">Pixel &amp; Dream</" in packet
    assert ">2.1</" in packet
    assert facts(packet.encode()) == [
        ("trainedAlgorithmicMedia", None),
        ("AISystemUsed", "Pixel & Dream"),
        ("AISystemVersionUsed 2.1", None),
    ]


@pytest.mark.parametrize(("attributes", "elements"), OLD)
@pytest.mark.parametrize("codec", ["utf-8", "utf-16"])
def test_it_replaces_what_stood_there_and_nothing_else(attributes, elements, codec):
    text = PACKET.format(attributes=attributes, elements=elements)
    made = xmp.updated(text.encode(codec), LABEL).decode(codec)
    assert len(re.findall("DigitalSourceType[ >=]", made)) == 1 + 1  # its two tags
    assert "old" not in made
    assert 'dc:source="kept"' in made
    assert xmp.updated(made.encode(codec), LABEL).decode(codec) == made


def test_what_nobody_states_anew_stays():
    text = PACKET.format(attributes="ext:AISystemUsed='theirs'", elements="")
    label = ImplicitLabel(content_producer="S", produce_id="1", origin=Origin(version="9"))
    made = xmp.updated(text.encode(), label)
    assert b"AISystemUsed='theirs'" in made
    assert b"AISystemVersionUsed" not in made
    plain = ImplicitLabel(content_producer="S", produce_id="1")
    assert b"DigitalSourceType" not in xmp.updated(text.encode(), plain)
    assert URI.encode() in xmp.updated(made, plain)


@pytest.mark.parametrize(
    ("origin", "term"),
    [
        (Origin(), "trainedAlgorithmicMedia"),
        (Origin(action="edited"), "compositeWithTrainedAlgorithmicMedia"),
        (Origin(source_type="compositeSynthetic"), "compositeSynthetic"),
    ],
)
def test_the_term(origin, term):
    assert origin.properties["DigitalSourceType"].endswith("/" + term)


@pytest.mark.parametrize(
    "wrong", [{"action": "made"}, {"source_type": "digitalArt"}, {"system": "a\nb"}]
)
def test_an_origin_that_cannot_be(wrong):
    with pytest.raises(InvalidLabel):
        Origin(**wrong)


def test_a_second_run_changes_nothing_and_a_new_version_does(corpus):
    for file in corpus:
        if not file.id.startswith(("jpeg/plain/r", "png/plain/r", "webp/plain/r", "gif/plain/r")):
            continue
        once = aigc_label.label(file.data, LABEL, name=file.path.name)
        assert not once.notes
        again = aigc_label.label(once.data, LABEL, name=file.path.name)
        assert (again.changed, again.data) == (False, once.data)
        newer = ImplicitLabel(
            content_producer="Studio", produce_id="42", origin=Origin(system="Pixel & Dream")
        )
        assert aigc_label.label(once.data, newer, name=file.path.name).changed


def test_where_no_place_is_known_it_is_said(corpus):
    file = next(file for file in corpus if file.id.startswith("markdown/plain/"))
    made = aigc_label.label(file.data, LABEL, name=file.path.name)
    assert any("origin is not stated" in note for note in made.notes)


@pytest.mark.foreign
@pytest.mark.parametrize("start", ["jpeg/plain/ffmpeg", "png/plain/", "heif/plain/libheif"])
def test_exiftool_reads_it(corpus, start, tmp_path):
    file = next(file for file in corpus if file.id.startswith(start))
    path = tmp_path / file.path.name
    path.write_bytes(aigc_label.label(file.data, LABEL, name=file.path.name).data)
    command = ["exiftool", "-s", "-s", "-n", "-XMP-iptcExt:all", "-validate", str(path)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert f"DigitalSourceType: {URI}" in said
    assert "AISystemUsed: Pixel & Dream" in said or "AISystemUsed" not in said  # exiftool < 13.40
