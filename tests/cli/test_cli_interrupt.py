"""Ctrl-C and a polite kill: exit code 130, no traceback, no process and no file left behind."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest


@pytest.fixture
def slow(plugin, tmp_path):  # noqa: ARG001 - installs it
    """Two files whose work takes a minute."""
    for name in ("a", "b"):
        (tmp_path / f"{name}.trial").write_bytes(b"SLOW")
    return tmp_path


def listening():
    """Signals as a terminal's shell leaves them; one in the background has some ignored."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def deaf_to_hangups():
    listening()
    signal.signal(signal.SIGHUP, signal.SIG_IGN)


def wait_for(path):
    for _ in range(1000):
        if path.exists():
            return
        time.sleep(0.01)
    raise AssertionError(f"{path} never came")


@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.parametrize(
    ("number", "to_group"),
    [(signal.SIGINT, True), (signal.SIGINT, False), (signal.SIGTERM, False)],
)
def test_an_interrupt_ends_everything(slow, command, jobs, number, to_group):
    argv = [*command, "label", "--producer", "P", "-j", jobs, "--in-place", "a.trial", "b.trial"]
    with subprocess.Popen(
        argv,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=listening,  # noqa: PLW1509 - no threads
    ) as process:
        wait_for(slow / "a.trial.begun")
        (os.killpg if to_group else os.kill)(process.pid, number)
        out, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert out == b""
    assert err == b"aigc-label: interrupted; files that were not finished are as they were\n"
    assert (slow / "a.trial").read_bytes() == b"SLOW"
    assert {path.name for path in slow.iterdir()} <= {
        *("a.trial", "b.trial", "a.trial.begun", "b.trial.begun")
    }
    assert all_end(process.pid)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks into /proc")
def test_workers_end_with_a_parent_that_was_killed(slow, command):
    argv = [*command, "label", "--producer", "P", "-j", "2", "--in-place", "a.trial", "b.trial"]
    with subprocess.Popen(
        argv,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=listening,  # noqa: PLW1509 - no threads
    ) as process:
        wait_for(slow / "a.trial.begun")
        process.kill()
        process.communicate(timeout=20)
    assert all_end(process.pid)


def all_end(group):
    """Whether every process of a group ends; the pool's own server does a moment later."""
    for _ in range(500):
        if not living(group):
            return True
        time.sleep(0.02)
    return False


def living(group):
    """The processes of a group, those that have ended and wait to be noticed left out."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, its_group = stat.read_text().rpartition(")")[2].split()[:3]
            if int(its_group) == group and state != "Z":
                found.append(stat)
    return found


def test_a_stop_that_the_caller_ignores_stays_ignored(slow, command):
    with subprocess.Popen(
        [*command, "check", "a.trial"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=deaf_to_hangups,  # noqa: PLW1509 - no threads
    ) as process:
        wait_for(slow / "a.trial.begun")
        process.send_signal(signal.SIGHUP)
        time.sleep(0.2)
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130
