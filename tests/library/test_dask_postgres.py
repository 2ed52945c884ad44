"""Dask's workers and a ledger in PostgreSQL together: a worker, and then the driver, is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import postgres_server
import pytest
from PIL import Image
from postgres_server import rows_of

from aigc_label import ExplicitLabel, api, output
from aigc_label.library import engine, locking
from aigc_label.library.actions import Labelling

pytestmark = pytest.mark.foreign


@pytest.fixture
def url():
    """A ledger that nobody has used."""
    with postgres_server.running() as server:
        yield f"{server}&schema=many"


def agree(table, folder):
    """Every row is done, and its file bears its number; nothing else is there."""
    assert {row[0] for row in table.values()} == {"done"}
    for key, row in table.items():
        labels = api.check(str(folder / os.fsdecode(key)), only="implicit").inspection.labels
        assert [label.fields["ProduceID"] for label in labels] == [row[1]]
    assert [path for path in folder.rglob("*") if output.is_ours(path.name)] == []


def test_a_killed_worker_and_a_killed_driver_lose_nothing(machines, labelling, tree, tmp_path, url):
    victim = machines.worker()
    machines.worker()
    machines.joined(2)
    for path in tree.rglob("*.png"):
        path.unlink()
    for number in range(40):
        Image.effect_noise((200, 150), 40 + number % 7).save(tree / f"{number:02d}.png")
    request = Labelling(producer="ExampleStudio", explicit=ExplicitLabel())
    remote = {"engine": "dask", "scheduler": machines.address, "workers": 0, "ledger": url}

    def kill(now):
        if now.phase == "work" and now.files > 5:
            assert locking.holder(url) == os.getpid()
            victim.kill()

    summary = engine.run(labelling(request=request, **remote), observe=kill)
    assert victim.wait(10) == -signal.SIGKILL
    assert (summary.how, summary.files) == ("complete", {"labelled": 40})
    table = rows_of(url)
    assert (len(table), {row[2] for row in table.values()}) == (40, {1})
    agree(table, tmp_path / "out")

    for number in range(40, 160):
        Image.effect_noise((200, 150), 40 + number % 7).save(tree / f"{number:02d}.png")
    command = [sys.executable, "-m", "aigc_label", "batch", "resume", url, "-q"]
    process = subprocess.Popen(command)
    while len(list((tmp_path / "out").glob("*.png"))) < 60 and process.poll() is None:
        time.sleep(0.01)
    process.kill()
    process.wait()
    (tmp_path / "out" / "00.png").unlink()
    done = subprocess.run(command, capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    table = rows_of(url)
    assert len(table) == 160
    agree(table, tmp_path / "out")
