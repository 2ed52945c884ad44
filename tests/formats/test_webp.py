import io
import struct
import subprocess

import piexif
import pytest
from PIL import Image, ImageCms

from aigc_label.asset import open_asset
from aigc_label.carriers import xmp
from aigc_label.containers import riff as container
from aigc_label.errors import CannotCarry, Malformed
from aigc_label.formats.webp import FORMAT
from aigc_label.model import FoundLabel, ImplicitLabel, Signal
from audio_samples import C2PA, JSON, LABEL, OTHER, chunk, riff, seen, written

PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
EXIF = piexif.dump({"0th": {piexif.ImageIFD.Artist: b"somebody", piexif.ImageIFD.Make: b"camera"}})
PACKET = xmp.without_label(xmp.updated(None, LABEL)).replace(
    b"</rdf:RDF>",
    b'<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/" dc:format="kept"/></rdf:RDF>',
)
FOREIGN = chunk(b"note", b"odd")


def picture(mode="RGB", size=(64, 48)):
    return Image.effect_noise(size, 60).convert(mode)


def saved(image=None, **options):
    out = io.BytesIO()
    (image or picture()).save(out, "webp", **options)
    return out.getvalue()


def animated(**options):
    return saved(save_all=True, append_images=[picture(), picture()], duration=50, **options)


SIMPLE = [
    pytest.param(lambda: saved(quality=60), 0x04, id="lossy"),
    pytest.param(lambda: saved(lossless=True), 0x04, id="lossless"),
    pytest.param(lambda: saved(picture("RGBA"), lossless=True), 0x04, id="lossless-opaque"),
    pytest.param(lambda: saved(see_through(), lossless=True), 0x14, id="lossless-alpha"),
]
EXTENDED = [
    pytest.param(lambda: saved(see_through(), quality=50), 0x14, id="alpha"),
    pytest.param(lambda: saved(icc_profile=PROFILE), 0x24, id="icc"),
    pytest.param(lambda: saved(exif=EXIF), 0x0C, id="exif"),
    pytest.param(lambda: saved(xmp=PACKET), 0x04, id="xmp"),
    pytest.param(lambda: saved(exif=EXIF, xmp=PACKET, icc_profile=PROFILE), 0x2C, id="all"),
    pytest.param(lambda: animated(icc_profile=PROFILE), 0x26, id="animated"),
]


def see_through():
    image = picture("RGBA")
    image.putalpha(picture("L"))
    return image


def form(data):
    with open_asset(data) as asset:
        return container.walk(asset)


def ids(data):
    return [c.id for c in form(data).chunks]


def body(data, kind):
    found = form(data).find(kind)
    return data[found.body : found.body + found.size]


def frames(data):
    with Image.open(io.BytesIO(data)) as image:
        for number in range(getattr(image, "n_frames", 1)):
            image.seek(number)
            yield image.convert("RGBA").tobytes()


@pytest.mark.parametrize(
    ("data", "claimed"),
    [
        (saved(), True),
        (b"", False),
        (b"RIFF\x04\x00\x00\x00WAVE", False),
        (b"RIFX" + saved()[4:], False),
    ],
)
def test_claims(data, claimed):
    with open_asset(data) as asset:
        assert FORMAT.sniff(asset) is claimed


@pytest.mark.parametrize(("make", "flags"), SIMPLE + EXTENDED)
def test_label_is_written_once_and_the_picture_stays(make, flags):
    data = make()
    new = written(FORMAT, data)
    (found,) = [f for f in seen(FORMAT, new) if isinstance(f, FoundLabel)]
    assert (found.carrier, found.home, found.quirks) == ("webp.xmp", True, ())
    assert dict(found.fields) == LABEL.fields
    assert body(new, b"VP8X")[0] == flags
    assert ids(new)[0] == b"VP8X"
    with Image.open(io.BytesIO(data)) as before, Image.open(io.BytesIO(new)) as after:
        assert (
            body(new, b"VP8X")[4:]
            == struct.pack("<I", before.width - 1)[:3] + struct.pack("<I", before.height - 1)[:3]
        )
        assert after.size == before.size
        assert after.info.get("icc_profile") == before.info.get("icc_profile")
        assert after.info.get("exif") == before.info.get("exif")
        assert JSON.encode() in after.info["xmp"]
    assert list(frames(new)) == list(frames(data))
    assert written(FORMAT, new) == new


