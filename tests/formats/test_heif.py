"""HEIF and AVIF: which packet is home, what moves when one is added, and what is left alone."""

from __future__ import annotations

import gzip
import io
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from aigc_label.asset import open_asset
from aigc_label.carriers import heif_edits, heif_items, packet_room, record
from aigc_label.carriers.xmp import updated
from aigc_label.containers import bmff
from aigc_label.containers.bmff import items, moving
from aigc_label.errors import CannotCarry, LimitExceeded, Malformed
from aigc_label.formats import avif
from aigc_label.formats.heif import FORMAT
from aigc_label.model import FoundLabel, ImplicitLabel, Signal
from heif_samples import (
    PICTURE,
    Form,
    Item,
    contents,
    exif,
    ftyp,
    heif,
    meta,
    xmp,
)
from mp4_samples import XMP_ID, box, full, hdlr, ilst, keys, table, track

LABEL = ImplicitLabel(content_producer="Somebody", produce_id="heif/灯塔/1")
OTHER = ImplicitLabel(content_producer="Somebody", produce_id="heif/2")
PACKET = updated(None, OTHER)
EMPTY = (
    b'<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
    b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><!-- kept --></rdf:RDF>'
    b'</x:xmpmeta><?xpacket end="w"?>'
)
COMMENT = b"ASCII\0\0\0" + record.dump_wrapped(OTHER).encode()
MAIN = Item(1)
BOMB = zlib.compress(bytes(4 << 20), 9)


def tiff(comment=COMMENT):
    head = b"MM\0*" + struct.pack(">IHHHIIIHHHII", 8, 1, 0x8769, 4, 1, 26, 0, 1, 0x9286, 7, 0, 0)
    head = head[:-8] + struct.pack(">III", len(comment), 44, 0)
    return head + comment


def seen(raw, fmt=FORMAT):
    with open_asset(raw) as asset:
        return list(fmt.read(asset))


def places(raw, fmt=FORMAT):
    return [(found.carrier, found.home, found.fields["ProduceID"]) for found in seen(raw, fmt)]


def planned(raw, label=LABEL, fmt=FORMAT):
    with open_asset(raw) as asset:
        return fmt.plan(asset, label)


def written(raw, label=LABEL, fmt=FORMAT):
    out = io.BytesIO()
    with open_asset(raw) as asset:
        fmt.plan(asset, label).apply(asset, out)
    made = out.getvalue()
    (found,) = (o for o in seen(made, fmt) if isinstance(o, FoundLabel))
    assert found.fields == label.fields
    assert (found.carrier, found.home) == (fmt.homes[0], True)
    return made


def kinds(raw):
    with open_asset(raw) as asset:
        return [found.type for found in bmff.boxes(asset, 0, len(raw))]


def pictures(raw):
    return [data for number, data in contents(raw).items() if number in (1, 5, 6)]


# --- reading ------------------------------------------------------------------------------------


def test_the_packet_of_the_primary_item_is_home():
    raw = heif(MAIN, xmp(PACKET))
    assert places(raw) == [("heif.xmp", True, "heif/2")]
    assert places(raw, avif.FORMAT) == [("avif.xmp", True, "heif/2")]
    (found,) = seen(raw)
    assert raw[found.offset :].startswith(PACKET)


@pytest.mark.parametrize(
    ("item", "carrier", "home"),
    [
        (xmp(PACKET, about=None), "heif.xmp", True),
        (xmp(PACKET, about=5), "heif.xmp.other", False),
        (exif(tiff()), "heif.exif", False),
        (Item(3, b"Exif", b"\0\0\0\6Exif\0\0" + tiff()), "heif.exif", False),
        (Item(3, b"Exif", b"Exif\0\0" + tiff()), "heif.exif", False),
        (Item(3, b"Exif", tiff()), "heif.exif", False),
        (Item(3, b"Exif", b"\xff\0\0\0" + tiff()), "heif.exif", False),
        (xmp(PACKET, method=1), "heif.xmp", True),
        (xmp(zlib.compress(PACKET), encoding=b"deflate"), "heif.xmp", True),
        (xmp(zlib.compress(PACKET)[2:-4], encoding=b"deflate"), "heif.xmp", True),
        (xmp(gzip.compress(PACKET, mtime=0), encoding=b"GZIP"), "heif.xmp", True),
        (xmp(PACKET, encoding=b"identity"), "heif.xmp", True),
        (xmp(PACKET, cuts=(9, 100)), "heif.xmp", True),
    ],
)
def test_where_labels_stand(item, carrier, home):
    form = Form(iloc=1)
    assert places(heif(MAIN, item, Item(5), form=form)) == [(carrier, home, "heif/2")]


