"""SARIF: read back by a model of the standard that is not ours."""

from __future__ import annotations

import io
import json

import pytest
from reporting import clean, label, report, sample
from sarif_pydantic import Sarif

from aigc_label import reporters, rules
from aigc_label.errors import Malformed


def rendered(reports, **options):
    stream = io.StringIO()
    summary = reporters.get("sarif")(reports, stream=stream, profile="gb45438", **options)
    return stream.getvalue(), summary


def run_of(reports, **options):
    text, _ = rendered(reports, **options)
    Sarif.model_validate_json(text)
    (run,) = json.loads(text)["runs"]
    return run


def test_a_finding_is_a_result_of_its_rule():
    run = run_of([report(name="out/a b.png")])
    driver = run["tool"]["driver"]
    assert [rule["id"] for rule in driver["rules"]] == [rule.id for rule in rules.all_rules()]
    found = next(r for r in run["results"] if r["ruleId"] == "implicit.missing")
    assert driver["rules"][found["ruleIndex"]]["id"] == "implicit.missing"
    assert (found["kind"], found["level"]) == ("fail", "error")
    (location,) = found["locations"]
    place = location["physicalLocation"]["artifactLocation"]
    assert place == {"uri": "out/a%20b.png", "index": 0}
    assert run["artifacts"][0]["location"]["uri"] == "out/a%20b.png"


def test_a_file_without_findings_is_listed():
    run = run_of([clean(name="fine.png"), report()])
    assert [a["location"]["uri"] for a in run["artifacts"]] == ["fine.png", "a.png"]
    places = [r["locations"][0]["physicalLocation"] for r in run["results"]]
    assert {place["artifactLocation"]["index"] for place in places} == {1}
    assert run["properties"]["summary"]["files"] == 2


def test_levels_are_none_where_nothing_failed():
    for one in sample():
        for result in run_of([one])["results"]:
            assert (result["kind"] == "fail") == (result["level"] != "none")


def test_the_byte_and_the_carrier_are_told():
    broken = label(carrier="png.text", home=False, offset=77)
    run = run_of([report(labels=(broken,))])
    places = [r["locations"][0] for r in run["results"] if r["ruleId"].startswith("implicit.")]
    regions = [p["physicalLocation"].get("region") for p in places]
    assert {"byteOffset": 77} in regions
    carriers = [p["logicalLocations"][0] for p in places if "logicalLocations" in p]
    assert {"fullyQualifiedName": "png.text", "kind": "element"} in carriers


@pytest.mark.parametrize(
    ("name", "uri"),
    [
        ("/srv/a.png", "file:///srv/a.png"),
        ("图 1.png", "%E5%9B%BE%201.png"),
        ("c:d.png", "c%3Ad.png"),
        ("bad\udcff.png", "bad%FF.png"),
        ("a#b?.png", "a%23b%3F.png"),
    ],
)
def test_names_become_uris(name, uri):
    run = run_of([report(name=name)])
    assert run["artifacts"][0]["location"]["uri"] == uri


def test_chinese():
    run = run_of([report(lang="zh")], lang="zh")
    assert run["language"] == "zh-CN"
    assert any("标识" in r["message"]["text"] for r in run["results"])


def test_a_problem_with_the_file_is_a_result():
    run = run_of([report(problem=Malformed("cut short"))])
    assert any("cut short" in r["message"]["text"] for r in run["results"])


def test_no_files_is_a_log_too():
    assert run_of([])["results"] == []


def test_nothing_in_it_moves_a_terminal():
    text, _ = rendered([report(name="a\x1b[2J\u202e.png")])
    assert "\x1b" not in text
    assert "\u202e" not in text
