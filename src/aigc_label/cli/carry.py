"""``aigc-label carry``: a file's labels onto what another tool has made of it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from aigc_label.cli import (
    config,
    credentials,
    dispatch,
    failures,
    options,
    outputs,
    parsing,
    signing,
    terminal,
    writing,
)
from aigc_label.errors import AssetError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

_EXAMPLES = """\
  ffmpeg -i labelled.mp4 -vf scale=640:-2 small.mp4
  aigc-label carry labelled.mp4 small.mp4
  aigc-label carry poster.png web.webp -o out/web.webp
  aigc-label check small.mp4 --derived-from labelled.mp4

The label's fields go over unchanged, with what is stated of the origin in IPTC's terms. The marks
that people perceive are part of the content; if they were cut off, draw them anew with `label`."""


def run(argv: Sequence[str]) -> int:
    """Run the verb."""
    parser = parsing.Parser(
        "carry",
        "Put the labels of the first file onto the second, which was made of it, in place.",
        _EXAMPLES,
    )
    parser.add_argument("paths", nargs="*", metavar="SRC DST", help="the original; what was made")
    parser.add_argument("-o", "--output", metavar="FILE", help="write the result here instead")
    parser.add_argument("-f", "--force", action="store_true", help="overwrite an existing output")
    parser.add_argument(
        "-n", "--dry-run", action="store_true", help="say what would be done, write nothing"
    )
    parser.add_argument(
        "--allow-breaking-c2pa",
        action="store_true",
        help="write also into a file with C2PA content credentials, which then no longer match",
    )
    options.add_quiet(parser)
    signing.add_signing(parser)
    credentials.add_signing(parser, made=False)
    args = parser.parse(argv)
    if args is None:
        return dispatch.FINE
    if len(args.paths) != 2:
        raise UsageError("give two files: the labelled original, and what was made of it")
    source, derived = args.paths
    target = args.output or derived
    settings = config.load()
    signer = credentials.chosen(args, settings)
    key = signing.chosen(args, settings)
    task = outputs.Task(derived, None if args.dry_run else target, walked=False)
    from aigc_label.carrying import carry  # noqa: PLC0415 - loaded when it is used

    try:
        outputs.make_room(task, force=args.force)
        written = carry(
            source,
            derived,
            to=target,
            dry_run=args.dry_run,
            allow_breaking_c2pa=args.allow_breaking_c2pa,
            credentials=signer,
            sign=key,
        )
    except (AssetError, OSError) as error:
        about = error.asset if isinstance(error, AssetError) else error.filename
        terminal.complain(failures.line(str(about or derived), error))
        return dispatch.WRONG_FILE
    if not args.quiet:
        sys.stdout.write(writing.line(task._replace(target=target), written, "labelled") + "\n")
        for note in written.notes:
            terminal.complain(f"{derived}: note: {note}")
    return dispatch.FINE
