"""``aigc-label register``: the deliveries without an explicit label (article 9)."""

from __future__ import annotations

import csv
import io
import json
import os
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from aigc_label import output, spelling
from aigc_label.cli import config, dispatch, failures, outputs, parsing, terminal
from aigc_label.errors import AssetError, UsageError
from aigc_label.reporters.csv import inert

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence
    from typing import TextIO

    from aigc_label.register import Entry, Register

_EXAMPLES = """\
  aigc-label register add poster.png --recipient "Example Ltd." --agreement "terms 2026-03, 4.2"
  aigc-label register list --since 30d
  aigc-label register export --output-format csv -o deliveries.csv
  aigc-label register verify --head 5f0c...
  aigc-label register prune --before 2026-01-01"""

_ACTIONS = ("add", "list", "export", "verify", "prune")
_USERS = {
    **dict.fromkeys(("recipient", "agreement", "reason"), ("add",)),
    **dict.fromkeys(("since", "until", "of"), ("list", "export")),
    **dict.fromkeys(("output_format", "output", "force"), ("export",)),
    "head": ("verify",),
    "before": ("prune",),
}
"""Which actions use an option."""
COLUMNS = (
    "n", "at", "file", "format", "size", "sha256", "essence", "producer", "produce_id",
    "recipient", "agreement", "reason", "hash",
)  # fmt: skip
"""Of the table that ``export --output-format csv`` writes."""


def run(argv: Sequence[str]) -> int:
    """Run the verb."""
    args = _parser().parse(argv)
    if args is None:
        return dispatch.FINE
    action, *paths = args.paths or [""]
    if action not in _ACTIONS:
        every = f"one of {', '.join(_ACTIONS)}; see `aigc-label register --help`"
        raise UsageError(f"what about the register? {spelling.hint(action, _ACTIONS, every)}")
    if action != "add" and paths:
        raise UsageError(f"`register {action}` takes no files")
    _refuse_unused(action, args)
    settings = config.load()
    place = settings.get("register", args.register)
    if not place:
        raise settings.missing("register", "which register?", "FILE")
    from aigc_label.register import Register  # noqa: PLC0415 - loaded when it is used

    register = Register(place)
    if action == "add":
        return _add(register, paths, args)
    if action == "list":
        return _list(register, args)
    if action == "export":
        return _export(register, args)
    return _verify(register, args) if action == "verify" else _prune(register, args)


def _refuse_unused(action: str, args: argparse.Namespace) -> None:
    """Refuse an option that the action does not use; nobody shall believe that it did something."""
    for name, value in vars(args).items():
        users = _USERS.get(name)
        if users and action not in users and value:
            option = name.replace("_", "-")
            raise UsageError(
                f"`register {action}` does not use --{option}, which belongs to "
                f"{' or '.join(users)}; leave it out"
            )


def _parser() -> parsing.Parser:
    parser = parsing.Parser(
        "register",
        "Keep the register of article 9: contents handed over without an explicit label, on a\n"
        "user's request, under an agreement that makes the user's duty to label clear.\n\n"
        "actions:\n"
        "  add      record that files were handed over; they must bear the implicit label\n"
        "  list     print the deliveries, one a line\n"
        "  export   write them as csv, json or jsonl\n"
        "  verify   prove that no line was changed, taken out or moved\n"
        "  prune    take out deliveries from before a day that is six months ago or more",
        _EXAMPLES,
    )
    parser.add_argument("paths", nargs="*", metavar="ACTION [FILE...]", help="what to do")
    parser.add_argument("--register", metavar="FILE", help="the register's file")
    group = parser.add_argument_group("add")
    group.add_argument("--recipient", default="", metavar="WHO", help="who received the content")
    group.add_argument(
        "--agreement", default="", metavar="REF", help="where the agreement stands: version, clause"
    )
    group.add_argument("--reason", default="", metavar="TEXT", help="why it was asked for")
    group = parser.add_argument_group("list, export")
    group.add_argument(
        "--since", type=parsing.since, metavar="WHEN", help="a date, or an age such as 30d"
    )
    group.add_argument("--until", type=parsing.since, metavar="WHEN", help="up to that time")
    group.add_argument("--of", default="", metavar="WHO", help="recipients that contain this")
    group.add_argument(
        "--output-format",
        type=parsing.one_of("csv", "json", "jsonl"),
        metavar="csv|json|jsonl",
        help="of the export (default: csv)",
    )
    group.add_argument(
        "-o", "--output", metavar="FILE", help="of the export (default: standard output)"
    )
    group.add_argument("-f", "--force", action="store_true", help="overwrite an existing FILE")
    group = parser.add_argument_group("verify, prune")
    group.add_argument(
        "--head", default="", metavar="HASH", help="verify: one that was noted elsewhere"
    )
    group.add_argument(
        "--before", type=parsing.since, metavar="WHEN", help="prune: take out what is older"
    )
    return parser


