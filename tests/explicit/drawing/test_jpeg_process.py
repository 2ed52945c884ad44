"""The processes that libjpeg runs in: kept, replaced, never in the way."""

from __future__ import annotations

import gc
import io
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image
from scenes import file_of, marked, scene

from aigc_label import registry
from aigc_label.asset import open_asset
from aigc_label.explicit.drawing import jpeg_planes, jpeg_process, jpeg_splice, marking
from aigc_label.explicit.drawing.jpeg_process import NotSpliced
from aigc_label.explicit.drawing.libjpeg import messages, transcoder
from aigc_label.explicit_label import ExplicitLabel

JPEG = file_of(scene(120, 90), "jpeg", quality=85)
MARK = Image.new("RGBA", (40, 24), (20, 20, 20, 255))


def spliced(data: bytes = JPEG) -> bytes:
    out, asset = io.BytesIO(), open_asset(data)
    jpeg_splice.splice(asset, MARK, 24, 16).apply(asset, out)
    return out.getvalue()


@pytest.fixture(autouse=True)
def fresh():
    jpeg_process._end_all()
    yield
    jpeg_process._end_all()
    jpeg_process._unusable.clear()


def test_one_process_serves_one_picture_after_another():
    first = spliced()
    (process,) = jpeg_process._idle
    assert spliced() == first
    assert jpeg_process._idle == [process]


def test_a_process_survives_a_damaged_picture_and_one_that_left_is_replaced():
    broken = JPEG[: len(JPEG) // 2] + b"\xff\xd9"
    with pytest.raises(NotSpliced, match="premature"):
        spliced(broken)
    (process,) = jpeg_process._idle
    fatal = JPEG.replace(b"\xff\xdb", b"\xff\xfe")  # no quantisation tables
    with pytest.raises(NotSpliced, match="Quantization table"):
        spliced(fatal)
    assert jpeg_process._idle == []
    assert process.returncode is not None
    assert spliced()
    jpeg_process._idle[0].kill()
    jpeg_process._idle[0].wait()
    assert spliced()


def test_threads_have_a_process_each():
    expected = spliced()
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(lambda _: spliced(), range(12))) == {expected}
    assert 1 <= len(jpeg_process._idle) <= 4


def test_a_picture_that_is_let_go_of_ends_its_process():
    splicing = jpeg_splice.Splicing(open_asset(JPEG))
    process = splicing._questions._process
    del splicing
    gc.collect()
    assert process.returncode is not None
    assert jpeg_process._idle == []


def test_an_error_while_drawing_ends_the_process(monkeypatch):
    def fail(*_: object) -> None:
        raise OSError("cannot decode")

    monkeypatch.setattr(jpeg_planes.Plane, "draw", fail)
    with pytest.raises(NotSpliced, match="cannot decode"):
        spliced()
    assert jpeg_process._idle == []


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("executable", "/usr/sbin/uwsgi", "no Python"),
        ("executable", "/nowhere/python3", "could not be started"),
        ("frozen", True, "no Python"),
    ],
)
def test_where_no_process_can_be_started_the_picture_is_encoded_anew(
    name, value, reason, monkeypatch
):
    monkeypatch.setattr(sys, name, value, raising=False)
    with pytest.raises(NotSpliced, match=reason):
        spliced()
    data, mark = marked(file_of(scene(320, 240), "jpeg"), "jpeg")
    notes = marking.mark(open_asset(JPEG), registry.by_id("jpeg"), ExplicitLabel(), None).notes
    assert reason in notes[0]
    assert Image.open(io.BytesIO(data)).size == (320, 240)
    assert mark.text == "AI生成"


def test_without_the_library_the_picture_is_encoded_anew(monkeypatch):
    monkeypatch.setattr(jpeg_process, "library", lambda: "/nowhere/libjpeg.so")
    with pytest.raises(NotSpliced, match="cannot open"):
        spliced()
    monkeypatch.setattr(jpeg_process.subprocess, "Popen", None)  # it is not tried again
    data, _ = marked(file_of(scene(320, 240), "jpeg"), "jpeg")
    _, _, notes = marking.mark(open_asset(JPEG), registry.by_id("jpeg"), ExplicitLabel(), None)
    assert [note for note in notes if "encoded anew" in note and "cannot open" in note]
    monkeypatch.undo()
    jpeg_process._unusable.clear()
    again, _ = marked(data, "jpeg")
    assert again == data


