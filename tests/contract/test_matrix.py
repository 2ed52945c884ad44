"""The matrix: every format x {foreign file 1, 2, labelled, labelled elsewhere, damaged}.

What was plain is looked at by all foreign readers in law 6; here it is what bore a label already.
"""

from __future__ import annotations

import json

import pytest
from eyes import eyes_of
from eyes.programs import run
from matrix import rows

import aigc_label
from foreign_tools import require

ROWS = rows()
_EMPTY = {(name, "elsewhere") for name in ("json", "jsonl")}  # what is deeper down is data
CELLS = [
    (row.format, path)
    for row in ROWS
    for column in ("labelled", "elsewhere")
    for path in row.updatable(column)[:1]
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.format)
def test_every_cell_has_a_file(row):
    assert len(row.cells["plain"]) >= 2
    for column in ("labelled", "elsewhere", "damaged"):
        assert row.cells[column] or (row.format, column) in _EMPTY, column
    assert len(row.readers) >= 2


@pytest.mark.foreign("exiftool")
@pytest.mark.parametrize(
    ("format_id", "path"), CELLS, ids=[f"{path.parent.name}-{path.name}" for _, path in CELLS]
)
def test_foreign_readers_see_a_label_that_was_updated_or_brought_home(format_id, path, tmp_path):
    eyes = eyes_of(format_id)
    require(*eyes.needs)
    target = tmp_path / path.name
    made = aigc_label.propagate(path, "a-platform", "matrix-7", to=target)
    beyond = eyes.beyond.get(f"{format_id}/{path.parent.name}/{path.name}", ())
    for reader in eyes.labels:
        if reader not in beyond:
            assert reader(target) == made.label.fields, reader.__name__
    (tags,) = json.loads(run("exiftool", "-j", "-a", "-b", "-G1", "-u", "-U", str(target)))
    for program in eyes.programs:
        if program not in beyond:
            assert "matrix-7" in program(target, tags), program.__name__
