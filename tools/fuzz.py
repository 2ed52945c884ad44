"""Hurt the fixtures in structured ways and hold every verb to the laws (house laws L2 to L7).

Usage: python tools/fuzz.py [--seconds S] [--format ID]... [--seed N] [--save DIR]
       python tools/fuzz.py --replay FILE...

Every case has a seed of its own, ``RUN:NUMBER``, printed with what went wrong; ``--seed
RUN:NUMBER`` makes that one case again. Files that broke a law are saved; small ones belong into
``tests/crashers``, which ``tests/test_crashers.py`` replays for ever.
"""

from __future__ import annotations

import argparse
import hashlib
import logging
import os
import random
import re
import sys
import time
import warnings
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from byte_laws import faults
from mutations import hurt

from aigc_label import registry

if TYPE_CHECKING:
    from collections.abc import Iterator

    Corpus: TypeAlias = dict[str, list[tuple[str, bytes]]]

ROOT = Path(__file__).resolve().parent.parent
LARGEST = 4 << 20  # bytes of a case: doubling doubled pieces would pass any bound


def corpus(only: list[str]) -> Corpus:
    """Name and bytes of the fixtures, by format."""
    found: Corpus = {}
    for path in sorted((ROOT / "fixtures").glob("*/*/*")):
        fmt = path.parent.parent.name
        sidecar = path.suffix == ".json" and path.with_suffix("").is_file()
        if path.suffix != ".pyc" and not sidecar and (not only or fmt in only):
            found.setdefault(fmt, []).append((path.name, path.read_bytes()))
    return found


def case(seed: str, files: Corpus) -> tuple[str, bytes]:
    """The name and the bytes of one case; the same for the same seed and fixtures."""
    dice = random.Random(seed)  # noqa: S311 - no secret
    fmt = dice.choice(sorted(files))
    name, data = dice.choice(files[fmt])
    others = [dice.choice(files[fmt])[1] for _ in range(3)]
    for _ in range(dice.choice((1, 1, 1, 2, 2, 4))):
        data = hurt(data, others, fmt, dice)[:LARGEST]
    return name, data


def cases(args: argparse.Namespace, files: Corpus) -> Iterator[tuple[str, str, bytes]]:
    """Seed or path, name and bytes of each case asked for."""
    if args.replay:
        yield from ((str(path), path.name, path.read_bytes()) for path in args.replay)
        return
    if ":" in args.seed:
        yield args.seed, *case(args.seed, files)
        return
    until, number = time.monotonic() + args.seconds, 0
    while time.monotonic() < until:
        seed = f"{args.seed}:{number}"
        yield seed, *case(seed, files)
        number += 1


def main() -> int:
    """Run until the time is over; 1 if a law was broken."""
    parser = argparse.ArgumentParser(description="Hurt the fixtures; hold every verb to the laws.")
    parser.add_argument("--seconds", type=float, default=60)
    ids = [fmt.id for fmt in registry.formats()]
    parser.add_argument("--format", action="append", default=[], choices=ids)
    parser.add_argument("--seed", default=str(time.time_ns()), help="of a run, or RUN:NUMBER")
    parser.add_argument("--save", type=Path, default=Path("fuzz-crashers"), metavar="DIR")
    parser.add_argument("--replay", type=Path, nargs="+", default=[], metavar="FILE")
    args = parser.parse_args()
    sys.stderr = os.fdopen(os.dup(2), "w")  # Python's, without what libtiff and others remark
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    logging.disable()
    warnings.simplefilter("ignore")  # of Pillow, on the files; numpy's would be on our sums
    warnings.simplefilter("error", RuntimeWarning)
    files = corpus(args.format)
    for known in files.values():  # load what is loaded late, so that its time is nobody's fault
        faults(known[-1][1], known[-1][0])
    done, broken = Counter[str](), Counter[str]()
    for seed, name, data in cases(args, files):
        done["cases"] += 1
        for fault in faults(data, name):
            kind = re.sub(r"\d+", "N", fault)[:90]
            broken[kind] += 1
            if broken[kind] == 1:  # the same fault of many files is told once
                args.save.mkdir(parents=True, exist_ok=True)
                target = args.save / f"{hashlib.sha256(data).hexdigest()[:8]}-{name}"
                target.write_bytes(data)
                print(f"{seed}: {fault}\n  saved as {target} ({len(data)} bytes)", flush=True)
    for kind, times in broken.most_common():
        print(f"{times:6} x {kind}")
    print(f"run {args.seed}: {done['cases']} cases, {len(broken)} kinds of faults")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
