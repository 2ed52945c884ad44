"""Runs over real trees: every file once, whatever happens in between."""

from __future__ import annotations

import errno
import os
import sys
import threading
import time
from pathlib import Path

import pytest

from aigc_label import ExplicitLabel, api, output
from aigc_label.batch import Outcome, ProcessLost
from aigc_label.errors import AssetError, UsageError
from aigc_label.library import engine, executor, local, locking, supply, walking, weight
from aigc_label.library.actions import Checking, Fixing, Labelling, Propagating
from aigc_label.library.ledger import NAME
from aigc_label.library.local import LocalStore
from aigc_label.library.plan import Plan


def numbers(folder):
    """The numbers of the labels in a folder, by name."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not output.is_ours(path.name):
            labels = api.check(str(path), only="implicit").inspection.labels
            found[path.relative_to(folder).as_posix()] = [
                label.fields["ProduceID"] for label in labels
            ]
    return found


def test_every_file_bears_the_number_that_the_ledger_says(labelling, run, rows, tmp_path):
    summary = run(labelling())
    assert summary.how == "complete"
    assert summary.files == {"labelled": 13}
    table = rows(tmp_path / "out" / NAME)
    on_disk = numbers(tmp_path / "out")
    assert {os.fsdecode(k): [row["produce_id"]] for k, row in table.items()} == on_disk
    assert len({row["produce_id"] for row in table.values()}) == 13
    assert all(row["state"] == "done" and row["attempts"] == 1 for row in table.values())
    assert all(row["digest_of"] in ("essence", "file") for row in table.values())


def test_a_second_run_does_nothing(labelling, run, tmp_path):
    run(labelling())
    before = numbers(tmp_path / "out")
    again = run(labelling())
    assert (again.files, again.known) == ({}, 13)
    assert numbers(tmp_path / "out") == before


def test_files_are_taken_folder_by_folder_in_the_order_of_their_names(labelling, run, in_order):
    executor = in_order()
    run(labelling(), executor=executor)
    assert executor.done == sorted(executor.done, key=os.path.split)
    assert len(executor.done) == 13


@pytest.fixture
def small_steps(monkeypatch):
    """A walk of few files at a time, and few handed out at once."""
    monkeypatch.setattr(walking, "_AT_ONCE", 3)
    monkeypatch.setattr(supply, "PARCEL", 1)


@pytest.mark.usefixtures("small_steps")
def test_work_begins_while_the_walk_goes_on(checking, run, in_order):
    seen = []
    executor = in_order()
    summary = run(checking(workers=1), executor=executor, observe=seen.append)
    assert sorted(executor.done) == sorted(set(executor.done))
    assert (len(executor.done), summary.found, summary.known) == (13, 13, 0)
    assert (seen[0].phase, seen[0].files, seen[0].walking) == ("walk", 3, True)
    assert (seen[-1].phase, seen[-1].total, seen[-1].walking) == ("work", 13, False)


@pytest.mark.usefixtures("small_steps")
@pytest.mark.parametrize("make", ["checking", "labelling"])
def test_a_run_that_stops_before_its_walk_is_over_is_carried_on(make, request, run, in_order):
    plan = request.getfixturevalue(make)(workers=1)
    first, second = in_order(), in_order()
    stopped = run(plan, executor=first, stop=lambda: len(first.done) >= 3)
    assert (stopped.how, stopped.found) == ("drained", 6 if make == "checking" else 12)
    summary = run(plan, executor=second)
    assert summary.known == 3
    assert len(first.done) + len(second.done) == 13
    assert not set(first.done) & set(second.done)


@pytest.mark.usefixtures("small_steps")
def test_a_file_that_the_walk_comes_upon_twice_is_done_once(checking, run, in_order, monkeypatch):
    def twice(store, wanted, walk=LocalStore.walk):
        for found in walk(store, wanted):
            yield from [found] * 9

    monkeypatch.setattr(LocalStore, "walk", twice)
    executor = in_order()
    run(checking(workers=1), executor=executor)
    assert sorted(executor.done) == sorted(set(executor.done))
    assert len(executor.done) == 13


def test_new_and_changed_files_are_taken_up_by_the_next_run(labelling, run, tree, rows, tmp_path):
    run(labelling())
    picture = (tree / "top.png").read_bytes()
    (tree / "new.png").write_bytes(picture)
    (tree / "top.png").write_bytes(picture)
    os.utime(tree / "top.png", ns=(1, 1))
    summary = run(labelling())
    assert summary.files == {"labelled": 2}
    assert rows(tmp_path / "out" / NAME)[b"top.png"]["generation"] == 1


def test_a_vanished_file_is_gone_and_no_failure(labelling, run, tree, rows, tmp_path):
    def vanish(now):
        if now.phase == "walk":  # all are found, and none is begun
            (tree / "top.png").unlink(missing_ok=True)

    summary = run(labelling(), observe=vanish)
    assert summary.files == {"labelled": 12, "gone": 1}
    assert summary.wrong == 0
    (tree / "0" / "00.png").unlink()
    assert run(labelling()).files == {}
    assert rows(tmp_path / "out" / NAME)[b"0/00.png"]["state"] == "done"


def test_a_file_that_vanishes_between_two_runs_is_gone(labelling, run, tree, rows, tmp_path):
    run(labelling(), stop=lambda: True)
    (tree / "top.png").unlink()
    run(labelling())
    assert rows(tmp_path / "out" / NAME)[b"top.png"]["result"] == "gone"


def test_what_fails_is_tried_again(labelling, run, tree, rows, tmp_path):
    (tree / "bad.png").write_bytes(b"not a picture")
    summary = run(labelling())
    assert summary.files == {"labelled": 13, "failed": 1}
    assert summary.wrong == 1
    row = rows(tmp_path / "out" / NAME)[b"bad.png"]
    assert (row["state"], row["result"]) == ("failed", "UnknownFormat")
    assert "cut short" in row["reason"]
    assert run(labelling()).files == {"failed": 1}
    assert rows(tmp_path / "out" / NAME)[b"bad.png"]["attempts"] == 2


def test_a_ledger_of_any_name_is_no_file_of_its_source(labelling, run, tree):
    plan = labelling(ledger=str(tree / "0" / "labels.png"))
    assert run(plan).files == {"labelled": 13}
    assert run(plan).files == {}
    assert run(plan).wrong == 0


def test_unknown_formats_and_those_without_a_place_are_left_out(labelling, run, tree):
    (tree / "notes.xyz").write_bytes(b"\1\2\3\4")
    (tree / "list.json").write_text('{"a": 1}')
    (tree / "subtitles.srt").write_text("1\n00:00:01,000 --> 00:00:02,000\nHello\n")
    summary = run(labelling())
    assert summary.files == {"labelled": 13, "unknown format": 1, "no place": 1}
    assert summary.data == 1
    assert summary.wrong == 0


def test_in_place_and_again_changes_nothing_more(labelling, run, tree):
    summary = run(labelling(dest=None))
    assert summary.files == {"labelled": 13}
    before = {p: p.read_bytes() for p in tree.rglob("*.png")}
    assert run(labelling(dest=None)).files == {}
    assert {p: p.read_bytes() for p in tree.rglob("*.png")} == before
    assert not [p for p in tree.rglob("*") if output.is_ours(p.name) and NAME not in p.name]


def test_a_label_of_ones_own_keeps_its_number(labelling, run, tree, rows):
    from aigc_label import ImplicitLabel

    mine = ImplicitLabel(content_producer="ExampleStudio", produce_id="mine")
    api.label(str(tree / "top.png"), mine, to=str(tree / "top.png"))
    assert run(labelling(dest=None)).files == {"labelled": 12, "unchanged": 1}
    assert rows(tree / NAME)[b"top.png"]["produce_id"] == "mine"


def test_anothers_label_is_never_touched(labelling, run, tree):
    from aigc_label import ImplicitLabel

    theirs = ImplicitLabel(content_producer="Other", produce_id="7")
    api.label(str(tree / "top.png"), theirs, to=str(tree / "top.png"))
    before = (tree / "top.png").read_bytes()
    assert run(labelling(dest=None)).files == {"labelled": 12, "failed": 1}
    assert (tree / "top.png").read_bytes() == before


def test_what_stands_at_the_destination_is_not_overwritten(labelling, run, rows, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "top.png").write_bytes(b"precious")
    assert run(labelling()).files == {"labelled": 12, "failed": 1}
    assert (tmp_path / "out" / "top.png").read_bytes() == b"precious"
    reason = rows(tmp_path / "out" / NAME)[b"top.png"]["reason"]
    assert reason.endswith("choose another place, or overwrite it (--force)")
    assert run(labelling(force=True)).files == {"labelled": 1}
    assert (tmp_path / "out" / "top.png").read_bytes() != b"precious"


def test_a_destination_below_the_source_is_no_source(labelling, run, tree):
    inner = str(tree / "results")
    assert run(labelling(dest=inner)).files == {"labelled": 13}
    assert run(labelling(dest=inner)).found == 13


@pytest.mark.parametrize("after", [0, 1, 5, 12])
@pytest.mark.parametrize("in_place", [False, True])
def test_a_run_that_is_asked_to_stop_is_carried_on(  # noqa: PLR0917 - fixtures
    labelling, run, in_order, rows, tree, tmp_path, after, in_place
):
    plan = labelling(dest=None) if in_place else labelling()
    executor = in_order()
    first = run(plan, executor=executor, stop=lambda: len(executor.done) >= after)
    assert first.how == "drained"
    ledger = (tree if in_place else tmp_path / "out") / NAME
    assert {row["state"] for row in rows(ledger).values()} <= {"pending", "done"}
    second = engine.resume(str(ledger), executor=in_order())
    assert sum(first.files.values()) + sum(second.files.values()) == 13
    assert {row["attempts"] for row in rows(ledger).values()} == {1}


@pytest.mark.parametrize("in_place", [False, True])
def test_a_killed_run_knows_its_own_work_again(  # noqa: PLR0917 - fixtures
    labelling, run, rows, tree, tmp_path, in_place, killed_before_noting
):
    plan = labelling(dest=None) if in_place else labelling()
    killed_before_noting(plan, 4)
    where = tree if in_place else tmp_path / "out"
    before = {k: v for k, v in numbers(where).items() if v}
    assert len(before) == 4
    left = Path(output._beside(str(where / "top.png")) + output._MARK)
    left.write_bytes(b"half")
    assert {row["state"] for row in rows(where / NAME).values()} == {"started"}
    summary = run(plan)
    assert summary.files == {"labelled": 13}
    after = numbers(where)
    assert {k: after[k] for k in before} == before
    assert not left.exists()
    table = rows(where / NAME)
    assert [r["reason"] for r in table.values()].count("written by an earlier run") == 4
    assert {os.fsdecode(k): [r["produce_id"]] for k, r in table.items()} == after


def test_a_killed_run_knows_marks_in_formats_without_a_label(
    labelling, run, rows, tree, killed_before_noting
):
    from PIL import Image

    for path in tree.rglob("*.png"):
        path.unlink()
    for name in ("a.bmp", "b.bmp"):
        Image.new("RGB", (160, 120), "white").save(tree / name)
        os.utime(tree / name, ns=(10**18, 10**18))
    request = Labelling(producer="ExampleStudio", explicit=ExplicitLabel())
    plan = labelling(dest=None, request=request)
    killed_before_noting(plan, 1)
    marked = (tree / "a.bmp").read_bytes()
    assert run(plan).files == {"labelled": 2}
    assert (tree / "a.bmp").read_bytes() == marked
    assert rows(tree / NAME)[b"a.bmp"]["reason"] == "written by an earlier run"
    assert rows(tree / NAME)[b"b.bmp"]["reason"] == ""
    assert {row["produce_id"] for row in rows(tree / NAME).values()} == {""}  # none is in them


def test_a_full_disk_ends_the_run_and_costs_no_file(labelling, in_order, run, rows, tmp_path):
    class Full(in_order):
        def stream(self, jobs, work, cost):
            from aigc_label.batch import Outcome

            for number, outcome in enumerate(super().stream(jobs, work, cost)):
                full = OSError(errno.ENOSPC, "No space left on device")
                yield outcome if number < 3 else Outcome(outcome.job, error=full)

    with pytest.raises(OSError, match="No space left"):
        run(labelling(), executor=Full())
    states = [row["state"] for row in rows(tmp_path / "out" / NAME).values()]
    assert states.count("done") == 3
    assert "failed" not in states
    assert run(labelling()).files == {"labelled": 10}


@pytest.mark.skipif(sys.platform == "win32", reason="a child that ends in the middle")
def test_what_a_lost_process_has_left_half_written_is_removed(labelling, run, rows, tmp_path):
    class Losing:
        def stream(self, jobs, _work, _cost):
            for job in jobs:
                if (child := os.fork()) == 0:
                    with output.staged(str(tmp_path / "out" / os.fsdecode(job.entry.key))):
                        os._exit(9)
                os.waitpid(child, 0)
                yield Outcome(job, error=ProcessLost("the process that worked on it is gone"))

    for folder in "012":
        (tmp_path / "out" / folder).mkdir(parents=True)
    summary = run(labelling(), executor=Losing())
    assert summary.files == {"failed": 13}
    left = [path.name for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert all(name.startswith(NAME) for name in left)
    assert {row["result"] for row in rows(labelling().ledger_path, "label").values()} == {
        "ProcessLost"
    }
    assert run(labelling()).files == {"labelled": 13}


def test_a_file_that_changes_while_it_is_read_is_not_taken_for_finished(
    labelling, run, monkeypatch, tmp_path, rows
):
    real = api.label

    def slow(source, *args, **options):
        written = real(source, *args, **options)
        if source.path.endswith("top.png"):
            os.utime(source.path)
        return written

    monkeypatch.setattr(api, "label", slow)
    assert run(labelling()).files == {"labelled": 12, "failed": 1}
    assert not (tmp_path / "out" / "top.png").exists()
    assert "changed while it was read" in rows(tmp_path / "out" / NAME)[b"top.png"]["reason"]


def test_in_place_a_change_by_somebody_else_is_never_lost(labelling, run, tree, monkeypatch):
    from aigc_label import delivery

    real = delivery._fill

    def meanwhile(result, staged):
        real(result, staged)
        if result.source.name == "top.png":
            (tree / "top.png").write_bytes(b"somebody else's")

    monkeypatch.setattr(delivery, "_fill", meanwhile)
    assert run(labelling(dest=None)).files == {"labelled": 12, "failed": 1}
    assert (tree / "top.png").read_bytes() == b"somebody else's"


def test_two_runs_on_one_ledger_exclude_one_another(labelling, run, tmp_path):
    (tmp_path / "out").mkdir()
    with (
        locking.locked(str(tmp_path / "out" / NAME)),
        pytest.raises(UsageError, match="another run is at work"),
    ):
        run(labelling())
    assert run(labelling()).files == {"labelled": 13}


def test_another_plan_on_the_same_ledger_is_refused(labelling, run):
    run(labelling())
    other = labelling(request=Labelling(producer="Other"))
    with pytest.raises(UsageError, match=r"producer \('ExampleStudio', now 'Other'\)"):
        run(other)
    run(labelling(include=("*.jpg",)))  # what is left out today may be taken tomorrow


def test_plans_that_cannot_be_are_refused(labelling, checking, run, tree, tmp_path):
    with pytest.raises(UsageError, match="are the same"):
        run(labelling(dest=str(tree)))
    with pytest.raises(UsageError, match="no folder"):
        run(Plan(request=Checking(), source=str(tmp_path / "nowhere")))
    with pytest.raises(UsageError, match=r"top\.png is no folder; give one for the results"):
        run(labelling(dest=str(tree / "top.png")))
    with pytest.raises(UsageError, match="writes no files"):
        checking(dest="x")
    with pytest.raises(UsageError, match="in place only"):
        labelling(keep_originals=True)
    with pytest.raises(UsageError, match="must not be empty"):
        labelling(request=Labelling(producer=""))


def test_a_check_says_what_is_wrong_and_is_resumed_too(checking, run, rows, tree, in_order):
    from aigc_label import ImplicitLabel

    mine = ImplicitLabel(content_producer="ExampleStudio", produce_id="1")
    api.label(str(tree / "top.png"), mine, to=str(tree / "top.png"))
    executor = in_order()
    run(checking(), executor=executor, stop=lambda: len(executor.done) >= 6)
    summary = run(checking())
    assert summary.files == {"not passed": 7}
    assert summary.wrong == 12
    table = rows(checking().ledger, "check")
    assert table[b"top.png"]["producer"] == "ExampleStudio"
    assert "implicit.missing" in table[b"0/00.png"]["findings"]
    assert {row["attempts"] for row in table.values()} == {1}


def test_a_check_fails_what_it_cannot_read(checking, run, rows, tree):
    (tree / "cut.png").write_bytes((tree / "top.png").read_bytes()[:60])
    (tree / "empty.png").write_bytes(b"")
    (tree / "what.xyz").write_bytes(b"\1\2")
    summary = run(checking(digest="file"))
    assert summary.files["failed"] == 1
    assert summary.files["unknown format"] == 1
    table = rows(checking().ledger, "check")
    assert "unreadable" in table[b"cut.png"]["findings"] or table[b"cut.png"]["result"] == "failed"


def test_propagating_and_fixing_over_the_same_seams(labelling, run, tree, tmp_path, rows):
    run(labelling(dest=None))
    request = Propagating(propagator="Platform")
    dest = str(tmp_path / "published")
    assert run(labelling(request=request, dest=dest)).files == {"propagated": 13}
    row = rows(tmp_path / "published" / NAME, "propagate")[b"top.png"]
    label = api.read(str(tmp_path / "published" / "top.png")).labels[0].fields
    assert (label["PropagateID"], label["ContentPropagator"]) == (row["produce_id"], "Platform")
    (tree / "new.png").write_bytes(
        min((Path(__file__).resolve().parents[2] / "fixtures/png/plain").glob("*.png")).read_bytes()
    )
    fixed = run(labelling(request=Fixing(producer="ExampleStudio"), dest=None))
    assert fixed.files == {"unchanged": 13, "fixed": 1}
    assert run(labelling(request=Fixing(producer="ExampleStudio"), dest=None)).files == {}


@pytest.mark.parametrize("action", ["propagate", "fix"])
def test_killed_runs_of_the_other_verbs(labelling, run, tmp_path, action, killed_before_noting):
    run(labelling(dest=None))
    request = (
        Propagating(propagator="Platform")
        if action == "propagate"
        else Fixing(producer="ExampleStudio")
    )
    plan = labelling(request=request, dest=str(tmp_path / action))
    killed_before_noting(plan, 5)
    before = {p: p.read_bytes() for p in (tmp_path / action).rglob("*.png")}
    summary = run(plan)
    assert sum(summary.files.values()) == 13
    assert summary.wrong == 0
    assert {p: p.read_bytes() for p in before} == before


def test_a_format_without_marks_bears_the_label_alone_unless_one_insists(
    labelling, run, tree, rows, tmp_path
):
    from aigc_label import registry

    for path in tree.rglob("*.png"):
        path.unlink()

    silent = next(
        fmt
        for fmt in registry.formats()
        if fmt.plan is not None and registry.marker_for(fmt.id) is None and not fmt.is_data
    )
    fixture = Path(__file__).resolve().parents[2] / "fixtures" / silent.id / "plain"
    chosen = next(p for p in sorted(fixture.iterdir()) if p.suffix != ".json")
    (tree / chosen.name).write_bytes(chosen.read_bytes())
    request = Labelling(producer="ExampleStudio", explicit=ExplicitLabel())
    assert run(labelling(request=request)).files == {"labelled": 1}
    row = rows(tmp_path / "out" / NAME)[chosen.name.encode()]
    assert "takes no explicit mark" in row["findings"]
    insisted = Labelling(producer="ExampleStudio", explicit=ExplicitLabel(), insisted=True)
    assert run(labelling(request=insisted, dest=str(tmp_path / "b"))).files == {"failed": 1}


def test_metadata_from_a_callable(labelling, run, tmp_path, rows):
    def of(path):
        return {"produce_id": f"n-{path}"} if path.startswith("0/") else None

    run(labelling(), metadata=of)
    table = rows(tmp_path / "out" / NAME)
    assert table[b"0/00.png"]["produce_id"] == "n-0/00.png"
    assert len(table[b"top.png"]["produce_id"]) == 36
    with pytest.raises(UsageError, match="did you mean 'produce_id'"):
        run(labelling(dest=str(tmp_path / "b")), metadata=lambda _: {"produceid": "1"})


def test_originals_are_where_the_ledger_is(labelling, run, tree, rows):
    before = {p.relative_to(tree): p.read_bytes() for p in tree.rglob("*.png")}
    run(labelling(dest=None, keep_originals=True))
    table = rows(tree / NAME)
    for path, data in before.items():
        row = table[os.fsencode(path)]
        assert (tree / ".aigc-label-originals" / row["kept"]).read_bytes() == data
    assert run(labelling(dest=None, keep_originals=True)).found == 13


def test_what_stays_as_it_is_is_not_kept(labelling, run, tree):
    run(labelling(dest=None))
    ledger = str(tree.parent / "two.sqlite3")
    (tree / "bad.png").write_bytes(b"bad")
    again = run(labelling(dest=None, keep_originals=True, ledger=ledger))
    assert again.files == {"unchanged": 13, "failed": 1}
    kept = list((tree.parent / ".aigc-label-originals").rglob("*"))
    assert [p for p in kept if p.is_file()] == []


def test_in_several_processes_with_progress(labelling, tmp_path):
    seen = []
    summary = engine.run(labelling(workers=2), observe=seen.append)
    assert summary.files == {"labelled": 13}
    assert seen[-1].files == seen[-1].total == 13
    assert seen[0].phase == "walk"
    assert all(len(v) == 1 for v in numbers(tmp_path / "out").values())


def test_a_folder_that_may_not_be_written_is_said(labelling, run, monkeypatch):
    def refuse(*_):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(UsageError, match="name another place with --ledger"):
        run(labelling())


def test_the_driver_keeps_no_list_of_the_files(tmp_path, monkeypatch):
    import tracemalloc

    # As many are held as travel and are noted at once; how many at a moment, the machine decides.
    monkeypatch.setattr(engine, "_AT_ONCE", 32)
    for module in (executor, supply, weight):
        monkeypatch.setattr(module, "PARCEL", 16)
    monkeypatch.setattr(walking, "_AT_ONCE", 32)
    monkeypatch.setattr(local, "_SORTED", 32)

    def peak(count, name):
        many = tmp_path / name
        many.mkdir()
        for number in range(count):
            (many / f"{number:06d}.xyz").touch()
        plan = Plan(request=Checking(only="implicit"), source=str(many), digest="none", workers=2)
        tracemalloc.start()
        engine.run(plan)
        top = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return top

    peak(600, "warm")  # all is loaded that a longer run loads
    few, many = peak(600, "few"), peak(1800, "many")
    assert many < few + (1 << 17)  # a name, a size and a time of each would be three times that


def test_a_killed_drivers_workers_are_waited_for(labelling, run, tmp_path):
    """The lock of a process that is gone, held by a worker that winds up, is no other run."""
    (tmp_path / "out").mkdir()
    path = tmp_path / "out" / NAME
    pid = os.fork() if sys.platform != "win32" else 0
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    import fcntl

    with open(f"{path}-lock", "w+") as held:
        held.write(str(pid))
        held.flush()
        fcntl.flock(held, fcntl.LOCK_EX)
        threading.Timer(0.3, lambda: fcntl.flock(held, fcntl.LOCK_UN)).start()
        began = time.monotonic()
        assert run(labelling()).files == {"labelled": 13}
        assert time.monotonic() - began >= 0.25


def test_errors_are_told_by_the_file_and_the_run_goes_on(labelling, in_order, run):
    told = []

    class Broken(in_order):
        def stream(self, jobs, work, cost):
            from aigc_label.batch import Outcome

            for number, outcome in enumerate(super().stream(jobs, work, cost)):
                if number == 1:
                    yield Outcome(outcome.job, error=RuntimeError("a slip"), trace="Traceback")
                elif number == 2:
                    yield Outcome(outcome.job, error=AssetError("took too long"))
                else:
                    yield outcome

    summary = run(
        labelling(), executor=Broken(), tell=lambda entry, ended: told.append((entry.key, ended))
    )
    assert summary.bugs == ["Traceback"]
    assert summary.files == {"labelled": 11, "failed": 2}
    assert [ended.reason for _, ended in told if ended.state == "failed"] == [
        "a slip",
        "took too long",
    ]