@pytest.mark.parametrize(
    "item",
    [
        xmp(b""),
        xmp(EMPTY),
        Item(2, b"mime", PACKET, 1, b"text/plain"),
        Item(2, b"mime", PACKET, 1),
        Item(2, b"uri ", PACKET, 1),
    ],
)
def test_what_is_no_label(item):
    assert seen(heif(MAIN, item, form=Form(iloc=1))) == []


@pytest.mark.parametrize(
    "item",
    [
        xmp(PACKET, protection=1),
        xmp(PACKET, encoding=b"br"),
        xmp(PACKET, encoding=b"deflate"),
        xmp(PACKET, method=2),
        xmp(PACKET, reference=1),
    ],
)
def test_a_packet_that_cannot_be_read_is_not_taken_for_none(item):
    with pytest.raises(CannotCarry, match="encrypted, compressed or kept in a way"):
        seen(heif(MAIN, item, form=Form(iloc=1)))


@pytest.mark.parametrize("version", [0, 1])
def test_entries_of_the_oldest_versions(version):
    form = Form(infe=version)
    pictures_too = heif(MAIN._replace(media=b"image/jpeg"), xmp(PACKET), form=form)
    assert places(pictures_too) == [("heif.xmp", True, "heif/2")]


def test_media_types_have_parameters_and_any_case():
    item = Item(2, b"mime", PACKET, 1, b"Application/RDF+XML; charset=utf-8")
    assert places(heif(MAIN, item)) == [("heif.xmp", True, "heif/2")]


def test_a_packet_box_of_films_and_content_credentials():
    assert places(heif(MAIN, behind=box(b"uuid", XMP_ID, PACKET))) == [
        ("heif.uuid", False, "heif/2")
    ]
    store = box(b"jumb", b"c2pa trainedAlgorithmicMedia")
    (signal,) = seen(heif(MAIN, behind=box(b"uuid", heif_items._C2PA_BOX, bytes(21), store)))
    assert isinstance(signal, Signal)
    assert (signal.scheme, signal.ai, signal.carrier) == ("c2pa", True, "heif.c2pa")


def test_labels_of_films_in_a_sequence_are_misplaced_and_cleared():
    tags = full(b"meta", hdlr(b"mdta"), keys("AIGC"), ilst(record.dump(OTHER)))
    raw = heif(MAIN, behind=box(b"moov", track(table(b"stco", 44)), box(b"udta", tags)))
    ((carrier, home, _),) = places(raw)
    assert (carrier.endswith(".keys"), home) == (True, False)
    made = written(raw)
    assert b"heif/2" not in made
    assert pictures(made) == [PICTURE]


@pytest.mark.parametrize(
    ("raw", "error", "reason"),
    [
        (ftyp(), Malformed, "holds no picture"),
        (ftyp() + full(b"meta", hdlr(b"pict")), Malformed, "holds no picture"),
        (box(b"ftyp", b"mif3avif") + box(b"mini", bytes(9)), CannotCarry, "minimized"),
        (heif(MAIN, xmp(PACKET))[:-1], Malformed, "cut short"),
        (heif(*(xmp(b"", n) for n in range(1, 2050))), LimitExceeded, "more than 2048"),
        (
            heif(*(xmp(BOMB + bytes(n), n, encoding=b"deflate") for n in range(1, 12))),
            LimitExceeded,
            "more than 32 MiB",
        ),
    ],
)
def test_what_breaks_is_said(raw, error, reason):
    with pytest.raises(error, match=reason):
        seen(raw)


# --- writing ------------------------------------------------------------------------------------


def test_a_new_packet_stands_behind_the_media_with_room():
    raw = heif(MAIN, Item(5), exif(b"MM\0*"))
    made = written(raw)
    assert kinds(made) == [b"ftyp", b"meta", b"mdat", b"mdat"]
    assert pictures(made)[:2] == [PICTURE, PICTURE]
    assert contents(made)[3] == contents(raw)[3]
    assert len(contents(made)[6]) > 2400
    with open_asset(made) as asset:
        (holder,) = (h for b in bmff.boxes(asset, 0, asset.size) for h in items.holders(asset, b))
        assert items.descriptions(holder) == {3: {1}, 6: {1}}


