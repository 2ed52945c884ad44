"""Option beats environment beats file; whatever means nothing is refused."""

from __future__ import annotations

import json
import os

import pytest

from aigc_label.cli import config, main
from aigc_label.errors import UsageError


def test_no_file_no_settings(tmp_path):
    found = config.load(tmp_path)
    assert (found.path, found.values) == (None, {})
    assert found.get("producer", None, "nobody") == "nobody"


def test_option_beats_environment_beats_file_beats_default(tmp_path, monkeypatch):
    (tmp_path / "aigc-label.toml").write_text('producer = "file"\n')
    found = config.load(tmp_path)
    assert found.get("producer", None, "default") == "file"
    monkeypatch.setenv("AIGC_LABEL_PRODUCER", "environment")
    assert found.get("producer", None, "default") == "environment"
    assert found.get("producer", "option", "default") == "option"
    monkeypatch.setenv("AIGC_LABEL_PRODUCER", "")
    assert found.get("producer", None, "default") == "file"


def test_the_nearest_file_counts_and_our_own_before_pyproject(tmp_path):
    low = tmp_path / "a" / "b"
    low.mkdir(parents=True)
    (tmp_path / "aigc-label.toml").write_text('producer = "top"')
    assert config.load(low).get("producer") == "top"
    (tmp_path / "a" / "pyproject.toml").write_text('[tool.aigc-label]\nproducer = "middle"')
    assert config.load(low).get("producer") == "middle"
    (low / "pyproject.toml").write_text('[project]\ndependencies = ["aigc-label"]')
    assert config.load(low).get("producer") == "middle"  # it is not about settings
    (low / "aigc-label.toml").write_text('producer = "own"')
    assert config.load(low).get("producer") == "own"


def test_the_working_directory_is_where_the_search_begins(tmp_path):
    (tmp_path / "aigc-label.toml").write_text("jobs = 3")
    assert config.load().get("jobs") == 3


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('producr = "x"', "no setting 'producr'; did you mean 'producer'"),
        ("zzz = 1", "no setting 'zzz'; keys are producer, "),
        ("producer = 3", "producer must be a string, not 3"),
        ("jobs = true", "jobs must be a whole number above 0, not True"),
        ("jobs = 2.5", "jobs must be a whole number"),
        ('explicit = "no"', "explicit must be true or false"),
        ('height = "6%"', "height must be a number"),
        ('places = "start"', "places must be a list of strings"),
        ("places = [1]", "places must be a list of strings"),
        ("jobs = 0", "jobs must be a whole number above 0, not 0"),
        ("position = 3", "position must be an anchor such as top-left"),
        ('lang = "de"', "lang must be one of en, zh"),
        ('fail-on = "never"', "fail-on must be one of note, warning, error"),
        ("producer = ", "not valid TOML"),
        ("producer = '\udcff'", "not valid TOML"),
    ],
)
def test_what_means_nothing_is_refused(tmp_path, text, reason):
    data = text.encode("utf-8", "surrogateescape")
    (tmp_path / "aigc-label.toml").write_bytes(data)
    with pytest.raises(UsageError, match=reason) as raised:
        config.load(tmp_path)
    assert str(tmp_path / "aigc-label.toml") in str(raised.value)


def test_a_file_instead_of_a_folder_on_the_way_is_no_matter(tmp_path):
    (tmp_path / "aigc-label.toml").mkdir()
    assert config.load(tmp_path).path is None


def test_the_key_of_json_comes_from_the_settings_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("AIGC_LABEL_JSON_KEY", raising=False)
    (tmp_path / "aigc-label.toml").write_text('json-key = "X-AIGC"\n', "utf-8")
    (tmp_path / "a.json").write_text("{}", "utf-8")
    line = ["label", "a.json", "--in-place", "--no-explicit", "--producer", "P"]
    try:
        assert main(line) == 0
    finally:
        os.environ.pop("AIGC_LABEL_JSON_KEY", None)
    assert list(json.loads((tmp_path / "a.json").read_bytes())) == ["X-AIGC"]
