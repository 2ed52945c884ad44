"""The ledger's own promises: whole after any end, one run at a time, errors in words."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import subprocess
import sys

import pytest

from aigc_label.errors import UsageError
from aigc_label.library import engine, locking
from aigc_label.library.actions import Labelling
from aigc_label.library.executor import LocalPool
from aigc_label.library.job import Job
from aigc_label.library.ledger import NAME, Ended, Ledger, Started
from aigc_label.library.plan import Plan, differences
from aigc_label.library.store import Entry
from aigc_label.library.weight import cost_of


@pytest.fixture
def ledger(tmp_path):
    with Ledger(str(tmp_path / NAME)) as made:
        yield made


def entry(key, size=1, mtime=1, version="1"):
    return Entry(key, size, mtime, version)


def test_todo_is_in_the_order_of_the_walk_and_of_this_run_only(ledger):
    assert ledger.is_fresh("label")
    first = ledger.begin("label", "{}", "{}")
    ledger.saw("label", first, [entry(b"old"), entry(b"b")])
    assert not ledger.is_fresh("label")
    assert ledger.is_fresh("check")
    run = ledger.begin("label", "{}", "{}")
    ledger.saw("label", run, [entry(b"c"), entry(b"b"), entry(b"a/1"), entry(b"\xff")])
    rows = ledger.todo("label", run, 0, 9)
    assert [row.entry.key for row in rows] == [b"b", b"c", b"a/1", b"\xff"]
    assert [row.entry.key for row in ledger.todo("label", run, rows[1].id, 1)] == [b"a/1"]
    assert ledger.outstanding("label", run) == (4, 4)
    assert ledger.walked("label", run) == 1


def unread(ledger):
    query = "SELECT path, run, reason FROM file WHERE state = 'unread' ORDER BY path"
    return ledger.rows(query)


@pytest.mark.parametrize("many", [0, 1000])
def test_what_stands_in_a_folder_that_cannot_be_listed_is_not_called_gone(ledger, many):
    first = ledger.begin("label", "{}", "{}")
    ledger.saw("label", first, [entry(key) for key in (b"a/1", b"a/b/2", b"a.png", b"a0", b"c")])
    assert ledger.walked("label", first) == 0
    run = ledger.begin("label", "{}", "{}")
    ledger.saw("label", run, [entry(b"c")])
    denied = {b"a/": "denied", **{b"%d/" % number: "denied" for number in range(many)}}
    assert ledger.walked("label", run, denied) == (0 if many else 2)
    states = dict(ledger.rows("SELECT path, state FROM file WHERE state != 'unread'"))
    gone = "pending" if many else "skipped"
    assert states == {
        **dict.fromkeys((b"a/1", b"a/b/2", b"c"), "pending"),
        **dict.fromkeys((b"a.png", b"a0"), gone),
    }
    assert (b"a/", run, "denied") in unread(ledger)
    assert len(unread(ledger)) == many + 1
    assert [row.entry.key for row in ledger.todo("label", run, 0, 9)] == [b"c"]
    assert ledger.outstanding("label", run) == (1, 1)
    assert ledger.wrong("label") == 0
    ledger.walked("label", run)
    assert unread(ledger) == []


def test_started_rows_keep_what_was_noted(ledger):
    run = ledger.begin("label", "{}", "{}")
    ledger.saw("label", run, [entry(b"a"), entry(b"b")])
    a, b = ledger.todo("label", run, 0, 9)
    ledger.start([Started(a.id, "N-1", ""), Started(b.id, "N-2", "")])
    ledger.release([b.id])
    again = ledger.begin("label", "{}", "{}")
    ledger.saw("label", again, [entry(b"a", size=9), entry(b"b", size=9)])
    first, second = ledger.todo("label", again, 0, 9)
    assert (first.again, first.produce_id, first.entry.size) == (True, "N-1", 1)
    assert (second.again, second.entry.size, second.generation) == (False, 9, 1)
    ledger.finish([Ended(first.id, "done", "labelled", produce_id="N-1")])
    assert [row.entry.key for row in ledger.todo("label", again, 0, 9)] == [b"b"]


def test_what_is_noted_in_a_broken_transaction_was_never_noted(ledger):
    run = ledger.begin("check", "{}", "{}")

    def entries():
        yield entry(b"a")
        raise PermissionError(13, "denied")

    with pytest.raises(PermissionError):
        ledger.saw("check", run, entries())
    assert ledger.outstanding("check", run) == (0, 0)


def test_what_is_no_ledger_is_refused(tmp_path):
    (tmp_path / "text").write_text("this is no database, and it is long enough to be seen as none")
    with pytest.raises(UsageError, match="no ledger"):
        Ledger(str(tmp_path / "text"))
    with sqlite3.connect(tmp_path / "other.db") as db:
        db.execute("CREATE TABLE mine (x)")
    with pytest.raises(UsageError, match="no ledger of this version"):
        Ledger(str(tmp_path / "other.db"))
    with pytest.raises(UsageError, match="there is no ledger"):
        Ledger(str(tmp_path / "none"), readonly=True)
    with pytest.raises(OSError, match="unable to open") as caught:
        Ledger(str(tmp_path / "no" / "folder"))
    assert caught.value.errno == errno.EACCES


FULL = """
import resource, signal, sys
from aigc_label.library import engine
from aigc_label.library.actions import Checking
from aigc_label.library.plan import Plan
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
try:
    engine.run(Plan(request=Checking(only="implicit"), source=sys.argv[1], ledger=sys.argv[2],
                    digest="none", workers=1))
