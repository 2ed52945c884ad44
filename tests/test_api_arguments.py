"""What callers hand over: every kind of source and target, and their mistakes in one clear line."""

from __future__ import annotations

import io
import multiprocessing
import os
import threading
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from aigc_label import (
    AigcLabelError,
    ExplicitLabel,
    ImplicitLabel,
    InvalidLabel,
    InvalidProfile,
    LimitExceeded,
    Malformed,
    UnknownFormat,
    UsageError,
    asset,
    check,
    label,
    propagate,
    read,
)

MADE = ImplicitLabel(content_producer="P", produce_id="1")
PNG = Path(__file__).parent.parent / "fixtures/png/plain/rich.png"
CUT = Path(__file__).parent.parent / "fixtures/png/damaged"


@pytest.fixture(scope="module")
def data() -> bytes:
    return PNG.read_bytes()


@pytest.fixture(scope="module")
def labelled(data) -> bytes:
    return label(data, MADE).data


class Slow(io.RawIOBase):
    """A source that gives ten bytes at a time, and cannot seek."""

    def __init__(self, content: bytes) -> None:
        self._content = io.BytesIO(content)

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        return self._content.read(min(size, 10) if size >= 0 else 10)


def piped(content: bytes):
    out, into = os.pipe()

    def feed() -> None:
        with os.fdopen(into, "wb") as pipe:
            pipe.write(content)

    threading.Thread(target=feed, daemon=True).start()
    return os.fdopen(out, "rb")


@pytest.mark.parametrize(
    "wrapped",
    [
        bytes,
        bytearray,
        memoryview,
        lambda raw: memoryview(bytes(byte for each in raw for byte in (each, 0)))[::2],
        io.BytesIO,
        lambda raw: io.BufferedReader(io.BytesIO(raw)),
        Slow,
        piped,
    ],
    ids=["bytes", "bytearray", "view", "strided", "BytesIO", "buffered", "slow", "pipe"],
)
def test_every_kind_of_source_gives_the_same(data, labelled, wrapped):
    assert label(wrapped(data), MADE).data == labelled


def test_a_stream_is_taken_from_its_beginning_and_stays_open(data, labelled):
    stream = io.BytesIO(data)
    stream.seek(99)
    assert label(stream, MADE).data == labelled
    assert not stream.closed


def test_results_go_to_streams_where_they_stand(data, labelled):
    target = io.BytesIO(b"ab")
    target.seek(2)
    written = label(data, MADE, to=target)
    assert (written.data, written.target) == (None, None)
    assert target.getvalue() == b"ab" + labelled


def test_a_pipe_takes_a_result(data, labelled):
    out, into = os.pipe()
    got: list[bytes] = []
    with os.fdopen(out, "rb") as reading:
        thread = threading.Thread(target=lambda: got.append(reading.read()))
        thread.start()
        with os.fdopen(into, "wb") as writing:
            label(data, MADE, to=writing)
        thread.join()
    assert got == [labelled]


def test_a_source_is_not_overwritten_while_it_is_read(data, tmp_path):
    """A stream cannot be replaced in one step, as a path can."""
    path = tmp_path / "a.png"
    path.write_bytes(data)
    stream = io.BytesIO(data)
    with pytest.raises(UsageError, match="its own result"):
        label(stream, MADE, to=stream)
    assert stream.getvalue() == data
    with path.open("r+b") as one, path.open("r+b") as other:
        for source, target in ((one, one), (one, other), (path, other), (str(path), other)):
            with pytest.raises(UsageError, match="its own result"):
                label(source, MADE, to=target)
            with pytest.raises(UsageError, match="its own result"):
                propagate(source, "Q", declared=True, to=target)
        label(one, MADE, to=(tmp_path / "b.png").open("wb"))
    assert path.read_bytes() == data


@pytest.mark.parametrize("target", [3, b"path", bytearray(), io.StringIO(), ["a"]])
def test_what_is_no_target(data, target):
    with pytest.raises(UsageError, match="a path or a binary stream"):
        label(data, MADE, to=target)


@pytest.mark.parametrize("text", ["# A poem\n\nRoses are red.", ""])
def test_a_text_by_mistake_is_told_apart_from_a_path(text):
    with pytest.raises(FileNotFoundError) as caught:
        label(text, MADE)
    assert "give its bytes: text.encode()" in caught.value.__notes__[0]
    assert not check(text).ok


