"""Programs that are not Python packages: which package holds them, and what to do without."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

PACKAGES = dict(
    line.split()
    for line in Path(__file__).with_name("foreign-tools.txt").read_text("utf-8").splitlines()
    if not line.startswith("#")
)
"""Program -> Debian package."""


def require(*tools: str) -> None:
    """Fail in CI when a program is missing; elsewhere skip, saying how to get it."""
    missing = sorted(tool for tool in tools if shutil.which(tool) is None)
    if not missing:
        return
    packages = " ".join(sorted({PACKAGES.get(tool, tool) for tool in missing}))
    told = f"{', '.join(missing)} not found: apt-get install {packages}"
    if os.environ.get("CI") == "true":
        pytest.fail(told, pytrace=False)
    pytest.skip(told)
