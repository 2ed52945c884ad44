"""AVI: where the list goes, what gives room for it, and that indexes follow what moves."""

from __future__ import annotations

import io
import struct
import subprocess
from pathlib import Path

import pytest

from aigc_label.asset import open_asset
from aigc_label.carriers import xmp
from aigc_label.containers import riff
from aigc_label.containers.riff import film, moving
from aigc_label.edits import replacements
from aigc_label.errors import CannotCarry, LimitExceeded, Malformed
from aigc_label.formats.avi import FORMAT
from aigc_label.model import FoundLabel, ImplicitLabel, Signal
from audio_samples import C2PA, JSON, LABEL, OTHER, applied, chunk, seen, written
from audio_samples import riff as packed

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "avi"
CHILD = chunk(b"AIGC", JSON.encode() + b"\x00")
WRAPPED = ('{"AIGC": ' + OTHER + "}").encode()
LONGER = ImplicitLabel(content_producer="somebody", produce_id="x" * 300)


def listed(kind, *chunks):
    return chunk(b"LIST", kind + b"".join(chunks))


def info(*pairs):
    return listed(b"INFO", *(chunk(name, text) for name, text in pairs))


def junk(size, start=b""):
    return chunk(b"JUNK", start.ljust(size, b"\x00"))


HDRL = listed(b"hdrl", chunk(b"avih", bytes(56)), listed(b"strl", chunk(b"strh", bytes(56))))
FRAMES = chunk(b"00dc", b"frame 0!") + chunk(b"01wb", b"odd") + chunk(b"00dc", b"frame 1")
MOVI = listed(b"movi", FRAMES)
TITLE = info((b"INAM", b"odd"), (b"IART", b"name"))


def entries(base):
    table = ((b"00dc", 4, 8), (b"01wb", 20, 3), (b"00dc", 32, 7))
    return b"".join(struct.pack("<4sIII", name, 16, base + at, size) for name, at, size in table)


IDX1 = chunk(b"idx1", entries(0))


def avi(*chunks, size=None):
    return packed(HDRL, *chunks, kind=b"AVI ", size=size)


def avix(*chunks):
    return packed(*chunks, kind=b"AVIX")


def outline(data):
    """Ids and list types of the first RIFF, with the sizes of JUNK."""
    with open_asset(data) as asset:
        form = riff.walk(asset)
        names = [film.kind_of(asset, c) or c.id for c in form.chunks]
        sizes = [c.size for c in form.chunks if c.id == b"JUNK"]
    assert struct.unpack_from("<I", data, 4)[0] in (form.end - 8, 0xFFFFFFFF)
    return [name.decode() for name in names], sizes


def planned(data, label=LABEL):
    with open_asset(data) as asset:
        return FORMAT.plan(asset, label)


def is_patch(asset, plan):
    return plan.growth() == 0 and replacements(plan.view(asset), asset, 16 << 10)


def the_label(data):
    (found,) = [fact for fact in seen(FORMAT, data) if isinstance(fact, FoundLabel)]
    assert found.home
    return dict(found.fields)


@pytest.mark.parametrize("data", [b"", b"RIFF", packed(kind=b"AVIX"), packed(kind=b"WAVE")])
def test_does_not_claim(data):
    with open_asset(data) as asset:
        assert not FORMAT.sniff(asset)


@pytest.mark.parametrize(
    ("chunks", "carrier", "home", "quirks"),
    [
        ([listed(b"INFO", CHILD), MOVI], "avi.info", True, ()),
        ([MOVI, IDX1, listed(b"INFO", CHILD)], "avi.info", True, ()),
        ([info((b"aigc", JSON.encode())), MOVI], "avi.info", False, ("lower-case-key",)),
        ([info((b"ISFT", WRAPPED)), MOVI], "avi.info", False, ("wrapped",)),
        ([MOVI, chunk(b"AIGC", JSON.encode())], "avi.chunk", False, ()),
        ([MOVI, chunk(b"_PMX", xmp.updated(None, LABEL))], "avi.xmp", False, ()),
    ],
)
def test_places(chunks, carrier, home, quirks):
    (found,) = seen(FORMAT, avi(*chunks))
    assert (found.carrier, found.home, found.quirks) == (carrier, home, quirks)
    assert found.offset is not None
    assert the_label(written(FORMAT, avi(*chunks))) == LABEL.fields


