from __future__ import annotations

import io
import json
import subprocess
import xml.etree.ElementTree as ET
import zlib
from pathlib import Path

import piexif
import pytest
from PIL import Image, PngImagePlugin

import aigc_label
from aigc_label.asset import open_asset
from aigc_label.carriers import record, xmp
from aigc_label.containers import png
from aigc_label.errors import CannotCarry, Malformed
from aigc_label.formats.png import FORMAT
from aigc_label.model import FoundLabel, ImplicitLabel, Signal

LABEL = ImplicitLabel(content_producer="某公司", produce_id="新-2")
OTHER = ImplicitLabel(content_producer="doubao", produce_id="1")
BARE, WRAPPED = record.dump(OTHER), record.dump_wrapped(OTHER)
IMAGE = Image.radial_gradient("L").resize((64, 64)).convert("RGB")
RDF = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
TITLED = (
    f"<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF {RDF}>"
    "<rdf:Description rdf:about='' xmlns:p='urn:p' p:title='kept'/></rdf:RDF></x:xmpmeta>"
).encode()
LABELLED = xmp.updated(TITLED, OTHER)
COMMENT = piexif.dump(
    {"0th": {0x010F: b"Canon"}, "Exif": {0x9286: b"ASCII\x00\x00\x00" + WRAPPED.encode()}}
)[6:]


def text(keyword: str, value: str) -> bytes:
    return png.chunk(b"tEXt", keyword.encode() + b"\x00" + value.encode())


def itxt(packet: bytes) -> bytes:
    return png.chunk(b"iTXt", b"XML:com.adobe.xmp\x00\x01\x00\x00\x00" + zlib.compress(packet))


def plain(*early: bytes, late: bytes = b"") -> bytes:
    out = io.BytesIO()
    info = PngImagePlugin.PngInfo()
    info.add_text("Title", "kept")
    IMAGE.save(out, "png", pnginfo=info)
    data = out.getvalue()
    return data[:33] + b"".join(early) + data[33:-12] + late + data[-12:]


def seen(data: bytes) -> list[FoundLabel]:
    return [one for one in FORMAT.read(open_asset(data)) if isinstance(one, FoundLabel)]


def signals(data: bytes) -> list[Signal]:
    return [one for one in FORMAT.read(open_asset(data)) if isinstance(one, Signal)]


def planned(data: bytes, label: ImplicitLabel = LABEL) -> bytes:
    out = io.BytesIO()
    asset = open_asset(data)
    FORMAT.plan(asset, label).apply(asset, out)
    return out.getvalue()


def order(data: bytes) -> list[bytes]:
    return [c.kind for c in png.chunks(open_asset(data))]


PLACES = {
    "text": ("png.text", True, plain(text("AIGC", BARE))),
    "text-late": ("png.text", True, plain(late=text("AIGC", WRAPPED))),
    "lower-case": ("png.text", True, plain(text("aigc", BARE))),
    "ztxt": (
        "png.text",
        True,
        plain(png.chunk(b"zTXt", b"AIGC\x00\x00" + zlib.compress(BARE.encode()))),
    ),
    "itxt": (
        "png.text",
        True,
        plain(png.chunk(b"iTXt", b"AIGC\x00\x00\x00\x00\x00" + BARE.encode())),
    ),
    "private": ("png.aigc", False, plain(png.chunk(b"AIGC", BARE.encode()))),
    "description": ("png.comment", False, plain(text("Description", WRAPPED))),
    "exif": ("png.exif", False, plain(png.chunk(b"eXIf", COMMENT))),
    "exif-late": ("png.exif", False, plain(late=png.chunk(b"eXIf", COMMENT))),
    "xmp": ("png.xmp", True, plain(png.xmp_chunk(LABELLED))),
    "xmp-compressed": ("png.xmp", True, plain(itxt(LABELLED))),
    "xmp-late": ("png.xmp", True, plain(late=png.xmp_chunk(LABELLED))),
    "xmp-in-text": ("png.xmp", False, plain(text("XML:com.adobe.xmp", LABELLED.decode()))),
}


@pytest.mark.parametrize("place", PLACES)
def test_every_place_is_read_and_replaced(place):
    carrier, home, data = PLACES[place]
    (found,) = seen(data)
    assert (found.carrier, found.home, found.fields) == (carrier, home, OTHER.fields)
    assert data[found.offset + 4 : found.offset + 8] in (
        b"tEXt",
        b"zTXt",
        b"iTXt",
        b"eXIf",
        b"AIGC",
    )
    new = planned(data)
    assert seen(new) == [
        FoundLabel(carrier="png.xmp", fields=LABEL.fields, home=True, offset=seen(new)[0].offset)
    ]
    assert order(new).index(b"iTXt") < order(new).index(b"IDAT")
    assert planned(new) == new


