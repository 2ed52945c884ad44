"""``aigc-label formats``: the registry as a table."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from aigc_label import registry
from aigc_label.cli import dispatch, document, parsing, terminal

if TYPE_CHECKING:
    from collections.abc import Sequence


def run(argv: Sequence[str]) -> int:
    """Run the verb."""
    parser = parsing.Parser("formats", "List the file formats and where their label stands.")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    args = parser.parse(argv)
    if args is None:
        return dispatch.FINE
    rows = described()
    if args.json:
        document.write("formats", rows)
        return dispatch.FINE
    header = ("format", "medium", "names", "implicit label", "written", "explicit mark", "source")
    sys.stdout.write(terminal.table(header, [_row(row) for row in rows]))
    return dispatch.FINE


def described() -> list[dict[str, Any]]:
    """Every format of the registry, plugins included, as JSON values."""
    return [
        {
            "id": fmt.id,
            "medium": fmt.medium.value,
            "extensions": list(fmt.extensions),
            "media_types": list(fmt.media_types),
            "homes": list(fmt.homes),
            "places": list(fmt.places),
            "writes_implicit": fmt.plan is not None,
            "writes_explicit": registry.marker_for(fmt.id) is not None,
            "perceives_explicit": bool(registry.detectors_for(fmt.id)),
            "source": fmt.source,
            "advice": fmt.advice,
        }
        for fmt in (*registry.formats(), *registry.plugin_formats())
    ]


def _row(row: dict[str, Any]) -> tuple[str, ...]:
    mark = " ".join(
        word
        for word, able in (("write", row["writes_explicit"]), ("find", row["perceives_explicit"]))
        if able
    )
    return (
        row["id"],
        row["medium"],
        " ".join(row["extensions"]),
        " ".join(row["homes"]) or " ".join(f"{place} (ours)" for place in row["places"]) or "-",
        "yes" if row["writes_implicit"] else "-",
        mark or "-",
        row["source"],
    )