@pytest.mark.parametrize("texts", [chunk(b"IDIT", WRAPPED), info((b"AIGC", OTHER.encode()))])
def test_texts_among_the_headers_are_no_home(texts):
    data = packed(listed(b"hdrl", texts, chunk(b"avih", bytes(56))), junk(600), MOVI, kind=b"AVI ")
    (found,) = seen(FORMAT, data)
    assert (found.carrier, found.home) == ("avi.hdrl", False)
    new = written(FORMAT, data)
    assert the_label(new) == LABEL.fields
    assert len(new) == len(data)
    assert b"somebody" not in new


def test_what_is_no_label_is_passed_over():
    prose = info((b"ICMT", b"AIGC by hand"), (b"AIGC", b"nothing"), (b"INAM", JSON[:9].encode()))
    hidden = junk(500, JSON.encode())
    assert seen(FORMAT, avi(prose, hidden, listed(b"adtl", CHILD), MOVI)) == []


def test_other_origins_are_signals():
    tool = info((b"ISFT", b"Stable Diffusion\x00"))
    named, stored = seen(FORMAT, avi(tool, MOVI, chunk(b"C2PA", C2PA), chunk(b"C2PA", b"none")))
    assert isinstance(stored, Signal)
    assert (stored.carrier, stored.ai) == ("avi.c2pa", True)
    assert (named.carrier, named.generator) == ("avi.info", "Stable Diffusion")


# --- where the list goes ------------------------------------------------------------------------


@pytest.mark.parametrize("before", [[junk(1016)], [TITLE, junk(1016)], [junk(1016), TITLE]])
def test_junk_gives_the_room_and_nothing_moves(before):
    data = avi(*before, MOVI, IDX1)
    assert is_patch(open_asset(data), planned(data))
    new = written(FORMAT, data)
    assert data.index(b"movi") == new.index(b"movi")
    assert new[new.index(b"movi") :] == data[data.index(b"movi") :]
    assert the_label(new) == LABEL.fields
    assert sorted(outline(new)[0]) == ["INFO", "JUNK", "hdrl", "idx1", "movi"]
    again = planned(new, LONGER)
    assert is_patch(open_asset(new), again)
    assert the_label(applied(again, new)) == LONGER.fields
    assert written(FORMAT, applied(again, new)) == new


def test_a_child_stands_where_the_old_one_stood_and_others_stay():
    old = info((b"INAM", b"odd"), (b"AIGC", OTHER.encode()), (b"ICMT", WRAPPED), (b"IART", b"n"))
    new = written(FORMAT, avi(old, junk(1000), MOVI))
    kept = listed(b"INFO", chunk(b"INAM", b"odd"), CHILD, chunk(b"IART", b"n"))
    assert new.startswith(avi(kept, size=len(new) - 8))


def test_junk_that_is_used_up_goes():
    for size in range(len(CHILD) - 12, len(CHILD) + 30, 2):
        data = avi(TITLE, junk(size), MOVI)
        names, sizes = outline(written(FORMAT, data))
        assert names[2:] == (["JUNK", "movi"] if size != len(CHILD) - 8 else ["movi"])
        grown = len(written(FORMAT, data)) - len(data)
        assert grown == (0 if sizes in ([], [size - len(CHILD)]) else moving.SECTOR)


