"""``check`` for a platform: whose elements an outgoing label bears."""

from __future__ import annotations

import json

import pytest

LABEL = """---
AIGC:
  Label: "1"
  ContentProducer: "Studio"
  ProduceID: "42"
  ReservedCode1: ""
  ContentPropagator: "Desk"
  PropagateID: "7"
  ReservedCode2: ""
---

AI生成
"""


@pytest.mark.parametrize(
    ("environment", "profile", "stale"),
    [
        ("", "", []),
        ("Desk", "", []),
        ("Another", "", ["the propagation elements are those of Desk, not of Another"]),
        ("Another", "Desk", []),
        ("", "Third", ["the propagation elements are those of Desk, not of Third"]),
    ],
)
def test_the_platform_comes_from_the_profile_or_the_settings(
    cli, tmp_path, environment, profile, stale
):
    (tmp_path / "a.md").write_text(LABEL, encoding="utf-8")
    (tmp_path / "p.toml").write_text(
        f'extends = "gb45438-platform"\npropagator = "{profile}"\n', encoding="utf-8"
    )
    if environment:
        (tmp_path / "aigc-label.toml").write_text(f'propagator = "{environment}"')
    done = cli("check", "--profile", "./p.toml", "--output-format", "json", "a.md")
    (report,) = json.loads(done.out)["reports"]
    found = [f for f in report["findings"] if f["rule"] == "implicit.propagator-stale"]
    assert [f["message"] for f in found] == stale
    assert all(f["binding"] == "shall" for f in found)