@pytest.mark.parametrize("text", ["word " * 1000, "a\0b"])
def test_what_can_be_no_path(text):
    for verb in (check, read):
        with pytest.raises(UsageError, match=r"give its bytes: text\.encode"):
            verb(text)


def test_text_without_a_name_says_what_it_lacks():
    with pytest.raises(UnknownFormat, match=r"name='answer\.md'"):
        label(b"# A poem\n", MADE)
    assert label(b"# A poem\n", MADE, name=Path("poem.md")).source == "poem.md"
    with pytest.raises(UsageError, match="name must be text"):
        label(b"# A poem\n", MADE, name=3)


def test_streams_that_are_none(tmp_path, monkeypatch, data):
    path = tmp_path / "a.md"
    path.write_text("# A poem\n")
    with path.open() as stream, pytest.raises(UsageError, match="binary mode"):
        label(stream, MADE)
    done = io.BytesIO(data)
    done.close()
    with pytest.raises(UsageError, match="closed"):
        label(done, MADE)
    silent = Slow(b"")
    monkeypatch.setattr(silent, "read", lambda _size=-1: None)
    with pytest.raises(UsageError, match="blocking mode"):
        label(silent, MADE)
    monkeypatch.setattr(silent, "read", lambda _size=-1: "text")
    with pytest.raises(UsageError, match="binary mode"):
        label(silent, MADE)
    monkeypatch.setattr(asset, "LARGEST_STREAM", 100)
    with pytest.raises(LimitExceeded, match="cannot seek"):
        label(Slow(data), MADE)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"implicit": {"Label": "1"}}, "implicit must be an ImplicitLabel or None, not dict"),
        ({"implicit": ExplicitLabel()}, "implicit must be an ImplicitLabel"),
        ({"implicit": MADE, "explicit": "AI生成"}, "explicit must be an ExplicitLabel"),
        ({"implicit": MADE, "explicit": True}, "explicit must be an ExplicitLabel"),
        ({"implicit": None}, "nothing to do"),
    ],
)
def test_labels_of_the_wrong_kind(data, given, words):
    with pytest.raises(UsageError, match=words):
        label(data, **given)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"text": None}, "text"),
        ({"height": "5 %"}, "height"),
        ({"height": float("nan")}, "height"),
        ({"places": "start"}, "places"),
        ({"seconds": None}, "seconds"),
    ],
)
def test_explicit_labels_of_the_wrong_types(given, field):
    with pytest.raises(InvalidLabel, match=field) as caught:
        ExplicitLabel(**given)
    assert caught.value.field == field
    assert hash(ExplicitLabel(places=["start", "end"])) == hash(
        ExplicitLabel(places=("start", "end"))
    )


def test_other_arguments(data):
    with pytest.raises(UsageError, match="'en' or 'zh'"):
        check(data, lang="de")
    with pytest.raises(InvalidProfile, match="by its name"):
        check(data, profile=None)
    for platform in ("", None, "a\nb"):
        with pytest.raises(InvalidLabel, match="ContentPropagator"):
            propagate(data, platform)


def attempt(job):
    verb, source = job
    if verb == "label":
        return label(source, MADE)
    return read(source)


def test_a_pool_of_processes_carries_results_and_errors(labelled):
    cut = next(path for path in sorted(CUT.iterdir()) if isinstance(problem(path), Malformed))
    context = multiprocessing.get_context("forkserver")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        assert pool.submit(attempt, ("label", PNG)).result().data == labelled
        with pytest.raises(Malformed) as caught:
            pool.submit(attempt, ("read", cut)).result()
        assert (caught.value.asset, caught.value.format) == (str(cut), "png")
        with pytest.raises(Malformed) as caught:
            pool.submit(attempt, ("label", cut)).result()
        assert (caught.value.asset, caught.value.format) == (str(cut), "png")
        with pytest.raises(UnknownFormat):
            pool.submit(attempt, ("read", b"\0\0")).result()


def problem(path: Path) -> AigcLabelError | OSError | None:
    return check(path, only="implicit").inspection.problem
