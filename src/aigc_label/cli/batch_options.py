"""The options of ``batch run``."""

from __future__ import annotations

import argparse

from aigc_label.cli import credentials, marks, options, origin, parsing, signing
from aigc_label.library.actions import ACTIONS

_EXAMPLES = """\
  aigc-label batch run --action label --producer CODE media --dest labelled
  aigc-label batch run --action label --producer CODE media --in-place --keep-originals
  aigc-label batch run --action check uploads --no-explicit --ledger checks.sqlite3
  aigc-label batch run --action label media --dest out --manifest numbers.csv --progress jsonl
  aigc-label batch run plan.toml

A plan's file holds the options by their names: action = "label", source = "media", dest = "out",
include = ["*.png"], producer = "CODE", explicit = false; its paths start from its own folder.
Run the same again to carry on: what is done is not done twice, what failed is tried again."""


def parser() -> parsing.Parser:
    """The options of ``batch run``."""
    made = parsing.Parser(
        "batch run", "Label, propagate, check or fix the files below a folder.", _EXAMPLES
    )
    made.add_argument("paths", nargs="*", metavar="PLAN.toml|SRC", help="a plan, or the folder")
    made.add_argument(
        "--action",
        type=parsing.one_of(*ACTIONS),
        metavar="ACTION",
        help=f"what to do with each file: {', '.join(ACTIONS)}",
    )
    _add_places(made)
    _add_work(made)
    add_progress(made)
    _add_request(made)
    signing.add_signing(made)
    signing.add_trust(made)
    credentials.add_signing(made, made=True, checks=True)
    credentials.add_validating(made, signs=True)
    origin.add_options(made)
    marks.add_options(made)
    return made


def _add_places(made: parsing.Parser) -> None:
    group = made.add_argument_group("files")
    group.add_argument("--dest", metavar="DIR", help="write results here, under the same paths")
    group.add_argument(
        "--in-place", action="store_true", default=None, help="replace each file by its result"
    )
    group.add_argument(
        "--keep-originals",
        action="store_true",
        default=None,
        help="in place: keep the former bytes beside the ledger, for `batch undo`",
    )
    group.add_argument(
        "--ledger",
        metavar="FILE|URL",
        help="the ledger: a file (default: .aigc-label-ledger.sqlite3 in the destination, else "
        "in SRC), or postgresql://HOST/DATABASE",
    )
    for name, what in (("include", "take only files"), ("exclude", "leave out files and folders")):
        group.add_argument(
            f"--{name}",
            action="append",
            metavar="PATTERN",
            help=f"{what} that match, as in .gitignore: '*.png', 'drafts/'; may be repeated",
        )
    group.add_argument(
        "--since", metavar="WHEN", help="only files changed since: 2026-11-01, or an age: 36h, 7d"
    )
    group.add_argument("--no-ignore", action="store_true", help="do not obey .aigc-label-ignore")
    group.add_argument(
        "-f", "--force", action="store_true", default=None, help="overwrite what is at the results"
    )
    group.add_argument(
        "--manifest",
        metavar="FILE",
        help="CSV, JSON Lines or SQLite with a row a file: path, and any of produce_id, "
        "attribution, text, producer, propagator, propagate_id, reserved_code, declared",
    )
    group.add_argument(
        "--unlisted",
        type=parsing.one_of("skip", "take"),
        metavar="skip|take",
        help="files that the manifest does not name: leave them out (default), or take them, too",
    )


def _add_work(made: parsing.Parser) -> None:
    group = made.add_argument_group("work")
    group.add_argument(
        "-j",
        "--jobs",
        type=parsing.count,
        metavar="N",
        help="processes (default: as many as there are processors)",
    )
    group.add_argument(
        "--engine",
        type=parsing.one_of("processes", "dask"),
        metavar="processes|dask",
        help="who works: processes of this machine (default), or Dask's workers on many",
    )
    group.add_argument(
        "--scheduler",
        metavar="URL",
        help="of Dask, tcp://HOST:PORT (default: a cluster of this machine's processes)",
    )
    group.add_argument(
        "--time-limit",
        type=_above_zero,
        metavar="S",
        help="seconds a file may take (default: 3600)",
    )
    group.add_argument(
        "--memory-limit", type=_above_zero, metavar="MIB", help="that the work on a file may take"
    )
    group.add_argument(
        "--retries",
        type=_whole,
        metavar="N",
        help="after errors that may pass, such as busy files (default: 2)",
    )
    group.add_argument(
        "--digest",
        type=parsing.one_of("essence", "file", "none"),
        metavar="KIND",
        help="tell duplicates by their essence (default, but none for a check), by the file, or "
        "not at all",
    )


def add_progress(made: parsing.Parser) -> None:
    """How much is said while it works."""
    group = made.add_argument_group("what is said")
    group.add_argument(
        "--progress",
        type=parsing.one_of("auto", "jsonl", "none"),
        default="auto",
        metavar="KIND",
        help="auto: a bar on terminals; jsonl: JSON lines on standard output; none",
    )
    group.add_argument("-q", "--quiet", action="store_true", help="say nothing but what failed")
    group.add_argument(
        "--exit-zero",
        action="store_true",
        help="check: exit with 0 even if files did not pass; with 1 if some could not be checked",
    )


def _add_request(made: parsing.Parser) -> None:
    group = made.add_argument_group("what is written, or asked")
    add = group.add_argument
    add("--producer", metavar="CODE", help="name or code of the generation service")
    add(
        "--label",
        type=parsing.one_of("1", "2", "3"),
        metavar="1|2|3",
        help="is, may be, or is suspected to be AI-generated (default: 1)",
    )
    add("--reserved-code", metavar="TEXT", help="one's own security information")
    add("--propagator", metavar="CODE", help="name or code of the platform")
    add(
        "--declared",
        action="store_true",
        default=None,
        help="the users who published the files say that they are AI-generated",
    )
    add(
        "--explicit",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="label, fix: also the mark that people perceive (default: yes); check: look for it",
    )
    add("--profile", metavar="NAME|FILE", help="the rules to judge by (default: gb45438)")
    add(
        "--fail-on",
        type=parsing.one_of("note", "warning", "error"),
        metavar="LEVEL",
        help="fail a file from this level on (default: the profile's)",
    )
    add(
        "--only",
        type=parsing.one_of("implicit", "explicit"),
        metavar="implicit|explicit",
        help="check: look at one kind of label only",
    )
    add(
        "--allow-breaking-c2pa",
        action="store_true",
        default=None,
        help="write also into files with C2PA content credentials",
    )
    options.add_language(made)


def _whole(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) < 4:
        return int(text)
    raise argparse.ArgumentTypeError(f"not a number from 0 to 999: {text!r}")


def _above_zero(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0
    if not 0 < number < 1e9:
        raise argparse.ArgumentTypeError(f"not a number above 0: {text!r}")
    return number
