import io
import json
import struct
import subprocess
import wave

import pytest
from mutagen.id3 import ID3, TIT2, TXXX
from mutagen.wave import WAVE

from aigc_label import ffmpeg
from aigc_label.asset import open_asset
from aigc_label.carriers import record, xmp
from aigc_label.containers import riff as container
from aigc_label.errors import CannotCarry, LimitExceeded, Malformed
from aigc_label.formats.wav import FORMAT
from aigc_label.model import ImplicitLabel, Signal
from audio_samples import (
    C2PA,
    DATA,
    FMT,
    JSON,
    LABEL,
    OTHER,
    chunk,
    decoded,
    encoded,
    riff,
    seen,
    wav,
    written,
)

OWN = chunk(b"AIGC", JSON.encode())
WRAPPED = ('{"AIGC": ' + OTHER + "}").encode()


def tag(*frames):
    tags = ID3()
    for frame in frames:
        tags.add(frame)
    out = io.BytesIO()
    tags.save(out, padding=lambda _: 10)
    return out.getvalue()


def ids(data):
    with open_asset(data) as asset:
        return [c.id for c in container.walk(asset).chunks]


@pytest.mark.parametrize("magic", [b"RIFF", b"RF64", b"BW64"])
def test_claims(magic):
    with open_asset(riff(FMT, DATA, magic=magic)) as asset:
        assert FORMAT.sniff(asset)


@pytest.mark.parametrize("data", [b"", b"RIFF", riff(FMT, kind=b"AVI "), b"RIFX" + riff(FMT)[4:]])
def test_does_not_claim(data):
    with open_asset(data) as asset:
        assert not FORMAT.sniff(asset)


@pytest.mark.parametrize(
    ("parts", "carrier", "home", "quirks"),
    [
        ([OWN, DATA], "wav.aigc", True, ()),
        ([DATA, OWN], "wav.aigc", True, ()),
        ([DATA, chunk(b"AIGC", JSON.encode() + b"\x00\x00")], "wav.aigc", True, ()),
        (
            [DATA, chunk(b"AIGC", b'{"AIGC":' + JSON.encode() + b"}")],
            "wav.aigc",
            True,
            ("wrapped",),
        ),
        ([DATA, chunk(b"aigc", JSON.encode())], "wav.aigc", False, ("lower-case-key",)),
        ([chunk(b"LIST", b"INFO" + chunk(b"AIGC", JSON.encode())), DATA], "wav.info", False, ()),
        (
            [
                DATA,
                chunk(b"LIST", b"INFO" + chunk(b"ICMT", b'{"AIGC":' + JSON.encode() + b"}\x00")),
            ],
            "wav.info",
            False,
            ("wrapped",),
        ),
        ([DATA, chunk(b"id3 ", tag(TXXX(3, "AIGC", [JSON])))], "wav.id3", False, ()),
        ([DATA, chunk(b"ID3 ", tag(TXXX(3, "AIGC", [JSON])))], "wav.id3", False, ()),
        ([DATA, chunk(b"_PMX", xmp.updated(None, LABEL))], "wav.xmp", False, ()),
    ],
)
def test_places(parts, carrier, home, quirks):
    (found,) = seen(FORMAT, riff(FMT, *parts))
    assert (found.carrier, found.home, found.quirks) == (carrier, home, quirks)
    assert dict(found.fields) == LABEL.fields
    assert found.offset is not None


def test_what_is_no_label_is_passed_over():
    data = riff(
        FMT,
        DATA,
        chunk(b"AIGC", b"nothing"),
        chunk(
            b"LIST", b"INFO" + chunk(b"ICMT", b"AIGC by hand") + chunk(b"INAM", JSON[:9].encode())
        ),
        chunk(b"LIST", b"adtl" + chunk(b"AIGC", JSON.encode())),
        chunk(b"id3 ", b"no tag"),
        chunk(b"_PMX", b"<x:xmpmeta/>"),
        chunk(b"C2PA", b"no store"),
        chunk(b"bext", bytes(602)),
    )
    assert seen(FORMAT, data) == []