@pytest.mark.parametrize(
    ("chunks", "names"),
    [
        ([MOVI, IDX1], "hdrl movi idx1 INFO JUNK"),
        ([MOVI], "hdrl movi INFO JUNK"),
        ([MOVI, IDX1, TITLE], "hdrl movi idx1 INFO JUNK"),
        ([MOVI, IDX1, junk(900)], "hdrl movi idx1 INFO JUNK"),
        ([MOVI, IDX1, chunk(b"_PMX", b"<x/>"), TITLE], "hdrl movi idx1 INFO JUNK _PMX INFO"),
        ([TITLE, MOVI, IDX1], "hdrl INFO JUNK movi idx1"),
        ([TITLE, junk(20), MOVI, IDX1], "hdrl INFO JUNK movi idx1"),
        ([junk(20), TITLE, MOVI, IDX1], "hdrl JUNK INFO movi idx1"),
        ([junk(900, b"CAMERA"), MOVI, IDX1], "hdrl JUNK movi idx1 INFO JUNK"),
        ([junk(901), MOVI, IDX1], "hdrl JUNK movi idx1 INFO JUNK"),
    ],
)
def test_without_room_the_file_grows_by_a_sector(chunks, names):
    data = avi(*chunks) + b"behind the film"
    new = written(FORMAT, data)
    assert " ".join(outline(new[:-15])[0]) == names
    assert len(new) - len(data) in (0, moving.SECTOR)
    assert new.endswith(b"behind the film")
    assert FRAMES in new
    assert b"CAMERA" in new or b"CAMERA" not in data
    assert is_patch(open_asset(new), planned(new, LONGER))


def test_junk_before_the_headers_stays():
    data = packed(junk(2000), HDRL, MOVI, kind=b"AVI ")
    assert outline(written(FORMAT, data))[0] == ["JUNK", "hdrl", "movi", "INFO", "JUNK"]


def test_missing_pad_bytes_are_made_up_for():
    odd = chunk(b"LIST", b"INFO" + chunk(b"INAM", b"odd")[:-1])[:-1]
    movi = listed(b"movi", FRAMES * 3)  # of a size that cannot be taken for letters
    new = written(FORMAT, avi(odd, movi))
    assert new.startswith(avi(info((b"INAM", b"odd"), (b"AIGC", CHILD[8:])), size=len(new) - 8))
    assert outline(new)[0] == ["hdrl", "INFO", "JUNK", "movi"]
    new = written(FORMAT, avi(odd, junk(900), MOVI))
    assert outline(new)[0] == ["hdrl", "INFO", "JUNK", "movi"]
    new = written(FORMAT, avi(chunk(b"odd ", b"odd")[:-1], movi))
    assert outline(new)[0] == ["hdrl", "odd ", "movi", "INFO", "JUNK"]
    last = listed(b"movi", FRAMES[:-1])[:-1]
    new = written(FORMAT, avi(last))
    assert outline(new)[0] == ["hdrl", "movi", "INFO", "JUNK"]


def test_copies_become_junk_of_their_size():
    copies = [
        listed(b"INFO", chunk(b"AIGC", OTHER.encode())),
        info((b"INAM", b"kept"), (b"ICMT", WRAPPED)),
        chunk(b"AIGC", OTHER.encode()),
        chunk(b"_PMX", xmp.updated(None, LABEL)),
    ]
    data = avi(TITLE, junk(1000), MOVI, IDX1, *copies)
    new = written(FORMAT, data)
    assert len(new) == len(data)
    assert the_label(new) == LABEL.fields
    assert b"somebody" not in new
    behind = outline(new)[0][5:]
    assert behind == ["JUNK", "INFO", "JUNK", "JUNK", "_PMX"]
    assert info((b"INAM", b"kept")) in new


@pytest.mark.parametrize("odd", [1, 2])
def test_a_copy_without_pad_bytes(odd):
    unpadded = chunk(b"INAM", b"odd")[:-1] * odd + chunk(b"AIGC", b"")
    new = written(FORMAT, avi(TITLE, junk(1000), MOVI, IDX1, chunk(b"LIST", b"INFO" + unpadded)))
    behind = ["INFO", "JUNK"] if odd == 1 else ["INFO"]
    assert outline(new)[0] == ["hdrl", "INFO", "JUNK", "movi", "idx1", *behind]
    assert listed(b"INFO", chunk(b"INAM", b"odd") * odd) in new


def test_a_child_longer_than_its_list_swallows_nothing():
    lying = listed(b"INFO", chunk(b"INAM", b"t!"), b"IART" + struct.pack("<I", 1 << 20) + b"name")
    new = written(FORMAT, avi(lying, junk(1000), MOVI))
    assert info((b"INAM", b"t!"), (b"IART", b"name"), (b"AIGC", CHILD[8:])) in new
    assert the_label(new) == LABEL.fields


