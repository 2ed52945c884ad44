"""``batch`` on the command line: run, kill, resume, look, undo."""

from __future__ import annotations

import errno
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import time
from functools import partial
from pathlib import Path

import pytest

from aigc_label import api, output
from aigc_label.cli import batch_options, batch_plan, batch_progress, batch_run, main
from aigc_label.cli.batch_progress import Telling, described
from aigc_label.library import signing
from aigc_label.library.actions import Labelling
from aigc_label.library.ledger import NAME, Ended
from aigc_label.library.plan import Plan
from aigc_label.library.store import Entry
from aigc_label.library.summary import Progress, Summary
from aigc_label.trust import keys

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
LABEL = ("batch", "run", "--action", "label", "--producer", "ExampleStudio", "--no-explicit")


@pytest.fixture
def media(tmp_path):
    """Small files of many formats."""
    folder = tmp_path / "media"
    folder.mkdir()
    number = 0
    for kind in ("png", "jpeg", "webp", "gif", "wav", "mp3", "flac", "mp4", "pdf", "markdown"):
        for fixture in sorted((FIXTURES / kind / "plain").iterdir())[:3]:
            if fixture.suffix != ".json":
                number += 1
                shutil.copyfile(fixture, folder / f"{number:02d}-{fixture.name}")
    return folder


def labels(folder):
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not output.is_ours(path.name):
            seen = api.check(str(path), only="implicit").inspection
            assert seen.problem is None
            found[path.name] = [label.fields["ProduceID"] for label in seen.labels]
    return found


def table(ledger):
    with sqlite3.connect(ledger) as db:
        return {
            os.fsdecode(path): (state, number)
            for path, state, number in db.execute("SELECT path, state, produce_id FROM file")
        }


def test_run_and_run_again(cli, media, tmp_path):
    done = cli(*LABEL, media, "--dest", "out", "-j", "1")
    assert done.code == 0, done.err
    count = len(list(media.iterdir()))
    assert f"{count} files in " in done.out
    assert {k: [v[1]] for k, v in table(tmp_path / "out" / NAME).items()} == labels(
        tmp_path / "out"
    )
    again = cli(*LABEL, media, "--dest", "out", "-j", "1")
    assert (again.code, f"{count} done by earlier runs" in again.out) == (0, True)
    assert cli("batch", "resume", "out").code == 0


def test_status_and_report(cli, media, tmp_path):
    (media / "bad.png").write_bytes(b"bad")
    done = cli(*LABEL, media, "--dest", "out", "-q")
    assert (done.code, done.out) == (1, "")
    assert "bad.png: its name ends in .png" in done.err
    assert "nobody is at work" in cli("batch", "status", "out").out
    told = json.loads(cli("batch", "status", "out", "--json", "--watch", "1").out)
    assert told["verdicts"]["failed"] == 1
    assert told["pid"] is None
    assert "bad.png" in cli("batch", "report", "out").out
    assert cli("batch", "report", tmp_path / "out" / NAME, "--output-format", "csv").code == 0


