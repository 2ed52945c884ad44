"""Kill a batch again and again, resume it each time, and hold the disk against the ledger.

Usage: python tools/kill_batch.py [--kills 50] [--files 2000] [--in-place] [--explicit] [--seed N]

The files are copies of the fixtures of all formats. A kill is `kill -9` at a random moment, of the
driver alone or of the driver and its workers at once. At the end every file that can bear a label
bears exactly one, the one that the ledger says and the same that it bore after any earlier kill;
sources (or, in place, contents) are what they were, and no file of ours is left but the ledger's.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from aigc_label import api, essence, output, registry
from aigc_label.asset import open_asset
from aigc_label.errors import AigcLabelError
from aigc_label.library.ledger import NAME
from aigc_label.library.plan import ORIGINALS

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
SLOW = ("video", "audio")


def main() -> int:
    """Run the trial; 0 if nothing was wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--in-place", action="store_true")
    parser.add_argument("--undo", action="store_true", help="in place; at the end all is put back")
    parser.add_argument("--explicit", action="store_true", help="marks, too; no sound and film")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    args = parser.parse_args()
    args.in_place = args.in_place or args.undo
    print(f"seed {args.seed}")
    with tempfile.TemporaryDirectory() as folder:
        return trial(Path(folder), args)


def trial(folder: Path, args: argparse.Namespace) -> int:
    """Make files, kill and resume, and look."""
    rng = random.Random(args.seed)  # noqa: S311 - to be repeated, not to be secret
    source, dest = folder / "source", folder / "dest"
    digests = make_files(source, args.files, explicit=args.explicit)
    before = contents(source)
    where = source if args.in_place else dest
    options = ["--in-place"] if args.in_place else ["--dest", str(dest)]
    options += ["--producer", "KillTrial", *([] if args.explicit else ["--no-explicit"])]
    options += ["--keep-originals"] if args.undo else []
    command = [sys.executable, "-m", "aigc_label", "batch", "run", "--action", "label"]
    command += [str(source), *options, "--progress", "none", "-q"]
    kills, runs, numbers = 0, 0, {}
    while kills < args.kills:
        if run_and_kill(command, rng):
            kills += 1
            remember(where, numbers, faults := [])
            if faults:
                print("\n".join(faults[:20]))
                return 1
        elif not outstanding(where / NAME):
            print(f"complete after {kills} kills; a new ledger")
            runs += 1
            shutil.rmtree(folder / "source")
            shutil.rmtree(dest, ignore_errors=True)
            digests = make_files(source, args.files, explicit=args.explicit)
            before = contents(source)
            numbers.clear()
    done = subprocess.run(command, check=False, capture_output=True)
    print(f"{kills} kills, {runs + 1} trees; the last run ended with {done.returncode}")
    faults = look(source, where, digests, numbers, in_place=args.in_place, explicit=args.explicit)
    if args.undo:
        faults += undone(source, before)
    print("\n".join(faults[:50]) or "nothing wrong")
    return 1 if faults or done.returncode not in (0, 1) else 0


def make_files(folder: Path, count: int, *, explicit: bool) -> dict[str, bytes]:
    """Copies of the plain fixtures of all formats; their essences (or bytes) by name."""
    masters = []
    for fmt in registry.formats():
        if fmt.is_data or (explicit and fmt.medium in SLOW):
            continue
        masters += [
            p for p in sorted((FIXTURES / fmt.id / "plain").glob("*")) if p.suffix != ".json"
        ]
    digests = {}
    for number in range(count):
        master = masters[number % len(masters)]
        name = f"{number % 13:02d}/{number:05d}-{master.name}"
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(master, target)
        digests[name] = fingerprint(target)
    return digests


def fingerprint(path: Path) -> bytes:
    """The essence, where the format tells it."""
    with open_asset(path) as asset:
        try:
            found = essence.digest(asset, registry.identify(asset))
        except AigcLabelError:
            found = None
    return found or b""


def contents(folder: Path) -> dict[str, tuple[bytes, int]]:
    """The bytes' digests and times of all files, by name."""
    return {
        path.relative_to(folder).as_posix(): (
            hashlib.sha256(path.read_bytes()).digest(),
            path.stat().st_mtime_ns,
        )
        for path in files(folder)
    }


