"""Folders as stores: hostile names, links and loops, kept originals."""

from __future__ import annotations

import errno
import os
import pickle
import sys
import types

import pytest

from aigc_label.errors import AssetError, UsageError
from aigc_label.library import store
from aigc_label.library.ledger import NAME
from aigc_label.library.local import LocalStore
from aigc_label.library.plan import ORIGINALS
from aigc_label.library.selecting import Wanted, is_claimed_name
from aigc_label.library.store import Entry, open_store


def keys(folder, **options):
    return sorted(entry.key for entry in LocalStore(str(folder)).walk(Wanted(**options)))


def test_names_of_every_kind_come_through_as_bytes(  # noqa: PLR0917 - fixtures
    tmp_path, picture, labelling, run, rows, tree
):
    names = [b"line\nbreak.png", b"\xff\xfe.png", "灯塔.png".encode(), b" ;'\"$(x).png", b"-n.png"]
    for name in names:
        (tree / os.fsdecode(name)).write_bytes(picture)
    assert set(names) <= set(keys(tree))
    assert run(labelling()).files == {"labelled": 13 + len(names)}
    assert set(names) <= set(rows(tmp_path / "out" / NAME))
    assert set(names) <= set(os.listdir(os.fsencode(tmp_path / "out")))


def test_paths_of_three_hundred_characters(tree, picture, labelling, run):
    deep = tree.joinpath(*["d" * 90] * 3)
    deep.mkdir(parents=True)
    (deep / ("n" * 240 + ".png")).write_bytes(picture)
    assert run(labelling(dest=None, keep_originals=True)).files == {"labelled": 14}
    assert run(labelling(dest=None, keep_originals=True)).files == {}


def test_links_are_safe(tree):
    (tree / "loop").symlink_to(tree, target_is_directory=True)
    (tree / "link.png").symlink_to(tree / "top.png")
    (tree / "nowhere.png").symlink_to(tree / "missing.png")
    (tree / "self.png").symlink_to(tree / "self.png")
    os.mkfifo(tree / "pipe.png")
    wanted = Wanted()
    found = [entry.key for entry in LocalStore(str(tree)).walk(wanted)]
    assert b"link.png" in found
    assert b"pipe.png" not in found
    assert b"nowhere.png" not in found
    assert not [key for key in found if key.startswith(b"loop")]
    assert b"self.png" not in found
    assert wanted.left_out == 4  # of links that lead nowhere it is at least said how many
    wanted = Wanted(links=False)
    assert b"link.png" not in {e.key for e in LocalStore(str(tree)).walk(wanted)}
    assert wanted.left_out == 5


@pytest.mark.parametrize("action", ["check", "label"])
def test_what_is_no_file_is_counted_as_left_out(tree, labelling, checking, run, action):
    os.mkfifo(tree / "pipe.png")
    os.mkfifo(tree / "1" / "pipe")
    summary = run(checking() if action == "check" else labelling())
    assert (summary.found, summary.left_out, summary.wrong) == (13, 2, 13 * (action == "check"))


def test_a_link_is_no_reason_to_write_outside(tree, tmp_path, picture, labelling, run):
    outside = tmp_path / "outside.png"
    outside.write_bytes(picture)
    (tree / "link.png").symlink_to(outside)
    assert run(labelling(dest=None)).files == {"labelled": 13}
    assert outside.read_bytes() == picture


def test_our_own_files_are_no_sources(tree, picture):
    for name in (NAME, NAME + "-wal", NAME + "-lock", ".1234abcd.aigc-label-part"):
        (tree / name).write_bytes(picture)
    (tree / ORIGINALS / "000000").mkdir(parents=True)
    (tree / ORIGINALS / "000000" / "1.0").write_bytes(picture)
    assert len(keys(tree)) == 13


def test_a_folder_of_thousands(tmp_path, checking, run, rows):
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(3000):
        (folder / f"{number:05d}.dat").touch()
    plan = checking(source=str(folder), ledger=str(tmp_path / "many.sqlite3"))
    assert run(plan).files == {"unknown format": 3000}
    assert run(plan).known == 3000
    assert list(rows(plan.ledger, "check")) == sorted(os.listdir(os.fsencode(folder)))


def test_patterns_and_age_select(tree):
    os.utime(tree / "top.png", (10, 10))
    assert keys(tree, include=["top*"]) == [b"top.png"]
    assert keys(tree, exclude=["/0/", "/1/", "0[25].png"]) == [
        b"2/08.png",
        b"2/11.png",
        b"top.png",
    ]
    assert b"top.png" not in keys(tree, since=100)
    assert keys(tree, ignored=lambda _, folder: folder) == [b"top.png"]
    wanted = Wanted(exclude=["/0/"])
    list(LocalStore(str(tree)).walk(wanted))
    assert wanted.left_out == 1


def test_a_folder_that_cannot_be_listed_is_told(tree, monkeypatch, labelling, run):
    real = os.scandir

    def refuse(path):
        if path.endswith(b"/1"):
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return real(path)

    monkeypatch.setattr(os, "scandir", refuse)
    summary = run(labelling())
    assert summary.unread == [("1", "Permission denied")]
    assert summary.files == {"labelled": 9}
    with pytest.raises(FileNotFoundError):
        list(LocalStore(str(tree / "gone")).walk(Wanted()))