def test_updates_are_patches_in_place():
    made = written(heif(MAIN))
    for label in (OTHER, LABEL.propagated("Somewhere", "x" * 500)):
        plan = planned(made, label)
        assert all(len(s.data) == s.span.end - s.span.start for s in plan.splices)
        made = written(made, label)
    assert made.count(b"<x:xmpmeta") == 1


def test_a_packet_that_fits_stays_where_it_is():
    raw = heif(MAIN, xmp(packet_room.with_room(EMPTY), cuts=(100, 200)))
    (_, *_), made = planned(raw).splices, written(raw)
    assert len(made) == len(raw)
    assert made[: raw.index(EMPTY[:20])] == raw[: raw.index(EMPTY[:20])]


@pytest.mark.parametrize("method", [0, 1])
def test_a_packet_that_outgrows_its_place_leaves_blanks(method):
    raw = heif(MAIN, xmp(EMPTY, method=method), form=Form(iloc=1))
    made = written(raw)
    assert made.count(b"<x:xmpmeta") == 1
    assert b" " * len(EMPTY) in made
    assert pictures(made) == [PICTURE]


@pytest.mark.parametrize("encoding", [b"deflate", b"identity"])
def test_a_compressed_packet_becomes_a_plain_one(encoding):
    data = zlib.compress(EMPTY) if encoding == b"deflate" else EMPTY
    made = written(heif(MAIN, xmp(data, encoding=encoding), exif(b"MM\0*")))
    assert encoding not in made
    assert contents(made)[2].startswith(EMPTY[:80])


def test_a_packet_without_reference_gets_one():
    made = written(heif(MAIN, xmp(PACKET, about=None)))
    assert made.count(b"cdsc") == 1
    assert planned(made).growth() == 0


@pytest.mark.parametrize(
    "item",
    [
        xmp(PACKET, 4),
        xmp(PACKET, 4, about=5),
        xmp(zlib.compress(PACKET), 4, about=5, encoding=b"deflate"),
        exif(tiff(), 4),
        exif(tiff(), 4, method=1),
        exif(tiff(), 4, cuts=(3, 60)),
    ],
)
def test_copies_are_cleared(item):
    raw = heif(MAIN, item, Item(5), xmp(EMPTY), form=Form(iloc=1))
    made = written(raw)
    assert b"heif/2" not in made
    assert pictures(made) == [PICTURE, PICTURE]


@pytest.mark.parametrize(
    "item", [exif(tiff(), protection=1), exif(tiff(b""), 4), xmp(EMPTY, 4, about=5)]
)
def test_what_cannot_be_read_or_holds_no_label_stays(item):
    raw = heif(MAIN, item, Item(5), xmp(EMPTY))
    assert contents(written(raw))[item.id] == contents(raw)[item.id]


def test_a_copy_and_a_new_packet_are_added_one_behind_the_other():
    squeezed = xmp(zlib.compress(PACKET), 4, about=5, encoding=b"deflate")
    made = written(heif(MAIN, squeezed, Item(5)))
    assert contents(made)[4].startswith(PACKET[:80])
    assert contents(made)[6].startswith(PACKET[:80])
    assert b"heif" not in contents(made)[4]


def test_a_packet_about_another_picture_is_not_taken_for_home():
    raw = heif(MAIN, xmp(EMPTY, about=5), Item(5))
    made = written(raw)
    assert contents(made)[2] == EMPTY
    assert LABEL.produce_id.encode() in contents(made)[6]


@pytest.mark.parametrize(
    ("form", "number"),
    [
        (Form(iloc=1, base=4), 2),
        (Form(iloc=1, offset=0, base=4), 2),
        (Form(iloc=2, iinf=1, iref=1, infe=3, offset=8, length=8, base=8, index=4), 70_000),
        (Form(iref=1), 2),
    ],
)
@pytest.mark.parametrize("last", [(), (b"iref",), (b"iinf",), (b"iinf", b"iref", b"iloc")])
@pytest.mark.parametrize("described", [True, False])
def test_all_forms_of_tables(form, number, last, described):
    about = 1 if described else None
    raw = heif(MAIN, exif(b"MM\0*", number, about), Item(5), form=form, last=last)
    made = written(raw)
    assert pictures(made)[:2] == [PICTURE, PICTURE]
    assert contents(made)[number] == contents(raw)[number]
    assert written(made) == made


