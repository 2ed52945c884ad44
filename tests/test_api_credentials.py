"""C2PA content credentials hash the file: a write breaks them, so it must be asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from aigc_label import CannotCarry, ImplicitLabel, check, label, propagate
from aigc_label.cli import main

MADE = ImplicitLabel(content_producer="P", produce_id="1")
FIXTURES = Path(__file__).parent.parent / "fixtures"
SIGNED = sorted(FIXTURES.glob("*/signals/c2pa*.*[!n]"))


@pytest.mark.parametrize("path", SIGNED, ids=lambda path: path.name)
def test_a_signed_file_is_not_written_unasked(path):
    with pytest.raises(CannotCarry, match=r"content credentials.*--allow-breaking-c2pa"):
        label(path, MADE)
    with pytest.raises(CannotCarry, match="content credentials"):
        propagate(path, "platform", declared=True)


@pytest.mark.parametrize("path", SIGNED, ids=lambda path: path.name)
def test_a_signed_file_is_written_when_asked_and_that_is_noted(path):
    written = label(path, MADE, allow_breaking_c2pa=True)
    assert any("no longer match" in note for note in written.notes)
    seen = check(written.data, name=path.name, only="implicit").inspection
    assert [dict(found.fields) for found in seen.labels] == [MADE.fields]
    assert any(signal.scheme == "c2pa" for signal in seen.signals), "the manifest was lost"
    passed_on = propagate(path, "platform", declared=True, allow_breaking_c2pa=True)
    assert any("sign it again" in note for note in passed_on.notes)


def test_nothing_to_write_breaks_nothing():
    written = label(FIXTURES / "png/signals/c2pa.png", MADE, allow_breaking_c2pa=True)
    again = label(written.data, MADE, name="c2pa.png")
    assert not again.changed


def test_the_command_line_refuses_and_obeys(tmp_path, capsys):
    source = FIXTURES / "jpeg/signals/c2pa.jpg"
    target = tmp_path / "out.jpg"
    line = ["label", str(source), "-o", str(target), "--producer", "P", "--no-explicit"]
    assert main(line) == 1
    told = capsys.readouterr().err
    assert str(source) in told
    assert "--allow-breaking-c2pa" in told
    assert not target.exists()
    assert main([*line, "--allow-breaking-c2pa"]) == 0
    assert target.exists()


def test_an_explicit_mark_breaks_credentials_too():
    from aigc_label import ExplicitLabel

    with pytest.raises(CannotCarry, match="content credentials"):
        label(FIXTURES / "png/signals/c2pa.png", None, explicit=ExplicitLabel())