def test_another_library_is_not_taken_for_libjpeg(monkeypatch):
    monkeypatch.setattr(jpeg_process, "library", lambda: "libc.so.6")
    with pytest.raises(NotSpliced, match="jpeg_std_error"):
        spliced()


def test_a_library_of_another_layout_says_so_itself(monkeypatch):
    monkeypatch.setattr(
        jpeg_process,
        "_CODE",
        jpeg_process._CODE.replace(
            "transcoder.main()", "transcoder.abi.VERSION = 80; transcoder.main()"
        ),
    )
    with pytest.raises(NotSpliced, match="version"):
        spliced()
    assert jpeg_process._unusable


def test_a_process_that_just_ends_is_noticed(monkeypatch):
    monkeypatch.setattr(jpeg_process, "_CODE", "import sys; sys.stdin.buffer.read(100)")
    with pytest.raises(NotSpliced, match="broke down"):
        spliced()
    assert not jpeg_process._unusable


def test_the_library_is_pillows_own_or_the_systems(monkeypatch):
    assert "libjpeg" in jpeg_process.library()
    monkeypatch.setattr(jpeg_process, "find_spec", lambda _: None)
    assert jpeg_process.library() in ("libjpeg.so.62", "libjpeg.62.dylib")


def test_a_forked_worker_leaves_its_parents_processes_alone():
    spliced()
    (process,) = jpeg_process._idle
    jpeg_process._forget()
    assert jpeg_process._idle == []
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.close()  # at which it ends by itself
    assert process.stdout.read() == b""
    process.stdout.close()


def test_a_pipe_that_cannot_be_widened_will_do(monkeypatch):
    monkeypatch.setattr(jpeg_process, "_ROOM", -1)
    assert spliced()


# The module that runs in the process, run here: pictures it takes cannot break it.


def grey_box() -> tuple[bytes, list[bytes]]:
    def fail(reason: str) -> None:
        raise AssertionError(reason)

    library = transcoder.Library(jpeg_process.library(), fail)
    blocks = transcoder.Blocks(library, JPEG)
    boxes = [(1, 1, 4, 3)] * 3
    greys = [transcoder.grey_picture(library, blocks, *pair) for pair in enumerate(boxes)]
    blocks.close()
    return b"1 1 4 3", greys


def test_the_conversation():
    box, greys = grey_box()
    requests, replies = io.BytesIO(), io.BytesIO()
    marked_blocks = [piece for _ in greys for piece in (b"\x40" * 384, b"\1\0\1\1\1\0")]
    for message in (
        *((JPEG,), (box,) * 3, (*marked_blocks, b"0 63 0 0 0", b"0 63 0 0 1 2")),
        *((JPEG,), (box,) * 3, marked_blocks),
        *((JPEG,), (box,) * 3, ()),
        *((JPEG,), ()),
        (JPEG[: len(JPEG) // 2] + b"\xff\xd9",),
    ):
        messages.send(requests, *message)
    requests.seek(0)
    transcoder.serve(jpeg_process.library(), requests, replies)
    replies.seek(0)
    said = [messages.receive(replies) for _ in range(10)]
    assert said[0][:3] == [b"", b"ycc", b"0 1 0"]
    assert said[1] == [b"", *greys]
    for number, scans in ((2, 2), (5, 1)):
        picture = said[number][1]
        assert picture.count(b"\xff\xda") == scans
        assert Image.open(io.BytesIO(picture)).convert("RGB").size == (120, 90)
    assert said[9][0] == b"error"
    with pytest.raises(EOFError):
        messages.receive(replies)


def test_blocks_of_another_size_are_not_taken():
    box, _ = grey_box()
    requests, replies = io.BytesIO(), io.BytesIO()
    for message in ((JPEG,), (box,) * 3, [b"\x40" * 384, b"\1"] * 3):
        messages.send(requests, *message)
    requests.seek(0)
    with pytest.raises(ValueError, match="fit"):
        transcoder.serve(jpeg_process.library(), requests, replies)


@pytest.mark.parametrize(
    "data", [b"", b"\0" * 7, b"\xff" * 8, b"\0" * 7 + b"\1" + b"\0" * 7 + b"\5ab"]
)
def test_half_a_message_is_none(data):
    with pytest.raises(EOFError):
        messages.receive(io.BytesIO(data))
