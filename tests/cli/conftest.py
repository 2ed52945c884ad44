"""The real command line, in this process or in one of its own, on the demo's own files."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

import aigc_label
from aigc_label import registry
from aigc_label.cli import main, paths

SAMPLES = Path(aigc_label.__file__).with_name("demo")

PLUGIN = """
import os, signal, time
from aigc_label.contract import Format
from aigc_label.model import Medium

def sniff(asset):
    word = asset.head[:4]
    if word == b"BUG!":
        raise ZeroDivisionError("a plugin's mistake")
    if word == b"KILL":
        os.kill(os.getpid(), signal.SIGKILL)
    if word == b"SLOW":
        open(asset.path + ".begun", "w").close()
        time.sleep(60)
    if word == b"WAIT":
        time.sleep(0.3)
    if word == b"GATE":
        end = time.monotonic() + 60
        while not os.path.exists(os.path.dirname(asset.path) + ".go") and time.monotonic() < end:
            time.sleep(0.02)
    return word in (b"WAIT", b"GATE", b"GOOD")

FORMAT = Format(
    id="trial", medium=Medium.IMAGE, extensions=(".trial",), media_types=("image/x-trial",),
    homes=(), source="a plugin of the tests", sniff=sniff, read=lambda asset: iter(()),
)
"""


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str


@pytest.fixture(autouse=True)
def _bare_surroundings(tmp_path, monkeypatch):
    """An empty folder, no settings, English, no colours."""
    monkeypatch.chdir(tmp_path)
    for name in (
        *("AIGC_LABEL_PRODUCER", "AIGC_LABEL_PROPAGATOR", "AIGC_LABEL_DEBUG", "LC_ALL"),
        *("COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG"),  # they warn on standard error
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.setenv("LC_MESSAGES", "C.UTF-8")


@pytest.fixture
def cli(capsys):
    """Run ``aigc-label`` in this process."""

    def run(*argv):
        capsys.readouterr()
        code = main([str(word) for word in argv])
        out, err = capsys.readouterr()
        return Result(code, out, err)

    return run


@pytest.fixture
def command():
    """``aigc-label`` as a process: the arguments and the environment to start it with."""
    return [sys.executable, "-m", "aigc_label"]


@pytest.fixture
def shell(command):
    """Run ``aigc-label`` as a process of its own."""

    def run(*argv, **options):
        done = subprocess.run(
            [*command, *argv], capture_output=True, timeout=60, check=False, **options
        )
        return Result(done.returncode, done.stdout.decode(), done.stderr.decode())

    return run


@pytest.fixture
def plugin(tmp_path_factory, monkeypatch):
    """Install a third party's format that is slow, dies or has a bug, as its files ask.

    It is there for this process and for those that are started.
    """
    home = tmp_path_factory.mktemp("plugin")
    (home / "trial_format.py").write_text(PLUGIN)
    info = home / "trial-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: trial\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[aigc_label.formats]\ntrial = trial_format:FORMAT\n")
    old = os.environ.get("PYTHONPATH")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, (str(home), old))))
    monkeypatch.syspath_prepend(home)
    _forget_plugins()
    yield home
    _forget_plugins()
    sys.modules.pop("trial_format", None)


def _forget_plugins():
    registry._offered.cache_clear()
    paths._extensions.cache_clear()


@pytest.fixture
def sample(tmp_path):
    """Copy one of the demo's files, by its name, to where it is wanted."""

    def copy(name, to=None):
        target = tmp_path / (to or name)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(SAMPLES / name, target)
        return target

    return copy
