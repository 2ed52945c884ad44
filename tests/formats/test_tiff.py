"""TIFF: that nothing moves, packets that keep their place, copies in texts and other pages."""

from __future__ import annotations

import io
import struct
import subprocess

import pytest
from PIL import Image, TiffImagePlugin

from aigc_label.asset import open_asset
from aigc_label.carriers import record, tiff_packet, tiff_text, xmp
from aigc_label.containers import tiff
from aigc_label.errors import CannotCarry, LimitExceeded, Malformed
from aigc_label.formats import tiff as module
from aigc_label.formats.tiff import FORMAT
from aigc_label.model import FoundLabel, ImplicitLabel

LABEL = ImplicitLabel(content_producer="Somebody", produce_id="tiff/灯塔/1")
OTHER = ImplicitLabel(content_producer="Somebody", produce_id="tiff/a-longer-number/2")
XMP = 700
KEPT = b"<!-- kept -->"
ROOMY = xmp.updated(None, OTHER).replace(b"</rdf:RDF>", KEPT + b"</rdf:RDF>")
PACKET = ROOMY[: ROOMY.index(b"</x:xmpmeta>") + 12] + b'<?xpacket end="w"?>'
BARE = xmp.without_label(PACKET)


def saved(pages=1, tags=(), **options):
    images = [Image.linear_gradient("L").resize((20, 16)).rotate(30 * n) for n in range(pages)]
    entries = TiffImagePlugin.ImageFileDirectory_v2()
    for tag, (kind, value) in dict(tags).items():
        entries[tag] = value
        entries.tagtype[tag] = kind
    out = io.BytesIO()
    more = {"save_all": True, "append_images": images[1:]} if pages > 1 else {}
    images[0].save(out, "TIFF", tiffinfo=entries, **more, **options)
    return out.getvalue()


def written(data, label=LABEL):
    out = io.BytesIO()
    with open_asset(data) as asset:
        FORMAT.plan(asset, label).apply(asset, out)
    return out.getvalue()


def seen(data):
    with open_asset(data) as asset:
        return list(FORMAT.read(asset))


def entry(data, tag=XMP):
    with open_asset(data) as asset:
        return next(tiff.pages(asset, (tag,))).find(tag)


def packet_of(data):
    return data[entry(data).start : entry(data).span.end]


def test_all_old_bytes_stay_where_they_are():
    data = saved(3)
    made = written(data)
    assert made[:4] + data[4:8] + made[8 : len(data)] == data
    assert entry(made).kind == tiff.UNDEFINED
    with Image.open(io.BytesIO(made)) as image:
        assert image.n_frames == 3


def test_the_first_label_leaves_room_for_the_next():
    made = written(saved())
    longer = ImplicitLabel(content_producer="Somebody", produce_id="x" * 700)
    again = written(made, longer)
    assert len(again) == len(made)
    assert again[: entry(made).start] == made[: entry(made).start]
    assert len(written(again)) == len(made)
    assert [found.fields for found in seen(again)] == [longer.fields]


def test_a_packet_with_padding_keeps_its_place():
    padded = BARE.replace(b"<?xpacket end", b" " * 900 + b"\n<?xpacket end")
    data = saved(tags={XMP: (1, padded)})
    made = written(data)
    assert len(made) == len(data)
    assert KEPT in packet_of(made)
    assert entry(made).kind == tiff.UNDEFINED
    assert entry(made).start == entry(data).start


def test_a_shorter_packet_keeps_its_place_without_padding():
    data = saved(tags={XMP: (7, PACKET)})
    made = written(data)
    assert len(made) == len(data)
    assert packet_of(made).rstrip(b" ").endswith(b'<?xpacket end="w"?>')
    assert written(made, OTHER) == data, "and takes the longer one again"


def test_an_outgrown_packet_is_pointed_to_the_end_and_its_label_is_gone():
    data = saved(tags={XMP: (7, PACKET)})
    longer = ImplicitLabel(content_producer="Somebody", produce_id="y" * 300)
    made = written(data, longer)
    assert entry(made).start >= len(data)
    assert entry(made).at == entry(data).at, "the directory stays"
    assert made.count(KEPT) == 1
    assert OTHER.produce_id.encode() not in made