@pytest.mark.parametrize("place", PLACES)
def test_pixels_and_other_metadata_stay(place):
    data = PLACES[place][2]
    new = planned(data)
    with Image.open(io.BytesIO(new)) as image:
        assert image.tobytes() == IMAGE.tobytes()
        assert image.text["Title"] == "kept"
        if "exif" in place:
            assert image.getexif()[0x010F] == "Canon"
        if place.startswith("xmp"):
            assert "p:title='kept'" in image.info["xmp"].decode()


def test_all_places_at_once_leave_one():
    early = [
        text("AIGC", BARE),
        png.xmp_chunk(LABELLED),
        png.chunk(b"eXIf", COMMENT),
        text("Description", "a lighthouse"),
        text("AIGC", "no label"),
    ]
    late = png.chunk(b"eXIf", COMMENT) + itxt(LABELLED) + text("aigc", WRAPPED)
    data = plain(*early, late=late)
    assert len(seen(data)) == 6
    new = planned(data)
    (found,) = seen(new)
    assert found.fields == LABEL.fields
    assert order(new) == [
        *(b"IHDR", b"iTXt", b"eXIf", b"tEXt", b"tEXt", b"tEXt"),
        *(b"IDAT", b"eXIf", b"iTXt", b"IEND"),
    ]
    assert new.count(b"no label") == 1


def test_only_the_spliced_bytes_change():
    data = plain(late=b"")
    new = planned(data)
    grown = len(new) - len(data)
    assert new[:33] == data[:33]
    assert new[33 + grown :] == data[33:]


def test_an_animation_keeps_its_frames():
    out = io.BytesIO()
    frames = [IMAGE, IMAGE.rotate(90), IMAGE.rotate(180)]
    frames[0].save(out, "png", save_all=True, append_images=frames[1:], duration=50)
    with Image.open(io.BytesIO(planned(out.getvalue()))) as image:
        assert image.n_frames == 3
        for index, frame in enumerate(frames):
            image.seek(index)
            assert image.convert("RGB").tobytes() == frame.tobytes()


def test_a_wrong_crc_is_said():
    data = PLACES["text"][2]
    broken = data.replace(b'"Label":"1"', b'"Label":"2"')
    (found,) = seen(broken)
    assert found.quirks == ("bad-crc",)
    assert seen(PLACES["text"][2])[0].quirks == ()


@pytest.mark.parametrize("cut", [1, 12, 13, 200])
def test_a_truncated_file_shows_its_label_and_is_not_written(cut):
    data = plain(png.xmp_chunk(LABELLED))[:-cut]
    found = []
    with pytest.raises(Malformed, match="cut short"):
        found.extend(FORMAT.read(open_asset(data)))
    assert [one.fields for one in found] == [OTHER.fields]
    with pytest.raises(Malformed):
        planned(data)


def test_a_damaged_packet_is_not_thrown_away():
    malformed = plain(png.xmp_chunk(TITLED[:-8]))
    undecodable = plain(png.chunk(b"iTXt", b"XML:com.adobe.xmp\x00\x01\x00\x00\x00junk"))
    copy = plain(png.xmp_chunk(LABELLED), late=png.xmp_chunk(LABELLED[:-14]))
    for data in (malformed, undecodable, copy):
        with pytest.raises(CannotCarry, match="damaged"):
            planned(data)


@pytest.mark.parametrize(
    ("data", "signal"),
    [
        (
            plain(
                png.chunk(
                    b"caBX",
                    b"\x00\x00\x01\x00jumb\x00\x00\x00\x1ejumdc2pa claim_generator_info\xa1\x64name"
                    b"\x67ChatGPT digitalsourcetype/trainedAlgorithmicMedia",
                )
            ),
            ("c2pa", True, "trainedAlgorithmicMedia", "ChatGPT", "png.c2pa"),
        ),
        (
            plain(
                png.chunk(
                    b"caBX",
                    b"\x00\x04\x01\x00jumb\x00\x00\x00\x1ejumdc2pa thumbnail"
                    + bytes(300_000)
                    + b"digitalsourcetype/trainedAlgorithmicMedia",
                )
            ),
            ("c2pa", True, "trainedAlgorithmicMedia", None, "png.c2pa"),
        ),
        (
            plain(text("parameters", "a cat\nSteps: 20, Sampler: Euler a")),
            (
                "vendor",
                True,
                "parameters: settings of a generation",
                "Stable Diffusion WebUI",
                "png.comment",
            ),
        ),
        (
            plain(
                png.chunk(b"zTXt", b"prompt\x00\x00" + zlib.compress(b'{"1":{"class_type":"K"}}'))
            ),
            ("vendor", True, "prompt: settings of a generation", "ComfyUI", "png.comment"),
        ),
        (
            plain(
                png.xmp_chunk(
                    TITLED.replace(
                        b"p:title='kept'", b"p:DigitalSourceType='trainedAlgorithmicMedia'"
                    )
                )
            ),
            ("iptc", True, "trainedAlgorithmicMedia", None, "png.xmp"),
        ),
    ],
    ids=["c2pa", "c2pa behind a thumbnail", "webui", "comfyui", "iptc"],
)
def test_other_statements_are_signals(data, signal):
    scheme, ai, detail, generator, carrier = signal
    assert signals(data) == [
        Signal(scheme=scheme, ai=ai, detail=detail, generator=generator, carrier=carrier)
    ]
    assert seen(data) == []


