"""The hook and the action call options that exist."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import yaml

from aigc_label.cli.check import _parser

ROOT = Path(__file__).parents[1]


def accepted(line: str) -> None:
    words = shlex.split(line)
    assert words[:2] == ["aigc-label", "check"]
    assert _parser().parse(words[2:]) is not None


def test_the_hook():
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert hook["id"] == "aigc-label-check"
    accepted(hook["entry"] + " a.png")


def test_the_action():
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    given = {key.upper(): value["default"] for key, value in action["inputs"].items()}
    (lines,) = (step["run"] for step in action["runs"]["steps"] if "aigc-label" in step["run"])
    for line in lines.splitlines():
        command = line.partition(" > ")[0]
        accepted(re.sub(r'"?\$(\w+)"?', lambda name: given[name[1]], command))
