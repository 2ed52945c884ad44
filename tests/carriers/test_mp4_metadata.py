import json
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aigc_label.asset import open_asset
from aigc_label.carriers import mp4_metadata, mp4_packets, mp4_writing, xmp
from aigc_label.errors import AigcLabelError, CannotCarry, LimitExceeded, Malformed
from aigc_label.formats import m4a, mov, mp4
from aigc_label.model import FoundLabel, Signal
from mp4_samples import (
    JSON,
    LABEL,
    OTHER,
    XMP_ID,
    box,
    data,
    edited,
    freeform,
    full,
    hdlr,
    ilst,
    keys,
    mdir,
    mdta,
    movie,
)

FIELDS = LABEL.fields
SPARE = mp4_writing.PADDING
WRAPPED = f'{{"AIGC": {OTHER}}}'
PACKET = xmp.updated(None, LABEL)


def seen(raw, fmt=mp4.FORMAT):
    return list(fmt.read(open_asset(raw)))


def written(raw, label=LABEL, fmt=mp4.FORMAT):
    """The file with the label; checked to hold it once, at home, and to want no second write."""
    new = edited(raw, fmt.plan(open_asset(raw), label))
    [found] = [o for o in seen(new, fmt) if isinstance(o, FoundLabel)]
    assert (found.carrier, found.home, found.quirks) == (fmt.homes[0], True, ())
    assert dict(found.fields) == label.fields
    assert not mp4.plan(open_asset(new), label)
    return new


def udta(*inside):
    return box(b"udta", *inside)


def qt_text(value):
    value = value.encode()
    return struct.pack(">HH", len(value), 0x55C4) + value


HOME = udta(mdta(["AIGC"], JSON))
PLACES = {
    # carrier, quirks that the place adds, file
    "home": ("mp4.keys", movie(HOME)),
    "home, header last": ("mp4.keys", movie(HOME, last=True)),
    "home, QuickTime's meta": (
        "mp4.keys",
        movie(udta(box(b"meta", hdlr(b"mdta"), keys("AIGC"), ilst(JSON)))),
    ),
    "home, no handler": ("mp4.keys", movie(udta(full(b"meta", keys("AIGC"), ilst(JSON))))),
    "home, among other keys": ("mp4.keys", movie(udta(mdta(["a", "AIGC", "b"], "1", JSON, "2")))),
    "home, behind iTunes tags": (
        "mp4.keys",
        movie(udta(mdir((b"\xa9nam", "T")), mdta(["AIGC"], JSON))),
    ),
    "home, second udta": ("mp4.keys", movie(udta(), HOME)),
    "home, UTF-16": ("mp4.keys", movie(udta(mdta(["AIGC"], data(JSON.encode("utf-16-be"), 2))))),
    "home, untyped": ("mp4.keys", movie(udta(mdta(["AIGC"], data(JSON, 0))))),
    "home, untyped UTF-16": (
        "mp4.keys",
        movie(udta(mdta(["AIGC"], data(JSON.encode("utf-16-be"), 0)))),
    ),
    "home, ends in NUL": ("mp4.keys", movie(udta(mdta(["AIGC"], JSON + "\0")))),
    "exiftool's": ("mp4.meta", movie(mdta(["AIGC"], JSON))),
    "reverse domain": ("mp4.meta", movie(mdta(["com.example.AIGC"], JSON))),
    "keyless list": ("mp4.ilst", movie(udta(mdir((b"\0\0\0\1", JSON))))),
    "keyless list without items": ("mp4.ilst", movie(udta(mdir((b"data", data(JSON)[8:]))))),
    "keyless list in moov": ("mp4.meta", movie(mdir((b"\xa9cmt", JSON)))),
    "iTunes comment": ("mp4.ilst", movie(udta(mdir((b"\xa9cmt", JSON))))),
    "iTunes description": ("mp4.ilst", movie(udta(mdir((b"desc", JSON))))),
    "free-form": ("mp4.freeform", movie(udta(mdir(freeform("AIGC", JSON))))),
    "other key": ("mp4.keys.comment", movie(udta(mdta(["com.apple.quicktime.comment"], JSON)))),
    "key without letters": ("mp4.keys.other", movie(udta(mdta(["\xa9"], JSON)))),
    "3GPP author": ("mp4.udta", movie(udta(full(b"auth", b"\x15\xc7", JSON.encode() + b"\0")))),
    "AIGC box": ("mp4.udta", movie(udta(box(b"AIGC", JSON.encode())))),
    "AIGC full box": ("mp4.udta", movie(udta(full(b"AIGC", JSON.encode() + b"\0")))),
    "AIGC box of data": ("mp4.udta", movie(udta(box(b"AIGC", data(JSON))))),
    "comment box": ("mp4.udta", movie(udta(box(b"\xa9cmt", qt_text(JSON))))),
    "3GPP description": ("mp4.udta", movie(udta(full(b"dscp", b"\x15\xc7", JSON.encode())))),
    "XMP": ("mp4.xmp", movie() + box(b"uuid", XMP_ID, PACKET)),
    "XMP before the header": ("mp4.xmp", movie(before=box(b"uuid", XMP_ID, PACKET))),
    "XMP in the header": ("mp4.xmp", movie(box(b"uuid", XMP_ID, PACKET))),
    "QuickTime's XMP": ("mp4.xmp", movie(udta(box(b"XMP_", PACKET)))),
}


