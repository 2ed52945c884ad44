"""What ``profiles`` and ``presets`` share: a table of all, or some of them in full."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, NamedTuple

from aigc_label.cli import dispatch, document, parsing, terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Catalogue(NamedTuple):
    """A verb that lists things which have a name or a TOML file.

    Attributes:
        verb: its name, which is also that of the list in JSON.
        description: of the verb.
        examples: of the verb.
        names: those of the package.
        load: by name or path.
        head: of the table.
        row: of the table.
        described: one of them in full, for people.
        as_dict: one of them, for programs.
    """

    verb: str
    description: str
    examples: str
    names: Callable[[], Sequence[str]]
    load: Callable[[str], Any]
    head: tuple[str, ...]
    row: Callable[[Any], tuple[str, ...]]
    described: Callable[[Any], str]
    as_dict: Callable[[Any], dict[str, Any]]


def run(of: Catalogue, argv: Sequence[str]) -> int:
    """Run the verb; ``show`` before the names is taken for what it says."""
    parser = parsing.Parser(of.verb, of.description, of.examples)
    thing = of.verb.removesuffix("s").upper()
    parser.add_argument("paths", nargs="*", metavar=f"[{thing}...]", help="names or TOML files")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    args = parser.parse(argv)
    if args is None:
        return dispatch.FINE
    asked = args.paths[1:] if args.paths[:1] == ["show"] else args.paths
    found = [of.load(name) for name in asked or of.names()]
    if args.json:
        document.write(of.verb, [of.as_dict(each) for each in found])
    elif args.paths:
        sys.stdout.write("\n".join(of.described(each) for each in found))
    else:
        sys.stdout.write(terminal.table(of.head, [of.row(each) for each in found]))
    return dispatch.FINE
