"""Staging: what may not be replaced, and the names in its errors."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

import aigc_label
from aigc_label import ImplicitLabel, output
from aigc_label.errors import AssetError, ReadBackMismatch

PICTURE = Path(__file__).parents[1] / "fixtures" / "png" / "plain" / "exiftool.png"


def stage(target):
    with output.staged(target) as staged:
        staged.file.write(b"new")
        staged.commit()


def test_devices_pipes_and_sockets_are_not_replaced(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket")
        for target in ("pipe", "socket", os.devnull):
            with pytest.raises(AssetError, match="no result may replace"):
                stage(target)
    with pytest.raises(IsADirectoryError):
        stage(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pipe", "socket"]


def test_errors_name_the_target_and_not_the_staging_file(tmp_path):
    with pytest.raises(FileNotFoundError) as caught:
        stage(tmp_path / "no" / "file")
    assert caught.value.filename == str(tmp_path / "no" / "file")


def test_a_link_is_followed(tmp_path):
    (tmp_path / "real").write_bytes(b"old")
    (tmp_path / "link").symlink_to("real")
    stage(tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"new"


def test_two_runs_are_kept_apart(tmp_path):
    target = tmp_path / "file"
    with output.staged(target) as first:
        first.file.write(b"first")
        with pytest.raises(AssetError, match="another run"), output.staged(target):
            pass
        first.commit()
    assert target.read_bytes() == b"first"
    assert list(tmp_path.iterdir()) == [target]


def test_what_a_killed_run_staged_is_taken_over(tmp_path):
    target = tmp_path / "file"
    with output.staged(target) as staged:
        left = staged.path
    with open(left, "wb") as file:
        file.write(b"x" * 100)
    stage(target)
    assert target.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [target]


def test_mode_and_times_come_from_the_source(tmp_path):
    source = tmp_path / "source"
    source.write_bytes(b"old")
    source.chmod(0o640)
    os.utime(source, (1, 2))
    with output.staged(tmp_path / "new", like=str(source)) as staged:
        assert os.fstat(staged.file.fileno()).st_mode & 0o077 == 0, "private until it is done"
        staged.commit()
    made = (tmp_path / "new").stat()
    assert (made.st_mode & 0o777, made.st_mtime) == (0o640, 2)


def test_scratch_goes_with_the_call_and_after_a_kill(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    import tempfile

    monkeypatch.setattr(tempfile, "tempdir", None)
    with output.scratch() as scratch:
        first = scratch("a.bin")
        first.write_bytes(b"1")
        with output.scratch() as other:
            second = other("b.bin")
            second.write_bytes(b"2")
            assert first.exists(), "a folder in use is not swept"
    assert not first.exists()
    left = first.parent.parent / "left-by-a-kill"
    left.mkdir()
    with output.scratch() as scratch:
        scratch("c.bin").write_bytes(b"3")
        assert not left.exists()
    assert list(first.parent.parent.iterdir()) == []


def test_extended_attributes_come_from_the_source(tmp_path):
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(b"old")
    try:
        os.setxattr(source, "user.origin", b"a studio")
    except (AttributeError, OSError):
        pytest.skip("no extended attributes here")
    with output.staged(target, like=source) as staged:
        staged.file.write(b"new")
        staged.commit()
    assert os.getxattr(target, "user.origin") == b"a studio"


def test_a_small_file_is_written_at_once_and_read_back(tmp_path, monkeypatch):
    """However little the system takes at a time."""
    real = os.write
    monkeypatch.setattr(os, "write", lambda fd, data: real(fd, data[:3]))
    target = tmp_path / "a.png"
    with output.staged(target) as staged:
        staged.fill(b"0123456789")
        assert staged.holds(b"0123456789")
        assert not staged.holds(b"012345678")
        assert not staged.holds(b"0123456780")
        staged.commit()
    assert target.read_bytes() == b"0123456789"
    assert os.listdir(tmp_path) == ["a.png"]


@pytest.mark.parametrize("spoilt", [b"", b"\0" * 5000])
def test_what_the_disk_does_not_hold_replaces_nothing(tmp_path, monkeypatch, spoilt):
    path = tmp_path / "a.png"
    before = PICTURE.read_bytes()
    path.write_bytes(before)
    real = output.Staged.fill
    monkeypatch.setattr(output.Staged, "fill", lambda self, data: real(self, data[:-9] + spoilt))
    with pytest.raises(ReadBackMismatch, match="nothing was replaced"):
        aigc_label.label(path, ImplicitLabel(content_producer="P", produce_id="1"), to=path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["a.png"]