@pytest.mark.parametrize("fmt", [mp4.FORMAT, mov.FORMAT, m4a.FORMAT], ids=lambda fmt: fmt.id)
@pytest.mark.parametrize(("carrier", "raw"), PLACES.values(), ids=PLACES)
def test_every_place_is_read_and_brought_home(carrier, raw, fmt):
    [found] = seen(raw, fmt)
    assert (found.carrier, dict(found.fields)) == (carrier.replace("mp4", fmt.id), FIELDS)
    assert found.home == (carrier == "mp4.keys")
    assert 0 < found.offset < len(raw)
    new = written(raw, fmt=fmt)
    assert new.count(b"task-1") == 2  # ProduceID and PropagateID of one label


@pytest.mark.parametrize(
    ("name", "value", "quirks"),
    [
        ("AIGC", WRAPPED, ("wrapped",)),
        ("aigc", OTHER, ("lower-case-key",)),
        ("Aigc", WRAPPED, ("wrapped", "lower-case-key")),
        ("AIGC", OTHER.replace("Label", "label"), ("key-spelling",)),
        ("AIGC", OTHER.replace(",", ",\n\t"), ()),
        ("AIGC", OTHER.replace(",", ",\x0b\x01"), ("control-characters",)),
        ("AIGC", f"'{OTHER}'", ("trailing-garbage",)),
    ],
)
def test_deviations_are_named_and_mended(name, value, quirks):
    raw = movie(udta(mdta([name], value)))
    [found] = seen(raw)
    assert found.quirks == quirks
    assert found.fields["ContentProducer"] == "somebody"
    assert b"somebody" not in written(raw)


@pytest.mark.parametrize(
    "inside",
    [
        b"",
        udta(),
        udta() + bytes(4),
        box(b"udta", box(b"name", b"a name"), bytes(4)),
        udta(mdta(["AigcX"], '{"Label":"1"}')),
        udta(mdta(["AIGC"], "no label at all")),
        udta(mdta(["AIGC"])),
        udta(full(b"meta", hdlr(b"mdta"))),
        udta(full(b"meta", hdlr(b"mdta"), keys())),
        udta(full(b"meta", hdlr(b"mdta"), keys("AIGC"))),
        udta(full(b"meta", hdlr(b"mdta"), ilst())),
        udta(full(b"meta", hdlr(b"mdir"))),
        udta(box(b"AIGC", b"plain words")),
    ],
)
@pytest.mark.parametrize("last", [True, False])
def test_label_finds_its_home_whatever_is_there(inside, last):
    raw = movie(inside, last=last)
    assert not [o for o in seen(raw) if isinstance(o, FoundLabel)]
    written(raw)


def test_other_keys_keep_their_values():
    cover = data(bytes(range(256)) * 9, 13)
    raw = movie(udta(mdta(["x", "aigc", "y", "AIGC", "z"], "1", OTHER, cover, OTHER, "3")))
    assert mdta(["x", "y", "AIGC", "z"], "1", cover, JSON, "3", spare=SPARE) in written(raw)