def test_an_outgrown_packet_without_a_label_is_left_alone():
    data = saved(tags={XMP: (1, BARE)})
    made = written(data)
    assert made[entry(data).start : entry(data).span.end] == BARE


@pytest.mark.parametrize("packet", [b"", b" " * 40])
def test_an_empty_packet_is_replaced(packet):
    made = written(saved(tags={XMP: (7, packet)}))
    (found,) = seen(made)
    assert found.fields == LABEL.fields


def test_a_packet_without_a_wrapper_gets_room_behind_it():
    body = PACKET[PACKET.index(b"<x:xmpmeta") : PACKET.index(b"<?xpacket end")].strip()
    longer = ImplicitLabel(content_producer="Somebody", produce_id="y" * 300)
    made = written(saved(tags={XMP: (7, body)}), longer)
    assert len(written(made, ImplicitLabel(content_producer="S", produce_id="z" * 900))) == len(
        made
    )


def test_a_packet_in_utf_16_stays_so():
    wide = PACKET.decode().encode("utf-16")
    data = saved(tags={XMP: (7, wide)})
    for label in (LABEL, ImplicitLabel(content_producer="Somebody", produce_id="y" * 300)):
        made = written(data, label)
        (found,) = seen(made)
        assert found.fields == label.fields
        assert packet_of(made)[:2] == wide[:2]