def test_bytes_that_are_no_child_stay_in_the_list():
    odd = chunk(b"LIST", b"INFO" + chunk(b"INAM", b"t") + b"\x01\x02what is this")
    new = written(FORMAT, avi(odd, junk(1000), MOVI))
    assert CHILD + b"\x01\x02what is this" in new


def test_a_streamed_film_stays_one():
    data = avi(b"LIST\xff\xff\xff\xffmovi" + FRAMES, size=0xFFFFFFFF)
    new = written(FORMAT, data)
    assert outline(new)[0] == ["hdrl", "INFO", "JUNK", "movi"]
    assert new[4:8] == b"\xff\xff\xff\xff"
    assert new.endswith(data[data.index(b"LIST\xff") :])
    assert the_label(new) == LABEL.fields


@pytest.mark.parametrize("size", [len(avi(TITLE)), 1 << 31])
def test_a_size_that_lies_is_mended(size):
    data = avi(TITLE, MOVI, size=size)
    assert outline(written(FORMAT, data))[0] == ["hdrl", "INFO", "JUNK", "movi"]


# --- indexes ------------------------------------------------------------------------------------


def test_an_index_from_the_list_stays():
    data = avi(TITLE, MOVI, IDX1)
    assert IDX1 in written(FORMAT, data)


def test_an_index_from_the_beginning_follows():
    movi = len(avi(TITLE)) + 8
    rec = chunk(b"idx1", struct.pack("<4sIII", b"rec ", 1, movi - 8, 9) + entries(movi) + b"tail")
    new = written(FORMAT, avi(TITLE, MOVI, rec))
    assert rec[:24] + entries(movi + moving.SECTOR) + b"tail" not in new  # rec's lay before movi
    assert entries(movi + moving.SECTOR) in new


def test_pictures_of_one_size_are_told_by_where_offsets_begin():
    """Both ways of counting lead to a picture: those from the beginning are the larger ones."""
    frame = chunk(b"00db", bytes(56))
    notes = junk(-(len(avi(TITLE)) + 16) % 64 + 64, b"CAMERA")
    frames = listed(b"movi", frame * 40)
    start = len(avi(TITLE, notes)) + 12
    assert start % 64 == 4

    def index(base):
        return b"".join(struct.pack("<4sIII", b"00db", 16, base + 64 * n, 56) for n in range(20))

    for base, moved in ((start, start + moving.SECTOR), (4, 4)):
        data = avi(TITLE, notes, frames, chunk(b"idx1", index(base)))
        assert index(moved) in written(FORMAT, data)


def test_offsets_beyond_4_gib_are_refused():
    movi = len(avi(TITLE)) + 8
    last = struct.pack("<4sIII", b"00dc", 16, 0xFFFFFF00, 8)
    data = avi(TITLE, MOVI, chunk(b"idx1", entries(movi) + last))
    with pytest.raises(CannotCarry, match="OpenDML first: ffmpeg"):
        written(FORMAT, data)


def opendml(pointers, *, before=b"", kind=0, count=None):
    """Two RIFFs, with an index that names whatever it is given."""
    table = b"".join(struct.pack("<QII", at, 32, 1) for at in pointers)
    count = len(pointers) if count is None else count
    head = struct.pack("<HBBI4s12x", 4, 0, kind, count, b"00dc")
    stream = listed(b"strl", chunk(b"strh", bytes(56)), chunk(b"indx", head + table))
    hdrl = listed(b"hdrl", chunk(b"avih", bytes(56)), stream)
    index = struct.pack("<HBBI4sQI", 2, 0, 1, 1, b"00dc", 0, 0)
    own = len(packed(hdrl, before, kind=b"AVI ")) + 12
    first = chunk(b"00dc", b"frame 0!") + chunk(b"ix00", index + struct.pack("<II", own + 8, 8))
    one = packed(hdrl, before, listed(b"movi", first), kind=b"AVI ")
    own += len(one) - len(packed(hdrl, before, kind=b"AVI ")) - len(first)
    place = len(one) + 24
    second = chunk(b"00dc", b"frame 1!")
    second += chunk(b"ix00", index[:12] + struct.pack("<QIII", place, 0, 8, 8))
    return one + avix(listed(b"movi", second))