@pytest.mark.usefixtures("media")
def test_a_plan_in_a_file(cli, tmp_path):
    folder = tmp_path / "plans"
    folder.mkdir()
    plan = folder / "plan.toml"
    plan.write_text(
        'action = "label"\nsource = "../media"\ndest = "../out"\nproducer = "FromPlan"\n'
        'explicit = false\ninclude = ["*.png", "*.jpg"]\njobs = 1\n'
        'memory-limit = 4000\nsince = "900d"\n'
    )
    assert cli("batch", "run", plan).code == 0
    assert {path.suffix for path in (tmp_path / "out").glob("[!.]*")} <= {".png", ".jpg"}
    assert cli("batch", "run", plan, "--producer", "Another").code == 2
    assert cli("batch", "run", plan, "media").code == 0
    args = batch_options.parser().parse([str(plan)])
    plan.write_text(plan.read_text() + 'propagator = "Platform"\n')
    assert batch_plan.plan(args).request.propagator == "Platform"


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        ((), "what about the batch"),
        (("runn",), "did you mean 'run'"),
        (("run", "media"), "what shall be done"),
        (("run", "--action", "label", "media"), "either --dest DIR or --in-place"),
        (("run", "--action", "label", "media", "--dest", "o"), "who made this"),
        (("run", "--action", "fix", "media", "--dest", "o"), "who made this"),
        (("run", "--action", "propagate", "media", "--dest", "o"), "which platform"),
        (("run", "--action", "check"), "which files"),
        (("run", "--action", "check", "media", "media"), "one folder at a time"),
        (("run", "--action", "check", "none"), "no folder"),
        (("run", "--action", "check", "media", "--profile", "nope"), "nope"),
        (("run", "--action", "check", "media", "--no-explicit", "--only", "explicit"), "exclude"),
        (("run", "--action", "check", "media", "--since", "yesterday"), "neither a date"),
        (("run", "--action", "check", "media", "--time-limit", "0"), "above 0"),
        (("run", "--action", "check", "media", "--time-limit", "x"), "above 0"),
        (("run", "bad.toml"), "not valid TOML"),
        (("run", "odd.toml"), "no option 'colour'"),
        (("run", "near.toml"), "did you mean 'producer'"),
        (("run", "wrong.toml"), "jobs must be a whole number"),
        (("run", "--producer", "P", "sign.toml"), "k.pem: cannot be read"),
        ((*LABEL[1:], "media", "--dest", "o", "--sign-alg", "sm2"), "is about a key"),
        (("run", "--action", "check", "media", "--sign-key", "k.pem"), "--action label"),
        ((*LABEL[1:], "media", "--dest", "o", "--sign-key=-----BEGIN"), "no key goes into it"),
        (("resume", "media"), "there is no ledger"),
        (("status",), "give the folder"),
        (("report", "empty.sqlite3"), "no run is known"),
        (("report", "empty.sqlite3", "--action", "fix"), "no run is known here of fix"),
        (("resume", "empty.sqlite3"), "no run is known"),
        (("undo", "empty.sqlite3"), "no run is known"),
    ],
)
@pytest.mark.usefixtures("media")
def test_what_cannot_be_is_said_in_a_line(cli, tmp_path, argv, said):
    (tmp_path / "bad.toml").write_text("a = ")
    (tmp_path / "odd.toml").write_text('colour = "red"')
    (tmp_path / "near.toml").write_text('producr = "A"')
    (tmp_path / "wrong.toml").write_text('jobs = "many"')
    where = 'action = "label"\nsource = "media"\nin-place = true\n'
    (tmp_path / "sign.toml").write_text(where + 'sign-key = "k.pem"')
    from aigc_label.library.ledger import Ledger

    Ledger(str(tmp_path / "empty.sqlite3")).close()
    done = cli("batch", *argv)
    assert done.code == 2
    assert said in done.err
    assert done.err.count("\n") == 1


@pytest.mark.parametrize("action", ["", "run", "resume", "status", "report", "undo"])
def test_help_for_each(cli, action):
    done = cli("batch", *filter(None, [action]), "--help")
    assert done.code == 0
    assert "batch" in done.out


def test_signed_and_with_its_origin_and_no_key_in_the_ledger(cli, media, tmp_path):
    (tmp_path / "k.pem").write_bytes(keys.generate("ecdsa")[0])
    (tmp_path / "k.pem").chmod(0o600)
    (tmp_path / "plan.toml").write_text(
        'action = "label"\nproducer = "P"\nsource = "media"\ndest = "out"\nexplicit = false\n'
        'sign-key = "k.pem"\nsign-alg = "ecdsa"\nsystem = "Pixel/2"\n'
        'source-type = "compositeWithTrainedAlgorithmicMedia"\ninclude = ["*.png"]\n'
    )
    assert cli("batch", "run", "plan.toml", "-q").code == 0
    assert cli("batch", "resume", "out", "-q").code == 0
    results = list((tmp_path / "out").glob("*.png"))
    assert results
    for path in results:
        seen = api.check(str(path), only="implicit").inspection
        assert (seen.labels[0].security.status, seen.labels[0].security.binding) == (
            "intact",
            "matches",
        )
        assert "compositeWithTrainedAlgorithmicMedia" in {each.detail for each in seen.signals}
    with sqlite3.connect(tmp_path / "out" / NAME) as db:
        (kept,) = db.execute("SELECT plan FROM plan").fetchone()
    assert json.loads(kept)["request"]["sign_key"] == str(tmp_path / "k.pem")
    assert "PRIVATE" not in kept
    argv = (*LABEL, media, "--dest", "other", "--sign-key", "k.pem", "--sign-alg", "sm2")
    assert "a key for ecdsa, not for sm2" in cli(*argv).err
    (tmp_path / "k.pem").write_bytes(keys.generate("ecdsa", b"secret")[0])
    signing.key.cache_clear()
    assert "the password is missing" in cli(*argv).err


