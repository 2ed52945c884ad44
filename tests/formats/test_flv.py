"""FLV: where the label stands, the index of keyframes, and what readers of FLV take."""

from __future__ import annotations

import io
import struct
import subprocess
from pathlib import Path

import imageio_ffmpeg
import pytest

import aigc_label
from aigc_label import SigningKey, registry
from aigc_label.asset import open_asset
from aigc_label.carriers import flv_script, record, xmp
from aigc_label.errors import CannotCarry, Malformed
from aigc_label.formats.flv import FORMAT
from aigc_label.model import FoundLabel, ImplicitLabel
from aigc_label.origin import Origin
from aigc_label.trust.keys import generate

LABEL = ImplicitLabel(content_producer="Somebody", produce_id="flv/灯塔/1")
OTHER = ImplicitLabel(content_producer="Somebody", produce_id="flv/2")
LONG = ImplicitLabel(content_producer="S", produce_id="1", reserved_code1="x" * 2000)
PLAIN = Path(__file__).resolve().parent.parent.parent / "fixtures/flv/plain"
HEAD = b"FLV\x01\x05" + (9).to_bytes(4) + bytes(4)
WHEEL = imageio_ffmpeg.get_ffmpeg_exe()


def string(value):
    data = value.encode() if isinstance(value, str) else value
    return b"\x02" + len(data).to_bytes(2) + data


def named(name, value):
    return len(name).to_bytes(2) + name.encode() + value


def number(value):
    return b"\0" + struct.pack(">d", value)


def numbers(*values):
    return b"\x0a" + len(values).to_bytes(4) + b"".join(map(number, values))


def array(*properties, count=None):
    told = len(properties) if count is None else count
    return b"\x08" + told.to_bytes(4) + b"".join(properties) + b"\0\0\x09"


def tag(kind, body):
    return bytes([kind]) + len(body).to_bytes(3) + bytes(7) + body + (len(body) + 11).to_bytes(4)


def meta(*properties, count=None):
    return tag(18, string("onMetaData") + array(*properties, count=count))


PICTURE = tag(9, b"\x17\x01frame")


def written(data, label=LABEL):
    out = io.BytesIO()
    with open_asset(data) as asset:
        FORMAT.plan(asset, label).apply(asset, out)
    return out.getvalue()


def seen(data):
    with open_asset(data) as asset:
        return list(FORMAT.read(asset))


def only(data, label=LABEL):
    (found,) = seen(data)
    assert (found.carrier, found.home, found.quirks) == ("flv.onmetadata", True, ())
    assert found.fields == label.fields
    return found


def label_property(label=LABEL):
    return named("AIGC", string(record.dump(label)))


def test_the_label_stands_behind_the_other_properties():
    data = HEAD + meta(named("duration", number(2)), named("odd", b"\x05")) + PICTURE
    made = written(data)
    wanted = meta(named("duration", number(2)), named("odd", b"\x05"), label_property())
    assert made == HEAD + wanted + PICTURE
    only(made)


def test_a_label_in_front_goes_behind_the_others():
    data = HEAD + meta(label_property(OTHER), named("duration", number(2))) + PICTURE
    assert written(data) == HEAD + meta(named("duration", number(2)), label_property()) + PICTURE


def test_a_film_without_script_data_gets_some_first():
    assert written(HEAD + PICTURE) == HEAD + meta(label_property()) + PICTURE
    other_event = tag(18, string("onCuePoint") + array(named("a", number(1))))
    made = written(HEAD + other_event + PICTURE)
    assert made == HEAD + meta(label_property()) + other_event + PICTURE


def test_an_on_meta_data_without_properties_stays():
    empty = tag(18, string("onMetaData") + b"\x05")
    assert written(HEAD + empty + PICTURE) == HEAD + meta(label_property()) + empty + PICTURE


def test_a_later_on_meta_data_is_written_where_it_is():
    data = HEAD + PICTURE + meta(named("a", number(1))) + PICTURE
    assert written(data) == HEAD + PICTURE + meta(named("a", number(1)), label_property()) + PICTURE