def test_itunes_tags_stay_byte_for_byte():
    tags = mdir((b"\xa9nam", "Title"), (b"covr", data(bytes(5000), 13)), freeform("mood", "calm"))
    new = written(movie(udta(tags, box(b"chpl", bytes(9)))))
    assert tags + box(b"chpl", bytes(9)) + mdta(["AIGC"], JSON, spare=SPARE) in new


def test_copies_go_and_what_stands_beside_them_stays():
    raw = movie(
        mdta(["maker", "AIGC", "place"], "m", OTHER, "p"),
        udta(
            mdir((b"\xa9nam", "T"), (b"\xa9cmt", OTHER), freeform("AIGC", WRAPPED)),
            box(b"AIGC", OTHER.encode()),
            box(b"name", b"n"),
            mdta(["AIGC"], OTHER),
            mdta(["AIGC", "late"], OTHER, "4"),
        ),
        box(b"uuid", XMP_ID, PACKET),
    )
    assert len([o for o in seen(raw) if isinstance(o, FoundLabel)]) == 7
    new = written(raw)
    # Either table of keys names all values rightly, whichever a reader takes for both.
    assert mdta(["maker", "place", "AIGC"], "m", "p") in new
    mine = mdta(["maker", "place", "AIGC"], (b"\0\0\0\3", JSON))
    assert mine[8:] in new[new.index(mdir((b"\xa9nam", "T")) + box(b"name", b"n")) :]
    assert mdta(["late"], "4") in new
    assert b"somebody" not in new


@pytest.mark.parametrize("apple", [["make", "place"], ["make", "AIGC", "place"]])
@pytest.mark.parametrize("last", [True, False])
def test_two_tables_of_keys_begin_alike(apple, last):
    """ffmpeg looks all values up in the first one; other keys keep their values."""
    values = {"make": "m", "AIGC": OTHER, "place": "p"}
    under = mdta(apple, *(values[name] for name in apple))
    home = udta(mdta(["x", "AIGC", "y"], "1", OTHER, "2"))
    new = written(movie(*(under, home)[:: 1 if last else -1]))
    names = ["make", "place", "AIGC", "x", "y"] if last else ["make", "place", "x", "AIGC", "y"]
    told = [(names.index(n) + 1, v) for n, v in (("x", "1"), ("AIGC", JSON), ("y", "2"))]
    assert mdta(names, *((struct.pack(">I", number), v) for number, v in told), spare=SPARE) in new
    assert mdta(["make", "place", *(["AIGC"] if last else [])], "m", "p") in new


def test_double_values_of_one_key_become_one():
    raw = movie(udta(mdta(["AIGC"], OTHER, (b"\0\0\0\1", OTHER))))
    assert mdta(["AIGC"], JSON, spare=SPARE) in written(raw)


def test_value_whose_key_is_missing_does_not_become_the_label():
    raw = movie(udta(mdta(["a"], "1", "dangling", (b"\0\0\0\7", "far"))))
    assert mdta(["a", "AIGC"], "1", JSON, (b"\0\0\0\7", "far"), spare=SPARE) in written(raw)


def test_label_without_number_in_keyed_tags_goes():
    raw = movie(udta(mdta(["other"], "1", (b"\xa9cmt", OTHER))))
    assert mdta(["other", "AIGC"], "1", (b"\0\0\0\2", JSON), spare=SPARE) in written(raw)


@pytest.mark.parametrize("trailer", [True, False])
def test_packet_keeps_its_length(trailer):
    packet = PACKET if trailer else PACKET[: PACKET.rindex(b"<?xpacket end")]
    raw = movie(before=box(b"uuid", XMP_ID, packet))
    new = written(raw)
    at = raw.index(XMP_ID) + 16
    assert new.index(b"moov") == raw.index(b"moov")
    rest = new[at : at + len(packet)]
    assert rest.endswith(b'<?xpacket end="w"?>') == trailer
    assert not xmp.holds_label(rest)


