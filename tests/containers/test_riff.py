import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aigc_label.asset import open_asset
from aigc_label.containers import riff as container
from aigc_label.edits import Span, Splice
from aigc_label.errors import AigcLabelError, CannotCarry, LimitExceeded, Malformed
from audio_samples import DATA, FMT, applied, chunk, encoded, riff, wav

LIST = chunk(b"LIST", b"INFO" + chunk(b"INAM", b"abc") + chunk(b"IART", b"de"))
SAMPLES = bytes(range(200)) * 3


def walk(data):
    with open_asset(data) as asset:
        return container.walk(asset)


def ids(form):
    return [c.id for c in form.chunks]


def test_chunks_of_a_file_by_the_standard_library():
    data = wav(0.1)
    form = walk(data)
    assert (form.magic, form.kind, form.streamed) == (b"RIFF", b"WAVE", False)
    assert ids(form) == [b"fmt ", b"data"]
    assert form.end == len(data)
    assert form.find(b"data").size == len(data) - 44
    assert form.find(b"none") is None


@pytest.mark.parametrize("data", [b"", b"RIFF", b"RIFX\x04\x00\x00\x00WAVE", b"\x00" * 40])
def test_other_bytes_are_malformed(data):
    with pytest.raises(Malformed):
        walk(data)


def test_odd_chunks_are_padded_and_trailing_bytes_are_not_chunks():
    data = riff(FMT, DATA, chunk(b"odd ", b"abc")) + b"JUNKbehind the form"
    form = walk(data)
    assert ids(form) == [b"fmt ", b"data", b"odd "]
    assert data[form.end :] == b"JUNKbehind the form"


def test_missing_pad_byte_in_the_middle_is_forgiven():
    form = walk(riff(FMT, chunk(b"odd ", b"abc")[:-1], DATA))
    assert ids(form) == [b"fmt ", b"odd ", b"data"]


def test_missing_pad_byte_at_the_end_is_made_up_for():
    data = riff(FMT, DATA, chunk(b"odd ", b"abc")[:-1])
    form = walk(data)
    plan = container.plan(form, [container.appended(form, chunk(b"more", b"12"))])
    assert applied(plan, data) == riff(FMT, DATA, chunk(b"odd ", b"abc"), chunk(b"more", b"12"))


def test_padding_inside_the_form_is_no_chunk():
    form = walk(riff(FMT, DATA, b"\x00" * 64))
    assert ids(form) == [b"fmt ", b"data"]


@pytest.mark.parametrize(
    ("outer", "inner"),
    [
        (0xFFFFFFFF, 0xFFFFFFFF),  # ffmpeg to a pipe
        (0, 0),
        (0x7FFFF024, 0x7FFFF000),  # SoX to a pipe
        (36, 0),  # a recorder that crashed
    ],
)
def test_streamed_data_runs_to_the_end(outer, inner):
    head = FMT + b"data" + struct.pack("<I", inner)
    data = riff(head, b"\x00" + SAMPLES, size=outer)
    form = walk(data)
    assert form.streamed
    assert form.chunks[-1].size == len(SAMPLES) + 1
    assert form.end == len(data)
    container.require_whole(form)


def test_ffmpeg_streams_like_that():
    assert walk(encoded("wav", seconds=0.1)).streamed


def test_empty_data_before_another_chunk_is_empty():
    form = walk(riff(FMT, chunk(b"data", b""), LIST))
    assert ids(form) == [b"fmt ", b"data", b"LIST"]
    assert not form.streamed


def test_wrong_form_size_does_not_cut_the_last_chunk():
    data = riff(FMT, DATA, size=36)
    form = walk(data)
    assert form.end == len(data)
    assert form.chunks[-1].size == 200


@pytest.mark.parametrize("cut", [1, 100])
def test_cut_files_are_readable_and_not_writable(cut):
    form = walk(riff(FMT, DATA)[:-cut])
    assert form.chunks[-1].size == 200 - cut
    assert not form.streamed
    with pytest.raises(Malformed, match="cut short: the 'data' chunk should have 200 bytes"):
        container.require_whole(form)


def test_nothing_but_a_head_has_no_chunks():
    form = walk(riff())
    assert form.chunks == ()
    assert form.end == 12
    container.require_whole(form)


def test_too_many_chunks(monkeypatch):
    monkeypatch.setattr(container, "MOST_CHUNKS", 20)
    assert len(walk(riff(*[chunk(b"JUNK", b"")] * 19)).chunks) == 19
    with pytest.raises(LimitExceeded):
        walk(riff(*[chunk(b"JUNK", b"")] * 20))


def test_children_of_a_list():
    data = riff(FMT, DATA, LIST)
    with open_asset(data) as asset:
        children = list(container.children(asset, container.walk(asset).chunks[-1]))
        assert [(c.id, asset.read(c.body, c.size)) for c in children] == [
            (b"INAM", b"abc"),
            (b"IART", b"de"),
        ]


def test_edits_keep_the_sizes_true():
    data = riff(FMT, DATA, LIST) + b"behind"
    form = walk(data)
    fmt, samples, info = form.chunks
    new = chunk(b"more", b"12345")
    plan = container.plan(
        form,
        [
            *container.resized(form, samples, 202),
            Splice(Span(samples.body, samples.body), b"ab"),
            container.removed(info),
            container.appended(form, new, [container.removed(info)]),
            container.replaced(fmt, b"xyz"),
        ],
    )
    assert applied(plan, data) == (
        riff(chunk(b"fmt ", b"xyz"), chunk(b"data", b"ab" + bytes(range(200))), new) + b"behind"
    )
    assert not container.plan(form, [])