def _add(register: Register, paths: Sequence[str], args: argparse.Namespace) -> int:
    if not paths:
        raise UsageError("which files were handed over? `aigc-label register add FILE...`")
    from aigc_label.register import Broken  # noqa: PLC0415 - as above

    code = dispatch.FINE
    for path in paths:
        try:
            entry = register.add(
                path, recipient=args.recipient, agreement=args.agreement, reason=args.reason
            )
        except Broken:
            raise
        except (AssetError, OSError) as error:
            if isinstance(error, OSError) and error.filename == register.path:
                raise
            terminal.complain(failures.line(path, error))
            code = dispatch.WRONG_FILE
            continue
        shown = terminal.printable(path)
        sys.stdout.write(f"recorded {shown} as number {entry['n']}: {entry['hash']}\n")
    return code


def _chosen(register: Register, args: argparse.Namespace) -> Iterator[Entry]:
    times = [
        None if time is None else datetime.fromtimestamp(time, UTC)
        for time in (args.since, args.until)
    ]
    return register.entries(since=times[0], until=times[1], recipient=args.of)


def _list(register: Register, args: argparse.Namespace) -> int:
    rows = [
        (str(entry["n"]), entry["at"][:16].replace("T", " "), *map(
            terminal.printable, (entry["file"], entry["recipient"], entry["agreement"])
        ))
        for entry in _chosen(register, args)
    ]  # fmt: skip
    if rows:
        heads = ("n", "at (UTC)", "file", "recipient", "agreement")
        sys.stdout.write(terminal.table(heads, rows))
    else:
        terminal.complain("no delivery")
    return dispatch.FINE


def _export(register: Register, args: argparse.Namespace) -> int:
    if not args.output:
        _write(_chosen(register, args), sys.stdout, args.output_format or "csv")
        return dispatch.FINE
    if os.path.realpath(args.output) == os.path.realpath(register.path):
        raise UsageError(f"{args.output} is the register itself; export into another file")
    outputs.refuse_existing(args.output, force=args.force, folders="name a file in it")
    with (
        output.staged(args.output) as staged,
        io.TextIOWrapper(staged.file, "utf-8", newline="") as stream,
    ):
        _write(_chosen(register, args), stream, args.output_format or "csv")
        stream.flush()
        staged.commit()
    return dispatch.FINE


def _write(entries: Iterator[Entry], stream: TextIO, kind: str) -> None:
    if kind == "jsonl":
        stream.writelines(json.dumps(entry, ensure_ascii=False) + "\n" for entry in entries)
    elif kind == "json":
        json.dump({"schema": 1, "deliveries": list(entries)}, stream, ensure_ascii=False, indent=2)
        stream.write("\n")
    else:
        lines = csv.writer(stream, lineterminator="\n")
        lines.writerow(COLUMNS)
        for entry in entries:
            lines.writerow([inert(_cell(entry, column)) for column in COLUMNS])


def _cell(entry: Entry, column: str) -> Any:
    key = {"producer": "ContentProducer", "produce_id": "ProduceID"}.get(column)
    return entry["label"].get(key, "") if key else entry[column]


def _verify(register: Register, args: argparse.Namespace) -> int:
    from aigc_label.register import Broken  # noqa: PLC0415 - loaded when it is used

    try:
        found = register.verify(args.head.strip().lower())
    except Broken as error:
        terminal.complain(failures.line(register.path, error))
        return dispatch.WRONG_FILE
    sys.stdout.write(f"sound: {_said(found.deliveries)}; head {found.head or 'none'}\n")
    if found.torn:
        terminal.complain(
            f"{terminal.counted(found.torn, 'byte')} behind the last line belong to an entry that "
            "was never finished; the next one to be added keeps them"
        )
    return dispatch.FINE


def _prune(register: Register, args: argparse.Namespace) -> int:
    if args.before is None:
        raise UsageError("which ones? give --before WHEN, six months ago or earlier")
    removed = register.prune(datetime.fromtimestamp(args.before, UTC))
    sys.stdout.write(f"took out {_said(removed)}\n")
    return dispatch.FINE


def _said(number: int) -> str:
    return f"{number} {'delivery' if number == 1 else 'deliveries'}"
