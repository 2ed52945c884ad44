"""Every format against every kind of file: what stands in which cell, for the test and the docs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from eyes import all_eyes

from aigc_label import registry

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
COLUMNS = ("plain", "labelled", "elsewhere", "damaged")


@dataclass(frozen=True, kw_only=True)
class Row:
    """One format.

    Attributes:
        format: its id.
        cells: column -> fixtures. ``elsewhere`` are those with a label in a place that is neither
            the guide's nor ours.
        readers: names of the foreign readers that see the label after a write.
        strict: names of the foreign tools that walk the structure.
    """

    format: str
    cells: dict[str, tuple[Path, ...]]
    readers: tuple[str, ...]
    strict: tuple[str, ...]

    def updatable(self, column: str) -> list[Path]:
        """The files of a cell with one label that a platform may add its fields to."""
        found = ((path, _sidecar(path)["labels"]) for path in self.cells[column])
        return [
            path
            for path, labels in found
            if len(labels) == 1 and labels[0]["fields"].get("Label") in ("1", "2", "3")
        ]


def rows() -> list[Row]:
    """The formats that are written, by their ids."""
    writable = [fmt for fmt in registry.formats() if fmt.plan is not None]
    return [_row(fmt) for fmt in sorted(writable, key=lambda fmt: fmt.id)]


def _row(fmt) -> Row:
    eyes = all_eyes()[fmt.id]
    told = {
        path: _sidecar(path).get("labels", [])
        for kind in ("labelled", "variants")
        for path in _files(fmt.id, kind)
    }

    def astray(labels: list) -> bool:
        return bool(labels) and not any(
            label["home"] or label["carrier"] in fmt.slots for label in labels
        )

    cells = {
        "plain": _files(fmt.id, "plain"),
        "labelled": tuple(path for path, labels in told.items() if labels and not astray(labels)),
        "elsewhere": tuple(path for path, labels in told.items() if astray(labels)),
        "damaged": _files(fmt.id, "damaged"),
    }
    readers = tuple(_name(reader) for reader in (*eyes.labels, *eyes.programs))
    strict = tuple(_name(tool) for tool in (*eyes.strict, *eyes.strict_programs))
    return Row(format=fmt.id, cells=cells, readers=readers, strict=strict)


def _name(tool) -> str:
    return tool[0] if isinstance(tool, tuple) else tool.__name__.replace("_", " ")


def _files(format_id: str, kind: str) -> tuple[Path, ...]:
    folder = FIXTURES / format_id / kind
    found = sorted(folder.iterdir()) if folder.is_dir() else []
    return tuple(path for path in found if not _is_sidecar(path))


def _is_sidecar(path: Path) -> bool:
    return path.suffix == ".json" and path.with_suffix("").is_file()


def _sidecar(path: Path) -> dict:
    beside = path.with_name(path.name + ".json")
    return json.loads(beside.read_text("utf-8")) if beside.exists() else {}
