"""The ledger in a real PostgreSQL on loopback: what holds of the one in SQLite holds of it."""

from __future__ import annotations

import io
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import postgres_server
import pytest
from postgres_server import rows_of

from aigc_label import Attribution, api
from aigc_label.errors import MissingExtra, UsageError
from aigc_label.library import engine, locking, reports
from aigc_label.library.actions import Labelling
from aigc_label.library.ledger import Ended, open_ledger
from aigc_label.library.undo import undo

pytestmark = pytest.mark.foreign


@pytest.fixture(scope="module")
def server():
    """A server of its own; the URL of its database."""
    with postgres_server.running() as url:
        yield url


@pytest.fixture
def url(server, tmp_path):
    """A ledger that nobody has used."""
    return f"{server}&schema=t_{abs(hash(str(tmp_path)))}"


def test_a_run_is_noted_resumed_and_changed_files_are_taken_again(  # noqa: PLR0917 - fixtures
    labelling, run, in_order, tree, tmp_path, url
):
    plan = labelling(ledger=url)
    executor = in_order()
    first = run(plan, executor=executor, stop=lambda: len(executor.done) >= 5)
    assert (first.how, first.files) == ("drained", {"labelled": 5})
    second = engine.resume(url, executor=in_order())
    assert (second.files, second.known) == ({"labelled": 8}, 5)
    table = rows_of(url)
    assert {(row[0], row[2]) for row in table.values()} == {("done", 1)}
    for key, row in table.items():
        labels = api.read(str(tmp_path / "out" / os.fsdecode(key))).labels
        assert [label.fields["ProduceID"] for label in labels] == [row[1]]
    os.utime(tree / "top.png", ns=(1, 1))
    assert run(plan).files == {"labelled": 1}
    assert run(plan).files == {}


def test_names_that_are_no_text_and_reasons_with_zeros(labelling, run, tree, url):
    strange = os.fsencode(tree) + b"/\xff\xfe\n.png"
    Path(os.fsdecode(strange)).write_bytes((tree / "top.png").read_bytes())
    assert run(labelling(ledger=url)).files == {"labelled": 14}
    assert b"\xff\xfe\n.png" in rows_of(url)
    with open_ledger(url) as ledger:
        ledger.finish([Ended(1, "failed", reason="a\0b\udcff")])
        assert next(ledger.select("SELECT reason FROM file WHERE id = 1")) == ("a\ufffdb\\udcff",)


def test_reports_say_the_same_of_both_ledgers(checking, run, tree, tmp_path, url):
    (tree / "bad.png").write_bytes(b"not a picture")
    told = []
    for ledger in (url, str(tmp_path / "same.sqlite3")):
        run(checking(ledger=ledger, digest="file"))
        with open_ledger(ledger, readonly=True) as opened:
            for name in reports.NAMES:
                stream = io.StringIO()
                reports.get(name)(opened, "check", stream)
                assert "bad.png" in stream.getvalue()
            facts = reports.facts.gather(opened, "check")
        figures = (facts.verdicts, facts.formats, facts.folders, facts.rules, facts.reasons)
        told.append((*figures, facts.doubled, len(facts.duplicates), facts.failed, facts.pid))
        assert sum(count for _, count in facts.throughput) == 14
    assert told[0] == told[1]
    assert told[0][3]["implicit.missing"] == 13


def test_folders_that_could_not_be_listed_are_noted_until_they_can_be(labelling, run, url):
    run(labelling(ledger=url))
    with open_ledger(url) as ledger:
        number = ledger.begin("label", "{}", "{}")
        for _ in range(2):
            ledger.walked("label", number, {b"0/": "denied", b"\xff/": "denied"})
        assert reports.facts.unread_count(ledger, "label") == 2
        assert sum(count for count, _ in reports.facts.counts(ledger, "label").values()) == 13
        ledger.walked("label", number)
        assert reports.facts.unread_count(ledger, "label") == 0


def test_manifests_are_joined_and_what_stands_there_twice_is_told(labelling, run, tmp_path, url):
    manifest = tmp_path / "m.csv"
    manifest.write_text("path,produce_id\ntop.png,A-1\n0/00.png,A-2\nnowhere.png,A-3\n")
    plan = labelling(ledger=url, manifest=str(manifest))
    summary = run(plan)
    assert (summary.files, summary.unlisted, summary.unmatched) == ({"labelled": 2}, 11, 1)
    assert rows_of(url)[b"top.png"][1] == "A-1"
    manifest.write_text("path,produce_id\ntop.png,B-1\n0/00.png,A-2\n")
    assert run(plan).numbered == 1
    manifest.write_text("path\ntop.png\n0/00.png\ntop.png\n")
    with pytest.raises(UsageError, match=r"top\.png stands in rows 2 and 4"):
        run(plan)
    manifest.write_text("path,produce_id\ntop.png,A\n0/00.png,A\n")
    with pytest.raises(UsageError, match=r"produce_id 'A' stands in rows 2 and 3"):
        run(plan)


