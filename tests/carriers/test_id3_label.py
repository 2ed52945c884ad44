import contextlib
import io

import mutagen.id3
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mutagen.id3 import COMM, GEOB, ID3, PRIV, TENC, TIT2, TLEN, TSSE, TXXX, USLT, WOAS

from aigc_label.asset import open_asset
from aigc_label.carriers import id3 as slot
from aigc_label.carriers import id3_times, xmp
from aigc_label.containers import id3
from aigc_label.edits import EditPlan
from aigc_label.errors import AigcLabelError, CannotCarry, Malformed
from aigc_label.model import FoundLabel, ImplicitLabel, Signal
from audio_samples import C2PA, JSON, LABEL, OTHER, applied

CHINESE = ImplicitLabel(content_producer="某某公司", produce_id="号/1", reserved_code1='{"a":"b"}')


def by_mutagen(*frames, version=4):
    tags = ID3()
    for frame in frames:
        tags.add(frame)
    out = io.BytesIO()
    tags.save(out, v2_version=version, padding=lambda _: 64)
    return out.getvalue()


def tag_of(asset):
    return id3.walk(asset, 0)


def observed(data):
    with open_asset(data) as asset:
        return list(slot.observe(asset, tag_of(asset), carrier="mp3.id3", home=True))


def labelled(data, label=LABEL):
    with open_asset(data) as asset:
        return applied(EditPlan(slot.labelled(asset, tag_of(asset), label)), data)


def cleaned(data):
    with open_asset(data) as asset:
        return applied(EditPlan(slot.without_label(asset, tag_of(asset))), data)


@pytest.mark.parametrize("encoding", [0, 1, 2, 3])
@pytest.mark.parametrize("version", [3, 4])
def test_label_in_every_text_encoding(encoding, version):
    (found,) = observed(by_mutagen(TXXX(encoding, "AIGC", [JSON]), version=version))
    assert (found.carrier, found.home, found.quirks) == ("mp3.id3", True, ())
    assert dict(found.fields) == LABEL.fields
    assert found.offset == 10


@pytest.mark.parametrize(
    ("name", "carrier", "home", "quirks"),
    [
        ("AIGC", "mp3.id3", True, ()),
        ("aigc", "mp3.id3", True, ("lower-case-key",)),
        ("Aigc ", "mp3.id3", True, ("lower-case-key",)),
        ("AIGC label", "mp3.id3.text", False, ()),
        ("comment", "mp3.id3.text", False, ()),
    ],
)
def test_descriptions(name, carrier, home, quirks):
    (found,) = observed(by_mutagen(TXXX(3, name, [JSON])))
    assert (found.carrier, found.home, found.quirks) == (carrier, home, quirks)


def test_minimax_music():
    text = '{"aigc":{"Label":"1","ContentProducer":"HUABABSpeech7E01","ProduceID":"1"}}'
    (found,) = observed(by_mutagen(TXXX(0, "aigc", [text])))
    assert found.home
    assert found.quirks == ("lower-case-key",)
    assert found.fields["ContentProducer"] == "HUABABSpeech7E01"


def test_comments_are_a_wrong_place():
    (found,) = observed(by_mutagen(COMM(0, "chi", "", ['{"AIGC": ' + JSON + "}"])))
    assert (found.carrier, found.home, found.quirks) == ("mp3.id3.comment", False, ("wrapped",))


@pytest.mark.parametrize("frame", [TIT2(0, [JSON]), USLT(1, "chi", "", JSON)])
def test_titles_and_lyrics_are_a_wrong_place(frame):
    (found,) = observed(by_mutagen(frame))
    assert (found.carrier, found.home, dict(found.fields)) == ("mp3.id3.text", False, LABEL.fields)


def test_what_is_no_label_is_passed_over():
    data = by_mutagen(
        TXXX(0, "AIGC", ['{"tool":"x"}']),
        TXXX(0, "other", ["AIGC " * 20]),
        COMM(0, "eng", "AIGC", ["made by hand"]),
        TIT2(0, ["{a title}, not JSON"]),
        PRIV("www.example.com", JSON.encode()),
        PRIV("XMP", b"<x:xmpmeta/>"),
        GEOB(0, "image/png", "", "", C2PA),
    )
    assert observed(data) == []


def raw(version, name, body):
    frame = name + len(body).to_bytes(4, "big") + b"\x00\x00" + body
    return b"ID3" + bytes((version, 0, 0)) + id3.syncsafe(len(frame)) + frame


