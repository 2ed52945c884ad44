from __future__ import annotations

import io
import json
import struct
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import piexif
import pytest
from PIL import Image

from aigc_label.asset import open_asset
from aigc_label.carriers import record, xmp
from aigc_label.containers import jpeg
from aigc_label.edits import EditPlan, Span, Splice
from aigc_label.errors import CannotCarry, Malformed
from aigc_label.formats.jpeg import FORMAT
from aigc_label.model import FoundLabel, ImplicitLabel, Signal

LABEL = ImplicitLabel(content_producer="某公司", produce_id="新-2")
OTHER = ImplicitLabel(content_producer="doubao", produce_id="1")
BARE, WRAPPED = record.dump(OTHER), record.dump_wrapped(OTHER)
IMAGE = Image.effect_noise((64, 64), 80).convert("RGB")
RDF = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
TITLED = (
    f"<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF {RDF}>"
    "<rdf:Description rdf:about='' xmlns:p='urn:p' p:title='kept'/></rdf:RDF></x:xmpmeta>"
).encode()
LABELLED = xmp.updated(TITLED, OTHER)
NOTE = bytes(range(200))


def app1(packet: bytes) -> bytes:
    return jpeg.segment(jpeg.APP1, jpeg.XMP + packet)


def exif(**values: bytes) -> bytes:
    zeroth = {0x010F: b"Canon"} | (
        {0x010E: values["description"]} if "description" in values else {}
    )
    inner = {0x927C: NOTE} | ({0x9286: values["comment"]} if "comment" in values else {})
    return jpeg.segment(jpeg.APP1, piexif.dump({"0th": zeroth, "Exif": inner}))


def plain(*segments: bytes) -> bytes:
    out = io.BytesIO()
    IMAGE.save(out, "jpeg", comment=b"kept")
    data = out.getvalue()
    return data[:20] + b"".join(segments) + data[20:]  # behind JFIF


def seen(data: bytes) -> list[FoundLabel]:
    return [one for one in FORMAT.read(open_asset(data)) if isinstance(one, FoundLabel)]


def signals(data: bytes) -> list[Signal]:
    return [one for one in FORMAT.read(open_asset(data)) if isinstance(one, Signal)]


def edited(data: bytes, plan: EditPlan) -> bytes:
    out = io.BytesIO()
    plan.apply(open_asset(data), out)
    return out.getvalue()


def planned(data: bytes, label: ImplicitLabel = LABEL) -> bytes:
    return edited(data, FORMAT.plan(open_asset(data), label))


ASCII = b"ASCII\x00\x00\x00"
PLACES = {
    "xmp": ("jpeg.xmp", True, plain(app1(LABELLED))),
    "exif": ("jpeg.exif", True, plain(exif(comment=ASCII + WRAPPED.encode()))),
    "exif-description": (
        "jpeg.exif.imagedescription",
        False,
        plain(exif(description=WRAPPED.encode())),
    ),
    "app": ("jpeg.app", False, plain(jpeg.segment(0xE9, b"AIGC" + BARE.encode()))),
    "app-nul": ("jpeg.app", False, plain(jpeg.segment(0xEB, b"AIGC\x00" + BARE.encode()))),
    "app-lower": ("jpeg.app", False, plain(jpeg.segment(0xE9, b"aigc" + BARE.encode() + b"\x00"))),
    "app-among": (
        "jpeg.app",
        False,
        plain(jpeg.segment(0xE3, b"Vendor\x00AIGC" + BARE.encode() + b"and more")),
    ),
    "app1": ("jpeg.app", False, plain(jpeg.segment(0xE1, b"AIGC" + BARE.encode()))),
    "com": ("jpeg.com", False, plain(jpeg.segment(0xFE, WRAPPED.encode()))),
    "com-bare": ("jpeg.com", False, plain(jpeg.segment(0xFE, BARE.encode()))),
}


@pytest.mark.parametrize("place", PLACES)
def test_every_place_is_read_and_replaced(place):
    carrier, home, data = PLACES[place]
    (found,) = seen(data)
    assert (found.carrier, found.home, found.fields) == (carrier, home, OTHER.fields)
    assert data[found.offset] == 0xFF
    new = planned(data)
    assert seen(new) == [
        FoundLabel(carrier="jpeg.xmp", fields=LABEL.fields, home=True, offset=seen(new)[0].offset)
    ]
    assert planned(new) == new