def test_a_large_number_is_no_reason_for_a_larger_one():
    raw = heif(Item(65_535), xmp(PACKET, 65_534, about=9), primary=65_535)
    made = written(raw)
    assert set(contents(made)) == {65_535, 65_534, 1}


def test_numbers_of_groups_are_taken():
    group = box(b"grpl", full(b"altr", struct.pack(">IIII", 2, 2, 1, 5)))
    made = written(heif(MAIN, more=group))
    assert set(contents(made)) == {1, 3}


@pytest.mark.parametrize(
    ("free", "absorbed"),
    [(400, True), (4, False), (None, False)],
)
def test_free_space_pays_for_larger_tables(free, absorbed):
    between = box(b"free", bytes(free)) if free is not None else box(b"uuid", bytes(16))
    raw = heif(MAIN, between=between)
    made = written(raw)
    assert (raw.index(PICTURE) == made.index(PICTURE)) is absorbed
    assert pictures(made) == [PICTURE]


def test_free_space_of_the_very_size_goes():
    grown = written(heif(MAIN, between=box(b"free", bytes(500))))
    left = grown.index(b"mdat") - grown.index(b"free")
    needed = 500 + 8 - left
    made = written(heif(MAIN, between=box(b"free", bytes(needed - 8))))
    assert b"free" not in kinds(made)
    assert pictures(made) == [PICTURE]


def test_what_phones_append_stays_at_the_end():
    film = box(b"mpvd", b"a film")
    raw = heif(MAIN, behind=film)
    made = written(raw)
    assert kinds(made) == [b"ftyp", b"meta", b"mdat", b"mdat", b"mpvd"]
    assert made.endswith(film)


def test_media_up_to_the_end_of_the_file_moves_once():
    raw = heif(MAIN)
    at = raw.rindex(b"mdat") - 4
    made = written(raw[:at] + bytes(4) + raw[at + 4 :])
    assert kinds(made) == [b"ftyp", b"meta", b"mdat", b"mdat"]
    assert made.endswith(PICTURE)
    assert pictures(made) == [PICTURE]


def test_media_before_the_tables_stays():
    body = meta([MAIN], starts=[36])
    raw = ftyp() + box(b"mdat", bytes(8), PICTURE)
    raw += meta([MAIN], starts=[raw.index(PICTURE)])
    assert len(body) == len(raw) - raw.index(b"meta") + 4
    made = written(raw)
    assert made.startswith(raw[: raw.index(b"meta") - 4])
    assert pictures(made) == [PICTURE]


def sequence(tables, *, behind=True, more=b""):
    """A picture and a sequence whose chunk is that picture."""
    raw = heif(MAIN)
    size = len(box(b"moov", track(tables(0)), more))
    at = raw.index(PICTURE) + (0 if behind else size)
    moov = box(b"moov", track(tables(at)), more)
    return heif(MAIN, brand=b"msf1", **{"behind" if behind else "between": moov})


@pytest.mark.parametrize("kind", [b"stco", b"co64"])
@pytest.mark.parametrize("behind", [True, False])
def test_chunks_of_sequences_move_along(kind, behind):
    raw = sequence(lambda at: table(kind, at), behind=behind)
    made = written(raw)
    form = ">I" if kind == b"stco" else ">Q"
    (at,) = struct.unpack_from(form, made, made.index(kind) + 12)
    assert made[at:].startswith(PICTURE)


def test_a_track_that_shares_the_packet_follows():
    """As libavif writes it: the track's items are the file's."""

    def tracks(start, size):
        item = xmp(b"x" * size, about=None)
        return box(b"moov", box(b"trak", meta([item], starts=[start], primary=None)))

    raw = heif(MAIN, xmp(PACKET), between=tracks(0, len(PACKET)))
    moov = tracks(raw.index(PACKET), len(PACKET))
    raw = heif(MAIN, xmp(PACKET), between=moov)
    assert places(raw) == [("heif.xmp", True, "heif/2")]
    long = LABEL.propagated("Somewhere", "x" * 400)
    made = written(raw, long)
    (start,) = struct.unpack_from(">I", made, made.rindex(b"iloc") + 18)
    assert made[start:].startswith(PACKET[:80])
    assert b"heif/2" not in made


