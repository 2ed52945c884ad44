"""What a batch says where something is odd, and nothing is wrong with a file."""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3

import pytest

from aigc_label import api
from aigc_label.cli.batch_progress import described
from aigc_label.errors import UsageError
from aigc_label.library import database
from aigc_label.library.actions import Propagating
from aigc_label.library.ledger import NAME, Ledger


@pytest.mark.parametrize("given", ["A-1", 7, ["produce_id"], [("produce_id", "A-1")]])
def test_a_callable_that_gives_no_mapping_is_told_in_a_line(labelling, run, given):
    with pytest.raises(UsageError, match=r"^metadata gave .* for 'top\.png'; let it") as caught:
        run(labelling(), metadata=lambda _: given)
    assert "\n" not in str(caught.value)
    assert repr(given) in str(caught.value)


def test_what_a_callable_gives_is_told_with_its_file(labelling, run):
    with pytest.raises(UsageError, match=r"^metadata of 'top\.png': attribution is 1, 2 or 3"):
        run(labelling(), metadata=lambda _: {"attribution": "maybe"})


def test_another_number_for_what_is_done_is_counted(labelling, run, tree, tmp_path):
    (tree / "2" / "bad.png").write_bytes(b"bad")
    manifest = tmp_path / "m.csv"
    manifest.write_text("path,produce_id,text\ntop.png,A-1,\n0/00.png,A-2,\n2/bad.png,A-3,\n")
    plan = labelling(manifest=str(manifest))
    assert run(plan).numbered == 0
    assert run(plan).numbered == 0
    manifest.write_text("path,produce_id,text\ntop.png,B-1,\n0/00.png,A-2,\n2/bad.png,B-3,\n")
    summary = run(plan)
    assert (summary.numbered, summary.known) == (2, 2)
    assert "2 rows of the manifest with another number than the file has" in described(summary)
    fields = api.read(str(tmp_path / "out" / "top.png")).labels[0].fields
    assert fields["ProduceID"] == "A-1"
    manifest.write_text("path,produce_id,text\ntop.png,,other words\n")
    assert run(plan).numbered == 0


def test_a_platforms_numbers_are_its_own(labelling, run, tmp_path):
    run(labelling(dest=None))
    manifest = tmp_path / "m.csv"
    manifest.write_text("path,propagate_id\ntop.png,P-1\n")
    plan = labelling(
        request=Propagating(propagator="Platform"),
        dest=str(tmp_path / "shared"),
        manifest=str(manifest),
    )
    assert (run(plan).files, run(plan).numbered) == ({"propagated": 1}, 0)
    manifest.write_text("path,propagate_id\ntop.png,P-2\n")
    assert run(plan).numbered == 1


def test_a_check_and_what_is_mended_have_no_numbers_of_their_own(
    labelling, checking, run, tmp_path
):
    run(labelling(dest=None))
    manifest = tmp_path / "m.csv"
    manifest.write_text("path,produce_id\ntop.png,Z-9\n")
    assert [run(checking(manifest=str(manifest))).numbered for _ in range(2)] == [0, 0]


def test_a_damaged_ledger_is_told_with_what_to_do(labelling, run, tmp_path):
    run(labelling())
    path = tmp_path / "out" / NAME
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + bytes(each ^ 0x5A for each in whole[4096:]))
    with pytest.raises(UsageError, match=r"damaged one: .*; put a copy of it back, or name anot"):
        run(labelling())
    with pytest.raises(UsageError, match="need --force") as caught:
        Ledger(str(path), readonly=True).outstanding("label", 1)
    assert "\n" not in str(caught.value)
    other = str(tmp_path / "other.sqlite3")
    assert run(labelling(ledger=other)).files == {"failed": 13}
    assert run(labelling(ledger=other, force=True)).files == {"labelled": 13}


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("link", "as it is a link that leads nowhere; remove it, or name another"),
        ("no/ledger", "as its folder is not there; make that, or name another"),
    ],
)
def test_a_ledger_that_can_stand_nowhere(tmp_path, place, said):
    os.symlink(tmp_path / "nowhere" / "x", tmp_path / "link")
    with pytest.raises(OSError, match=said) as caught:
        Ledger(str(tmp_path / place))
    assert (caught.value.errno, caught.value.filename) == (errno.EACCES, str(tmp_path / place))


def test_a_ledger_that_another_program_has_open(tmp_path, monkeypatch):
    monkeypatch.setattr(database, "_BUSY", 0.0)
    path = str(tmp_path / NAME)
    Ledger(path).close()
    with (
        contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other,
        Ledger(path) as it,
    ):
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(OSError, match="locked; close the program that has it open") as caught:
            it.begin("label", "{}", "{}")
    assert caught.value.filename == path


@pytest.mark.parametrize(
    ("text", "number", "remedy"),
    [
        ("database or disk is full", errno.ENOSPC, "; free some space there, and run the same"),
        ("disk I/O error", errno.EIO, "; see whether its disk is full or failing, and run the"),
        ("attempt to write a readonly database", errno.EACCES, ""),
        ("unable to open database file", errno.EACCES, ""),
    ],
)
def test_what_else_may_be_wrong_with_its_disk(tmp_path, text, number, remedy):
    told = database.told(sqlite3.OperationalError(text), str(tmp_path / NAME))
    assert (told.errno, told.filename) == (number, str(tmp_path / NAME))
    assert told.strerror.startswith(text + remedy)
