"""AIFF: where the tag stands, sizes and pad bytes, and texts that are no place for a label."""

from __future__ import annotations

import io
import struct

import pytest
from mutagen.aiff import AIFF

from aigc_label import ffmpeg
from aigc_label.asset import open_asset
from aigc_label.carriers import xmp
from aigc_label.containers import aiff as container
from aigc_label.errors import AssetError, CannotCarry, LimitExceeded, Malformed
from aigc_label.formats.aiff import FORMAT
from aigc_label.model import FoundLabel, Signal
from audio_samples import C2PA, JSON, LABEL, OTHER, seen, wav, written

WRAPPED = ('{"AIGC": ' + OTHER + "}").encode()


def chunk(kind, body):
    return kind + struct.pack(">I", len(body)) + body + b"\x00" * (len(body) & 1)


def form(*chunks, kind=b"AIFF", size=None):
    body = kind + b"".join(chunks)
    return b"FORM" + struct.pack(">I", len(body) if size is None else size) + body


COMM = chunk(b"COMM", struct.pack(">HIH", 1, 100, 16) + b"\x40\x0b\xfa" + bytes(7))
SSND = chunk(b"SSND", bytes(8) + bytes(range(200)))


def tag(*frames, version=4, padding=0):
    body = b"".join(frames) + bytes(padding)
    return b"ID3" + bytes((version, 0, 0, 0, 0, len(body) >> 7, len(body) & 0x7F)) + body


def frame(kind, body):
    return kind + bytes((0, 0, len(body) >> 7, len(body) & 0x7F, 0, 0)) + body


def text(value):
    return frame(b"TXXX", b"\x03AIGC\x00" + value.encode())


def comments(*texts):
    parts = [struct.pack(">IHH", 9, 0, len(t)) + t + bytes(len(t) % 2) for t in texts]
    return chunk(b"COMT", struct.pack(">H", len(texts)) + b"".join(parts))


def ids(data):
    with open_asset(data) as asset:
        return [c.id.decode() for c in container.walk(asset).chunks]


def labels(data):
    return [fact for fact in seen(FORMAT, data) if isinstance(fact, FoundLabel)]


@pytest.mark.parametrize("kind", [b"AIFF", b"AIFC"])
def test_claims(kind):
    with open_asset(form(COMM, SSND, kind=kind)) as asset:
        assert FORMAT.sniff(asset)


@pytest.mark.parametrize("data", [b"", b"FORM", form(kind=b"8SVX"), b"RIFF" + form()[4:]])
def test_does_not_claim(data):
    with open_asset(data) as asset:
        assert not FORMAT.sniff(asset)
        with pytest.raises(Malformed):
            container.walk(asset)


@pytest.mark.parametrize(
    ("extra", "carrier", "quirks"),
    [
        (chunk(b"ID3 ", tag(text(JSON))), "aiff.id3", ()),
        (chunk(b"id3 ", tag(text(JSON))), "aiff.id3.other", ()),
        (chunk(b"NAME", b'{"AIGC":' + JSON.encode() + b"}\x00"), "aiff.text", ("wrapped",)),
        (chunk(b"(c) ", JSON.encode()), "aiff.text", ()),
        (chunk(b"AIGC", JSON.encode()), "aiff.chunk", ()),
        (chunk(b"aigc", JSON.encode()), "aiff.chunk", ("lower-case-key",)),
        (comments(b"first", b'"AIGC":' + JSON.encode()), "aiff.comment", ()),
        (chunk(b"APPL", b"XMP " + xmp.updated(None, LABEL)), "aiff.xmp", ()),
    ],
)
@pytest.mark.parametrize("before", [True, False])
def test_places(extra, carrier, quirks, before):
    data = form(extra, COMM, SSND) if before else form(COMM, SSND, extra)
    (found,) = seen(FORMAT, data)
    assert (found.carrier, found.quirks, found.home) == (carrier, quirks, False)
    assert dict(found.fields) == LABEL.fields
    (now,) = labels(written(FORMAT, data))
    assert (now.carrier, dict(now.fields)) == ("aiff.id3", LABEL.fields)


def test_the_places_are_ours():
    assert FORMAT.homes == ()
    assert FORMAT.slots == ("aiff.id3",)
    assert FORMAT.source.startswith("ours")