def test_kept_originals_are_put_back(labelling, run, tree, url):
    before = {path: path.read_bytes() for path in tree.rglob("*.png")}
    run(labelling(ledger=url, dest=None, keep_originals=True))
    assert undo(url).restored == 13
    assert {path: path.read_bytes() for path in tree.rglob("*.png")} == before


def test_two_ledgers_over_one_folder_keep_apart(labelling, run, tree, url):
    def state():
        return {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in tree.rglob("*.png")}

    urls = [url, f"{url}_too"]
    told = [state()]
    for ledger, attribution in zip(urls, Attribution, strict=False):
        request = Labelling(producer="ExampleStudio", attribution=attribution)
        plan = labelling(ledger=ledger, dest=None, keep_originals=True, request=request)
        assert run(plan).files == {"labelled": 13}
        told.append(state())
    assert told[1] != told[2]
    for ledger, former in zip(reversed(urls), (told[1], told[0]), strict=True):
        assert undo(ledger).restored == 13
        assert state() == former


def test_one_run_at_a_time_from_any_machine(labelling, run, url, tmp_path):
    run(labelling(ledger=url))
    assert locking.holder(url) is None
    with open_ledger(url):
        assert locking.holder(url) == os.getpid()
        with pytest.raises(UsageError, match="another run is at work"):
            run(labelling(ledger=url))
    with pytest.raises(UsageError, match="begun with another plan"):
        run(labelling(ledger=url, force=True, dest=str(tmp_path / "elsewhere")))


def _forget_and_fail(ledger):
    with ledger.transaction() as db:
        db.executemany("DELETE FROM file WHERE id > ?", [(0,)])
        db.executemany("INSERT INTO manifest VALUES (?, 1, '')", [(b"a",), (b"a",)])


def test_a_transaction_that_fails_leaves_nothing(labelling, run, url):
    run(labelling(ledger=url))
    with open_ledger(url) as ledger:
        with pytest.raises(sqlite3.IntegrityError):
            _forget_and_fail(ledger)
        with pytest.raises(OSError, match="does not exist"):
            list(ledger.select("SELECT nothing FROM file"))
    assert len(rows_of(url)) == 13


def test_the_command_takes_a_url(tree, tmp_path, url, capsys):
    from aigc_label.cli import main

    command = ["batch", "run", "--action", "label", "--producer", "X", "--no-explicit", "-j", "1"]
    assert main([*command, str(tree), "--dest", str(tmp_path / "out"), "--ledger", url]) == 0
    assert main(["batch", "status", url]) == 0
    assert "13 of 13 files done; nobody is at work" in capsys.readouterr().out
    assert main(["batch", "report", url]) == 0
    assert main(["batch", "resume", url]) == 0


def test_a_killed_run_is_carried_on(tree, tmp_path, url):
    for number in range(300):
        shutil.copy(tree / "top.png", tree / f"more{number}.png")
    command = [sys.executable, "-m", "aigc_label", "batch", "run", "--action", "label", "-q"]
    command += ["--producer", "X", "--no-explicit", str(tree), "--dest", str(tmp_path / "out")]
    process = subprocess.Popen([*command, "-j", "2", "--ledger", url])
    while len(list((tmp_path / "out").rglob("*.png"))) < 40:
        assert process.poll() is None
    process.kill()
    process.wait()
    assert subprocess.run([*command, "--ledger", url], check=False).returncode == 0
    table = rows_of(url)
    assert len(table) == 313
    for key, row in table.items():
        labels = api.read(str(tmp_path / "out" / os.fsdecode(key))).labels
        assert [label.fields["ProduceID"] for label in labels] == [row[1]]


def test_what_is_no_ledger_is_told(server, url, labelling, run):
    with pytest.raises(UsageError, match="there is no ledger"):
        open_ledger(url, readonly=True)
    with pytest.raises(UsageError, match="public is no ledger of this version"):
        open_ledger(f"{server}&schema=public")
    with pytest.raises(OSError, match=r"failed|refused|connection"):
        open_ledger("postgresql://labels@127.0.0.1:9/none")
    with pytest.raises(UsageError, match="letters, digits and _"):
        open_ledger(f"{server}&schema=a-b")
    with pytest.raises(UsageError, match="PGPASSWORD"):
        open_ledger("postgresql://labels:secret@127.0.0.1/none")
    with pytest.raises(UsageError, match="no URL of a ledger"):
        open_ledger("postgresql://labels@127.0.0.1:port/none")
    with pytest.raises(UsageError, match="stands on a disk or in PostgreSQL"):
        run(labelling(ledger="mysql://here/there"))


def test_what_must_be_installed_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(MissingExtra, match=r"aigc-label\[postgres\]"):
        open_ledger("postgresql://here/there")