@pytest.mark.parametrize(
    "body",
    [
        b"\x01\xff\xfeA\x00I\x00G\x00C\x00\x00\x00" + JSON.encode("utf-16-le"),  # no second mark
        b"\x01\xfe\xff" + "AIGC\x00".encode("utf-16-be") + b"\xff\xfe" + JSON.encode("utf-16-le"),
        b"\x02" + ("AIGC\x00" + JSON).encode("utf-16-be") + b"\x00\x00",
        b"\x00AIGC\x00" + JSON.encode() + b"\x00\x00\x00",
        b"\x09AIGC\x00" + JSON.encode(),  # unknown encoding
        b"\x03\xef\xbb\xbfAIGC\x00\xef\xbb\xbf" + JSON.encode(),
    ],
)
def test_careless_strings(body):
    (found,) = observed(raw(3, b"TXXX", body))
    assert found.home
    assert dict(found.fields) == LABEL.fields


def test_utf8_under_the_name_of_latin1():
    text = JSON.replace("task-1", "任务")
    (found,) = observed(raw(3, b"TXXX", b"\x00AIGC\x00" + text.encode()))
    assert found.fields["ProduceID"] == "任务"
    (found,) = observed(
        raw(3, b"TXXX", b"\x00AIGC\x00" + JSON.replace("task-1", "é").encode("latin-1"))
    )
    assert found.fields["ProduceID"] == "é"


def test_aligned_terminator_of_utf16():
    # The bytes "..\x00 \x00.." of a character like U+0100 do not end the description.
    (found,) = observed(raw(3, b"TXXX", b"\x02\x01\x00" + ("\x00" + JSON).encode("utf-16-be")))
    assert found.carrier == "mp3.id3.text"


@pytest.mark.parametrize("body", [b"", b"\x00", b"\x01", b"\x00AIGC", b"\x01A"])
def test_short_frames(body):
    assert observed(raw(3, b"TXXX", body)) == []


def test_long_label_is_read_whole():
    label = ImplicitLabel(
        content_producer="x" * 16_384, produce_id="音" * 16_384, reserved_code1='"' * 16_384
    )
    for version in (3, 4):
        (found,) = observed(labelled(by_mutagen(TIT2(0, ["t"]), version=version), label))
        assert dict(found.fields) == label.fields
        assert found.quirks == ()


def test_xmp_in_a_private_frame():
    data = by_mutagen(PRIV("XMP", xmp.updated(None, LABEL)))
    (found,) = observed(data)
    assert (found.carrier, found.home) == ("mp3.id3.xmp", False)
    huge = by_mutagen(PRIV("XMP", xmp.updated(None, LABEL) + bytes(1 << 20)))
    assert observed(huge) == []


@pytest.mark.parametrize("mime", ["application/x-c2pa-manifest-store", "application/c2pa"])
def test_c2pa_manifest(mime):
    (found,) = observed(by_mutagen(GEOB(0, mime, "c2pa", "c2pa manifest store", C2PA)))
    assert found == Signal(
        scheme="c2pa",
        ai=True,
        detail="trainedAlgorithmicMedia",
        generator="ElevenLabs",
        carrier="mp3.id3",
    )
    assert observed(by_mutagen(GEOB(0, mime, "", "", b"nothing"))) == []


def test_facts_come_before_the_fault():
    body = (
        raw(3, b"TXXX", b"\x00AIGC\x00" + JSON.encode())[10:] + b"APIC\x00\x01\x00\x00\x00\x00few"
    )
    data = b"ID3\x03\x00\x00" + id3.syncsafe(len(body)) + body
    with open_asset(data) as asset:
        facts = slot.observe(asset, tag_of(asset), carrier="mp3.id3", home=True)
        assert isinstance(next(facts), FoundLabel)
        with pytest.raises(Malformed, match="longer than its tag"):
            next(facts)