@pytest.mark.parametrize("place", PLACES)
def test_pixels_and_other_metadata_stay(place):
    data = PLACES[place][2]
    new = planned(data)
    with Image.open(io.BytesIO(new)) as image, Image.open(io.BytesIO(data)) as old:
        assert image.tobytes() == old.tobytes()
        assert image.info["comment"] == b"kept"
        assert image.info["jfif_version"] == (1, 1)
        if "exif" in place:
            assert image.getexif()[0x010F] == "Canon"
            assert piexif.load(new)["Exif"][0x927C] == NOTE
    if place == "xmp":
        assert b"p:title='kept'" in new
    assert (b"Vendor" in new and b"and more" in new) == (place == "app-among")


def test_all_places_at_once_leave_one():
    data = plain(
        app1(LABELLED),
        exif(comment=ASCII + WRAPPED.encode(), description=WRAPPED.encode()),
        app1(LABELLED.replace(b"kept", b"second")),
        jpeg.segment(0xE9, b"AIGC" + BARE.encode()),
        jpeg.segment(0xFE, WRAPPED.encode()),
    )
    assert len(seen(data)) == 6
    new = planned(data)
    (found,) = seen(new)
    assert (found.carrier, found.fields) == ("jpeg.xmp", LABEL.fields)
    assert b"p:title='second'" in new
    markers = [s.marker for s in jpeg.segments(open_asset(new))]
    assert markers[:4] == [0xE0, 0xE1, 0xE1, 0xE1]
    assert 0xE9 not in markers
    assert markers.count(0xFE) == 1


@pytest.mark.parametrize(
    ("segments", "place"),
    [((), 20), ((exif(),), 20 + len(exif())), ((jpeg.segment(0xE2, b"x"),), 20)],
)
def test_a_new_packet_goes_behind_jfif_and_exif_and_changes_nothing_else(segments, place):
    data = plain(*segments)
    new = planned(data)
    grown = len(new) - len(data)
    assert new[:place] == data[:place]
    assert new[place + grown :] == data[place:]
    assert seen(new)[0].offset == place


def test_a_full_segment_gives_up_its_padding():
    room = jpeg.LONGEST_SEGMENT - len(jpeg.XMP)
    tail = b"<?xpacket end='w'?>"
    padded = TITLED + b" " * (room - len(TITLED) - len(tail)) + tail
    (found,) = seen(planned(plain(app1(padded))))
    assert found.fields == LABEL.fields
    full = TITLED.replace(b"kept", b"k" * (room - len(TITLED) - 20))
    with pytest.raises(CannotCarry, match="fit here"):
        planned(plain(app1(full)))


def test_a_label_that_no_segment_holds_is_refused():
    large = ImplicitLabel(content_producer="p" * 16000, produce_id="号" * 16000)
    with pytest.raises(CannotCarry, match="fit here"):
        planned(plain(), large)


def test_a_damaged_packet_is_not_thrown_away():
    for data in (plain(app1(TITLED[:-8])), plain(app1(LABELLED), app1(LABELLED[:-14]))):
        with pytest.raises(CannotCarry, match="damaged"):
            planned(data)


@pytest.mark.parametrize("cut", [2, 3, 400])
def test_a_truncated_picture_shows_its_label_and_is_not_written(cut):
    data = plain(app1(LABELLED))[:-cut]
    found = []
    with pytest.raises(Malformed, match="within its picture"):
        found.extend(FORMAT.read(open_asset(data)))
    assert [one.fields for one in found] == [OTHER.fields]
    with pytest.raises(Malformed):
        planned(data)


def test_a_trailer_is_no_damage_and_stays():
    data = plain() + b"\x00trailer of a camera\x00" * 500
    new = planned(data)
    assert new.endswith(b"\x00trailer of a camera\x00" * 500)
    assert len(seen(new)) == 1


STORE = (
    b"\x00\x00\x01\x00jumb\x00\x00\x00\x1ejumdc2pa claim_generator_info\xa1\x64name\x67ChatGPT "
    b"digitalsourcetype/trainedAlgorithmicMedia"
)
HALF = len(STORE) // 2
PART = b"JP\x00\x01\x00\x00\x00\x01"
EXTENDED = jpeg.EXTENDED_XMP + bytes(40)
GEMINI = TITLED.replace(b"p:title='kept'", b"p:DigitalSourceType='trainedAlgorithmicMedia'")