def test_too_large_a_packet_is_refused(monkeypatch):
    monkeypatch.setattr(mp4_packets, "LARGEST_PACKET", 100)
    with pytest.raises(LimitExceeded, match="XMP packet"):
        mp4.plan(open_asset(movie(box(b"uuid", XMP_ID, PACKET))), LABEL)


@pytest.mark.parametrize(
    "inside",
    [
        udta(mdta(["AIGC"], data(JSON, 13))),
        udta(mdta(["AIGC"], box(b"data", bytes(4)))),
        udta(mdir((b"\xa9cmt", f"See {JSON}"))),
        udta(mdir((b"\xa9cmt", '{"Label":"1"}'))),
        udta(mdir((b"\xa9cmt", struct.pack(">I4s", 99, b"data")))),
        udta(mdta(["aigc_label_type"], "1")),
        udta(mdta(["comment"], "vid:very nice")),
        udta(mdta(["title"], "vid:v0200fg10000abcdef")),
        udta(box(b"\xa9cmt", qt_text("no label"))),
        udta(box(b"\xa9cmt", bytes(2))),
    ],
)
def test_what_is_no_label_stays_silent(inside):
    raw = movie(inside)
    assert seen(raw) == []
    new = written(raw)
    assert b"mdta" in inside or inside[8:] in new


def test_values_over_the_bound_are_not_read():
    asset = open_asset(
        movie(udta(mdir((b"\xa9cmt", "x" * (2 << 20))), box(b"desc", bytes(2 << 20))))
    )
    assert list(mp4.read(asset)) == []
    assert asset.bytes_read < 1 << 17


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        (mdta(["AigcInfo"], '{"aigc_label_type":2}'), ("TikTok", True)),
        (mdta(["AigcInfo"], '{"aigc_label_type": 0}'), ("TikTok", None)),
        (mdir((b"\xa9too", "Google")), (None, None)),
        (box(b"\xa9too", qt_text("Google")), (None, None)),
        (mdir((b"\xa9too", "Adobe Firefly")), ("Adobe Firefly", True)),
        (mdta(["LvMetaInfo"], "{}"), ("Jianying (CapCut, Jimeng)", None)),
        (mdir((b"\xa9cmt", "vid:v0200fg10000abcdef")), ("ByteDance", None)),
        (mdta(["comment"], "vid:v10044g50000abcdefgh"), ("ByteDance", None)),
        (
            mdta(["comment"], '{"aigc_info":{"source_info":"dreamina"}}'),
            ("Jimeng (Dreamina)", None),
        ),
    ],
)
def test_statements_of_vendors(inside, expected):
    [signal] = seen(movie(udta(inside)))
    assert isinstance(signal, Signal)
    assert (signal.scheme, signal.generator, signal.ai) == ("vendor", *expected)


@pytest.mark.parametrize(("before", "sound"), [(0, 300), (0, 9000), (40_000, 300)])
def test_kling_in_the_first_frame(before, sound):
    message = bytes.fromhex("91ca60614aee385486142d5f73f4ae2e") + b"kling-ai"
    raw = movie(before=box(b"free", bytes(before)), media=bytes(sound) + message + bytes(9000))
    [signal] = seen(raw)
    assert (signal.generator, signal.ai) == ("Kling", True)


@pytest.mark.parametrize(
    ("source", "ai"), [(b"trainedAlgorithmicMedia", True), (b"digitalCapture", None)]
)
def test_c2pa_manifest(source, ai):
    store = bytes(4) + b"manifest\0" + bytes(8) + b"\0\0\1\0jumb" + b"c2pa" + source
    [signal] = seen(movie(before=box(b"uuid", mp4_metadata.C2PA, store)))
    assert (signal.scheme, signal.ai) == ("c2pa", ai)


def test_unknown_uuid_boxes_are_silent():
    assert seen(movie(before=box(b"uuid", bytes(16), PACKET))) == []
    assert seen(movie(before=box(b"uuid", mp4_metadata.C2PA, bytes(64)))) == []