def test_lines_for_programs(cli, media, monkeypatch):
    monkeypatch.setattr(batch_progress, "_EVERY", 0.0)
    (media / "bad.png").write_bytes(b"bad")
    done = cli(*LABEL, media, "--dest", "out", "--progress", "jsonl", "-j", "1")
    told = [json.loads(line) for line in done.out.splitlines()]
    assert {each["event"] for each in told} == {"progress", "failed", "summary"}
    assert told[-1]["wrong"] == 1
    assert told[-1]["files"]["failed"] == 1
    assert done.err == ""


@pytest.mark.parametrize("progress", ["auto", "jsonl"])
@pytest.mark.parametrize("bad", [False, True])
def test_a_reader_that_goes_away_changes_no_code(media, monkeypatch, capsys, progress, bad):
    if bad:
        (media / "bad.png").write_bytes(b"bad")
    ours, theirs = os.pipe()
    os.close(ours)
    with os.fdopen(theirs, "w") as stream:
        monkeypatch.setattr("sys.stdout", stream)
        argv = (*LABEL, media, "--in-place", "--keep-originals", "--progress", progress)
        assert main([*map(str, argv), "-j", "1"]) == (1 if bad else 0)
    states = [state for state, _ in table(media / NAME).values()]
    assert (states.count("done"), states.count("failed")) == (len(states) - bad, bad)
    err = capsys.readouterr().err
    assert err.count("\n") == (1 if bad and progress == "auto" else 0)


def test_undoing_too(cli, media, monkeypatch):
    assert cli(*LABEL, media, "--in-place", "--keep-originals", "-j", "1").code == 0
    ours, theirs = os.pipe()
    os.close(ours)
    with os.fdopen(theirs, "w") as stream:
        monkeypatch.setattr("sys.stdout", stream)
        assert main(["batch", "undo", str(media)]) == 0


@pytest.mark.parametrize("same", [True, False])
def test_a_full_disk_is_said_with_its_place(cli, media, monkeypatch, tmp_path, same):
    def full(*_args, **_options):
        raise OSError(errno.ENOSPC, "No space left on device")

    scratch = tmp_path if same else Path("/dev/shm")  # noqa: S108 - a file system that is another one
    if not same and (not scratch.is_dir() or scratch.stat().st_dev == tmp_path.stat().st_dev):
        pytest.skip("there is one file system")
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    monkeypatch.setattr(batch_run.engine, "run", full)
    (tmp_path / "out").mkdir()
    done = cli(*LABEL, media, "--dest", "out", "-j", "1")
    where = f"{tmp_path}/out" + ("" if same else f" or {scratch}")
    remedy = "free some space there, and run the same again"
    assert (done.code, done.err) == (
        2,
        f"aigc-label: no space left on device: {where}; {remedy}\n",
    )


def test_a_full_disk_that_says_its_place_is_told_so(cli, media, monkeypatch):
    def full(*_args, **_options):
        raise OSError(errno.EDQUOT, "Disk quota exceeded", "/some/where")

    monkeypatch.setattr(batch_run.engine, "run", full)
    done = cli(*LABEL, media, "--dest", "out", "-j", "1")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "/some/where: disk quota exceeded; free some space" in done.err


