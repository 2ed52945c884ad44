"""Results that somebody has deleted or changed between two runs."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time

import fsspec
import pytest
from PIL import Image

from aigc_label import ExplicitLabel, api
from aigc_label.cli.batch_progress import described
from aigc_label.library import engine, power
from aigc_label.library.actions import Labelling
from aigc_label.library.ledger import NAME
from aigc_label.library.local import LocalStore
from aigc_label.library.plan import Plan
from aigc_label.library.store import open_store


def number(path):
    return [label.fields["ProduceID"] for label in api.read(str(path)).labels]


def test_what_is_deleted_is_made_again_with_its_number(labelling, run, rows, tmp_path):
    run(labelling())
    out = tmp_path / "out"
    before = {path: path.read_bytes() for path in out.rglob("*.png")}
    (out / "top.png").unlink()
    for path in (out / "1").iterdir():
        path.unlink()
    (out / "1").rmdir()
    summary = run(labelling())
    assert (summary.files, summary.missing, summary.changed) == ({"labelled": 5}, 5, 0)
    assert summary.known == 13
    assert "5 of them gone, or the credentials beside them, and made again" in described(summary)
    assert {path: path.read_bytes() for path in before} == before
    table = rows(out / NAME)
    assert {row["state"] for row in table.values()} == {"done"}
    assert (table[b"top.png"]["attempts"], table[b"0/00.png"]["attempts"]) == (2, 1)
    assert run(labelling()).files == {}


def test_what_a_power_cut_has_emptied_is_made_again(labelling, run, tmp_path):
    run(labelling())
    path = tmp_path / "out" / "top.png"
    before, times = path.read_bytes(), path.stat()
    path.write_bytes(b"")  # as a journal leaves it that knew its name and times before its bytes
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    summary = run(labelling())
    assert (summary.files, summary.missing) == ({"labelled": 1}, 1)
    assert path.read_bytes() == before


def test_a_whole_destination_is_made_again(labelling, run, tmp_path):
    import shutil

    plan = labelling(ledger=str(tmp_path / "l.sqlite3"))
    run(plan)
    shutil.rmtree(tmp_path / "out")
    assert run(plan).files == {"labelled": 13}
    assert len(list((tmp_path / "out").rglob("*.png"))) == 13


def test_what_is_killed_in_between_is_still_made_again(labelling, run, in_order, tmp_path):
    run(labelling())
    for path in (tmp_path / "out").rglob("*.png"):
        path.unlink()
    executor = in_order()
    stopped = run(labelling(), executor=executor, stop=lambda: len(executor.done) >= 2)
    assert (stopped.how, stopped.missing) == ("drained", 13)
    assert sum(run(labelling()).files.values()) == 11


def test_what_is_changed_and_bears_its_label_is_left_alone(labelling, run, rows, tmp_path):
    run(labelling())
    target = tmp_path / "out" / "top.png"
    before = target.read_bytes()
    os.utime(target, ns=(1, 1))
    summary = run(labelling())
    assert (summary.files, summary.changed) == ({"labelled": 1}, 1)
    assert target.read_bytes() == before
    row = rows(tmp_path / "out" / NAME)[b"top.png"]
    assert [row["produce_id"]] == number(target)
    assert (row["reason"], row["attribution"]) == ("written by an earlier run", "confirmed")


def test_what_is_somebody_elses_is_told_and_replaced_by_force_alone(labelling, run, tree, tmp_path):
    run(labelling())
    target = tmp_path / "out" / "top.png"
    before = number(target)
    target.write_bytes((tree / "top.png").read_bytes())
    summary = run(labelling())
    assert (summary.files, summary.changed) == ({"failed": 1}, 1)
    assert target.read_bytes() == (tree / "top.png").read_bytes()
    assert run(labelling()).files == {"failed": 1}
    assert run(labelling(force=True)).files == {"labelled": 1}
    assert number(target) == before


def test_marks_in_formats_without_a_label_are_told_by_their_bytes(labelling, run, tree, tmp_path):
    for path in tree.rglob("*.png"):
        path.unlink()
    Image.new("RGB", (160, 120), "white").save(tree / "a.bmp")
    Image.new("RGB", (160, 120), "white").save(tree / "b.bmp")
    plan = labelling(request=Labelling(producer="X", explicit=ExplicitLabel()))
    run(plan)
    for name in ("a.bmp", "b.bmp"):
        os.utime(tmp_path / "out" / name, ns=(1, 1))
    assert run(plan).files == {"labelled": 2}
    Image.new("RGB", (160, 120), "black").save(tmp_path / "out" / "a.bmp")
    os.utime(tmp_path / "out" / "b.bmp", ns=(2, 2))
    assert run(plan).files == {"labelled": 1, "failed": 1}


@pytest.fixture
def url():
    yield "memory://results"
    files = fsspec.filesystem("memory")
    if files.exists("/results"):
        files.rm("/results", recursive=True)


def test_a_store_is_listed_and_not_asked_for_each(run, tree, tmp_path, url, monkeypatch):
    from aigc_label.library.remote import RemoteStore

    ledger = str(tmp_path / "l.sqlite3")
    plan = Plan(request=Labelling(producer="X"), source=str(tree), dest=url, ledger=ledger)
    run(plan)
    store = open_store(url)
    store.remove(b"top.png")
    asked = []
    real = RemoteStore.look
    monkeypatch.setattr(RemoteStore, "look", lambda self, key: asked.append(key) or real(self, key))
    summary = run(plan)
    assert (summary.files, summary.missing) == ({"labelled": 1}, 1)
    assert set(asked) == {b"top.png"}
    fsspec.filesystem("memory").rm("/results", recursive=True)
    assert run(plan).missing == 13


def test_what_is_gone_from_the_source_too_is_not_looked_for(labelling, run, tree, tmp_path):
    run(labelling())
    (tree / "top.png").unlink()
    (tmp_path / "out" / "top.png").unlink()
    summary = run(labelling())
    assert (summary.files, summary.missing) == ({}, 0)
    assert engine.run(labelling(dest=None)).missing == 0


def cut_off(ledger):
    """The last run as a power cut leaves it."""
    with contextlib.closing(sqlite3.connect(ledger)) as db, db:
        db.execute("UPDATE run SET how = NULL, ended = NULL WHERE id = (SELECT max(id) FROM run)")


def test_what_a_power_cut_may_have_cut_short_is_made_again(
    labelling, run, rows, tmp_path, monkeypatch
):
    run(labelling())
    out = tmp_path / "out"
    short = out / "top.png"
    times = short.stat().st_mtime_ns
    short.write_bytes(short.read_bytes()[:-40])
    os.utime(short, ns=(times, times))
    cut_off(out / NAME)
    with contextlib.closing(sqlite3.connect(out / NAME)) as db, db:  # long flushed by then
        db.execute("UPDATE file SET ended = ended - 1000 WHERE CAST(path AS TEXT) LIKE '0/%'")
    monkeypatch.setattr(power, "booted", time.time)
    summary = run(labelling())
    assert (summary.files, summary.doubted, summary.known) == ({"labelled": 9}, 9, 13)
    assert "9 of them perhaps cut short by a power cut, and made again" in described(summary)
    assert number(short) == [rows(out / NAME)[b"top.png"]["produce_id"]]
    with Image.open(short) as image:
        image.load()
    assert run(labelling()).doubted == 0


def test_a_killed_run_on_a_machine_that_runs_on_is_believed(labelling, run, tmp_path):
    run(labelling())
    cut_off(tmp_path / "out" / NAME)
    summary = run(labelling())
    assert (summary.files, summary.doubted, summary.known) == ({}, 0, 13)


def test_a_power_cut_before_anything_was_noted(labelling, run, tmp_path, monkeypatch):
    run(labelling())
    cut_off(tmp_path / "out" / NAME)
    with contextlib.closing(sqlite3.connect(tmp_path / "out" / NAME)) as db, db:
        db.execute("UPDATE file SET ended = NULL")
    monkeypatch.setattr(power, "booted", time.time)
    assert run(labelling()).doubted == 0


@pytest.mark.parametrize("stop", [False, True])
def test_results_are_flushed_before_a_run_is_called_complete(
    labelling, run, tmp_path, monkeypatch, stop
):
    said = []

    def flush(store, really=LocalStore.flush):
        really(store)
        with contextlib.closing(sqlite3.connect(tmp_path / "out" / NAME)) as db:
            said.extend(db.execute("SELECT how, (SELECT count(*) FROM file) FROM run"))

    monkeypatch.setattr(LocalStore, "flush", flush)
    monkeypatch.setattr(power, "FLUSHED", 1e9)
    seen = []
    run(labelling(), observe=seen.append, stop=lambda: stop and len(seen) > 3)
    assert said == [(None, 13)]


def test_a_long_run_flushes_now_and_then(labelling, run, monkeypatch):
    flushed = []
    monkeypatch.setattr(LocalStore, "flush", lambda store: flushed.append(store.url))
    monkeypatch.setattr(power, "FLUSHED", -1.0)
    run(labelling())
    assert len(flushed) > 1
