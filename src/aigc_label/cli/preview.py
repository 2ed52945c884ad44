"""``aigc-label preview``: every preset at every place on one's own picture, on one sheet."""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING

from aigc_label import preset
from aigc_label.cli import dispatch, outputs, parsing, terminal
from aigc_label.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

_EXAMPLES = """\
  aigc-label preview picture.jpg
  aigc-label preview film.mp4 -o looks.png
  aigc-label preview picture.jpg --preset cn-bold,./ours.toml"""

_KINDS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}


def run(argv: Sequence[str]) -> int:
    """Run the verb."""
    parser = parsing.Parser(
        "preview",
        "Write a contact sheet: a picture, or the first frame of a film, with the marks of the\n"
        "presets at several positions. A preset's own position is framed.",
        _EXAMPLES,
    )
    parser.add_argument("paths", nargs="*", metavar="FILE", help="a picture or a film")
    parser.add_argument(
        "--preset",
        type=parsing.words,
        metavar="NAMES",
        help="presets by name or TOML file (default: all of the package)",
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help="a .png, .jpg or .webp (default: the input's name and -looks.png, in this folder)",
    )
    parser.add_argument("-f", "--force", action="store_true", help="overwrite an existing FILE")
    args = parser.parse(argv)
    if args is None:
        return dispatch.FINE
    if len(args.paths) != 1:
        raise UsageError("give one picture or film to show the looks on")
    (path,) = args.paths
    stem = os.path.splitext(os.path.basename(path))[0]
    target = args.output or f"{stem}-looks.png"
    kind = _KINDS.get(os.path.splitext(target)[1].lower())
    if kind is None:
        raise UsageError(f"{terminal.printable(target)} is no .png, .jpg or .webp")
    outputs.refuse_existing(target, force=args.force, folders="name a file in it")
    found = [preset.load(name) for name in args.preset or preset.names()]

    from aigc_label import looks  # noqa: PLC0415 - it opens pictures

    labels = [(f"{each.name}: {each.description}".rstrip(": "), each.label) for each in found]
    data = io.BytesIO()
    looks.contact_sheet(path, labels).save(data, kind, quality=88)
    outputs.put(target, data.getbuffer())
    sys.stdout.write(f"wrote {terminal.printable(target)}: {len(found)} presets\n")
    return dispatch.FINE
