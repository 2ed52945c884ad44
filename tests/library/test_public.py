"""The names that other programs use, and the example that shows them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from aigc_label import api, library

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "batch.md"


def test_every_public_name_is_there():
    assert library.__all__ == sorted(
        library.__all__, key=lambda name: (not name[0].isupper(), name)
    )
    assert all(getattr(library, name) is not None for name in library.__all__)
    with pytest.raises(AttributeError, match="no attribute 'walk'"):
        library.walk  # noqa: B018 - asking is the test


def test_the_guides_example_runs(tree, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert tree.name == "media"
    code = re.search(r"```python\n(.+?)```", GUIDE.read_text("utf-8"), re.DOTALL).group(1)
    exec(compile(code, str(GUIDE), "exec"), {})  # noqa: S102 - the guide's own example
    assert capsys.readouterr().out == "{'labelled': 13} 0\n"
    label = api.read("labelled/top.png").labels[0].fields
    assert label["ProduceID"] == "ORDER-4711-top.png"


def test_the_guides_plan_is_one(tree, tmp_path, monkeypatch):
    from aigc_label.cli import batch_options, batch_plan

    monkeypatch.chdir(tmp_path)
    text = re.search(r"```toml\n(.+?)```", GUIDE.read_text("utf-8"), re.DOTALL).group(1)
    (tmp_path / "plan.toml").write_text(text)
    plan = batch_plan.plan(batch_options.parser().parse(["plan.toml"]))
    assert (plan.action, plan.time_limit, plan.include) == (
        "label",
        600,
        ("*.png", "*.jpg", "films/"),
    )
    assert tree.exists()
