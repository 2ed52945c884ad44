"""The lines that say what failed, and what the terminal can bear."""

from __future__ import annotations

import io
import threading

import pytest

from aigc_label.cli import failures, main, terminal
from aigc_label.cli.show import _mark
from aigc_label.errors import AssetError, CannotCarry, LimitExceeded, Malformed, UnknownFormat
from aigc_label.model import FoundMark


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (Malformed("cut short", asset="a"), "a: cut short; the file is damaged, get another copy"),
        (Malformed("odd; say so"), "a: odd; say so"),
        (
            LimitExceeded("too deep"),
            "a: too deep; no proper file needs that, check where it comes from",
        ),
        (UnknownFormat("the file is empty"), "a: the file is empty; generate or fetch it again"),
        (CannotCarry("no place; take another"), "a: no place; take another"),
        (AssetError("busy"), "a: busy"),
        (
            PermissionError(13, "Permission denied", "a"),
            "a: permission denied; change its permissions or run as a user who may",
        ),
        (
            OSError(28, "No space left on device", "b"),
            "a: b: no space left on device; free some space, or choose another output",
        ),
        (
            OSError(27, "File too large"),
            (
                "a: file too large; what would be written passes the limit for files here "
                "(see `ulimit -f`)"
            ),
        ),
        (PermissionError(13, "no key; give one", "b/c"), "a: b/c: no key; give one"),
        (OSError("odd"), "a: odd"),
        (OSError(), "a: OSError"),
    ],
)
def test_a_failure_is_one_line_with_the_file_the_reason_and_the_remedy(error, line):
    assert failures.line("a", error) == line


def test_a_store_need_not_name_the_scheme_again():
    error = PermissionError(13, "no key; give one", "bucket/c")
    assert failures.line("s3://bucket/c", error) == "s3://bucket/c: no key; give one"


def test_a_closed_stream_is_no_terminal():
    stream = io.StringIO()
    stream.close()
    assert not terminal.is_terminal(stream)


def test_the_command_runs_in_any_thread(capsys):
    codes = []
    thread = threading.Thread(target=lambda: codes.append(main(["rules", "file.empty"])))
    thread.start()
    thread.join()
    assert codes == [0]
    assert capsys.readouterr().out.startswith("# file.empty")


@pytest.mark.parametrize(
    ("mark", "words"),
    [
        (
            FoundMark(kind="text", text="AI生成", place="bottom-right", ratio=0.0612),
            "text, AI生成, bottom-right, 6.1% of the shortest side",
        ),
        (
            FoundMark(kind="rhythm", place="start", at=(0, 1.08)),
            "rhythm, start, from 0.0 s to 1.1 s",
        ),
    ],
)
def test_a_mark_in_words(mark, words):
    assert _mark(mark) == words