@pytest.mark.parametrize("label", [LABEL, CHINESE])
@pytest.mark.parametrize("version", [3, 4])
def test_written_once_whatever_was_there(version, label):
    data = by_mutagen(
        TIT2(3, ["标题"]),
        TXXX(1, "aigc", ['{"aigc":' + OTHER + "}"]),
        TXXX(1, "AIGC", ["no label"]),
        TXXX(3, "note", ['{"AIGC":' + OTHER + "}"]),
        TXXX(3, "kept", ["value"]),
        COMM(3, "eng", "", [OTHER]),
        COMM(3, "eng", "kept", ["value"]),
        PRIV("XMP", xmp.updated(None, LABEL)),
        PRIV("else", b"kept"),
        version=version,
    )
    new = labelled(data, label)
    (found,) = observed(new)
    assert (found.carrier, found.home, found.quirks) == ("mp3.id3", True, ())
    assert dict(found.fields) == label.fields
    tags = ID3(io.BytesIO(new))
    assert tags["TXXX:AIGC"].text == [slot.record.dump(label)]
    assert [frame.text for frame in tags.getall("COMM")] == [["value"]]
    assert sorted(frame.owner for frame in tags.getall("PRIV")) == ["XMP", "else"]
    assert tags["TIT2"].text == ["标题"]
    assert tags["TXXX:kept"].text == ["value"]
    assert "TXXX:note" not in tags
    assert labelled(new, label) == new


def test_copies_are_taken_out_and_the_size_stays():
    data = by_mutagen(
        TIT2(0, ["t"]), TXXX(0, "AIGC", [JSON]), PRIV("XMP", xmp.updated(None, LABEL))
    )
    new = cleaned(data)
    assert len(new) == len(data)
    assert observed(new) == []
    assert sorted(key[:4] for key in ID3(io.BytesIO(new))) == ["PRIV", "TIT2"]
    assert cleaned(new) == new


def test_xmp_that_cannot_be_edited_refuses():
    broken = (
        b'<x:xmpmeta xmlns:TC260="http://www.tc260.org.cn/ns/AIGC/1.0/"><TC260:AIGC>'
        + JSON.encode()
    )
    with pytest.raises(CannotCarry, match="XMP packet is damaged"):
        labelled(by_mutagen(PRIV("XMP", broken)))


def old_tag(*frames):
    body = b"".join(name + len(data).to_bytes(3, "big") + data for name, data in frames)
    return b"ID3\x02\x00\x00" + id3.syncsafe(len(body) + 20) + body + bytes(20)


OLD_FRAMES = (
    (b"TT2", b"\x00title\x00"),
    (b"TYE", b"\x001999"),
    (b"TS2", b"\x00sorted"),
    (b"PIC", b"\x00JPG\x03\x00picture"),
    (b"COM", b"\x00eng\x00a comment"),
    (b"COM", b"\x00engAIGC\x00" + OTHER.encode()),
    (b"TXX", b"\x00AIGC\x00" + OTHER.encode()),
    (b"TXX", b"\x00mine\x00value"),
)


def test_2_2_tags_are_a_wrong_place():
    found = observed(old_tag(*OLD_FRAMES))
    assert [(f.carrier, f.home) for f in found] == [
        ("mp3.id3.comment", False),
        ("mp3.id3", False),
    ]


def test_2_2_tags_become_2_3_with_all_their_frames():
    new = labelled(old_tag(*OLD_FRAMES), CHINESE)
    (found,) = observed(new)
    assert found.home
    assert dict(found.fields) == CHINESE.fields
    tags = ID3(io.BytesIO(new), translate=False)
    assert tags.version == (2, 3, 0)
    assert tags["TIT2"].text == ["title"]
    assert tags["TYER"].text == ["1999"]
    assert tags["TSO2"].text == ["sorted"]
    assert (tags["APIC:"].mime, tags["APIC:"].data) == ("image/jpeg", b"picture")
    assert tags["COMM::eng"].text == ["a comment"]
    assert tags["TXXX:mine"].text == ["value"]
    assert len(tags) == 7


@pytest.mark.parametrize(
    "frames",
    [
        [(b"CRM", b"owner\x00what\x00secret")],
        [(b"ZZZ", b"\x00unknown")],
        [(b"TT2", b"\x00one"), (b"XY1", b"\x00two")],
    ],
)
def test_2_2_frames_without_a_successor_refuse(frames):
    with pytest.raises(CannotCarry, match=r"convert the tag to ID3v2\.3"):
        labelled(old_tag(*frames))


@pytest.mark.parametrize("error", [mutagen.id3.error("bad"), UnicodeError("bad"), KeyError("bad")])
def test_mutagens_own_errors_are_one_clear_line(monkeypatch, error):
    def failing(*_, **__):
        raise error

    monkeypatch.setattr(ID3, "save", failing)
    with pytest.raises(CannotCarry, match=r"ID3v2\.2 cannot hold the label .*bad.*tag editor"):
        labelled(old_tag(*OLD_FRAMES))