def pict(*tables, more=b""):
    """A track of pictures."""
    stbl = box(b"minf", box(b"stbl", *tables))
    return box(b"trak", more, box(b"mdia", hdlr(b"pict"), stbl))


def packets_of_tracks(raw):
    with open_asset(raw) as asset:
        top = list(bmff.boxes(asset, 0, asset.size))
        holders = [h for b in top if b.type == b"moov" for h in items.holders(asset, b)]
        return [
            items.content(asset, slot.places, 1 << 20)
            for holder in holders
            for slot in heif_items.slots(holder, main=False)
        ]


@pytest.mark.parametrize("packet", [EMPTY, PACKET, None])
@pytest.mark.parametrize("own", [b"", meta([exif(b"MM")], starts=[0], primary=None)])
@pytest.mark.parametrize("behind", [True, False])
def test_tracks_name_the_packet_of_the_file(packet, own, behind):
    """Players of sequences look there only; the alpha's track needs none."""
    moov = box(b"moov", pict(more=own), track(), pict(table(b"stco", 20)))
    extra = [] if packet is None else [xmp(packet)]
    raw = heif(MAIN, *extra, **{"behind" if behind else "between": moov})
    made = written(raw)
    first, *others = [p for p in packets_of_tracks(made) if LABEL.produce_id.encode() in p]
    assert others == [first]
    assert first in contents(made).values()
    assert made.count(LABEL.produce_id.encode()) == 2  # of producer and propagator
    assert written(made) == made


def test_a_packet_in_idat_cannot_be_named_by_tracks():
    item = xmp(packet_room.with_room(EMPTY), method=1)
    made = written(heif(MAIN, item, form=Form(iloc=1), behind=box(b"moov", pict())))
    assert packets_of_tracks(made) == []


def test_a_sequence_without_a_picture_has_its_home_in_the_track():
    raw = ftyp(b"hevc") + box(b"moov", pict()) + box(b"mdat", PICTURE) + box(b"free", b"x")
    assert seen(raw) == []
    made = written(raw)
    assert written(made) == made
    assert len(packets_of_tracks(made)) == 1
    with open_asset(made[:-1]) as asset:
        reading = FORMAT.read(asset)
        assert next(reading).home
        with pytest.raises(Malformed, match="cut short"):
            list(reading)


def test_libavif_reads_the_packet_of_a_track_alone():
    frames = [Image.linear_gradient("L").resize((64, 48)).rotate(90 * n) for n in range(2)]
    out = io.BytesIO()
    frames[0].save(out, "AVIF", save_all=True, append_images=frames[1:], speed=10, max_threads=1)
    raw = out.getvalue().replace(b"meta", b"free", 1)  # no picture beside the sequence
    raw = raw[:16] + raw[16:44].replace(b"avif", b"avis").replace(b"mif1", b"msf1") + raw[44:]
    with Image.open(io.BytesIO(written(raw, fmt=avif.FORMAT))) as image:
        assert LABEL.produce_id.encode() in image.info["xmp"]
        assert image.n_frames == 2


def test_the_tables_of_the_file_may_come_behind_those_of_the_tracks():
    def tables(start):
        shared = meta([xmp(PACKET, about=None)], starts=[start + len(PICTURE)], primary=None)
        own = meta([MAIN, xmp(PACKET)], starts=[start, start + len(PICTURE)])
        return ftyp() + box(b"moov", box(b"trak", shared)) + own

    raw = tables(len(tables(0)) + 8) + box(b"mdat", PICTURE, PACKET)
    assert places(raw) == [("heif.xmp", True, "heif/2")]
    assert b"heif/2" not in written(raw)


def test_a_label_of_a_track_alone_is_misplaced_and_cleared():
    def with_track(start):
        item = xmp(PACKET, about=None)
        tables = meta([item], starts=[start], primary=None)
        return heif(MAIN, between=box(b"moov", box(b"trak", tables)), behind=box(b"free", PACKET))

    raw = with_track(with_track(0).index(PACKET))
    assert places(raw) == [("heif.xmp.other", False, "heif/2")]
    made = written(raw)
    assert b"heif/2" not in made
    assert made.endswith(b" " * 10)