def test_c2pa_is_a_signal():
    (found,) = seen(FORMAT, riff(FMT, DATA, chunk(b"C2PA", C2PA)))
    assert isinstance(found, Signal)
    assert (found.carrier, found.ai) == ("wav.c2pa", True)


def test_label_is_the_last_chunk():
    data = (
        riff(FMT, chunk(b"fact", b"\x64\x00\x00\x00"), DATA, chunk(b"note", b"odd")) + b"trailing"
    )
    new = written(FORMAT, data)
    assert (
        new
        == riff(FMT, chunk(b"fact", b"\x64\x00\x00\x00"), DATA, chunk(b"note", b"odd"), OWN)
        + b"trailing"
    )
    assert written(FORMAT, new) == new


def test_old_labels_of_its_own_are_replaced():
    old = chunk(b"AIGC", OTHER.encode())
    new = written(
        FORMAT, riff(FMT, old, DATA, chunk(b"aigc", OTHER.encode()), chunk(b"note", b"12"))
    )
    assert new == riff(FMT, DATA, chunk(b"note", b"12"), OWN)
    assert written(FORMAT, riff(FMT, DATA, old)) == riff(FMT, DATA, OWN)
    odd = chunk(b"AIGC", OTHER.encode() + b" ")
    assert written(FORMAT, riff(FMT, DATA, odd[:-1])) == riff(FMT, DATA, OWN)


def test_copies_elsewhere_are_taken_out_and_the_rest_is_kept():
    kept = chunk(b"INAM", b"odd") + chunk(b"IART", b"name")
    data = riff(
        FMT,
        chunk(
            b"LIST",
            b"INFO" + chunk(b"INAM", b"odd") + chunk(b"ICMT", WRAPPED) + chunk(b"IART", b"name"),
        ),
        chunk(b"LIST", b"INFO" + chunk(b"AIGC", OTHER.encode())),
        DATA,
        chunk(b"id3 ", tag(TIT2(3, ["t"]), TXXX(3, "AIGC", [OTHER]))),
        chunk(b"_PMX", xmp.updated(None, LABEL)),
    )
    new = written(FORMAT, data)
    (found,) = seen(FORMAT, new)
    assert (found.carrier, dict(found.fields)) == ("wav.aigc", LABEL.fields)
    assert ids(new) == [b"fmt ", b"LIST", b"data", b"id3 ", b"_PMX", b"AIGC"]
    assert new.startswith(riff(FMT, chunk(b"LIST", b"INFO" + kept), DATA, size=len(new) - 8))
    file = WAVE(io.BytesIO(new))
    assert file.tags["TIT2"].text == ["t"]
    assert list(file.tags) == ["TIT2"]
    assert written(FORMAT, new) == new


@pytest.mark.parametrize("parity", [0, 1])
def test_streamed_files_get_true_sizes(parity):
    samples = bytes(range(200)) + b"\x00" * parity
    data = riff(FMT, b"data\xff\xff\xff\xff" + samples, size=0xFFFFFFFF)
    assert written(FORMAT, data) == riff(FMT, chunk(b"data", samples), OWN)


def test_ffmpegs_stream_is_labelled():
    data = encoded("wav", seconds=0.5)
    new = written(FORMAT, data)
    with wave.open(io.BytesIO(new)) as file:
        assert file.readframes(1 << 20) == wav(0.5)[44:]


def test_rf64_is_labelled(tmp_path):
    path = tmp_path / "wide.wav"
    ffmpeg.run(["-f", "wav", "-i", "pipe:0", "-rf64", "always", ffmpeg.url(path)], input=wav(0.5))
    data = path.read_bytes()
    new = written(FORMAT, data)
    assert new[:4] == b"RF64"
    assert ids(new)[-1] == b"AIGC"
    (found,) = seen(FORMAT, new)
    assert found.home
    assert decoded(new, "wav") == decoded(data, "wav") == decoded(wav(0.5), "wav")
    assert written(FORMAT, new) == new