def test_the_place_of_results_in_a_store_is_none_of_this_machine(monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    plan = Plan(request=Labelling(producer="A"), source="s3://a/b", dest="s3://a/c")
    told = batch_run._full(OSError(errno.ENOSPC, "No space left on device"), plan)
    assert str(told).endswith(f"device: {tmp_path}; free some space there, and run the same again")


def test_check_propagate_and_fix(cli, media):
    assert cli(*LABEL, media, "--in-place", "-q").code == 0
    check = ("batch", "run", "--action", "check", media, "--no-explicit", "--ledger", "c.sqlite3")
    assert cli(*check).code == 0
    assert "checks" not in cli("batch", "report", "c.sqlite3").out
    give = ("batch", "run", "--action", "propagate", "--propagator", "Platform", media)
    assert cli(*give, "--dest", "published").code == 0
    mend = ("batch", "run", "--action", "fix", "--producer", "ExampleStudio", "--no-explicit")
    assert cli(*mend, media, "--in-place").code == 0
    assert "label: " in cli("batch", "status", media, "--action", "label").out


def test_exit_zero_is_about_verdicts_alone(cli, media):
    check = ("batch", "run", "--action", "check", media, "--no-explicit", "--ledger", "c.sqlite3")
    assert (cli(*check).code, cli(*check, "--exit-zero").code) == (1, 0)
    assert cli("batch", "resume", "c.sqlite3", "--exit-zero").code == 0
    with sqlite3.connect("c.sqlite3") as db:
        db.execute("UPDATE file SET state = 'failed' WHERE id = 1")
    assert batch_run._unchecked(Summary(ledger="c.sqlite3")) == 1
    assert cli(*LABEL, media, "--dest", "out", "-q").code == 0
    done = cli("batch", "resume", "out", "--exit-zero")
    assert (done.code, "does not use --exit-zero" in done.err) == (2, True)


def test_undo(cli, media):
    before = {path: path.read_bytes() for path in media.iterdir()}
    assert cli(*LABEL, media, "--in-place", "--keep-originals").code == 0
    changed = min(before)
    changed.write_bytes(b"edited")
    done = cli("batch", "undo", media)
    assert done.code == 1
    assert f"{changed.name}: changed since it was written" in done.err
    assert f"{len(before) - 1} files put back" in done.out
    assert {p: p.read_bytes() for p in before if p != changed} == {
        p: data for p, data in before.items() if p != changed
    }
    changed.unlink()
    done = cli("batch", "undo", media)
    assert done.code == 1
    assert changed.name in done.err


class TestSignals:
    @pytest.fixture
    def begun(self, command, plugin, tmp_path):  # noqa: ARG002 - installed for the process
        """A run that has begun, and whose files wait for ``slow.go``."""
        folder = tmp_path / "slow"
        folder.mkdir()
        for number in range(40):
            (folder / f"{number:02d}.trial").write_bytes(b"GATE")
        argv = [*command, "batch", "run", "--action", "check", str(folder), "--no-explicit"]
        argv += ["-j", "2", "--digest", "none"]

        def start():
            process = subprocess.Popen(  # what runs in the background does not heed SIGINT
                argv,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - no more
            )
            ledger = folder / NAME
            end = time.monotonic() + 30
            while time.monotonic() < end:
                status = subprocess.run(
                    [*command, "batch", "status", str(folder), "--json"],
                    capture_output=True,
                    check=False,
                )
                if status.returncode == 0 and json.loads(status.stdout)["files"] == 40:
                    return process, ledger
                time.sleep(0.05)
            raise AssertionError(process.communicate())

        return start

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_a_signal_lets_the_run_finish_what_it_has_begun(self, begun, number, tmp_path):
        process, ledger = begun()
        process.send_signal(number)
        assert b"finishing what has begun" in process.stderr.readline()
        (tmp_path / "slow.go").touch()
        out, err = process.communicate(timeout=60)
        assert process.returncode == 130, err
        assert b"not complete" in out
        assert {state for state, _ in table(ledger).values()} <= {"pending", "done", "failed"}

    def test_a_second_signal_ends_it_at_once(self, begun):
        process, _ = begun()
        process.send_signal(signal.SIGTERM)
        time.sleep(0.2)
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=60)
        assert process.returncode == 130, err


def test_killed_again_and_again(command, media, tmp_path, cli):
    """Five `kill -9` at random moments; 50 are in tools/kill_batch.py."""
    for number in range(8):
        for path in sorted(media.glob("[0-9]*")):
            shutil.copyfile(path, media / f"x{number}-{path.name}")
    argv = [*command, *LABEL, str(media), "--dest", "out", "--progress", "none", "-j", "2"]
    rng, borne, kills = random.Random(45438), {}, 0
    for _ in range(30):
        process = subprocess.Popen(argv, start_new_session=True, stderr=subprocess.DEVNULL)
        try:
            process.wait(rng.uniform(0.25, 0.7))
        except subprocess.TimeoutExpired:
            if rng.random() < 0.5:
                os.killpg(process.pid, signal.SIGKILL)
            else:
                process.kill()
            process.wait()
            kills += 1
        for name, found in labels(tmp_path / "out").items():
            assert borne.setdefault(name, found) == found
        if kills == 5:
            break
    assert cli(*LABEL, media, "--dest", "out").code == 0
    after = labels(tmp_path / "out")
    assert {**after, **borne} == after
    assert {k: [v[1]] for k, v in table(tmp_path / "out" / NAME).items()} == after
    ours = [p.name for p in (tmp_path / "out").rglob(".*") if not p.name.startswith(NAME)]
    assert ours == []