def indexes(data):
    return [at for at in range(len(data)) if data.startswith(b"ix00", at)]


@pytest.mark.parametrize("before", [b"", TITLE])
def test_opendml_follows_from_the_file_and_from_the_list(before):
    data = opendml([0, 0], before=before)
    data = opendml(indexes(data), before=before)
    new = written(FORMAT, data)
    assert len(new) == len(data) + moving.SECTOR
    assert outline(new[: struct.unpack_from("<I", new, 4)[0] + 8])[0][:3] == [
        "hdrl",
        "INFO",
        "JUNK",
    ]
    at = new.index(b"indx") + 32
    named = [struct.unpack_from("<Q", new, at + 16 * n)[0] for n in (0, 1)]
    assert named == indexes(new)
    frames = []
    for place in named:
        base, offset = (
            struct.unpack_from("<Q", new, place + 20)[0],
            struct.unpack_from("<I", new, place + 32)[0],
        )
        frames.append(new[base + offset :][:8])
    assert frames == [b"frame 0!", b"frame 1!"]


def test_an_index_of_chunks_in_the_header_follows():
    data = opendml([0, 0])
    movi = data.index(b"movi")
    data = opendml([movi << 0, 0], kind=1)
    at = data.index(b"indx") + 8 + 12
    data = data[:at] + struct.pack("<Q", movi) + data[at + 8 :]
    new = written(FORMAT, data)
    (base,) = struct.unpack_from("<Q", new, new.index(b"indx") + 20)
    assert base == new.index(b"movi")


def test_pointers_into_nowhere_do_no_harm():
    data = opendml([5, 1 << 63, (1 << 64) - 1, 0])
    assert the_label(written(FORMAT, data)) == LABEL.fields
    data = opendml([0, 0], count=0xFFFFFFFF)
    assert the_label(written(FORMAT, data)) == LABEL.fields
    at = data.index(b"indx") + 11
    last = data[:at] + b"\x01" + data[at + 1 :]  # a base right at the end of the file
    last = last[: at + 9] + struct.pack("<Q", (1 << 64) - 1) + last[at + 17 :]
    assert the_label(written(FORMAT, last)) == LABEL.fields
    short = listed(b"hdrl", listed(b"strl", chunk(b"indx", b"short")))
    data = packed(short, MOVI, kind=b"AVI ") + avix(MOVI)
    assert the_label(written(FORMAT, data)) == LABEL.fields


def test_indexes_that_share_bytes_are_refused():
    data = opendml([0, 0])
    first = indexes(data)[0]
    data = opendml([first, first + 2]).replace(b"ix00", b"ixix")
    with pytest.raises(Malformed, match="share bytes"):
        written(FORMAT, data)


def test_too_many_indexes(monkeypatch):
    monkeypatch.setattr(moving, "_MOST_INDEXES", 1)
    with pytest.raises(LimitExceeded):
        written(FORMAT, opendml([0, 0]))


def test_a_list_behind_the_media_of_opendml_is_not_home():
    """Players that have OpenDML's indexes do not look there."""
    data = avi(MOVI, IDX1, info((b"AIGC", OTHER.encode()))) + avix(MOVI)
    new = written(FORMAT, data)
    first = new[: struct.unpack_from("<I", new, 4)[0] + 8]
    assert outline(first)[0] == ["hdrl", "INFO", "JUNK", "movi", "idx1", "JUNK"]
    assert new.endswith(avix(MOVI))
    assert is_patch(open_asset(new), planned(new, LONGER))


def test_bytes_at_the_end_of_the_first_riff_do_not_cut_off_the_next():
    inside = bytes(24)
    one = avi(TITLE, MOVI)
    data = one[:4] + struct.pack("<I", len(one) - 8 + 24) + one[8:] + inside + avix(MOVI)
    new = written(FORMAT, data)
    assert new.endswith(inside + avix(MOVI))
    assert struct.unpack_from("<I", new, 4)[0] + 8 == len(new) - len(avix(MOVI))