@pytest.mark.parametrize(
    ("segments", "signal"),
    [
        (
            (
                jpeg.segment(jpeg.APP11, PART + STORE[:HALF]),
                jpeg.segment(jpeg.APP11, PART + STORE[:8] + STORE[HALF:]),
            ),
            ("c2pa", True, "trainedAlgorithmicMedia", "ChatGPT", "jpeg.c2pa"),
        ),
        ((app1(GEMINI),), ("iptc", True, "trainedAlgorithmicMedia", None, "jpeg.xmp")),
        (
            (jpeg.segment(0xE1, EXTENDED + GEMINI),),
            ("iptc", True, "trainedAlgorithmicMedia", None, "jpeg.xmp"),
        ),
        (
            (
                jpeg.segment(
                    jpeg.APP13, b"Photoshop 3.0\x00\x1c\x02\x6e\x00\x13Made with Google AI"
                ),
            ),
            ("vendor", True, "Made with Google AI", "Google AI", "jpeg.iptc"),
        ),
        (
            (jpeg.segment(jpeg.COM, b"Steps: 20, Sampler: Euler"),),
            ("vendor", True, "settings of a generation", "Stable Diffusion WebUI", "jpeg.com"),
        ),
        (
            (exif(description=b"Signature: " + b"A1b2" * 20),),
            ("vendor", True, "Signature in the description", "xAI Grok", "jpeg.exif"),
        ),
    ],
    ids=["c2pa", "iptc", "extended-xmp", "iim", "comment", "grok"],
)
def test_other_statements_are_signals(segments, signal):
    scheme, ai, detail, generator, carrier = signal
    assert signals(plain(*segments)) == [
        Signal(scheme=scheme, ai=ai, detail=detail, generator=generator, carrier=carrier)
    ]
    assert seen(plain(*segments)) == []


def galaxy(code: bytes) -> bytes:
    """A picture with what the gallery of a Samsung phone appends."""
    name = b"PhotoEditor_Re_Edit_Data"
    note = b"\0\0\xa1\x0b" + struct.pack("<I", len(name)) + name + b'{"genAIType":' + code + b"}"
    entry = struct.pack("<HHII", 0, 0x0BA1, len(note), len(note))
    directory = b"SEFH" + struct.pack("<II", 107, 1) + entry
    return plain() + note + directory + struct.pack("<I", len(directory)) + b"SEFT"


def test_a_phone_notes_that_its_ai_has_changed_a_picture():
    data = galaxy(b"3")
    (signal,) = signals(data)
    assert (signal.ai, signal.generator, signal.detail, signal.carrier) == (
        True,
        "Samsung Galaxy AI",
        "genAIType 3",
        "jpeg.trailer",
    )
    assert signals(planned(data)) == [signal]
    assert signals(galaxy(b"0")) == signals(galaxy(b"3")[:-1]) == []


@pytest.mark.parametrize(
    "segments",
    [
        (),
        (jpeg.segment(jpeg.COM, b"about AIGC labels: {Label}"),),
        (jpeg.segment(jpeg.APP11, b"not JUMBF"), jpeg.segment(0xE9, b"AIGC soon")),
        (jpeg.segment(jpeg.APP13, b"Photoshop 3.0\x00"), jpeg.segment(jpeg.APP11, PART + b"x")),
        (jpeg.segment(0xE1, EXTENDED + LABELLED),),
    ],
)
def test_silence(segments):
    assert list(FORMAT.read(open_asset(plain(*segments)))) == []


def test_bytes_before_other_bytes():
    assert FORMAT.sniff(open_asset(plain()))
    assert not FORMAT.sniff(open_asset(b"\xff\xd8"))
    assert not FORMAT.sniff(open_asset(b""))


def test_pillow_reads_what_is_written():
    with Image.open(io.BytesIO(planned(plain(exif())))) as image:
        tree = ET.fromstring(image.info["xmp"])  # noqa: S314 - our own packet
    (node,) = tree.iter(f"{{{xmp.NAMESPACE}}}AIGC")
    assert json.loads(node.text) == LABEL.fields


def warnings_of(tags: dict) -> set[str]:
    said = tags.get("Warning", [])
    return {said} if isinstance(said, str) else set(said)


@pytest.mark.foreign("exiftool", "djpeg")
def test_strict_readers_accept_what_is_written(tmp_path):
    for place, (_, _, data) in PLACES.items():
        path = tmp_path / f"{place}.jpg"
        path.write_bytes(planned(data))
        strict = subprocess.run(["djpeg", "-strict", path], capture_output=True, check=False)
        assert strict.returncode == 0, strict.stderr
        (tmp_path / f"{place}-before.jpg").write_bytes(data)
    command = ["exiftool", "-j", "-a", "-error", "-warning", "-validate", "-XMP:Aigc", tmp_path]
    read = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    tags = {Path(seen["SourceFile"]).stem: seen for seen in read}
    for place in PLACES:
        assert json.loads(tags[place]["Aigc"]) == LABEL.fields
        said = warnings_of(tags[place]) - warnings_of(tags[f"{place}-before"])
        assert said == set()