def test_the_first_signal_asks_and_the_second_interrupts(capfd):
    before = signal.getsignal(signal.SIGTERM)
    with batch_run._Drain() as drain:
        assert not drain.asked
        os.kill(os.getpid(), signal.SIGTERM)
        assert drain.asked
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) == before
    assert "once more to stop at once" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({}, 0),
        ({"wrong": 1}, 1),
        ({"unread": [("x", "denied")]}, 1),
        ({"how": "drained", "wrong": 1}, 130),
        ({"bugs": ["Traceback"], "how": "drained"}, 3),
    ],
)
def test_what_came_of_a_run_is_its_exit_code(facts, code):
    assert batch_run._code(Summary(ledger="x", **facts)) == code


@pytest.mark.usefixtures("media")
def test_tracebacks_are_shown_to_who_asks(cli, monkeypatch):
    bugs = ["Traceback 1\nKeyError: 'a slip'\n", "Traceback 2\n"]
    summary = Summary(ledger="x", bugs=bugs)
    monkeypatch.setattr("aigc_label.library.engine.run", lambda *_, **__: summary)
    argv = ("batch", "run", "--action", "check", "media", "--no-explicit")
    assert "Traceback" not in cli(*argv).err
    monkeypatch.setenv("AIGC_LABEL_DEBUG", "1")
    done = cli(*argv)
    assert done.code == 3
    assert "KeyError: 'a slip'" in done.err
    assert (done.err.count("Traceback 1"), done.err.count("Traceback 2")) == (1, 1)


def test_status_of_a_run_at_work_is_said_again(cli, media, monkeypatch, tmp_path):
    assert cli(*LABEL, media, "--dest", "out").code == 0
    with sqlite3.connect(tmp_path / "out" / NAME) as db:
        db.execute("UPDATE file SET state = 'pending' WHERE id <= 4")
    pids = iter([42, None])
    monkeypatch.setattr("aigc_label.library.locking.holder", lambda _: next(pids))
    lines = cli("batch", "status", "out", "--watch", "0.01").out.splitlines()
    assert "at work (process 42)" in lines[0]
    assert "a second, about" in lines[0]
    assert "`aigc-label batch resume` carries on" in lines[2]


def test_undo_says_what_was_not_kept(cli, media):
    assert cli(*LABEL, media, "--in-place", "--keep-originals", "-q").code == 0
    shutil.copyfile(FIXTURES / "png" / "plain" / "rich.png", media / "new.png")
    assert cli(*LABEL, media, "--in-place", "-q").code == 0
    done = cli("batch", "undo", media)
    assert "1 file written without keeping what was there" in done.out


def now(phase, files=10, size=4096):
    return Progress(phase, files, 40, size, 1 << 20, 1, 2.0)


def test_a_bar_on_a_terminal(monkeypatch, capsys):
    monkeypatch.setattr("aigc_label.cli.terminal.is_terminal", lambda _: True)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    with Telling("auto", quiet=False) as telling:
        telling.observe(now("walk"))
        telling.observe(now("work"))
        telling.observe(Progress("work", 1, 2, 0, 0, 0, 0.0))
        for number in range(25):
            telling.ended(Entry(b"%d.png" % number, 1, 1, ""), Ended(1, "failed", reason="bad"))
        telling.ended(Entry(b"ok.png", 1, 1, ""), Ended(1, "done"))
    err = capsys.readouterr().err
    assert "files/s" in err
    assert "19.png: bad" in err
    assert "21.png: bad" not in err
    assert "batch report" in err


def test_what_a_run_did_in_words(capsys):
    summary = Summary(
        ledger="x", how="drained", files={"labelled": 3}, known=4, left_out=2, seconds=1.5,
        unread=[("deep", "denied")], bugs=["Traceback\nKeyError: 'x'"],
    )  # fmt: skip
    text = described(summary)
    assert "3 files in 1.5 s (2 a second): 3 labelled" in text
    assert "not complete" in text
    assert "batch report" not in text
    single = Summary(ledger="a b/x", files={"failed": 1}, data=1, unmatched=1, wrong=1)
    assert described(single) == (
        "1 file in 0.0 s (0 a second): 1 failed\n"
        "1 data file left alone\n"
        "1 row of the manifest without a file\n"
        "what is wrong with which: aigc-label batch report 'a b/x'\n"
        "ledger: a b/x\n"
    )
    Telling("none", quiet=False).summary(summary)
    err = capsys.readouterr().err
    assert "deep: cannot be listed: denied" in err
    assert "a bug in aigc-label: KeyError" in err


@pytest.mark.parametrize(
    ("size", "said"), [(10, "10 B"), (4096, "4.0 KiB"), (3 << 30, "3.0 GiB"), (5 << 40, "5.0 TiB")]
)
def test_sizes_in_their_unit(size, said):
    assert batch_progress._size(size) == said