except OSError as error:
    print("stopped:", error.errno)
"""


def test_a_ledger_that_cannot_grow_ends_the_run_and_is_whole(tmp_path, checking, run):
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(1500):
        (folder / f"{number:05d}-with-a-rather-long-name.dat").touch()
    path = str(tmp_path / "small.sqlite3")
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(folder), path],
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert b"stopped:" in done.stdout, done.stderr
    plan = checking(source=str(folder), ledger=path)
    assert run(plan).files == {"unknown format": 1500}


@pytest.fixture
def tiny_disk(tmp_path):
    """A file system of a few hundred kilobytes."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only root may mount one")
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(place)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("no file system may be mounted here")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_full_disk_leaves_what_can_be_carried_on(tree, tmp_path, tiny_disk, rows, picture):
    for number in range(200):
        (tree / f"more-{number}.png").write_bytes(picture)
    outside = str(tmp_path / "ledger.sqlite3")
    plan = Plan(
        request=Labelling(producer="ExampleStudio"),
        source=str(tree),
        dest=str(tiny_disk),
        ledger=outside,
        workers=2,
    )
    with pytest.raises(OSError, match="No space left"):
        engine.run(plan)
    states = [row["state"] for row in rows(outside).values()]
    assert "failed" not in states
    assert 0 < states.count("done") < 213
    grown = subprocess.run(
        ["mount", "-o", "remount,size=8m", str(tiny_disk)], check=False, capture_output=True
    )
    assert grown.returncode == 0
    assert engine.run(plan).how == "complete"
    assert {row["state"] for row in rows(outside).values()} == {"done"}
    assert len(list(tiny_disk.rglob("*.png"))) == 213
    assert not list(tiny_disk.rglob(".*"))


def test_the_lock_tells_who_holds_it(tmp_path):
    path = str(tmp_path / NAME)
    assert locking.holder(path) is None
    with locking.locked(path):
        assert locking.holder(path) == os.getpid()
        with pytest.raises(UsageError, match=f"process {os.getpid()}"), locking.locked(path):
            raise AssertionError
    assert locking.holder(path) is None