@pytest.mark.foreign("cjpeg", "exiftool")
def test_a_file_that_others_made(tmp_path):
    path, bitmap = tmp_path / "a.jpg", tmp_path / "a.ppm"
    IMAGE.save(bitmap)
    subprocess.run(["cjpeg", "-progressive", "-outfile", path, bitmap], check=True)
    tags = ["-XMP-dc:Title=Title", "-Make=Canon", "-IPTC:Credit=Jane", "-Comment=c"]
    subprocess.run(["exiftool", "-q", *tags, path], check=True)
    before = path.read_bytes()
    path.write_bytes(planned(before))
    names = ["-XMP-dc:Title", "-IFD0:Make", "-IPTC:Credit", "-Comment", "-XMP-TC260:all"]
    done = subprocess.run(["exiftool", "-j", *names, path], capture_output=True, check=True)
    (read,) = json.loads(done.stdout)
    assert json.loads(read.pop("Aigc")) == LABEL.fields
    read.pop("SourceFile")
    assert read == {"Title": "Title", "Make": "Canon", "Credit": "Jane", "Comment": "c"}
    with Image.open(path) as new, Image.open(io.BytesIO(before)) as old:
        assert new.tobytes() == old.tobytes()


def test_few_bytes_of_a_large_file_are_read(tmp_path):
    path = tmp_path / "large.jpg"
    profile = jpeg.segment(0xE2, b"ICC_PROFILE\x00" + bytes(60_000))
    path.write_bytes(plain(*[profile] * 8, app1(LABELLED)) + bytes(1 << 20))
    with open_asset(path) as asset:
        (found,) = FORMAT.read(asset)
        assert found.fields == OTHER.fields
        assert asset.bytes_read <= 30_000


def two_pictures() -> bytes:
    out = io.BytesIO()
    IMAGE.save(out, "mpo", save_all=True, append_images=[IMAGE.rotate(180)])
    return out.getvalue()


def with_packet_behind_the_index() -> bytes:
    data = two_pictures()
    asset = open_asset(data)
    found = list(jpeg.segments(asset))
    (index,) = [s for s in found if jpeg.payload(asset, s, 4) == jpeg.MULTI_PICTURE]
    packet = Splice(Span(index.span.end, index.span.end), app1(LABELLED))
    return edited(data, EditPlan([packet, *jpeg.follow(asset, found, [packet])]))


@pytest.mark.parametrize("data", [two_pictures(), with_packet_behind_the_index()])
def test_further_pictures_are_still_found(data):
    for producer in ("p" * 300, "q" * 20, "r" * 2000):
        data = planned(data, ImplicitLabel(content_producer=producer, produce_id="1"))
        with Image.open(io.BytesIO(data)) as new, Image.open(io.BytesIO(two_pictures())) as old:
            for frame in range(2):
                new.seek(frame)
                old.seek(frame)
                assert new.tobytes() == old.tobytes()
            entries = new.mpinfo[0xB002]
            assert sum(entry["Size"] for entry in entries) == len(data)
            assert entries[0]["DataOffset"] == 0
    assert planned(data, ImplicitLabel(content_producer=producer, produce_id="1")) == data


@pytest.mark.parametrize(
    "junk", [b"", b"II*\x00\xff\xff\x00\x00", b"MM\x00*\x00\x00\x00\x08\x00\x01"]
)
def test_an_index_that_cannot_be_read_stays(junk):
    segment = jpeg.segment(jpeg.APP2, jpeg.MULTI_PICTURE + junk)
    assert segment in planned(plain(segment))


@pytest.mark.foreign("exiftool")
def test_exiftool_finds_the_second_picture(tmp_path):
    for name, data in (("a", two_pictures()), ("b", with_packet_behind_the_index())):
        path = tmp_path / f"{name}.jpg"
        path.write_bytes(planned(data))
        done = subprocess.run(
            ["exiftool", "-b", "-MPImage2", path], capture_output=True, check=True
        )
        assert done.stdout == path.read_bytes()[-len(done.stdout) :]
        assert done.stdout.startswith(jpeg.SIGNATURE)