def test_what_is_no_label_is_passed_over():
    data = form(
        chunk(b"NAME", b"AIGC by hand"),
        comments(b"AIGC {Label}"),
        chunk(b"APPL", b"stocAIGC" + JSON.encode()),
        chunk(b"APPL", b"XM"),
        chunk(b"ID3 ", b"no tag"),
        chunk(b"AIGC", b"nothing"),
        COMM,
        SSND,
    )
    assert seen(FORMAT, data) == []


def test_c2pa_is_a_signal():
    geob = frame(b"GEOB", b"\x00application/c2pa\x00\x00\x00" + C2PA)
    (found,) = seen(FORMAT, form(COMM, SSND, chunk(b"ID3 ", tag(geob))))
    assert isinstance(found, Signal)
    assert (found.carrier, found.ai) == ("aiff.id3", True)


@pytest.mark.parametrize("trailing", [b"", b"trailing"])
@pytest.mark.parametrize("last", [chunk(b"NAME", b"even"), chunk(b"NAME", b"odd")])
def test_a_new_tag_is_a_last_chunk(last, trailing):
    data = form(COMM, SSND, last) + trailing
    new = written(FORMAT, data)
    assert ids(new) == ["COMM", "SSND", "NAME", "ID3 "]
    assert new[12:].startswith(COMM + SSND + last)
    assert new.endswith(trailing)
    assert struct.unpack_from(">I", new, 4)[0] + 8 == len(new) - len(trailing)
    assert written(FORMAT, new) == new


def test_a_missing_pad_byte_is_made_up_for():
    whole = form(COMM, SSND, chunk(b"NAME", b"odd"))
    assert written(FORMAT, whole[:4] + b"\x00\x00\x01" + whole[7:-1]) == written(FORMAT, whole)
    inside = form(chunk(b"NAME", b"odd")[:-1], COMM, SSND)
    assert ids(written(FORMAT, inside)) == ["NAME", "COMM", "SSND", "ID3 "]
    own = form(COMM, SSND, chunk(b"AIGC", b"odd"))[:-1]
    assert written(FORMAT, own) == written(FORMAT, form(COMM, SSND))


def test_padding_pays_for_the_label():
    title = frame(b"TIT2", b"\x03Ton")
    data = form(COMM, chunk(b"ID3 ", tag(title, padding=600)), SSND)
    with open_asset(data) as asset:
        assert FORMAT.plan(asset, LABEL).growth() == 0
    new = written(FORMAT, data)
    assert (len(new), new[new.index(SSND) :]) == (len(data), SSND)
    assert AIFF(io.BytesIO(new)).tags["TIT2"].text == ["Ton"]


@pytest.mark.parametrize("odd", [0, 1])
@pytest.mark.parametrize("padding", [0, 3])
def test_a_tag_that_grows_keeps_sizes_and_pad_bytes_true(odd, padding):
    title = frame(b"TIT2", b"\x03Ton" + b"!" * odd)
    data = form(COMM, chunk(b"ID3 ", tag(title, padding=padding)), SSND)
    for label in (LABEL, type(LABEL)(content_producer="somebody", produce_id="x" * (8 + odd))):
        new = written(FORMAT, data, label)
        assert ids(new) == ["COMM", "ID3 ", "SSND"]
        assert struct.unpack_from(">I", new, 4)[0] + 8 == len(new)
        (found,) = labels(new)
        assert dict(found.fields) == label.fields
        file = AIFF(io.BytesIO(new))
        assert sorted(file.tags) == ["TIT2", "TXXX:AIGC"]
        assert file.info.length == pytest.approx(100 / 8000)


def test_copies_are_taken_out_and_the_rest_is_kept():
    packet = xmp.updated(None, LABEL)
    data = form(
        chunk(b"NAME", b"kept"),
        chunk(b"ANNO", WRAPPED),
        chunk(b"AIGC", OTHER.encode()),
        comments(b"kept too", WRAPPED, b"last"),
        COMM,
        chunk(b"ID3 ", tag(text(OTHER))),
        SSND,
        chunk(b"ID3 ", tag(frame(b"TIT2", b"\x03Ton"), text(OTHER))),
        chunk(b"APPL", b"XMP " + packet),
    )
    new = written(FORMAT, data)
    assert ids(new) == ["NAME", "COMT", "COMM", "ID3 ", "SSND", "ID3 ", "APPL"]
    assert comments(b"kept too", b'{"AIGC": ' + b" " * len(OTHER) + b"}", b"last") in new
    assert b"somebody" not in new
    (found,) = labels(new)
    assert dict(found.fields) == LABEL.fields