def test_cut_files_give_their_facts_first_and_are_not_written():
    data = riff(FMT, OWN, DATA)[:-50]
    facts = FORMAT.read(open_asset(data))
    assert next(facts).home
    with pytest.raises(Malformed, match="cut short"):
        next(facts)
    with pytest.raises(Malformed, match="cut short"):
        written(FORMAT, data)


def test_damaged_xmp_copy_refuses():
    broken = xmp.updated(None, LABEL).replace(b"</x:xmpmeta>", b"")
    with pytest.raises(CannotCarry, match="XMP"):
        written(FORMAT, riff(FMT, DATA, chunk(b"_PMX", broken)))


def test_oversize_list_is_bounded(tmp_path):
    path = tmp_path / "large.wav"
    body = b"INFO" + chunk(b"AIGC", OTHER.encode()) + b"IART" + struct.pack("<I", 1 << 28)
    with path.open("wb") as file:
        file.write(
            riff(FMT, DATA, b"LIST" + struct.pack("<I", (1 << 28) + len(body)) + body, size=1 << 29)
        )
        file.truncate((1 << 29) + 8)
    with open_asset(path) as asset, pytest.raises(LimitExceeded):
        FORMAT.plan(asset, LABEL)


def test_samples_and_reads(tmp_path):
    path = tmp_path / "large.wav"
    with path.open("wb") as file:
        file.write(riff(FMT, b"data" + struct.pack("<I", 3 << 30), size=(3 << 30) + 36 + len(OWN)))
        file.seek(44 + (3 << 30))
        file.write(OWN)
    with open_asset(path) as asset:
        (found,) = FORMAT.read(asset)
        assert found.offset == 44 + (3 << 30)
        FORMAT.plan(asset, LABEL)
        assert asset.bytes_read < 20_000


@pytest.mark.parametrize("tail", [b"", b"\x00" * 7])
def test_strict_python_readers_agree(tail):
    data = wav(0.5)
    new = written(FORMAT, data + tail)
    assert new.endswith(OWN + tail)
    file = WAVE(io.BytesIO(new))
    assert file.info.length == pytest.approx(0.5)
    with wave.open(io.BytesIO(new)) as after, wave.open(io.BytesIO(data)) as before:
        assert after.readframes(1 << 20) == before.readframes(1 << 20)


@pytest.mark.foreign("exiftool", "ffprobe", "mediainfo", "sox")
@pytest.mark.parametrize("options", [(), ("-rf64", "always"), ("-c:a", "pcm_s24le")])
def test_foreign_readers_agree(tmp_path, options):
    old, new = tmp_path / "old.wav", tmp_path / "new.wav"
    ffmpeg.run(["-f", "wav", "-i", "pipe:0", *options, ffmpeg.url(old)], input=wav(0.5))
    label = ImplicitLabel(content_producer="某某公司", produce_id="任务/1")
    new.write_bytes(written(FORMAT, old.read_bytes(), label))
    text = json.dumps(label.fields, ensure_ascii=False, separators=(",", ":"))
    assert _run("exiftool", "-u", "-U", "-b", "-Unknown_AIGC", new).rstrip("\x00") == text
    for path in (old, new):
        assert (
            float(
                _run(
                    "ffprobe",
                    "-v",
                    "error",
                    "-show_entries",
                    "format=duration",
                    "-of",
                    "csv=p=0",
                    path,
                )
            )
            == 0.5
        )
        assert _run("mediainfo", "--Inform=Audio;%Duration%", path).strip() == "500"
    if old.read_bytes()[:4] == b"RIFF":
        raw = [_run("sox", path, "-t", "raw", "-", text=False) for path in (old, new)]
        assert raw[0] == raw[1] != b""