def test_a_file_that_cannot_be_looked_at_is_told_by_its_work(tree):
    class Stubborn:
        name = b"x.png"

        def is_dir(self, **_):
            return False

        def is_symlink(self):
            raise PermissionError(13, "no")

        def stat(self):
            raise PermissionError(13, "no")

    got = LocalStore(str(tree))._taken(Stubborn(), b"", [], Wanted())
    assert got == Entry(b"x.png", 0, 0, "")


def test_stores_travel_and_are_found_by_their_url(tree, monkeypatch):
    opened = open_store(str(tree))
    assert pickle.loads(pickle.dumps(opened)) == opened  # noqa: S301 - our own
    with pytest.raises(UsageError, match="no store for nfs://"):
        open_store("nfs://host/x")
    monkeypatch.setitem(store.SCHEMES, "trial", "trial_store")
    trial = types.ModuleType("trial_store")
    trial.open_store = LocalStore
    monkeypatch.setitem(sys.modules, "trial_store", trial)
    assert open_store("trial://x") == LocalStore("trial://x")


def test_data_and_claimed_names():
    assert is_claimed_name(b"a.PNG")
    assert not is_claimed_name(b"a.xyz")


class TestKeeping:
    @pytest.fixture
    def kept(self, tmp_path):
        (tmp_path / "a.png").write_bytes(b"former")
        return LocalStore(str(tmp_path), str(tmp_path / "kept"))

    def test_as_a_second_name(self, kept, tmp_path):
        kept.keep(b"a.png", "0/1")
        assert os.path.samefile(tmp_path / "a.png", tmp_path / "kept/0/1")
        kept.keep(b"a.png", "0/1")
        kept.restore(b"a.png", "0/1")
        assert not kept.keeps("0/1")
        assert (tmp_path / "a.png").read_bytes() == b"former"

    @pytest.mark.parametrize("refused", [errno.EXDEV, errno.EPERM])
    def test_as_a_copy_where_no_name_can_be(self, kept, tmp_path, monkeypatch, refused):
        def refuse(*_):
            raise OSError(refused, "no link")

        monkeypatch.setattr(os, "link", refuse)
        kept.keep(b"a.png", "0/1")
        os.replace(tmp_path / "a.png", tmp_path / "old")
        (tmp_path / "a.png").write_bytes(b"labelled")
        kept.restore(b"a.png", "0/1")
        assert (tmp_path / "a.png").read_bytes() == b"former"

    def test_a_file_with_several_names_is_copied(self, kept, tmp_path):
        os.link(tmp_path / "a.png", tmp_path / "b.png")
        kept.keep(b"a.png", "0/1")
        assert not os.path.samefile(tmp_path / "a.png", tmp_path / "kept/0/1")
        assert (tmp_path / "kept/0/1").read_bytes() == b"former"

    def test_back_across_file_systems(self, kept, tmp_path, monkeypatch):
        kept.keep(b"a.png", "0/1")
        os.unlink(tmp_path / "a.png")
        (tmp_path / "a.png").write_bytes(b"labelled")
        real = os.replace

        def across(source, target):
            if "kept" in str(source):
                raise OSError(errno.EXDEV, "Invalid cross-device link")
            real(source, target)

        monkeypatch.setattr(os, "replace", across)
        kept.restore(b"a.png", "0/1")
        assert (tmp_path / "a.png").read_bytes() == b"former"
        assert not kept.keeps("0/1")

    def test_what_another_ledger_has_kept_is_not_taken_for_it(self, kept, tmp_path):
        kept.keep(b"a.png", "0/1")
        (tmp_path / "b.png").write_bytes(b"another")
        os.utime(tmp_path / "b.png", ns=(1, 1))
        with pytest.raises(AssetError, match="is of another ledger"):
            kept.keep(b"b.png", "0/1")
        assert (tmp_path / "kept/0/1").read_bytes() == b"former"

    def test_errors_that_are_none_of_linking_pass(self, kept, monkeypatch):
        def full(*_):
            raise OSError(errno.ENOSPC, "full")

        monkeypatch.setattr(os, "link", full)
        with pytest.raises(OSError, match="full"):
            kept.keep(b"a.png", "0/1")
        monkeypatch.setattr(os, "replace", full)
        with pytest.raises(OSError, match="full"):
            kept.restore(b"a.png", "0/1")

    def test_a_file_that_is_no_longer_what_it_was_is_not_replaced(self, kept, tmp_path):
        before = kept.look(b"a.png")
        (tmp_path / "a.png").write_bytes(b"somebody else's")
        with (
            pytest.raises(AssetError, match="by somebody else"),
            kept.writing(b"a.png", replaces=before),
        ):
            raise AssertionError

    def test_removing_and_forgetting_what_is_gone(self, kept):
        kept.remove(b"gone")
        kept.forget("gone")
        assert kept.look(b"gone") is None


def test_an_ignore_file_counts_from_its_own_folder(tmp_path, labelling, run):
    (tmp_path / "ignore").write_text("media/1/\n0[36].png\n")
    assert run(labelling(ignore=str(tmp_path / "ignore"))).files == {"labelled": 7}
    (tmp_path / "empty").write_text("")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "ignore").write_text("*\n")
    for name in ("empty", "elsewhere/ignore"):
        assert run(labelling(ignore=str(tmp_path / name), dest=str(tmp_path / "b"))).found == 13
