"""``aigc-label batch status``: how far a run is, from another terminal."""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Any

from aigc_label.cli import dispatch, parsing, terminal
from aigc_label.cli.batch_places import add_place, chosen_action, ledger_of
from aigc_label.library import locking
from aigc_label.library.database import Beginning
from aigc_label.library.ledger import open_ledger
from aigc_label.library.reports.facts import counts, unread_count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aigc_label.library.ledger import Ledger

_EXAMPLES = """\
  aigc-label batch status labelled
  aigc-label batch status labelled --watch 5
  aigc-label batch status labelled --json"""

_LATELY = 60.0  # seconds over which the rate is taken
_AHEAD = ("pending", "started")
_NOTHING: dict[str, Any] = {
    "how": None,
    "files": 0,
    "outstanding": 0,
    "unread": 0,
    "verdicts": {},
    "rate": 0.0,
    "seconds_left": None,
}


def run(argv: Sequence[str]) -> int:
    """Run it."""
    parser = parsing.Parser("batch status", "Say how far a run is; also while it works.", _EXAMPLES)
    add_place(parser)
    parser.add_argument("--watch", type=float, metavar="S", help="say it again every S seconds")
    parser.add_argument("--json", action="store_true", help="as one JSON object a line")
    args = parser.parse(argv)
    if args is None:
        return dispatch.FINE
    path = ledger_of(args)
    while True:
        try:
            with open_ledger(path, readonly=True) as ledger:
                told = status(ledger, chosen_action(ledger, args))
        except Beginning as early:
            told = {**_NOTHING, "action": args.action, "pid": early.pid}
        sys.stdout.write(json.dumps(told) + "\n" if args.json else _described(told))
        sys.stdout.flush()
        if args.watch is None or told["pid"] is None:
            return dispatch.FINE
        time.sleep(max(args.watch, 0.1))


def status(ledger: Ledger, action: str) -> dict[str, Any]:
    """How far a run is: verdicts, the rate of the last minute, and seconds left at that rate."""
    found = counts(ledger, action)
    now = time.time()
    done, since = next(
        ledger.select(
            "SELECT count(*), min(ended) FROM file WHERE action = ? AND ended > ?",
            action,
            now - _LATELY,
        )
    )
    rate = done / max(now - since, 1.0) if done else 0.0
    pid, how = _worker(ledger, action)
    ahead = sum(found.get(name, (0, 0))[0] for name in _AHEAD)
    return {
        "action": action,
        "pid": pid,
        "how": how,
        "files": sum(count for count, _ in found.values()),
        "outstanding": ahead,
        "unread": unread_count(ledger, action),
        "verdicts": {name: count for name, (count, _) in found.items()},
        "rate": round(rate, 1),
        "seconds_left": round(ahead / rate) if rate and ahead else None,
    }


def _worker(ledger: Ledger, action: str) -> tuple[int | None, str | None]:
    """Who is at work, and how the last run ended; neither of a run that was killed.

    A run has the lock before it is noted, and until its end is: asked in between, it has not ended.
    """
    query = "SELECT id, how FROM run WHERE action = ? ORDER BY id DESC LIMIT 1"
    while True:
        before = next(ledger.select(query, action), (0, None))
        pid = locking.holder(ledger.path)
        if pid is not None or next(ledger.select(query, action), (0, None)) == before:
            return pid, before[1]


def _described(told: dict[str, Any]) -> str:
    who = f"at work (process {told['pid']})" if told["pid"] else "nobody is at work"
    if told["pid"] and not told["verdicts"]:
        return f"a run is just beginning (process {told['pid']}): nothing is noted yet\n"
    ahead, files = told["outstanding"], told["files"]
    said = ", ".join(f"{count:,} {name}" for name, count in told["verdicts"].items())
    line = f"{told['action']}: {files - ahead:,} of {terminal.counted(files, 'file')} done; {who}"
    if told["pid"] and told["seconds_left"] is not None:
        line += f"; {told['rate']:,.1f} a second, about {told['seconds_left']:,} s left"
    elif not told["pid"] and (ahead or told["how"] != "complete"):
        killed = "; it was killed" if told["how"] is None else ""
        line += f"{killed}; `aigc-label batch resume` carries on"
    if told["unread"]:
        said += f"{', ' if said else ''}{terminal.counted(told['unread'], 'folder')} not listed"
    return terminal.printable(line) + "\n" + (f"  {said}\n" if said else "")