def _run(*command, text=True):
    done = subprocess.run([str(part) for part in command], capture_output=True, check=True)
    assert b"WARN" not in done.stderr
    return done.stdout.decode() if text else done.stdout


def test_behind_no_samples_at_all_ffmpeg_would_take_the_label_for_some():
    empty = chunk(b"data", b"")
    made = written(FORMAT, riff(FMT, empty, chunk(b"note", b"mine")))
    assert made == riff(FMT, OWN, empty, chunk(b"note", b"mine"))
    assert written(FORMAT, made) == made


def test_a_label_that_was_appended_without_the_form_s_size():
    data = riff(FMT, DATA) + chunk(b"note", b"mine") + chunk(b"AIGC", JSON.encode())
    (found,) = seen(FORMAT, data)
    assert (found.carrier, found.home, found.fields) == ("wav.aigc", True, LABEL.fields)
    other = ImplicitLabel(content_producer="p", produce_id="another")
    made = written(FORMAT, data, other)
    text = record.dump(other).encode()
    assert made == riff(FMT, DATA, chunk(b"note", b"mine"), chunk(b"AIGC", text))
    for junk in (b"AIGC", b"AIGC\x09\x00\x00\x00{}", chunk(b"data", b"twice")):
        assert seen(FORMAT, riff(FMT, DATA) + junk) == []


def test_sound_behind_bytes_that_are_no_chunk_is_not_cut_off():
    broken = riff(FMT, bytes(4) + struct.pack("<I", 8) + bytes(8), DATA)
    with open_asset(broken) as asset, pytest.raises(Malformed, match="'data'"):
        FORMAT.plan(asset, LABEL)


# --- RF64 and BW64 -------------------------------------------------------------------------------


def ds64(riff_size, data_size, *table):
    entries = b"".join(struct.pack("<4sQ", *entry) for entry in table)
    return chunk(b"ds64", struct.pack("<QQQI", riff_size, data_size, 7, len(table)) + entries)


def wide(path, magic, before, size, *behind, table=()):
    """A sparse file whose sound is a hole of ``size`` bytes."""
    rest = b"".join(behind)
    head = b"WAVE" + ds64(0, size, *table) + before + b"data" + b"\xff" * 4
    total = len(head) + size + size % 2 + len(rest)
    head = head.replace(ds64(0, size, *table), ds64(total, size, *table))
    with path.open("wb") as file:
        file.write(magic + b"\xff" * 4 + head)
        file.seek(size + size % 2, 1)
        file.write(rest)
        file.truncate()
    return total


OTHERS = (
    chunk(b"iXML", b"<BWFXML/>"),
    chunk(b"axml", b"<ebuCoreMain/>"),
    chunk(b"chna", bytes(44)),
)


@pytest.mark.parametrize("magic", [b"RF64", b"BW64"])
@pytest.mark.parametrize("odd", [0, 1])
def test_beyond_4_gib_only_the_end_and_the_sizes_change(tmp_path, magic, odd):
    path, size = tmp_path / "wide.wav", (5 << 30) + odd
    total = wide(path, magic, chunk(b"bext", bytes(602)) + FMT, size, *OTHERS, table=[(b"x", 9)])
    with open_asset(path) as asset:
        plan = FORMAT.plan(asset, LABEL)
        assert asset.bytes_read < 20_000
        view = plan.view(asset)
        at = view.size - len(OWN)
        assert view.read(at, len(OWN)) == OWN
        assert view.read(at - len(b"".join(OTHERS)), len(b"".join(OTHERS))) == b"".join(OTHERS)
        assert view.read(20, 8) == (total + len(OWN)).to_bytes(8, "little")
        assert view.read(28, 32) == asset.read(28, 32)
        assert (view.read(4, 4), view.size) == (b"\xff" * 4, total + 8 + len(OWN))
        (found,) = FORMAT.read(view)
        assert (found.home, found.offset) == (True, at)
        again = FORMAT.plan(view, LABEL).view(view)
        assert (again.size, again.read(at, len(OWN))) == (view.size, OWN)


