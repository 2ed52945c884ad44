"""A PostgreSQL server on loopback, and what stands in a ledger of it."""

from __future__ import annotations

import contextlib
import glob
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from aigc_label.library.ledger import open_ledger
from foreign_tools import require

USER = 65534  # nobody: PostgreSQL refuses to be root's


def program(name):
    """A program of PostgreSQL, which Debian keeps out of the PATH."""
    found = shutil.which(name) or max(glob.glob(f"/usr/lib/postgresql/*/bin/{name}"), default=None)
    if found is None:
        require("pg_ctlcluster")
        pytest.fail(f"{name} is not where Debian puts it")
    return found


@contextlib.contextmanager
def running():
    """A server of its own; the URL of its database."""
    root = os.getuid() == 0  # whose folders its user may not enter
    as_user = {"user": USER, "group": USER, "extra_groups": []} if root else {}
    folder = Path(tempfile.mkdtemp(prefix="aigc-label-test-"))
    if root:
        os.chown(folder, USER, USER)
    data = folder / "data"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder, **as_user}
    subprocess.run(
        [program("initdb"), "-D", data, "-U", "labels", "-A", "trust", "-E", "UTF8", "-N"],
        check=True,
        **quiet,
    )
    command = [program("postgres"), "-D", data, "-k", folder, "-c", "listen_addresses="]
    process = subprocess.Popen([*command, "-c", "fsync=off"], **quiet)
    socket = folder / ".s.PGSQL.5432"
    end = time.monotonic() + 30
    while not socket.exists():
        assert time.monotonic() < end
        assert process.poll() is None
        time.sleep(0.05)
    time.sleep(0.2)
    try:
        yield f"postgresql://labels@/postgres?host={folder}"
    finally:
        process.terminate()
        process.wait(10)
        shutil.rmtree(folder)


def rows_of(url, action="label"):
    with open_ledger(url, readonly=True) as ledger:
        return {
            path: (state, number, attempts, result)
            for path, state, number, attempts, result in ledger.select(
                "SELECT path, state, produce_id, attempts, result FROM file WHERE action = ?",
                action,
            )
        }