@pytest.mark.parametrize(
    "data",
    [
        plain(),
        plain(
            text("AIGC", "soon"), png.chunk(b"AIGC", b"{}"), png.chunk(b"caBX", b"c2pa by chance")
        ),
        plain(png.chunk(b"tEXt", b"no separator"), png.chunk(b"zTXt", b"AIGC\x00\x00junk")),
    ],
)
def test_silence(data):
    assert list(FORMAT.read(open_asset(data))) == []


def test_bytes_before_other_bytes():
    assert FORMAT.sniff(open_asset(plain()))
    assert not FORMAT.sniff(open_asset(b"\x89PNG\r\n"))
    assert not FORMAT.sniff(open_asset(b""))


def test_pillow_reads_what_is_written():
    with Image.open(io.BytesIO(planned(plain()))) as image:
        tree = ET.fromstring(image.info["xmp"])  # noqa: S314 - our own packet
    (node,) = tree.iter(f"{{{xmp.NAMESPACE}}}AIGC")
    assert json.loads(node.text) == LABEL.fields


def warnings_of(tags: dict) -> set[str]:
    said = tags.get("Warning", [])
    return {said} if isinstance(said, str) else set(said)


@pytest.mark.foreign("exiftool", "pngcheck")
def test_strict_readers_accept_what_is_written(tmp_path):
    for place, (_, _, data) in PLACES.items():
        path = tmp_path / f"{place}.png"
        path.write_bytes(planned(data))
        strict = subprocess.run(["pngcheck", "-q", path], capture_output=True, check=False)
        assert strict.returncode == 0, strict.stdout
        (tmp_path / f"{place}-before.png").write_bytes(data)
    command = ["exiftool", "-j", "-a", "-error", "-warning", "-validate", "-XMP:Aigc", tmp_path]
    read = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    tags = {Path(seen["SourceFile"]).stem: seen for seen in read}
    for place in PLACES:
        assert json.loads(tags[place]["Aigc"]) == LABEL.fields
        said = warnings_of(tags[place]) - warnings_of(tags[f"{place}-before"])
        assert said == set()


@pytest.mark.foreign("ffmpeg", "exiftool")
def test_a_file_that_others_made(tmp_path):
    path = tmp_path / "a.png"
    source = ["-f", "lavfi", "-i", "testsrc=size=64x64:rate=1", "-frames:v", "1"]
    subprocess.run(["ffmpeg", "-v", "error", *source, path], check=True)
    subprocess.run(["exiftool", "-q", "-XMP-dc:Title=Title", "-EXIF:Make=Canon", path], check=True)
    before = path.read_bytes()
    path.write_bytes(planned(before))
    command = ["exiftool", "-j", "-G1", "-XMP-dc:Title", "-IFD0:Make", "-XMP-TC260:all", path]
    (tags,) = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    assert (tags["XMP-dc:Title"], tags["IFD0:Make"]) == ("Title", "Canon")
    assert json.loads(tags["XMP-TC260:Aigc"]) == LABEL.fields
    with Image.open(path) as new, Image.open(io.BytesIO(before)) as old:
        assert new.tobytes() == old.tobytes()


def test_few_bytes_of_a_large_file_are_read(tmp_path):
    path = tmp_path / "large.png"
    path.write_bytes(plain(png.chunk(b"IDAT", bytes(8192)) * 128, late=text("AIGC", BARE)))
    with open_asset(path) as asset:
        (found,) = FORMAT.read(asset)
        assert found.fields == OTHER.fields
        assert asset.reads <= 20
        assert asset.bytes_read <= 20_000

    data = (Path(__file__).parents[2] / "fixtures/png/plain/rich.png").read_bytes()
    report = aigc_label.check(data[:8] + data[33:], only="implicit")
    assert not report.ok
    assert "IHDR" in str(report.inspection.problem)


def test_apples_own_first_chunk_is_taken():
    data = (Path(__file__).parents[2] / "fixtures/png/plain/rich.png").read_bytes()
    first = png.chunk(b"CgBI", b"\x50\x00\x20\x06")
    found = list(png.chunks(open_asset(data[:8] + first + data[8:])))
    assert [c.kind for c in found[:2]] == [b"CgBI", b"IHDR"]
