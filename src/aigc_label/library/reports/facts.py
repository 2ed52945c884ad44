"""The figures that every report shows, asked of the ledger at one moment."""

from __future__ import annotations

import json
import os
import re
import time
from dataclasses import dataclass, field
from itertools import chain, zip_longest
from typing import TYPE_CHECKING

from aigc_label.library import locking
from aigc_label.library.plan import Plan
from aigc_label.library.reports.pace import pace
from aigc_label.model import counted, printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aigc_label.library.ledger import Ledger

VERDICT = (
    "CASE WHEN state != 'done' THEN CASE WHEN result = 'gone' THEN result ELSE state END "
    "WHEN result = 'failed' THEN 'not passed' ELSE result END"
)
"""What a row counts as: the result of what is done, else the state."""

_FILES = "AND state != 'unread'"  # which are folders

_FOLDER = (
    "CASE instr(path, x'2f') WHEN 0 THEN x'2e' ELSE substr(path, 1, instr(path, x'2f') - 1) END"
)
MOST = 20  # rows of a table, and groups of a chart
ALL = (1 << 63) - 1  # of them, for programs
_VARYING = re.compile(r"'[^']*'|\"[^\"]*\"|\d+(?:[.,]\d+)*")  # what is quoted, and numbers


@dataclass(slots=True, kw_only=True)
class Facts:
    """What a ledger knows of an action.

    Attributes:
        plan: what was asked for last.
        at: when this was asked, in seconds since the epoch.
        pid: the process that is at work with the ledger, ``None`` for nobody.
        runs: ``(began, ended, how)`` of each, the last one last.
        verdicts: files and bytes by verdict.
        formats: files by format and verdict; here and below the largest groups, and a sum.
        folders: files by the first folder of their path and verdict.
        producers: files by the producer in their label and verdict.
        rules: files by the rule that they fail, checks only.
        reasons: failed and skipped files by reason; what is quoted in them and numbers, where these
            differ, as "…".
        notes: written files by what a note says of them.
        throughput: seconds at work, and files finished in that piece.
        bucket: how many seconds a piece is.
        slowest: ``(path, seconds, size)``.
        failed: ``(path, reason)``, the first of them.
        not_passed: the same of files that were looked at, and found wrong.
        duplicates: ``(paths, how many there are in all)`` of files with the same content.
        doubled: files that another one has the content of.
        unread: folders that the last walk could not list, and why, the first of them.
        unread_count: how many there are; they are none of the files.
    """

    plan: Plan
    at: float
    pid: int | None
    runs: list[tuple[float, float | None, str]]
    verdicts: dict[str, tuple[int, int]]
    formats: dict[str, dict[str, int]]
    folders: dict[str, dict[str, int]]
    producers: dict[str, dict[str, int]]
    rules: dict[str, int] = field(default_factory=dict)
    reasons: dict[str, int] = field(default_factory=dict)
    notes: dict[str, int] = field(default_factory=dict)
    throughput: list[tuple[float, int]] = field(default_factory=list)
    bucket: float = 1.0
    slowest: list[tuple[str, float, int]] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)
    not_passed: list[tuple[str, str]] = field(default_factory=list)
    duplicates: list[tuple[list[str], int]] = field(default_factory=list)
    doubled: int = 0
    unread: list[tuple[str, str]] = field(default_factory=list)
    unread_count: int = 0

    @property
    def files(self) -> int:
        """How many files are known."""
        return sum(count for count, _ in self.verdicts.values())

    @property
    def size(self) -> int:
        """Their bytes."""
        return sum(size for _, size in self.verdicts.values())

    @property
    def outstanding(self) -> int:
        """How many files are still to be worked on."""
        return sum(self.verdicts.get(name, (0, 0))[0] for name in ("pending", "started"))