def test_insertion_behind_certain_chunks():
    data = riff(FMT, DATA, LIST)
    form = walk(data)
    new = chunk(b"more", b"1")
    assert applied(
        container.plan(form, [container.appended(form, new, behind=[b"fmt "])]), data
    ) == (riff(FMT, new, DATA, LIST))
    assert container.appended(form, new, behind=[b"none"]).span.start == len(data)


def ds64(outer, inner, samples=0, table=(), entries=None):
    body = struct.pack("<QQQI", outer, inner, samples, len(table) if entries is None else entries)
    return chunk(b"ds64", body + b"".join(struct.pack("<4sQ", *entry) for entry in table))


@pytest.mark.parametrize("magic", [b"RF64", b"BW64"])
def test_wide_sizes_come_from_ds64(magic):
    large = b"big " + b"\xff" * 4 + b"0123456789"
    body = (FMT, b"data" + b"\xff" * 4 + SAMPLES, large)
    whole = 4 + len(ds64(0, 0, 0, [(b"big ", 10)])) + sum(map(len, body))
    data = riff(
        ds64(whole, len(SAMPLES), 300, [(b"big ", 10)]), *body, magic=magic, size=0xFFFFFFFF
    )
    form = walk(data)
    assert [(c.id, c.size) for c in form.chunks[1:]] == [
        (b"fmt ", 16),
        (b"data", 600),
        (b"big ", 10),
    ]
    new = chunk(b"more", b"12")
    form = walk(applied(container.plan(form, [container.appended(form, new)]), data))
    assert ids(form)[-1] == b"more"
    assert form.end == len(data) + len(new)


def test_unfinished_rf64_is_streamed_and_gets_its_sizes():
    data = riff(ds64(0, 0), FMT, b"data" + b"\xff" * 4 + SAMPLES, magic=b"RF64", size=0xFFFFFFFF)
    form = walk(data)
    assert form.streamed
    closed = applied(
        container.plan(form, container.resized(form, form.chunks[-1], form.chunks[-1].size)), data
    )
    form = walk(closed)
    assert not form.streamed
    assert form.chunks[-1].size == form.chunks[-1].declared == len(SAMPLES)


def test_cut_rf64_is_cut_and_not_streamed():
    big = 5 << 30
    data = riff(
        ds64(big, big), FMT, b"data" + b"\xff" * 4 + SAMPLES, magic=b"RF64", size=0xFFFFFFFF
    )
    form = walk(data)
    assert not form.streamed
    with pytest.raises(Malformed, match="cut short"):
        container.require_whole(form)


def test_ffmpegs_rf64_is_read():
    form = walk(encoded("-rf64", "always", "wav", seconds=0.1))
    assert form.magic == b"RF64"
    assert form.find(b"data").size == 17640


def test_ds64_table_is_bounded():
    with pytest.raises(LimitExceeded):
        walk(riff(ds64(0, 0, entries=1 << 30), FMT, DATA, magic=b"RF64"))


def test_no_riff_beyond_4_gib(tmp_path):
    path = tmp_path / "big.wav"
    size = 0xFFFFFF00
    with path.open("wb") as file:
        file.write(riff(FMT, b"data" + struct.pack("<I", size - 44), size=size - 8))
        file.truncate(size)
    with open_asset(path) as asset:
        form = container.walk(asset)
        container.require_whole(form)
        with pytest.raises(CannotCarry, match="RF64"):
            container.plan(form, [container.appended(form, chunk(b"more", bytes(400)))])
        assert asset.bytes_read < 20_000


def test_replaced_chunk_without_its_pad_byte_needs_none_made_up():
    data = riff(FMT, chunk(b"odd ", b"abc")[:-1], chunk(b"last", b"12"))
    form = walk(data)
    splices = [container.replaced(form.chunks[1], b"a"), container.removed(form.chunks[2])]
    splices.append(container.appended(form, chunk(b"more", b"34"), splices))
    assert applied(container.plan(form, splices), data) == riff(
        FMT, chunk(b"odd ", b"a"), chunk(b"more", b"34")
    )


def test_short_ds64():
    short = chunk(b"ds64", bytes(20))
    with pytest.raises(Malformed, match="ds64"):
        walk(riff(short, FMT, DATA, magic=b"RF64"))


@given(
    st.lists(
        st.tuples(
            st.binary(min_size=4, max_size=4) | st.sampled_from([b"data", b"ds64", b"LIST"]),
            st.integers(0, 0xFFFFFFFF) | st.integers(0, 40),
            st.binary(max_size=40),
        ),
        max_size=6,
    ),
    st.sampled_from([b"RIFF", b"RF64"]),
    st.integers(0, 0xFFFFFFFF) | st.integers(0, 200),
)
def test_walking_is_total(parts, magic, size):
    data = riff(*[i + struct.pack("<I", n) + b for i, n, b in parts], magic=magic, size=size)
    try:
        form = walk(data)
    except AigcLabelError:
        return
    assert 12 <= form.end <= len(data)
    at = 12
    for found in form.chunks:
        assert found.start == at
        assert found.body + found.size <= found.end <= len(data)
        at = found.end


def test_one_size_in_ds64_is_not_for_two_chunks():
    ds64 = chunk(b"ds64", struct.pack("<QQQI", 1000, 200, 0, 0))
    form = walk(riff(ds64, FMT, DATA, b"data\xff\xff\xff\xff" + DATA[8:], magic=b"RF64"))
    assert [c.size for c in form.chunks if c.id == b"data"] == [200, 200]
    with pytest.raises(Malformed, match="two 'data' chunks"):
        container.resized(form, form.find(b"data"), 300)