@given(
    st.lists(st.integers(0, 1), min_size=1, max_size=4),
    st.sampled_from([Form(iloc=1), Form(iloc=1, base=4), Form(iloc=2, iref=1, offset=8)]),
    st.permutations([b"pitm", b"iloc", b"iinf", b"iref", b"idat"]),
    st.booleans(),
)
def test_other_items_stay_as_they_are(methods, form, order, labelled):
    given_items = [Item(n, data=bytes([n]) * n * 9, method=m) for n, m in enumerate(methods, 1)]
    extra = [xmp(PACKET, 40)] if labelled else [exif(tiff(), 41)]
    raw = heif(*given_items, *extra, form=form, last=tuple(order))
    made = written(raw)
    after = contents(made)
    assert [after[item.id] for item in given_items] == [item.data for item in given_items]
    assert written(made) == made


# --- refusing -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "error", "reason"),
    [
        (ftyp() + box(b"moov", track(table(b"stco", 1))), CannotCarry, "no list of items"),
        (ftyp() + box(b"mini"), CannotCarry, "no list of items"),
        (
            ftyp() + box(b"moov", box(b"trak", meta([exif(b"MM")], starts=[0], primary=None))),
            CannotCarry,
            "no list of items",
        ),
        (heif(MAIN) + meta([MAIN], starts=[0]), CannotCarry, "two lists of items"),
        (heif(MAIN, xmp(PACKET, protection=1)), CannotCarry, "encrypted, compressed"),
        (heif(MAIN, xmp(PACKET, encoding=b"br")), CannotCarry, "encrypted, compressed"),
        (heif(MAIN, xmp(PACKET, method=2), form=Form(iloc=1)), CannotCarry, "kept in a way"),
        (heif(MAIN, xmp(b"<x:xmpmeta><broken>")), CannotCarry, "damaged"),
        (heif(MAIN, xmp(b"x" * (5 << 20))), LimitExceeded, "longer than any"),
        (ftyp() + full(b"meta", full(b"iloc", bytes(4))), CannotCarry, "no list"),
        (heif(Item(70_000), primary=1, form=Form(infe=3, iloc=2, iinf=1)), None, ""),
    ],
)
def test_refusals_say_why(raw, error, reason):
    if error is None:
        assert written(raw)
        return
    with pytest.raises(error, match=reason):
        planned(raw)


def overlapping(item, *, at):
    """A file in which the second item begins ``at`` bytes behind the start of the first."""
    raw = heif(MAIN, item)
    start = raw.index(PICTURE)
    return ftyp() + meta([MAIN, item], starts=[start, start + at]) + raw[start - 8 :]


def test_copies_have_a_limit(monkeypatch):
    monkeypatch.setattr(heif_edits, "_MOST_COPIES", 1)
    raw = heif(MAIN, *(xmp(PACKET, n, about=9) for n in (4, 5)))
    with pytest.raises(LimitExceeded, match="more than 1 copies"):
        planned(raw)


def test_bytes_that_two_items_share_are_not_touched():
    raw = overlapping(xmp(PACKET, about=5), at=len(PICTURE) - 1)
    tail = raw.rindex(PICTURE) + len(PICTURE) - 1
    raw = raw[:tail] + PACKET + bytes(9)
    with pytest.raises(CannotCarry, match="another item"):
        planned(raw)
    home = overlapping(xmp(packet_room.with_room(EMPTY)), at=len(PICTURE) - 1)
    tail = home.rindex(PICTURE) + len(PICTURE) - 1
    home = home[:tail] + packet_room.with_room(EMPTY) + b" "
    made = written(home)
    assert contents(made)[1] == contents(home)[1]


def test_an_item_over_several_boxes_is_not_torn():
    raw = heif(MAIN)
    all_of_it = Item(1, data=bytes(len(raw)))
    whole = ftyp() + meta([all_of_it], starts=[0]) + raw[raw.index(PICTURE) - 8 :]
    with pytest.raises(CannotCarry, match="spans several boxes"):
        planned(whole)


def test_items_of_other_files_are_not_moved():
    item = MAIN._replace(reference=1)
    with pytest.raises(CannotCarry, match=r"another file \(dref\)"):
        planned(heif(item))
    assert written(heif(item, between=box(b"free", bytes(500))))


def test_offsets_that_outgrow_chunks_are_refused(monkeypatch):
    raw = sequence(lambda at: table(b"stco", at, 0xFFFFFFF0), behind=False)
    with pytest.raises(CannotCarry, match="outgrow"):
        planned(raw)
    monkeypatch.setattr(moving, "LARGEST_TABLES", 4)
    with pytest.raises(LimitExceeded, match="chunk offsets"):
        planned(raw)
