"""Patching inside a file: a crash at any moment leaves the old or, after the next run, the new."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from aigc_label import (
    AigcLabelError,
    ImplicitLabel,
    ReadBackMismatch,
    journal,
    label,
    output,
    propagate,
    read,
)
from aigc_label.asset import open_asset
from aigc_label.edits import EditPlan, Span, Splice

OLD = bytes(range(256)) * 64
FIRST = Splice(Span(10, 14), b"ABCD")
SHAPES = {
    "within": [FIRST, Splice(Span(9_000, 15_000), b"e" * 6_000)],
    "longer": [FIRST, Splice(Span(9_000, len(OLD)), b"e" * 16_000)],
    "shorter": [FIRST, Splice(Span(9_000, len(OLD)), b"e" * 3_000)],
    "appended": [FIRST, Splice(Span(len(OLD), len(OLD)), b"e" * 5_000)],
    "cut": [FIRST, Splice(Span(9_000, len(OLD)), b"")],
}
SPLICES = SHAPES["within"]


def patched(splices) -> bytes:
    sink = io.BytesIO()
    EditPlan(splices).apply(open_asset(OLD), sink)
    return sink.getvalue()


NEW = patched(SPLICES)


@pytest.fixture(params=SHAPES)
def splices(request) -> list[Splice]:
    return SHAPES[request.param]


@pytest.fixture
def target(tmp_path) -> Path:
    path = tmp_path / "film.bin"
    path.write_bytes(OLD)
    os.utime(path, ns=(10**18, 10**18))
    return path


def names(path: Path) -> list[str]:
    return sorted(os.listdir(path.parent))


def test_a_patch_changes_these_bytes_and_keeps_times_and_inode(target, splices):
    inode = target.stat().st_ino
    journal.patch(str(target), splices, lambda: None)
    assert target.read_bytes() == patched(splices)
    assert target.stat().st_mtime_ns == 10**18
    assert target.stat().st_ino == inode
    assert names(target) == ["film.bin"]


def test_what_does_not_agree_is_taken_back(target, splices):
    def disagrees():
        assert target.read_bytes() == patched(splices)
        raise ReadBackMismatch("no")

    with pytest.raises(ReadBackMismatch):
        journal.patch(str(target), splices, disagrees)
    assert target.read_bytes() == OLD
    assert names(target) == ["film.bin"]


DYING = """
    import os, signal, sys
    from aigc_label import journal
    from aigc_label.edits import Span, Splice

    target, calls = sys.argv[1], int(sys.argv[2])
    names = ("pwrite", "ftruncate", "fsync", "utime", "unlink", "open")
    real = {name: getattr(os, name) for name in names}

    def dying(name):
        def call(*args, **kwargs):
            global calls
            calls -= 1
            if calls == 0:
                if name == "pwrite":  # a part of it reaches the disk
                    real["pwrite"](args[0], bytes(args[1])[: len(args[1]) // 2], args[2])
                os.kill(os.getpid(), signal.SIGKILL)
            return real[name](*args, **kwargs)
        return call

    for name in real:
        setattr(os, name, dying(name))
    end = os.stat(target).st_size
    changes = {
        "within": (9_000, 15_000, 6_000),
        "longer": (9_000, end, 16_000),
        "shorter": (9_000, end, 3_000),
        "appended": (end, end, 5_000),
        "cut": (9_000, end, 0),
    }
    start, end, length = changes[sys.argv[3]]
    splices = [Splice(Span(10, 14), b"ABCD"), Splice(Span(start, end), b"e" * length)]
    journal.patch(target, splices, lambda: None)
"""


@pytest.mark.parametrize("shape", SHAPES)
def test_a_kill_at_any_moment_is_made_good_by_the_next_run(target, shape):
    ends, new = set(), patched(SHAPES[shape])
    for calls in range(1, 40):
        target.write_bytes(OLD)
        os.utime(target, ns=(10**18, 10**18))
        code = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(DYING), str(target), str(calls), shape],
            check=False,
        ).returncode
        journal.recover(str(target))
        assert target.read_bytes() in (OLD, new), f"killed at call {calls}"
        assert target.stat().st_mtime_ns == 10**18 or target.read_bytes() == OLD
        ends.add(target.read_bytes())
        with output.staged(target):  # what any next write does
            pass
        assert names(target) == ["film.bin"], f"killed at call {calls}"
        if code == 0:
            break
    else:
        pytest.fail("it was always killed")
    assert ends == {OLD, new}
    assert calls > 6


def left_behind(target: Path, data: bytes | None = None) -> Path:
    """The journal of a run that was killed before it touched the file."""
    path = Path(output.journal_path(str(target)))
    changes = [
        journal._Change(s.span.start, OLD[s.span.start : s.span.end], s.data) for s in SPLICES
    ]
    journal._write_journal(str(path), str(target), target.stat(), changes)
    if data is not None:
        target.write_bytes(data)
    return path


def test_a_file_that_was_replaced_since_is_left_alone(target):
    left_behind(target, b"x" * len(OLD))
    journal.recover(str(target))
    assert target.read_bytes() == b"x" * len(OLD)
    assert names(target) == ["film.bin"]


def test_a_file_of_another_size_is_left_alone(target):
    left_behind(target, OLD + b"more")
    journal.recover(str(target))
    assert target.read_bytes() == OLD + b"more"
    assert names(target) == ["film.bin"]


@pytest.mark.parametrize("cut", [0, 1, 20, 30, 40, 5_000, -1])
def test_half_a_journal_is_no_journal(target, cut):
    path = left_behind(target)
    path.write_bytes(path.read_bytes()[:cut])
    journal.recover(str(target))
    assert target.read_bytes() == OLD
    assert names(target) == ["film.bin"]


def test_the_journal_of_another_name_is_kept(target):
    path = left_behind(target)
    path.write_bytes(path.read_bytes())
    other = target.with_name("other.bin")
    other.write_bytes(OLD)
    os.rename(path, output.journal_path(str(other)))
    journal.recover(str(other))
    assert other.read_bytes() == OLD
    assert len(names(target)) == 3
    assert not journal.suits(str(other))


def test_files_with_several_names_are_not_patched(target):
    assert journal.suits(str(target))
    os.link(target, target.with_name("backup"))
    assert not journal.suits(str(target))
    assert not journal.suits(str(target.with_name("missing")))


def test_two_runs_do_not_patch_at_once(target):
    with output.staged(target), pytest.raises(Exception, match="another run"):
        journal.patch(str(target), SPLICES, lambda: None)
    assert target.read_bytes() == OLD


# --- by the verbs --------------------------------------------------------------------------------

MADE = ImplicitLabel(content_producer="P", produce_id="1")
TIFF = Path(__file__).parent.parent / "fixtures/tiff/plain"


@pytest.fixture
def large(tmp_path) -> Path:
    """A labelled TIFF with five megabytes behind its last directory."""
    path = tmp_path / "large.tif"
    data = min(TIFF.glob("*.tif")).read_bytes()
    path.write_bytes(data + bytes(5 << 20))
    label(path, MADE, to=path)
    return path


def test_an_update_touches_kilobytes_of_a_large_file(large):
    before, inode = large.read_bytes(), large.stat().st_ino
    written = propagate(large, "a platform with a long name", "x" * 100, to=large)
    assert written.changed
    after = large.read_bytes()
    assert large.stat().st_ino == inode, "it was copied"
    assert len(after) == len(before)
    (found,) = read(large).labels
    assert found.fields["PropagateID"] == "x" * 100
    assert os.listdir(large.parent) == ["large.tif"]


def test_a_new_name_is_a_copy(large):
    target = large.with_name("copy.tif")
    before = large.read_bytes()
    propagate(large, "platform", "x" * 100, to=target)
    assert large.read_bytes() == before
    assert read(target).labels[0].fields["PropagateID"] == "x" * 100


def test_a_file_with_two_names_is_replaced(large):
    os.link(large, large.with_name("backup.tif"))
    before = large.read_bytes()
    propagate(large, "platform", "x" * 100, to=large)
    assert large.with_name("backup.tif").read_bytes() == before
    assert read(large).labels[0].fields["PropagateID"] == "x" * 100


def test_the_next_run_completes_an_update_first(large):
    """The torn label would otherwise be taken for somebody else's."""
    propagate(large, "first platform", "y" * 100, to=large)
    whole = large.read_bytes()
    at = whole.index(b"y" * 100)
    old, new = whole[at : at + 100], b"z" * 100
    path = output.journal_path(str(large))
    journal._write_journal(path, str(large), large.stat(), [journal._Change(at, old, new)])
    large.write_bytes(whole[:at] + new[:50] + old[50:] + whole[at + 100 :])
    written = label(large, MADE, to=large)
    assert not written.changed or read(large).labels[0].fields["PropagateID"] == "z" * 100
    assert read(large).labels[0].fields["PropagateID"] == "z" * 100
    assert os.listdir(large.parent) == ["large.tif"]


def test_a_dry_run_touches_nothing(target):
    journal_path = left_behind(target)
    before = journal_path.read_bytes()
    with contextlib.suppress(AigcLabelError):
        label(target, MADE, name="a.png", dry_run=True)
    assert journal_path.read_bytes() == before
    assert target.read_bytes() == OLD


def test_a_journal_goes_with_the_file_it_was_about(large):
    path = Path(output.journal_path(str(large)))
    stat = large.stat()
    journal._write_journal(str(path), str(large), stat, [journal._Change(0, b"II", b"MM")])
    source = large.with_name("source.tif")
    os.rename(large, source)
    label(source, MADE, to=large)
    assert sorted(os.listdir(large.parent)) == ["large.tif", "source.tif"]
    assert large.read_bytes() == source.read_bytes()
