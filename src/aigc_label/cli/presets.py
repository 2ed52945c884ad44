"""``aigc-label presets``: the looks and sounds that have a name, or all of one."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from aigc_label import preset
from aigc_label.cli import catalogue, terminal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aigc_label.preset import Preset

_EXAMPLES = """\
  aigc-label presets
  aigc-label presets show cn-bold
  aigc-label presets ./ours.toml      your own: says what is wrong, if anything"""


def run(argv: Sequence[str]) -> int:
    """Run the verb."""
    return catalogue.run(_PRESETS, argv)


def _row(of: Preset) -> tuple[str, ...]:
    return of.name, of.label.text, of.description


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


_PRESETS = catalogue.Catalogue(
    verb="presets",
    description="List the presets, or print what some ask for.",
    examples=_EXAMPLES,
    names=preset.names,
    load=preset.load,
    head=("preset", "words", "what it is for"),
    row=_row,
    described=_described,
    as_dict=_as_dict,
)
