"""CSV: one line a finding, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io

import pytest
from reporting import FIELDS, clean, label, report

from aigc_label import reporters


def rows_of(reports, **options):
    stream = io.StringIO()
    reporters.get("csv")(reports, stream=stream, profile="gb45438", **options)
    return list(csv.DictReader(io.StringIO(stream.getvalue())))


def test_a_line_a_finding():
    one = report()
    rows = rows_of([one])
    assert len(rows) == len(one.findings)
    assert {row["path"] for row in rows} == {"a.png"}
    first = rows[0]
    assert (first["rule"], first["kind"], first["level"]) == ("implicit.missing", "fail", "error")
    assert first["ok"] == "no"


def test_a_file_without_findings_has_its_line():
    (row,) = rows_of([clean(name="fine.png")])
    assert (row["path"], row["ok"], row["rule"]) == ("fine.png", "yes", "")
    assert {key: row[key] for key in FIELDS} == FIELDS
    assert row["attribution"] == "confirmed"


@pytest.mark.parametrize("name", ["=1+1.png", "-x.png", "+a", "@b"])
def test_no_cell_is_a_formula(name):
    assert rows_of([report(name=name)])[0]["path"] == f"'{name}"


def test_a_field_of_a_label_is_no_formula_either():
    found = label(fields={**FIELDS, "ProduceID": '=HYPERLINK("http://x")'})
    assert rows_of([report(labels=(found,))])[0]["ProduceID"].startswith("'=")


def test_control_characters_are_written_out():
    (path,) = {row["path"] for row in rows_of([report(name="a\x1b\n,\udcff.png")])}
    assert path == r"a\u001b\n,\udcff.png"


def test_chinese_is_readable():
    assert any("标识" in row["message"] for row in rows_of([report(lang="zh")], lang="zh"))
