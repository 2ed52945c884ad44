"""Staging: what may not be replaced, and the names in its errors."""

from __future__ import annotations

import os
import socket

import pytest

from aigc_label import output
from aigc_label.errors import AssetError


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
