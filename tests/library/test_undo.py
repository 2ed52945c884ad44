"""Former bytes come back, and only where nobody has changed the file since."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import replace

import pytest

from aigc_label import Attribution
from aigc_label.errors import UsageError
from aigc_label.library import engine
from aigc_label.library.actions import Fixing
from aigc_label.library.ledger import NAME, Ledger
from aigc_label.library.local import LocalStore
from aigc_label.library.plan import ORIGINALS
from aigc_label.library.store import open_store
from aigc_label.library.undo import undo


@pytest.fixture
def labelled(labelling, run, tree):
    """A tree that was labelled in place, and what it was."""
    before = {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in sorted(tree.rglob("*.png"))}
    plan = labelling(dest=None, keep_originals=True)
    assert run(plan).files == {"labelled": 13}
    return plan, before, str(tree / NAME)


def state(before):
    return {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in before}


def test_all_of_it_comes_back(labelled, run, rows):
    plan, before, ledger = labelled
    assert state(before) != before
    told = []
    done = undo(ledger, tell=lambda name, what: told.append((name, what)))
    assert (done.restored, done.changed, done.failed, done.without) == (13, (), (), 0)
    assert len(told) == 13
    assert state(before) == before
    assert {row["state"] for row in rows(ledger).values()} == {"undone"}
    with pytest.raises(UsageError, match="nothing is kept"):
        undo(ledger)
    assert run(plan).files == {"labelled": 13}
    assert undo(ledger, "label").restored == 13
    assert state(before) == before


def test_what_somebody_has_changed_stays(labelled, tree):
    _, _, ledger = labelled
    (tree / "top.png").write_bytes(b"edited")
    (tree / "0" / "00.png").unlink()
    done = undo(ledger)
    assert done.restored == 11
    assert done.changed == ("top.png",)
    [(name, why)] = done.failed
    assert name == "0/00.png"
    assert re.search("is gone; its former bytes stay kept, as [0-9a-f]{12}/000000/", why)
    assert (tree / "top.png").read_bytes() == b"edited"


@pytest.mark.parametrize("put_back", [0, 3, 13])
def test_an_undoing_that_is_killed_is_carried_on(labelled, monkeypatch, put_back):
    _, before, ledger = labelled
    real, count = LocalStore.restore, iter(range(100))

    class Killed(BaseException):
        pass

    def dies(store, key, name):
        if next(count) == put_back:
            raise Killed
        real(store, key, name)

    if put_back < 13:
        with monkeypatch.context() as patched:
            patched.setattr(LocalStore, "restore", dies)
            with pytest.raises(Killed):
                undo(ledger)
    done = undo(ledger)
    assert (done.changed, done.failed) == ((), ())
    assert state(before) == before


def test_a_place_that_cannot_be_written_is_said(labelled, monkeypatch):
    _, _, ledger = labelled

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patched:
        patched.setattr(LocalStore, "restore", refuse)
        done = undo(ledger)
    assert done.restored == 0
    assert len(done.failed) == 13
    assert undo(ledger).restored == 13


def test_what_was_written_without_keeping_is_counted(labelled, run, labelling, tree, picture):
    _, _, ledger = labelled
    (tree / "new.png").write_bytes(picture)
    run(labelling(dest=None))
    done = undo(ledger)
    assert (done.restored, done.without) == (13, 1)


def test_the_action_that_has_kept_something_is_undone(labelled, run, labelling):
    _, before, ledger = labelled
    run(labelling(request=Fixing(producer="ExampleStudio"), dest=None))
    assert undo(ledger).restored == 13
    assert state(before) == before


def test_a_new_version_is_kept_anew(labelled, run, tree, picture):
    plan, _, ledger = labelled
    (tree / "top.png").write_bytes(picture + b"")
    os.utime(tree / "top.png", ns=(5, 5))
    assert run(plan).files == {"labelled": 1}
    assert undo(ledger).restored == 13
    assert (tree / "top.png").stat().st_mtime_ns == 5


def test_there_is_nothing_to_undo(tmp_path, labelling, run):
    with pytest.raises(UsageError, match="no ledger"):
        undo(str(tmp_path / "none"))
    run(labelling())
    with pytest.raises(UsageError, match="nothing is kept"):
        undo(str(tmp_path / "out" / NAME))
    with pytest.raises(UsageError, match="no run is known"):
        undo(str(tmp_path / "out" / NAME), "fix")


def test_what_a_killed_run_has_written_is_put_back_too(  # noqa: PLR0917 - fixtures
    labelling, run, rows, tree, in_order, monkeypatch
):
    class Killed(BaseException):
        pass

    def die(*_):
        raise Killed

    pictures = sorted(tree.rglob("*.png"))
    before = state(pictures)
    plan = labelling(dest=None, keep_originals=True)
    with monkeypatch.context() as patched:
        patched.setattr(Ledger, "finish", die)
        patched.setattr(engine, "_LATEST", float("inf"))  # or a slow machine dies sooner
        with pytest.raises(Killed):
            engine.run(plan, executor=in_order(after=5))
    ledger = str(tree / NAME)
    assert {row["state"] for row in rows(ledger).values()} == {"started"}
    now = state(pictures)
    written = [path for path in pictures if now[path] != before[path]]
    assert len(written) == 5
    untouched = rows(ledger)[b"top.png"]
    store = open_store(str(tree), plan.originals)
    store.keep(b"top.png", untouched["kept"])  # killed before it was written
    written[0].write_bytes(b"somebody else's")
    done = undo(ledger)
    assert (done.restored, done.failed) == (4, ())
    assert done.changed == (written[0].relative_to(tree).as_posix(),)
    assert not store.keeps(untouched["kept"])
    written[0].write_bytes(before[written[0]][0])
    os.utime(written[0], ns=(before[written[0]][1],) * 2)
    assert state(pictures) == before
    assert sum(run(plan).files.values()) == 13
    assert undo(ledger).changed == ()
    assert state(pictures) == before


def test_what_failed_and_was_changed_by_somebody_is_none_of_ours(labelling, run, tree, monkeypatch):
    from aigc_label import delivery

    real = delivery._fill

    def meanwhile(result, staged):
        real(result, staged)
        if result.source.name == "top.png":
            (tree / "top.png").write_bytes(b"somebody else's")

    with monkeypatch.context() as patched:
        patched.setattr(delivery, "_fill", meanwhile)
        assert run(labelling(dest=None, keep_originals=True)).files == {"labelled": 12, "failed": 1}
    done = undo(str(tree / NAME))
    assert (done.restored, done.changed) == (12, ())
    assert (tree / "top.png").read_bytes() == b"somebody else's"


def test_originals_that_were_given_up_are_not_said_to_be_back(labelled, tree):
    _, before, ledger = labelled
    written = state(before)
    shutil.rmtree(tree / ".aigc-label-originals")
    done = undo(ledger)
    assert (done.restored, done.changed) == (0, ())
    assert {why for _, why in done.failed} == {"its former bytes are no longer kept"}
    assert len(done.failed) == 13
    assert state(before) == written


def test_two_ledgers_in_a_folder_keep_apart(labelling, run, tree, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(tree, other)
    (other / "0" / "00.png").unlink()  # the rows of the two are of other files
    before = state([*tree.rglob("*.png"), *other.rglob("*.png")])
    mine = [str(tmp_path / name) for name in ("a.sqlite3", "b.sqlite3")]
    plan = labelling(dest=None, keep_originals=True, ledger=mine[0])
    assert run(plan).files == {"labelled": 13}
    assert run(replace(plan, source=str(other), ledger=mine[1])).files == {"labelled": 12}
    assert [undo(path).restored for path in mine] == [13, 12]
    assert state(before) == before


def test_a_ledger_that_is_begun_anew_keeps_apart_from_the_one_that_was_there(
    labelled, run, tmp_path
):
    plan, before, ledger = labelled
    os.rename(ledger, tmp_path / "first")  # for the ledger's folder it is gone
    between = state(before)
    request = replace(plan.request, attribution=Attribution.POSSIBLE)
    assert run(replace(plan, request=request)).files == {"labelled": 13}
    assert state(before) != between
    assert undo(ledger).restored == 13
    assert state(before) == between
    os.rename(tmp_path / "first", ledger)
    assert undo(ledger).restored == 13
    assert state(before) == before


def under_older_names(ledger, kept):
    """Name what is kept as ledgers did that did not begin its names with their own."""
    with Ledger(ledger) as opened, opened.transaction() as db:
        begun = opened.token()
        db.execute("UPDATE file SET kept = substr(kept, ?)", (len(begun) + 2,))
    for path in (kept / begun).iterdir():
        path.rename(kept / path.name)
    (kept / begun).rmdir()


def test_what_is_kept_under_an_older_name_comes_back(labelled, tree):
    _, before, ledger = labelled
    under_older_names(ledger, tree / ORIGINALS)
    assert undo(ledger).restored == 13
    assert state(before) == before


@pytest.mark.parametrize("keep", [True, False])
def test_a_run_that_is_carried_on_knows_what_is_kept_under_older_names(
    labelling, run, tree, killed_before_noting, keep
):
    before = state(tree.rglob("*.png"))
    plan = labelling(dest=None, keep_originals=True)
    killed_before_noting(plan, 5)
    ledger = str(tree / NAME)
    under_older_names(ledger, tree / ORIGINALS)
    assert run(replace(plan, keep_originals=keep)).files == {"labelled": 13}
    assert undo(ledger).restored == 13
    assert state(before) == before


@pytest.mark.parametrize("meanwhile", [False, True])
def test_what_a_killed_fix_has_kept_comes_back(  # noqa: PLR0917 - fixtures
    labelling, run, tree, picture, killed_before_noting, meanwhile
):
    before = state(tree.rglob("*.png"))
    plan = labelling(request=Fixing(producer="ExampleStudio"), dest=None, keep_originals=True)
    killed_before_noting(plan, 5)
    assert sum(state([path]) != {path: before[path]} for path in before) == 5
    if meanwhile:  # somebody's own version is what is kept then
        theirs = tree / "0" / "00.png"
        theirs.write_bytes(picture)
        os.utime(theirs, ns=(7, 7))
        before |= state([theirs])
    assert run(plan).files == {"fixed": 13}
    assert undo(str(tree / NAME)).restored == 13
    assert state(before) == before
