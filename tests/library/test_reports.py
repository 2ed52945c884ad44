"""Reports over a ledger: for people, tables and programs, at any time."""

from __future__ import annotations

import csv
import io
import json
import os
import re
from xml.dom import minidom

import html5lib
import pytest

from aigc_label import ImplicitLabel, api
from aigc_label.cli.batch_status import status
from aigc_label.errors import UsageError
from aigc_label.library import locking, reports
from aigc_label.library.ledger import NAME, Ended, Ledger
from aigc_label.library.reports import charts, facts
from aigc_label.library.reports.pace import pace
from aigc_label.library.store import Entry
from browser import Browser


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
    path = str(tmp_path / "out" / NAME)
    assert "14 others: 14 labelled" in rendered(path, "text")
    told = json.loads(rendered(path, "json"))["folders"]
    assert {name: sum(verdicts.values()) for name, verdicts in told.items()} == {
        **{f"f{number:02d}": 1 for number in range(30)},
        ".": 1,
        "0": 4,
        "1": 4,
        "2": 4,
    }


def test_of_reasons_too_programs_hear_all(checking):
    plan, kinds = checking(), "abcdefghijklmnopqrstuvwxy"
    with Ledger(plan.ledger) as ledger:
        number = ledger.begin("check", plan.identity, plan.to_json())
        ledger.saw("check", number, [Entry(each.encode(), 1, 1, "") for each in kinds])
        ledger.finish(
            [
                Ended(row.id, "failed", "Malformed", f"bad {os.fsdecode(row.entry.key)}")
                for row in ledger.todo("check", number, 0, 99)
            ]
        )
    told = json.loads(rendered(plan.ledger, "json", "check"))
    assert told["reasons"] == {f"bad {each}": 1 for each in kinds}
    assert "5 others" in rendered(plan.ledger, "text", "check")


def test_an_empty_ledger_has_a_report(tmp_path, labelling, run):
    (tmp_path / "media" / "none").mkdir(parents=True)
    run(labelling(include=("*.none",)))
    for name in reports.NAMES:
        assert rendered(str(tmp_path / "out" / NAME), name)


def test_no_such_report():
    with pytest.raises(UsageError, match="no such output format"):
        reports.get("pdf")


def test_charts_of_nothing_are_nothing():
    assert charts.bars("x", {}, 20) == ""
    assert charts.over_time("x", [(0.0, 3)], 1.0) == ""


@pytest.mark.parametrize(("piece", "said"), [(1.0, "3 s"), (600.0, "30 min"), (9000.0, "7.5 h")])
def test_times_are_told_in_their_unit(piece, said):
    chart = charts.over_time("x", [(0.0, 3), (piece, 0), (2 * piece, 30)], piece)
    assert f">{said} at work<" in chart


def test_one_of_each_is_no_plural(labelling, run, tree, tmp_path):
    for path in sorted(tree.rglob("*.png"))[2:]:
        path.unlink()
    (tree / "bad.png").write_bytes(b"bad")
    run(labelling())
    path = str(tmp_path / "out" / NAME)
    text, page = rendered(path, "text"), rendered(path, "html")
    assert "1 file has the content of another one" in text
    assert "The same content (1 file has that of another one)" in page
    assert "1 run; complete" in page
    run(labelling(include=("bad.png",)))
    plan = labelling(dest=str(tmp_path / "other"), include=("bad.png",))
    run(plan)
    text = rendered(str(tmp_path / "other" / NAME), "text")
    assert "1 file, 3 bytes, 0 still to do" in text
    for said in (text, page):
        assert not re.search(r"\b1 (files|runs|bytes|others)\b", said)


def test_nothing_found_is_said_so(labelling, run, tmp_path):
    run(labelling(include=("*.none",)))
    path = str(tmp_path / "out" / NAME)
    assert "no file was found" in rendered(path, "html")
    assert "0 files, 0 bytes, 0 still to do" in rendered(path, "text")


def test_files_that_did_not_pass_are_named_with_the_reason(checking, run, monkeypatch):
    run(checking())
    text = rendered(checking().ledger, "text", "check")
    assert "not passed:\n  0/00.png: implicit.missing: no implicit label" in text
    assert "<h2>Not passed</h2>" in rendered(checking().ledger, "html", "check")
    monkeypatch.setattr(facts, "MOST", 1)
    assert "  and 8 more; --output-format csv" in rendered(checking().ledger, "text", "check")
    assert "The first of them" in rendered(checking().ledger, "html", "check")


def test_reasons_that_differ_in_names_and_numbers_are_one():
    said = [
        ("bears the label of 'A' (png.xmp); article 10 forbids", 2),
        ("bears the label of 'B' (png.xmp); article 10 forbids", 3),
        ("a picture of 16x12 pixels", 1),
        ("cut short", 4),
    ]
    assert facts._alike(said) == {
        "bears the label of … (png.xmp); article 10 forbids": 5,
        "cut short": 4,
        "a picture of 16x12 pixels": 1,
    }
    many = [("x" * number, 1) for number in range(1, 24)]
    assert list(facts._alike(many).items())[-1] == ("3 others", 3)