def test_chunks_stand_in_the_order_of_the_specification():
    new = written(FORMAT, saved(exif=EXIF, icc_profile=PROFILE))
    assert ids(new) == [b"VP8X", b"ICCP", b"VP8 ", b"EXIF", b"XMP "]
    data = saved(exif=EXIF)
    data = riff(data[12:], FOREIGN, kind=b"WEBP") + b"trailing"
    new = written(FORMAT, data)
    assert ids(new) == [b"VP8X", b"VP8 ", b"EXIF", b"XMP ", b"note"]
    assert new.endswith(FOREIGN + b"trailing")


def test_other_xmp_is_kept():
    new = written(FORMAT, saved(xmp=PACKET))
    assert b'dc:format="kept"' in body(new, b"XMP ")
    assert JSON.encode() in body(new, b"XMP ")


def test_flag_is_not_needed_for_reading():
    data = saved()
    data = riff(data[12:], chunk(b"XMP ", xmp.updated(None, LABEL)), kind=b"WEBP")
    (found,) = seen(FORMAT, data)
    assert found.home


def test_second_packet_and_exif_lose_their_copies():
    exif = piexif.dump(
        {
            "0th": {piexif.ImageIFD.Artist: b"somebody"},
            "Exif": {
                piexif.ExifIFD.UserComment: b"ASCII\x00\x00\x00" + f'{{"AIGC": {OTHER}}}'.encode()
            },
        }
    )
    data = saved(exif=exif, xmp=PACKET)
    copy = chunk(b"XMP ", xmp.updated(None, LABEL))
    data = riff(data[12:], copy, chunk(b"XMP ", PACKET), kind=b"WEBP")
    assert [f.carrier for f in seen(FORMAT, data)] == ["webp.exif", "webp.xmp"]
    assert [f.home for f in seen(FORMAT, data)] == [False, True]
    new = written(FORMAT, data)
    (found,) = seen(FORMAT, new)
    assert dict(found.fields) == LABEL.fields
    assert found.offset == form(new).find(b"XMP ").body
    assert piexif.load(body(new, b"EXIF"))["0th"][piexif.ImageIFD.Artist] == b"somebody"
    assert new.endswith(chunk(b"XMP ", PACKET))
    assert written(FORMAT, new) == new


def test_c2pa_is_a_signal():
    data = riff(saved()[12:], chunk(b"C2PA", C2PA), chunk(b"C2PA", b"none"), kind=b"WEBP")
    (found,) = seen(FORMAT, data)
    assert isinstance(found, Signal)
    assert found.carrier == "webp.c2pa"


@pytest.mark.parametrize(
    "data",
    [
        riff(kind=b"WEBP"),
        riff(chunk(b"VP8 ", b"short"), kind=b"WEBP"),
        riff(chunk(b"VP8 ", bytes(10)), kind=b"WEBP"),
        riff(chunk(b"VP8 ", bytes(3) + b"\x9d\x01\x2a" + bytes(4)), kind=b"WEBP"),
        riff(chunk(b"VP8L", b"\x2f"), kind=b"WEBP"),
        riff(chunk(b"VP8X", bytes(4)), kind=b"WEBP"),
        riff(chunk(b"EXIF", b""), kind=b"WEBP"),
        saved()[:-10],
    ],
)
def test_broken_pictures_are_not_written(data):
    with pytest.raises(Malformed):
        written(FORMAT, data)


def test_broken_xmp_refuses():
    data = riff(saved()[12:], chunk(b"XMP ", b"<x:xmpmeta>"), kind=b"WEBP")
    with pytest.raises(CannotCarry, match="XMP"):
        written(FORMAT, data)


def test_pixels_are_not_read(tmp_path):
    path = tmp_path / "large.webp"
    head = saved()[:64]
    size = 3 << 30
    packet = chunk(b"XMP ", xmp.updated(None, LABEL))
    with path.open("wb") as file:
        file.write(head[:4] + struct.pack("<I", size - 8 + len(packet)) + head[8:16])
        file.write(struct.pack("<I", size - 20) + head[20:])
        file.seek(size)
        file.write(packet)
    with open_asset(path) as asset:
        (found,) = FORMAT.read(asset)
        assert found.home
        assert asset.bytes_read < 20_000


def grafted(source, encoded):
    with open_asset(source) as old, open_asset(encoded) as new:
        out = io.BytesIO()
        FORMAT.graft(old, new).apply(new, out)
        return out.getvalue()


