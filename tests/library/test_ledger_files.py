"""Ledgers that are none, are damaged, cannot be written, or are about to be made."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys

import pytest

from aigc_label.errors import UsageError
from aigc_label.library import database, engine, locking, schema
from aigc_label.library.database import Beginning
from aigc_label.library.ledger import NAME, Ledger, open_ledger
from aigc_label.library.undo import undo


@pytest.fixture
def ledger(checking, run):
    """A ledger of a check that is complete."""
    run(checking())
    return checking().ledger


def made(kind, ledger, path):
    if kind == "folder":
        path.mkdir()
    elif kind == "fifo":
        os.mkfifo(path)
    elif kind == "empty":
        path.touch()
    elif kind == "text":
        path.write_text("hello")
    elif kind == "truncated":
        with open(ledger, "rb") as whole:
            path.write_bytes(whole.read(9000))
    elif kind == "other":
        with sqlite3.connect(path) as db:
            db.execute("CREATE TABLE t (a)")
            db.execute(f"PRAGMA user_version = {schema.VERSION}")
        db.close()


@pytest.mark.parametrize(
    ("kind", "said", "runs"),
    [
        ("folder", "there is no ledger", False),
        ("fifo", "no ordinary file", False),
        ("empty", "there is no ledger", True),
        ("text", "no ledger", False),
        ("truncated", "no ledger, or a damaged one", False),
        ("other", "no ledger of this version", False),
        ("nothing", "there is no ledger", True),
    ],
)
def test_what_is_no_ledger_is_told_in_a_line_and_left_alone(  # noqa: PLR0917 - a table
    cli, ledger, tree, tmp_path, kind, said, runs
):
    path = tmp_path / "it"
    made(kind, ledger, path)
    before = path.read_bytes() if path.is_file() else None
    for verb in ("status", "report", "resume", "undo"):
        done = cli("batch", verb, str(path))
        assert (done.code, done.err.count("\n")) == (2, 1)
        assert said in done.err
    assert (path.read_bytes() if path.is_file() else None) == before
    run = ("batch", "run", "--action", "check", "--no-explicit", tree, "--ledger", str(path))
    done = cli(*run, "-j", "1")
    assert done.code == (1 if runs else 2)
    if not runs:
        assert done.err.count("\n") == 1
        assert (path.read_bytes() if path.is_file() else None) == before


@pytest.fixture
def cli(capsys):
    """The command in this process: exit code, and what it says."""
    from types import SimpleNamespace

    from aigc_label.cli import main

    def call(*argv):
        code = main([str(word) for word in argv])
        out, err = capsys.readouterr()
        return SimpleNamespace(code=code, out=out, err=err)

    return call


@pytest.fixture
def held(tmp_path):
    """A run that has the lock of the ledger ``new.sqlite3`` and has noted nothing."""
    code = (
        "import fcntl, os, sys\nfile = open(sys.argv[1], 'w')\nfcntl.flock(file, fcntl.LOCK_EX)\n"
        "file.write(str(os.getpid()))\nfile.flush()\nprint('held', flush=True)\nsys.stdin.read()"
    )
    path = tmp_path / "new.sqlite3"
    process = subprocess.Popen(
        [sys.executable, "-c", code, f"{path}-lock"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout.readline() == b"held\n"
    yield path
    process.communicate()


@pytest.mark.parametrize("there", ["nothing", "an empty file", "tables"])
def test_a_run_that_is_just_beginning_is_called_so(cli, held, there):
    if there == "an empty file":
        held.touch()
    elif there == "tables":
        Ledger(str(held)).close()
    status = cli("batch", "status", held)
    assert (status.code, status.err) == (0, "")
    assert "a run is just beginning (process " in status.out
    told = cli("batch", "status", held, "--json").out
    assert '"files": 0' in told
    assert '"pid": null' not in told
    report = cli("batch", "report", held)
    assert report.code == 2
    assert "a run is just beginning" in report.err
    if there != "tables":
        with pytest.raises(Beginning):
            open_ledger(str(held), readonly=True)


def test_tables_are_made_in_one_step(tmp_path, monkeypatch):
    path = str(tmp_path / "l.sqlite3")
    with monkeypatch.context() as patched:
        patched.setattr(schema, "TABLES", schema.TABLES + "CREATE nonsense;")
        with pytest.raises(OSError, match="syntax error"):
            Ledger(path)
    Ledger(path).close()
    with Ledger(path, readonly=True) as found:
        assert found.actions() == []


def test_a_ledger_where_nothing_can_be_written_is_still_read(ledger, tmp_path, monkeypatch):
    path = str(tmp_path / "copy ?#%.sqlite3")
    shutil.copyfile(ledger, path)
    os.symlink(tmp_path / "no" / "where", f"{path}-shm")  # SQLite cannot make it, as on a CD
    with pytest.raises(OSError, match=r"unable|I/O"):
        Ledger(path, readonly=True)
    monkeypatch.setattr(os, "access", lambda *_: False)
    with Ledger(path, readonly=True) as found:
        assert found.actions() == ["check"]
    with open(f"{path}-wal", "wb") as journal:
        journal.write(b"rows")
    with pytest.raises(OSError, match="copy both to where one can write"):
        Ledger(path, readonly=True)


def test_a_ledger_that_was_moved_is_the_one_that_is_resumed(labelling, run, tree, tmp_path):
    run(labelling(), stop=lambda: True)
    moved = tmp_path / "moved.sqlite3"
    os.rename(tmp_path / "out" / NAME, moved)
    assert engine.resume(str(moved)).files == {"labelled": 13}
    assert not (tmp_path / "out" / NAME).exists()
    os.rename(tmp_path / "out", tmp_path / "elsewhere")
    with pytest.raises(UsageError, match=r"is about files in .*out, which is gone"):
        engine.resume(str(moved))
    os.rename(tree, tmp_path / "away")
    with pytest.raises(UsageError, match=r"is about files in .*media, which is gone"):
        undo(str(moved))


def test_a_run_that_was_killed_while_it_walked_is_called_so(cli, ledger):
    with Ledger(ledger) as opened:
        opened.begin("check", *opened.plan("check"))
    told = cli("batch", "status", ledger).out
    assert "nobody is at work; it was killed; `aigc-label batch resume` carries on" in told


def test_a_run_that_ends_while_it_is_asked_for_was_not_killed(cli, ledger, monkeypatch):
    with Ledger(ledger) as opened:
        number = opened.begin("check", *opened.plan("check"))

    def ends(path):
        with Ledger(path) as opened:
            opened.end(number, "complete")

    with monkeypatch.context() as patched:
        patched.setattr(locking, "holder", ends)
        assert "killed" not in cli("batch", "status", ledger).out
    assert "killed" not in cli("batch", "report", ledger).out


def test_of_several_runs_without_an_end_the_last_alone_is_at_work(cli, ledger):
    with Ledger(ledger) as opened:
        for _ in range(2):
            opened.begin("check", *opened.plan("check"))
    with locking.locked(ledger):
        told = cli("batch", "report", ledger).out.splitlines()
    ends = [line.rpartition(" ")[2] for line in told if line.startswith("run of ")]
    assert ends == ["complete", "killed", "work"]


def test_a_url_is_nobodys_file():
    database.refuse_other("postgresql://nowhere/at-all")