def test_the_sum_of_many_groups_does_not_dwarf_them():
    groups = {f"folder {number}": {"labelled": 5} for number in range(3)}
    chart = charts.bars("x", {**groups, "900 others": {"labelled": 990, "failed": 10}}, 3)
    assert chart.count("<rect") == 3
    assert "1,000, 10 wrong<" in chart
    widths = {float(width) for width in re.findall(r'<rect [^>]*width="([\d.]+)"', chart)}
    assert widths == {340.0}
    assert ">5 wrong<" in charts.bars("x", {"a": {"failed": 5}}, 3)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("short", "short"),
        ("Other producer with a rather long name 12", "Other producer wi…g name 12"),
        ("名字很长的文件夹" * 4, "名字很长的文件夹…很长的文件夹"),
    ],
)
def test_long_names_lose_their_middle(name, shown):
    chart = charts.bars("x", {name: {"labelled": 1}}, 1)
    short = re.search(r'class="end">([^<]+)<', chart)[1]
    assert short.startswith(shown[:8])
    assert short.endswith(shown[-5:])
    assert sum(2 if ord(char) > 0x2E80 else 1 for char in short) <= 31
    assert f"<title>{name}</title>" in chart


def paced(ledger, runs, ended):
    with Ledger(ledger) as found:
        with found.transaction() as db:
            db.execute("DELETE FROM run")
            db.executemany(
                "INSERT INTO run (action, host, pid, began, ended) VALUES ('label', '', 0, ?, ?)",
                runs,
            )
            db.execute("UPDATE file SET ended = NULL")
            ids = [row[0] for row in db.execute("SELECT id FROM file ORDER BY id")]
            db.executemany(
                "UPDATE file SET ended = ? WHERE id = ?", list(zip(ended, ids, strict=False))
            )
        return pace(found, "label")


def test_nights_between_runs_are_not_drawn(labelling, run, tmp_path):
    run(labelling())
    path = str(tmp_path / "out" / NAME)
    begun = 1_700_000_000.0
    day = begun + 86_400
    points, piece = paced(
        path,
        [(begun, begun + 60), (day, day + 60)],
        [begun + 30, begun + 59, day + 1, day + 30, day + 60],
    )
    assert piece == pytest.approx(2)
    assert {round(at): count for at, count in points if count} == {
        30: 1,
        58: 1,
        60: 1,
        90: 1,
        120: 1,
    }
    # The first was killed: it has lasted until its last file, and no longer.
    points, piece = paced(path, [(begun, None), (day, None)], [begun + 60, day + 30, day + 60])
    assert piece == pytest.approx(2, abs=0.2)
    assert sum(count for _, count in points) == 3
    assert points[-1][0] == pytest.approx(120, abs=5)
    assert paced(path, [(begun, begun)], []) == ([], 1.0)


@pytest.mark.foreign
def test_as_chromium_shows_it(labelling, run, tree, tmp_path, picture):
    for name in (
        b"new\nline.png",
        b"\xff\xfe.png",
        "\u202eevil.png".encode(),
        b"x" * 250 + b".png",
    ):
        (tree / os.fsdecode(name)).write_bytes(b"bad")
    (tree / "שלום.png").write_bytes(picture)
    run(labelling())
    page = tmp_path / "report.html"
    page.write_text(rendered(str(tmp_path / "out" / NAME), "html"), "utf-8")
    with Browser(tmp_path / "profile", size=(500, 900)) as browser:
        browser.open(page.as_uri())
        assert browser.run("document.documentElement.scrollWidth <= innerWidth")
        assert (
            browser.run("getComputedStyle(document.querySelector('rect.good')).fill")
            != "rgb(0, 0, 0)"
        )
        cells = browser.run(
            "[...document.querySelectorAll('td bdi')].map(cell => cell.textContent)"
        )
        boxes = "[...document.querySelectorAll('svg text')].map(text => text.getBBox())"
        inside = f"{boxes}.every(box => box.x >= 0 && box.x + box.width <= 720)"
        assert browser.run(inside)
        assert browser.console == []
        assert browser.requests == [page.as_uri()]
    assert "new\\nline.png" in cells
    assert "\\udcff\\udcfe.png" in cells
    assert "\\u202eevil.png" in cells


@pytest.mark.parametrize("count", [1, 101])
def test_folders_that_could_not_be_listed_are_told_until_they_can_be(
    labelling, run, tree, monkeypatch, count
):
    real = os.scandir
    for number in range(count):
        (tree / f"shut{number:03d}" / "in").mkdir(parents=True)

    def refuse(path):
        if b"/shut" in os.fsencode(path):
            raise PermissionError(13, "Permission denied", path)
        return real(path)

    plan, ledger = labelling(dest=None), str(tree / NAME)
    with monkeypatch.context() as patched:
        patched.setattr(os, "scandir", refuse)
        for _ in range(2):
            summary = run(plan)
            assert (len(summary.unread), summary.found, summary.wrong) == (count, 13, 0)
    assert summary.known == 13
    text = rendered(ledger, "text")
    assert text.count("could not be listed:\n  shut000/: Permission denied\n") == 1
    assert ("and 1 more; --output-format csv has them all" in text) == (count > 100)
    assert "13 files" in text
    html = rendered(ledger, "html")
    assert html.count("<h2>Folders that could not be listed</h2>") == 1
    assert f"complete, but {count} folder" in html
    assert ("The first of them" in html) == (count > 100)
    html5lib.HTMLParser(strict=True).parse(html)
    told = json.loads(rendered(ledger, "json"))
    assert (told["files"], told["outstanding"], told["unread_count"]) == (13, 0, count)
    assert told["unread"][0] == ["shut000/", "Permission denied"]
    assert set(told["folders"]) == {"0", "1", "2", "."}
    found = list(csv.DictReader(io.StringIO(rendered(ledger, "csv"))))
    assert sum(row["verdict"] == "unread" for row in found) == count
    with Ledger(ledger, readonly=True) as opened:
        now = status(opened, "label")
    assert (now["files"], now["outstanding"], now["unread"]) == (13, 0, count)
    assert not run(plan).unread
    assert "could not be listed" not in rendered(ledger, "text") + rendered(ledger, "html")
    assert len(list(csv.DictReader(io.StringIO(rendered(ledger, "csv"))))) == 13