# --- what is missing ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (avi(), "no list of media"),
        (packed(MOVI, kind=b"AVI "), "no list of headers"),
        (avi(MOVI, IDX1)[:-9], "cut short: the 'idx1' chunk"),
        (avi(MOVI)[:-9], "cut short: the 'LIST' chunk"),
        (avi(MOVI) + avix(MOVI)[:-9], "cut short: a segment"),
        (avi(MOVI, size=0) + avix(MOVI), "does not say where it ends"),
    ],
)
def test_what_is_missing_is_said_behind_the_facts(data, words):
    data = data.replace(b"LIST" + struct.pack("<I", len(HDRL) - 8), b"LIST" + HDRL[4:8], 1)
    with open_asset(data) as asset, pytest.raises(Malformed, match=words):
        list(FORMAT.read(asset))
    with pytest.raises(Malformed, match=words):
        written(FORMAT, data)


def test_too_many_segments(monkeypatch):
    monkeypatch.setattr(film, "MOST_SEGMENTS", 2)
    with pytest.raises(LimitExceeded):
        seen(FORMAT, avi(MOVI) + avix(MOVI) * 3)
    assert seen(FORMAT, avi(MOVI) + avix(MOVI)) == []


def test_a_full_riff_is_refused_and_one_with_room_is_not(tmp_path):
    """4 GiB, most of it a hole; the advice names the way out."""
    path = tmp_path / "full.avi"
    for before, fits in ((TITLE, False), (TITLE + junk(900), True)):
        size = 0xFFFFFFFE - len(avi(before)) - 4
        with path.open("wb") as file:
            file.write(avi(before, size=0xFFFFFFFE) + b"LIST" + struct.pack("<I", size) + b"movi")
            file.truncate(0xFFFFFFFE + 8)
        with open_asset(path) as asset:
            if fits:
                assert is_patch(asset, FORMAT.plan(asset, LABEL))
            else:
                with pytest.raises(CannotCarry, match=r"4 GiB.*OpenDML first"):
                    FORMAT.plan(asset, LABEL)
            assert asset.bytes_read < 40_000


# --- foreign eyes -------------------------------------------------------------------------------


@pytest.mark.foreign("ffmpeg")
@pytest.mark.parametrize("name", ["opendml", "absolute", "ffmpeg", "mencoder"])
def test_seeking_finds_the_same_pictures(name, tmp_path):
    old, new = FIXTURES / "plain" / f"{name}.avi", tmp_path / "new.avi"
    new.write_bytes(written(FORMAT, old.read_bytes()))
    for second in ("0.35", "0.65"):
        frames = [
            subprocess.run(
                ["ffmpeg", "-v", "error", "-ss", second, "-i", path, "-f", "framemd5", "-"],
                capture_output=True,
                check=True,
            )
            for path in (old, new)
        ]
        assert frames[0].stdout == frames[1].stdout
        assert frames[1].stdout.count(b"\n0,") >= 1
        assert frames[1].stderr == b""


@pytest.mark.foreign("mplayer")
@pytest.mark.parametrize("name", ["opendml", "absolute", "rich"])
def test_mplayer_shows_the_same_pictures_from_the_middle(name, tmp_path):
    old, new = FIXTURES / "plain" / f"{name}.avi", tmp_path / "new.avi"
    new.write_bytes(written(FORMAT, old.read_bytes()))
    sums = []
    for path in (old, new):
        out = tmp_path / "sums"
        command = ["mplayer", "-really-quiet", "-nosound", "-ss", "0.3"]
        command += ["-vo", f"md5sum:outfile={out}", str(path)]
        subprocess.run(command, capture_output=True, check=True, stdin=subprocess.DEVNULL)
        sums.append(out.read_bytes())
    assert sums[0] == sums[1]
    assert sums[0].count(b"\n") >= 3


def test_the_view_of_a_plan_is_the_file_that_it_makes():
    data = opendml([0, 0], before=TITLE)
    plan = planned(data)
    with open_asset(data) as asset:
        out = io.BytesIO()
        plan.apply(asset, out)
        assert plan.view(asset).read(0, len(out.getvalue())) == out.getvalue()