def counts(ledger: Ledger, action: str) -> dict[str, tuple[int, int]]:
    """Files and bytes by verdict."""
    query = (
        f"SELECT {VERDICT}, count(*), total(size) FROM file WHERE action = ? "  # noqa: S608 - no value in it
        f"{_FILES} GROUP BY 1 ORDER BY 2 DESC"
    )
    return {
        str(name): (int(count), int(size)) for name, count, size in ledger.select(query, action)
    }


def unread_count(ledger: Ledger, action: str) -> int:
    """How many folders the last walk could not list."""
    query = "SELECT count(*) FROM file WHERE action = ? AND state = 'unread'"
    return int(next(ledger.select(query, action))[0])


def gather(ledger: Ledger, action: str, most: int = MOST) -> Facts:
    """All figures, of one moment.

    Args:
        ledger: it is asked.
        action: what was done.
        most: how many groups are told one by one; the others, if there are any, as one.
    """
    pid = locking.holder(ledger.path)  # first: a run that ends meanwhile was not killed
    with ledger.snapshot():
        kept = ledger.plan(action)
        assert kept is not None  # noqa: S101 - the caller has found the action here
        throughput, bucket = pace(ledger, action)
        duplicates, doubled = _duplicates(ledger, action)
        return Facts(
            plan=Plan.from_json(kept[1]),
            at=time.time(),
            pid=pid,
            runs=list(
                ledger.select(
                    "SELECT began, ended, coalesce(how, '') FROM run WHERE action = ? ORDER BY id",
                    action,
                )
            ),
            verdicts=counts(ledger, action),
            formats=_grouped(
                ledger, action, most, "CASE format WHEN '' THEN 'not known' ELSE format END"
            ),
            folders=_grouped(ledger, action, most, _FOLDER),
            producers=_grouped(ledger, action, most, "producer", "AND producer != ''"),
            rules=_rules(ledger, action, most) if action == "check" else {},
            reasons=_reasons(ledger, action, most),
            notes=_notes(ledger, action, most) if action != "check" else {},  # which has findings
            throughput=throughput,
            bucket=bucket,
            slowest=[
                (shown(path), seconds, size)
                for path, seconds, size in ledger.select(
                    "SELECT path, seconds, size FROM file WHERE action = ? AND seconds > 0 "
                    "ORDER BY seconds DESC, path LIMIT ?",
                    action,
                    MOST,
                )
            ],
            failed=[
                (shown(path), reason)
                for path, reason in ledger.select(
                    "SELECT path, reason FROM file WHERE action = ? AND state = 'failed' "
                    "ORDER BY path LIMIT ?",
                    action,
                    5 * MOST,
                )
            ],
            not_passed=[
                (shown(path), _why(findings))
                for path, findings in ledger.select(
                    "SELECT path, findings FROM file WHERE action = ? AND state = 'done' "
                    "AND result = 'failed' ORDER BY path LIMIT ?",
                    action,
                    5 * MOST,
                )
            ],
            duplicates=duplicates,
            doubled=doubled,
            unread=[
                (shown(path), reason)
                for path, reason in ledger.select(
                    "SELECT path, reason FROM file WHERE action = ? AND state = 'unread' "
                    "ORDER BY path LIMIT ?",
                    action,
                    5 * MOST,
                )
            ],
            unread_count=unread_count(ledger, action),
        )


def shown(path: bytes) -> str:
    """A path as text for people: bytes that are no text, and control characters, as escapes."""
    name = os.fsdecode(path)
    return printable(name.encode("utf-8", "backslashreplace").decode("utf-8"))


def _grouped(
    ledger: Ledger, action: str, most: int, what: str, where: str = ""
) -> dict[str, dict[str, int]]:
    """Files by a column and the verdict: the groups with most files, the others as one."""
    query = (
        f"SELECT {what}, {VERDICT}, count(*) FROM file WHERE action = ? {where} "  # noqa: S608 - expressions of this module
        f"{_FILES} GROUP BY 1, 2"
    )
    groups: dict[str, dict[str, int]] = {}
    for name, verdict, count in ledger.select(query, action):
        text = shown(name) if isinstance(name, bytes) else printable(str(name))
        groups.setdefault(text, {})[verdict] = int(count)
    ranked = sorted(groups.items(), key=lambda item: (-sum(item[1].values()), item[0]))
    found = dict(ranked[:most])
    if rest := ranked[most:]:
        others: dict[str, int] = {}
        for _, verdicts in rest:
            for verdict, count in verdicts.items():
                others[verdict] = others.get(verdict, 0) + count
        found[counted(len(rest), "other")] = others
    return found