def test_a_label_of_the_same_length_is_a_patch_in_place():
    data = HEAD + meta(named("a", number(1)), label_property(OTHER)) + PICTURE
    again = ImplicitLabel(content_producer="Somebody", produce_id="flv/3")
    with open_asset(data) as asset:
        (splice,) = FORMAT.plan(asset, again).splices
    assert len(splice.data) == splice.span.end - splice.span.start


def test_a_wrong_count_becomes_right():
    """mediainfo reads no more properties than are counted."""
    data = HEAD + meta(named("a", number(1)), named("b", number(2)), count=0)
    assert written(data) == HEAD + meta(
        named("a", number(1)), named("b", number(2)), label_property()
    )


def test_the_index_of_keyframes_moves_with_the_film():
    index = array(
        named("filepositions", numbers(0, 13, 500, 1000.5, float("nan"), 900)),
        named("times", numbers(0, 500, 900)),
    )
    rest = (named("lastkeyframelocation", number(900)), named("filesize", number(77)))
    data = HEAD + meta(named("keyframes", index), *rest) + PICTURE * 40
    made = written(data)
    step = len(made) - len(data)
    moved = array(
        named("filepositions", numbers(0, 13, 500 + step, 1000.5, float("nan"), 900 + step)),
        named("times", numbers(0, 500, 900)),
    )
    rest = (named("lastkeyframelocation", number(900 + step)), named("filesize", number(77)))
    assert made == HEAD + meta(named("keyframes", moved), *rest, label_property()) + PICTURE * 40


def test_an_index_of_odd_shape_and_the_right_size_of_the_file():
    index = b"\x03" + named("filepositions", array(named("0", number(400)))) + b"\0\0\x09"
    first = meta(named("a", number(1)))
    second = meta(named("keyframes", index), named("filesize", number(0)))
    size = len(HEAD + first + second + PICTURE * 20)
    second = second.replace(number(0), number(size))
    made = written(HEAD + first + second + PICTURE * 20)
    step = len(made) - size
    assert number(400 + step) in made
    assert number(size + step) in made


@pytest.mark.parametrize("value", [numbers(), numbers(7), string("77")])
@pytest.mark.parametrize("name", ["filesize", "lastkeyframelocation"])
def test_places_that_are_no_numbers_stay(name, value):
    data = HEAD + meta(named(name, value)) + PICTURE
    assert written(data) == HEAD + meta(named(name, value), label_property()) + PICTURE


def test_a_real_index_leads_to_keyframes_after_a_write():
    data = (PLAIN / "indexed.flv").read_bytes()
    made = written(data)
    at = made.index(b"filepositions\x0a") + 18
    places = [int(struct.unpack_from(">d", made, at + 9 * n + 1)[0]) for n in range(3)]
    assert len({made[place : place + 1] + made[place + 11 : place + 12] for place in places}) == 1
    assert made[places[0]] == 9


@pytest.mark.parametrize(
    "copy",
    [
        meta(named("comment", string(record.dump_wrapped(OTHER)))),
        meta(named("inner", array(label_property(OTHER)))),
        meta(named("list", b"\x0a" + (1).to_bytes(4) + string(record.dump_wrapped(OTHER)))),
        meta(named("AIGC", b"\x0c" + bytes(2) + string(record.dump(OTHER))[1:])),
        meta(named("AIGC", b"\x03" + label_property(OTHER) + b"\0\0\x09")),
        tag(18, string("event") + string(record.dump_wrapped(OTHER))),
        tag(18, string("onXMPData") + array(named("liveXML", string(xmp.updated(None, OTHER))))),
        meta(label_property(OTHER)) + meta(label_property(OTHER)),
    ],
)
def test_copies_elsewhere_go(copy):
    data = HEAD + meta(named("kept", string("AIGC"))) + copy + PICTURE
    assert any(isinstance(found, FoundLabel) for found in seen(data))
    made = written(data)
    only(made)
    assert b"flv/2" not in made
    assert named("kept", string("AIGC")) in made
    assert written(made) == made


