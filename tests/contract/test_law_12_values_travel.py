"""L12: errors and values pickle (process pools), and reports survive JSON."""

from __future__ import annotations

import copy
import inspect
import json
import pickle

import pytest

import aigc_label
from aigc_label import errors
from aigc_label.explicit_label import ExplicitLabel

ERRORS = [
    kind
    for _, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, errors.AigcLabelError)
]


def through_pickle(value, protocol: int = pickle.DEFAULT_PROTOCOL):
    return pickle.loads(pickle.dumps(value, protocol))  # noqa: S301 - what was just pickled here


def an(kind: type) -> errors.AigcLabelError:
    if kind is errors.InvalidLabel:
        return kind("wrong", field="ProduceID")
    if kind is errors.InvalidProfile:
        return kind("wrong", path="p.toml")
    if issubclass(kind, errors.AssetError):
        return kind("broken", asset="图.png", format="png", offset=7)
    return kind("wrong")


@pytest.mark.parametrize("kind", ERRORS, ids=lambda k: k.__name__)
@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_errors_pickle(kind, protocol):
    error = an(kind)
    back = through_pickle(error, protocol)
    assert type(back) is kind
    assert back.args == error.args
    assert vars(back) == vars(error)
    assert str(back) == str(error)
    assert str(copy.copy(error)) == str(error)


def test_errors_of_real_files_pickle(damaged_file):
    problem = aigc_label.check(damaged_file.path, only="implicit").inspection.problem
    back = through_pickle(problem)
    assert str(back) == str(problem)


def test_reports_survive_json_and_pickle(labelled_file):
    report = aigc_label.check(labelled_file.path, only="implicit")
    assert through_pickle(report) == report
    shown = report.as_dict()
    assert json.loads(json.dumps(shown)) == shown
    assert [label["fields"] for label in shown["labels"]] == [
        dict(found.fields) for found in report.inspection.labels
    ]


def test_reports_of_bad_files_survive_json(damaged_file):
    shown = aigc_label.check(damaged_file.path, only="implicit").as_dict()
    assert json.loads(json.dumps(shown)) == shown
    json.dumps(shown, ensure_ascii=False).encode("utf-8")


def test_what_was_written_pickles(writable_plain_file, standard):
    made = aigc_label.label(writable_plain_file.path, standard)
    back = through_pickle(made)
    assert back == made


def test_labels_pickle_and_copy(standard):
    for value in (standard, ExplicitLabel(places=("start", "end"))):
        assert through_pickle(value) == value
        assert copy.deepcopy(value) == value
        assert hash(copy.copy(value)) == hash(value)