def test_a_lock_without_a_number_is_held_all_the_same(tmp_path):
    import fcntl

    path = str(tmp_path / NAME)
    with open(f"{path}-lock", "w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(UsageError, match="process None"), locking.locked(path):
            raise AssertionError
        assert locking.holder(path) is None


def test_plans_survive_their_way_through_the_ledger():
    from aigc_label import ExplicitLabel, Look, Sound
    from aigc_label.library.actions import Checking, Fixing, Propagating

    mark = ExplicitLabel(
        position=(0.5, 0.9), spans=("start", (60.0, 65.0)), look=Look(), sound=Sound()
    )
    for request in (
        Labelling(producer="A", explicit=mark, attribution="suspected"),
        Propagating(propagator="B"),
        Checking(),
        Fixing(producer="A", explicit=mark),
    ):
        plan = Plan(request=request, source="/a", include=("*.png",), time_limit=3.5)
        again = Plan.from_json(plan.to_json())
        assert again == plan or again.identity == plan.identity
        assert differences(plan.identity, again.identity) == ""


def test_of_a_group_of_options_it_is_said_whether_it_is_given():
    from aigc_label import ExplicitLabel

    def identity(**changes):
        return Plan(request=Labelling(producer="A", **changes), source="/a").identity

    bare, marked = identity(), identity(explicit=ExplicitLabel())
    assert differences(marked, bare) == "explicit (not given, now given)"
    assert differences(bare, marked) == "explicit (given, now not given)"
    other = identity(explicit=ExplicitLabel(text="人工智能合成"), attribution="possible")
    assert differences(other, marked) == (
        "attribution ('confirmed', now 'possible'), text ('AI生成', now '人工智能合成')"
    )


def test_paths_of_a_plan_mean_the_same_from_anywhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    plan = Plan(
        request=Labelling(producer="A"),
        source="a",
        dest="s3://bucket/b",
        manifest="m.csv",
        ledger="l",
    ).absolute()
    assert plan.source == str(tmp_path / "a")
    assert plan.dest == "s3://bucket/b"
    assert plan.manifest == str(tmp_path / "m.csv")
    assert plan.ledger == str(tmp_path / "l")


@pytest.mark.parametrize(
    ("request_of", "name", "size", "alone"),
    [
        ("metadata", b"a.png", 1000, False),
        ("metadata", b"a.jpg", 5 << 20, False),
        ("metadata", b"a.mp4", 50 << 20, True),
        ("mark", b"a.png", 1000, False),
        ("mark", b"a.png", 1 << 20, True),
        ("mark", b"a.mp4", 1000, True),
        ("mark", b"a.xyz", 1000, False),
        ("check", b"a.mp4", 1 << 30, False),
        ("look", b"a.mp4", 1000, True),
        ("look", b"a.png", 1000, False),
        ("look", b"a.xyz", 1000, False),
    ],
)
def test_what_takes_long_travels_alone(request_of, name, size, alone):
    from aigc_label import ExplicitLabel
    from aigc_label.library.actions import Checking
    from aigc_label.library.executor import PARCEL

    request = {
        "metadata": Labelling(producer="A"),
        "mark": Labelling(producer="A", explicit=ExplicitLabel()),
        "check": Checking(only="implicit"),
        "look": Checking(),
    }[request_of]
    cost = cost_of(request, 10**6, 2)(Job(1, Entry(name, size, 0, "")))
    assert (cost >= PARCEL) is alone


@pytest.mark.parametrize(("files", "cost"), [(0, 2048), (40, 51), (2048, 1), (10**7, 1), (None, 1)])
def test_a_few_files_are_shared_out_too(files, cost):
    from aigc_label.library.actions import Checking

    weigh = cost_of(Checking(only="implicit"), files, 2)
    assert weigh(Job(1, Entry(b"a.png", 10, 0, ""))) == cost


def test_the_pool_of_this_machine_is_an_executor():
    outcomes = list(LocalPool(2).stream(range(9), abs, lambda _: 10))
    assert sorted(outcome.result for outcome in outcomes) == list(range(9))