def undone(source: Path, before: dict[str, tuple[bytes, int]]) -> list[str]:
    """What is not as it was after `batch undo`."""
    command = [sys.executable, "-m", "aigc_label", "batch", "undo", str(source)]
    print(subprocess.run(command, check=False, capture_output=True, text=True).stdout.strip())
    now = contents(source)
    return [f"{name}: not put back" for name, was in before.items() if now.get(name) != was]


def run_and_kill(command: list[str], rng: random.Random) -> bool:
    """Start a run and kill it; false if it ended by itself before."""
    process = subprocess.Popen(
        command, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    wait = rng.uniform(0.3, 1.6)
    try:
        process.wait(wait)
        return False
    except subprocess.TimeoutExpired:
        pass
    if rng.random() < 0.5:
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()
    return True


def outstanding(ledger: Path) -> int:
    """How many files the ledger says are to do."""
    with sqlite3.connect(ledger) as db:
        return db.execute(
            "SELECT count(*) FROM file WHERE state IN ('pending', 'started')"
        ).fetchone()[0]


def remember(where: Path, numbers: dict[str, str], faults: list[str]) -> None:
    """A file that bears a number once bears it always; every file is whole at any time."""
    for path in files(where):
        name = path.relative_to(where).as_posix()
        seen = api.check(str(path), only="implicit").inspection
        if seen.problem is not None:
            faults.append(f"{name}: {seen.problem}")
        for label in seen.labels:
            number = label.fields.get("ProduceID", "")
            if numbers.setdefault(name, number) != number:
                faults.append(f"{name}: bore {numbers[name]}, now {number}")


def files(folder: Path) -> list[Path]:
    """The files below a folder that are not ours."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and not output.is_ours(path.name) and ORIGINALS not in path.parts
    )


def look(
    source: Path,
    where: Path,
    digests: dict[str, bytes],
    numbers: dict[str, str],
    *,
    in_place: bool,
    explicit: bool,
) -> list[str]:
    """All that is wrong at the end."""
    faults: list[str] = []
    remember(where, numbers, faults)
    left = [
        p
        for p in where.rglob("*")
        if output.is_ours(p.name) and NAME not in p.name and p.name != ORIGINALS
    ]
    faults += [f"{path}: left behind" for path in left]
    with sqlite3.connect(where / NAME) as db:
        rows = db.execute("SELECT path, state, result, produce_id, reason, attempts FROM file")
        table = {os.fsdecode(row[0]): row[1:] for row in rows}
    if table.keys() != digests.keys():
        faults.append(f"{len(table)} rows for {len(digests)} files")
    faults += [
        f"{name}: {row[0]}, {row[3]}"
        for name, row in table.items()
        if not (explicit and row[1] == "CannotCarry") and row[0] not in ("done", "skipped")
    ]
    used = Counter(row[2] for row in table.values() if row[0] == "done" and row[2])
    faults += [f"{number}: used {times} times" for number, times in used.items() if times > 1]
    for name, (state, result, number, _, _) in table.items():
        target = where / name
        if not (in_place and explicit) and fingerprint(source / name) != digests[name]:
            faults.append(f"{name}: the source's content has changed")
        if state in ("skipped", "failed"):
            if not in_place and target.exists():
                faults.append(f"{name}: skipped, and there is a result")
            continue
        if not target.exists():
            faults.append(f"{name}: {result}, and there is no result")
            continue
        if number and not explicit and fingerprint(target) != digests[name]:
            faults.append(f"{name}: the result's content differs")
        labels = api.check(str(target), only="implicit").inspection.labels
        if number and [label.fields.get("ProduceID") for label in labels] != [number]:
            faults.append(f"{name}: the ledger says {number}, the file {labels}")
        if not in_place and api.check(str(source / name), only="implicit").inspection.labels:
            faults.append(f"{name}: the source bears a label")
    counted = Counter(f"{row[0]} {row[1]}" for row in table.values())
    print(dict(counted), hashlib.sha256(repr(sorted(used)).encode()).hexdigest()[:8])
    return faults


if __name__ == "__main__":
    sys.exit(main())
