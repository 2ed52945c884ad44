"""``aigc-label snippet``: what an application shows around content, and texts about labels."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from aigc_label import snippets
from aigc_label.cli import dispatch, outputs, parsing, terminal
from aigc_label.model import Attribution

if TYPE_CHECKING:
    from collections.abc import Sequence

_EXAMPLES = """\
  aigc-label snippet > badge.html
  aigc-label snippet --kind inline --lang both -o notice.html
  aigc-label snippet --kind badge --state suspected
  aigc-label snippet --kind text --text 由人工智能生成
  aigc-label snippet --kind terms --lang both -o agreement.txt"""

_ENGLISH_ONLY = (
    "English alone does not bear the words that clause 5.6 b asks for; "
    "use --lang zh or both where GB 45438 applies"
)


def run(argv: Sequence[str]) -> int:
    """Run the verb."""
    kinds = "\n".join(f"  {kind:<8} {what}" for kind, what in snippets.KINDS.items())
    parser = parsing.Parser(
        "snippet",
        "Print what an application shows around content (clause 5.6 of GB 45438-2025), or\n"
        f"texts about labels. Nothing in it loads or runs anything.\n\nkinds:\n{kinds}",
        _EXAMPLES,
    )
    parser.add_argument(
        "--kind",
        type=parsing.one_of(*snippets.KINDS),
        default="badge",
        metavar="KIND",
        help="what to print (default: badge)",
    )
    parser.add_argument(
        "--lang",
        type=parsing.one_of(*snippets.LANGUAGES),
        default="zh",
        metavar="zh|en|both",
        help="language of the words (default: zh, the one that clause 5.6 b asks for)",
    )
    parser.add_argument(
        "--text",
        metavar="WORDS",
        help="the Chinese words instead of ours: 人工智能 or AI, and 生成 or 合成",
    )
    parser.add_argument(
        "--state",
        type=parsing.one_of(*Attribution),
        metavar="STATE",
        help="what a platform found (article 6): confirmed, possible or suspected; "
        "of kind state all three unless given",
    )
    parser.add_argument("-o", "--output", metavar="FILE", help="write it here, as UTF-8")
    parser.add_argument("-f", "--force", action="store_true", help="overwrite an existing FILE")
    args = parser.parse(argv)
    if args is None:
        return dispatch.FINE
    made = snippets.snippet(args.kind, lang=args.lang, text=args.text, state=args.state)
    if args.output is None:
        sys.stdout.write(made)
    else:
        outputs.refuse_existing(args.output, force=args.force, folders="name a file in it")
        outputs.put(args.output, made.encode())
        sys.stdout.write(f"wrote {terminal.printable(args.output)}: {args.kind}\n")
    if args.lang == "en" and args.kind != "terms":
        terminal.complain(f"note: {_ENGLISH_ONLY}")
    return dispatch.FINE