@pytest.mark.parametrize(
    ("inside", "error"),
    [
        (udta(full(b"meta", full(b"keys", struct.pack(">II4s", 1, 99, b"mdta")))), Malformed),
        (udta(full(b"meta", full(b"keys", struct.pack(">II4s", 1, 7, b"mdta")))), Malformed),
        (udta(full(b"meta", box(b"keys", bytes(1 << 19)))), LimitExceeded),
        (udta(full(b"meta", box(b"ilst", struct.pack(">I4s", 90, b"\xa9nam")))), Malformed),
        (udta(mdir(*[(b"\xa9cmt", data("x") * 300)] * 20)), LimitExceeded),
    ],
)
def test_damaged_tags_are_named(inside, error):
    with pytest.raises(error):
        seen(movie(HOME, inside))
    with pytest.raises(error):
        mp4.plan(open_asset(movie(HOME, inside)), LABEL)


def test_facts_before_the_damage_are_kept():
    facts = mp4.read(open_asset(movie(HOME, box(b"udta", b"\0\0\0\x09AIGC"))))
    assert next(facts).home
    with pytest.raises(Malformed):
        next(facts)


# --- transplanting ------------------------------------------------------------------------------


def test_all_metadata_comes_along():
    tags = udta(mdir((b"\xa9nam", "T"), (b"covr", data(bytes(900), 13))), box(b"\xa9xyz", b"+1+2/"))
    more = mdta(["maker"], "m")
    packet = box(b"uuid", XMP_ID, b"<x/>")
    beside = full(b"meta", hdlr(b"nrtm"), box(b"xml ", b"<y/>"))
    source = movie(tags, more, packet, behind=box(b"uuid", XMP_ID, b"<z/>"), before=beside)
    encoded = movie(udta(mdir((b"\xa9too", "Lavf"))), mdta(["encoder"], "L"), media=b"other")
    plan = mp4.graft(open_asset(source), open_asset(encoded))
    new = edited(encoded, plan)
    assert tags + more + packet in new
    assert new.endswith(b"other" + beside + box(b"uuid", XMP_ID, b"<z/>"))
    assert b"Lavf" not in new
    assert b"encoder" not in new
    assert not mp4.graft(open_asset(new), open_asset(new)).growth()


def test_open_ended_boxes_get_a_size():
    source = movie(last=True) + struct.pack(">I4s", 0, b"uuid") + XMP_ID + b"<x/>"
    new = edited(movie(), mp4.graft(open_asset(source), open_asset(movie())))
    assert new.endswith(box(b"uuid", XMP_ID, b"<x/>"))


def test_metadata_that_points_into_the_file_is_refused():
    source = movie(full(b"meta", full(b"iloc", bytes(8))))
    with pytest.raises(CannotCarry, match="iloc"):
        mp4.graft(open_asset(source), open_asset(movie()))


# --- anything -----------------------------------------------------------------------------------

TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["AIGC", "Label", "ProduceID", "ContentProducer", "x"]), inner
        )
    ),
    max_leaves=9,
)


@given(
    TREES,
    st.sampled_from(["AIGC", "aigc", "AigcInfo", "comment"]),
    st.sampled_from([0, 1, 2, 13]),
    st.booleans(),
)
def test_any_value_is_read_and_replaced(tree, name, kind, last):
    value = json.dumps(tree)
    raw = value.encode("utf-16-be" if kind == 2 else "utf-8")
    seen(movie(udta(mdta([name, "x"], data(raw, kind), "1")), last=last))
    written(movie(udta(mdta([name, "x"], data(raw, kind), "1")), last=last))


@given(st.data())
def test_damage_never_escapes(draw):
    raw = bytearray(
        movie(
            udta(mdir((b"\xa9nam", "T"), freeform("AIGC", OTHER)), mdta(["a", "AIGC"], "1", OTHER)),
            box(b"uuid", XMP_ID, PACKET[:300]),
        )
    )
    for _ in range(draw.draw(st.integers(1, 8))):
        at = draw.draw(st.integers(0, len(raw) - 1))
        raw[at] = draw.draw(st.sampled_from([0, 1, 7, 8, 16, 255, *b"moovudtaAIGC"]))
    raw = bytes(raw)
    for attempt in (seen, lambda raw: edited(raw, mp4.plan(open_asset(raw), LABEL))):
        try:
            result = attempt(raw)
        except AigcLabelError as error:
            result = error.args
        assert result is not None