def test_the_table_of_ds64_tells_the_sizes_of_other_chunks():
    """Also of two with one name, in the order of the file."""
    notes = [b"note\xff\xff\xff\xff" + body for body in (b"four", b"six...")]
    inner = FMT + notes[0] + b"data" + b"\xff" * 4 + bytes(8) + notes[1]
    table = [(b"note", 4), (b"data", 1), (b"note", 6)]
    data = b"RF64" + b"\xff" * 4 + b"WAVE" + ds64(0, 8, *table) + inner
    total = (len(data) - 8).to_bytes(8, "little")
    data = data[:20] + total + data[28:]
    assert ids(data) == [b"ds64", b"fmt ", b"note", b"data", b"note"]
    new = written(FORMAT, data)
    assert new == data[:20] + (len(new) - 8).to_bytes(8, "little") + data[28:] + OWN


@pytest.mark.parametrize("told", [b"\xff\xff\xff\xff", b"\0\0\0\0"])
@pytest.mark.parametrize("length", [200, 1 << 17])
def test_a_label_behind_a_stream_is_no_sound(told, length):
    samples = bytes(range(100)) * (length // 100) + b"AIGC by chance: {}"
    size = 0 if told == b"\0\0\0\0" else 0xFFFFFFFF
    data = riff(FMT, b"data" + told + samples + chunk(b"AIGC", OTHER.encode()), size=size)
    (found,) = seen(FORMAT, data)
    assert (found.home, dict(found.fields)) == (True, json.loads(OTHER))
    new = written(FORMAT, data)
    assert new == riff(FMT, chunk(b"data", samples), OWN)


def test_a_streamed_rf64_gets_its_sizes_in_ds64():
    data = encoded("-rf64", "always", "wav", seconds=0.5)
    assert (data[:4], data[20:36]) == (b"RF64", bytes(16))
    new = written(FORMAT, data)
    assert struct.unpack_from("<QQ", new, 20) == (len(new) - 8, len(wav(0.5)) - 44)
    assert ids(new)[-2:] == [b"data", b"AIGC"]
    assert decoded(new, "wav") == decoded(wav(0.5), "wav")


@pytest.mark.parametrize("declared", [None, 0xFFFFFFFF])
def test_a_riff_that_would_pass_4_gib_is_refused_with_the_way_out(tmp_path, declared):
    path, size = tmp_path / "full.wav", 0xFFFFFFFE - 36
    size += 0 if declared is None else 1 << 20
    told = struct.pack("<I", size if declared is None else declared)
    with path.open("wb") as file:
        file.write(riff(FMT, b"data" + told, size=declared or 0xFFFFFFFE))
        file.truncate(44 + size)
    with open_asset(path) as asset:
        assert seen(FORMAT, path) == []
        with pytest.raises(
            CannotCarry, match=r"RF64 first: ffmpeg -i FILE\.wav -c copy -rf64 always"
        ):
            FORMAT.plan(asset, LABEL)


def test_a_text_longer_than_its_list_swallows_nothing():
    lying = b"INFO" + chunk(b"ICMT", WRAPPED) + b"IART" + struct.pack("<I", 1 << 20) + b"name"
    new = written(FORMAT, riff(FMT, chunk(b"LIST", lying), DATA))
    assert new == riff(FMT, chunk(b"LIST", b"INFO" + chunk(b"IART", b"name")), DATA, OWN)


def test_a_generators_name_is_a_signal():
    tool = chunk(b"LIST", b"INFO" + chunk(b"ISFT", b"ComfyUI\x00"))
    (found,) = seen(FORMAT, riff(FMT, tool, DATA))
    assert isinstance(found, Signal)
    assert (found.carrier, found.generator) == ("wav.info", "ComfyUI")
