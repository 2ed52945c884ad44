"""``aigc-label presets``: the looks and sounds that have a name, or all of one."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from aigc_label import preset
from aigc_label.cli import dispatch, document, parsing, terminal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aigc_label.preset import Preset

_EXAMPLES = """\
  aigc-label presets
  aigc-label presets cn-bold
  aigc-label presets ./ours.toml      one of your own: says what is wrong with it, if anything"""


def run(argv: Sequence[str]) -> int:
    """Run the verb."""
    parser = parsing.Parser("presets", "List the presets, or print what some ask for.", _EXAMPLES)
    parser.add_argument("paths", nargs="*", metavar="PRESET", help="names or TOML files")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    args = parser.parse(argv)
    if args is None:
        return dispatch.FINE
    found = [preset.load(name) for name in args.paths or preset.names()]
    if args.json:
        document.write("presets", [_as_dict(each) for each in found])
    elif args.paths:
        sys.stdout.write("\n".join(_described(each) for each in found))
    else:
        rows = [(each.name, each.label.text, each.description) for each in found]
        sys.stdout.write(terminal.table(("preset", "words", "what it is for"), rows))
    return dispatch.FINE


def _as_dict(of: Preset) -> dict[str, Any]:
    return {"id": of.name, "description": of.description, **asdict(of.label)}


def _described(of: Preset) -> str:
    rows = []
    for key, value in asdict(of.label).items():
        parts = value.items() if isinstance(value, dict) else ()
        rows += [(f"{key}.{part}", _shown(each)) for part, each in parts] or [(key, _shown(value))]
    return f"# {of.name}: {of.description}\n\n{terminal.table(('attribute', 'value'), rows)}"


def _shown(value: Any) -> str:
    return ", ".join(map(_shown, value)) if isinstance(value, tuple) else str(value)
