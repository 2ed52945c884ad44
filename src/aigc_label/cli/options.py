"""Options that several verbs share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.cli import parsing

if TYPE_CHECKING:
    from aigc_label.cli.parsing import Parser


def add_inputs(parser: Parser) -> None:
    """Which files, in how many processes, and how much to say."""
    parser.add_argument("paths", nargs="*", metavar="PATH...", help="files; folders with -r")
    parser.add_argument(
        "-r",
        "--recursive",
        action="store_true",
        help="take the files below each folder; those of unknown formats are skipped and counted",
    )
    parser.add_argument(
        "-j",
        "--jobs",
        type=parsing.count,
        metavar="N",
        help="work in up to N processes, where it pays (default: as many as there are processors)",
    )
    parser.add_argument(
        "--since",
        type=parsing.since,
        metavar="WHEN",
        help="of the files below folders only those changed since: 2026-11-01, or an age: 36h, 7d",
    )
    parser.add_argument(
        "--stdin-paths0",
        action="store_true",
        help="read the paths from standard input, each ended by a zero byte (find -print0)",
    )
    parser.add_argument(
        "--no-ignore",
        action="store_true",
        help="do not obey .aigc-label-ignore, whose lines are patterns as in .gitignore",
    )
    add_quiet(parser)
    parser.add_argument("--no-progress", action="store_true", help="no progress bar")


def add_quiet(parser: Parser) -> None:
    """``-q``."""
    parser.add_argument(
        "-q",
        "--quiet",
        action="store_true",
        help="no notes, no counts, no bar; where files are written, name only those that failed",
    )


def add_outputs(parser: Parser) -> None:
    """Where results go; exactly one of the first three, none needed for a dry run."""
    group = parser.add_argument_group("output, exactly one of the first three")
    group.add_argument("-o", "--output", metavar="FILE", help="write the result of one input here")
    group.add_argument(
        "--output-dir",
        metavar="DIR",
        help="write results here under their names; below each -r folder its tree is kept",
    )
    group.add_argument("--in-place", action="store_true", help="replace each input by its result")
    group.add_argument("-f", "--force", action="store_true", help="overwrite existing outputs")
    group.add_argument(
        "-n", "--dry-run", action="store_true", help="say what would be done, write nothing"
    )
    group.add_argument(
        "--allow-breaking-c2pa",
        action="store_true",
        help="write also into files with C2PA content credentials, which then no longer match",
    )


def add_language(parser: Parser) -> None:
    """``--lang``."""
    parser.add_argument(
        "--lang",
        type=parsing.one_of("en", "zh"),
        metavar="en|zh",
        help="language of findings and rules (default: the locale's)",
    )
