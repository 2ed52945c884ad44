"""The JSON objects that the listing verbs print."""

from __future__ import annotations

import json
import sys
from typing import Any

from aigc_label import __version__


def write(name: str, items: list[dict[str, Any]]) -> None:
    """Print ``items`` under ``name``, with the schema's number and the tool's version."""
    whole = {
        "schema": 1,
        "tool": {"name": "aigc-label", "version": __version__},
        name: items,
    }
    sys.stdout.write(json.dumps(whole, ensure_ascii=False, indent=2) + "\n")
