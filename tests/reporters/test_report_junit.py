"""JUnit's XML: read back by a parser that is not ours."""

from __future__ import annotations

import io

import pytest
from junitparser import Failure, JUnitXml, Skipped
from reporting import clean, report, sample

from aigc_label import reporters
from aigc_label.model import Finding


def suite_of(reports, **options):
    stream = io.StringIO()
    reporters.get("junit")(reports, stream=stream, profile="gb45438", **options)
    (suite,) = JUnitXml.fromstring(stream.getvalue().encode())
    return suite


def test_a_failed_file_is_a_failure():
    suite = suite_of([report(), clean(name="fine.png")])
    assert (suite.tests, suite.failures, suite.errors) == (2, 1, 0)
    failed, fine = suite
    assert (failed.name, failed.classname) == ("a.png", "png")
    (result,) = failed.result
    assert isinstance(result, Failure)
    assert "implicit.missing" in result.message
    assert result.text.splitlines()[0] == result.message
    assert fine.name == "fine.png"
    assert not fine.result


def test_what_was_not_looked_at_is_not_passed():
    unseen = clean(marks=None)
    assert unseen.ok
    assert any(isinstance(found, Finding) and found.kind == "open" for found in unseen.findings)
    (case,) = suite_of([unseen])
    (result,) = case.result
    assert isinstance(result, Skipped)
    assert suite_of([unseen]).skipped == 1


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_kind_of_report(lang):
    reports = sample()
    suite = suite_of(reports, lang=lang)
    assert suite.tests == len(list(suite)) == len(reports)


@pytest.mark.parametrize("name", ['<a>&"b".png', "a\x00\x1b\ufffe.png", "bad\udcff.png", "]]>"])
def test_any_name_is_xml(name):
    (case,) = suite_of([report(name=name)])
    assert case.name.isprintable()


def test_no_files_is_a_suite_too():
    assert suite_of([]).tests == 0