def test_an_empty_tag_chunk_is_replaced_and_another_is_refused():
    new = written(FORMAT, form(COMM, chunk(b"ID3 ", bytes(64)), SSND))
    assert ids(new) == ["COMM", "SSND", "ID3 "]
    with pytest.raises(Malformed, match="holds no tag; mend"):
        written(FORMAT, form(COMM, chunk(b"ID3 ", b"something"), SSND))


def test_bytes_that_are_no_chunk_cut_nothing_off():
    inside = form(COMM, SSND, bytes(12) + b"unknown!")
    new = written(FORMAT, inside)
    assert new.endswith(bytes(12) + b"unknown!")
    assert struct.unpack_from(">I", new, 4)[0] + 8 == len(new)


def test_a_size_that_lies_is_mended():
    data = form(COMM, SSND, chunk(b"NAME", b"even"), size=1 << 30)
    assert written(FORMAT, data) == written(FORMAT, form(COMM, SSND, chunk(b"NAME", b"even")))
    short = form(COMM, SSND, size=len(form(COMM, SSND)) - 100)
    assert written(FORMAT, short) == written(FORMAT, form(COMM, SSND))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (form(), "'COMM'"),
        (form(COMM), "'SSND'"),
        (form(bytes(16), COMM, SSND), "'COMM'"),
        (form(COMM, SSND)[:-9], "cut short: the 'SSND' chunk should have 208 bytes"),
        (form(COMM, SSND, size=0), "how long it is; write"),
    ],
)
def test_what_is_missing_is_said_behind_the_facts(data, words):
    with open_asset(data) as asset, pytest.raises(Malformed, match=words):
        list(FORMAT.read(asset))
    with pytest.raises(Malformed, match=words):
        written(FORMAT, data)


def test_too_many_chunks(monkeypatch):
    monkeypatch.setattr(container, "MOST_CHUNKS", 20)
    with pytest.raises(LimitExceeded):
        seen(FORMAT, form(COMM, SSND, *[chunk(b"ANNO", b"")] * 20))


def test_a_full_file_is_refused(tmp_path):
    path = tmp_path / "full.aiff"
    size = 0xFFFFFFFE - 4 - len(COMM) - 8
    with path.open("wb") as file:
        file.write(form(COMM, b"SSND" + struct.pack(">I", size), size=0xFFFFFFFE))
        file.truncate(0xFFFFFFFE + 8)
    with open_asset(path) as asset, pytest.raises(CannotCarry, match=r"4 GiB.*RF64 first"):
        FORMAT.plan(asset, LABEL)


def test_xmp_that_cannot_be_edited_is_refused():
    broken = xmp.updated(None, LABEL).replace(b"</x:xmpmeta>", b"")
    with pytest.raises(AssetError, match="XMP"):
        written(FORMAT, form(COMM, SSND, chunk(b"APPL", b"XMP " + broken)))


@pytest.mark.parametrize("options", [("-c:a", "pcm_s24be"), ("-c:a", "pcm_alaw"), ()])
def test_ffmpegs_files_decode_to_the_same(options, tmp_path):
    path = tmp_path / "a.aiff"
    out = ["-fflags", "+bitexact", *options, "-f", "aiff", ffmpeg.url(path)]
    ffmpeg.run(["-f", "wav", "-i", "pipe:0", *out], input=wav(0.5))
    data = path.read_bytes()
    path.write_bytes(written(FORMAT, data))
    sums = []
    for source in (data, path.read_bytes()):
        path.write_bytes(source)
        command = ["-xerror", "-i", ffmpeg.url(path), "-c:a", "pcm_f32le", "-f", "f32le", "pipe:1"]
        sums.append(ffmpeg.run(command))
    assert sums[0] == sums[1] != b""