def test_a_packet_of_wide_numbers_is_not_edited_in_place():
    data = bytearray(saved(tags={XMP: (7, PACKET + b" " * (-len(PACKET) % 4))}))
    at = entry(data).at
    struct.pack_into("<HL", data, at + 2, 4, (len(PACKET) + 3) // 4)
    made = written(bytes(data))
    assert entry(made).kind == tiff.UNDEFINED
    assert [found.fields for found in seen(made)] == [LABEL.fields]


def second_page(first, second):
    """Two pages, with one packet each."""
    one, two = saved(tags={XMP: (7, first)} if first else {}), saved(tags={XMP: (7, second)})
    out = io.BytesIO()
    with TiffImagePlugin.AppendingTiffWriter(out, new=True) as writer:
        for page in (one, two):
            with Image.open(io.BytesIO(page)) as image:
                image.save(writer, "TIFF", tiffinfo=image.tag_v2)
            writer.newFrame()
    return out.getvalue()


@pytest.mark.parametrize("first", [None, BARE, PACKET])
def test_a_label_on_another_page_moves_to_the_first(first):
    data = second_page(first, PACKET + b"\n")
    carriers = [(found.carrier, found.home) for found in seen(data)]
    assert carriers[-1] == ("tiff.page.xmp", False)
    made = written(data)
    (found,) = seen(made)
    assert (found.carrier, found.home) == ("tiff.xmp", True)
    assert made.count(KEPT) >= 1
    assert OTHER.produce_id.encode() not in made


@pytest.mark.parametrize("tag", [0x010E, 0x0131, 0x9C9C])
def test_a_label_in_a_text_is_seen_and_blanked(tag):
    text = record.dump_wrapped(OTHER)
    value = (1, text.encode("utf-16-le")) if tag == 0x9C9C else (2, text)
    data = saved(tags={tag: value, 0x013B: (2, "Ana")})
    (found,) = seen(data)
    assert found.carrier.startswith("tiff.exif.")
    made = written(data)
    assert [found.carrier for found in seen(made)] == ["tiff.xmp"]
    with Image.open(io.BytesIO(made)) as image:
        assert image.tag_v2[0x013B] == "Ana"
        assert "Somebody" not in str(image.tag_v2.get(tag))


def test_long_texts_are_not_looked_at():
    text = record.dump_wrapped(OTHER).ljust(tiff_text.LARGEST + 1)
    assert seen(saved(tags={0x010E: (2, text)})) == []


def test_values_of_unusual_types_are_texts_too():
    value = record.dump_wrapped(OTHER).encode() + b"\0"
    for kind in (2, 7, 129):
        (found,) = tiff_text.observe(0x010E, kind, value, carrier="x", offset=1)
        assert isinstance(found, FoundLabel)
        assert len(tiff_text.blanked(0x010E, kind, value)) == len(value)
    assert tiff_text.blanked(0x010E, 2, b"a remark\0") is None


def test_tags_that_share_bytes_are_refused():
    """A description whose bytes are those of the packet: both would have to change."""
    data = bytearray(saved(tags={XMP: (7, PACKET), 0x010E: (2, "d" * 40)}))
    name = entry(data, 0x010E)
    at = PACKET.index(b">{") + 1
    label = PACKET[at : PACKET.index(b"}", at) + 1]
    struct.pack_into("<LL", data, name.at + 4, len(label), entry(data).start + at)
    assert len(seen(bytes(data))) == 2
    with pytest.raises(CannotCarry, match=r"share bytes .*, then label again"):
        written(bytes(data))


def test_bounds(monkeypatch):
    data = second_page(PACKET, PACKET + b"\n")
    monkeypatch.setattr(module, "_PACKETS", len(PACKET) + 1)
    with pytest.raises(LimitExceeded, match="MiB of XMP"):
        seen(data)
    monkeypatch.setattr(tiff_packet, "LARGEST", 100)
    with pytest.raises(LimitExceeded, match="an XMP packet of"):
        written(data)


def test_a_broken_exif_directory_is_said_behind_the_packet():
    data = bytearray(saved(tags={XMP: (7, PACKET), 0x8769: (4, 8)}))
    struct.pack_into("<L", data, entry(data, 0x8769).at + 8, 1 << 30)
    with open_asset(bytes(data)) as asset:
        reading = FORMAT.read(asset)
        assert isinstance(next(reading), FoundLabel)
        with pytest.raises(Malformed, match="a directory at byte"):
            list(reading)


def test_big_files_are_read_in_few_bytes():
    data = saved() + bytes(5 << 20)
    data = written(data)
    with open_asset(data) as asset:
        assert FORMAT.sniff(asset)
        (found,) = FORMAT.read(asset)
        assert found.fields == LABEL.fields
        assert asset.bytes_read < 32_768
        assert asset.reads <= 8


@pytest.mark.foreign("tiffcp", "tiffinfo")
@pytest.mark.parametrize("options", [["-8"], ["-8", "-B"], ["-B"]], ids="".join)
def test_libtiff_reads_the_label_in_every_flavour(options, tmp_path):
    plain, path = tmp_path / "plain.tif", tmp_path / "path.tif"
    plain.write_bytes(saved(3))
    subprocess.run(["tiffcp", *options, plain, path], check=True)
    path.write_bytes(written(path.read_bytes()))
    done = subprocess.run(["tiffinfo", "-D", path], capture_output=True, check=True)
    assert not done.stderr
    assert b"tiff/\xe7\x81\xaf\xe5\xa1\x94/1" in done.stdout
    assert done.stdout.count(b"TIFF Directory") == 3


@pytest.mark.parametrize(
    ("data", "claimed"),
    [
        (b"II*\0\1", True),
        (b"MM\0*" + bytes(4), True),
        (b"II\xbc\1" + bytes(8), False),
        (b"", False),
    ],
)
def test_a_broken_tiff_is_claimed_all_the_same(data, claimed):
    with open_asset(data) as asset:
        assert FORMAT.sniff(asset) is claimed


def test_a_value_beyond_the_end_does_not_come_to_life():
    data = bytearray(saved())
    (at,) = struct.unpack_from("<L", data, 4)
    entry_at = next(
        at + 2 + 12 * n for n in range(20) if data[at + 2 + 12 * n : at + 4 + 12 * n] == b"\x02\x01"
    )
    struct.pack_into("<LL", data, entry_at + 4, 5_000, 8)  # BitsPerSample
    with pytest.raises(Malformed, match="tag 258 lies beyond the end"):
        written(bytes(data))