@pytest.mark.parametrize(
    "encode",
    [
        lambda: saved(size2(), quality=30),
        lambda: saved(size2(), lossless=True),
        lambda: saved(size2().convert("RGBA"), quality=30, exif=EXIF[:-20], xmp=b"<x/>"),
        lambda: saved(see_through(), quality=30),
    ],
)
def test_graft_brings_back_everything_but_the_picture(encode):
    source = saved(exif=EXIF, xmp=PACKET, icc_profile=PROFILE)
    source = riff(source[12:], FOREIGN, chunk(b"C2PA", C2PA), kind=b"WEBP")
    encoded = encode()
    new = grafted(source, encoded)
    assert list(frames(new)) == list(frames(encoded))
    assert [i for i in ids(new) if i not in (b"VP8 ", b"VP8L", b"ALPH")] == [
        b"VP8X",
        b"ICCP",
        b"EXIF",
        b"XMP ",
        b"note",
        b"C2PA",
    ]
    for kind in (b"ICCP", b"EXIF", b"XMP ", b"note", b"C2PA"):
        assert body(new, kind) == body(source, kind)
    with Image.open(io.BytesIO(new)) as image, Image.open(io.BytesIO(encoded)) as wanted:
        assert image.size == wanted.size
        assert image.mode == wanted.mode
    assert body(new, b"VP8X")[0] & 0x2C == 0x2C


def size2():
    return picture(size=(80, 30))


def test_graft_of_an_animation():
    source, encoded = animated(exif=EXIF, loop=3), animated(loop=1)
    new = grafted(source, encoded)
    assert list(frames(new)) == list(frames(encoded))
    assert body(new, b"EXIF") == body(source, b"EXIF")
    assert body(new, b"VP8X")[0] == body(encoded, b"VP8X")[0] | 0x08


def test_graft_takes_what_the_new_encoding_invented_out_but_its_profile():
    encoded = saved(exif=EXIF, xmp=PACKET, icc_profile=PROFILE)
    new = grafted(saved(), encoded)
    assert ids(new) == [b"VP8X", b"ICCP", b"VP8 "]
    assert body(new, b"VP8X")[0] == 0x20


def test_graft_of_plain_on_plain_changes_nothing():
    encoded = saved(size2())
    assert grafted(saved(), encoded) == encoded


def test_graft_needs_a_picture():
    with pytest.raises(Malformed):
        grafted(saved(), riff(chunk(b"VP8X", bytes(10)), kind=b"WEBP"))


@pytest.mark.foreign("exiftool", "webpinfo", "dwebp", "ffprobe")
@pytest.mark.parametrize(("make", "flags"), [*SIMPLE, *EXTENDED])
def test_foreign_readers_agree(tmp_path, make, flags):
    old, new = tmp_path / "old.webp", tmp_path / "new.webp"
    old.write_bytes(make())
    label = ImplicitLabel(content_producer="某某公司", produce_id='任务<1>&"2"')
    new.write_bytes(written(FORMAT, old.read_bytes(), label))
    told = _run("webpinfo", new).decode()
    assert "No error detected" in told
    assert "XMP: 1" in told
    value = _run("exiftool", "-b", "-XMP-TC260:Aigc", new).decode()
    assert xmp.record.parse(value, named=True).fields == label.fields
    faults = [_run("exiftool", "-validate", "-warning", "-error", path) for path in (old, new)]
    assert faults[0] == faults[1]
    if not flags & 0x02:
        images = [_run("dwebp", path, "-pam", "-o", "-") for path in (old, new)]
        assert images[0] == images[1] != b""
        shown = _run(
            "ffprobe", "-v", "error", "-show_entries", "stream=width,height", "-of", "csv=p=0", new
        )
        assert shown.split() == [b"64,48"]


def _run(*command):
    return subprocess.run([str(c) for c in command], capture_output=True, check=True).stdout


def test_an_image_behind_bytes_that_are_no_chunk_is_not_cut_off():
    plain = saved()
    broken = riff(b"\x00\x00\x00H\x1e\x00\x00\x00" + bytes(30), plain[12:], kind=b"WEBP")
    with open_asset(broken) as asset, pytest.raises(Malformed, match="VP8"):
        FORMAT.plan(asset, LABEL)


def test_two_images_in_one_file_are_refused():
    """A viewer shows the first; behind the header that the label needs, it would show none."""
    plain = saved()
    with open_asset(riff(plain[12:], plain[12:], kind=b"WEBP")) as asset:
        assert not list(FORMAT.read(asset))
        with pytest.raises(Malformed, match="two images"):
            FORMAT.plan(asset, LABEL)


def test_a_header_that_does_not_stand_first_is_refused():
    """Its flags would be set in whatever follows."""
    late = riff(saved()[12:], chunk(b"VP8X", b""), chunk(b"XMP ", PACKET), kind=b"WEBP")
    with open_asset(late) as asset, pytest.raises(Malformed, match="not stand first"):
        FORMAT.plan(asset, LABEL)
