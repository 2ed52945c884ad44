"""Exact, bounded and counted reads from paths, bytes and streams."""

from __future__ import annotations

import io
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aigc_label import asset as module
from aigc_label.asset import HEAD, LARGEST_READ, Asset, open_asset
from aigc_label.errors import AssetError, LimitExceeded, Malformed, UsageError

DATA = bytes(range(256)) * 200


class Unseekable(io.RawIOBase):
    """A pipe: it gives its bytes once."""

    def __init__(self, data: bytes) -> None:
        self._inner = io.BytesIO(data)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        return self._inner.readinto(buffer)


class OneByteAtATime(io.BytesIO):
    """A stream that is allowed to give less than was asked for."""

    def read(self, size=-1, /):
        return super().read(min(size, 1) if size and size > 0 else size)


@pytest.fixture(
    params=["path", "str", "bytes", "bytearray", "memoryview", "stream", "pipe", "slow"]
)
def source(request, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(DATA)
    return {
        "path": path,
        "str": str(path),
        "bytes": DATA,
        "bytearray": bytearray(DATA),
        "memoryview": memoryview(DATA),
        "stream": io.BytesIO(DATA),
        "pipe": io.BufferedReader(Unseekable(DATA)),
        "slow": OneByteAtATime(DATA),
    }[request.param]


def test_every_source_reads_alike(source):
    with open_asset(source) as asset:
        assert asset.size == len(DATA)
        assert asset.head == DATA[:HEAD]
        assert asset.read(0, 5) == DATA[:5]
        assert asset.read(20_000, 300) == DATA[20_000:20_300]
        assert asset.read(len(DATA), 0) == b""
        assert asset.peek(len(DATA) - 3, 99) == DATA[-3:]
        assert asset.peek(len(DATA) + 5, 10) == b""
        assert asset.peek(-1, 10) == b""
        out = io.BytesIO()
        asset.copy_to(out, 7, 40_007)
        assert out.getvalue() == DATA[7:40_007]


@pytest.mark.parametrize(
    ("offset", "length"),
    [(len(DATA) - 2, 3), (len(DATA) + 1, 0), (-1, 1), (0, -1), (0, len(DATA) + 1), (1 << 62, 1)],
)
def test_reads_past_the_end_are_refused(source, offset, length):
    with open_asset(source) as asset, pytest.raises(Malformed) as caught:
        asset.read(offset, length)
    assert caught.value.asset is None


def test_reads_are_counted(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(DATA)
    with open_asset(path) as asset:
        assert (asset.bytes_read, asset.reads) == (HEAD, 1)
        asset.read(100, 1000)
        asset.peek(0, HEAD)
        assert (asset.bytes_read, asset.reads) == (HEAD, 1)  # the head is not fetched again
        asset.read(HEAD - 1, 2)
        assert (asset.bytes_read, asset.reads) == (HEAD + 2, 2)


def test_one_piece_is_bounded(tmp_path):
    path = tmp_path / "sparse"
    with path.open("wb") as file:
        file.truncate(LARGEST_READ + 10)
    with open_asset(path) as asset:
        with pytest.raises(LimitExceeded, match="64 MiB"):
            asset.read(0, LARGEST_READ + 1)
        assert asset.bytes_read == HEAD


def test_a_file_that_shrinks_while_it_is_read(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(DATA)
    with open_asset(path) as asset:
        os.truncate(path, 18_000)
        with pytest.raises(Malformed, match="changed or ended"):
            asset.read(17_990, 20)


def test_a_name_for_messages(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(b"x")
    named = io.BytesIO(b"x")
    named.name = "from-stream.md"
    numbered = io.BytesIO(b"x")
    numbered.name = 3  # what os.fdopen gives
    assert open_asset(b"x").name == "<bytes>"
    assert open_asset(b"x", name="n.md").name == "n.md"
    assert open_asset(named).name == "from-stream.md"
    assert open_asset(named, name="n.md").name == "n.md"
    assert open_asset(numbered).name == "<stream>"
    with open_asset(path) as asset:
        assert asset.name == asset.path == str(path)
    with open_asset(path, name="shown") as asset:
        assert asset.name == "shown"


def test_an_open_stream_stays_open():
    stream = io.BytesIO(DATA)
    with open_asset(stream):
        pass
    assert not stream.closed


def test_an_open_asset_stays_open(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(DATA)
    with open_asset(path, name="shown") as asset:
        with open_asset(asset) as lent:
            assert (lent.name, lent.path, lent.head) == ("shown", str(path), asset.head)
            assert lent.read(20_000, 300) == DATA[20_000:20_300]
            out = io.BytesIO()
            lent.copy_to(out, 7, 40_007)
            assert out.getvalue() == DATA[7:40_007]
            path.write_bytes(b"another")
            assert lent.has_changed()
        assert asset.peek(0, 1)
        assert asset.status() is not None
        assert open_asset(asset, name="other").name == "other"


def test_a_path_is_closed(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(DATA)
    with open_asset(path) as asset:
        fetch = asset._fetch
    with pytest.raises(OSError, match="Bad file descriptor"):
        fetch(0, 1)
    asset.close()  # twice does no harm


def test_what_is_no_file(tmp_path):
    with pytest.raises(AssetError, match="a folder"):
        open_asset(tmp_path)
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    with pytest.raises(AssetError, match="it is a pipe") as caught:
        open_asset(fifo)
    assert caught.value.asset == str(fifo)
    with pytest.raises(AssetError, match="it is a device"):
        open_asset(os.devnull)
    with pytest.raises(FileNotFoundError):
        open_asset(tmp_path / "missing")


@pytest.mark.parametrize("wrong", [3, None, object(), 2.5, ["a"]])
def test_what_is_no_source(wrong):
    with pytest.raises(UsageError, match="give a path"):
        open_asset(wrong)


@pytest.mark.parametrize("stream", [io.StringIO("text"), io.TextIOWrapper(io.BytesIO(b"text"))])
def test_text_streams_are_refused(stream):
    with pytest.raises(UsageError, match="binary mode"):
        open_asset(stream)


def test_an_unseekable_text_stream_is_refused():
    class Words:
        def read(self, *_):
            return "words"

    with pytest.raises(UsageError, match="binary mode"):
        open_asset(Words())


def test_bytes_as_a_path_are_refused():
    class Odd:
        def __fspath__(self):
            return b"name"

    with pytest.raises(UsageError, match="a path must be text"):
        open_asset(Odd())


def test_a_descriptor_is_not_leaked_when_opening_fails(tmp_path, monkeypatch):
    path = tmp_path / "file"
    path.write_bytes(DATA)
    opened = []
    real = os.open
    monkeypatch.setattr(os, "open", lambda *a, **k: opened.append(real(*a, **k)) or opened[-1])

    def broken(*_):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "pread", broken)
    with pytest.raises(OSError, match="Input/output"):
        open_asset(path)
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(opened[0])


def test_without_pread_and_preadv(tmp_path, monkeypatch):
    """What Windows lacks."""
    monkeypatch.delattr(os, "pread")
    monkeypatch.delattr(os, "preadv", raising=False)
    path, target = tmp_path / "file", tmp_path / "out"
    path.write_bytes(DATA)
    with open_asset(path) as asset, target.open("wb") as out:
        assert asset.read(30_000, 9) == DATA[30_000:30_009]
        asset.copy_to(out, 5, len(DATA))
    assert target.read_bytes() == DATA[5:]


@pytest.mark.parametrize("most", [0, 777], ids=["none", "few"])
def test_short_reads_and_writes_lose_nothing(tmp_path, monkeypatch, most):
    preadv, write = os.preadv, os.write
    monkeypatch.setattr(os, "preadv", lambda fd, views, at: preadv(fd, [views[0][:most]], at))
    monkeypatch.setattr(os, "write", lambda fd, data: write(fd, data[:500]))
    path, target = tmp_path / "file", tmp_path / "out"
    path.write_bytes(DATA)
    with open_asset(path) as asset, target.open("wb") as out:
        out.write(b"before")
        asset.copy_to(out, 0, asset.size)
        out.write(b"after")
    assert target.read_bytes() == b"before" + DATA + b"after"


def test_copies_go_to_the_end_of_what_was_written(tmp_path):
    path, target = tmp_path / "file", tmp_path / "out"
    path.write_bytes(DATA)
    with open_asset(path) as asset, target.open("wb") as out:
        out.write(b"before")
        asset.copy_to(out, 10, 40_000)
        out.write(b"after")
        asset.copy_to(out, 0, 10)
    assert target.read_bytes() == b"before" + DATA[10:40_000] + b"after" + DATA[:10]


@given(st.binary(max_size=300), st.integers(-5, 320), st.integers(-5, 320))
def test_read_is_a_slice_or_an_error(data, offset, length):
    asset = open_asset(data)
    try:
        piece = asset.read(offset, length)
    except AssetError:
        assert offset < 0 or length < 0 or offset + length > len(data)
    else:
        assert piece == data[offset : offset + length]
        assert len(piece) == length


def test_large_copies_go_in_pieces(monkeypatch):
    monkeypatch.setattr(module.copying, "CHUNK", 100)
    pieces = []

    class Sink:
        def write(self, piece):
            pieces.append(bytes(piece))

    asset = Asset(lambda offset, length: DATA[offset : offset + length], len(DATA), name="x")
    asset.copy_to(Sink(), 0, 350)
    assert [len(piece) for piece in pieces] == [100, 100, 100, 50]
    assert b"".join(pieces) == DATA[:350]
