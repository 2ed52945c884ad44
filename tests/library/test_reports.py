"""Reports over a ledger: for people, tables and programs, at any time."""

from __future__ import annotations

import csv
import io
import json
from xml.dom import minidom

import html5lib
import pytest

from aigc_label import ImplicitLabel, api
from aigc_label.errors import UsageError
from aigc_label.library import locking, reports
from aigc_label.library.ledger import NAME, Ledger
from aigc_label.library.reports import charts


@pytest.fixture
def ledger(labelling, run, tree, picture):
    """What a run has left that labelled, failed, left out and was stopped."""
    (tree / "0" / "!bad<b>.png").write_bytes(b"bad")
    (tree / "=1+1.png").write_bytes(picture)
    (tree / "what.xyz").write_bytes(b"\1\2")
    theirs = ImplicitLabel(content_producer="Other\u202e", produce_id="7")
    api.label(str(tree / "0" / "00.png"), theirs, to=str(tree / "0" / "00.png"))
    count = iter(range(99))
    run(labelling(dest=None), stop=lambda: next(count) > 14)
    return str(tree / NAME)


def rendered(path, name, action="label"):
    stream = io.StringIO()
    with Ledger(path, readonly=True) as ledger:
        reports.get(name)(ledger, action, stream)
    return stream.getvalue()


def test_as_text(ledger):
    text = rendered(ledger, "text")
    assert "2 failed" in text
    assert "0/!bad<b>.png: its name ends in .png" in text
    assert "pending" in text
    assert "by format:" in text
    assert "drained" in text
    assert "files have the content of another one" in text


def test_as_a_table(ledger):
    found = list(csv.DictReader(io.StringIO(rendered(ledger, "csv"))))
    assert len(found) == 16
    assert {row["verdict"] for row in found} >= {"labelled", "pending"}
    assert any(row["path"] == "'=1+1.png" for row in found)
    assert all(row["produce_id"] for row in found if row["verdict"] == "labelled")
    assert not any(row["produce_id"] for row in found if row["state"] == "failed")


def test_as_json(ledger):
    told = json.loads(rendered(ledger, "json"))
    assert told["files"] == len(told["rows"]) == 16
    assert told["outstanding"] == sum(row["state"] == "pending" for row in told["rows"])
    assert told["plan"]["request"]["producer"] == "ExampleStudio"
    assert sum(count for _, count in told["throughput"]) == 16 - told["outstanding"]


def test_as_a_page(ledger, labelling, run):
    run(labelling(dest=None))
    page = rendered(ledger, "html")
    html5lib.HTMLParser(strict=True).parse(page)
    for part in page.split("<svg ")[1:]:
        minidom.parseString("<svg " + part.partition("</svg>")[0] + "</svg>")  # noqa: S318 - our own
    assert page.count("<svg ") >= 3
    assert "bad&lt;b&gt;.png" in page
    assert "<b>" not in page
    assert "\u202e" not in page
    assert "script" not in page
    assert "complete" in page


def test_a_running_ledger_says_so(ledger):
    with locking.locked(ledger):
        assert "at work" in rendered(ledger, "html")
    assert "still to do" in rendered(ledger, "html")


def test_a_run_that_was_killed_is_called_so(tmp_path, labelling, run):
    run(labelling())
    path = str(tmp_path / "out" / NAME)
    with Ledger(path) as ledger:
        ledger.begin("label", *ledger.plan("label"))
    assert "killed" in rendered(path, "text")


def test_rules_of_a_check_are_counted(checking, run):
    run(checking())
    text = rendered(checking().ledger, "text", "check")
    assert "13 implicit.missing" in text
    assert "Rules that files fail" in rendered(checking().ledger, "html", "check")


def test_many_groups_become_others(labelling, run, tree, picture, tmp_path):
    for number in range(30):
        (tree / f"f{number:02d}").mkdir()
        (tree / f"f{number:02d}" / "a.png").write_bytes(picture)
    run(labelling())
    assert "14 others: 14 labelled" in rendered(str(tmp_path / "out" / NAME), "text")


def test_an_empty_ledger_has_a_report(tmp_path, labelling, run):
    (tmp_path / "media" / "none").mkdir(parents=True)
    run(labelling(include=("*.none",)))
    for name in reports.NAMES:
        assert rendered(str(tmp_path / "out" / NAME), name)


def test_no_such_report():
    with pytest.raises(UsageError, match="no such output format"):
        reports.get("pdf")


def test_charts_of_nothing_are_nothing():
    assert charts.bars("x", {}) == ""
    assert charts.over_time("x", [(0.0, 3)], 1.0) == ""


@pytest.mark.parametrize(("piece", "said"), [(1.0, "3 s"), (600.0, "30 min"), (9000.0, "7.5 h")])
def test_times_are_told_in_their_unit(piece, said):
    chart = charts.over_time("x", [(0.0, 3), (piece, 0), (2 * piece, 30)], piece)
    assert f">{said}<" in chart
