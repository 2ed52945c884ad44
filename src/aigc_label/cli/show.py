"""``aigc-label show``: everything that was read from a file, and no judgement."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from aigc_label import api
from aigc_label.cli import (
    config,
    credentials,
    dispatch,
    document,
    failures,
    parsing,
    paths,
    signing,
    terminal,
)
from aigc_label.model import Report

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aigc_label.model import FoundLabel, FoundMark, Inspection, Signal

_EXAMPLES = """\
  aigc-label show picture.png
  aigc-label show --json clip.mp4 | jq '.files[0].labels[0].fields'"""


def run(argv: Sequence[str]) -> int:
    """Run the verb."""
    parser = parsing.Parser(
        "show", "Print every label and origin statement that stands in a file.", _EXAMPLES
    )
    parser.add_argument("paths", nargs="*", metavar="PATH...", help="files; folders with -r")
    parser.add_argument(
        "-r", "--recursive", action="store_true", help="take the files below each folder"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    signing.add_trust(parser)
    credentials.add_validating(parser)
    args = parser.parse(argv)
    if args is None:
        return dispatch.FINE
    trust = credentials.trust(args)
    signers = signing.store(args, config.load())
    failed = False
    files = []
    for item in paths.expand(args.paths, recursive=args.recursive):
        # check() keeps what was read before a file turned out to be broken; read() would raise.
        seen = api.check(item.path, c2pa=trust or False, trust=signers).inspection
        if args.json:
            files.append(_as_dict(seen))
        else:
            sys.stdout.write("\n".join(_lines(seen)) + "\n")
        if seen.problem is not None:
            failed = True
            sys.stdout.flush()
            terminal.complain(failures.line(item.path, seen.problem))
    if args.json:
        document.write("files", files)
    return dispatch.WRONG_FILE if failed else dispatch.FINE


def _as_dict(seen: Inspection) -> dict[str, Any]:
    """The facts under the names that ``check --output-format json`` gives them."""
    report = Report(inspection=seen, profile="", ok=True).as_dict()
    for judgement in ("ok", "attribution", "findings"):
        del report[judgement]
    report["homes"] = list(seen.homes)
    report["places"] = list(seen.places)
    report["problem"] = None if seen.problem is None else str(seen.problem)
    return report


def _lines(seen: Inspection) -> Iterator[str]:
    what = f"{seen.format}, {seen.medium.value}" if seen.format and seen.medium else "unknown"
    told = f"{what}, {seen.size} bytes" if seen.size or seen.problem is None else "not read"
    yield f"{terminal.printable(seen.name)}: {told}"
    if not seen.format:
        return  # nothing of it was read, and the reason is said behind
    for label in seen.labels:
        yield from _label(label)
    if not seen.labels:
        yield f"  {_why_no_label(seen)}"
    for signal in seen.signals:
        yield from _signal(signal)
    if seen.marks is None:
        why = seen.unseen or "nobody can look for it in this format yet"
        yield f"  explicit mark: not looked for; {'reading stopped' if seen.problem else why}"
    elif not seen.marks:
        yield "  no explicit mark perceived"
    for mark in seen.marks or ():
        yield f"  explicit mark: {_mark(mark)}"


def _label(label: FoundLabel) -> Iterator[str]:
    place = "" if label.home else ", not a place that a guide names"
    at = "" if label.offset is None else f" at byte {label.offset}"
    yield f"  implicit label in {label.carrier}{at}{place}"
    width = max((len(key) for key in label.fields), default=0)
    for key, value in label.fields.items():
        yield f"    {key:<{width}}  {terminal.printable(value)}"
    if label.quirks:
        yield f"    deviations  {', '.join(label.quirks)}"
    if label.security is not None and label.security.status != "absent":
        members = label.security.as_dict()
        words = [members.pop("status"), *(f"{name}={members[name]}" for name in members)]
        yield f"    signature   {', '.join(words)}"


def _why_no_label(seen: Inspection) -> str:
    if seen.problem is not None:
        return "implicit label: none found before reading stopped"
    if where := ", ".join(seen.homes or seen.places):
        return f"no implicit label (its place would be {where})"
    return "no implicit label (the format has no place for one)"


def _signal(signal: Signal) -> Iterator[str]:
    says = {True: "AI-made", False: "not AI-made", None: "no word on AI"}[signal.ai]
    tool = f", {terminal.printable(signal.generator)}" if signal.generator else ""
    detail = terminal.printable(signal.detail, 200)
    done = f", {terminal.printable(signal.action, 80)}" if signal.action else ""
    yield f"  origin by {signal.scheme} in {signal.carrier}: {says}{tool}{done}, {detail}"
    if signal.state:
        by = f", signed by {terminal.printable(signal.signer, 120)}" if signal.signer else ""
        yield f"    credentials {signal.state}{by}"
    if signal.problem:
        yield f"    problem: {terminal.printable(signal.problem, 400)}"


def _mark(mark: FoundMark) -> str:
    parts: list[str] = [mark.kind]
    if mark.text:
        parts.append(terminal.printable(mark.text))
    if mark.place:
        parts.append(mark.place)
    if mark.ratio is not None:
        parts.append(f"{mark.ratio:.1%} of the shortest side")
    if mark.at is not None:
        parts.append(f"from {mark.at[0]:.1f} s to {mark.at[1]:.1f} s")
    return ", ".join(parts)