def _rules(ledger: Ledger, action: str, most: int) -> dict[str, int]:
    """How many files fail each rule of a check."""
    query = (
        "SELECT json_extract(each.value, '$[0]'), count(*) FROM file, json_each(findings) AS each "
        "WHERE action = ? AND findings != '' AND json_extract(each.value, '$[1]') = 'fail' "
        "GROUP BY 1 ORDER BY 2 DESC LIMIT ?"
    )
    return {str(rule): int(count) for rule, count in ledger.select(query, action, most)}


def _reasons(ledger: Ledger, action: str, most: int) -> dict[str, int]:
    query = (
        "SELECT reason, count(*) FROM file WHERE action = ? AND state IN ('failed', 'skipped') "
        "GROUP BY 1"
    )
    return _alike(ledger.select(query, action), most)


def _notes(ledger: Ledger, action: str, most: int) -> dict[str, int]:
    """What is said of files that were written: of what they do not bear, for one."""
    query = (
        "SELECT json_extract(each.value, '$[3]'), count(*) FROM file, json_each(findings) AS each "
        "WHERE action = ? AND findings != '' AND json_extract(each.value, '$[0]') = 'note' "
        "GROUP BY 1"
    )
    return _alike(ledger.select(query, action), most)


def _alike(said: Iterable[tuple[object, int]], most: int = MOST) -> dict[str, int]:
    """Sentences that differ in names and numbers only as one; the most frequent, then the rest."""
    kinds: dict[str, tuple[int, list[str]]] = {}
    for sentence, count in said:
        text = printable(str(sentence))
        kind, varying = _VARYING.sub("\0", text), _VARYING.findall(text)
        sum_of, before = kinds.get(kind, (0, varying))
        same = [a if a == b else "…" for a, b in zip(before, varying, strict=True)]
        kinds[kind] = sum_of + int(count), same
    ranked = sorted(kinds.items(), key=lambda item: (-item[1][0], item[0]))
    found: dict[str, int] = {}
    for kind, (count, varying) in ranked[:most]:
        found["".join(chain(*zip_longest(kind.split("\0"), varying, fillvalue="")))] = count
    if rest := ranked[most:]:
        found[counted(len(rest), "other")] = sum(count for _, (count, _) in rest)
    return found


def _why(findings: str) -> str:
    """What a file fails, in a line."""
    told = json.loads(findings) if findings else []
    wrong = [each for each in told if each[1] == "fail"] or told
    return "; ".join(f"{rule}: {message}" for rule, _, _, message in wrong)


def _duplicates(ledger: Ledger, action: str) -> tuple[list[tuple[list[str], int]], int]:
    """Groups of files with the same content, the largest, and how many files are in any."""
    grouped = (
        "SELECT digest, digest_of, count(*) AS n FROM file WHERE action = ? AND digest IS NOT NULL "
        "GROUP BY digest, digest_of HAVING count(*) > 1"
    )
    query = f"SELECT total(n) - count(*) FROM ({grouped}) AS groups"  # noqa: S608 - as above
    doubled = next(ledger.select(query, action))[0]
    groups = []
    for digest, kind, count in ledger.select(f"{grouped} ORDER BY n DESC LIMIT ?", action, MOST):
        paths = ledger.select(
            "SELECT path FROM file WHERE action = ? AND digest = ? AND digest_of = ? "
            "ORDER BY path LIMIT 5",
            action,
            digest,
            kind,
        )
        groups.append(([shown(path) for (path,) in paths], int(count)))
    return groups, int(doubled)
