"""The published schema of the JSON output: what is written holds to it, and it names everything."""

from __future__ import annotations

import io
import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from reporting import MARK, SIGNAL, label, report, sample

from aigc_label import check, reporters

SCHEMA = json.loads(files("aigc_label.reporters").joinpath("report.schema.json").read_text("utf-8"))
CORPUS = Path(__file__).parents[2] / "fixtures"


def closed(schema: Any) -> Any:
    """The schema with no property allowed beyond those it names: what users may not rely on."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: closed(value) for key, value in schema.items()}
    if "properties" in found and "$defs" not in found.get("properties", {}):
        found.setdefault("additionalProperties", False)
    return found


def test_the_schema_is_one():
    Draft202012Validator.check_schema(SCHEMA)


def written(reports, name="json"):
    stream = io.StringIO()
    reporters.get(name)(reports, stream=stream, profile="gb45438")
    return stream.getvalue()


@pytest.mark.parametrize("schema", [SCHEMA, closed(SCHEMA)], ids=["open", "closed"])
def test_reports_of_every_kind_hold_to_it(schema):
    odd = label(quirks=("key-case",))
    reports = [*sample(), report(labels=(odd,), signals=(SIGNAL,), marks=(MARK,))]
    Draft202012Validator(schema).validate(json.loads(written(reports)))


def test_lines_are_its_reports():
    each = Draft202012Validator(
        {**SCHEMA, "$ref": "#/$defs/report", "required": [], "properties": {}}
    )
    for line in written(sample(), "jsonl").splitlines():
        each.validate(json.loads(line))


@pytest.mark.parametrize("kind", ["labelled", "damaged", "signals"])
def test_reports_on_real_files_hold_to_it(kind):
    found = sorted(CORPUS.glob(f"*/{kind}/*"))[::7]
    assert found
    Draft202012Validator(closed(SCHEMA)).validate(json.loads(written(map(check, found))))


@pytest.mark.parametrize(
    "change",
    [{"schema": 2}, {"reports": [{}]}, {"summary": {"files": -1, "ok": 0, "failed": 0, "open": 0}}],
)
def test_what_is_not_one_fails(change):
    good = json.loads(written([]))
    assert not Draft202012Validator(SCHEMA).is_valid({**good, **change})