def test_2_2_copies_are_taken_out():
    data = old_tag(*OLD_FRAMES)
    new = cleaned(data)
    assert len(new) == len(data)
    assert observed(new) == []


@pytest.mark.parametrize(
    ("frame", "after"),
    [
        (TLEN(0, ["3000"]), "4500"),
        (TLEN(1, ["99999"]), "101499"),
        (TLEN(3, ["soon"]), "soon"),
    ],
)
def test_playing_time_grows(frame, after):
    data = by_mutagen(TIT2(0, ["t"]), frame)
    with open_asset(data) as asset:
        new = applied(EditPlan(id3_times.retimed(asset, tag_of(asset), [(0, 1500)])), data)
    assert ID3(io.BytesIO(new))["TLEN"].text == [after]


def test_playing_time_of_2_2():
    data = old_tag((b"TLE", b"\x00500\x00"))
    with open_asset(data) as asset:
        new = applied(EditPlan(id3_times.retimed(asset, tag_of(asset), [(0, 1500)])), data)
    assert ID3(io.BytesIO(new))["TLEN"].text == ["2000"]


def test_no_playing_time_no_edit():
    with open_asset(by_mutagen(TIT2(0, ["t"]))) as asset:
        assert id3_times.retimed(asset, tag_of(asset), [(0, 1500)]) == []


def test_unsynchronised_2_3_gets_an_unsynchronised_label():
    body = id3.parted(raw(3, b"TIT2", b"\x01\xff\xfeT\x00")[10:])
    data = b"ID3\x03\x00\x80" + id3.syncsafe(len(body)) + body
    new = labelled(data, CHINESE)
    assert dict(observed(new)[0].fields) == CHINESE.fields
    tags = ID3(io.BytesIO(new))
    assert tags["TXXX:AIGC"].text == [slot.record.dump(CHINESE)]
    assert tags["TIT2"].text == ["T"]


@given(
    st.sampled_from([b"TXXX", b"COMM", b"PRIV", b"GEOB"]),
    st.binary(max_size=80) | st.binary(max_size=40).map(lambda b: b"\x00AIGC\x00{" + b),
)
def test_reading_is_total(name, body):
    observed(raw(4, name, body))


@given(st.binary(max_size=60))
def test_converting_is_total(body):
    with contextlib.suppress(AigcLabelError):
        labelled(old_tag((b"TT2", body), (b"PIC", body)))


SONG = "808f7fb4-5aaa-4c1d-8f11-0123456789ab"
GRAPH = '{"3": {"class_type": "KSampler", "inputs": {}}}'


@pytest.mark.parametrize(
    ("frame", "generator"),
    [
        (COMM(3, "eng", "", f"made with suno; created=2026-04-20T22:19:02Z; id={SONG}"), "Suno"),
        (COMM(1, "eng", "ID3v1 Comment", f"made with suno studio; id={SONG}"), "Suno"),
        (TXXX(3, "comment", [f"made with suno; id={SONG}"]), "Suno"),
        (WOAS(f"https://suno.com/song/{SONG}"), "Suno"),
        (TXXX(1, "prompt", [GRAPH]), "ComfyUI"),
        (TXXX(3, "workflow", ['{"nodes": [], "links": []}']), "ComfyUI"),
        (TSSE(3, ["ElevenLabs"]), "ElevenLabs"),
        (TENC(0, ["by Stable Diffusion"]), "Stable Diffusion"),
    ],
)
def test_what_frames_say_of_a_generator(frame, generator):
    (signal,) = observed(by_mutagen(frame))
    assert (signal.ai, signal.generator, signal.carrier) == (True, generator, "mp3.id3")
    assert observed(cleaned(by_mutagen(frame, TXXX(3, "AIGC", [JSON])))) == [signal]


@pytest.mark.parametrize(
    "frame",
    [
        COMM(3, "eng", "", "recorded with {two} microphones, steps: none"),
        TXXX(3, "comment", ["a tune about suno"]),
        WOAS("https://suno.com/blog"),
        TSSE(3, ["Lavf58.76.100"]),
        TIT2(3, ["Midjourney"]),
    ],
)
def test_frames_that_say_nothing(frame):
    assert observed(by_mutagen(frame)) == []