def test_a_namesake_without_keys_gives_way():
    """Readers take one value for one name."""
    made = written(HEAD + meta(named("AIGC", string("no record")), named("a", number(1))))
    assert made == HEAD + meta(named("a", number(1)), label_property())


def test_a_long_label_costs_ffmpeg_nothing_else():
    """It stops at strings of 1,024 bytes, so the label stands last."""
    made = written((PLAIN / "indexed.flv").read_bytes(), LONG)
    only(made, LONG)
    command = [WHEEL, "-v", "quiet", "-i", "-", "-f", "ffmetadata", "-"]
    told = subprocess.run(command, input=made, capture_output=True, check=True).stdout
    assert "title=塔" in told.decode()


@pytest.mark.parametrize("end", ["flv", "mkv"])
def test_what_ffmpeg_keeps_when_it_copies(end, tmp_path):
    """A label; not a signed one, which is longer than the strings that it reads."""
    key = SigningKey.from_pem(generate("ecdsa")[0])
    origin = Origin(system="Pixel")
    label = ImplicitLabel(content_producer="0" * 27, produce_id="1" * 36, origin=origin)
    for sign in (None, key):
        path, copy = tmp_path / "made.flv", tmp_path / f"copy.{end}"
        aigc_label.label(PLAIN / "indexed.flv", label, to=path, sign=sign)
        command = [WHEEL, "-v", "quiet", "-y", "-i", path, "-c", "copy", copy]
        subprocess.run(command, check=True)
        (written,) = aigc_label.read(path).labels
        kept = len(record.dump(ImplicitLabel.from_fields(written.fields, found=True))) < 1024
        assert kept is (sign is None)
        assert bool(aigc_label.read(copy).labels) is kept
        assert ("AISystemUsed", "Pixel") in [
            (one.detail, one.generator) for one in aigc_label.read(copy).signals
        ]
        path.unlink()


def test_a_label_over_the_longest_string_is_refused():
    code = "x" * 16_000
    label = ImplicitLabel(
        content_producer="S",
        produce_id=code,
        propagate_id=code,
        reserved_code1=code,
        reserved_code2="塔" * 8_000,
    )
    with pytest.raises(CannotCarry, match="at most 65535"):
        written(HEAD + PICTURE, label)


def test_damaged_script_data_is_told_and_not_written_to():
    data = HEAD + meta(label_property(), named("b", b"\x11"), named("c", number(1))) + PICTURE
    with open_asset(data) as asset:
        found = FORMAT.read(asset)
        first = next(found)
        assert (first.carrier, first.home, first.fields) == ("flv.onmetadata", True, LABEL.fields)
        with pytest.raises(Malformed, match="breaks off"):
            next(found)
        with pytest.raises(Malformed, match="ffmpeg -i in"):
            FORMAT.plan(asset, LABEL)


def test_other_events_may_hold_what_amf0_has_not():
    event = tag(18, string("onStatus") + b"\x11\x0a\x0b\x01")
    odd = tag(18, b"\x05") + tag(18, b"")
    assert seen(HEAD + event + odd + PICTURE) == []
    assert written(HEAD + event + odd) == HEAD + meta(label_property()) + event + odd


def test_the_event_that_is_called_like_a_label_is_none():
    assert seen(HEAD + tag(18, string(record.dump_wrapped(LABEL))) + PICTURE) == []


def test_only_flv_claims_it():
    with open_asset(HEAD + PICTURE) as asset:
        assert [fmt.id for fmt in registry.formats() if fmt.sniff(asset)] == ["flv"]


def test_new_script_data_is_what_the_reader_takes():
    assert flv_script.is_home(flv_script.new(LABEL))


def test_the_message_of_a_generator_in_the_first_frame_is_a_signal():
    frame = tag(9, b"\x17\x01" + bytes.fromhex("91ca60614aee385486142d5f73f4ae2e") + b"kling-ai")
    (signal,) = seen(HEAD + PICTURE + frame)
    assert (signal.generator, signal.carrier) == ("Kling", "flv.sei")
    assert seen(HEAD + PICTURE + PICTURE + frame) == []
