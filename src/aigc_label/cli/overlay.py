"""``aigc-label overlay``: the mark as a transparent picture, for those who draw it themselves."""

from __future__ import annotations

import argparse
import json
import re
import sys
from typing import TYPE_CHECKING

from aigc_label.cli import config, dispatch, marks, outputs, parsing, terminal
from aigc_label.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

_EXAMPLES = """\
  aigc-label overlay --size 1920x1080 -o mark.png
  aigc-label overlay --size 1024x1024 --crop -o mark.png > offset.json
  aigc-label overlay --under picture.jpg --preset cn-discreet -o mark.png
  ffmpeg -i film.mp4 -i mark.png -filter_complex overlay out.mp4"""


def run(argv: Sequence[str]) -> int:
    """Run the verb."""
    parser = parsing.Parser(
        "overlay",
        "Write the explicit mark as a transparent PNG (straight opacity, sRGB), as large as the\n"
        "picture that it shall lie on; or cropped, with its offset on standard output.",
        _EXAMPLES,
    )
    parser.add_argument("--size", type=_size, metavar="WxH", help="of the picture as displayed")
    parser.add_argument(
        "--under",
        metavar="FILE",
        help="the picture or film that it shall lie on, for --position auto and for styles that "
        "look at what is under them; its size, too, unless --size is given",
    )
    parser.add_argument(
        "--crop", action="store_true", help="the mark alone; print where it stands as JSON"
    )
    parser.add_argument("-o", "--output", metavar="FILE", help="the PNG to write")
    parser.add_argument("-f", "--force", action="store_true", help="overwrite an existing FILE")
    marks.add_options(parser)
    args = parser.parse(argv)
    if args is None:
        return dispatch.FINE
    return _export(args)


def _export(args: argparse.Namespace) -> int:
    from aigc_label import looks  # noqa: PLC0415 - it opens pictures

    if args.output is None:
        raise UsageError("where shall the mark go? give -o FILE")
    if args.size is None and args.under is None:
        raise UsageError("how large is the picture? give --size WxH, or --under FILE")
    outputs.refuse_existing(args.output, force=args.force, folders="name a file in it")
    explicit = marks.chosen(args, config.load())
    ground = None if args.under is None else looks.still(args.under)
    size = args.size or ground.size  # type: ignore[union-attr] # one of them is there
    if args.crop:
        mark = looks.overlay_crop(size, explicit, ground=ground)
        data, facts = mark.png, {k: v for k, v in mark._asdict().items() if k != "png"}
    else:
        data, facts = looks.overlay(size, explicit, ground=ground), {}
    outputs.put(args.output, data)
    if facts:
        sys.stdout.write(json.dumps(facts) + "\n")
    else:
        sys.stdout.write(f"wrote {terminal.printable(args.output)}: {size[0]}x{size[1]}\n")
    return dispatch.FINE


def _size(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"([0-9]{1,5})[x×]([0-9]{1,5})", text)
    if found is None:
        raise argparse.ArgumentTypeError(f"not a size such as 1920x1080: {text!r}")
    return int(found[1]), int(found[2])
